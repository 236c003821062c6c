//! What can happen to a step, and what it can ask for.
//!
//! Comes in: what workers, departments and officials report. Goes out: the effects
//! that commit together with the next state.

use crate::record::Feedback;
use serde::{Deserialize, Serialize};

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEvent {
    /// A worker took it; committed before the call.
    Claimed,
    /// A gate refused the claim.
    GateRefused(String),
    /// The worker is gone and left no outcome.
    Abandoned,
    /// The department answered: to the call, to a query, or later of its own accord.
    Answered(Feedback),
    /// A query found no trace: the step was surely not made.
    NoTrace,
    /// Nobody can be asked, and the house itself knows that what the step sends lies
    /// with the department. No answer of the department.
    Put {
        /// Seconds after which to look again.
        ask_after: u32,
    },
    /// Surely nothing was done; try again, after so many seconds if it said so.
    Unavailable {
        /// Seconds, where the department said so.
        retry_after: Option<u32>,
    },
    /// It may or may not have been done.
    Uncertain,
    /// The department thinks the order wrong.
    Disputed(String),
    /// Not within the department's mandate.
    OutsideMandate(String),
    /// Someone has to act first.
    NeedsPerson(String),
    /// An objection was opened: what has not been made waits.
    Held,
    /// No objection is open any more.
    Released,
    /// The order needs it no longer.
    Withdrawn,
    /// An official looked into it and entered the feedback by hand. The entry of
    /// the log names the official.
    SettledByPerson(Feedback),
    /// An official has it made again, under the same key. The caller counts its
    /// calls from 0 again.
    SentAgain,
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEffect {
    /// Call the department: the intent that commits with the claim.
    Call,
    /// Tell the initiating department how it ended.
    TellInitiator,
    /// Open an objection in the department's name.
    OpenObjection,
    /// Stop dispatching this measure to this department.
    StopDispatch,
    /// Put it into the work list.
    AskPerson,
}

impl StepEvent {
    /// The word in errors and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::GateRefused(_) => "gate-refused",
            Self::Abandoned => "abandoned",
            Self::Answered(_) => "answered",
            Self::NoTrace => "no-trace",
            Self::Put { .. } => "put",
            Self::Unavailable { .. } => "unavailable",
            Self::Uncertain => "uncertain",
            Self::Disputed(_) => "disputed",
            Self::OutsideMandate(_) => "outside-mandate",
            Self::NeedsPerson(_) => "needs-person",
            Self::Held => "held",
            Self::Released => "released",
            Self::Withdrawn => "withdrawn",
            Self::SettledByPerson(_) => "settled-by-person",
            Self::SentAgain => "sent-again",
        }
    }
}
