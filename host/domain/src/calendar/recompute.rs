//! What a new notice changes of deadlines that were computed before.
//!
//! Comes in: deadlines with how they were computed. Goes out: those that are now
//! otherwise, and how. Always holds: each is what a fresh computation gives; one
//! whose days the notice did not touch is not among them.

use super::{Calendar, Deadline};
use crate::span::Span;
use jiff::civil::Date;
use serde::Serialize;

/// A deadline and how it was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed<K> {
    /// What the deadline belongs to.
    pub key: K,
    /// The day of the event from which it counts.
    pub start: Date,
    /// How long.
    pub span: Span,
    /// The deadline as it is known.
    pub deadline: Deadline,
}

/// A deadline that is otherwise now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recomputed<K> {
    /// What the deadline belongs to.
    pub key: K,
    /// As it was.
    pub was: Deadline,
    /// As it is. Where only `provisional` differs, the day has become certain.
    pub is: Deadline,
}

impl Calendar {
    /// Computes deadlines again and gives those that changed, in the order in
    /// which they came. The calendar by which they were computed before is not
    /// needed: what is known of each stands in `deadline`.
    pub fn recompute<K>(
        &self,
        deadlines: impl IntoIterator<Item = Computed<K>>,
    ) -> impl Iterator<Item = Recomputed<K>> {
        deadlines.into_iter().filter_map(|computed| {
            let is = self.after(computed.start, computed.span)?;
            (is != computed.deadline).then_some(Recomputed {
                key: computed.key,
                was: computed.deadline,
                is,
            })
        })
    }
}
