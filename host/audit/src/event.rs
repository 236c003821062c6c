//! The event: what one audit entry says.
//!
//! In: the facts of one transition, put together by the verb that made it. Out: its
//! canonical bytes, which are stored sealed beside the log. Always: an event names
//! persons by pseudonym only and holds the state of its object as commitments only,
//! so that it can be shown to an auditor; every event has a canonical form. Absent:
//! the entry's index, which the sequencer gives later, and anything that reads a clock.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{MAX_NUMBER, canonical};

/// What happened, once, to one object.
///
/// Optional fields that are `None` are left out of the canonical form, so a field
/// that a later version adds does not change what earlier events committed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The event's own id, unique in the log.
    pub id: String,
    /// What happened, in the past tense, dotted: `step.claimed`.
    pub kind: String,
    /// When: an RFC 3339 instant in UTC, as `2017-05-31T01:02:03.004Z`.
    pub at: String,
    /// Who: the pseudonym of a person, or the name of a part of the system.
    pub actor: String,
    /// The role in which the actor acted.
    pub role: String,
    /// Why the actor looked or acted, where a purpose is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What it happened to.
    pub object: ObjectRef,
    /// The digest of the plugin component that took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The plugin call that took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Commitment to the object's row before; `None` if it had none. See [`crate::commit_row`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Commitment to the object's row after; `None` if the event left the row as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Plain facts that say nothing about a person: counts, the name of a gate, the
    /// root over the rows of a chunk.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, Fact>,
}

impl Event {
    /// The event as RFC 8785 JSON: the bytes to seal, and to commit to.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let known = "an event is text, flags and numbers that a Fact let in";
        // RFC 8785 orders names by UTF-16, the map by UTF-8: the same as long as both
        // are ASCII.
        if !self.detail.keys().all(|name| name.is_ascii()) {
            return canonical(self).expect(known);
        }
        let mut bytes = Vec::with_capacity(ROOM);
        serde_json::to_writer(&mut bytes, &Spelt::from(self)).expect(known);
        bytes
    }
}

/// Bytes that most events take.
const ROOM: usize = 1024;

/// An event with its names in the order of RFC 8785, so that it can be written as it
/// goes: escapes and whole numbers are spelt as everywhere. A test holds it against
/// what sorts.
#[derive(Serialize)]
struct Spelt<'e> {
    actor: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'e str>,
    at: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'e str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    detail: &'e BTreeMap<String, Fact>,
    id: &'e str,
    kind: &'e str,
    object: SpeltObject<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'e str>,
    role: &'e str,
}

#[derive(Serialize)]
struct SpeltObject<'e> {
    id: &'e str,
    kind: &'e str,
}

impl<'e> From<&'e Event> for Spelt<'e> {
    fn from(event: &'e Event) -> Self {
        // Every field by its name: a new one has to be put in here too.
        let Event {
            id,
            kind,
            at,
            actor,
            role,
            purpose,
            object: ObjectRef { kind: of, id: this },
            plugin,
            call,
            before,
            after,
            detail,
        } = event;
        Self {
            actor,
            after: after.as_deref(),
            at,
            before: before.as_deref(),
            call: call.as_deref(),
            detail,
            id,
            kind,
            object: SpeltObject { id: this, kind: of },
            plugin: plugin.as_deref(),
            purpose: purpose.as_deref(),
            role,
        }
    }
}

/// The object of an event: its kind and its id within that kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The kind, as the field calls it: `record`, `case`, `step`.
    pub kind: String,
    /// The id; never an identity number.
    pub id: String,
}

impl ObjectRef {
    /// An object by kind and id.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.kind, self.id)
    }
}

/// One plain fact of an event: text, a flag, or a count.
///
/// Counts over [`MAX_NUMBER`] are kept as text, so every fact has a canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Fact(Value);

impl Fact {
    /// The fact as JSON: a string, a boolean, or a whole number.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        &self.0
    }
}

