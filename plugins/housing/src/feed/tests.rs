//! Both lists against their fixtures, cut in every way. Absent: workbooks; the
//! host's tests hold the decoder to the texts that stand here.

use super::*;
use credence_sdk::contract::feeds::Guest as _;
use credence_sdk::contract::types::Statement;
use credence_sdk::testing::Feed;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn feed(name: &str) -> Feed {
    Feed::new(name, FIXTURES, crate::Housing::normalise)
}

#[test]
fn every_hazard_of_the_wage_list_has_its_line() {
    let read = feed("wage-arrears").check("wage-arrears-hazards.csv");
    assert_eq!(read.notes, Vec::<String>::new());
    feed("wage-arrears").check("wage-arrears-removal.csv");
    feed("wage-arrears").check("wage-arrears-yuan.csv");
}

#[test]
fn every_hazard_of_the_honours_has_its_line() {
    feed("honours").check("honours-hazards.csv");
}

#[test]
fn a_sheet_that_breaks_off_says_so() {
    let text = feed("honours").fixture("honours-hazards.csv");
    let (whole, _) = text.split_at(text.rfind("RY-003").unwrap());
    let read = feed("honours").read(&[whole]);
    let last = &read.lines.last().unwrap().statement;
    assert!(
        matches!(last, Statement::Rejected(r) if r.rule == "truncated"),
        "{last:?}"
    );
    feed("honours").check_cuts(whole);
}

#[test]
fn another_sheet_is_not_read() {
    for (name, text) in [
        (
            "wage-arrears",
            feed("honours").fixture("honours-hazards.csv"),
        ),
        ("honours", "名称,来源\n例公司,信用分类监管\n".to_owned()),
        ("wage-arrears", String::new()),
        ("penalties", "名称\n".to_owned()),
    ] {
        let read = feed(name).read(&[&text]);
        let stopped = read.stopped.unwrap();
        assert!(
            matches!(stopped, FeedError::WrongFormat(_)),
            "{name}: {stopped:?}"
        );
        assert_eq!(read.lines, []);
    }
}

/// Who is off the list is never listed by the row that says so.
#[test]
fn a_removal_comes_behind_its_entry() {
    let text = feed("wage-arrears").fixture("wage-arrears-hazards.csv");
    let read = feed("wage-arrears").read(&[&text]);
    let mut ended = 0;
    for pair in read.lines.windows(2) {
        if let Statement::Ended(ending) = &pair[1].statement {
            let Statement::Recorded(record) = &pair[0].statement else {
                panic!("row {}: an end without its entry", pair[1].row);
            };
            assert_eq!(
                (pair[0].row, &record.source_ref),
                (pair[1].row, &ending.source_ref)
            );
            ended += 1;
        }
    }
    assert_eq!(ended, 4);
}
