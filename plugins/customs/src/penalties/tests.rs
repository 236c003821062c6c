//! The feed as departments send it: fixtures, and what they must give.
//!
//! Each hazard of real feeds is a row of `penalties-hazards.xml` whose remark names
//! it, and a line of `penalties-hazards.lines`, which was read through by a person.
//! Change a rule, and the diff of that file says what it means.

use credence_sdk::contract::feeds::Guest as _;
use credence_sdk::contract::types::Statement;
use credence_sdk::testing::{Feed, Read, shown};

use super::*;
use crate::Customs;

const RAW: &str = include_str!("../../../../examples/feeds/customs-penalties.xml");

fn feed() -> Feed {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Feed::new("penalties", fixtures, Customs::normalise)
}

fn records(read: &Read) -> Vec<&CreditRecord> {
    read.all(|statement| match statement {
        Statement::Recorded(record) => Some(record),
        _ => None,
    })
}

#[test]
fn every_hazard_gives_what_was_agreed() {
    let read = feed().check("penalties-hazards.xml");
    assert_eq!(read.notes.len(), 1, "99 rows announced, 25 there");
    assert!(read.notes[0].contains("99") && read.notes[0].contains("25"));
}

#[test]
fn a_good_feed_gives_a_record_for_every_row() {
    let read = feed().check("penalties-good.xml");
    assert_eq!((read.rows, records(&read).len()), (3, 3));
    assert!(read.notes.is_empty());
}

#[test]
fn a_delivery_cut_off_in_a_row_keeps_the_rows_before() {
    let read = feed().check("penalties-truncated.xml");
    assert_eq!((read.rows, records(&read).len()), (3, 2));
    assert!(shown(&read).contains("3 rejected - truncated\n"));
}

#[test]
fn one_penalty_in_both_profiles_is_one_record() {
    let text = feed().fixture("penalties-good.xml");
    let read = feed().read(&[&text]);
    let (of_2018, of_2016) = (records(&read)[0], records(&read)[1]);
    let prefix = |record: &CreditRecord| record.source_ref.split('〔').next().map(str::to_owned);
    assert_eq!(
        prefix(of_2018),
        prefix(of_2016),
        "the office is not in the key"
    );
    assert!(of_2018.decision.authority.uscc.is_some());
    assert!(of_2016.decision.authority.uscc.is_none());
}

#[test]
fn a_record_holds_all_that_its_row_says() {
    let text = feed().fixture("penalties-good.xml");
    let read = feed().read(&[&text]);
    let record = records(&read)[0];
    let text = |field: &str, text: &str| (field.to_owned(), Value::Text(text.into()));
    let yuan = |field: &str, digits: &str| (field.to_owned(), Value::Yuan(digits.into()));
    let facts: Vec<_> = record
        .facts
        .iter()
        .map(|fact| (fact.field.clone(), fact.value.clone()))
        .collect();
    assert_eq!(
        facts,
        [
            text("CF_WFXW", "走私"),
            text("CF_SY", "伪报品名"),
            text("CF_CFLB", "罚款"),
            text("CF_NR", "处以罚款"),
            yuan("CF_NR_FK", "123000"),
            yuan("CF_NR_WFFF", "2900"),
            text("BZ", "已缴清罚款"),
        ]
    );
    assert_eq!(record.item, "CUSTOMS-PENALTY");
    assert_eq!(record.listing, None);
    let representative = &record.parties[0].subject;
    assert_eq!(representative.identifiers[0].value, "Z0A1B2C3D4E5F6G7H8");
    assert_eq!(record.subject.identifiers.len(), 2);
}

#[test]
fn an_unmasked_number_never_becomes_an_identifier() {
    let read = feed().read(&[RAW]);
    assert!(RAW.contains(">350000"), "the sample names persons");
    for record in records(&read) {
        let parties = record.parties.iter().map(|party| &party.subject);
        for subject in parties.chain([&record.subject]) {
            let mut identifiers = subject.identifiers.iter();
            assert!(identifiers.all(|id| !id.value.starts_with("350000")));
        }
    }
    assert_eq!(
        shown(&read)
            .matches("rejected CF_XDR_ZJHM malformed")
            .count(),
        1
    );
}

#[test]
fn no_rejection_quotes_a_cell() {
    let read = feed().read(&[&feed().fixture("penalties-hazards.xml")]);
    assert!(shown(&read).contains(" rejected "));
    for line in read.lines {
        if let Statement::Rejected(rejection) = line.statement {
            for quoted in [
                "虚构公司",
                "E12345678",
                "2022124",
                "五千元",
                "例关",
                "甲某",
                "350000",
            ] {
                assert!(!rejection.text.contains(quoted), "{}", rejection.text);
            }
        }
    }
}

#[test]
fn another_feed_is_refused() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let other = Feed::new("licences", fixtures, Customs::normalise);
    let read = other.read(&[RAW]);
    assert!(matches!(
        read.stopped,
        Some(credence_sdk::contract::feeds::FeedError::WrongFormat(_))
    ));
}
