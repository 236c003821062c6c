//! A step: one thing asked of one department under one key, and where it stands.
//!
//! Comes in: the state as stored, an event, the time. Goes out: the next state
//! and the effects that it asks for, to be committed together with it
//! (`transition.rs`).
//!
//! Always holds: a step whose outcome is unknown is never made again until the
//! department has said that it has no trace of it; a final step never changes;
//! whatever gives something back to the subject (suspend, lift) is refused by no
//! gate and given up by nobody. What a crash leaves is a `Claimed` step, and the
//! way on is the same as from every other unknown outcome.
//!
//! Deliberately absent: which step an order needs next. The order decides that
//! (`order/course.rs`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod event;
mod spread;
mod transition;

pub use event::{StepEffect, StepEvent};
pub use spread::spread;
pub use transition::{CALLS_BEFORE_A_PERSON, apply, back_off};

/// What is asked of the department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Put the measure in force.
    Apply,
    /// Stop its effect for the time being.
    Suspend,
    /// Put it back in force.
    Resume,
    /// End it for good.
    Lift,
}

impl Verb {
    /// The word in rows, keys and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Lift => "lift",
        }
    }

    /// Whether it puts a burden on the subject, so that the gates are asked when it
    /// is claimed and an open objection keeps it waiting. Suspending and lifting
    /// give something back: nothing may stand in their way (I3).
    pub fn burdens(self) -> bool {
        match self {
            Self::Apply | Self::Resume => true,
            Self::Suspend | Self::Lift => false,
        }
    }
}

/// Where a step stands. Each waiting state says until when.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Step {
    /// To be made at or after this instant.
    Due {
        /// Not before.
        at: Timestamp,
    },
    /// Not made while an objection is verified (核实期间暂不执行, requirement 35).
    Held {
        /// When it was due, and at the earliest will be again.
        at: Timestamp,
    },
    /// The intent is durable; a worker is calling, or has died doing so.
    Claimed {
        /// Whether the call asks (`query`) and does not act.
        asking: bool,
    },
    /// The department has accepted it and works on it (已受理).
    Pending {
        /// When to ask next.
        ask_at: Timestamp,
    },
    /// It may or may not have been done.
    Unknown {
        /// When to ask next.
        ask_at: Timestamp,
    },
    /// 已执行.
    Executed,
    /// 部分执行; the initiator decides what follows.
    PartlyExecuted {
        /// What was left undone and why.
        reason: String,
    },
    /// 未能执行.
    CouldNot {
        /// Why.
        reason: String,
    },
    /// 不适用.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// A gate refused it in the transaction that would have claimed it.
    Refused {
        /// The refusals, as a clerk reads them.
        reason: String,
    },
    /// Taken back while surely nothing had been done.
    Withdrawn,
    /// The department thinks the order wrong: an objection (异议) is open.
    Disputed {
        /// What the department says.
        reason: String,
    },
    /// Not within the department's mandate: the catalogue is at fault.
    OutsideMandate {
        /// What the department says.
        reason: String,
    },
    /// Waits for a person, in the work list.
    Parked {
        /// What the person has to settle.
        reason: String,
    },
}

impl Step {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Due { .. } => "due",
            Self::Held { .. } => "held",
            Self::Claimed { .. } => "claimed",
            Self::Pending { .. } => "pending",
            Self::Unknown { .. } => "unknown",
            Self::Executed => "executed",
            Self::PartlyExecuted { .. } => "partly-executed",
            Self::CouldNot { .. } => "could-not",
            Self::NotApplicable { .. } => "not-applicable",
            Self::Refused { .. } => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Disputed { .. } => "disputed",
            Self::OutsideMandate { .. } => "outside-mandate",
            Self::Parked { .. } => "parked",
        }
    }

    /// Nothing will change it any more.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Executed
            | Self::PartlyExecuted { .. }
            | Self::CouldNot { .. }
            | Self::NotApplicable { .. }
            | Self::Refused { .. }
            | Self::Withdrawn
            | Self::OutsideMandate { .. } => true,
            Self::Due { .. }
            | Self::Held { .. }
            | Self::Claimed { .. }
            | Self::Pending { .. }
            | Self::Unknown { .. }
            | Self::Disputed { .. }
            | Self::Parked { .. } => false,
        }
    }

    /// When the sweep has to look at it; `None` when nothing is due by itself.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Due { at } => Some(*at),
            Self::Pending { ask_at } | Self::Unknown { ask_at } => Some(*ask_at),
            Self::Held { .. }
            | Self::Claimed { .. }
            | Self::Executed
            | Self::PartlyExecuted { .. }
            | Self::CouldNot { .. }
            | Self::NotApplicable { .. }
            | Self::Refused { .. }
            | Self::Withdrawn
            | Self::Disputed { .. }
            | Self::OutsideMandate { .. }
            | Self::Parked { .. } => None,
        }
    }

    /// Whether the next call on it asks and does not act.
    pub fn asks(&self) -> bool {
        matches!(self, Self::Pending { .. } | Self::Unknown { .. })
    }

    /// The reason given with the state, if any.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::PartlyExecuted { reason }
            | Self::CouldNot { reason }
            | Self::NotApplicable { reason }
            | Self::Refused { reason }
            | Self::Disputed { reason }
            | Self::OutsideMandate { reason }
            | Self::Parked { reason } => Some(reason),
            Self::Due { .. }
            | Self::Held { .. }
            | Self::Claimed { .. }
            | Self::Pending { .. }
            | Self::Unknown { .. }
            | Self::Withdrawn
            | Self::Executed => None,
        }
    }
}

#[cfg(test)]
mod tests;
