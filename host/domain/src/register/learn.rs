//! What a fact of the register adds to what is known.
//!
//! Comes in: a fact, and as much of the register as its codes touch. Goes out:
//! lessons, which are the rows to be written. Always holds: nothing that was
//! learned is unlearned; the same fact again teaches nothing; two subjects become
//! one only where their organization codes allow it, since two organizations that
//! were made one by a slip of the pen could never be told apart again.
//!
//! Deliberately absent: unlearning. A wrong row of the register is for a person.

use super::{Event, Register, RegisterFact, Term};
use crate::{
    identifier::{Identifier, Scheme},
    ids::SubjectId,
};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// An organization that the register does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganization {
    /// Its id, made by the caller.
    pub id: SubjectId,
    /// Its name, for people to read.
    pub name: Option<String>,
    /// Code of its region, where known.
    pub region: Option<String>,
}

/// Which end of a code's use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// First day.
    From,
    /// First day on which it was no longer in use.
    Until,
}

impl Edge {
    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::Until => "until",
        }
    }
}

/// A day on which the use of a code began or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDay {
    /// The code.
    pub code: Identifier,
    /// Which end.
    pub edge: Edge,
    /// The day.
    pub on: Date,
}

/// A subject that turned out to be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// This one.
    pub alias: SubjectId,
    /// Is that one, which stands for both from now on.
    pub same_as: SubjectId,
}

/// What is new, for the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lessons {
    /// Organizations.
    pub organizations: Vec<NewOrganization>,
    /// Codes, of those and of others.
    pub codes: Vec<(SubjectId, Identifier)>,
    /// Days of codes.
    pub days: Vec<CodeDay>,
    /// Subjects made one.
    pub joined: Vec<Joined>,
    /// What became of organizations.
    pub events: Vec<(SubjectId, Event)>,
}

impl Lessons {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let Self {
            organizations,
            codes,
            days,
            joined,
            events,
        } = self;
        organizations.is_empty()
            && codes.is_empty()
            && days.is_empty()
            && joined.is_empty()
            && events.is_empty()
    }

    /// Every code of the organizations of which something was learned: what waits
    /// for one of them is tried again. Days of codes decide nothing.
    pub fn touched(&self, register: &Register) -> BTreeSet<Identifier> {
        let codes = self.codes.iter().map(|(subject, _)| *subject);
        let joined = self.joined.iter().map(|joined| joined.same_as);
        let events = self.events.iter().map(|(subject, _)| *subject);
        let subjects: BTreeSet<SubjectId> = codes.chain(joined).chain(events).collect();
        subjects
            .into_iter()
            .filter_map(|subject| register.organization(subject))
            .flat_map(|organization| organization.codes.keys().cloned())
            .collect()
    }
}

/// What a fact changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// An organization that was not known.
    New,
    /// Something about a known one.
    More {
        /// So many other subjects turned out to be it.
        joined: usize,
    },
    /// Nothing: all of it was known.
    Nothing,
}

/// Why a fact was not taken: it contradicts what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Its codes lead to subjects with different organization codes, of which
    /// none is said to be a former one.
    TwoOrganizationCodes,
    /// Another state began on the same day.
    AnotherState {
        /// The day.
        on: Date,
    },
}

impl Conflict {
    /// The code of the rule.
    pub fn rule(self) -> &'static str {
        match self {
            Self::TwoOrganizationCodes => "codes-of-two",
            Self::AnotherState { .. } => "another-state",
        }
    }

    /// In Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::TwoOrganizationCodes => {
                "各代码所指主体的组织机构代码不同；确为换码的，请填写原代码和赋码日期".to_owned()
            }
            Self::AnotherState { on } => {
                format!("该主体{on}已登记为另一状态；请向登记机关核实")
            }
        }
    }

    /// In English.
    pub fn en(self) -> String {
        match self {
            Self::TwoOrganizationCodes => {
                "the codes lead to subjects with different organization codes; if the code was \
                 changed, name the old one under former_codes, with its day under coded_on"
                    .to_owned()
            }
            Self::AnotherState { on } => {
                format!("another state of {on} is known already; ask the registrar which is right")
            }
        }
    }
}

