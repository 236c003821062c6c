//! Why a row gives no record.
//!
//! In come a column, a rule and words; out goes a [`Rejection`]. Always: the words
//! name the column and say what would be right, for the clerk who mends the row,
//! and never quote a cell, since any cell may name a person. Absent: faults of the
//! delivery as a whole, which are the contract's `feed-error`.

use crate::contract::types::Rejection;

/// Codes of the rules that the contract names.
pub mod rule {
    /// A cell that must say something says nothing.
    pub const MISSING: &str = "missing";
    /// Not of the form that the column has.
    pub const MALFORMED: &str = "malformed";
    /// Of the right form, beyond what can be.
    pub const OUT_OF_RANGE: &str = "out-of-range";
    /// It can be read in two ways.
    pub const AMBIGUOUS: &str = "ambiguous";
    /// Characters or digits were lost on the way.
    pub const DAMAGED_TEXT: &str = "damaged-text";
    /// The delivery breaks off.
    pub const TRUNCATED: &str = "truncated";
    /// A code that this plugin does not know.
    pub const UNKNOWN_CODE: &str = "unknown-code";
}

/// The contract's limit for the words of a rejection.
const TEXT_CHARACTERS: usize = 500;

/// Why a row gives no record.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    field: Option<String>,
    rule: &'static str,
    text: String,
}

impl Fault {
    /// A fault of one cell. `text` says what is wrong and what would be right.
    pub fn cell(field: &str, rule: &'static str, text: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            rule,
            text: format!("{field}: {text}"),
        }
    }

    /// A fault of the row as a whole.
    pub fn row(rule: &'static str, text: &str) -> Self {
        Self {
            field: None,
            rule,
            text: text.to_owned(),
        }
    }

    /// The cell says nothing and must say something.
    pub fn missing(field: &str, text: &str) -> Self {
        Self::cell(field, rule::MISSING, text)
    }

    /// The column at fault; `None`: the row.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Code of the rule broken, one of [`rule`] or of the plugin's own.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// What is wrong and what would be right.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        let mut text = fault.text;
        if let Some((end, _)) = text.char_indices().nth(TEXT_CHARACTERS) {
            text.truncate(end);
        }
        Self {
            field: fault.field,
            rule: fault.rule.to_owned(),
            text,
        }
    }
}
