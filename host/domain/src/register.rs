//! The register of organizations (主体登记): which codes each has held, which
//! entries are one and the same organization, and what became of it.
//!
//! Comes in: rows of the market regulator's register, and the codes that feeds
//! state together. Goes out: the one subject that a row is about, or the reason
//! why nobody can say (requirement 1).
//!
//! Always holds:
//! - a code names one organization for ever. Codes are not given out twice (GB
//!   32100, 唯一), so an old code still leads to whoever held it;
//! - what leads to two subjects binds nothing until the register itself says
//!   that they are one;
//! - learning more never moves a record to another organization: it frees what
//!   was quarantined, or makes two subjects one;
//! - the order in which things were learned does not matter.
//!
//! Deliberately absent: names, which bind nothing (I7); persons' numbers, of
//! which only the subject's id is known here; and storage. A [`Register`] holds as
//! much as somebody looked up for the codes at hand.

mod claims;

mod fact;

mod learn;

mod reason;

mod resolve;

#[cfg(test)]
mod tests;

pub use claims::{Claims, Whom};
pub use fact::{Column, RegisterFact, RowFault};
pub use learn::{Change, CodeDay, Conflict, Edge, Joined, Lessons, NewOrganization};
pub use reason::{Reason, Wrong};
pub use resolve::Resolution;

use crate::{
    identifier::{Identifier, Scheme},
    ids::SubjectId,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The days between which a code was in use. They are shown and decide nothing:
/// a code that was given up still leads to the organization that had it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Term {
    /// First day; `None`: not known.
    pub from: Option<Date>,
    /// First day on which it was no longer in use; `None`: in use, or not known.
    pub until: Option<Date>,
}

/// What became of an organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// 存续、在业: it exists. Also after a move to another registrar (迁出), which
    /// keeps the code.
    Registered,
    /// 吊销: its licence is revoked. That dissolves it (民法典 第六十九条), but it
    /// exists until it is deregistered (第七十二条: 清算期间法人存续).
    Revoked,
    /// 注销: it no longer exists (民法典 第七十二条).
    Deregistered,
    /// 合并: it went up in another, which takes over its rights and duties (民法典
    /// 第六十七条).
    Merged {
        /// A code of the one that took it over.
        successor: Identifier,
    },
    /// 分立: it was dissolved into several, which answer together (民法典
    /// 第六十七条). One that lives on after a division is `Registered`.
    Divided {
        /// A code of each.
        successors: BTreeSet<Identifier>,
    },
}

impl State {
    /// The word in rows.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Revoked => "revoked",
            Self::Deregistered => "deregistered",
            Self::Merged { .. } => "merged",
            Self::Divided { .. } => "divided",
        }
    }

    /// Codes of those who took over.
    pub fn successors(&self) -> Vec<&Identifier> {
        match self {
            Self::Registered | Self::Revoked | Self::Deregistered => Vec::new(),
            Self::Merged { successor } => vec![successor],
            Self::Divided { successors } => successors.iter().collect(),
        }
    }

    /// Reads back what `code` and `successors` gave.
    pub fn from_parts(code: &str, successors: Vec<Identifier>) -> Option<Self> {
        let mut given = successors.into_iter();
        let state = match code {
            "registered" => Self::Registered,
            "revoked" => Self::Revoked,
            "deregistered" => Self::Deregistered,
            "merged" => Self::Merged {
                successor: given.next()?,
            },
            "divided" => {
                let successors: BTreeSet<_> = given.by_ref().collect();
                return (!successors.is_empty()).then_some(Self::Divided { successors });
            }
            _ => return None,
        };
        given.next().is_none().then_some(state)
    }
}

/// From this day on an organization was in this state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// First day of the state.
    pub on: Date,
    /// The state.
    pub state: State,
}

/// What is known of one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// Every code that it holds or held.
    pub codes: BTreeMap<Identifier, Term>,
    /// What became of it, day by day. Before the first of them it is taken to
    /// have existed.
    pub events: BTreeSet<Event>,
}

