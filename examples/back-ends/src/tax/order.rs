//! The body of `POST /measures`, read strictly.
//!
//! In come bytes; out goes a step, or the first field at fault. Always: what the
//! department acts on was present and of the right form. Absent: fields that the
//! department files unread, such as titles and parameters.

use axum::http::HeaderMap;
use jiff::civil::Date;
use serde_json::Value as Json;

use crate::ledger::{Step, Verb};

/// A field at fault.
#[derive(Debug, PartialEq)]
pub(super) struct Invalid {
    /// Its path, such as `subject.identifiers[0].value`.
    pub(super) field: String,
    /// What would be right.
    pub(super) reason: String,
}

fn invalid(field: &str, reason: &str) -> Invalid {
    Invalid {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Step, Invalid> {
    let body: Json = serde_json::from_slice(body)
        .map_err(|error| invalid("(body)", &format!("send one JSON object: {error}")))?;
    let key = key(&body, "key")?;
    let order_key = self::key(&body, "order_key")?;
    let verb: Verb = serde_json::from_value(body["verb"].clone())
        .map_err(|_| invalid("verb", "one of apply, suspend, resume, lift"))?;
    if (verb == Verb::Apply) != (key == order_key) {
        return Err(invalid(
            "key",
            "the apply step has the key of its order, and no other step has",
        ));
    }
    let starts_on = day(&body, "starts_on")?;
    if day(&body, "ends_on")? < starts_on {
        return Err(invalid("ends_on", "not before starts_on"));
    }
    day(&body, "effective_on")?;
    check_subject(&body["subject"])?;
    check_decision(&body["decision"])?;
    check_basis(&body["basis"])?;
    Ok(Step {
        key,
        order_key,
        verb,
        measure: text(&body, "measure", "measure")?.to_owned(),
        subject: body["subject"].clone(),
    })
}

/// The header `idempotency-key`, where it is sent, says what the body says.
pub(super) fn check_key_header(key: &str, headers: &HeaderMap) -> Result<(), Invalid> {
    match headers.get("idempotency-key") {
        Some(value) if value.as_bytes() != key.as_bytes() => Err(invalid(
            "idempotency-key",
            "the header and `key` in the body must be the same",
        )),
        _ => Ok(()),
    }
}

fn text<'a>(object: &'a Json, name: &str, path: &str) -> Result<&'a str, Invalid> {
    object[name]
        .as_str()
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| invalid(path, "a text that is not empty"))
}

fn key(body: &Json, name: &str) -> Result<String, Invalid> {
    let key = text(body, name, name)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if key.len() <= 64 && key.bytes().all(plain) {
        Ok(key.to_owned())
    } else {
        Err(invalid(name, "1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`"))
    }
}

fn day(object: &Json, name: &str) -> Result<Date, Invalid> {
    object[name]
        .as_str()
        .filter(|text| text.len() == 10)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| invalid(name, "a day such as 2026-01-05"))
}

fn check_subject(subject: &Json) -> Result<(), Invalid> {
    let identifiers = subject["identifiers"]
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(|| invalid("subject.identifiers", "a list of at least one identifier"))?;
    for (at, identifier) in identifiers.iter().enumerate() {
        for name in ["scheme", "value"] {
            text(
                identifier,
                name,
                &format!("subject.identifiers[{at}].{name}"),
            )?;
        }
    }
    Ok(())
}

fn check_decision(decision: &Json) -> Result<(), Invalid> {
    text(&decision["authority"], "name", "decision.authority.name")?;
    day(decision, "decided_on").map_err(|fault| Invalid {
        field: "decision.decided_on".to_owned(),
        ..fault
    })?;
    Ok(())
}

fn check_basis(basis: &Json) -> Result<(), Invalid> {
    let list = basis
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(|| invalid("basis", "a list of at least one legal basis"))?;
    for (at, entry) in list.iter().enumerate() {
        text(entry, "text", &format!("basis[{at}].text"))?;
    }
    Ok(())
}
