//! The list as the department sends it: fixtures, and what they must give. Each row
//! of `violations-hazards.json` names its hazard in its remark.

use credence_sdk::contract::feeds::Guest as _;
use credence_sdk::contract::types::{CreditRecord, Ending, Exit, Statement};
use credence_sdk::testing::{Feed, Read, shown};

use crate::Tax;

fn feed() -> Feed {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Feed::new("violations", fixtures, Tax::normalise)
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
fn every_row_of_a_good_list_is_an_entry() {
    let read = feed().check("violations-good.json");
    assert_eq!((read.rows, records(&read).len()), (3, 3));
    assert!(endings(&read).is_empty());
    assert!(read.notes.is_empty());
    let listing = records(&read)[0].listing.as_ref().unwrap();
    assert_eq!(listing.list_code, "TAX-MAJOR");
    assert_eq!(listing.standard.code.as_deref(), Some("SAT-54"));
}

#[test]
fn every_hazard_gives_what_was_agreed() {
    feed().check("violations-hazards.json");
}

#[test]
fn every_way_off_the_list_is_told_apart() {
    let read = feed().check("violations-ended.json");
    let exits: Vec<_> = endings(&read).iter().map(|e| e.exit.clone()).collect();
    assert!(matches!(
        exits.as_slice(),
        [
            Exit::Expiry,
            Exit::Fulfilment,
            Exit::Repair(_),
            Exit::Correction,
            Exit::Revocation(_)
        ]
    ));
    for (record, ending) in records(&read).iter().zip(endings(&read)) {
        assert_eq!(record.source_ref, ending.source_ref);
    }
}

#[test]
fn an_entry_is_stated_alike_before_and_after_it_ends() {
    let ended = feed().fixture("violations-ended.json");
    let listed = ended.replace("\"移出\"", "\"列入\"");
    let without = |text: &str, names: &[&str]| {
        let mut rows: serde_json::Value = serde_json::from_str(text).unwrap();
        for row in rows["rows"].as_array_mut().unwrap() {
            let row = row.as_object_mut().unwrap();
            row.retain(|name, _| !names.iter().any(|n| name.starts_with(n)));
        }
        rows.to_string()
    };
    let listed = without(&listed, &["移出"]);
    let (before, after) = (feed().read(&[&listed]), feed().read(&[&ended]));
    assert_eq!(records(&before), records(&after));
    assert!(endings(&before).is_empty());
}

#[test]
fn no_rejection_quotes_a_cell() {
    let read = feed().read(&[&feed().fixture("violations-hazards.json")]);
    assert!(shown(&read).contains(" rejected "));
    for line in read.lines {
        if let Statement::Rejected(rejection) = line.statement {
            for quoted in ["虚构公司", "E12345678", "2022124", "例税失"] {
                assert!(!rejection.text.contains(quoted), "{}", rejection.text);
            }
        }
    }
}
