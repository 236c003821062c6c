//! A joint case (联合奖惩案件): what one official opened on one decision, and
//! where it stands.
//!
//! Comes in: who opens it, on which record and decision, for which measure; then
//! where its orders stand. Goes out: its next state and what follows from it.
//!
//! Always holds: a case is opened by a named official who cites a decision document
//! (requirement 22). No event here opens one, so that nothing the host learns can.
//! A case that is closed has no order that could still do anything.

use crate::{catalogue::Proof, order::OrderState, record::Exit, transition::TransitionError};
use serde::{Deserialize, Serialize};

/// Who opens a case, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiation {
    /// The department that initiates.
    pub department: String,
    /// The official who signs for it.
    pub official: String,
    /// Number of the decision document cited (文号).
    pub decision_number: String,
    /// Codes of the measures proposed.
    pub measures: Vec<String>,
    /// The official who agreed, where a measure asks for two.
    #[serde(default)]
    pub second_official: Option<String>,
    /// Documents cited beside the decision.
    #[serde(default)]
    pub proofs: Vec<CitedProof>,
}

impl Initiation {
    /// Whether a document of this sort is cited.
    pub fn cites(&self, proof: Proof) -> bool {
        self.proofs
            .iter()
            .any(|cited| cited.proof == proof && !cited.document.trim().is_empty())
    }
}

/// A document that proves what a measure asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedProof {
    /// What it proves.
    pub proof: Proof,
    /// Its number (文号), by which it is found.
    pub document: String,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// Opened; its measures are not yet resolved.
    Opened,
    /// Its orders exist; the subject has not been told, or not yet long enough.
    Resolved,
    /// The subject has been told and every waiting time is over: orders run.
    Dispatched,
    /// Every order has come to its first end: in force or never executed.
    Answered,
    /// Every order has come to its end: nothing is in force any more.
    Closed,
    /// No order could be made of it.
    Refused,
    /// The initiator took it back; what is in force is being lifted.
    Withdrawn,
}

impl CaseState {
    /// The word in rows and tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Resolved => "resolved",
            Self::Dispatched => "dispatched",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Opened,
            Self::Resolved,
            Self::Dispatched,
            Self::Answered,
            Self::Closed,
            Self::Refused,
            Self::Withdrawn,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// How far the orders of a case have come, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// A gate refused every one of them, or there is none.
    AllRefused,
    /// At least one is prepared: its department has not yet said what came of it.
    Waiting,
    /// None is prepared, and at least one is in force or suspended.
    Answered,
    /// Every one is at its end.
    Ended,
}

impl Progress {
    /// Of these orders.
    pub fn of(orders: impl IntoIterator<Item = OrderState>) -> Self {
        let mut progress = Self::AllRefused;
        for order in orders {
            progress = match (order, progress) {
                (OrderState::Prepared, _) | (_, Self::Waiting) => Self::Waiting,
                (OrderState::InForce | OrderState::Suspended, _) | (_, Self::Answered) => {
                    Self::Answered
                }
                (OrderState::Lifted | OrderState::NotExecuted, _) | (_, Self::Ended) => Self::Ended,
                (OrderState::Refused, Self::AllRefused) => Self::AllRefused,
            };
        }
        progress
    }
}

/// What happened to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseEvent {
    /// Its orders were made, or one of them moved.
    OrdersMoved(Progress),
    /// A step of one of its orders was claimed.
    Dispatched,
    /// The initiating department took it back; the official says why it ends.
    Withdrawn(Exit),
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseEffect {
    /// Tell the initiating department where the case stands.
    TellInitiator,
    /// Every order of it has to end ([`crate::order::OrderEvent::GroundGone`]).
    EndOrders(Exit),
    /// Its notice counts no longer, where it was not yet received.
    VoidNotice,
}

