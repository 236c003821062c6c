//! The forms of housing, read strictly and written.
//!
//! In come bytes; out goes a step, or the first field at fault. Always: a name
//! stands once unless it may be repeated, and no name is unknown. Absent: what the
//! department does with fields that it files unread.

use form_urlencoded::Serializer;
use serde_json::json;

use crate::counter::Fault;
use crate::ledger::{Feedback, Step, Verb};
use crate::order::{Draft, Invalid, Names};

const NAMES: Names = Names {
    key: "key",
    order_key: "order_key",
    verb: "verb",
    verbs: "apply, suspend, resume, lift",
    measure: "measure",
    identifiers: "uscc",
    authority: "authority",
    decided_on: "decided_on",
    basis: "basis",
    starts_on: "starts_on",
    ends_on: "ends_on",
    effective_on: "effective_on",
};
/// Fields with a scheme of the same name, but for `-`.
const NUMBERS: [(&str, &str); 3] = [
    ("uscc", "uscc"),
    ("registration_number", "registration-number"),
    ("person", "person"),
];
const ONCE: [&str; 20] = [
    "key",
    "order_key",
    "verb",
    "measure",
    "uscc",
    "registration_number",
    "person",
    "authority",
    "decided_on",
    "starts_on",
    "ends_on",
    "effective_on",
    "name",
    "title",
    "case_number",
    "decision_number",
    "note",
    "reference",
    "exit",
    "exit_decision",
];
const REPEATED: [&str; 2] = ["basis", "parameter"];

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Step, Invalid> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    check_names(&pairs)?;
    let all = |name: &'static str| {
        pairs
            .iter()
            .filter(move |(found, value)| found == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    };
    let one = |name: &'static str| all(name).next();
    let identifiers: Vec<_> = NUMBERS
        .into_iter()
        .filter_map(|(name, scheme)| {
            one(name).map(|value| json!({ "scheme": scheme, "value": value }))
        })
        .collect();
    Draft {
        key: one("key"),
        order_key: one("order_key"),
        verb: one("verb").and_then(Verb::named),
        measure: one("measure"),
        subject: json!({ "name": one("name"), "identifiers": identifiers }),
        authority: one("authority"),
        decided_on: one("decided_on"),
        bases: all("basis").collect(),
        starts_on: one("starts_on"),
        ends_on: one("ends_on"),
        effective_on: one("effective_on"),
    }
    .check(&NAMES)
}

fn check_names(pairs: &[(String, String)]) -> Result<(), Invalid> {
    for (at, (name, value)) in pairs.iter().enumerate() {
        let name = name.as_str();
        if value.contains('\u{fffd}') {
            return Err(Invalid::new(name, "send UTF-8, percent-encoded"));
        }
        if REPEATED.contains(&name) {
            continue;
        }
        if !ONCE.contains(&name) {
            return Err(Invalid::new(name, "a name that this form has"));
        }
        if pairs[..at].iter().any(|(before, _)| before == name) {
            return Err(Invalid::new(name, "this name once"));
        }
    }
    Ok(())
}

/// Feedback as a form.
pub(super) fn feedback(feedback: &Feedback) -> String {
    let receipt = format!("HC-{:06}", feedback.seq);
    let optional = [
        ("reason", &feedback.reason),
        ("reference", &feedback.reference),
        ("at", &feedback.at),
    ];
    let optional = optional
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)));
    Serializer::new(String::new())
        .append_pair("receipt", &receipt)
        .append_pair("key", &feedback.key)
        .append_pair("state", &feedback.state)
        .extend_pairs(optional)
        .finish()
}

/// Why there is none, as a form.
pub(super) fn fault(fault: &Fault) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("error", fault.code);
    if let Some(field) = &fault.field {
        form.append_pair("field", field);
    }
    form.append_pair("reason", &fault.reason).finish()
}
