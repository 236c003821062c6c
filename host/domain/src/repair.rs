//! Credit repair (信用修复): a subject that has put things right asks for the
//! effects of its record to end early.
//!
//! Comes in: the rule of the measure as data, what the subject brought, what the
//! official decided, the days. Goes out: what still stands in the way, in Chinese
//! and English; the next state; what follows. Always holds: a repair is accepted
//! and granted only when nothing stands in the way on that day; once granted,
//! publishing and sharing and use stop and the measures end, everywhere the
//! record went (NDRC order 36). A refusal is no bar to applying again.
//!
//! Deliberately absent: a judgement of how sorry anyone is. The conditions are
//! those of the basis, each met or not.

mod rule;

pub use rule::{
    Application, Exclusion, Need, Obstacle, RepairRule, Since, Wait, corrected_in_time, obstacles,
};

use crate::{
    calendar::Deadline,
    gates::Refusal,
    record::{Decision, Exit},
    transition::TransitionError,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Repair {
    /// Handed in.
    Applied,
    /// Handed back (补正), with what is missing.
    Returned {
        /// What stands in the way.
        obstacles: Vec<Obstacle>,
    },
    /// 受理: complete, to be decided.
    Accepted {
        /// The last day for the decision.
        decide_by: Deadline,
        /// The supervisor was told that it is over.
        late: bool,
    },
    /// 准予修复.
    Granted {
        /// The decision.
        decision: Decision,
    },
    /// 不予修复; the subject may apply again.
    Refused {
        /// Why.
        reason: String,
    },
    /// Taken back by the subject.
    Withdrawn,
}

impl Repair {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Returned { .. } => "returned",
            Self::Accepted { .. } => "accepted",
            Self::Granted { .. } => "granted",
            Self::Refused { .. } => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What happened to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairEvent {
    /// An official examined it: accepted when nothing stands in the way, otherwise
    /// handed back with what does.
    Examined {
        /// The last day for the decision, should it be accepted.
        decide_by: Deadline,
    },
    /// The subject handed it in again.
    Completed,
    /// It was granted.
    Granted(Decision),
    /// It was refused, with the reason.
    Refused(String),
    /// The subject took it back.
    Withdrawn,
    /// A calendar was imported and the last day for the decision moved.
    Recomputed(Deadline),
    /// A new day.
    DayBegan,
}

impl RepairEvent {
    /// The word in entries and errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Examined { .. } => "examined",
            Self::Completed => "completed",
            Self::Granted(_) => "granted",
            Self::Refused(_) => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Recomputed(_) => "recomputed",
            Self::DayBegan => "day-began",
        }
    }
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairEffect {
    /// Stop publishing the record.
    StopPublishing,
    /// Stop sharing it.
    StopSharing,
    /// Stop using it.
    StopUse,
    /// End every measure that rests on it.
    EndOrders(Exit),
    /// Push the result everywhere the record went (requirement 34).
    PushEverywhere,
    /// Tell the subject.
    TellSubject,
    /// Remind the deciding department (督促) through the supervisor.
    AskSupervisor,
}

/// The next state of an application, and what it asks for. `obstacles`: what
/// stands in the way today, from [`obstacles`].
///
/// # Errors
/// When the state does not admit the event, something stands in the way of a
/// grant, or a reason or decision is not named; nothing has changed then.
pub fn apply(
    repair: &Repair,
    event: &RepairEvent,
    obstacles: &[Obstacle],
    today: Date,
) -> Result<(Repair, Vec<RepairEffect>), TransitionError> {
    use RepairEffect::{AskSupervisor, TellSubject};
    Ok(match (repair, event) {
        (Repair::Applied, RepairEvent::Examined { decide_by }) if obstacles.is_empty() => (
            Repair::Accepted {
                decide_by: *decide_by,
                late: false,
            },
            vec![TellSubject],
        ),
        (Repair::Applied, RepairEvent::Examined { .. }) => (
            Repair::Returned {
                obstacles: obstacles.to_vec(),
            },
            vec![TellSubject],
        ),
        (Repair::Returned { .. }, RepairEvent::Completed) => (Repair::Applied, vec![]),
        (Repair::Accepted { .. }, RepairEvent::Granted(decision)) => granted(decision, obstacles)?,
        // What can never be repaired need not be handed back first.
        (Repair::Applied | Repair::Accepted { .. }, RepairEvent::Refused(reason)) => {
            (refused(reason)?, vec![TellSubject])
        }
        (
            Repair::Applied | Repair::Returned { .. } | Repair::Accepted { .. },
            RepairEvent::Withdrawn,
        ) => (Repair::Withdrawn, vec![]),
        (Repair::Accepted { late, .. }, RepairEvent::Recomputed(decide_by)) => (
            Repair::Accepted {
                decide_by: *decide_by,
                late: *late && decide_by.is_over(today),
            },
            vec![],
        ),
        (
            Repair::Accepted {
                decide_by,
                late: false,
            },
            RepairEvent::DayBegan,
        ) if decide_by.is_over(today) => {
            let (decide_by, late) = (*decide_by, true);
            (Repair::Accepted { decide_by, late }, vec![AskSupervisor])
        }
        (Repair::Accepted { .. }, RepairEvent::DayBegan)
        | (
            Repair::Applied
            | Repair::Returned { .. }
            | Repair::Granted { .. }
            | Repair::Refused { .. }
            | Repair::Withdrawn,
            RepairEvent::Recomputed(_) | RepairEvent::DayBegan,
        ) => (repair.clone(), vec![]),
        (Repair::Applied, RepairEvent::Completed | RepairEvent::Granted(_))
        | (
            Repair::Returned { .. },
            RepairEvent::Examined { .. } | RepairEvent::Granted(_) | RepairEvent::Refused(_),
        )
        | (Repair::Accepted { .. }, RepairEvent::Examined { .. } | RepairEvent::Completed)
        | (
            Repair::Granted { .. } | Repair::Refused { .. } | Repair::Withdrawn,
            RepairEvent::Examined { .. }
            | RepairEvent::Completed
            | RepairEvent::Granted(_)
            | RepairEvent::Refused(_)
            | RepairEvent::Withdrawn,
        ) => {
            return Err(TransitionError::NotAdmitted {
                what: "repair",
                state: repair.code(),
                event: event.code(),
            });
        }
    })
}

/// What follows from a grant (NDRC order 36): publishing, sharing and use stop,
/// and the measures end, everywhere.
fn granted(
    decision: &Decision,
    obstacles: &[Obstacle],
) -> Result<(Repair, Vec<RepairEffect>), Refusal> {
    use RepairEffect::{
        EndOrders, PushEverywhere, StopPublishing, StopSharing, StopUse, TellSubject,
    };
    let number = decision.number.as_deref().unwrap_or_default();
    if number.trim().is_empty() {
        return Err(Refusal::new(
            "repair",
            "准予修复须引用决定书文号",
            "name the decision that grants the repair by its number",
        ));
    }
    // Things may have changed since the acceptance: the first obstacle is named.
    if let Some(obstacle) = obstacles.first() {
        return Err(obstacle.refusal());
    }
    let effects = vec![
        StopPublishing,
        StopSharing,
        StopUse,
        EndOrders(Exit::Repair(decision.clone())),
        PushEverywhere,
        TellSubject,
    ];
    let decision = decision.clone();
    Ok((Repair::Granted { decision }, effects))
}

fn refused(reason: &str) -> Result<Repair, Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::new(
            "repair",
            "不予修复须说明理由",
            "a refusal of repair gives its reason, since the subject may apply again",
        ));
    }
    let reason = reason.to_owned();
    Ok(Repair::Refused { reason })
}

#[cfg(test)]
mod tests;
