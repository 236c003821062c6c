//! Notes for the operator: bounded, counted, and naming no one.
//!
//! Comes in: guests that write many, long or damaged lines. Goes out: what the
//! journal keeps.

use crate::{
    department::PERSON,
    guest,
    house::{House, time_limit},
};
use credence_plugin_host::{
    call::Report,
    journal::{Journalled, decode},
};

fn journal(report: &Report) -> Journalled {
    decode(&report.head, &report.record).expect("the journal reads back")
}

#[tokio::test]
async fn of_many_long_lines_200_of_1000_characters_are_kept_and_the_rest_counted() {
    let house = House::open().await;
    let report = house.apply("flood-log").await;
    assert_eq!(report.ended.code(), "answered");
    let journal = journal(&report);
    let kept: Vec<usize> = journal
        .notes()
        .map(|(_, text)| text.chars().count())
        .collect();
    assert_eq!(kept, [1_000; 200]);
    assert_eq!(journal.notes_dropped(), 100);
}

#[tokio::test]
async fn lines_of_a_guest_that_writes_for_ever_are_counted_too() {
    let house = House::with(|grant| grant.limits = time_limit(50)).await;
    let report = house.apply("spin-in-log").await;
    assert_eq!(report.ended.code(), "timed-out");
    let journal = journal(&report);
    assert_eq!(journal.notes().count(), 200);
    assert!(journal.notes_dropped() > 0);
}

#[tokio::test]
async fn an_adapter_may_leave_a_note() {
    let house = House::open().await;
    let journal = journal(&house.read("log").await);
    let notes: Vec<_> = journal.notes().collect();
    assert_eq!(notes, [("info", "a row was read")]);
}

#[tokio::test]
async fn a_note_does_not_name_a_person() {
    let house = House::open().await;
    let mut order = guest::order("log-subject", "");
    let token = house.register.token(PERSON);
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    let journal = journal(&house.order(order).await);
    let notes: Vec<_> = journal.notes().collect();
    assert_eq!(notes, [("warning", "about [person]")]);
}
