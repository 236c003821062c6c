//! The customs: XML in, XML out, and every request under a signature. From their feeds
//! to an effect in their system, under every way in which that system misbehaves.

use crate::house::{Line, actor, plugin, repository, sample_grant};
use credence_domain::{
    case::{CaseState, Initiation},
    objection::{Door, Finding, Ground},
    order::OrderState,
};
use credence_pipeline::{IngestReport, OpenCase, Raise, Resolved};
use department_back_ends::{customs, signature::Key};

const KEY: &str = "canary-customs-key-4402";
const KEY_ID: &str = "house-1";
const PENALISED: &str = "91350100MA900010XU";
const PENALTY: &str = "榕关缉违字〔2026〕0012号";
const CERTIFIED: &str = "91350100MA9000118U";
const CERTIFICATE: &str = "厦关企信〔2026〕8号";

/// A house with the customs' plugin, and their system, which lets in nobody whose
/// signature does not hold.
async fn start() -> Line {
    start_with(KEY).await
}

/// The house signs with this key.
async fn start_with(key: &str) -> Line {
    let theirs = Key::new(KEY_ID, KEY.as_bytes());
    let system = |ledger| customs::router(ledger, Some(theirs));
    let line = Line::beside("customs", system).await;
    let secret = line.dir.path().join("customs-key");
    std::fs::write(&secret, format!("{key}\n")).unwrap();
    let secret = format!("file = \"{}\"", secret.display());
    let here = [
        ("http://127.0.0.1:8802", line.address.as_str()),
        ("key_id = \"credence\"", "key_id = \"house-1\""),
        ("env = \"CREDENCE_CUSTOMS_KEY\"", &secret),
    ];
    let grant = sample_grant("customs", &here);
    line.house
        .install(plugin("customs"), "grant", &grant, &actor())
        .await
        .unwrap();
    line
}

async fn ingest(line: &Line, feed: &str) -> IngestReport {
    let path = repository(&format!("examples/feeds/customs-{feed}.xml"));
    line.house
        .ingest("customs", Some(feed), &path, &actor(), &|_| ())
        .await
        .unwrap()
}

/// A case on the record of this decision, in which the measure is asked for.
async fn resolve(line: &Line, code: &str, decision: &str, measure: &str) -> Resolved {
    let file = line.house.look(code, Some("test"), &actor()).await.unwrap();
    let number = |number: &Option<String>| number.as_deref() == Some(decision);
    let mut records = file.records.iter();
    let record = records.find(|row| number(&row.record.decision.number));
    let ask = OpenCase {
        record: record.unwrap().id,
        initiation: Initiation {
            department: "customs".to_owned(),
            official: "official-1".to_owned(),
            decision_number: decision.to_owned(),
            measures: vec![measure.to_owned()],
            second_official: None,
            proofs: Vec::new(),
        },
    };
    let case = line.house.open_case(ask, &actor()).await.unwrap();
    let resolved = line.house.resolve(case.id, &actor()).await.unwrap();
    assert_eq!(resolved.refusals, []);
    resolved
}

/// A case against an enterprise, whose hearing will be over in eight days.
async fn noticed(line: &Line) -> Resolved {
    ingest(line, "penalties").await;
    let resolved = resolve(line, PENALISED, PENALTY, "L-CUS-02").await;
    line.receive(&resolved).await;
    resolved
}

