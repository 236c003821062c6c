//! What a gate says when it does not open.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One reason why not, for the file and for the clerk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which gate.
    pub gate: String,
    /// Whether time or somebody's act can still open it, so that a step waits and
    /// is not refused for good.
    pub waits: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Refusal {
    /// A reason for good, under the name of the rule that says no.
    pub(crate) fn new(gate: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            gate: gate.to_owned(),
            waits: false,
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} / {}", self.gate, self.zh, self.en)
    }
}

/// What a gate answers.
pub type Answer = Result<(), Refusal>;

/// The gate is open.
pub(super) const OPEN: Answer = Ok(());

/// The gate stays shut, whatever time brings.
pub(super) fn refused(gate: &str, zh: impl Into<String>, en: impl Into<String>) -> Answer {
    shut(gate, false, zh.into(), en.into())
}

/// The gate is shut for the time being.
pub(super) fn not_yet(gate: &str, zh: impl Into<String>, en: impl Into<String>) -> Answer {
    shut(gate, true, zh.into(), en.into())
}

fn shut(gate: &str, waits: bool, zh: String, en: String) -> Answer {
    Err(Refusal {
        gate: gate.to_owned(),
        waits,
        zh,
        en,
    })
}