impl Register {
    /// Takes in a fact, and adds what is new to the lessons. `id` is for an
    /// organization that is not known yet.
    ///
    /// # Errors
    /// [`Conflict`]; nothing is learned then.
    pub fn learn(
        &mut self,
        fact: &RegisterFact,
        id: SubjectId,
        lessons: &mut Lessons,
    ) -> Result<Change, Conflict> {
        let known: BTreeSet<SubjectId> = fact
            .codes
            .union(&fact.former)
            .filter_map(|code| self.holder(code))
            .collect();
        self.one_organization_code(fact, &known)?;
        self.one_state_a_day(fact, &known)?;
        let subject = known.first().copied().unwrap_or(id);
        if known.is_empty() {
            lessons.organizations.push(NewOrganization {
                id,
                name: fact.name.clone(),
                region: fact.region.clone(),
            });
        }
        let mut more = known.len() > 1;
        for other in &known {
            lessons.joined.extend(self.join(subject, *other));
        }
        more |= self.learn_codes(fact, subject, lessons);
        more |= self.learn_event(fact, subject, lessons);
        Ok(match (known.is_empty(), more) {
            (true, _) => Change::New,
            (false, true) => Change::More {
                joined: known.len() - 1,
            },
            (false, false) => Change::Nothing,
        })
    }

    /// Takes in what a row of a feed taught: the codes that it states together.
    pub fn learn_from_feed(
        &mut self,
        subject: SubjectId,
        codes: impl IntoIterator<Item = Identifier>,
        lessons: &mut Lessons,
    ) {
        for code in codes {
            self.hold(subject, code.clone(), Term::default());
            lessons.codes.push((subject, code));
        }
    }

    /// An organization code is an organization's own (GB 11714), so two in use at
    /// the same time are two organizations.
    fn one_organization_code(
        &self,
        fact: &RegisterFact,
        known: &BTreeSet<SubjectId>,
    ) -> Result<(), Conflict> {
        let held = known
            .iter()
            .filter_map(|subject| self.organization(*subject))
            .flat_map(|organization| &organization.codes);
        let (in_use, given_up): (Vec<_>, Vec<_>) = held.partition(|(_, term)| term.until.is_none());
        let given_up: BTreeSet<&Identifier> = given_up.into_iter().map(|(code, _)| code).collect();
        let in_use: BTreeSet<&Identifier> = in_use
            .into_iter()
            .map(|(code, _)| code)
            .chain(&fact.codes)
            .filter(|code| code.scheme() == Scheme::OrganizationCode)
            .filter(|code| !fact.former.contains(code) && !given_up.contains(code))
            .collect();
        match in_use.len() {
            0 | 1 => Ok(()),
            _ => Err(Conflict::TwoOrganizationCodes),
        }
    }

    fn one_state_a_day(
        &self,
        fact: &RegisterFact,
        known: &BTreeSet<SubjectId>,
    ) -> Result<(), Conflict> {
        let Some(event) = &fact.event else {
            return Ok(());
        };
        let mut events = known
            .iter()
            .filter_map(|subject| self.organization(*subject))
            .flat_map(|organization| &organization.events);
        match events.any(|other| other.on == event.on && other.state != event.state) {
            true => Err(Conflict::AnotherState { on: event.on }),
            false => Ok(()),
        }
    }

    fn learn_codes(
        &mut self,
        fact: &RegisterFact,
        subject: SubjectId,
        lessons: &mut Lessons,
    ) -> bool {
        let mut more = false;
        for code in fact.codes.union(&fact.former) {
            if self.holder(code).is_none() {
                self.learn_from_feed(subject, [code.clone()], lessons);
                more = true;
            }
            let (edge, on) = match (fact.coded_on, fact.former.contains(code), code.scheme()) {
                (Some(on), true, _) => (Edge::Until, on),
                (Some(on), false, Scheme::Uscc) => (Edge::From, on),
                (_, _, _) => continue,
            };
            more |= self.learn_day(subject, code, edge, on, lessons);
        }
        more
    }

    /// The widest term that anybody named stands.
    fn learn_day(
        &mut self,
        subject: SubjectId,
        code: &Identifier,
        edge: Edge,
        on: Date,
        lessons: &mut Lessons,
    ) -> bool {
        let known = self
            .organization(subject)
            .and_then(|known| known.codes.get(code).copied())
            .unwrap_or_default();
        let (widens, term) = match edge {
            Edge::From => (
                known.from.is_none_or(|from| on < from),
                Term {
                    from: Some(on),
                    until: None,
                },
            ),
            Edge::Until => (
                known.until.is_none_or(|until| on > until),
                Term {
                    from: None,
                    until: Some(on),
                },
            ),
        };
        if widens {
            self.hold(subject, code.clone(), term);
            lessons.days.push(CodeDay {
                code: code.clone(),
                edge,
                on,
            });
        }
        widens
    }

    fn learn_event(
        &mut self,
        fact: &RegisterFact,
        subject: SubjectId,
        lessons: &mut Lessons,
    ) -> bool {
        let Some(event) = &fact.event else {
            return false;
        };
        let known = self
            .organization(subject)
            .is_some_and(|known| known.events.contains(event));
        if !known {
            self.happened(subject, event.clone());
            lessons.events.push((subject, event.clone()));
        }
        !known
    }
}
