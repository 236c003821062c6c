//! The register as rows: codes, days, subjects that are one, and lines that wait
//! for it.

use crate::house::*;
use credence_domain::{
    identifier::{Identifier, Scheme},
    ids::{RecordId, SubjectId},
    record::{Ending, Exit, Statement},
    register::{Event, Lessons, RegisterFact, State, with_inner},
};
use credence_store::{
    Awaited, CaseFilter, ChunkCommit, DueLine, LineKind, LinePlace, NewLine, RetryCommit,
    StoreError, SubjectEvent, TriedLine,
};
use jiff::civil::date;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Known from a feed by its registration number alone.
const OTHER: SubjectId = SubjectId(Uuid::from_u128(0xB));
const SETTLED: RecordId = RecordId(Uuid::from_u128(0x14));

fn fact(codes: impl IntoIterator<Item = Identifier>) -> RegisterFact {
    RegisterFact {
        codes: codes.into_iter().flat_map(with_inner).collect(),
        ..RegisterFact::default()
    }
}

/// Learns a fact as the import does.
async fn learn(house: &House, fact: RegisterFact, id: SubjectId, seconds: i64) -> Lessons {
    let mut write = house.store.begin().await.unwrap();
    let codes = fact.codes.union(&fact.former).cloned().collect();
    let mut register = write.read().register(&codes).await.unwrap();
    let mut lessons = Lessons::default();
    register.learn(&fact, id, &mut lessons).unwrap();
    let touched = lessons.touched(&register);
    write
        .learn(&lessons, &touched, &event("register.imported", seconds))
        .await
        .unwrap();
    write.commit().await.unwrap();
    lessons
}

/// After the story: the other organization turns out to be the first, with its
/// days, a merger, and the end of a line's waiting.
pub(crate) async fn learn_more(house: &House) {
    learn(house, fact([registration()]), OTHER, 40).await;
    let linked = RegisterFact {
        coded_on: Some(date(2016, 5, 1)),
        event: Some(Event {
            on: date(2026, 1, 1),
            state: State::Revoked,
        }),
        ..fact([uscc(), registration()])
    };
    learn(house, linked, OTHER, 41).await;
    settle(house, 42).await;
}

/// Tries the story's quarantined line again, with success.
async fn settle(house: &House, seconds: i64) {
    let mut write = house.store.begin().await.unwrap();
    let (delivery, lines) = write.read().due_lines(10).await.unwrap().unwrap();
    let [due] = &lines[..] else {
        panic!("one line: {lines:?}")
    };
    assert_eq!((due.chunk, due.place, due.line.row), (1, 1, 3));
    let own = credit_record("tax/3", "registration-number", registration().value());
    let retry = RetryCommit {
        delivery,
        records: vec![version(&house.store, ORGANIZATION, SETTLED, own)],
        endings: vec![],
        lines: vec![tried(due, LineKind::Settled, "")],
    };
    write
        .commit_retry(retry, &event("lines.retried", seconds))
        .await
        .unwrap();
    write.commit().await.unwrap();
}

fn tried(due: &DueLine, kind: LineKind, rule: &str) -> TriedLine {
    let waits = kind == LineKind::Quarantined;
    TriedLine {
        due: due.clone(),
        kind,
        field: None,
        rule: rule.to_owned(),
        text: format!("{rule} {NAME_CANARY}"),
        waits_for: waits
            .then(|| Awaited::Code(registration()))
            .into_iter()
            .collect(),
    }
}

/// Requirement 1: records of both stay where they were written, and are read as
/// one.
#[tokio::test]
async fn two_subjects_made_one_are_read_as_one_and_keep_their_rows() {
    let house = House::new().await;
    story(&house).await;
    learn_more(&house).await;
    let mut read = house.store.read().await.unwrap();
    let found = read
        .subjects_by_codes(&[registration(), uscc()])
        .await
        .unwrap();
    assert_eq!(found[&registration()], ORGANIZATION);
    assert_eq!(found[&uscc()], ORGANIZATION);
    let alias = read.subject(OTHER).await.unwrap().unwrap();
    let one = read.subject(ORGANIZATION).await.unwrap().unwrap();
    assert_eq!((alias.same_as, one.same_as), (Some(ORGANIZATION), None));
    assert_eq!(one.aliases, [OTHER]);
    assert_eq!(alias.codes, one.codes);
    assert_eq!(one.codes.len(), 3);
    let days = |scheme: Scheme| {
        let code = one.codes.iter().find(|code| code.scheme == scheme.code());
        code.map(|code| (code.from, code.until)).unwrap()
    };
    assert_eq!(days(Scheme::Uscc), (Some(date(2016, 5, 1)), None));
    assert_eq!(days(Scheme::RegistrationNumber), (None, None));
    let revoked = SubjectEvent {
        on: date(2026, 1, 1),
        state: "revoked".to_owned(),
        successors: vec![],
    };
    assert_eq!(one.events, [revoked]);
    // Records and cases of one are those of the other.
    for id in [OTHER, ORGANIZATION] {
        let records = read.records_of(id, 10).await.unwrap();
        assert!(records.iter().all(|row| row.subject == ORGANIZATION));
        assert_eq!(records.len(), 2);
        let filter = CaseFilter {
            subject: Some(id),
            ..CaseFilter::default()
        };
        assert_eq!(read.cases(filter, 10).await.unwrap().len(), 1);
    }
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
}

