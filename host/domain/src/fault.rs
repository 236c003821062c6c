//! Faults in files that people write: catalogues and notices of holidays.
//!
//! Comes in: where a rule is broken and which. Goes out: one line that a clerk
//! can go to and mend. Always holds: a fault says what is wrong and what would
//! be right.

use serde::Serialize;
use std::fmt;

/// One rule broken, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// The field at fault.
    pub field: String,
    /// What is wrong and what would be right.
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file, self.line, self.field, self.rule
        )
    }
}
