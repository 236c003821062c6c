//! What an entry rests on, and whether it cites all of it (requirement 9).
//!
//! Comes in: the list, and what the department cites. Goes out: a proposed entry,
//! or everything that is missing. Deliberately absent: whether the facts meet the
//! standard; an official decides that, and signs the decision cited.

use super::{Entry, List};
use crate::{
    gates::Refusal,
    record::{Citation, Decision},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What an entry rests on (requirement 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The standard under which the subject belongs on the list.
    pub standard: Citation,
    /// The decision, with its decider and date.
    pub decision: Decision,
    /// The department that decided.
    pub department: String,
}

/// Proposes a subject for a list.
///
/// # Errors
/// Each thing that the entry fails to cite (requirement 9).
pub fn propose(list: &List, ground: &Ground, today: Date) -> Result<Entry, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |zh: String, en: String| refusals.push(Refusal::new("listing", zh, en));
    if ground.standard.code.as_deref() != Some(list.standard.as_str()) {
        refuse(
            format!("列入名单须引用该名单的认定标准 {}", list.standard),
            format!("cite the standard of the list, {}", list.standard),
        );
    }
    let number = ground.decision.number.as_deref().unwrap_or_default();
    if number.trim().is_empty() {
        refuse(
            "列入名单须引用决定书文号".to_owned(),
            "cite the decision by its number".to_owned(),
        );
    }
    if ground.decision.authority.name.trim().is_empty() || ground.department != list.decider {
        refuse(
            format!("名单 {} 由 {} 部门认定", list.code, list.decider),
            format!(
                "list {} is decided by department {}",
                list.code, list.decider
            ),
        );
    }
    if ground.decision.decided_on > today {
        refuse(
            format!("决定日期 {} 尚未到来", ground.decision.decided_on),
            format!(
                "the day of the decision, {}, lies ahead",
                ground.decision.decided_on
            ),
        );
    }
    if refusals.is_empty() {
        Ok(Entry::Proposed)
    } else {
        Err(refusals)
    }
}
