//! An objection (异议): somebody says that a record or a measure is wrong, and
//! until that is settled the measure is not executed (核实期间暂不执行).
//!
//! Comes in: by which door and on what ground it was raised, what the provider of
//! the record found, what the supervisor decided, the days. Goes out: the next
//! state, and what follows for the orders, the record and the subject. Always
//! holds: an open objection holds every order that rests on the record; nothing
//! but a finding, or whoever raised it, opens the hold again; silence never does.
//!
//! Decided here: an answer that comes late and admits the error counts at once,
//! since it is to the subject's good; a late answer that defends the record
//! counts only when the supervisor accepts it. An objection on a ground that was
//! rejected before is admitted and holds the orders like any other, because the
//! right to object does not wear out; it is marked for a person, who may decide
//! it quickly.
//!
//! Deliberately absent: who complained. An informant's identity lies in the vault
//! (requirement 27).

use crate::{calendar::Deadline, gates::Refusal, record::Exit, transition::TransitionError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// By which door an objection comes in (requirement 35).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// The executing department finds it.
    Executor,
    /// The subject objects.
    Subject,
    /// A complaint or report (投诉举报).
    Complaint,
}

impl Door {
    /// The word in rows and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Executor => "executor",
            Self::Subject => "subject",
            Self::Complaint => "complaint",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Executor, Self::Subject, Self::Complaint]
            .into_iter()
            .find(|door| door.code() == code)
    }
}

/// What is said to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// 主体错误: it is about somebody else.
    Identity,
    /// 事实错误: it did not happen, or not so.
    Facts,
    /// 依据或者措施不当: no basis, or not this measure.
    Basis,
    /// 期限届满: it should be over.
    Term,
}

impl Ground {
    /// The word in rows and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Facts => "facts",
            Self::Basis => "basis",
            Self::Term => "term",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Identity, Self::Facts, Self::Basis, Self::Term]
            .into_iter()
            .find(|ground| ground.code() == code)
    }
}

/// What verification found, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The record or measure is wrong: the objection is upheld.
    Wrong(String),
    /// It is right: the objection is rejected.
    Right(String),
}

/// Where an objection stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Objection {
    /// The provider verifies.
    Raised {
        /// The last day on which its answer is in time.
        answer_by: Deadline,
    },
    /// No answer came in time: before the supervisor.
    Escalated {
        /// The provider's late defence of the record, for the supervisor to
        /// accept or not.
        late_answer: Option<String>,
    },
    /// It was right: the record is corrected and the measures end.
    Upheld {
        /// Why.
        reason: String,
    },
    /// It was not: the measures go on.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Taken back by whoever raised it.
    Withdrawn,
}

impl Objection {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Raised { .. } => "raised",
            Self::Escalated { .. } => "escalated",
            Self::Upheld { .. } => "upheld",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether it still holds the orders that rest on the record.
    pub fn holds(&self) -> bool {
        match self {
            Self::Raised { .. } | Self::Escalated { .. } => true,
            Self::Upheld { .. } | Self::Rejected { .. } | Self::Withdrawn => false,
        }
    }
}

/// What happened to an objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionEvent {
    /// The provider answered.
    Answered(Finding),
    /// The supervisor decided, by accepting a late answer or on its own.
    SupervisorDecided(Finding),
    /// Whoever raised it took it back.
    Withdrawn,
    /// A calendar was imported and the last day for the answer moved.
    Recomputed(Deadline),
    /// A new day.
    DayBegan,
}

