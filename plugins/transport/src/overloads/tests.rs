//! The feed as the department sends it, in its own bytes: fixtures, and what they
//! must state. The remark (备注) of each row of `overloads-hazards.csv` names its
//! hazard.

use credence_sdk::contract::feeds::FeedError;
use credence_sdk::contract::types::{
    CreditRecord, Disclosure, Ending, Exit, Identifier, Statement, Value,
};
use credence_sdk::testing::{Read, shown};

use crate::fixtures::{feed as fixtures, gb18030};

#[path = "../../../../tests/feeds/overloads.rs"]
mod made;

fn feed() -> credence_sdk::testing::Feed {
    fixtures("overloads")
}

/// Read once; how the file is cut is tried where it is held against its lines.
fn read(file: &str) -> Read {
    feed().read(&[&feed().fixture(file)])
}

fn records(read: &Read) -> Vec<&CreditRecord> {
    read.all(|statement| match statement {
        Statement::Recorded(record) => Some(record),
        _ => None,
    })
}

fn endings(read: &Read) -> Vec<&Ending> {
    read.all(|statement| match statement {
        Statement::Ended(ending) => Some(ending),
        _ => None,
    })
}

#[test]
fn every_hazard_gives_what_was_agreed() {
    let read = feed().check("overloads-hazards.csv");
    assert!(read.stopped.is_none());
}

#[test]
fn a_good_file_gives_a_record_for_every_row() {
    let read = feed().check("overloads-good.csv");
    assert_eq!((read.rows, records(&read).len()), (5, 4));
    assert!(read.notes.is_empty());
}

#[test]
fn penalties_of_organizations_alone_are_public() {
    let read = read("overloads-good.csv");
    let classes: Vec<_> = records(&read)
        .iter()
        .map(|record| (record.item.as_str(), record.disclosure))
        .collect();
    assert_eq!(
        classes,
        [
            ("TRANSPORT-PENALTY", Disclosure::Public),
            ("TRANSPORT-PENALTY", Disclosure::Government),
            ("OVERLOADING", Disclosure::Government),
            ("TRANSPORT-PENALTY", Disclosure::Public),
        ]
    );
}

#[test]
fn a_driver_is_a_token() {
    let read = read("overloads-good.csv");
    assert_eq!(
        records(&read)[1].subject.identifiers,
        [Identifier {
            scheme: "person".into(),
            value: "Z9J8K7L6M5N4P3Q2R1".into()
        }]
    );
}

#[test]
fn a_finding_holds_its_counts_as_they_were_sent() {
    let read = read("overloads-good.csv");
    let facts: Vec<_> = records(&read)[2]
        .facts
        .iter()
        .map(|fact| (fact.field.as_str(), fact.value.clone()))
        .collect();
    let number = |digits: &str| Value::Number(digits.into());
    assert_eq!(
        facts,
        [
            ("计数期间", Value::Text("2024-03-01至2025-02-28".into())),
            ("违法超限次数", number("5")),
            ("涉及车辆数", number("4")),
            ("本单位货运车辆总数", number("30")),
        ]
    );
}

#[test]
fn each_end_of_a_record_is_told_apart_and_the_record_stays_the_same() {
    let read = feed().check("overloads-ended.csv");
    let exits: Vec<_> = endings(&read).iter().map(|e| e.exit.clone()).collect();
    let [
        Exit::Fulfilment,
        Exit::Repair(_),
        Exit::Correction,
        Exit::Revocation(own),
        Exit::Revocation(court),
    ] = exits.as_slice()
    else {
        panic!("{exits:?}");
    };
    assert_eq!(own.authority, records(&read)[0].decision.authority);
    assert_eq!(court.authority.name, "虚构市中级人民法院");
    for (record, ending) in records(&read).iter().zip(endings(&read)) {
        assert_eq!(record.source_ref, ending.source_ref);
    }
    let good = self::read("overloads-good.csv");
    let key = |read: &Read| records(read)[0].source_ref.clone();
    assert_eq!(key(&read), key(&good));
}

#[test]
fn four_byte_characters_of_the_encoding_arrive() {
    let read = read("overloads-hazards.csv");
    let sent = Some("𠮷㐂䶮㛃货运公司");
    let found = records(&read)
        .iter()
        .any(|record| record.subject.name.as_deref() == sent);
    assert!(found);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_header() {
    let own = feed().check("overloads-bom.csv");
    let unicode = feed().check("overloads-bom-utf8.csv");
    assert_eq!(records(&own).len(), 1);
    assert_eq!(own.lines, unicode.lines);
}

#[test]
fn a_file_cut_off_in_a_row_keeps_the_rows_before() {
    for file in [
        "overloads-truncated.csv",
        "overloads-truncated-in-quotes.csv",
    ] {
        let read = feed().check(file);
        assert_eq!(records(&read).len(), 2, "{file}");
        assert!(
            shown(&read).contains("\n4 rejected - truncated\n"),
            "{file}"
        );
        assert_eq!(read.rows, 4, "{file}");
    }
}

#[test]
fn another_file_is_refused() {
    let read = read("overloads-other.csv");
    assert!(matches!(read.stopped, Some(FeedError::WrongFormat(_))));
    let read = fixtures("licences").read(&["信息类别,文书号"]);
    assert!(matches!(read.stopped, Some(FeedError::WrongFormat(_))));
}

#[test]
fn no_rejection_quotes_a_cell() {
    let read = read("overloads-hazards.csv");
    let mut rejections = 0;
    for line in read.lines {
        if let Statement::Rejected(rejection) = line.statement {
            rejections += 1;
            assert!(rejection.text.chars().count() <= 500);
            for quoted in ["虚构", "E12345678", "2022124", "五千", "例交执罚", "四次"] {
                assert!(!rejection.text.contains(quoted), "{}", rejection.text);
            }
        }
    }
    assert!(rejections > 15);
}

#[test]
fn rows_made_for_measuring_are_rows_of_this_feed() {
    let mut bytes = Vec::new();
    made::write(2_000, &mut bytes).unwrap();
    let text = gb18030(&bytes);
    // The host puts a token where a driver's number stands.
    let masked = (1..=200).fold(text, |text, number| {
        text.replace(&made::person(number), &format!("Z{number:017}"))
    });
    let read = feed().read(&[&masked]);
    let mut keys: Vec<_> = records(&read).iter().map(|r| &r.source_ref).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((read.rows, keys.len()), (2_001, 2_000));
    let carriers = records(&read)
        .iter()
        .filter(|record| record.disclosure == Disclosure::Public)
        .count();
    assert_eq!(carriers, 1_800);
}
