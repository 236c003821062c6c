//! The common rule, on a department whose bodies are one word: `state` for what
//! became of a step, or why nothing was done. Absent: any department's format.

use super::*;
use crate::testing::answers::{self, KEY, outcome};

struct Words;

impl Format for Words {
    const WHO: &'static str = "the office";

    fn told(response: &Response) -> Option<Told> {
        let mut words = response.body.splitn(2, ' ');
        let (state, key) = (words.next()?, words.next());
        let reason = Some("已注销".to_owned());
        let state = match state {
            "done" => State::Done,
            "partly" => State::Partly(reason),
            "refused" => State::Refused(None),
            "not-applicable" => State::NotApplicable(reason),
            "waiting" => State::Waiting,
            _ => return None,
        };
        Some(Told {
            key: key.map(str::to_owned),
            state,
            reference: Some(" ".to_owned()),
            ..Told::default()
        })
    }

    fn refusal(response: &Response) -> Option<Refusal> {
        match response.body.as_str() {
            "disputed" => Some(Refusal::Disputed(Some("另一主体".to_owned()))),
            "outside" => Some(Refusal::OutsideMandate(None)),
            "busy" => Some(Refusal::NotStarted),
            _ => None,
        }
    }
}

/// The same office, whose register lags.
struct Lagging;

impl Format for Lagging {
    const WHO: &'static str = "the office";
    const NO_TRACE_IS_PROOF: bool = false;

    fn told(response: &Response) -> Option<Told> {
        Words::told(response)
    }

    fn refusal(response: &Response) -> Option<Refusal> {
        Words::refusal(response)
    }
}

/// `step` and `question`: what each comes to.
fn check(status: u16, body: &str, step: &str, question: &str) {
    let made = answers::step::<Words>(status, body);
    assert_eq!(made, step, "step: {status} {body}");
    let asked = answers::question::<Words>(status, body);
    assert_eq!(asked, question, "question: {status} {body}");
}

#[test]
fn the_table_holds() {
    let both = |status, body, outcome| check(status, body, outcome, outcome);
    both(200, "done", "executed");
    both(201, "done k", "executed");
    both(200, "partly", "partly-executed: 已注销");
    both(200, "refused", "could-not: the office gave no reason");
    both(200, "not-applicable", "not-applicable: 已注销");
    both(200, "waiting", "pending: Some(86400)");
    both(202, "", "pending: Some(86400)");
    both(202, "done", "pending: Some(86400)");
    both(200, "", "uncertain");
    both(200, "finished", "uncertain");
    both(200, "done other", "uncertain");
    check(409, "disputed", "disputed: 另一主体", "needs-person");
    check(
        422,
        "outside",
        "outside-mandate: the office gave no reason",
        "needs-person",
    );
    both(503, "busy", "unavailable: Some(86400)");
    both(429, "", "unavailable: Some(86400)");
    check(404, "", "needs-person", "no trace");
    for status in [400, 401, 403, 405, 413, 422] {
        both(status, "", "needs-person");
    }
    for status in [204, 301, 500, 502, 503, 504] {
        both(status, "", "uncertain");
    }
}

#[test]
fn no_trace_in_a_lagging_register_is_no_proof() {
    assert_eq!(answers::question::<Lagging>(404, ""), "uncertain");
}

#[test]
fn no_answer_is_told_apart() {
    let shown = |error| outcome(to_step::<Words>(Err(error), KEY).map(Some));
    assert_eq!(shown(SendError::NotGranted("x".into())), "needs-person");
    assert_eq!(shown(SendError::NotSent("x".into())), "unavailable: None");
    assert_eq!(shown(SendError::NoAnswer("x".into())), "uncertain");
}

#[test]
fn a_file_that_was_put_is_pending() {
    let shown = |put| outcome(to_file(put).map(Some));
    assert_eq!(shown(Ok(())), "pending: None");
    assert_eq!(shown(Err(PutError::NotGranted("x".into()))), "needs-person");
    assert_eq!(shown(Err(PutError::NameTaken("x".into()))), "needs-person");
    assert_eq!(
        shown(Err(PutError::NotWritten("x".into()))),
        "unavailable: None"
    );
}

#[test]
fn what_passes_a_limit_is_no_feedback() {
    let check = |told: Told, good: bool| {
        let shown = format!("{:.60}", format!("{told:?}"));
        assert_eq!(feedback_of("x", told, None).is_ok(), good, "{shown}");
    };
    let reference = |text: String| Told {
        reference: Some(text),
        ..Told::default()
    };
    let evidence = |pieces: Vec<(&str, String)>| Told {
        evidence: pieces
            .into_iter()
            .map(|(field, text)| (field.to_owned(), text))
            .collect(),
        ..Told::default()
    };
    check(reference("x".repeat(200)), true);
    check(reference("x".repeat(201)), false);
    check(reference("a\0b".to_owned()), false);
    check(evidence(vec![("F", "t".to_owned()); 50]), true);
    check(evidence(vec![("F", "t".to_owned()); 51]), false);
    check(evidence(vec![("F", "t".repeat(8_193))]), false);
    check(evidence(vec![("", "t".to_owned())]), false);
    let at = |at: &str| Told {
        at: Some(at.to_owned()),
        ..Told::default()
    };
    check(at("2026-01-05T10:00:00+08:00"), true);
    check(at("2026-02-31T10:00:00"), false);
}

#[test]
fn reasons_are_cut_for_the_work_list() {
    let told = Told {
        state: State::Refused(Some("长".repeat(600))),
        ..Told::default()
    };
    let feedback = feedback_of("x", told, None).unwrap();
    assert_eq!(feedback.outcome, Outcome::CouldNot("长".repeat(500)));
}
