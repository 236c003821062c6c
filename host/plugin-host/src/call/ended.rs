//! The ways in which a call ends, each with its consequence.
//!
//! Comes in: the raw end. Goes out: the end in the domain's words and whether a
//! retry is safe. Always holds: denial, refusal, trap, time, memory, a broken
//! rule and incompatibility are different cases (architecture, rule 7).

use crate::{
    contract::{
        Violation,
        bindings::exports::credence::department::{feeds, measures},
        convert,
    },
    journal::{self, End},
};
use credence_domain::record::{Feedback, Line};
use std::fmt;

/// What a plugin answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A chunk was read.
    Normalised {
        /// What it gave, in the order of the feed.
        lines: Vec<Line>,
        /// Rows finished.
        rows: u32,
        /// For the next call.
        carry: String,
    },
    /// A step stands so.
    Step(Feedback),
    /// What the department knows of a step; `None`: surely no trace.
    Trace(Option<Feedback>),
}

/// Why a delivery cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedError {
    /// Not the feed it claims to be.
    WrongFormat(String),
    /// A layout newer than the plugin.
    NewerFormat(String),
}

/// Why there is no feedback, as the guest said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Surely nothing was done; retry after so many seconds, if it said so.
    Unavailable {
        /// Seconds.
        retry_after: Option<u32>,
        /// For the operator.
        text: String,
    },
    /// It may or may not have been done.
    Uncertain(String),
    /// The department thinks the order wrong.
    Disputed(String),
    /// Not within the department's mandate.
    OutsideMandate(String),
    /// Someone has to act first.
    NeedsPerson(String),
    /// The delivery cannot be read.
    Feed(FeedError),
}

/// Whether a call may simply be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Yes, with the same key.
    Safe,
    /// Only after a query has said that nothing was done.
    AfterQuery,
    /// No: it would end the same way, or it is done.
    Never,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With an answer that keeps the contract.
    Answered(Answer),
    /// With a failure, as the guest said.
    Failed(Failure),
    /// In a trap: a panic, a stack overflow, an impossible instruction.
    Trapped(String),
    /// The guest used its time up.
    TimedOut,
    /// The guest used its memory up.
    OutOfMemory,
    /// It used what it may not use.
    Denied(String),
    /// Its answer, or a request, broke rules of the contract.
    BrokeContract(Vec<Violation>),
    /// Its exports do not have the contract's types.
    Incompatible(String),
}

impl Ended {
    /// The word in rows, metrics and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Failed(_) => "failed",
            Self::Trapped(_) => "trapped",
            Self::TimedOut => "timed-out",
            Self::OutOfMemory => "out-of-memory",
            Self::Denied(_) => "denied",
            Self::BrokeContract(_) => "broke-contract",
            Self::Incompatible(_) => "incompatible",
        }
    }

    /// Whether a retry is safe, given whether anything left the house.
    pub fn retry(&self, left_house: bool) -> Retry {
        match self {
            Self::Answered(_) => Retry::Never,
            Self::Failed(failure) => match failure {
                Failure::Unavailable { .. } => Retry::Safe,
                Failure::Uncertain(_) => Retry::AfterQuery,
                Failure::Disputed(_)
                | Failure::OutsideMandate(_)
                | Failure::NeedsPerson(_)
                | Failure::Feed(_) => Retry::Never,
            },
            // A defect is treated as `uncertain` if anything had left the house,
            // else as `unavailable` (`types.wit`, "Traps").
            Self::Trapped(_)
            | Self::TimedOut
            | Self::OutOfMemory
            | Self::Denied(_)
            | Self::BrokeContract(_) => match left_house {
                true => Retry::AfterQuery,
                false => Retry::Safe,
            },
            Self::Incompatible(_) => Retry::Never,
        }
    }

    /// The end, from what the journal keeps.
    pub(crate) fn of(end: End) -> Self {
        match end {
            End::Returned(answer) => Self::returned(answer),
            End::Broke(_, violations) => Self::BrokeContract(violations),
            End::Trapped(text) => Self::Trapped(text),
            End::TimedOut => Self::TimedOut,
            End::OutOfMemory => Self::OutOfMemory,
            End::Denied(text) => Self::Denied(text),
            End::Incompatible(text) => Self::Incompatible(text),
        }
    }

    fn returned(answer: journal::Answer) -> Self {
        match answer {
            journal::Answer::Normalised(Ok(answer)) => Self::Answered(Answer::Normalised {
                lines: answer.lines.into_iter().map(convert::line).collect(),
                rows: answer.rows,
                carry: answer.carry,
            }),
            journal::Answer::Normalised(Err(error)) => Self::Failed(Failure::Feed(match error {
                feeds::FeedError::WrongFormat(text) => FeedError::WrongFormat(text),
                feeds::FeedError::NewerFormat(text) => FeedError::NewerFormat(text),
            })),
            journal::Answer::Step(Ok(feedback)) => {
                Self::Answered(Answer::Step(convert::feedback(feedback)))
            }
            journal::Answer::Trace(Ok(feedback)) => {
                Self::Answered(Answer::Trace(feedback.map(convert::feedback)))
            }
            journal::Answer::Step(Err(failure)) | journal::Answer::Trace(Err(failure)) => {
                Self::Failed(match failure {
                    measures::Failure::Unavailable(delay) => Failure::Unavailable {
                        retry_after: delay.retry_after,
                        text: delay.text,
                    },
                    measures::Failure::Uncertain(text) => Failure::Uncertain(text),
                    measures::Failure::Disputed(text) => Failure::Disputed(text),
                    measures::Failure::OutsideMandate(text) => Failure::OutsideMandate(text),
                    measures::Failure::NeedsPerson(text) => Failure::NeedsPerson(text),
                })
            }
        }
    }
}

impl fmt::Display for Ended {
    /// For the operator: the case and its text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(_) | Self::TimedOut | Self::OutOfMemory => f.write_str(self.code()),
            Self::Failed(failure) => write!(f, "{failure}"),
            Self::Trapped(text) | Self::Denied(text) | Self::Incompatible(text) => {
                write!(f, "{}: {text}", self.code())
            }
            Self::BrokeContract(violations) => {
                f.write_str(self.code())?;
                violations
                    .iter()
                    .try_for_each(|violation| write!(f, "; {violation}"))
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, text) = match self {
            Self::Unavailable { text, .. } => ("unavailable", text),
            Self::Uncertain(text) => ("uncertain", text),
            Self::Disputed(text) => ("disputed", text),
            Self::OutsideMandate(text) => ("outside mandate", text),
            Self::NeedsPerson(text) => ("needs a person", text),
            Self::Feed(FeedError::WrongFormat(text)) => ("wrong format", text),
            Self::Feed(FeedError::NewerFormat(text)) => ("newer format", text),
        };
        write!(f, "{word}: {text}")
    }
}
