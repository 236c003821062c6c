//! The contract's rules on what an adapter answers.
//!
//! In come a chunk and the answer to it; nothing comes out, or the test fails with
//! the rule broken. Always: the rules that the host holds an answer to, so that a
//! fixture that passes here passes there. Absent: the catalogue and its fields.

use crate::contract::feeds::{Chunk, Normalised};
use crate::contract::types::{CreditRecord, Date, Fact, Statement, Subject, Value};
use crate::text::is_token;

const LINES: usize = 20_000;
const CARRY_BYTES: usize = 4 << 20;
const CODE_CHARACTERS: usize = 200;
const TEXT_CHARACTERS: usize = 8_192;
const REJECTION_CHARACTERS: usize = 500;
const FACTS: usize = 200;

pub(super) fn check(chunk: &Chunk, answer: &Normalised) {
    let given = chunk.carry.chars().count() + chunk.text.chars().count();
    assert!(answer.rows as usize <= given, "more rows than characters");
    assert!(answer.lines.len() <= LINES, "more than 20,000 lines");
    assert!(answer.carry.len() <= CARRY_BYTES, "a carry above 4 MiB");
    assert!(!answer.carry.contains('\0'), "U+0000 in the carry");
    let rows = chunk.first_row..chunk.first_row + answer.rows;
    let mut last = chunk.first_row;
    for line in &answer.lines {
        assert!(rows.contains(&line.row), "row {} was not read", line.row);
        assert!(line.row >= last, "row {} is out of order", line.row);
        last = line.row;
        statement(line.row, &line.statement);
    }
}

fn statement(row: u32, statement: &Statement) {
    match statement {
        Statement::Recorded(record) => self::record(row, record),
        Statement::Ended(ending) => {
            text(row, "source-ref", &ending.source_ref, CODE_CHARACTERS);
            day(row, "effective-on", Some(ending.effective_on));
        }
        Statement::Acknowledged(answer) => {
            text(row, "key", &answer.key, 64);
            let reference = answer.feedback.reference.iter();
            reference.for_each(|words| text(row, "reference", words, CODE_CHARACTERS));
            facts(row, &answer.feedback.evidence, 50);
        }
        Statement::Rejected(rejection) => {
            text(row, "rule", &rejection.rule, CODE_CHARACTERS);
            text(row, "text", &rejection.text, REJECTION_CHARACTERS);
        }
    }
}

fn record(row: u32, record: &CreditRecord) {
    text(row, "source-ref", &record.source_ref, CODE_CHARACTERS);
    text(row, "item", &record.item, CODE_CHARACTERS);
    text(row, "duty", &record.duty, TEXT_CHARACTERS);
    subject(row, &record.subject);
    for party in &record.parties {
        text(row, "role", &party.role, CODE_CHARACTERS);
        subject(row, &party.subject);
    }
    let authorities = [Some(&record.decision.authority), record.provider.as_ref()];
    for authority in authorities.into_iter().flatten() {
        text(row, "authority", &authority.name, TEXT_CHARACTERS);
        if let Some(code) = &authority.uscc {
            text(row, "uscc", code, CODE_CHARACTERS);
            assert!(
                !code.starts_with("00000000000000000"),
                "row {row}: a filler"
            );
        }
    }
    if let Some(number) = &record.decision.number {
        text(row, "number", number, CODE_CHARACTERS);
    }
    for basis in &record.basis {
        text(row, "basis", &basis.text, TEXT_CHARACTERS);
    }
    day(row, "decided-on", Some(record.decision.decided_on));
    day(row, "valid-from", record.valid_from);
    day(row, "valid-until", record.valid_until);
    day(row, "published-until", record.published_until);
    facts(row, &record.facts, FACTS);
}

fn subject(row: u32, subject: &Subject) {
    if let Some(name) = &subject.name {
        text(row, "name", name, TEXT_CHARACTERS);
    }
    for id in &subject.identifiers {
        text(row, &id.scheme, &id.value, CODE_CHARACTERS);
        assert_eq!(id.value.trim(), id.value, "row {row}: space around a code");
        assert!(
            id.scheme != "person" || is_token(&id.value),
            "row {row}: a person is a token"
        );
    }
}

fn facts(row: u32, facts: &[Fact], most: usize) {
    assert!(facts.len() <= most, "row {row}: more than {most} facts");
    for fact in facts {
        text(row, "field", &fact.field, CODE_CHARACTERS);
        match &fact.value {
            Value::Text(words) => text(row, &fact.field, words, TEXT_CHARACTERS),
            Value::Number(digits) => decimal(row, &fact.field, digits, 30),
            Value::Yuan(digits) => decimal(row, &fact.field, digits, 2),
            Value::Day(date) => day(row, &fact.field, Some(*date)),
            Value::YesNo(_) => {}
        }
    }
}

fn text(row: u32, what: &str, text: &str, most: usize) {
    assert!(!text.is_empty(), "row {row}: {what} is \"\"");
    assert!(!text.contains('\0'), "row {row}: {what} holds U+0000");
    assert!(
        text.chars().count() <= most,
        "row {row}: {what} is longer than {most} characters"
    );
}

fn decimal(row: u32, what: &str, digits: &str, places: usize) {
    let positive = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, part) = positive.split_once('.').unwrap_or((positive, "0"));
    let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    assert!(
        good(whole) && good(part) && part.len() <= places,
        "row {row}: {what} is no number: {digits}"
    );
}

fn day(row: u32, what: &str, date: Option<Date>) {
    let Some(date) = date else { return };
    let shown = (date.year, date.month, date.day);
    let sentinels = [(1899, 12, 31), (1900, 1, 1), (2099, 12, 31)];
    assert!(
        (1900..=2199).contains(&date.year)
            && (1..=12).contains(&date.month)
            && (1..=31).contains(&date.day)
            && !sentinels.contains(&shown),
        "row {row}: {what} is {shown:?}"
    );
}
