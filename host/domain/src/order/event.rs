//! What an order can learn, and what it can ask for.
//!
//! Comes in and goes out: values that others make and carry out. Always holds: an
//! event is a fact and not an order to do something; an effect is committed together
//! with the facts that it follows from.

use super::Review;
use crate::{
    ids::ObjectionId,
    record::Exit,
    step::{Step, Verb},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How an objection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionEnd {
    /// The provider was wrong: the order ends as a correction.
    Upheld,
    /// The provider was right.
    Rejected,
    /// Whoever objected took it back.
    Withdrawn,
}

/// What became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderEvent {
    /// The notice was received; the order may be applied from this day. Not to be
    /// told while that day is provisional.
    NoticeReceived {
        /// The first day after every waiting time.
        first_day: Date,
    },
    /// A step of the order moved.
    StepMoved {
        /// The step's number.
        number: u32,
        /// Where it stands now.
        step: Step,
    },
    /// An objection against the order, its record or its case was opened.
    ObjectionOpened(ObjectionId),
    /// It was closed.
    ObjectionClosed(ObjectionId, ObjectionEnd),
    /// What the order stands on is gone: its record ended, was corrected, revoked or
    /// repaired, its list entry left the list, its case was withdrawn.
    GroundGone(Exit),
    /// A day has begun in China.
    DayBegun(Date),
    /// Somebody confirmed that the ending event has not come yet.
    Reviewed(Review),
    /// An edition of the catalogue gives the measure a shorter time.
    EndShortened {
        /// The last day by that edition.
        to: Date,
    },
    /// A legal basis of the measure was repealed (requirement 14).
    BasisRepealed,
}

/// What a transition asks for beside the new facts, to be committed with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderEffect {
    /// Make this step, due at once or on `not_before`. A lift carries
    /// [`super::Order::ending`].
    MakeStep {
        /// Its number; with the order it makes the key.
        number: u32,
        /// What it asks.
        verb: Verb,
        /// The first day on which it may be claimed.
        not_before: Option<Date>,
    },
    /// Take this step back ([`crate::step::StepEvent::Withdrawn`]).
    WithdrawStep(u32),
    /// Keep this step from being made ([`crate::step::StepEvent::Held`]).
    HoldStep(u32),
    /// Let it be made ([`crate::step::StepEvent::Released`]).
    ReleaseStep(u32),
    /// Make this disputed step again ([`crate::step::StepEvent::SentAgain`]): the
    /// provider found the order right.
    SendStepAgain(u32),
    /// Tell the initiating department what no step tells it.
    TellInitiator,
    /// Tell the subject where the order stands now.
    TellSubject,
    /// Put the order before a person who reviews whether it can stand.
    Review,
}

impl OrderEvent {
    /// The word in errors and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoticeReceived { .. } => "notice-received",
            Self::StepMoved { .. } => "step-moved",
            Self::ObjectionOpened(_) => "objection-opened",
            Self::ObjectionClosed(..) => "objection-closed",
            Self::GroundGone(_) => "ground-gone",
            Self::DayBegun(_) => "day-begun",
            Self::Reviewed(_) => "reviewed",
            Self::EndShortened { .. } => "end-shortened",
            Self::BasisRepealed => "basis-repealed",
        }
    }
}