impl ObjectionEvent {
    /// The word in entries and errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::SupervisorDecided(_) => "supervisor-decided",
            Self::Withdrawn => "withdrawn",
            Self::Recomputed(_) => "recomputed",
            Self::DayBegan => "day-began",
        }
    }
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionEffect {
    /// Hold every order that rests on the record: running ones are suspended,
    /// pending ones wait.
    HoldOrders,
    /// This objection no longer holds them; another one may.
    ReleaseOrders,
    /// End every order that rests on the record.
    EndOrders(Exit),
    /// Ask the provider to verify and answer.
    AskProvider,
    /// The provider corrects the record or takes it back.
    CorrectRecord,
    /// Give the subject its good name back (恢复其信誉).
    OpenRestoration,
    /// Tell the subject.
    TellSubject,
    /// Tell whoever raised it, where that is not the subject.
    TellRaiser,
    /// Push the result everywhere the record went.
    PushEverywhere,
    /// Put it before the supervisor.
    AskSupervisor,
    /// Raised before on the same ground and rejected: put it before a person.
    FlagRepeated,
    /// The last day has gone by as far as is known, but its year's working days
    /// are not: the operator imports the calendar.
    ImportCalendar,
}

/// An earlier objection against the same record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its ground.
    pub ground: Ground,
    /// Where it stands.
    pub objection: Objection,
}

/// Raises an objection. `answer_by` counts from the day on which it came in
/// (requirement 36: the span is data of the catalogue).
///
/// # Errors
/// When no reason is given.
pub fn raise(
    ground: Ground,
    reason: &str,
    answer_by: Deadline,
    earlier: &[Earlier],
) -> Result<(Objection, Vec<ObjectionEffect>), Refusal> {
    use ObjectionEffect::{AskProvider, FlagRepeated, HoldOrders, TellSubject};
    if reason.trim().is_empty() {
        return Err(Refusal::new(
            "objection",
            "提出异议须说明理由",
            "say why the record or measure is wrong",
        ));
    }
    let repeated = earlier.iter().any(|before| {
        before.ground == ground && matches!(before.objection, Objection::Rejected { .. })
    });
    let mut effects = vec![HoldOrders, AskProvider, TellSubject];
    if repeated {
        effects.push(FlagRepeated);
    }
    Ok((Objection::Raised { answer_by }, effects))
}

/// The next state of an objection, and what it asks for. `door`: by which it came
/// in. A new day and a recomputed deadline change nothing once they no longer
/// matter.
///
/// # Errors
/// When the state does not admit the event, or a finding gives no reason; nothing
/// has changed then.
pub fn apply(
    objection: &Objection,
    event: &ObjectionEvent,
    door: Door,
    today: Date,
) -> Result<(Objection, Vec<ObjectionEffect>), TransitionError> {
    use ObjectionEffect::ReleaseOrders;
    Ok(match (objection, event) {
        // A defence that comes too late is late whether or not the sweep has been
        // by yet.
        (
            Objection::Raised { answer_by },
            ObjectionEvent::Answered(finding @ Finding::Right(_)),
        ) if answer_by.is_over(today) => late_defence(finding)?,
        (Objection::Escalated { .. }, ObjectionEvent::Answered(finding @ Finding::Right(_))) => {
            late_defence(finding)?
        }
        (Objection::Raised { .. }, ObjectionEvent::Answered(finding))
        | (Objection::Escalated { .. }, ObjectionEvent::SupervisorDecided(finding))
        | (Objection::Escalated { .. }, ObjectionEvent::Answered(finding @ Finding::Wrong(_))) => {
            decided(finding, door)?
        }
        (Objection::Raised { .. } | Objection::Escalated { .. }, ObjectionEvent::Withdrawn) => {
            let mut effects = vec![ReleaseOrders];
            effects.extend(told(door));
            (Objection::Withdrawn, effects)
        }
        (Objection::Raised { .. }, ObjectionEvent::Recomputed(answer_by)) => {
            let answer_by = *answer_by;
            (Objection::Raised { answer_by }, vec![])
        }
        (Objection::Raised { answer_by }, ObjectionEvent::DayBegan) => {
            unanswered(*answer_by, today)
        }
        (
            Objection::Escalated { .. }
            | Objection::Upheld { .. }
            | Objection::Rejected { .. }
            | Objection::Withdrawn,
            ObjectionEvent::Recomputed(_) | ObjectionEvent::DayBegan,
        ) => (objection.clone(), vec![]),
        (Objection::Raised { .. }, ObjectionEvent::SupervisorDecided(_))
        | (
            Objection::Upheld { .. } | Objection::Rejected { .. } | Objection::Withdrawn,
            ObjectionEvent::Answered(_)
            | ObjectionEvent::SupervisorDecided(_)
            | ObjectionEvent::Withdrawn,
        ) => {
            return Err(TransitionError::NotAdmitted {
                what: "objection",
                state: objection.code(),
                event: event.code(),
            });
        }
    })
}

