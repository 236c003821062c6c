//! What every department asks of an order, whatever it is written in.
//!
//! In come fields as the department's format gave them, and what that format calls
//! them; out goes a step, or the first field at fault. Always: what a department
//! acts on was present and of the right form. Absent: fields that it files unread,
//! such as titles and parameters.

use jiff::civil::Date;
use serde_json::Value as Json;

use crate::ledger::{Step, Verb};

/// A field at fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    /// What the format calls it, such as `subject.identifiers[0].value`.
    pub field: String,
    /// What would be right.
    pub reason: String,
}

impl Invalid {
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            reason: reason.into(),
        }
    }
}

/// What a format calls the fields.
pub(crate) struct Names {
    pub(crate) key: &'static str,
    pub(crate) order_key: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) verbs: &'static str,
    pub(crate) measure: &'static str,
    pub(crate) identifiers: &'static str,
    pub(crate) authority: &'static str,
    pub(crate) decided_on: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) starts_on: &'static str,
    pub(crate) ends_on: &'static str,
    pub(crate) effective_on: &'static str,
}

/// The fields, as found.
pub(crate) struct Draft<'a> {
    pub(crate) key: Option<&'a str>,
    pub(crate) order_key: Option<&'a str>,
    pub(crate) verb: Option<Verb>,
    pub(crate) measure: Option<&'a str>,
    /// `{"name": …, "identifiers": [{"scheme": …, "value": …}]}`
    pub(crate) subject: Json,
    pub(crate) authority: Option<&'a str>,
    pub(crate) decided_on: Option<&'a str>,
    pub(crate) bases: Vec<&'a str>,
    pub(crate) starts_on: Option<&'a str>,
    pub(crate) ends_on: Option<&'a str>,
    pub(crate) effective_on: Option<&'a str>,
}

impl Draft<'_> {
    /// Checks every field that the department acts on.
    pub(crate) fn check(self, names: &Names) -> Result<Step, Invalid> {
        let key = key(self.key, names.key)?;
        let order_key = self::key(self.order_key, names.order_key)?;
        let verb = self
            .verb
            .ok_or_else(|| Invalid::new(names.verb, format!("one of {}", names.verbs)))?;
        if (verb == Verb::Apply) != (key == order_key) {
            return Err(Invalid::new(
                names.key,
                "the apply step has the key of its order, and no other step has",
            ));
        }
        let measure = text(self.measure, names.measure)?;
        let starts_on = day(self.starts_on, names.starts_on)?;
        if day(self.ends_on, names.ends_on)? < starts_on {
            let reason = format!("not before {}", names.starts_on);
            return Err(Invalid::new(names.ends_on, reason));
        }
        day(self.effective_on, names.effective_on)?;
        check_identifiers(&self.subject, names.identifiers)?;
        text(self.authority, names.authority)?;
        day(self.decided_on, names.decided_on)?;
        if self.bases.iter().all(|basis| basis.trim().is_empty()) {
            return Err(Invalid::new(names.basis, "at least one legal basis"));
        }
        Ok(Step {
            key: key.to_owned(),
            order_key: order_key.to_owned(),
            verb,
            measure: measure.to_owned(),
            subject: self.subject,
        })
    }
}

fn text<'a>(found: Option<&'a str>, name: &str) -> Result<&'a str, Invalid> {
    found
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Invalid::new(name, "a text that is not empty"))
}

fn key<'a>(found: Option<&'a str>, name: &str) -> Result<&'a str, Invalid> {
    let key = text(found, name)?;
    if is_key(key) {
        Ok(key)
    } else {
        let reason = "1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`";
        Err(Invalid::new(name, reason))
    }
}

/// Whether a text has the form of a key.
pub(crate) fn is_key(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn day(found: Option<&str>, name: &str) -> Result<Date, Invalid> {
    found
        .filter(|text| text.len() == 10)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Invalid::new(name, "a day such as 2026-01-05"))
}

fn check_identifiers(subject: &Json, name: &str) -> Result<(), Invalid> {
    let identifiers = subject["identifiers"]
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(|| Invalid::new(name, "at least one identifier of the subject"))?;
    for (at, identifier) in identifiers.iter().enumerate() {
        for part in ["scheme", "value"] {
            text(identifier[part].as_str(), &format!("{name}[{at}].{part}"))?;
        }
    }
    Ok(())
}
