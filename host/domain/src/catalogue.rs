//! The catalogue: legal bases, collection items (征集目录), measures (惩戒与激励
//! 措施) and mandates (权责), as data with dates.
//!
//! Comes in: TOML text. Goes out: a `Catalogue` every entry of which obeys the
//! rules, or every rule broken with the line where it is broken. Always holds: a
//! basis carries only what its level can carry; an entry that nobody has
//! verified is a `draft` and cannot be dispatched.
//!
//! Deliberately absent: defaults. What the law wants named is named in the data.

mod load;

pub use load::{CatalogueError, Fault, forbidden_field, load};

use crate::record::{Citation, Disclosure};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How high a basis stands (`facts.md`, 国办发〔2020〕49号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 法律.
    Law,
    /// 行政法规.
    AdministrativeRegulation,
    /// 地方性法规.
    LocalRegulation,
    /// 党中央、国务院政策: issued in the name of the Central Committee, the State
    /// Council or their General Offices.
    CentralPolicy,
    /// 司法解释: passes only together with its parent law.
    JudicialInterpretation,
    /// 部门规章: may carry a list, never a measure that takes a right away.
    DepartmentalRule,
    /// 规范性文件、备忘录: incentives and classification only.
    NormativeDocument,
}

/// What a measure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 惩戒: takes something away.
    Sanction,
    /// 激励: gives something.
    Incentive,
    /// 分类管理: organizations only (I1).
    Classification,
    /// 名单: entry on a list.
    List,
}

impl Kind {
    /// Whether it weighs on the subject, so that notice, hearing and remedies are due.
    pub fn is_adverse(self) -> bool {
        match self {
            Self::Sanction | Self::Classification | Self::List => true,
            Self::Incentive => false,
        }
    }

    /// Whether a basis of this level can carry it by itself.
    pub fn is_carried_by(self, level: Level) -> bool {
        match (self, level) {
            (
                _,
                Level::Law
                | Level::AdministrativeRegulation
                | Level::LocalRegulation
                | Level::CentralPolicy,
            ) => true,
            (Self::Sanction | Self::List, Level::NormativeDocument)
            | (Self::Sanction, Level::DepartmentalRule)
            | (_, Level::JudicialInterpretation) => false,
            (Self::List | Self::Incentive | Self::Classification, Level::DepartmentalRule)
            | (Self::Incentive | Self::Classification, Level::NormativeDocument) => true,
        }
    }
}

/// How far an entry has been checked against its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// The article was read in a full text.
    FullText,
    /// Seen in an excerpt.
    Excerpt,
    /// Not verified: the entry stays a draft.
    No,
}

/// Whom an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// 法人和非法人组织.
    Organization,
    /// 自然人.
    Person,
}

impl SubjectKind {
    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Person => "person",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Organization, Self::Person]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A legal basis or a published standard, with the days between which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// Code in the register.
    pub code: String,
    /// The citation, verbatim.
    pub citation: String,
    /// Who issued it.
    pub issuer: String,
    /// How high it stands.
    pub level: Level,
    /// First day in force.
    pub in_force_from: Date,
    /// First day no longer in force.
    pub repealed_on: Option<Date>,
}

impl Basis {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, on: Date) -> bool {
        self.in_force_from <= on && self.repealed_on.is_none_or(|end| on < end)
    }

    /// As an order cites it.
    pub fn citation(&self) -> Citation {
        Citation {
            code: Some(self.code.clone()),
            text: self.citation.clone(),
        }
    }
}

/// An item that may be collected. What is not in it is rejected (requirement 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Code, such as `TAX-PENALTY`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Which department provides it.
    pub provider: String,
    /// Of whom it may be collected.
    pub subjects: Vec<SubjectKind>,
    /// The widest class that a record of it may have.
    pub disclosure: Disclosure,
    /// Whether it weighs on the subject; then a record of it cites a basis.
    pub adverse: bool,
    /// Codes of the fields that may be collected.
    pub fields: Vec<String>,
}

/// The longest a measure may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Term {
    /// Whole years.
    pub years: i16,
    /// Whole months, beside the years.
    pub months: i16,
}

impl Term {
    /// The last day of a measure that starts on this day and lasts the whole term.
    pub fn last_day(&self, starts_on: Date) -> Option<Date> {
        let span = jiff::Span::new()
            .try_years(self.years)
            .ok()?
            .try_months(self.months)
            .ok()?;
        starts_on.checked_add(span).ok()?.yesterday().ok()
    }
}

/// One measure that a department can be asked to carry out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// Code, such as `L-TAX-02`.
    pub code: String,
    /// Its title, for people.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// How far the entry has been checked.
    pub verified: Verified,
    /// Whom it may touch.
    pub subjects: Vec<SubjectKind>,
    /// The department that carries it out.
    pub executor: String,
    /// Codes of its bases.
    pub bases: Vec<String>,
    /// Codes of the items of which a record can trigger it.
    pub triggers: Vec<String>,
    /// The longest it may last.
    pub term: Term,
    /// Days between the notice and the measure in which the subject may state
    /// and defend its case (陈述申辩). 0 only for incentives.
    pub hearing_days: u32,
    /// Remedies, as the notice names them (行政处罚法 44, 59(5)).
    pub remedies: Vec<String>,
    /// How it can be ended early, as the notice names it.
    pub early_exit: String,
    /// Whether the catalogue entry has been filed with the provincial office
    /// (requirement 33), and when.
    pub filed_on: Option<Date>,
}

/// A department's own power to carry a measure out (requirement 29).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mandate {
    /// The department.
    pub department: String,
    /// Code of the measure.
    pub measure: String,
    /// From where the power comes.
    pub source: String,
    /// First day.
    pub from: Date,
    /// First day without it.
    pub until: Option<Date>,
}

/// One edition of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    /// Names of the editions loaded, in order.
    pub editions: Vec<String>,
    /// Bases by code.
    pub bases: BTreeMap<String, Basis>,
    /// Items by code.
    pub items: BTreeMap<String, Item>,
    /// Measures by code.
    pub measures: BTreeMap<String, Measure>,
    /// Mandates.
    pub mandates: Vec<Mandate>,
}

impl Catalogue {
    /// The bases of a measure that are in force on a day.
    pub fn bases_in_force<'a>(
        &'a self,
        measure: &'a Measure,
        on: Date,
    ) -> impl Iterator<Item = &'a Basis> {
        measure
            .bases
            .iter()
            .filter_map(|code| self.bases.get(code))
            .filter(move |basis| basis.is_in_force(on))
    }

    /// Whether the bases together carry the measure on a day: one whose level
    /// suffices. A judicial interpretation adds nothing by itself, since it
    /// passes only with its parent law, and that law carries alone.
    pub fn is_carried(&self, measure: &Measure, on: Date) -> bool {
        self.bases_in_force(measure, on)
            .any(|basis| measure.kind.is_carried_by(basis.level))
    }
}
