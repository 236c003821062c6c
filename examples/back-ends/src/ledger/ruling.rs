//! What an official of the department has ruled on a step before it acts.
//!
//! In comes a code with its reason; out goes whether the step acts and what is
//! told of it. Always: a ruling is made once, and kept with its step. Absent: the
//! grounds; the switch for misbehaviour gives them.

use super::{LedgerError, Tx};

/// How far a step is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// As it was asked.
    Whole,
    /// In part; why not the rest.
    Partly(String),
    /// Not, and not later either; why.
    Refused(String),
    /// Not: the order is thought wrong; why.
    Disputed(String),
    /// Not: no measure of this department; in words.
    OutsideMandate(String),
}

impl Ruling {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Partly(_) => "partly",
            Self::Refused(_) => "refused",
            Self::Disputed(_) => "disputed",
            Self::OutsideMandate(_) => "outside-mandate",
        }
    }

    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Whole => None,
            Self::Partly(why)
            | Self::Refused(why)
            | Self::Disputed(why)
            | Self::OutsideMandate(why) => Some(why),
        }
    }

    pub(super) fn acts(&self) -> bool {
        matches!(self, Self::Whole | Self::Partly(_))
    }

    /// What is told of a step that has acted.
    pub(super) fn state_when_done(&self) -> &'static str {
        if *self == Self::Whole {
            "done"
        } else {
            self.code()
        }
    }
}

/// The ruling kept with a step.
pub(super) async fn of(tx: &mut Tx, key: &str) -> Result<Ruling, LedgerError> {
    let (code, reason): (String, Option<String>) =
        sqlx::query_as("SELECT ruling, ruling_reason FROM steps WHERE key = ?")
            .bind(key)
            .fetch_one(&mut **tx)
            .await?;
    let reason = reason.unwrap_or_default();
    Ok(match code.as_str() {
        "partly" => Ruling::Partly(reason),
        "refused" => Ruling::Refused(reason),
        "disputed" => Ruling::Disputed(reason),
        "outside-mandate" => Ruling::OutsideMandate(reason),
        // The table admits five codes.
        _ => Ruling::Whole,
    })
}