/// A chain of joins leads to the lowest id in one step.
#[tokio::test]
async fn what_is_joined_to_a_joined_one_stands_under_the_lowest_id() {
    let house = House::new().await;
    learn(
        &house,
        fact([uscc().inner_organization_code().unwrap()]),
        SubjectId(Uuid::from_u128(1)),
        1,
    )
    .await;
    let number = |text| Identifier::parse(Scheme::RegistrationNumber, text).unwrap();
    let second = number("350100400099018");
    learn(
        &house,
        fact([registration()]),
        SubjectId(Uuid::from_u128(2)),
        2,
    )
    .await;
    learn(
        &house,
        fact([second.clone()]),
        SubjectId(Uuid::from_u128(3)),
        3,
    )
    .await;
    learn(&house, fact([registration(), second.clone()]), OTHER, 4).await;
    learn(&house, fact([uscc(), second.clone()]), OTHER, 5).await;
    let mut read = house.store.read().await.unwrap();
    let all = [registration(), second, uscc()];
    let found = read.subjects_by_codes(&all).await.unwrap();
    let lowest = SubjectId(Uuid::from_u128(1));
    assert!(
        found.values().all(|subject| *subject == lowest),
        "{found:?}"
    );
    let subject = read
        .subject(SubjectId(Uuid::from_u128(3)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((subject.same_as, subject.codes.len()), (Some(lowest), 4));
    assert_eq!(subject.aliases.len(), 2);
}

#[tokio::test]
async fn the_register_is_looked_up_with_its_successors() {
    let house = House::new().await;
    let merged = RegisterFact {
        event: Some(Event {
            on: date(2020, 1, 1),
            state: State::Merged { successor: uscc() },
        }),
        ..fact([registration()])
    };
    let lessons = learn(&house, merged.clone(), SubjectId(Uuid::from_u128(1)), 1).await;
    learn(&house, fact([uscc()]), SubjectId(Uuid::from_u128(2)), 2).await;
    let mut write = house.store.begin().await.unwrap();
    let register = write
        .read()
        .register(&BTreeSet::from([registration()]))
        .await
        .unwrap();
    assert_eq!(
        register.holder(&uscc()),
        Some(SubjectId(Uuid::from_u128(2)))
    );
    let known = register
        .organization(SubjectId(Uuid::from_u128(1)))
        .unwrap();
    assert_eq!(known.events.first(), merged.event.as_ref());
    // A code is taken once.
    let again = write
        .learn(&lessons, &BTreeSet::new(), &event("register.imported", 3))
        .await;
    assert!(
        matches!(again, Err(StoreError::AlreadyThere { .. })),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_line_waits_until_its_code_is_touched_and_is_settled_once() {
    let house = House::new().await;
    story(&house).await;
    assert_eq!(due(&house).await, None);
    learn(&house, fact([registration()]), OTHER, 40).await;
    let line = due(&house).await.unwrap();
    assert_eq!((line.rule.as_str(), line.attempts), ("malformed", 0));

    // The same answer is nothing new; another one is kept, and it waits on.
    for (rule, attempts) in [("malformed", 0), ("deregistered", 1)] {
        let mut write = house.store.begin().await.unwrap();
        let (delivery, lines) = write.read().due_lines(10).await.unwrap().unwrap();
        let mut again = tried(&lines[0], LineKind::Quarantined, rule);
        if rule == lines[0].rule {
            again.text = lines[0].text.clone();
        }
        let retry = RetryCommit {
            delivery,
            records: vec![],
            endings: vec![],
            lines: vec![again],
        };
        write
            .commit_retry(retry, &event("lines.retried", 41))
            .await
            .unwrap();
        write.commit().await.unwrap();
        assert_eq!(due(&house).await, None);
        let on = date(2020, 1, 1 + attempts);
        let event = Some(Event {
            on,
            state: State::Revoked,
        });
        let more = RegisterFact {
            event,
            ..fact([registration()])
        };
        learn(&house, more, OTHER, 42).await;
        assert_eq!(
            due(&house).await.unwrap().attempts,
            u32::try_from(attempts).unwrap()
        );
    }
    let lines = house
        .store
        .read()
        .await
        .unwrap()
        .lines(DELIVERY, LinePlace::default(), 10)
        .await
        .unwrap();
    assert_eq!(
        (lines[1].kind, lines[1].rule.as_str()),
        (LineKind::Quarantined, "deregistered")
    );
    assert_eq!(lines[1].text, format!("deregistered {NAME_CANARY}"));

    settle(&house, 43).await;
    assert_eq!(due(&house).await, None);
    let mut read = house.store.read().await.unwrap();
    let lines = read
        .lines(DELIVERY, LinePlace::default(), 10)
        .await
        .unwrap();
    assert_eq!(
        (lines[1].kind, lines[1].rule.as_str()),
        (LineKind::Settled, "")
    );
    // The entry that did it is the record's.
    let record = read.record(SETTLED).await.unwrap().unwrap();
    assert_eq!(
        (lines[1].entry, record.delivery),
        (record.entry, Some(DELIVERY))
    );
    learn(&house, fact([uscc(), registration()]), OTHER, 44).await;
    assert_eq!(due(&house).await, None, "what is settled waits for nothing");
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
}

/// An ending that came before its record.
#[tokio::test]
async fn a_line_that_waits_for_a_record_is_due_when_it_arrives() {
    let house = House::new().await;
    story(&house).await;
    let waiting = |source_ref: &str| NewLine {
        row: 1,
        kind: LineKind::Quarantined,
        field: None,
        rule: "unknown-record".to_owned(),
        text: String::new(),
        statement: Some(Statement::Ended(Ending {
            source_ref: source_ref.to_owned(),
            exit: Exit::Fulfilment,
            effective_on: date(2026, 11, 30),
            note: None,
        })),
        waits_for: BTreeSet::from([Awaited::Record {
            plugin: "tax".to_owned(),
            source_ref: source_ref.to_owned(),
        }]),
    };
    let own = credit_record("tax/3", "uscc", uscc().value());
    let mut write = house.store.begin().await.unwrap();
    let lines = vec![waiting("tax/3"), waiting("tax/4")];
    let next = ChunkCommit {
        lines,
        ..chunk(DELIVERY, 2)
    };
    let draft = event("chunk.ingested", 3);
    write.commit_chunk(next, &draft).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(due(&house).await, None);
    let mut write = house.store.begin().await.unwrap();
    let next = ChunkCommit {
        records: vec![version(&house.store, ORGANIZATION, SETTLED, own)],
        ..chunk(DELIVERY, 3)
    };
    write.commit_chunk(next, &draft).await.unwrap();
    write.commit().await.unwrap();
    let line = due(&house).await.unwrap();
    assert_eq!((line.chunk, line.place), (2, 0));
    let count = "SELECT count(*) FROM line_waiting WHERE due = 1";
    assert_eq!(house.count(count).await, 1);
}

async fn due(house: &House) -> Option<DueLine> {
    let mut read = house.store.read().await.unwrap();
    let due = read.due_lines(10).await.unwrap();
    due.and_then(|(_, lines)| lines.into_iter().next())
}

/// A crash between learning and trying again forgets nothing; one while trying
/// leaves the line due.
#[tokio::test]
async fn a_crash_leaves_the_line_due() {
    let house = House::new().await;
    story(&house).await;
    learn(&house, fact([registration()]), OTHER, 40).await;
    {
        let mut write = house.store.begin().await.unwrap();
        let (delivery, lines) = write.read().due_lines(10).await.unwrap().unwrap();
        let retry = RetryCommit {
            delivery,
            records: vec![],
            endings: vec![],
            lines: vec![tried(&lines[0], LineKind::Rejected, "item")],
        };
        write
            .commit_retry(retry, &event("lines.retried", 41))
            .await
            .unwrap();
        // Dropped here.
    }
    let line = due(&house).await.unwrap();
    assert_eq!((line.rule.as_str(), line.attempts), ("malformed", 0));
    settle(&house, 42).await;
    assert_eq!(due(&house).await, None);
}
