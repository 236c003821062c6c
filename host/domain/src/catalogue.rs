//! The catalogue: legal bases, collection directories (征集目录), measures (惩戒与
//! 激励措施), lists, notice forms, limits and mandates (权责), as data with dates.
//!
//! Comes in: TOML text. Goes out: a `Catalogue` every entry of which obeys the
//! rules, or every rule broken with the line where it is broken. Always holds: a
//! basis carries only what its level can carry; an entry that nobody has
//! verified is a draft and cannot be dispatched; on any day at most one edition
//! of a series is in force.
//!
//! Deliberately absent: defaults. What the law wants named is named in the data.

mod basis;
mod edition;
mod fields;
mod item;
mod load;
mod measure;
mod readiness;
mod repair;

pub use crate::fault::Fault;
pub use crate::list::{Colour, ExitKind, List, Scope};
pub use basis::{Basis, Level, Verified};
pub use edition::{Consequence, Edition, OrderInForce, Reason};
pub use fields::{consent_field, forbidden_field, ranking_field};
pub use item::{Item, Sort};
pub use load::{CatalogueError, load};
pub use measure::{HumanGate, Kind, Measure, Period, Proof, Repair, Restricts, Role, Seriousness};
pub use readiness::{Lack, Readiness};

use crate::span::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whom an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A closed domain in which sanctions may be triggered (requirement 21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Code: `market-order`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Code of the basis that names it.
    pub basis: String,
}

/// A form by which a subject is told (告知书), with what it must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeForm {
    /// Code: `administrative`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Time to state one's case (陈述申辩); absent only where nothing weighs.
    pub hearing: Option<Span>,
    /// Remedies, as the notice names them (行政处罚法 44, 59(5)).
    pub remedies: Vec<String>,
    /// The same in English.
    pub remedies_en: Vec<String>,
}

/// A limit of time that the law sets for the house itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitCode {
    /// 双公示 after conclusion (requirement 12).
    PublishWithin,
    /// Withdrawing what was overturned (行政处罚法 48).
    WithdrawWithin,
    /// Until a published notice counts as served (公告送达).
    ServedByPublication,
    /// The provider's answer to an objection (requirement 36).
    ObjectionAnswer,
    /// Between two reviews of a measure without an end date (I2).
    ReviewAtMost,
    /// Without adverse record, for the green channel (requirement 17).
    CleanRecord,
    /// How long minor conduct is shown (order 36).
    PublicityMinor,
    /// How long general conduct is shown.
    PublicityGeneral,
    /// How long serious conduct is shown.
    PublicitySerious,
    /// How long adverse information on a person is kept after the conduct ended
    /// (征信业管理条例 第十六条).
    Retention,
}

impl LimitCode {
    /// The word in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::PublishWithin => "publish-within",
            Self::WithdrawWithin => "withdraw-within",
            Self::ServedByPublication => "served-by-publication",
            Self::ObjectionAnswer => "objection-answer",
            Self::ReviewAtMost => "review-at-most",
            Self::CleanRecord => "clean-record",
            Self::PublicityMinor => "publicity-minor",
            Self::PublicityGeneral => "publicity-general",
            Self::PublicitySerious => "publicity-serious",
            Self::Retention => "retention",
        }
    }

    /// How long conduct of this gravity is shown.
    pub fn publicity(seriousness: Seriousness) -> Self {
        match seriousness {
            Seriousness::Minor => Self::PublicityMinor,
            Seriousness::General => Self::PublicityGeneral,
            Seriousness::Serious => Self::PublicitySerious,
        }
    }
}

/// A limit with its days in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Which.
    pub code: LimitCode,
    /// No shorter than this, where the law says so.
    pub at_least: Option<Span>,
    /// No longer than this.
    pub at_most: Span,
    /// Code of its basis.
    pub basis: String,
    /// First day in force.
    pub from: Date,
    /// First day no longer in force.
    pub until: Option<Date>,
}

/// A department's own power to carry a measure out (requirement 29).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Something that only a person can settle; the loader reports it and never
/// resolves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The file, as it was named.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Code of the entry.
    pub code: String,
    /// Index of its edition in the catalogue.
    pub edition: usize,
    /// What it is.
    pub sort: RemarkSort,
    /// In words.
    pub text: String,
}

/// Sorts of remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkSort {
    /// The entry is a draft and cannot be dispatched.
    Draft,
    /// Two rules in force contradict each other.
    Conflict,
    /// No mandate, no filing, or something else without which nothing runs.
    Idle,
}

impl RemarkSort {
    /// The word in tables and messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Conflict => "conflict",
            Self::Idle => "idle",
        }
    }
}

