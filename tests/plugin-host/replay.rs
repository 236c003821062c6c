//! A call is a function of its journal: run again, it is the same call.
//!
//! Comes in: journals of calls made here, some with a byte changed. Goes out:
//! verdicts. Always holds: the department is closed while a call is replayed.

use crate::{
    department::PERSON,
    guest::{self, MOMENT},
    house::House,
};
use credence_plugin_host::{
    call::{Function, Report},
    journal::decode,
    replay::Verdict,
};

async fn replayed(house: &House, head: &[u8], record: &[u8]) -> Verdict {
    let journal = decode(head, record).expect("the journal reads back");
    house.revision.replay(&journal).await
}

/// The record with the first `old` at or after `from` made `new`, of one length.
#[track_caller]
fn tampered(record: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = record
        .windows(old.len())
        .position(|bytes| bytes == old.as_bytes());
    let at = at.expect("what is tampered with stands in the record");
    let mut tampered = record.to_vec();
    tampered[at..at + new.len()].copy_from_slice(new.as_bytes());
    tampered
}

#[track_caller]
fn diverged(verdict: &Verdict, number: usize, part: &str) {
    let text = verdict.to_string();
    assert!(
        text.starts_with(&format!("diverged at #{number}: ")),
        "{text}"
    );
    assert!(text.contains(part), "`{part}` is not in: {text}");
}

/// A tax order that was applied; the department is closed.
async fn applied() -> (House, Report) {
    let house = House::tax().await;
    let mut order = guest::order("重大税收违法失信主体", "虚构贸易有限公司");
    (order.key, order.measure) = ("o-1".into(), "L-TAX-02".into());
    let report = house.ask(&Function::Apply(order)).await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    assert_eq!(house.department.seen().len(), 1);
    house.department.stop().await;
    (house, report)
}

#[tokio::test]
async fn the_tax_plugins_apply_replays_without_a_network() {
    let (house, report) = applied().await;
    let verdict = replayed(&house, &report.head, &report.record).await;
    assert_eq!(verdict, Verdict::Identical);
    assert_eq!(house.department.seen().len(), 1);
    assert_eq!(house.intents.noted().len(), 1, "a replay makes no intent");
}

#[tokio::test]
async fn a_recorded_answer_that_was_changed_is_named() {
    let (house, report) = applied().await;
    // The tax plugin calls `settings.get`, `call.id` and `http.send`: the changed
    // answer shows in what the plugin made of it, after host call #2.
    let changed = tampered(&report.record, "TAX-2026-0001", "TAX-2026-0009");
    let verdict = replayed(&house, &report.head, &changed).await;
    diverged(&verdict, 3, "TAX-2026-0009");
    // A changed placeholder shows in the request that carries it.
    let changed = tampered(
        &report.record,
        "credence-secret-authorization-",
        "credence-secret-authorizatiom-",
    );
    let verdict = replayed(&house, &report.head, &changed).await;
    diverged(&verdict, 2, "authorizatiom");
    // A changed request is not the one that the plugin makes.
    let changed = tampered(&report.record, "/measures", "/measurez");
    let verdict = replayed(&house, &report.head, &changed).await;
    diverged(&verdict, 2, "/measurez");
}

#[tokio::test]
async fn changed_arguments_do_not_give_the_same_call() {
    let (house, report) = applied().await;
    let changed = tampered(&report.head, "L-TAX-02", "L-TAX-03");
    let verdict = replayed(&house, &changed, &report.record).await;
    diverged(&verdict, 2, "L-TAX-03");
}

#[tokio::test]
async fn a_journal_of_another_component() {
    let (house, report) = applied().await;
    let rogue = House::open().await;
    let verdict = replayed(&rogue, &report.head, &report.record).await;
    let recorded = house.revision.digest().to_owned();
    assert_eq!(verdict, Verdict::OtherComponent { recorded });
}

#[tokio::test]
async fn clock_and_id_stand_still() {
    let house = House::open().await;
    let report = house.apply("clock").await;
    let told = format!("{:?}", report.ended);
    assert!(
        told.contains(&format!("{MOMENT} {}", report.call)),
        "{told}"
    );
    let verdict = replayed(&house, &report.head, &report.record).await;
    assert_eq!(verdict, Verdict::Identical);
}

#[tokio::test]
async fn every_end_but_that_of_time_replays() {
    let house = House::open().await;
    for behaviour in [
        "executed",
        "disputed",
        "panic",
        "recurse",
        "grow",
        "long-text",
        "send",
        "send-many",
        "send-then-panic",
        "send-then-bad",
        "send-order",
        "send-dots",
        "flood-log",
        "echo-setting",
        "other-setting",
    ] {
        let report = house.apply(behaviour).await;
        let verdict = replayed(&house, &report.head, &report.record).await;
        assert_eq!(verdict, Verdict::Identical, "{behaviour}");
    }
    for behaviour in [
        "ok",
        "record",
        "impossible-date",
        "send",
        "too-many-lines",
        "wrong-format",
    ] {
        let report = house.read(behaviour).await;
        let verdict = replayed(&house, &report.head, &report.record).await;
        assert_eq!(verdict, Verdict::Identical, "{behaviour}");
    }
}

#[tokio::test]
async fn a_call_about_a_person_replays_from_tokens() {
    let house = House::with(|grant| {
        let place = grant.destinations.get_mut("test-system");
        place.expect("granted").persons = true;
    })
    .await;
    let mut order = guest::order("send-order", "/person/x");
    let token = house.register.token(PERSON);
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    let report = house.order(order).await;
    assert_eq!(house.department.seen()[0].body, PERSON);
    house.department.stop().await;
    let verdict = replayed(&house, &report.head, &report.record).await;
    assert_eq!(verdict, Verdict::Identical);
}

#[tokio::test]
async fn a_refused_request_before_a_real_one_replays() {
    let house = House::open().await;
    let report = house.send("send-after-refused", "/echo/x").await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    house.department.stop().await;
    let verdict = replayed(&house, &report.head, &report.record).await;
    assert_eq!(verdict, Verdict::Identical);
}

#[tokio::test]
async fn a_put_replays_without_a_folder() {
    let house = House::open().await;
    for (behaviour, name) in [
        ("put", "x.csv"),
        ("put-other", "x.csv"),
        ("put", ".x"),
        ("put", "y.csv"),
        ("put-character", "x-2.csv"),
        ("put-elsewhere", "x.csv"),
        ("put-huge", "x.csv"),
        ("put-flood", "x.csv"),
        ("put-then-panic", "x-3.csv"),
    ] {
        let report = house.send(behaviour, name).await;
        let before = house.files();
        let verdict = replayed(&house, &report.head, &report.record).await;
        assert_eq!(verdict, Verdict::Identical, "{behaviour} {name}");
        assert_eq!(house.files(), before, "a replay puts no file");
    }
    std::fs::remove_dir_all(house.outbox.path()).expect("the folder goes");
    let report = house.send("put", "x-4.csv").await;
    std::fs::create_dir(house.outbox.path()).expect("the folder comes back");
    let verdict = replayed(&house, &report.head, &report.record).await;
    assert_eq!(verdict, Verdict::Identical, "a folder that was gone");
    // A recorded answer that was changed shows in what the guest made of it.
    let report = house.send("put-other", "x.csv").await;
    let changed = tampered(&report.record, "another text", "another test");
    let verdict = replayed(&house, &report.head, &changed).await;
    diverged(&verdict, 1, "another test");
}
