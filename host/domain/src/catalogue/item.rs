//! The collection catalogue (征集指导目录): what may be collected about whom, in
//! two directories, one for legal persons and one for natural persons.

use super::SubjectKind;
use crate::{record::Disclosure, span::Span};
use serde::{Deserialize, Serialize};

/// What sort of information an item is. Rules of law hang on the sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// 登记注册.
    Registration,
    /// 行政许可: 双公示.
    Licence,
    /// 行政处罚: 双公示.
    Penalty,
    /// 行政强制、欠缴税费 and other conduct that an authority established.
    Finding,
    /// 司法裁判和执行.
    Judgment,
    /// 信用承诺书.
    Commitment,
    /// 违约、失诺, established by a decision (requirement 16).
    Breach,
    /// 表彰奖励 and other positive records.
    Honour,
    /// 名单.
    ListEntry,
    /// 信用服务机构报告: reference only, triggers nothing (requirement 15).
    AgencyReport,
}

/// An item that may be collected. What is not in it is rejected (requirement 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Code, such as `TAX-PENALTY`; the same in both directories.
    pub code: String,
    /// The directory: of whom it is collected.
    pub directory: SubjectKind,
    /// Its title.
    pub title: String,
    /// What sort it is.
    pub sort: Sort,
    /// Which department provides it.
    pub provider: String,
    /// The duty under which it arises (requirement 4).
    pub duty: String,
    /// The widest class that a record of it may have (requirement 5).
    pub disclosure: Disclosure,
    /// Whether it weighs on the subject; then a record of it cites a basis.
    pub adverse: bool,
    /// How the subject can correct the conduct, where that is possible; it is
    /// told so when the record is made (requirement 34).
    pub correction: Option<String>,
    /// Time to publish it where a statute sets one other than the general limit
    /// (requirement 12).
    pub publish_within: Option<Span>,
    /// Code of the basis that sets it; given if and only if the time is.
    pub publish_basis: Option<String>,
    /// Codes of the fields that may be collected.
    pub fields: Vec<String>,
    /// Index of its edition in the catalogue.
    pub edition: usize,
}