/// Everything loaded, all editions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    /// Editions, by series and first day.
    pub editions: Vec<Edition>,
    /// Bases by code.
    pub bases: BTreeMap<String, Basis>,
    /// Trigger domains by code.
    pub domains: BTreeMap<String, Domain>,
    /// Notice forms by code.
    pub notices: BTreeMap<String, NoticeForm>,
    /// Limits, by code and first day.
    pub limits: Vec<Limit>,
    /// Lists by code.
    pub lists: BTreeMap<String, List>,
    /// Items by code: both directories, an entry an edition, the oldest first.
    pub items: BTreeMap<String, Vec<Item>>,
    /// Measures by code: an entry an edition, the oldest first.
    pub measures: BTreeMap<String, Vec<Measure>>,
    /// Mandates, by code of the measure.
    pub mandates: BTreeMap<String, Vec<Mandate>>,
    /// What only a person can settle.
    pub remarks: Vec<Remark>,
    /// Codes of the measures that an item can trigger, in any edition. The loader
    /// writes it from `measures`.
    #[serde(skip)]
    triggers: BTreeMap<String, Vec<String>>,
}

impl Catalogue {
    /// The measure as the edition in force on a day has it.
    pub fn measure(&self, code: &str, on: Date) -> Option<&Measure> {
        let editions = self.measures.get(code)?;
        editions
            .iter()
            .find(|measure| self.editions[measure.edition].is_in_force(on))
    }

    /// The item of a directory as the edition in force on a day has it.
    pub fn item(&self, code: &str, directory: SubjectKind, on: Date) -> Option<&Item> {
        self.items
            .get(code)?
            .iter()
            .find(|item| item.directory == directory && self.editions[item.edition].is_in_force(on))
    }

    /// The limit in force on a day.
    pub fn limit(&self, code: LimitCode, on: Date) -> Option<&Limit> {
        self.limits.iter().find(|limit| {
            limit.code == code && limit.from <= on && limit.until.is_none_or(|end| on < end)
        })
    }

    /// The measures of the edition in force on a day that a record of this item,
    /// about this kind of subject, can trigger, by code. Whether one may be taken
    /// is the gates' matter.
    pub fn triggered(
        &self,
        item: &str,
        directory: SubjectKind,
        on: Date,
    ) -> impl Iterator<Item = &Measure> {
        let codes = self.triggers.get(item).into_iter().flatten();
        codes
            .filter_map(move |code| self.measure(code, on))
            .filter(move |measure| {
                measure.subjects.contains(&directory)
                    // Another edition of it may be triggered by other items.
                    && measure.triggers.iter().any(|trigger| trigger == item)
            })
    }

    /// The form by which the subject of a measure is told. The loader admits no
    /// measure without one.
    pub fn notice(&self, measure: &Measure) -> Option<&NoticeForm> {
        self.notices.get(&measure.notice)
    }

    /// Whether a measure weighs on its subject, so that notice, hearing and
    /// remedies are due. Entry on a red list does not.
    pub fn is_adverse(&self, measure: &Measure) -> bool {
        match self.list_of(measure).map(|list| list.colour) {
            Some(Colour::Red) => false,
            Some(Colour::Black) | None => measure.kind.is_adverse(),
        }
    }

    /// The list on which a measure enters its subject.
    pub fn list_of(&self, measure: &Measure) -> Option<&List> {
        match measure.kind {
            Kind::List => self.lists.get(measure.list.as_ref()?),
            Kind::Sanction | Kind::Incentive | Kind::Classification | Kind::Association => None,
        }
    }

    /// The bases of a measure that are in force on a day and hold in a region.
    pub fn bases_in_force<'a>(
        &'a self,
        measure: &'a Measure,
        region: &'a str,
        on: Date,
    ) -> impl Iterator<Item = &'a Basis> {
        measure
            .bases
            .iter()
            .filter_map(|code| self.bases.get(code))
            .filter(move |basis| basis.is_in_force(on) && basis.holds_in(region))
    }

    /// Whether the bases carry the measure on a day: one of them stands high
    /// enough. A judicial interpretation adds nothing by itself, since it passes
    /// only with its parent law, and that law carries alone.
    pub fn is_carried(&self, measure: &Measure, region: &str, on: Date) -> bool {
        self.bases_in_force(measure, region, on)
            .any(|basis| self.can_carry(basis, measure))
    }

    /// Whether a basis stands high enough for a measure: entry on a local list
    /// asks for a local regulation (49号), everything else for what its kind asks.
    fn can_carry(&self, basis: &Basis, measure: &Measure) -> bool {
        match self.list_of(measure).map(|list| list.scope) {
            Some(Scope::Local) => basis.level == Level::LocalRegulation,
            Some(Scope::National) | None => basis.carries(measure.kind),
        }
    }

    /// Whether the executor holds the mandate for its measure on a day.
    pub fn has_mandate(&self, measure: &Measure, on: Date) -> bool {
        self.department_has_mandate(&measure.executor, &measure.code, on)
    }

    /// Whether a department holds the mandate for a measure on a day (各自权责范围
    /// 内; requirement 29).
    pub fn department_has_mandate(&self, department: &str, measure: &str, on: Date) -> bool {
        let mandates = self.mandates.get(measure).into_iter().flatten();
        mandates.into_iter().any(|mandate| {
            mandate.department == department
                && mandate.from <= on
                && mandate.until.is_none_or(|end| on < end)
        })
    }
}