/// The next state of a case, and what it asks for. Where its orders stand may be
/// told as often as one likes.
///
/// # Errors
/// When the state does not admit the event; nothing has changed then.
pub fn apply(
    case: CaseState,
    event: &CaseEvent,
) -> Result<(CaseState, Vec<CaseEffect>), TransitionError> {
    let next = match event {
        CaseEvent::OrdersMoved(progress) => orders_moved(case, *progress),
        CaseEvent::Dispatched => dispatched(case),
        CaseEvent::Withdrawn(_) => withdrawn(case),
    };
    let Some(next) = next else {
        return Err(TransitionError::NotAdmitted {
            what: "case",
            state: case.code(),
            event: event.code(),
        });
    };
    let mut effects = Vec::new();
    if let CaseEvent::Withdrawn(exit) = event {
        effects.push(CaseEffect::EndOrders(exit.clone()));
        effects.push(CaseEffect::VoidNotice);
    }
    if next != case
        && matches!(
            next,
            CaseState::Answered | CaseState::Closed | CaseState::Refused
        )
    {
        effects.push(CaseEffect::TellInitiator);
    }
    Ok((next, effects))
}

fn orders_moved(case: CaseState, progress: Progress) -> Option<CaseState> {
    match (case, progress) {
        (CaseState::Opened, Progress::Waiting) => Some(CaseState::Resolved),
        (CaseState::Opened | CaseState::Resolved | CaseState::Dispatched, Progress::AllRefused) => {
            Some(CaseState::Refused)
        }
        // Orders are made prepared or refused, and not otherwise.
        (CaseState::Opened, Progress::Answered | Progress::Ended) => None,
        (CaseState::Resolved | CaseState::Dispatched, Progress::Waiting) => Some(case),
        // A corrected order may be made anew before the old one is lifted.
        (CaseState::Answered, Progress::Waiting) => Some(CaseState::Dispatched),
        (CaseState::Resolved | CaseState::Dispatched | CaseState::Answered, Progress::Answered) => {
            Some(CaseState::Answered)
        }
        (CaseState::Resolved | CaseState::Dispatched | CaseState::Answered, Progress::Ended) => {
            Some(CaseState::Closed)
        }
        // What is at its end stays there, and so do its orders.
        (CaseState::Closed, Progress::Ended) | (CaseState::Refused, Progress::AllRefused) => {
            Some(case)
        }
        // Its orders are lifted one by one; the case is over for its initiator.
        (
            CaseState::Withdrawn,
            Progress::AllRefused | Progress::Waiting | Progress::Answered | Progress::Ended,
        ) => Some(case),
        (CaseState::Answered, Progress::AllRefused)
        | (CaseState::Closed, Progress::AllRefused | Progress::Waiting | Progress::Answered)
        | (CaseState::Refused, Progress::Waiting | Progress::Answered | Progress::Ended) => None,
    }
}

fn dispatched(case: CaseState) -> Option<CaseState> {
    match case {
        CaseState::Resolved => Some(CaseState::Dispatched),
        // Later steps: suspending, resuming, lifting.
        CaseState::Dispatched | CaseState::Answered | CaseState::Withdrawn => Some(case),
        CaseState::Opened | CaseState::Closed | CaseState::Refused => None,
    }
}

/// Too late once everything is over: the official has to know that nothing follows.
fn withdrawn(case: CaseState) -> Option<CaseState> {
    match case {
        CaseState::Opened | CaseState::Resolved | CaseState::Dispatched | CaseState::Answered => {
            Some(CaseState::Withdrawn)
        }
        CaseState::Closed | CaseState::Refused | CaseState::Withdrawn => None,
    }
}

impl CaseEvent {
    /// The word in errors and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OrdersMoved(_) => "orders-moved",
            Self::Dispatched => "dispatched",
            Self::Withdrawn(_) => "withdrawn",
        }
    }
}

/// How a notice reached the subject (送达方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptKind {
    /// 直接送达: handed over and signed for.
    Delivered,
    /// 留置送达: left, with a witness.
    Left,
    /// 公告送达: published, with its own waiting days.
    Published,
}

impl ReceiptKind {
    /// The word in rows and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Left => "left",
            Self::Published => "published",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Delivered, Self::Left, Self::Published]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

#[cfg(test)]
mod tests;
