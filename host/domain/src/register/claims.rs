//! Whom the identifiers of a row name, before the register is asked.
//!
//! Comes in: each identifier as the row gives it; a person only as the subject
//! behind a token. Goes out: an organization's codes, a person, or why neither.
//! Always holds: a code that breaks a rule names nobody, and never makes a row
//! that names a person the person's.

use super::{Reason, Wrong, with_inner};
use crate::{
    identifier::{Identifier, Scheme},
    ids::SubjectId,
};
use std::collections::BTreeSet;

/// What a row claims, identifier by identifier. The order does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    codes: BTreeSet<Identifier>,
    people: BTreeSet<SubjectId>,
    wrong: Vec<Wrong>,
}

/// Whom a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The organization with these codes.
    Organization(BTreeSet<Identifier>),
    /// This person.
    Person(SubjectId),
}

impl Claims {
    /// A code as it was written. A unified code claims its organization code too.
    pub fn code(&mut self, scheme: Scheme, written: &str) {
        match Identifier::parse(scheme, written) {
            Ok(code) => self.codes.extend(with_inner(code)),
            Err(error) => self.wrong.push(Wrong::Code(error)),
        }
    }

    /// What stood in the place of a code had the form of an identity number and
    /// was masked; `may_be_code`: it passes for a code as well.
    pub fn masked(&mut self, may_be_code: bool) {
        self.wrong.push(match may_be_code {
            true => Wrong::CodeOrNumber,
            false => Wrong::NumberForCode,
        });
    }

    /// A person by token: the subject behind it, if the token is the plugin's own.
    /// `bindable` is false where the number breaks a rule of GB 11643.
    pub fn person(&mut self, behind: Option<SubjectId>, bindable: bool) {
        match behind {
            Some(subject) if bindable => {
                self.people.insert(subject);
            }
            Some(_) => self.wrong.push(Wrong::PersonNumber),
            None => self.wrong.push(Wrong::Token),
        }
    }

    /// The codes that name an organization.
    pub fn codes(&self) -> &BTreeSet<Identifier> {
        &self.codes
    }

    /// Whom all of it together names.
    ///
    /// # Errors
    /// Nobody, or more than one could be meant. A wrong code beside a right one is
    /// passed over: the right one names its holder by itself.
    pub fn whom(&self) -> Result<Whom, Reason> {
        let mut people = self.people.iter();
        match (self.codes.is_empty(), people.next(), people.next()) {
            (false, None, _) => Ok(Whom::Organization(self.codes.clone())),
            (false, Some(_), _) => Err(Reason::OrganizationAndPerson),
            (true, Some(_), Some(_)) => Err(Reason::SeveralPersons),
            (true, Some(person), None) if self.wrong.is_empty() => Ok(Whom::Person(*person)),
            (true, None, _) if self.wrong.is_empty() => Err(Reason::NoIdentifier),
            (true, Some(_), None) | (true, None, _) => {
                let mut wrong = self.wrong.clone();
                wrong.sort_by_key(|wrong| wrong.en());
                Err(Reason::Unbindable(wrong))
            }
        }
    }
}
