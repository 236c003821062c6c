//! From a case to an effect in the department's system, under every way in which
//! that system misbehaves: one effect per key, whatever happens.

use crate::house::{DECISION, Line, actor, open};
use credence_domain::{
    case::{CaseState, ReceiptKind},
    gates::Receipt,
    order::OrderState,
    step::Step,
    time::civil_date,
};
use credence_pipeline::{Clock as _, PipelineError};
use jiff::ToSpan;

async fn read_case(line: &Line) -> CaseState {
    let mut read = line.house.store().read().await.unwrap();
    let cases = read
        .cases(credence_store::CaseFilter::default(), 10)
        .await
        .unwrap();
    cases[0].state
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_becomes_an_effect_after_its_hearing_and_is_lifted_at_its_end() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    assert_eq!(resolved.case.state, CaseState::Resolved);
    line.house.sweep_until_quiet().await.unwrap();
    line.pass_days(7);
    line.house.sweep_until_quiet().await.unwrap();
    assert_eq!(
        line.effects().await,
        [],
        "the subject's five working days are not over"
    );
    line.pass_days(1);
    line.house.sweep_until_quiet().await.unwrap();
    let effects = line.effects().await;
    assert_eq!(effects.len(), 1);
    let (row, step) = line.order().await;
    assert_eq!(row.course.state, OrderState::InForce);
    assert_eq!(effects[0].key, step.key);
    assert_eq!(
        row.reference.as_deref(),
        Some(effects[0].reference.as_str())
    );
    let case = line.house.find_case(&resolved.case.number).await.unwrap();
    assert_eq!(case.state, CaseState::Answered);
    line.clock
        .set(credence_domain::time::start_of_day(row.terms.ends_on).unwrap());
    line.house.sweep_until_quiet().await.unwrap();
    assert_eq!(
        line.effects().await.len(),
        1,
        "the last day belongs to the measure"
    );
    line.pass_days(1);
    line.house.sweep_until_quiet().await.unwrap();
    assert_eq!(line.order().await.0.course.state, OrderState::Lifted);
    assert_eq!(line.effects().await.len(), 2);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_refuses_at_the_opening() {
    let line = Line::start().await;
    line.ingest().await;
    let refused = line.open("official-1", "别的文号").await;
    assert_eq!(refused.case.state, CaseState::Refused);
    assert_eq!(refused.refusals[0].gate, "initiation");
    assert_eq!(refused.orders[0].course.state, OrderState::Refused);
    let error = line
        .house
        .notify(refused.case.id, &actor())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nothing to notify"), "{error}");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gates_are_asked_again_in_the_claim() {
    let line = Line::start().await;
    line.noticed().await;
    // The basis is repealed while the hearing runs.
    let path = line.data().join("catalogue/bases.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let repealed = text
        .replace(
            "code = \"SAT-54\"",
            "code = \"SAT-54\"\nrepealed_on = \"2026-11-25\"",
        )
        .replace(
            "code = \"TCL-63\"",
            "code = \"TCL-63\"\nrepealed_on = \"2026-11-25\"",
        );
    std::fs::write(&path, repealed).unwrap();
    line.pass_days(8);
    let house = open(&line.data(), &line.clock).await;
    let swept = house.sweep_until_quiet().await.unwrap();
    assert_eq!(swept.refused, 1);
    let (row, step) = line.order().await;
    assert_eq!(row.course.state, OrderState::Refused);
    assert!(
        step.state.reason().unwrap().starts_with("basis"),
        "{step:?}"
    );
    assert_eq!(read_case(&line).await, CaseState::Refused);
    assert_eq!(line.effects().await, []);
    assert_eq!(line.requests().await, []);
    line.assert_sound().await;
}

/// Misbehaves for one request, and expects one effect and the order in force.
async fn check_one_effect(setting: &str) -> Line {
    let line = Line::start().await;
    line.noticed().await;
    line.switch(setting).await;
    line.pass_days(8);
    line.settle().await;
    let (row, step) = line.order().await;
    assert_eq!(
        row.course.state,
        OrderState::InForce,
        "{setting}: {step:#?}"
    );
    assert_eq!(line.effects().await.len(), 1, "{setting}");
    line.assert_sound().await;
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_fails_before_acting() {
    let line = check_one_effect(r#"{"mode":"fail","times":1}"#).await;
    // A 500 says nothing: it was asked about, found without trace, and made again.
    let seen = line.requests().await;
    assert_eq!((seen[0].posts, seen[0].queries), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_is_down_is_tried_again() {
    let line = check_one_effect(r#"{"mode":"down","times":3}"#).await;
    assert_eq!(line.requests().await[0].posts, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_drops_the_answer_after_acting_is_asked() {
    let line = check_one_effect(r#"{"mode":"drop-after","times":1}"#).await;
    let seen = line.requests().await;
    assert_eq!((seen[0].posts, seen[0].queries), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_answers_twice() {
    check_one_effect(r#"{"mode":"twice","times":1}"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_answers_late() {
    check_one_effect(r#"{"mode":"late","ms":1,"times":1}"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_cannot_be_reached_keeps_its_order_due() {
    let line = Line::start().await;
    line.noticed().await;
    line.switch(r#"{"mode":"down"}"#).await;
    line.pass_days(8);
    line.house.sweep_until_quiet().await.unwrap();
    let (row, step) = line.order().await;
    assert_eq!(row.course.state, OrderState::Prepared);
    assert!(matches!(step.state, Step::Due { .. }), "{step:?}");
    assert_eq!(line.effects().await, []);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_cannot_lie_in_the_future_nor_before_its_notice_nor_come_twice() {
    let line = Line::start().await;
    line.ingest().await;
    let resolved = line.open("official-1", DECISION).await;
    line.house.notify(resolved.case.id, &actor()).await.unwrap();
    let today = civil_date(line.clock.now());
    let receive = |on| {
        let receipt = Receipt {
            kind: ReceiptKind::Delivered,
            on,
        };
        line.house.receive(resolved.case.id, receipt, None, &ACTOR)
    };
    for (on, part) in [(today + 1.day(), "future"), (today - 1.day(), "before")] {
        let error = receive(on).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(receive(today).await.unwrap().len(), 1);
    let error = receive(today).await.unwrap_err();
    assert!(matches!(error, PipelineError::Refused(_)), "{error}");
    line.assert_sound().await;
}

static ACTOR: std::sync::LazyLock<credence_pipeline::Actor> = std::sync::LazyLock::new(actor);

#[tokio::test(flavor = "multi_thread")]
async fn a_measure_runs_once_against_a_subject() {
    let line = Line::start().await;
    line.noticed().await;
    let again = line.open("official-2", DECISION).await;
    assert_eq!(again.case.state, CaseState::Refused);
    assert_eq!(again.refusals[0].gate, "already");
    line.pass_days(8);
    line.settle().await;
    assert_eq!(line.effects().await.len(), 1);
    line.assert_sound().await;
}
