//! Statements as lines of text, for a person who reads a diff.
//!
//! In comes what a delivery gave; out goes one line for each statement, with every
//! part that is there. Always: two different statements look different, the words of
//! rejections apart. Absent: reading it back.

use std::fmt::Write as _;

use super::Read;
use crate::contract::feeds::FeedError;
use crate::contract::types::{
    Authority, CreditRecord, Decision, Disclosure, Ending, Exit, Feedback, Moment, Outcome,
    Statement, Subject, Value,
};
use crate::days::write_day;

/// The whole of it, as it stands in a `.lines` file.
pub fn shown(read: &Read) -> String {
    let mut out = String::new();
    for line in &read.lines {
        let _ = writeln!(out, "{} {}", line.row, statement(&line.statement));
    }
    for note in &read.notes {
        let _ = writeln!(out, "note: {note}");
    }
    match &read.stopped {
        None => {}
        Some(FeedError::WrongFormat(text)) => {
            let _ = writeln!(out, "wrong-format: {text}");
        }
        Some(FeedError::NewerFormat(text)) => {
            let _ = writeln!(out, "newer-format: {text}");
        }
    }
    let _ = writeln!(out, "{} rows", read.rows);
    out
}

fn statement(statement: &Statement) -> String {
    match statement {
        Statement::Recorded(record) => format!("recorded {}", self::record(record)),
        Statement::Ended(ending) => format!("ended {}", self::ending(ending)),
        Statement::Acknowledged(answer) => {
            format!("acknowledged {} {}", answer.key, feedback(&answer.feedback))
        }
        Statement::Rejected(rejection) => format!(
            "rejected {} {}",
            rejection.field.as_deref().unwrap_or("-"),
            rejection.rule
        ),
    }
}

fn record(record: &CreditRecord) -> String {
    let mut parts = vec![
        record.source_ref.clone(),
        record.item.clone(),
        subject(&record.subject),
    ];
    for party in &record.parties {
        parts.push(format!("{}={}", party.role, subject(&party.subject)));
    }
    parts.push(decision(&record.decision));
    for basis in &record.basis {
        let code = basis.code.as_deref().map(|code| format!("[{code}]"));
        parts.push(format!("basis={}{}", code.unwrap_or_default(), basis.text));
    }
    if let Some(listing) = &record.listing {
        let standard = listing.standard.code.as_deref().unwrap_or_default();
        parts.push(format!("list={}[{standard}]", listing.list_code));
    }
    match record.disclosure {
        Disclosure::Public => {}
        Disclosure::Authorised => parts.push("authorised".to_owned()),
        Disclosure::Government => parts.push("government".to_owned()),
    }
    if let Some(provider) = &record.provider {
        parts.push(format!("provider={}", authority(provider)));
    }
    for (name, date) in [
        ("valid-from", record.valid_from),
        ("valid-until", record.valid_until),
        ("published-until", record.published_until),
    ] {
        parts.extend(date.map(|date| format!("{name}={}", write_day(date))));
    }
    parts.extend(
        record
            .revised_at
            .map(|at| format!("revised={}", moment(at))),
    );
    for fact in &record.facts {
        parts.push(format!("{}={}", fact.field, value(&fact.value)));
    }
    parts.join(" ")
}

fn ending(ending: &Ending) -> String {
    let exit = match &ending.exit {
        Exit::Expiry => "expiry".to_owned(),
        Exit::Fulfilment => "fulfilment".to_owned(),
        Exit::Repair(by) => format!("repair {}", decision(by)),
        Exit::Correction => "correction".to_owned(),
        Exit::Revocation(by) => format!("revocation {}", decision(by)),
    };
    let note = ending.note.as_deref().map(|note| format!(" note={note}"));
    format!(
        "{} {exit} effective={}{}",
        ending.source_ref,
        write_day(ending.effective_on),
        note.unwrap_or_default()
    )
}

fn feedback(feedback: &Feedback) -> String {
    let mut parts = vec![match &feedback.outcome {
        Outcome::Executed => "executed".to_owned(),
        Outcome::PartlyExecuted(words) => format!("partly-executed({words})"),
        Outcome::CouldNot(words) => format!("could-not({words})"),
        Outcome::NotApplicable(words) => format!("not-applicable({words})"),
        Outcome::Pending(None) => "pending".to_owned(),
        Outcome::Pending(Some(seconds)) => format!("pending({seconds})"),
    }];
    parts.extend(feedback.at.map(|at| format!("at={}", moment(at))));
    let reference = feedback.reference.as_deref();
    parts.extend(reference.map(|reference| format!("reference={reference}")));
    for fact in &feedback.evidence {
        parts.push(format!("{}={}", fact.field, value(&fact.value)));
    }
    parts.join(" ")
}

fn subject(subject: &Subject) -> String {
    let mut out = subject.name.clone().unwrap_or_else(|| "-".to_owned());
    for id in &subject.identifiers {
        let _ = write!(out, "({}={})", id.scheme, id.value);
    }
    out
}

fn authority(authority: &Authority) -> String {
    match &authority.uscc {
        None => authority.name.clone(),
        Some(code) => format!("{}({code})", authority.name),
    }
}

fn decision(decision: &Decision) -> String {
    let number = decision.number.as_deref();
    format!(
        "decision={}{} on={}",
        authority(&decision.authority),
        number.map(|n| format!("/{n}")).unwrap_or_default(),
        write_day(decision.decided_on)
    )
}

fn moment(moment: Moment) -> String {
    format!(
        "{}T{:02}:{:02}:{:02}",
        write_day(moment.date),
        moment.hour,
        moment.minute,
        moment.second
    )
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.replace('\n', "⏎").replace('\r', ""),
        Value::Number(digits) => format!("{digits}#"),
        Value::Yuan(digits) => format!("{digits}元"),
        Value::Day(date) => write_day(*date),
        Value::YesNo(yes) => yes.to_string(),
    }
}
