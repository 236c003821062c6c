//! Lists (名单): what one is, who decides on it and how one leaves it. Who stands
//! on a list is not here: an entry is a record of its own.

use crate::span::Span;
use serde::{Deserialize, Serialize};

/// What standing on a list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// 红名单: it is to the subject's good.
    Red,
    /// 黑名单、严重失信主体名单: it weighs on the subject.
    Black,
}

/// Where a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In the whole country.
    National,
    /// In one region: only a local regulation can found it (49号).
    Local,
}

/// How an entry ends (退出; requirement 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayOut {
    /// 期限届满.
    Expiry,
    /// 信用修复.
    Repair,
    /// 更正: the entry was wrong.
    Correction,
    /// 撤销: the decision was set aside.
    Revocation,
}

/// A list on which subjects are entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Code: `TAX-MAJOR`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What standing on it means.
    pub colour: Colour,
    /// Where it holds.
    pub scope: Scope,
    /// Code of the basis that publishes its standard (requirement 9).
    pub standard: String,
    /// The department that decides who is entered.
    pub decider: String,
    /// The longest that an entry may stand; absent where no term is fixed.
    pub longest: Option<Span>,
    /// The ways out.
    pub exits: Vec<WayOut>,
}
