//! Lists (红黑名单) and their entries.
//!
//! Comes in: the list as the catalogue has it, the standard and decision an entry
//! cites, what happened to the entry and where it was shown. Goes out: the next
//! state; which measures end with it and where it must be taken down. Always
//! holds: an entry cites its standard, the decision, the decider and the date
//! (requirement 9); every entry has an end or a next review, and a way out;
//! correction and revocation are always one (requirement 10); an exit ends every
//! measure that hangs on the entry, and nothing hangs itself on one that has
//! exited; what was shown anywhere is taken down there (requirement 11).
//!
//! Deliberately absent: an order among the entries of a list. It has members, no
//! ranks (I1).

mod entry;
mod ground;
mod places;

pub use entry::{Entry, EntryEffect, EntryEvent, Listed, Until, apply};
pub use ground::{Ground, propose};
pub use places::{Place, Places, Shown};

use crate::{record::Exit, span::Span};
use serde::{Deserialize, Serialize};

/// Whether a list does good or harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// 红名单: exemplars.
    Red,
    /// 黑名单: seriously dishonest subjects.
    Black,
}

/// How far a list reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Nation-wide.
    National,
    /// Local only: needs a local regulation (国办发〔2020〕49号).
    Local,
}

/// A way off a list; the word for [`Exit`] without its papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitKind {
    /// The term is over.
    Expiry,
    /// The obligation has been met.
    Fulfilment,
    /// Credit repair.
    Repair,
    /// It was wrong from the start.
    Correction,
    /// The decision was set aside.
    Revocation,
}

impl ExitKind {
    /// Which one an exit is.
    pub fn of(exit: &Exit) -> Self {
        match exit {
            Exit::Expiry => Self::Expiry,
            Exit::Fulfilment => Self::Fulfilment,
            Exit::Repair(_) => Self::Repair,
            Exit::Correction => Self::Correction,
            Exit::Revocation(_) => Self::Revocation,
        }
    }

    /// The word in rows and in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Fulfilment => "fulfilment",
            Self::Repair => "repair",
            Self::Correction => "correction",
            Self::Revocation => "revocation",
        }
    }
}

/// A list, as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Red or black.
    pub colour: Colour,
    /// How far it reaches.
    pub scope: Scope,
    /// Code of the basis that is its published standard.
    pub standard: String,
    /// The department that decides who is on it.
    pub decider: String,
    /// The longest an entry may last; `None`: until an exit, with reviews.
    pub longest: Option<Span>,
    /// The ways off it. Correction and revocation are ways off every list, whether
    /// named here or not.
    pub exits: Vec<ExitKind>,
}

impl List {
    /// Whether an entry can leave this list by this way. Whatever the list says,
    /// what was wrong comes off it, and what is over is over.
    pub fn admits(&self, exit: ExitKind) -> bool {
        match exit {
            ExitKind::Correction | ExitKind::Revocation | ExitKind::Expiry => true,
            ExitKind::Fulfilment | ExitKind::Repair => self.exits.contains(&exit),
        }
    }
}

#[cfg(test)]
mod tests;
