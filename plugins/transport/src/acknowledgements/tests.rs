//! The department's answers as it writes them: fixtures in its own bytes, and what
//! they must state.

use credence_sdk::contract::types::{Acknowledgement, Outcome, Statement};
use credence_sdk::testing::Read;

use crate::fixtures::feed;

fn answers(read: &Read) -> Vec<&Acknowledgement> {
    read.all(|statement| match statement {
        Statement::Acknowledged(answer) => Some(answer),
        _ => None,
    })
}

#[test]
fn every_word_of_the_department_has_its_outcome() {
    let read = feed("acknowledgements").check("acknowledgements-good.csv");
    let answers = answers(&read);
    assert_eq!(
        (read.rows, answers.len()),
        (9, 8),
        "the header is a row too"
    );
    let outcomes: Vec<_> = answers.iter().map(|a| a.feedback.outcome.clone()).collect();
    let could_not = |words: &str| Outcome::CouldNot(words.into());
    assert_eq!(
        outcomes,
        [
            Outcome::Executed,
            Outcome::PartlyExecuted("两辆车已报废".into()),
            could_not("已注销"),
            Outcome::NotApplicable("无道路运输经营许可".into()),
            Outcome::Pending(None),
            could_not("有异议：另一主体"),
            could_not("不属职责"),
            could_not("退回：文件无法读取"),
        ]
    );
    assert_eq!(answers[0].feedback.reference.as_deref(), Some("R-000001"));
    assert!(answers[0].feedback.at.is_some() && answers[4].feedback.at.is_none());
}

#[test]
fn a_row_that_could_move_an_order_on_a_guess_is_rejected() {
    feed("acknowledgements").check("acknowledgements-hazards.csv");
}

#[test]
fn no_rejection_quotes_a_cell() {
    let feed = feed("acknowledgements");
    let read = feed.read(&[&feed.fixture("acknowledgements-hazards.csv")]);
    let mut rejections = 0;
    for line in read.lines {
        if let Statement::Rejected(rejection) = line.statement {
            rejections += 1;
            for quoted in ["0199c3a1", "R-0000", "办人", "办结", "kkkk"] {
                assert!(!rejection.text.contains(quoted), "{}", rejection.text);
            }
        }
    }
    assert!(rejections > 8);
}