async fn verbs(line: &Line) -> Vec<String> {
    let effects = line.effects().await;
    effects.into_iter().map(|effect| effect.verb).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_profiles_become_records_and_a_bad_row_is_named() {
    let line = start().await;
    let report = ingest(&line, "penalties").await;
    assert_eq!(
        (report.rows, report.accepted, report.rejected),
        (5, 4, 1),
        "{report:#?}"
    );
    assert_eq!(report.lines[0].field.as_deref(), Some("CF_WSH"));
    let again = ingest(&line, "penalties").await;
    assert_eq!((again.accepted, again.duplicates), (0, 4), "{again:#?}");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_become_entries_of_two_lists_and_ends() {
    let line = start().await;
    let report = ingest(&line, "levels").await;
    assert_eq!(
        (report.recorded, report.ended, report.rejected),
        (3, 1, 1),
        "{report:#?}"
    );
    assert!(report.fields_set_aside.is_empty(), "{report:#?}");
    assert_eq!(report.lines[0].rule, "not-collected");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_penalty_becomes_an_entry_of_the_list_and_comes_off_at_its_end() {
    let line = start().await;
    let resolved = noticed(&line).await;
    line.pass_days(7);
    line.house.sweep_until_quiet().await.unwrap();
    assert_eq!(line.effects().await, [], "the hearing is not over");
    line.pass_days(1);
    line.house.sweep_until_quiet().await.unwrap();
    let (order, step) = line.order().await;
    let effects = line.effects().await;
    assert_eq!(step.state.code(), "executed", "{step:#?}");
    assert_eq!(effects.len(), 1);
    assert_eq!(
        (effects[0].key.as_str(), effects[0].verb.as_str()),
        (step.key.as_str(), "apply")
    );
    assert_eq!(effects[0].measure, "L-CUS-02");
    assert_eq!(effects[0].subject["identifiers"][0]["value"], PENALISED);
    assert_eq!(
        order.reference.as_deref(),
        Some(effects[0].reference.as_str())
    );
    let case = line.house.find_case(&resolved.case.number).await.unwrap();
    assert_eq!(case.state, CaseState::Answered);
    line.clock
        .set(credence_domain::time::start_of_day(order.terms.ends_on).unwrap());
    line.pass_days(1);
    line.house.sweep_until_quiet().await.unwrap();
    assert_eq!(verbs(&line).await, ["apply", "lift"]);
    assert_eq!(line.order().await.0.course.state, OrderState::Lifted);
    line.assert_sound().await;
}

async fn object(line: &Line, resolved: &Resolved, finding: Finding) {
    let raise = Raise {
        case: resolved.case.id,
        order: None,
        door: Door::Subject,
        ground: Ground::Facts,
        reason: "并无此事".to_owned(),
    };
    let raised = line.house.raise_objection(raise, &actor()).await.unwrap();
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::Suspended);
    line.finding(raised.id, finding).await;
    line.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_suspends_the_entry_and_its_answer_puts_it_back_or_ends_it() {
    let line = start().await;
    let resolved = noticed(&line).await;
    line.pass_days(8);
    line.settle().await;
    object(&line, &resolved, Finding::Right("记录无误".to_owned())).await;
    assert_eq!(verbs(&line).await, ["apply", "suspend", "resume"]);
    assert_eq!(line.order().await.0.course.state, OrderState::InForce);
    object(&line, &resolved, Finding::Wrong("确有错误".to_owned())).await;
    assert_eq!(
        verbs(&line).await,
        ["apply", "suspend", "resume", "suspend", "lift"]
    );
    assert_eq!(line.order().await.0.course.state, OrderState::Lifted);
    let seen = line.requests().await;
    assert_eq!(seen.len(), 5, "one key for each step");
    assert!(seen.iter().all(|seen| seen.posts == 1), "{seen:?}");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_operator_has_its_facilities() {
    let line = start().await;
    ingest(&line, "levels").await;
    let resolved = resolve(&line, CERTIFIED, CERTIFICATE, "I-CUS-01").await;
    line.receive(&resolved).await;
    line.settle().await;
    let effects = line.effects().await;
    assert_eq!(effects.len(), 1, "{:#?}", line.order().await);
    assert_eq!(
        (effects[0].measure.as_str(), effects[0].verb.as_str()),
        ("I-CUS-01", "apply")
    );
    line.assert_sound().await;
}

/// How the step ends when the department misbehaves once.
struct Expected<'a> {
    switch: &'a str,
    step: &'a str,
    order: OrderState,
    effects: usize,
    /// Requests that make the step, and that ask about it.
    requests: (i64, i64),
}

async fn check(expected: Expected<'_>) {
    let line = start().await;
    noticed(&line).await;
    line.switch(expected.switch).await;
    line.pass_days(8);
    line.settle().await;
    let switch = expected.switch;
    let (order, step) = line.order().await;
    assert_eq!(step.state.code(), expected.step, "{switch}: {step:#?}");
    assert_eq!(order.course.state, expected.order, "{switch}");
    assert_eq!(line.effects().await.len(), expected.effects, "{switch}");
    let seen = line.requests().await;
    assert_eq!(seen.len(), 1, "{switch}: one key");
    assert_eq!(
        (seen[0].posts, seen[0].queries),
        expected.requests,
        "{switch}"
    );
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_on_the_way_there_is_one_effect() {
    for (switch, requests) in [
        (r#"{"mode":"slow","ms":20,"times":1}"#, (1, 0)),
        (r#"{"mode":"down","times":3}"#, (4, 0)),
        (r#"{"mode":"fail","times":1}"#, (2, 1)),
        (r#"{"mode":"drop-after","times":1}"#, (1, 1)),
        (r#"{"mode":"twice","times":1}"#, (1, 1)),
        (r#"{"mode":"late","ms":1,"times":1}"#, (1, 1)),
        (r#"{"mode":"other-key","times":1}"#, (1, 1)),
        (r#"{"mode":"lie","times":1}"#, (2, 1)),
    ] {
        check(Expected {
            switch,
            step: "executed",
            order: OrderState::InForce,
            effects: 1,
            requests,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_department_will_not_do_is_not_done() {
    use OrderState::{InForce, NotExecuted, Prepared};
    for (mode, step, order, effects) in [
        ("dispute", "disputed", Prepared, 0),
        ("outside-mandate", "outside-mandate", NotExecuted, 0),
        ("person", "parked", Prepared, 0),
        ("refuse", "could-not", NotExecuted, 0),
        ("partly", "partly-executed", InForce, 1),
    ] {
        check(Expected {
            switch: &format!(r#"{{"mode":"{mode}","times":1}}"#),
            step,
            order,
            effects,
            requests: (1, 0),
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_key_nobody_is_let_in() {
    let line = start_with("another-key").await;
    noticed(&line).await;
    line.pass_days(8);
    line.settle().await;
    let (_, step) = line.order().await;
    assert_eq!(step.state.code(), "parked", "{step:#?}");
    assert_eq!(line.requests().await, [], "not even counted");
    assert_eq!(line.effects().await, []);
    line.assert_sound().await;
}
