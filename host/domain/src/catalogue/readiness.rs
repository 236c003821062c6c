//! Whether anything can run under an entry of the catalogue, and what it lacks.
//!
//! Comes in: a measure and the catalogue. Goes out: what it lacks, for the clerk
//! who completes it. Deliberately absent: a day and a case. The gates ask about
//! those.

use super::{Catalogue, HumanGate, Measure, Verified};
use serde::Serialize;

/// What keeps an entry from being dispatched, whatever the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// Nobody has read the article it rests on.
    NotVerified,
    /// It is held back although it was read.
    HeldBack,
    /// It is not filed with the provincial office (requirement 33).
    NotFiled,
    /// Its executor has no mandate for it while its edition is in force
    /// (requirement 29).
    NoMandate,
}

impl Lack {
    /// The word in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotVerified => "not-verified",
            Self::HeldBack => "held-back",
            Self::NotFiled => "not-filed",
            Self::NoMandate => "no-mandate",
        }
    }
}

/// What can become of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// Orders can be made under it.
    Dispatchable,
    /// Complete, but people carry it out and no machine does (requirement 25).
    Referral,
    /// A draft: its law has not been settled.
    Draft,
    /// Lawful, but not filed or without a mandate.
    Idle,
}

impl Readiness {
    /// The word in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dispatchable => "dispatchable",
            Self::Referral => "referral",
            Self::Draft => "draft",
            Self::Idle => "idle",
        }
    }
}

impl Catalogue {
    /// What an entry lacks. Of a draft nothing further is asked.
    pub fn lacks(&self, measure: &Measure) -> Vec<Lack> {
        if measure.held.is_some() {
            return vec![Lack::HeldBack];
        }
        if measure.verified == Verified::No {
            return vec![Lack::NotVerified];
        }
        let edition = &self.editions[measure.edition];
        let mut mandates = self.mandates.get(&measure.code).into_iter().flatten();
        let has_mandate = mandates.any(|mandate| {
            mandate.department == measure.executor && edition.overlaps(mandate.from, mandate.until)
        });
        [
            (measure.filed_on.is_none(), Lack::NotFiled),
            (!has_mandate, Lack::NoMandate),
        ]
        .into_iter()
        .filter_map(|(lacks, what)| lacks.then_some(what))
        .collect()
    }

    /// What can become of an entry.
    pub fn readiness(&self, measure: &Measure) -> Readiness {
        if measure.is_draft() {
            return Readiness::Draft;
        }
        if !self.lacks(measure).is_empty() {
            return Readiness::Idle;
        }
        match measure.human_gate {
            HumanGate::Official | HumanGate::SecondOfficial => Readiness::Dispatchable,
            HumanGate::Referral => Readiness::Referral,
        }
    }
}
