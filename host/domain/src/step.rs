//! A step: one thing asked of one department under one key, and what became of
//! it.
//!
//! Comes in: the state as stored, an event, the time. Goes out: the next state
//! and the effects that it asks for, to be committed together with it.
//!
//! Always holds: a step whose outcome is unknown is never made again until the
//! department has said that it has no trace of it; a final step never changes.
//! What a crash leaves is a `Claimed` step, and the way on is the same as from
//! every other unknown outcome.

use crate::record::{Feedback, Outcome};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

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
}

/// Where a step stands. Each waiting state says until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Step {
    /// To be made at or after this instant.
    Due {
        /// Not before.
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
            Self::Claimed { .. } => "claimed",
            Self::Pending { .. } => "pending",
            Self::Unknown { .. } => "unknown",
            Self::Executed => "executed",
            Self::PartlyExecuted { .. } => "partly-executed",
            Self::CouldNot { .. } => "could-not",
            Self::NotApplicable { .. } => "not-applicable",
            Self::Refused { .. } => "refused",
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
            | Self::OutsideMandate { .. } => true,
            Self::Due { .. }
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
            Self::Claimed { .. }
            | Self::Executed
            | Self::PartlyExecuted { .. }
            | Self::CouldNot { .. }
            | Self::NotApplicable { .. }
            | Self::Refused { .. }
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
            | Self::Claimed { .. }
            | Self::Pending { .. }
            | Self::Unknown { .. }
            | Self::Executed => None,
        }
    }
}

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
    /// The department answered.
    Answered(Feedback),
    /// A query found no trace: the step was surely not made.
    NoTrace,
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

/// An event that the state does not admit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {state} cannot take the event {event}; reload it and look again")]
pub struct TransitionError {
    /// The state's code.
    pub state: &'static str,
    /// The event's name.
    pub event: String,
}

/// How many calls in a row, acting and asking, may go by without an answer of the
/// department before a query in vain puts the step before a person: with the waits
/// between them, somewhat over two hours.
pub const CALLS_BEFORE_A_PERSON: u32 = 12;

/// When to ask after a step that is under way, where the department does not say.
const ASK_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The wait before attempt `attempt` + 1, attempts counted from 1: 2 seconds,
/// doubling, at most an hour.
pub fn back_off(attempt: u32) -> SignedDuration {
    let doubled = 2_i64.saturating_pow(attempt.clamp(1, 12));
    SignedDuration::from_secs(doubled.min(3600))
}

