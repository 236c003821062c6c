//! Who may see a record (requirements 5 and 20).
//!
//! Comes in: the reader, the record's class, what sort of subject it is about and
//! what the natural persons' directory says of the item. Goes out: yes, or the
//! refusal in Chinese and English. Always holds: a record of class government is
//! never public and never opened by an authorisation; what is public about
//! organizations is public about a person, or about a sole trader (个体工商户), only
//! where the natural persons' directory makes the item public; what was repaired
//! or taken back is shown to nobody; an authorisation comes from the subject
//! itself, names what, whom and what for, and ends.
//!
//! Deliberately absent: how a person's number is written. It is always masked
//! (see [`crate::identifier`]).

use crate::{
    catalogue::SubjectKind, gates::Refusal, identifier::Identifier, ids::SubjectId,
    record::Disclosure, version::Past,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What sort of subject a record is about, as far as disclosure asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// 法人和非法人组织.
    Organization,
    /// 个体工商户: an organization by its code, a person by its life. Shown like a
    /// person.
    SoleTrader,
    /// 自然人.
    Person,
}

impl Whose {
    /// By the kind of the subject and its codes. The registration authority gives
    /// sole traders unified codes that begin with 92 (GB 32100-2015).
    pub fn of(kind: SubjectKind, codes: &[Identifier]) -> Self {
        match kind {
            SubjectKind::Person => Self::Person,
            SubjectKind::Organization if codes.iter().any(Identifier::is_sole_trader) => {
                Self::SoleTrader
            }
            SubjectKind::Organization => Self::Organization,
        }
    }
}

/// The subject's leave to read its records of some items (授权). It always ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// Who gave it: the subject itself.
    pub from: SubjectId,
    /// Who may read.
    pub grantee: String,
    /// Codes of the items.
    pub items: BTreeSet<String>,
    /// What for.
    pub purpose: String,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// First day without it, where the subject took it back.
    pub withdrawn_on: Option<Date>,
}

/// Who wants to see a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// Anyone.
    Public,
    /// Somebody who says that the subject agreed.
    Authorised {
        /// Who it is.
        who: String,
        /// What for.
        purpose: String,
        /// The leave.
        authorisation: Authorisation,
    },
    /// A public body (requirement 5, 政务数据共享条例 第二十五条).
    PublicBody {
        /// What for; entered in the log.
        purpose: String,
    },
}

/// A record, as far as disclosure asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<'a> {
    /// Whom it is about.
    pub subject: SubjectId,
    /// What sort of subject that is.
    pub whose: Whose,
    /// Code of its item.
    pub item: &'a str,
    /// Its class.
    pub class: Disclosure,
    /// The item's widest class in the natural persons' directory; `None`: not
    /// collected about persons.
    pub widest_about_persons: Option<Disclosure>,
    /// It has ended; what that did with the past.
    pub ended: Option<Past>,
}

/// The class of a record: what the feed claims, which may be narrower than the
/// catalogue's widest and never wider (requirement 5).
///
/// # Errors
/// When it is wider.
pub fn class_of(claimed: Disclosure, widest: Disclosure) -> Result<Disclosure, Refusal> {
    if claimed <= widest {
        return Ok(claimed);
    }
    Err(refusal(
        "所报公开属性宽于征集目录规定的范围",
        "claims a wider disclosure class than the catalogue allows for the item",
    ))
}

/// Whether a reader may see a record on a day.
///
/// # Errors
/// The reason why not.
pub fn may_see(reader: &Reader, held: &Held<'_>, today: Date) -> Result<(), Refusal> {
    match held.ended {
        Some(Past::Closed) => {
            return Err(refusal(
                "该记录已完成信用修复，停止公示、共享和使用",
                "the record was repaired: it is no longer published, shared or used",
            ));
        }
        Some(Past::TakenBack) => {
            return Err(refusal(
                "该记录已更正或者撤销",
                "the record was corrected or its decision set aside: it no longer counts",
            ));
        }
        Some(Past::Stands) | None => {}
    }
    match reader {
        Reader::Public => public_may_see(held),
        // What anyone may see needs no leave.
        Reader::Authorised { .. } if public_may_see(held).is_ok() => Ok(()),
        Reader::Authorised {
            who,
            purpose,
            authorisation,
        } => {
            if held.class == Disclosure::Government {
                return Err(refusal(
                    "政务共享类记录不对外提供",
                    "records of class government are shared among public bodies only",
                ));
            }
            authorised(authorisation, held, who, purpose, today)
        }
        Reader::PublicBody { purpose } if purpose.trim().is_empty() => Err(refusal(
            "查询共享数据须说明用途",
            "say what the shared data is needed for",
        )),
        Reader::PublicBody { .. } => Ok(()),
    }
}

/// Whether anyone may see it.
fn public_may_see(held: &Held<'_>) -> Result<(), Refusal> {
    if held.class != Disclosure::Public {
        return Err(refusal(
            "该记录不属于社会公开类",
            "the record is not of class public",
        ));
    }
    match held.whose {
        Whose::Organization => Ok(()),
        Whose::SoleTrader | Whose::Person
            if held.widest_about_persons == Some(Disclosure::Public) =>
        {
            Ok(())
        }
        Whose::SoleTrader | Whose::Person => Err(refusal(
            "自然人征集目录未规定此类信息向社会公开，个体工商户参照自然人",
            "the natural persons' directory does not make this item public; sole traders are \
             treated like persons",
        )),
    }
}

/// Whether the leave covers this reading: from the subject itself, to this reader,
/// for this item and purpose, on this day.
fn authorised(
    leave: &Authorisation,
    held: &Held<'_>,
    who: &str,
    purpose: &str,
    today: Date,
) -> Result<(), Refusal> {
    if leave.from != held.subject {
        return Err(refusal(
            "授权须由信息主体本人作出",
            "only the subject itself can authorise",
        ));
    }
    if leave.grantee != who {
        return Err(refusal(
            "授权对象不是本查询人",
            "the authorisation names another reader",
        ));
    }
    if !leave.items.contains(held.item) {
        return Err(refusal(
            format!("授权范围不包括 {}", held.item),
            format!("the authorisation does not cover {}", held.item),
        ));
    }
    if leave.purpose.trim().is_empty() || leave.purpose != purpose {
        return Err(refusal(
            "查询用途与授权用途不一致",
            "the purpose is not the one that the subject agreed to",
        ));
    }
    let withdrawn = leave.withdrawn_on.is_some_and(|day| day <= today);
    if today < leave.first || today > leave.last || withdrawn {
        return Err(refusal(
            format!(
                "授权自 {} 至 {}，现已失效、撤回或者尚未生效",
                leave.first, leave.last
            ),
            format!(
                "the authorisation runs from {} to {} and is over, withdrawn or not begun",
                leave.first, leave.last
            ),
        ));
    }
    Ok(())
}

fn refusal(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::new("disclosure", zh, en)
}

#[cfg(test)]
mod tests;
