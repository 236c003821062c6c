//! The XML of customs, read strictly and written.
//!
//! In come bytes; out goes a step, or the first element at fault. Always: one
//! document with the root it must have, and no document type. Absent: fields that
//! the department files unread.

use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::{DeError, Reader};
use serde::Deserialize;
use serde_json::json;

use crate::counter::Fault;
use crate::ledger::{Feedback, Step, Verb};
use crate::order::{Draft, Invalid, Names};

const ROOT: &str = "MeasureStep";
const NAMES: Names = Names {
    key: "Key",
    order_key: "OrderKey",
    verb: "Verb",
    verbs: "apply, suspend, resume, lift",
    measure: "Measure",
    identifiers: "Subject/Identifier",
    authority: "Decision/Authority",
    decided_on: "Decision/DecidedOn",
    basis: "Basis",
    starts_on: "StartsOn",
    ends_on: "EndsOn",
    effective_on: "EffectiveOn",
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MeasureStep {
    key: Option<String>,
    order_key: Option<String>,
    verb: Option<String>,
    measure: Option<String>,
    #[serde(default)]
    subject: Subject,
    #[serde(default)]
    decision: Decision,
    #[serde(default)]
    basis: Vec<Words>,
    starts_on: Option<String>,
    ends_on: Option<String>,
    effective_on: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Subject {
    name: Option<String>,
    #[serde(default)]
    identifier: Vec<Identifier>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "@scheme", default)]
    scheme: String,
    #[serde(rename = "$text", default)]
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Decision {
    authority: Option<Words>,
    decided_on: Option<String>,
}

/// Text beside attributes that are not read.
#[derive(Deserialize)]
struct Words {
    #[serde(rename = "$text", default)]
    text: String,
}

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Step, Invalid> {
    let text =
        std::str::from_utf8(body).map_err(|_| Invalid::new("(body)", "send XML in UTF-8"))?;
    check_root(text)?;
    let step: MeasureStep = quick_xml::de::from_str(text).map_err(|error| unread(&error))?;
    let identifiers: Vec<_> = step
        .subject
        .identifier
        .iter()
        .map(|identifier| json!({ "scheme": identifier.scheme, "value": identifier.value }))
        .collect();
    let authority = step.decision.authority.as_ref();
    Draft {
        key: step.key.as_deref(),
        order_key: step.order_key.as_deref(),
        verb: step.verb.as_deref().and_then(Verb::named),
        measure: step.measure.as_deref(),
        subject: json!({ "name": step.subject.name, "identifiers": identifiers }),
        authority: authority.map(|authority| authority.text.as_str()),
        decided_on: step.decision.decided_on.as_deref(),
        bases: step.basis.iter().map(|basis| basis.text.as_str()).collect(),
        starts_on: step.starts_on.as_deref(),
        ends_on: step.ends_on.as_deref(),
        effective_on: step.effective_on.as_deref(),
    }
    .check(&NAMES)
}

fn unread(error: &DeError) -> Invalid {
    Invalid::new("(body)", format!("send one <{ROOT}>: {error}"))
}

/// The reader of elements takes any root, and stops at its end.
fn check_root(text: &str) -> Result<(), Invalid> {
    let fault = |reason: &str| Invalid::new("(body)", format!("send one <{ROOT}>: {reason}"));
    let mut reader = Reader::from_str(text);
    let (mut depth, mut roots) = (0_u32, 0_u32);
    loop {
        match reader
            .read_event()
            .map_err(|error| fault(&error.to_string()))?
        {
            Event::Start(element) | Event::Empty(element)
                if depth == 0 && element.name().as_ref() != ROOT =>
            {
                return Err(fault("the root has another name"));
            }
            Event::Start(_) => {
                roots += u32::from(depth == 0);
                depth += 1;
            }
            Event::Empty(_) => roots += u32::from(depth == 0),
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::DocType(_) => return Err(fault("without a document type")),
            Event::Text(text) if depth == 0 && !text.trim_ascii().is_empty() => {
                return Err(fault("no text outside it"));
            }
            Event::Eof if depth > 0 => return Err(fault("it is cut off")),
            Event::Eof if roots != 1 => return Err(fault("one, and one only")),
            Event::Eof => return Ok(()),
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// Feedback as an element.
pub(super) fn feedback(feedback: &Feedback) -> String {
    let mut body = String::from("<Feedback>");
    element(&mut body, "Key", Some(&feedback.key));
    element(&mut body, "State", Some(&feedback.state));
    element(&mut body, "Reason", feedback.reason.as_deref());
    element(&mut body, "Reference", feedback.reference.as_deref());
    element(&mut body, "At", feedback.at.as_deref());
    if let Some(reference) = &feedback.reference {
        let reference = escape(reference.as_str());
        body += &format!("<Evidence field=\"REGISTER_ENTRY\">{reference}</Evidence>");
    }
    body + "</Feedback>"
}

/// Why there is none, as an element.
pub(super) fn fault(fault: &Fault) -> String {
    let mut body = String::from("<Fault>");
    element(&mut body, "Code", Some(fault.code));
    element(&mut body, "Field", fault.field.as_deref());
    element(&mut body, "Reason", Some(&fault.reason));
    body + "</Fault>"
}

/// An element that says nothing is left out.
fn element(body: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        *body += &format!("<{name}>{}</{name}>", escape(text));
    }
}