impl Organization {
    /// Whether it holds or held a code of this kind.
    fn has_kind(&self, scheme: Scheme) -> bool {
        self.codes.keys().any(|code| code.scheme() == scheme)
    }

    /// The events of the last day that is not after `on`: one, or several that
    /// contradict each other, or none.
    fn newest_events(&self, on: Date) -> impl Iterator<Item = &Event> {
        let days = self.events.iter().map(|event| event.on);
        let last = days.filter(|day| *day <= on).max();
        self.events
            .iter()
            .filter(move |event| Some(event.on) == last)
    }
}

/// As much of the register as was looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    holders: BTreeMap<Identifier, SubjectId>,
    /// Subjects that turned out to be another one, each with the one that stands
    /// for all: the lowest id, which has been there for longest.
    same_as: BTreeMap<SubjectId, SubjectId>,
    organizations: BTreeMap<SubjectId, Organization>,
}

impl Register {
    /// The one subject that stands for all that are the same as this.
    pub fn canonical(&self, subject: SubjectId) -> SubjectId {
        self.same_as.get(&subject).copied().unwrap_or(subject)
    }

    /// Every subject that the same one stands for, but that one.
    pub fn aliases(&self, subject: SubjectId) -> Vec<SubjectId> {
        let canonical = self.canonical(subject);
        let aliases = self.same_as.iter().filter(|(_, to)| **to == canonical);
        aliases.map(|(alias, _)| *alias).collect()
    }

    /// The subject that holds or held a code.
    pub fn holder(&self, code: &Identifier) -> Option<SubjectId> {
        self.holders
            .get(code)
            .map(|subject| self.canonical(*subject))
    }

    /// What is known of a subject, under whichever of its ids.
    pub fn organization(&self, subject: SubjectId) -> Option<&Organization> {
        self.organizations.get(&self.canonical(subject))
    }

    /// Takes in that a subject has a code. A code that somebody has already stays
    /// with its holder; days widen those that are known.
    pub fn hold(&mut self, subject: SubjectId, code: Identifier, term: Term) {
        let holder = *self.holders.entry(code.clone()).or_insert(subject);
        let known = self.entry(holder).codes.entry(code).or_default();
        known.from = known.from.into_iter().chain(term.from).min();
        known.until = known.until.into_iter().chain(term.until).max();
    }

    /// Takes in what became of a subject.
    pub fn happened(&mut self, subject: SubjectId, event: Event) {
        self.entry(subject).events.insert(event);
    }

    /// Takes in that two subjects are one. Gives every subject for which another
    /// one stands from now on; none where all of it was known.
    pub fn join(&mut self, one: SubjectId, other: SubjectId) -> Vec<Joined> {
        let (one, other) = (self.canonical(one), self.canonical(other));
        let (same_as, alias) = (one.min(other), one.max(other));
        if alias == same_as {
            return Vec::new();
        }
        let mut aliases = self.aliases(alias);
        aliases.push(alias);
        let moved = self.organizations.remove(&alias).unwrap_or_default();
        let stays = self.organizations.entry(same_as).or_default();
        stays.codes.extend(moved.codes);
        stays.events.extend(moved.events);
        for alias in &aliases {
            self.same_as.insert(*alias, same_as);
        }
        let joined = |alias| Joined { alias, same_as };
        aliases.into_iter().map(joined).collect()
    }

    /// Every code that was named as that of a successor.
    pub fn successors(&self) -> impl Iterator<Item = &Identifier> {
        self.organizations
            .values()
            .flat_map(|organization| &organization.events)
            .flat_map(|event| event.state.successors())
    }

    fn entry(&mut self, subject: SubjectId) -> &mut Organization {
        let canonical = self.canonical(subject);
        self.organizations.entry(canonical).or_default()
    }
}

/// A code and, in a unified code, the organization code inside it: whoever has
/// the one has the other (GB 32100-2015, places 9 to 17).
pub fn with_inner(code: Identifier) -> impl Iterator<Item = Identifier> {
    let inner = code.inner_organization_code();
    std::iter::once(code).chain(inner)
}
