//! The customs: XML in, XML out, and every request under a signature. From their feeds
//! to an effect in their system, under every way in which that system misbehaves.

use crate::house::{Line, actor, open, plugin, repository};
use credence_domain::{
    case::{CaseState, Initiation, ReceiptKind},
    gates::Receipt,
    time::civil_date,
};
use credence_pipeline::{Clock as _, IngestReport, OpenCase, Resolved, SetClock};
use credence_store::{OrderRow, StepRow};
use department_back_ends::{customs, ledger::Ledger, line, signature::Key};
use jiff::SignedDuration;
use std::{path::Path, sync::Arc};

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
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&dir.path().join("customs.sqlite"))
        .await
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let theirs = Key::new(KEY_ID, KEY.as_bytes());
    let router = customs::router(ledger.clone(), Some(theirs));
    tokio::spawn(line::serve(listener, router));
    let data = dir.path().join("data");
    std::fs::create_dir_all(data.join("catalogue")).unwrap();
    for file in std::fs::read_dir(repository("examples/catalogue")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), data.join("catalogue").join(file.file_name())).unwrap();
    }
    let clock = Arc::new(SetClock::at("2026-11-23T02:00:00Z".parse().unwrap()));
    let house = open(&data, &clock).await;
    let secret = dir.path().join("customs-key");
    std::fs::write(&secret, format!("{key}\n")).unwrap();
    let grant = grant(&address, &secret);
    house
        .install(plugin("customs"), "grant", &grant, &actor())
        .await
        .unwrap();
    Line {
        house,
        clock,
        dir,
        ledger,
        address,
    }
}

/// The sample grant, with this house's address, name and key.
fn grant(address: &str, secret: &Path) -> String {
    let sample = std::fs::read_to_string(repository("examples/grants/customs.toml")).unwrap();
    let secret = format!("file = \"{}\"", secret.display());
    let changes = [
        ("http://127.0.0.1:8802", address),
        ("key_id = \"credence\"", "key_id = \"house-1\""),
        ("env = \"CREDENCE_CUSTOMS_KEY\"", secret.as_str()),
    ];
    changes.iter().fold(sample, |grant, (from, to)| {
        assert!(grant.contains(from), "{from}");
        grant.replace(from, to)
    })
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

/// The notice was received today.
async fn notice(line: &Line, resolved: &Resolved) {
    let case = resolved.case.id;
    line.house.notify(case, &actor()).await.unwrap();
    let receipt = Receipt {
        kind: ReceiptKind::Delivered,
        on: civil_date(line.clock.now()),
    };
    line.house
        .receive(case, receipt, None, &actor())
        .await
        .unwrap();
}

/// A case against an enterprise, whose hearing will be over in eight days.
async fn noticed(line: &Line) -> Resolved {
    ingest(line, "penalties").await;
    let resolved = resolve(line, PENALISED, PENALTY, "L-CUS-02").await;
    notice(line, &resolved).await;
    resolved
}

async fn latest(line: &Line) -> (OrderRow, StepRow) {
    let mut read = line.house.store().read().await.unwrap();
    let order = read.orders(None, 10).await.unwrap().remove(0);
    let step = read.steps_of(order.id).await.unwrap().pop().unwrap();
    (order, step)
}

/// Sweeps and lets time pass until nothing is due within the next day.
async fn settle(line: &Line) {
    for _ in 0..40 {
        line.house.sweep_until_quiet().await.unwrap();
        let mut read = line.house.store().read().await.unwrap();
        let due = read.next_due().await.unwrap();
        match due {
            Some(due) if due <= line.clock.now() + SignedDuration::from_hours(24) => {
                line.clock.set(due);
            }
            _ => return,
        }
    }
    panic!("the line does not settle");
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
    let (order, step) = latest(&line).await;
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
    let verbs: Vec<String> = line.effects().await.into_iter().map(|e| e.verb).collect();
    assert_eq!(verbs, ["apply", "lift"]);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_operator_has_its_facilities() {
    let line = start().await;
    ingest(&line, "levels").await;
    let resolved = resolve(&line, CERTIFIED, CERTIFICATE, "I-CUS-01").await;
    notice(&line, &resolved).await;
    settle(&line).await;
    let effects = line.effects().await;
    assert_eq!(effects.len(), 1, "{:#?}", latest(&line).await);
    assert_eq!(
        (effects[0].measure.as_str(), effects[0].verb.as_str()),
        ("I-CUS-01", "apply")
    );
    line.assert_sound().await;
}

/// How the step ends when the department misbehaves once.
struct Expected {
    switch: &'static str,
    step: &'static str,
    effects: usize,
    /// Requests that make the step, and that ask about it.
    requests: (i64, i64),
}

async fn check(expected: Expected) {
    let line = start().await;
    noticed(&line).await;
    line.switch(expected.switch).await;
    line.pass_days(8);
    settle(&line).await;
    let switch = expected.switch;
    let (_, step) = latest(&line).await;
    assert_eq!(step.state.code(), expected.step, "{switch}: {step:#?}");
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
            effects: 1,
            requests,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_department_will_not_do_is_not_done() {
    for (switch, step, effects) in [
        (r#"{"mode":"dispute","times":1}"#, "disputed", 0),
        (
            r#"{"mode":"outside-mandate","times":1}"#,
            "outside-mandate",
            0,
        ),
        (r#"{"mode":"person","times":1}"#, "parked", 0),
        (r#"{"mode":"refuse","times":1}"#, "could-not", 0),
        (r#"{"mode":"partly","times":1}"#, "partly-executed", 1),
    ] {
        check(Expected {
            switch,
            step,
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
    settle(&line).await;
    let (_, step) = latest(&line).await;
    assert_eq!(step.state.code(), "parked", "{step:#?}");
    assert_eq!(line.requests().await, [], "not even counted");
    assert_eq!(line.effects().await, []);
    line.assert_sound().await;
}
