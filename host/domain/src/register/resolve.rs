//! From what a row claims to the one subject it is about (统一记于…名下).
//!
//! Comes in: claims, the day of the decision, the register. Goes out: one known
//! subject and the codes that are new of it, a new one, or the reason why
//! neither. Always holds: nothing is guessed; the answer does not depend on the
//! order of the codes.
//!
//! Who answers on which day:
//! - decided before a merger: the old organization, which did it;
//! - decided from the day of the merger on, under the old code: the one that took
//!   over, since its rights and duties passed on that day (民法典 第六十七条);
//! - decided from the day of deregistration on: nobody; the decision names
//!   somebody who no longer exists, and a person has to look;
//! - licence revoked: the organization itself, which exists until deregistered.
//!
//! The day that the register names is the first day of the new state, in all of
//! these alike.

use super::{Claims, Reason, Register, State, Whom};
use crate::{
    identifier::{Identifier, Scheme},
    ids::SubjectId,
};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Whom a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// A subject of the register.
    One {
        /// Under the id that stands for all that are the same.
        subject: SubjectId,
        /// Codes that the row teaches of it.
        new: BTreeSet<Identifier>,
    },
    /// An organization that the register does not have, with these codes.
    New(BTreeSet<Identifier>),
    /// Nobody can say.
    Quarantine(Reason),
}

impl Register {
    /// The subject that a row is about.
    pub fn resolve(&self, claims: &Claims, decided_on: Date) -> Resolution {
        match claims.whom() {
            Ok(Whom::Person(subject)) => Resolution::One {
                subject,
                new: BTreeSet::new(),
            },
            Ok(Whom::Organization(codes)) => self.resolve_codes(&codes, decided_on),
            Err(reason) => Resolution::Quarantine(reason),
        }
    }

    /// The organization that a row with these codes is about.
    pub fn resolve_codes(&self, codes: &BTreeSet<Identifier>, decided_on: Date) -> Resolution {
        let holders: BTreeSet<SubjectId> =
            codes.iter().filter_map(|code| self.holder(code)).collect();
        let new: BTreeSet<Identifier> = codes
            .iter()
            .filter(|code| self.holder(code).is_none())
            .cloned()
            .collect();
        if let Some(scheme) = two_of_one_kind(&new) {
            return Resolution::Quarantine(Reason::TwoOfOneKind(scheme));
        }
        let mut holders = holders.into_iter();
        match (holders.next(), holders.next()) {
            (None, _) => Resolution::New(new),
            (Some(holder), None) => self.of_one_holder(holder, new, decided_on),
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(holders);
                self.of_several_holders(all, &new, decided_on)
            }
        }
    }

    /// What the register is asked when these codes are resolved: they, and the
    /// codes of all successors. A line that waits is tried again when something is
    /// learned of one of them.
    pub fn asked(&self, codes: &BTreeSet<Identifier>) -> BTreeSet<Identifier> {
        let mut asked = BTreeSet::new();
        let mut open: Vec<&Identifier> = codes.iter().collect();
        while let Some(code) = open.pop() {
            if !asked.insert(code.clone()) {
                continue;
            }
            let organization = self.holder(code).and_then(|held| self.organization(held));
            let events = organization.into_iter().flat_map(|known| &known.events);
            open.extend(events.flat_map(|event| event.state.successors()));
        }
        asked
    }

    /// Whether a record that is bound to one subject may be restated under what
    /// now resolves to another: only where the two are one. A record never moves.
    ///
    /// # Errors
    /// [`Reason::OtherSubject`].
    pub fn stays(&self, bound: SubjectId, resolved: SubjectId) -> Result<(), Reason> {
        match self.canonical(bound) == self.canonical(resolved) {
            true => Ok(()),
            false => Err(Reason::OtherSubject),
        }
    }

    fn of_one_holder(
        &self,
        holder: SubjectId,
        new: BTreeSet<Identifier>,
        decided_on: Date,
    ) -> Resolution {
        let held = self.organization(holder);
        let taken = |code: &&Identifier| held.is_some_and(|held| held.has_kind(code.scheme()));
        if let Some(code) = new.iter().find(taken) {
            return Resolution::Quarantine(Reason::AnotherOfKind(code.scheme()));
        }
        match self.answers_for(holder, decided_on) {
            Ok(subject) if subject == holder => Resolution::One { subject, new },
            // A row under the code of one that is gone teaches nothing: a code
            // that is new could be of either.
            Ok(subject) => Resolution::One {
                subject,
                new: BTreeSet::new(),
            },
            Err(reason) => Resolution::Quarantine(reason),
        }
    }

    /// An old code beside its successor's is no contradiction, once the one
    /// answers for the other.
    fn of_several_holders(
        &self,
        holders: impl Iterator<Item = SubjectId>,
        new: &BTreeSet<Identifier>,
        decided_on: Date,
    ) -> Resolution {
        let answering: Result<BTreeSet<SubjectId>, Reason> = holders
            .map(|holder| self.answers_for(holder, decided_on))
            .collect();
        let mut answering = answering.unwrap_or_default().into_iter();
        match (answering.next(), answering.next()) {
            (Some(subject), None) if new.is_empty() => Resolution::One {
                subject,
                new: BTreeSet::new(),
            },
            (_, _) => Resolution::Quarantine(Reason::DifferentSubjects),
        }
    }

    /// Who answers, from this day on, for what is said of a subject.
    fn answers_for(&self, subject: SubjectId, decided_on: Date) -> Result<SubjectId, Reason> {
        let mut at = subject;
        let mut seen = BTreeSet::new();
        while seen.insert(at) {
            let known = self.organization(at);
            let mut newest = known
                .into_iter()
                .flat_map(|known| known.newest_events(decided_on));
            let Some(event) = newest.next() else {
                return Ok(at);
            };
            let on = event.on;
            if newest.next().is_some() {
                return Err(Reason::StatesDisagree { on });
            }
            match &event.state {
                State::Registered | State::Revoked => return Ok(at),
                State::Deregistered => return Err(Reason::Deregistered { on }),
                State::Divided { successors } => {
                    let successors = successors.iter().cloned().collect();
                    return Err(Reason::Divided { on, successors });
                }
                State::Merged { successor } => {
                    let unknown = || Reason::SuccessorUnknown {
                        successor: successor.clone(),
                    };
                    at = self.holder(successor).ok_or_else(unknown)?;
                }
            }
        }
        Err(Reason::SuccessorsInCircle)
    }
}

/// The kind of which there are two codes, if any.
fn two_of_one_kind(codes: &BTreeSet<Identifier>) -> Option<Scheme> {
    // Codes of one kind stand side by side.
    let mut pairs = codes.iter().zip(codes.iter().skip(1));
    pairs
        .find(|(one, next)| one.scheme() == next.scheme())
        .map(|(one, _)| one.scheme())
}
