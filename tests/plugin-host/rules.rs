//! Every rule of the contract that speaks of an answer: broken, and noticed.
//!
//! Comes in: behaviours of the rogue that break one rule each. Goes out: the
//! call broke the contract, and the report names the place. Always holds: an
//! answer that breaks a rule is never used. Deliberately absent: what depends on
//! the catalogue or the register, which the pipeline decides.

use crate::{
    guest,
    house::{House, Wanted, check},
};
use credence_domain::record::Statement;
use credence_plugin_host::call::{Answer, Ended, Function, Retry};
use std::path::Path;

fn broken(place: &str) -> Wanted<'_> {
    Wanted {
        code: "broke-contract",
        says: place,
        retry: Retry::Safe,
        left_house: false,
    }
}

#[tokio::test]
async fn answers_to_orders() {
    let house = House::open().await;
    for (behaviour, place) in [
        ("long-text", "evidence[0].text: at most 8192 characters"),
        ("many-facts", "evidence: at most 50 facts"),
        ("empty-field", "evidence[0].field: a code is never"),
        ("huge-reference", "reference: at most 200 characters"),
        ("empty-reference", "reference: absent is `none`"),
        ("nul-text", "reference: a string holds no U+0000"),
        ("nul-failure", "failure: a string holds no U+0000"),
        ("bad-number", "evidence[0].number: "),
        ("bad-yuan", "evidence[0].yuan: "),
        ("impossible-evidence", "evidence[0].day: no such day"),
        ("bad-moment", "at: no such moment"),
        ("bad-hour", "at: no such moment"),
        ("bad-minute", "at: no such moment"),
        ("bad-second", "at: no such moment"),
        ("bad-year", "at: no such moment"),
        ("late-year", "at: no such moment"),
        ("pending-long", "outcome.pending: at most 86,400"),
        (
            "unavailable-long",
            "unavailable.retry-after: at most 86,400",
        ),
    ] {
        let report = house.apply(behaviour).await;
        check(behaviour, &report, broken(place));
    }
}

