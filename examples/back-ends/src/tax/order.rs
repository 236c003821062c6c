//! The body of `POST /measures`, read strictly.
//!
//! In come bytes; out goes a step, or the first field at fault. Always: a fault is
//! named by its path in the body. Absent: fields that the department files unread,
//! such as titles and parameters.

use serde_json::Value as Json;

use crate::ledger::Step;
use crate::order::{Draft, Invalid, Names};

const NAMES: Names = Names {
    key: "key",
    order_key: "order_key",
    verb: "verb",
    verbs: "apply, suspend, resume, lift",
    measure: "measure",
    identifiers: "subject.identifiers",
    authority: "decision.authority.name",
    decided_on: "decision.decided_on",
    basis: "basis",
    starts_on: "starts_on",
    ends_on: "ends_on",
    effective_on: "effective_on",
};

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Step, Invalid> {
    let body: Json = serde_json::from_slice(body)
        .map_err(|error| Invalid::new("(body)", format!("send one JSON object: {error}")))?;
    let decision = &body["decision"];
    Draft {
        key: body["key"].as_str(),
        order_key: body["order_key"].as_str(),
        verb: serde_json::from_value(body["verb"].clone()).ok(),
        measure: body["measure"].as_str(),
        subject: body["subject"].clone(),
        authority: decision["authority"]["name"].as_str(),
        decided_on: decision["decided_on"].as_str(),
        bases: bases(&body["basis"])?,
        starts_on: body["starts_on"].as_str(),
        ends_on: body["ends_on"].as_str(),
        effective_on: body["effective_on"].as_str(),
    }
    .check(&NAMES)
}

fn bases(list: &Json) -> Result<Vec<&str>, Invalid> {
    let entries = list.as_array().into_iter().flatten().enumerate();
    entries
        .map(|(at, entry)| {
            entry["text"]
                .as_str()
                .filter(|text| !text.trim().is_empty())
                .ok_or_else(|| {
                    Invalid::new(&format!("basis[{at}].text"), "a text that is not empty")
                })
        })
        .collect()
}
