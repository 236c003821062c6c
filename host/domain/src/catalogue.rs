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
mod item;
mod load;
mod measure;

pub use basis::{Basis, Level, Verified};
pub use item::{Item, Sort};
pub use load::{CatalogueError, Fault, forbidden_field, load};
pub use measure::{
    HumanGate, Kind, Measure, Period, Proof, Repair, Restricts, Role, Seriousness,
};

use crate::span::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whom an entry is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
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

/// One edition of a series of measures or items. The next edition of the series
/// takes its place whole: what it does not name is no longer in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// The series: `fujian-measures`.
    pub series: String,
    /// The edition's own name: `2026-11`.
    pub name: String,
    /// First day in force.
    pub in_force_from: Date,
    /// First day of the next edition, where there is one.
    pub until: Option<Date>,
}

impl Edition {
    /// Whether it is the one in force on a day.
    pub fn is_in_force(&self, on: Date) -> bool {
        self.in_force_from <= on && self.until.is_none_or(|end| on < end)
    }
}

/// A closed domain in which sanctions may be triggered (requirement 21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// Code: `market-order`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Code of the basis that names it.
    pub basis: String,
}

/// A form by which a subject is told (告知书), with what it must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// A limit with its days in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// Items by code and directory, an entry an edition, the oldest first.
    pub items: BTreeMap<String, Vec<Item>>,
    /// Measures by code, an entry an edition, the oldest first.
    pub measures: BTreeMap<String, Vec<Measure>>,
    /// Mandates.
    pub mandates: Vec<Mandate>,
    /// What only a person can settle.
    pub remarks: Vec<Remark>,
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
        self.items.get(code)?.iter().find(|item| {
            item.directory == directory && self.editions[item.edition].is_in_force(on)
        })
    }

    /// The limit in force on a day.
    pub fn limit(&self, code: LimitCode, on: Date) -> Option<&Limit> {
        self.limits.iter().find(|limit| {
            limit.code == code && limit.from <= on && limit.until.is_none_or(|end| on < end)
        })
    }

    /// The form by which the subject of a measure is told. The loader admits no
    /// measure without one.
    pub fn notice(&self, measure: &Measure) -> Option<&NoticeForm> {
        self.notices.get(&measure.notice)
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
            .any(|basis| basis.carries(measure.kind))
    }

    /// Whether the executor holds the mandate for its measure on a day.
    pub fn has_mandate(&self, measure: &Measure, on: Date) -> bool {
        self.mandates.iter().any(|mandate| {
            mandate.department == measure.executor
                && mandate.measure == measure.code
                && mandate.from <= on
                && mandate.until.is_none_or(|end| on < end)
        })
    }
}
