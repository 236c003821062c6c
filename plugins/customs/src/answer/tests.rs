//! The customs' documents by the common table.

use super::*;
use credence_sdk::answer::to_step;
use credence_sdk::contract::types::{Fact, Value};
use credence_sdk::days::write_day;
use credence_sdk::testing::answers::{self, KEY, answered};

const DONE: &str = "<Feedback><Key>k</Key><State>done</State>\n\
    <Reference>R-000001</Reference><At>2026-02-01T10:00:00+08:00</At>\n\
    <Evidence field=\"REGISTER_ENTRY\">第3页 &amp; 附件</Evidence></Feedback>";

fn step(status: u16, body: &str) -> String {
    answers::step::<Documents>(status, body)
}

fn question(status: u16, body: &str) -> String {
    answers::question::<Documents>(status, body)
}

fn told(state: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Feedback><State>{state}</State>{more}<Key>k</Key></Feedback>\n"
    )
}

fn fault(code: &str) -> String {
    format!("<Fault><Code>{code}</Code><Reason>另一主体</Reason></Fault>")
}

#[test]
fn each_state_has_its_outcome() {
    answers::states::<Documents>(|state, reason| {
        let reason = reason.unwrap_or_default();
        told(state, &format!("<Reason>{reason}</Reason>"))
    });
    answers::both::<Documents>(&[
        (200, DONE, "executed"),
        (200, &told("done", "<Later>x</Later>"), "executed"),
    ]);
}

#[test]
fn done_is_told_whole() {
    let feedback = to_step::<Documents>(answered(200, DONE), KEY).unwrap();
    let at = feedback.at.unwrap();
    assert_eq!((write_day(at.date), at.hour), ("2026-02-01".into(), 10));
    assert_eq!(feedback.reference.as_deref(), Some("R-000001"));
    assert_eq!(
        feedback.evidence,
        [Fact {
            field: "REGISTER_ENTRY".into(),
            value: Value::Text("第3页 & 附件".into())
        }]
    );
}

#[test]
fn each_fault_decides_what_the_host_does() {
    let (disputed, outside) = (fault("disputed"), fault("outside-mandate"));
    assert_eq!(step(409, &disputed), "disputed: 另一主体");
    assert_eq!(step(409, &fault("key-reused")), "needs-person");
    assert_eq!(step(422, &outside), "outside-mandate: 另一主体");
    assert_eq!(question(409, &disputed), "needs-person");
    assert_eq!(question(422, &outside), "needs-person");
    assert_eq!(step(503, &fault("not-started")), "unavailable: Some(86400)");
    for code in ["signature", "not-let-in", "locked", "invalid"] {
        for status in [400, 401, 403] {
            assert_eq!(step(status, &fault(code)), "needs-person");
        }
    }
    assert_eq!(step(500, &fault("failed")), "uncertain");
    assert_eq!(step(503, ""), "uncertain");
    assert_eq!(question(404, &fault("unknown-key")), "no trace");
    assert_eq!(step(404, &fault("unknown-key")), "needs-person");
    // The words of a fault under another status than its own bind nobody.
    assert_eq!(step(200, &disputed), "uncertain");
    assert_eq!(step(500, &outside), "uncertain");
}

#[test]
fn doubt_is_uncertain() {
    for body in [
        DONE.replace("<Key>k</Key>", "<Key>another-step</Key>"),
        DONE.replace("<Key>k</Key>", ""),
        DONE.replace("<Key>k</Key>", "<Key>k</Key><Key>k</Key>"),
        DONE.replace("done", "finished"),
        DONE.replace(" field=\"REGISTER_ENTRY\"", ""),
        DONE.replace("2026-02-01T", "2026-02-31T"),
        DONE.replace("&amp;", "&"),
        DONE.replace("Feedback", "Answer"),
        format!("{DONE}{DONE}"),
        format!("<!DOCTYPE Feedback>{DONE}"),
        DONE[..DONE.len() - 1].to_owned(),
        "<html>".into(),
        String::new(),
    ] {
        answers::both::<Documents>(&[(200, &body, "uncertain")]);
    }
}
