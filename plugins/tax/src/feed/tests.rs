//! The feed as departments send it: fixtures, and what they must give.
//!
//! Each hazard of real feeds is a row of `penalties-hazards.json` whose remark
//! names it, and a line of `penalties-hazards.lines`, which was read through by
//! a person. Change a rule, and the diff of that file says what it means.

use std::fmt::Write as _;

use super::*;
use crate::contract::credence::department::types::{
    Authority, CreditRecord, Date, Identifier, Moment, Value,
};
use crate::days::write_day;

const GOOD: &str = include_str!("../../fixtures/penalties-good.json");
const HAZARDS: &str = include_str!("../../fixtures/penalties-hazards.json");
const HAZARD_LINES: &str = include_str!("../../fixtures/penalties-hazards.lines");
const TRUNCATED: &str = include_str!("../../fixtures/penalties-truncated.json");
const RAW: &str = include_str!("../../../../examples/feeds/tax-penalties.json");

const RECEIVED: Moment = Moment {
    date: Date {
        year: 2025,
        month: 6,
        day: 2,
    },
    hour: 9,
    minute: 0,
    second: 0,
};

/// What a delivery gave, and what the operator was warned of.
#[derive(Debug, PartialEq)]
struct Read {
    lines: Vec<Line>,
    rows: u32,
    warnings: Vec<String>,
}

/// Reads a delivery cut into the given pieces, as the host does.
fn read(pieces: &[&str]) -> Result<Read, FeedError> {
    let mut read = Read {
        lines: Vec::new(),
        rows: 0,
        warnings: Vec::new(),
    };
    let mut carry = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let chunk = Chunk {
            feed: "penalties".into(),
            delivery: "fixture.json".into(),
            received_at: RECEIVED,
            text: (*piece).to_owned(),
            first_row: read.rows + 1,
            carry,
            last: at + 1 == pieces.len(),
        };
        let normalised = normalise(&chunk, |text| read.warnings.push(text.to_owned()))?;
        let handed_in = chunk.carry.chars().count() + piece.chars().count();
        assert!(
            normalised.rows as usize <= handed_in,
            "more rows than characters"
        );
        let rows = chunk.first_row..chunk.first_row + normalised.rows;
        assert!(normalised.lines.iter().all(|line| rows.contains(&line.row)));
        read.rows += normalised.rows;
        read.lines.extend(normalised.lines);
        carry = normalised.carry;
    }
    Ok(read)
}

fn whole(text: &str) -> Read {
    read(&[text]).expect("a readable delivery")
}

fn records(read: &Read) -> Vec<&CreditRecord> {
    read.lines
        .iter()
        .filter_map(|line| match &line.statement {
            Statement::Recorded(record) => Some(record),
            _ => None,
        })
        .collect()
}

/// One line of text for each line of the feed.
fn shown(read: &Read) -> String {
    let mut out = String::new();
    for line in &read.lines {
        match &line.statement {
            Statement::Recorded(record) => {
                let _ = writeln!(out, "{} recorded {}", line.row, shown_record(record));
            }
            Statement::Rejected(r) => {
                let field = r.field.as_deref().unwrap_or("-");
                let _ = writeln!(out, "{} rejected {field} {}", line.row, r.rule);
            }
            other => panic!("this feed states no {other:?}"),
        }
    }
    out
}

fn shown_record(record: &CreditRecord) -> String {
    let mut out = record.source_ref.clone();
    for id in &record.subject.identifiers {
        let _ = write!(out, " {}={}", id.scheme, id.value);
    }
    for party in &record.parties {
        let _ = write!(out, " {}", party.role);
    }
    let _ = write!(out, " decided={}", write_day(record.decision.decided_on));
    for (name, date) in [
        ("valid-until", record.valid_until),
        ("published-until", record.published_until),
    ] {
        if let Some(date) = date {
            let _ = write!(out, " {name}={}", write_day(date));
        }
    }
    for fact in &record.facts {
        let shown = match &fact.value {
            Value::Yuan(yuan) => format!("{yuan}元"),
            Value::Text(text) => text.clone(),
            Value::YesNo(yes) => yes.to_string(),
            other => panic!("this feed has no {other:?}"),
        };
        if !["CF_WFXW", "CF_SY", "CF_CFLB", "CF_NR"].contains(&fact.field.as_str()) {
            let _ = write!(out, " {}={shown}", fact.field);
        }
    }
    out
}

#[test]
fn every_hazard_gives_what_was_agreed() {
    let read = whole(HAZARDS);
    let (found, expected) = (shown(&read), HAZARD_LINES);
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
    assert_eq!(read.rows, 37, "blank rows are counted too");
    assert_eq!(read.warnings.len(), 1, "99 rows announced");
    assert!(read.warnings[0].contains("99") && read.warnings[0].contains("37"));
}

#[test]
fn a_good_feed_gives_a_record_for_every_row() {
    let read = whole(GOOD);
    assert_eq!((read.rows, records(&read).len()), (4, 4));
    assert!(read.warnings.is_empty());
}

#[test]
fn a_record_holds_all_that_its_row_says() {
    let read = whole(GOOD);
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
    let read = whole(GOOD);
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
    let read = whole(TRUNCATED);
    assert_eq!(records(&read).len(), 3);
    assert!(shown(&read).ends_with("4 rejected - truncated\n"));
    assert_eq!(read.rows, 4);
}

#[test]
fn where_the_text_is_cut_makes_no_difference() {
    // The long fixture is cut in fewer places: its rows are alike in form.
    for (text, step) in [(GOOD, 1), (TRUNCATED, 1), (HAZARDS, 59)] {
        let expected = Ok(whole(text));
        for (cut, _) in text.char_indices().step_by(step) {
            let (first, second) = text.split_at(cut);
            assert_eq!(read(&[first, second]), expected, "cut at byte {cut}");
        }
        assert_eq!(read(&[text, ""]), expected, "an empty last chunk");
        for size in [1, 2, 3, 7] {
            let borders: Vec<usize> = text
                .char_indices()
                .map(|(at, _)| at)
                .step_by(size)
                .chain([text.len()])
                .collect();
            let pieces: Vec<&str> = borders.windows(2).map(|w| &text[w[0]..w[1]]).collect();
            assert_eq!(read(&pieces), expected, "pieces of {size}");
        }
    }
}

#[test]
fn no_rejection_quotes_a_cell() {
    for line in whole(HAZARDS).lines {
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
    let text = GOOD.replacen(
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
    assert!(matches!(
        read(&[&text(20_001)]),
        Err(FeedError::WrongFormat(_))
    ));
}

#[test]
fn another_feed_is_refused() {
    let chunk = Chunk {
        feed: "licences".into(),
        delivery: "fixture.json".into(),
        received_at: RECEIVED,
        text: GOOD.into(),
        first_row: 1,
        carry: String::new(),
        last: true,
    };
    assert!(matches!(
        normalise(&chunk, |_| ()),
        Err(FeedError::WrongFormat(_))
    ));
}