/// What follows from a finding (requirement 36): wrong is corrected and lifted,
/// right goes on; the subject is told and the result pushed either way.
fn decided(
    finding: &Finding,
    door: Door,
) -> Result<(Objection, Vec<ObjectionEffect>), TransitionError> {
    use ObjectionEffect::{
        CorrectRecord, EndOrders, OpenRestoration, PushEverywhere, ReleaseOrders,
    };
    let reason = reasoned(finding)?;
    let (state, mut effects) = match finding {
        Finding::Wrong(_) => (
            Objection::Upheld { reason },
            vec![CorrectRecord, EndOrders(Exit::Correction), OpenRestoration],
        ),
        Finding::Right(_) => (Objection::Rejected { reason }, vec![ReleaseOrders]),
    };
    effects.extend(told(door));
    effects.push(PushEverywhere);
    Ok((state, effects))
}

/// The provider defends the record after its time: the supervisor accepts that or
/// does not.
fn late_defence(finding: &Finding) -> Result<(Objection, Vec<ObjectionEffect>), TransitionError> {
    let late_answer = Some(reasoned(finding)?);
    let state = Objection::Escalated { late_answer };
    Ok((state, vec![ObjectionEffect::AskSupervisor]))
}

/// The reason of a finding, which it must have.
fn reasoned(finding: &Finding) -> Result<String, Refusal> {
    let (Finding::Wrong(reason) | Finding::Right(reason)) = finding;
    if reason.trim().is_empty() {
        return Err(Refusal::new(
            "finding",
            "核实结论须说明理由",
            "a finding gives its reason, since the subject is told",
        ));
    }
    Ok(reason.clone())
}

fn told(door: Door) -> Vec<ObjectionEffect> {
    use ObjectionEffect::{TellRaiser, TellSubject};
    match door {
        Door::Subject => vec![TellSubject],
        Door::Executor | Door::Complaint => vec![TellSubject, TellRaiser],
    }
}

/// No answer in time: stays held and goes up. While the last day is provisional
/// nobody is called late.
fn unanswered(answer_by: Deadline, today: Date) -> (Objection, Vec<ObjectionEffect>) {
    if answer_by.is_over(today) {
        let late_answer = None;
        return (
            Objection::Escalated { late_answer },
            vec![ObjectionEffect::AskSupervisor],
        );
    }
    let effects = if today > answer_by.date {
        vec![ObjectionEffect::ImportCalendar]
    } else {
        vec![]
    };
    (Objection::Raised { answer_by }, effects)
}

/// The task of giving a subject its good name back (恢复其信誉, requirement 37).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Restoration {
    /// To be done by the provider.
    Open,
    /// Done.
    Closed {
        /// What shows it: the published correction, the letter to the subject.
        proof: String,
    },
}

/// Closes a restoration task. Closing it again changes nothing.
///
/// # Errors
/// Without proof.
pub fn restore(task: &Restoration, proof: &str) -> Result<Restoration, Refusal> {
    match task {
        Restoration::Closed { .. } => Ok(task.clone()),
        Restoration::Open if proof.trim().is_empty() => Err(Refusal::new(
            "restoration",
            "恢复信誉须附证明材料方可办结",
            "a restoration closes only with proof: name the published correction or the letter to \
             the subject",
        )),
        Restoration::Open => Ok(Restoration::Closed {
            proof: proof.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