#[tokio::test]
async fn answers_about_feeds() {
    let house = House::open().await;
    for (behaviour, place) in [
        ("too-many-rows", "rows: never more than the characters"),
        ("too-many-lines", "lines: at most 20,000"),
        ("row-zero", "lines[0]: `row` is one of"),
        ("row-before", "lines[0]: `row` is one of"),
        ("row-outside", "lines[0]: `row` is one of"),
        ("rows-backwards", "lines[1]: lines stand in the order"),
        ("big-carry", "carry: at most 4 MiB"),
        ("nul-carry", "carry: a string holds no U+0000"),
        ("empty-ref", "lines[0].recorded.source-ref: "),
        ("long-ref", "lines[0].recorded.source-ref: "),
        ("nul-ref", "lines[0].recorded.source-ref: "),
        ("bad-yuan", "lines[0].recorded.facts[0].yuan: "),
        ("bad-number", "lines[0].recorded.facts[0].number: "),
        ("long-text", "lines[0].recorded.facts[0].text: "),
        ("empty-text", "lines[0].recorded.facts[0].text: "),
        ("empty-field", "lines[0].recorded.facts[0].field: "),
        ("many-facts", "lines[0].recorded.facts: at most 200"),
        ("bad-token", "lines[0].recorded.subject.identifiers[0]: "),
        (
            "spaced-identifier",
            "lines[0].recorded.subject.identifiers[0].value: ",
        ),
        (
            "empty-identifier",
            "lines[0].recorded.subject.identifiers[0].value: ",
        ),
        (
            "empty-name",
            "lines[0].recorded.subject.name: absent is `none`",
        ),
        ("sentinel-date", "lines[0].recorded.valid-until: "),
        ("long-rejection", "lines[0].rejected.text: at most 500"),
        ("empty-rule", "lines[0].rejected.rule: "),
        (
            "acknowledged",
            "lines[0].acknowledged: the manifest does not say",
        ),
        ("nul-error", "feed-error: a string holds no U+0000"),
    ] {
        let report = house.read(behaviour).await;
        check(behaviour, &report, broken(place));
    }
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_on_output_is_not_even_copied() {
    let house = House::open().await;
    let report = house.read("huge-output").await;
    check("huge-output", &report, broken("the guest's value"));
    let house = House::with(|grant| {
        let limits = credence_plugin_host::manifest::Limits {
            memory_mib: 256,
            ..credence_plugin_host::manifest::Limits::MOST
        };
        grant.limits = Some(limits);
    })
    .await;
    let report = house.apply("huge-answer").await;
    assert!(
        report.record.len() < 1 << 20,
        "{} bytes kept",
        report.record.len()
    );
    assert!(
        ["broke-contract", "out-of-memory"].contains(&report.ended.code()),
        "{}",
        report.ended.code()
    );
}

#[tokio::test]
async fn a_day_that_does_not_exist_rejects_its_line_and_no_more() {
    let house = House::open().await;
    for (behaviour, field) in [
        ("impossible-date", "decision.decided-on"),
        ("early-date", "decision.decided-on"),
        ("late-date", "decision.decided-on"),
        ("bad-moment", "revised-at"),
    ] {
        let report = house.read(behaviour).await;
        let Ended::Answered(Answer::Normalised { lines, rows, .. }) = report.ended else {
            panic!("{behaviour}: {}", report.ended);
        };
        assert_eq!((lines.len(), lines[0].row, rows), (1, 5, 1), "{behaviour}");
        let Statement::Rejected(rejection) = &lines[0].statement else {
            panic!("{behaviour}: {:?}", lines[0].statement);
        };
        assert_eq!(rejection.field.as_deref(), Some(field), "{behaviour}");
        assert_eq!(rejection.rule, "malformed", "{behaviour}");
    }
}

#[tokio::test]
async fn what_is_carried_comes_back_as_it_was() {
    let house = House::open().await;
    let mut chunk = guest::chunk("carry");
    (chunk.first_row, chunk.text) = (1, "one\ntw".into());
    let report = house.ask(&Function::Normalise(chunk.clone())).await;
    let Ended::Answered(Answer::Normalised { rows, carry, .. }) = report.ended else {
        panic!("{}", report.ended);
    };
    (chunk.first_row, chunk.text, chunk.carry, chunk.last) = (1 + rows, "o\n".into(), carry, true);
    let report = house.ask(&Function::Normalise(chunk)).await;
    let Ended::Answered(Answer::Normalised { lines, rows, .. }) = report.ended else {
        panic!("{}", report.ended);
    };
    assert_eq!((lines.len(), lines[0].row, rows), (1, 2, 1));
}

#[tokio::test]
async fn the_tax_plugin_keeps_the_contract_on_its_own_fixtures() {
    let house = House::tax().await;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/tax/fixtures");
    for name in [
        "penalties-good.json",
        "penalties-hazards.json",
        "penalties-truncated.json",
        "violations-ended.json",
        "violations-good.json",
        "violations-hazards.json",
    ] {
        let text = std::fs::read(fixtures.join(name)).expect("the fixture is there");
        let mut chunk = guest::chunk(name);
        let (feed, _) = name.split_once('-').expect("FEED-CASE.json");
        chunk.feed = feed.into();
        chunk.text = String::from_utf8_lossy(&text).into_owned();
        (chunk.first_row, chunk.last) = (1, true);
        let report = house.ask(&Function::Normalise(chunk)).await;
        assert_eq!(report.ended.code(), "answered", "{name}: {}", report.ended);
    }
}

#[tokio::test]
async fn what_keeps_the_contract_is_not_refused() {
    let house = House::open().await;
    for behaviour in ["record", "listing", "ended", "ended-unknown", "ok"] {
        let report = house.read(behaviour).await;
        assert_eq!(
            report.ended.code(),
            "answered",
            "{behaviour}: {}",
            report.ended
        );
    }
}
