//! A joint case (联合奖惩案件): what one official opened on one decision, and
//! where it stands.
//!
//! Comes in: who opens it, on which record and decision, for which measure.
//! Goes out: its states. Always holds: a case is opened by a named official who
//! cites a decision document (requirement 22); the host never opens one by
//! itself.

use crate::catalogue::Proof;
use serde::{Deserialize, Serialize};

/// Who opens a case, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiation {
    /// The department that initiates.
    pub department: String,
    /// The official who signs for it.
    pub official: String,
    /// Number of the decision document cited (文号).
    pub decision_number: String,
    /// Codes of the measures proposed.
    pub measures: Vec<String>,
    /// The official who agreed, where a measure asks for two.
    #[serde(default)]
    pub second_official: Option<String>,
    /// Documents cited beside the decision.
    #[serde(default)]
    pub proofs: Vec<CitedProof>,
}

impl Initiation {
    /// Whether a document of this sort is cited.
    pub fn cites(&self, proof: Proof) -> bool {
        self.proofs
            .iter()
            .any(|cited| cited.proof == proof && !cited.document.trim().is_empty())
    }
}

/// A document that proves what a measure asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedProof {
    /// What it proves.
    pub proof: Proof,
    /// Its number (文号), by which it is found.
    pub document: String,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// Opened; its measures are not yet resolved.
    Opened,
    /// Its orders exist; the subject has not been told, or not yet long enough.
    Resolved,
    /// The subject has been told and every waiting time is over: orders run.
    Dispatched,
    /// Every order has come to its first end: in force or never executed.
    Answered,
    /// No order could be made of it.
    Refused,
}

impl CaseState {
    /// The word in rows and tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Resolved => "resolved",
            Self::Dispatched => "dispatched",
            Self::Answered => "answered",
            Self::Refused => "refused",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Opened,
            Self::Resolved,
            Self::Dispatched,
            Self::Answered,
            Self::Refused,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// How a notice reached the subject (送达方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptKind {
    /// 直接送达: handed over and signed for.
    Delivered,
    /// 留置送达: left, with a witness.
    Left,
    /// 公告送达: published, with its own waiting days.
    Published,
}

impl ReceiptKind {
    /// The word in rows and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Left => "left",
            Self::Published => "published",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Delivered, Self::Left, Self::Published]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}
