//! Legal bases and published standards, and what each level can carry.

use super::measure::Kind;
use crate::record::Citation;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How high a basis stands (国办发〔2020〕49号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 法律.
    Law,
    /// 行政法规.
    AdministrativeRegulation,
    /// 地方性法规: carries only in the region whose congress made it.
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

impl Level {
    /// The word in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::AdministrativeRegulation => "administrative-regulation",
            Self::LocalRegulation => "local-regulation",
            Self::CentralPolicy => "central-policy",
            Self::JudicialInterpretation => "judicial-interpretation",
            Self::DepartmentalRule => "departmental-rule",
            Self::NormativeDocument => "normative-document",
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
    /// Not verified: what rests on it stays a draft.
    No,
}

/// An article of a legal basis or a published standard, with the days between
/// which it holds (requirement 14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Code in the register.
    pub code: String,
    /// Title and number of the document, verbatim.
    pub citation: String,
    /// The article, as one cites it: `第四十四条`.
    pub article: String,
    /// Who issued it.
    pub issuer: String,
    /// How high it stands.
    pub level: Level,
    /// GB/T 2260 prefix of the region in which it holds; only for a local
    /// regulation: `35` for Fujian.
    pub region: Option<String>,
    /// Code of the law that a judicial interpretation interprets.
    pub parent: Option<String>,
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

    /// Whether it holds in a region, given by its GB/T 2260 code.
    pub fn holds_in(&self, region: &str) -> bool {
        self.region
            .as_deref()
            .is_none_or(|prefix| region.starts_with(prefix))
    }

    /// Whether a basis of this level can carry a measure of this kind by itself.
    pub fn carries(&self, kind: Kind) -> bool {
        match (kind, self.level) {
            (
                _,
                Level::Law
                | Level::AdministrativeRegulation
                | Level::LocalRegulation
                | Level::CentralPolicy,
            ) => true,
            (_, Level::JudicialInterpretation)
            | (Kind::Sanction, Level::DepartmentalRule | Level::NormativeDocument)
            | (Kind::List, Level::NormativeDocument) => false,
            (
                Kind::List | Kind::Incentive | Kind::Classification | Kind::Association,
                Level::DepartmentalRule,
            )
            | (
                Kind::Incentive | Kind::Classification | Kind::Association,
                Level::NormativeDocument,
            ) => true,
        }
    }

    /// As an order cites it.
    pub fn cite(&self) -> Citation {
        Citation {
            code: Some(self.code.clone()),
            text: format!("{}{}", self.citation, self.article),
        }
    }
}