impl From<bool> for Fact {
    fn from(flag: bool) -> Self {
        Self(flag.into())
    }
}

impl From<u64> for Fact {
    fn from(count: u64) -> Self {
        if count > MAX_NUMBER {
            return Self(count.to_string().into());
        }
        Self(count.into())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl TryFrom<Value> for Fact {
    type Error = FactError;

    fn try_from(value: Value) -> Result<Self, FactError> {
        let plain = match &value {
            Value::Bool(_) | Value::String(_) => true,
            Value::Number(number) => number.as_u64().is_some_and(|count| count <= MAX_NUMBER),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        if plain {
            Ok(Self(value))
        } else {
            Err(FactError)
        }
    }
}

/// The value is no plain fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fact of an event is text, true or false, or a whole number from 0 to 2^53 - 1; write anything else as text"
)]
pub struct FactError;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sparse() -> Event {
        Event {
            id: "e1".into(),
            kind: "step.claimed".into(),
            at: "2017-05-31T01:02:03Z".into(),
            actor: "dispatcher".into(),
            role: "system".into(),
            purpose: None,
            object: ObjectRef::new("step", "s1"),
            plugin: None,
            call: None,
            before: None,
            after: None,
            detail: BTreeMap::new(),
        }
    }

    #[test]
    fn canonical_form_is_sorted_and_leaves_out_what_is_absent() {
        assert_eq!(
            String::from_utf8(sparse().canonical()).unwrap(),
            r#"{"actor":"dispatcher","at":"2017-05-31T01:02:03Z","id":"e1","kind":"step.claimed","object":{"id":"s1","kind":"step"},"role":"system"}"#
        );
    }

    #[test]
    fn a_full_event_comes_back_as_it_was() {
        let full = Event {
            purpose: Some("joint incentive check (联合激励)".into()),
            plugin: Some("sha256:ab".into()),
            call: Some("c1".into()),
            before: Some("00".into()),
            after: Some("01".into()),
            detail: BTreeMap::from([
                ("accepted".into(), Fact::from(3)),
                ("gate".into(), Fact::from("legal-basis")),
                ("huge".into(), Fact::from(u64::MAX)),
                ("partial".into(), Fact::from(true)),
            ]),
            ..sparse()
        };
        let bytes = full.canonical();
        let back: Event = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(back, full);
        assert_eq!(back.canonical(), bytes);
        assert_eq!(
            full.detail["huge"].as_value(),
            &json!("18446744073709551615")
        );
    }

    #[test]
    fn what_is_written_as_it_goes_is_what_sorting_gives() {
        let texts = [
            "",
            "引号\" 反斜\\ 换行\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}\u{2028}",
            "\u{1F600}\u{FFFD}",
        ];
        let names = [["a", "b_c"], ["Z", "a"], ["\u{1F600}", "\u{FFFD}"]];
        for (text, [one, other]) in texts.into_iter().zip(names) {
            let text = String::from(text);
            let event = Event {
                kind: text.clone(),
                purpose: Some(text.clone()),
                object: ObjectRef::new(text.clone(), "id"),
                plugin: Some(text.clone()),
                call: Some("c1".into()),
                before: Some("00".into()),
                after: Some("01".into()),
                detail: BTreeMap::from([
                    (one.into(), Fact::from(text)),
                    (other.into(), Fact::from(MAX_NUMBER)),
                ]),
                ..sparse()
            };
            assert_eq!(event.canonical(), canonical(&event).unwrap(), "{event:?}");
        }
    }

    #[test]
    fn only_plain_facts_are_let_in() {
        for plain in [json!("x"), json!(false), json!(0), json!(MAX_NUMBER)] {
            assert!(Fact::try_from(plain.clone()).is_ok(), "{plain}");
        }
        for other in [
            json!(null),
            json!([]),
            json!({}),
            json!(-1),
            json!(1.5),
            json!(MAX_NUMBER + 1),
        ] {
            assert_eq!(Fact::try_from(other.clone()), Err(FactError), "{other}");
        }
    }
}
