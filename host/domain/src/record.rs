//! What a feed states, in the words of the domain.
//!
//! Comes in: the answers of adapters, already checked against the contract and
//! converted. Goes out: records, endings, acknowledgements and rejections, ready
//! to be bound to a subject and kept.
//!
//! Always holds: a person stands here as a token and never as a number; absent
//! is `None`, never "" or "/". Deliberately absent: which subject a record
//! belongs to — the register decides that, by identifier alone (I7).

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// What one field says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Words or a code, as the department wrote them.
    Text(String),
    /// A decimal number; the catalogue names the unit.
    Number(String),
    /// Renminbi, in yuan with at most two decimals.
    Yuan(String),
    /// A day.
    Day(Date),
    /// Yes or no.
    YesNo(bool),
}

/// One thing known, under the code of a field of the catalogue's item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Code of the field, such as `CF_WFXW`.
    pub field: String,
    /// What it says.
    pub value: Value,
}

/// An identifier as a feed or an order carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedIdentifier {
    /// Code of the scheme: `uscc`, `organization-code`, `person`, …
    pub scheme: String,
    /// As found; for scheme `person` a person token.
    pub value: String,
}

/// Whom a statement or an order is about, by the identifiers it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectClaim {
    /// For people to read. Never binds anything (I7).
    pub name: Option<String>,
    /// Every identifier given.
    pub identifiers: Vec<ClaimedIdentifier>,
}

impl SubjectClaim {
    /// Whether this speaks of a natural person: the schemes say so.
    pub fn is_person(&self) -> bool {
        self.identifiers.iter().any(|i| i.scheme == "person")
    }
}

/// Another subject with a part in the matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Code of the role: `legal-representative` (法定代表人), …
    pub role: String,
    /// Who.
    pub subject: SubjectClaim,
}

/// A public body that decided or provided something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// Its unified social credit code, where known.
    pub uscc: Option<String>,
}

/// A legal basis, as cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Code in the register of legal bases, where known.
    pub code: Option<String>,
    /// The citation, verbatim.
    pub text: String,
}

/// The decision, or other document, on which something rests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided.
    pub authority: Authority,
    /// Number of the document (文号).
    pub number: Option<String>,
    /// The day it was decided; publication and repair periods count from it.
    pub decided_on: Date,
}

/// Who may see a record (requirement 5). Ordered from narrow to wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosure {
    /// 政务共享: public bodies, with a purpose; never the public.
    Government,
    /// 授权查询: whoever holds the subject's authorisation.
    Authorised,
    /// 社会公开: anyone.
    Public,
}

/// What makes a record a list entry (列入名单).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Code of the list.
    pub list_code: String,
    /// The standard under which the subject was found to belong on it.
    pub standard: Citation,
}

/// One credit record as stated by a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditRecord {
    /// The department's own key for it, the same in every delivery.
    pub source_ref: String,
    /// When the department last changed the row; `None`: the later delivery wins.
    pub revised_at: Option<DateTime>,
    /// Code of the item in the collection catalogue (征集目录).
    pub item: String,
    /// Whom it is about.
    pub subject: SubjectClaim,
    /// Persons and organizations answerable beside the subject.
    pub parties: Vec<Party>,
    /// The class the feed claims.
    pub disclosure: Disclosure,
    /// Who answers for it, where that is not the department of the feed.
    pub provider: Option<Authority>,
    /// The duty under which it was made or obtained (履行职责).
    pub duty: String,
    /// The decision it rests on.
    pub decision: Decision,
    /// The bases cited.
    pub basis: Vec<Citation>,
    /// Present if and only if the record is a list entry.
    pub listing: Option<Listing>,
    /// First day of force; `None`: the day of the decision.
    pub valid_from: Option<Date>,
    /// Last day of force; `None`: the document sets no end.
    pub valid_until: Option<Date>,
    /// Last day of publication; `None`: the catalogue's rule.
    pub published_until: Option<Date>,
    /// Everything else.
    pub facts: Vec<Fact>,
}

/// The way out (退出).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// The term is over, or the subject no longer exists.
    Expiry,
    /// The obligation has been met (履行完毕).
    Fulfilment,
    /// Credit repair (信用修复).
    Repair(Decision),
    /// It was wrong from the start.
    Correction,
    /// The decision was set aside (撤销).
    Revocation(Decision),
}

/// A record ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// `source_ref` of the record.
    pub source_ref: String,
    /// How it ends, which decides what happens with the past.
    pub exit: Exit,
    /// First day on which it is no longer in force.
    pub effective_on: Date,
    /// Reason in words.
    pub note: Option<String>,
}

/// Where a step stands, by the department's account (反馈).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// 已执行.
    Executed,
    /// 部分执行: what was left undone and why.
    PartlyExecuted(String),
    /// 未能执行, with the reason.
    CouldNot(String),
    /// 不适用: nothing there that the step could touch.
    NotApplicable(String),
    /// Accepted and under way; ask again after so many seconds.
    Pending(Option<u32>),
}

/// What the department's system says about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Where the step stands.
    pub outcome: Outcome,
    /// When it took effect, by the department's own account.
    pub at: Option<DateTime>,
    /// The department's own reference.
    pub reference: Option<String>,
    /// What a court or the subject may ask to see.
    pub evidence: Vec<Fact>,
}

/// Feedback that came back in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Key of the step it answers.
    pub key: String,
    /// What it says.
    pub feedback: Feedback,
}

/// A row that yields no record, and why. Written for the clerk who mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The column at fault, as the feed calls it; `None`: the row.
    pub field: Option<String>,
    /// Code of the rule broken: `missing`, `malformed`, …
    pub rule: String,
    /// What is wrong and what would be right. Names no person.
    pub text: String,
}

/// What one row states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// A record, new or corrected.
    Recorded(Box<CreditRecord>),
    /// The end of a record.
    Ended(Ending),
    /// Late feedback on an order.
    Acknowledged(Acknowledgement),
    /// Nothing usable.
    Rejected(Rejection),
}

/// A statement and the row where it was found, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Number of the row in the delivery.
    pub row: u32,
    /// What it states.
    pub statement: Statement,
}
