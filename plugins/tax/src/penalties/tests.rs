//! The feed as departments send it: fixtures, and what they must give.
//!
//! Each hazard of real feeds is a row of `penalties-hazards.json` whose remark
//! names it, and a line of `penalties-hazards.lines`, which was read through by
//! a person. Change a rule, and the diff of that file says what it means.

use credence_sdk::contract::feeds::{Chunk, FeedError, Guest as _};
use credence_sdk::contract::types::{CreditRecord, Date, Identifier, Moment, Statement};
use credence_sdk::days::write_day;
use credence_sdk::testing::{Feed, Read, shown};

use super::*;
use crate::Tax;
use credence_sdk::contract::types::Value;

const RAW: &str = include_str!("../../../../examples/feeds/tax-penalties.json");

fn feed() -> Feed {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Feed::new("penalties", fixtures, Tax::normalise)
}

fn whole(text: &str) -> Read {
    feed().read(&[text])
}

fn good() -> Read {
    whole(&feed().fixture("penalties-good.json"))
}

fn records(read: &Read) -> Vec<&CreditRecord> {
    read.all(|statement| match statement {
        Statement::Recorded(record) => Some(record),
        _ => None,
    })
}

#[test]
fn every_hazard_gives_what_was_agreed() {
    let read = feed().check("penalties-hazards.json");
    assert_eq!(read.rows, 39, "blank rows are counted too");
    assert_eq!(read.notes.len(), 1, "99 rows announced");
    assert!(read.notes[0].contains("99") && read.notes[0].contains("39"));
}

#[test]
fn a_good_feed_gives_a_record_for_every_row() {
    let read = feed().check("penalties-good.json");
    assert_eq!((read.rows, records(&read).len()), (4, 4));
    assert!(read.notes.is_empty());
}

#[test]
fn a_record_holds_all_that_its_row_says() {
    let read = good();
    let record = records(&read)[0];
    let text = |field: &str, text: &str| (field.to_owned(), Value::Text(text.into()));
    let yuan = |field: &str, digits: &str| (field.to_owned(), Value::Yuan(digits.into()));
    let facts: Vec<_> = record
        .facts
        .iter()
        .map(|fact| (fact.field.clone(), fact.value.clone()))
        .collect();
    assert_eq!(record.item, "TAX-PENALTY");
    assert_eq!(record.subject.name.as_deref(), Some("福州虚构贸易有限公司"));
    assert_eq!(
        facts,
        [
            text("CF_WFXW", "偷税"),
            text("CF_SY", "在账簿上少列收入"),
            text("CF_CFLB", "罚款"),
            text("CF_NR", "处以罚款"),
            yuan("CF_NR_FK", "123000"),
            yuan("CF_NR_WFFF", "2900"),
        ]
    );
    assert_eq!(record.parties.len(), 1);
    let representative = &record.parties[0].subject;
    assert_eq!(representative.name.as_deref(), Some("甲某"));
    assert_eq!(
        representative.identifiers,
        [Identifier {
            scheme: "person".into(),
            value: "Z0A1B2C3D4E5F6G7H8".into()
        }]
    );
    assert_eq!(
        record.decision.number.as_deref(),
        Some("榕税稽罚〔2025〕1号")
    );
    assert!(record.decision.authority.uscc.is_some());
    assert_eq!(
        record
            .provider
            .as_ref()
            .map(|p: &Authority| p.name.as_str()),
        Some("虚构省信用平台")
    );
    assert_eq!(record.basis.len(), 1);
    let revised = record.revised_at.expect("GXSJ");
    assert_eq!(
        (write_day(revised.date), revised.hour),
        ("2025-03-12".into(), 18)
    );
}

#[test]
fn a_natural_person_is_a_token() {
    let read = good();
    let identifiers = &records(&read)[2].subject.identifiers;
    assert_eq!(identifiers.len(), 1);
    assert_eq!(identifiers[0].scheme, "person");
    assert_eq!(identifiers[0].value, "Z9J8K7L6M5N4P3Q2R1");
}

#[test]
fn an_unmasked_number_never_becomes_an_identifier() {
    let read = whole(RAW);
    for record in records(&read) {
        let parties = record.parties.iter().map(|party| &party.subject);
        for subject in parties.chain([&record.subject]) {
            assert!(
                subject
                    .identifiers
                    .iter()
                    .all(|id| !id.value.starts_with("350000"))
            );
        }
    }
    let rules: Vec<_> = shown(&read)
        .lines()
        .filter(|line| line.contains("rejected"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        rules,
        [
            "3 rejected CF_XDR_ZJHM malformed",
            "5 rejected CF_WSH missing"
        ]
    );
}

#[test]
fn a_delivery_cut_off_in_a_row_keeps_the_rows_before() {
    let read = feed().check("penalties-truncated.json");
    assert_eq!(records(&read).len(), 3);
    assert!(shown(&read).contains("\n4 rejected - truncated\n"));
    assert_eq!(read.rows, 4);
}

#[test]
fn parties_of_one_document_are_told_apart_by_their_number() {
    let read = feed().check("penalties-hazards.json");
    let keys: Vec<_> = records(&read)
        .iter()
        .map(|record| record.source_ref.clone())
        .filter(|key| key.contains("〔2025〕34号"))
        .collect();
    assert_eq!(
        keys,
        [
            "113500000099990171:例税罚〔2025〕34号:1",
            "113500000099990171:例税罚〔2025〕34号:2"
        ]
    );
}

#[test]
fn no_rejection_quotes_a_cell() {
    for line in whole(&feed().fixture("penalties-hazards.json")).lines {
        if let Statement::Rejected(rejection) = line.statement {
            assert!(rejection.text.chars().count() <= 500);
            for quoted in ["虚构公司", "E12345678", "2022124", "五千元", "例税罚"] {
                assert!(!rejection.text.contains(quoted), "{}", rejection.text);
            }
        }
    }
}

#[test]
fn a_row_longer_than_any_penalty_is_rejected_alone() {
    let long = "长".repeat(90_000);
    let text = feed().fixture("penalties-good.json").replacen(
        "{\"CF_XDR_MC\"",
        &format!("{{\"X\":\"{long}\"}},{{\"CF_XDR_MC\""),
        1,
    );
    let read = whole(&text);
    assert!(shown(&read).starts_with("1 rejected - out-of-range\n2 recorded"));
    assert_eq!(records(&read).len(), 4);
}

#[test]
fn rows_too_short_to_be_penalties_end_the_delivery() {
    let text = |rows: usize| format!("{{\"rows\":[{}3]}}", "3,".repeat(rows - 1));
    assert_eq!(whole(&text(20_000)).lines.len(), 20_000);
    let stopped = whole(&text(20_001)).stopped;
    assert!(matches!(stopped, Some(FeedError::WrongFormat(_))));
}

#[test]
fn another_feed_is_refused() {
    let chunk = Chunk {
        feed: "licences".into(),
        delivery: "fixture.json".into(),
        received_at: Moment {
            date: Date {
                year: 2025,
                month: 6,
                day: 2,
            },
            hour: 9,
            minute: 0,
            second: 0,
        },
        text: feed().fixture("penalties-good.json"),
        first_row: 1,
        carry: String::new(),
        last: true,
    };
    let answer = Tax::normalise(chunk);
    assert!(matches!(answer, Err(FeedError::WrongFormat(_))));
}