/// The next state of a step, and what it asks for. `attempt` is the number of
/// calls made since the department last answered. Whatever wait the department
/// names, it is never shorter than the back-off, so that no answer keeps a step hot.
///
/// # Errors
/// When the state does not admit the event; nothing has changed then.
pub fn apply(
    step: &Step,
    event: &StepEvent,
    verb: Verb,
    attempt: u32,
    now: Timestamp,
) -> Result<(Step, Vec<StepEffect>), TransitionError> {
    use StepEffect::{AskPerson, Call, OpenObjection, StopDispatch, TellInitiator};
    let refuse = || TransitionError {
        state: step.code(),
        event: event.to_string(),
    };
    let later = |wait: SignedDuration| now.checked_add(wait).unwrap_or(Timestamp::MAX);
    let unknown = || Step::Unknown {
        ask_at: later(back_off(attempt)),
    };
    Ok(match (step, event) {
        (Step::Due { .. }, StepEvent::Claimed) => (Step::Claimed { asking: false }, vec![Call]),
        (Step::Pending { .. } | Step::Unknown { .. }, StepEvent::Claimed) => {
            (Step::Claimed { asking: true }, vec![Call])
        }
        (Step::Due { .. }, StepEvent::GateRefused(reason)) => (
            Step::Refused {
                reason: reason.clone(),
            },
            vec![TellInitiator],
        ),
        // A query changes nothing in the department, yet what it asked about is
        // still open: both abandoned calls end in asking.
        (Step::Claimed { .. }, StepEvent::Abandoned) => (Step::Unknown { ask_at: now }, vec![]),
        (Step::Claimed { .. }, StepEvent::Answered(feedback)) => {
            settled(&feedback.outcome, verb, &later, attempt)
        }
        (Step::Claimed { asking: true }, StepEvent::NoTrace) => {
            let at = later(back_off(attempt));
            (Step::Due { at }, vec![])
        }
        (Step::Claimed { asking: false }, StepEvent::Unavailable { retry_after }) => {
            let asked = SignedDuration::from_secs(retry_after.unwrap_or(0).into());
            let at = later(asked.max(back_off(attempt)));
            (Step::Due { at }, vec![])
        }
        // Asking failed: what was open before is open still.
        (Step::Claimed { asking: true }, StepEvent::Unavailable { .. } | StepEvent::Uncertain) => {
            if attempt >= CALLS_BEFORE_A_PERSON {
                let reason = format!(
                    "called {attempt} times and the outcome is still unknown: look into the \
                     department's system and enter the feedback by hand"
                );
                (Step::Parked { reason }, vec![AskPerson])
            } else {
                (unknown(), vec![])
            }
        }
        (Step::Claimed { asking: false }, StepEvent::Uncertain) => (unknown(), vec![]),
        // A lift cannot be declined: whatever the department holds against it is
        // for a person, at once.
        (Step::Claimed { .. }, StepEvent::Disputed(reason) | StepEvent::OutsideMandate(reason))
            if verb == Verb::Lift =>
        {
            (
                Step::Parked {
                    reason: reason.clone(),
                },
                vec![AskPerson],
            )
        }
        (Step::Claimed { .. }, StepEvent::Disputed(reason)) => (
            Step::Disputed {
                reason: reason.clone(),
            },
            vec![OpenObjection],
        ),
        (Step::Claimed { .. }, StepEvent::OutsideMandate(reason)) => (
            Step::OutsideMandate {
                reason: reason.clone(),
            },
            vec![StopDispatch, TellInitiator],
        ),
        (Step::Claimed { .. }, StepEvent::NeedsPerson(reason)) => (
            Step::Parked {
                reason: reason.clone(),
            },
            vec![AskPerson],
        ),
        (
            Step::Due { .. },
            StepEvent::Abandoned
            | StepEvent::Answered(_)
            | StepEvent::NoTrace
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_),
        )
        | (Step::Claimed { .. }, StepEvent::Claimed | StepEvent::GateRefused(_))
        | (Step::Claimed { asking: false }, StepEvent::NoTrace)
        | (
            Step::Pending { .. } | Step::Unknown { .. },
            StepEvent::GateRefused(_)
            | StepEvent::Abandoned
            | StepEvent::Answered(_)
            | StepEvent::NoTrace
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_),
        )
        | (
            Step::Executed
            | Step::PartlyExecuted { .. }
            | Step::CouldNot { .. }
            | Step::NotApplicable { .. }
            | Step::Refused { .. }
            | Step::Disputed { .. }
            | Step::OutsideMandate { .. }
            | Step::Parked { .. },
            _,
        ) => return Err(refuse()),
    })
}

/// The state after feedback.
fn settled(
    outcome: &Outcome,
    verb: Verb,
    later: &dyn Fn(SignedDuration) -> Timestamp,
    attempt: u32,
) -> (Step, Vec<StepEffect>) {
    use StepEffect::{AskPerson, TellInitiator};
    // Only `executed` ends a lift; any other final answer is for a person.
    let or_person = |state: Step, reason: &str| {
        if verb == Verb::Lift {
            (
                Step::Parked {
                    reason: reason.to_owned(),
                },
                vec![AskPerson],
            )
        } else {
            (state, vec![TellInitiator])
        }
    };
    match outcome {
        Outcome::Executed => (Step::Executed, vec![TellInitiator]),
        Outcome::PartlyExecuted(r) => or_person(Step::PartlyExecuted { reason: r.clone() }, r),
        Outcome::CouldNot(r) => or_person(Step::CouldNot { reason: r.clone() }, r),
        Outcome::NotApplicable(r) => or_person(Step::NotApplicable { reason: r.clone() }, r),
        Outcome::Pending(wait) => {
            let asked = wait.map_or(ASK_AFTER, |s| SignedDuration::from_secs(s.into()));
            let ask_at = later(asked.max(back_off(attempt)));
            (Step::Pending { ask_at }, vec![])
        }
    }
}

impl fmt::Display for StepEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Claimed => "claimed",
            Self::GateRefused(_) => "gate-refused",
            Self::Abandoned => "abandoned",
            Self::Answered(_) => "answered",
            Self::NoTrace => "no-trace",
            Self::Unavailable { .. } => "unavailable",
            Self::Uncertain => "uncertain",
            Self::Disputed(_) => "disputed",
            Self::OutsideMandate(_) => "outside-mandate",
            Self::NeedsPerson(_) => "needs-person",
        })
    }
}

#[cfg(test)]
mod tests;
