//! The gates: what must hold before a department is asked to do anything.
//!
//! Comes in: the measure, the catalogue, the record, the case, the notice, the
//! day. Goes out: nothing, or the refusals, each in words that a clerk can act
//! on, Chinese and English.
//!
//! Always holds: every gate is its own function and is asked at the opening of
//! the case, and again in the transaction that claims the step (I2). A gate says
//! no by returning a refusal; there is no way to say "skip".
//!
//! Deliberately absent: weighing. A gate never compares subjects and never sees
//! a number about a person.

use crate::{
    case::{Initiation, ReceiptKind},
    catalogue::{Catalogue, Measure, SubjectKind, Verified},
    record::Decision,
};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One reason why not, for the file and for the clerk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which gate.
    pub gate: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Refusal {
    /// A reason under the name of the rule that says no.
    pub fn new(gate: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            gate: gate.to_owned(),
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} / {}", self.gate, self.zh, self.en)
    }
}

/// The receipt of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How it reached the subject.
    pub kind: ReceiptKind,
    /// The day.
    pub on: Date,
}

/// What a case stands on, as it is in the rows at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who opened the case, and on what.
    pub initiation: Initiation,
    /// The kind of subject.
    pub subject: SubjectKind,
    /// Item of the record that triggered it.
    pub item: String,
    /// The record's decision.
    pub decision: Decision,
    /// First day of the record's force.
    pub valid_from: Date,
    /// Its last day; `None`: the document sets no end.
    pub valid_until: Option<Date>,
    /// The record was ended, withdrawn or set aside, in words.
    pub ended: Option<String>,
    /// The receipt of the notice, if it has reached the subject.
    pub receipt: Option<Receipt>,
    /// First day of the measure.
    pub starts_on: Date,
    /// Its last day.
    pub ends_on: Date,
}

fn refuse(gate: &str, zh: String, en: String) -> Result<(), Refusal> {
    Err(Refusal {
        gate: gate.to_owned(),
        zh,
        en,
    })
}

/// The catalogue's entry has been verified and filed with the provincial office
/// (requirement 33); a draft can never be dispatched.
pub fn entry_is_filed(measure: &Measure, on: Date) -> Result<(), Refusal> {
    if measure.verified == Verified::No {
        return refuse(
            "entry",
            format!("措施 {} 为草案，尚未核实法律依据，不得执行", measure.code),
            format!(
                "measure {} is a draft: its basis has not been verified",
                measure.code
            ),
        );
    }
    match measure.filed_on {
        Some(day) if day <= on => Ok(()),
        _ => refuse(
            "entry",
            format!("措施 {} 未向省级主管部门备案，不得执行", measure.code),
            format!(
                "measure {} is not filed with the provincial office on {on}",
                measure.code
            ),
        ),
    }
}

/// A basis is in force on the day, of a level that can carry the measure.
pub fn basis_carries(catalogue: &Catalogue, measure: &Measure, on: Date) -> Result<(), Refusal> {
    if catalogue.is_carried(measure, on) {
        return Ok(());
    }
    refuse(
        "basis",
        format!(
            "措施 {} 在 {on} 没有现行有效且效力层级足够的依据",
            measure.code
        ),
        format!(
            "on {on} no basis in force stands high enough to carry {}",
            measure.code
        ),
    )
}

/// The executing department holds the mandate on the day (各自权责范围内).
pub fn executor_has_mandate(
    catalogue: &Catalogue,
    measure: &Measure,
    on: Date,
) -> Result<(), Refusal> {
    let held = catalogue.mandates.iter().any(|mandate| {
        mandate.department == measure.executor
            && mandate.measure == measure.code
            && mandate.from <= on
            && mandate.until.is_none_or(|end| on < end)
    });
    if held {
        return Ok(());
    }
    refuse(
        "mandate",
        format!(
            "{} 部门在 {on} 无权执行措施 {}",
            measure.executor, measure.code
        ),
        format!(
            "department {} has no mandate for {} on {on}",
            measure.executor, measure.code
        ),
    )
}

/// The measure may touch this kind of subject.
pub fn subject_is_touched(measure: &Measure, subject: SubjectKind) -> Result<(), Refusal> {
    if measure.subjects.contains(&subject) {
        return Ok(());
    }
    refuse(
        "subject",
        format!("措施 {} 不适用于该类主体", measure.code),
        format!(
            "measure {} does not apply to a subject of kind {}",
            measure.code,
            subject.code()
        ),
    )
}

/// A named official cites the very decision that the record rests on
/// (requirement 22): nothing follows from a record by itself.
pub fn official_cites_decision(
    initiation: &Initiation,
    decision: &Decision,
) -> Result<(), Refusal> {
    if initiation.official.trim().is_empty() || initiation.department.trim().is_empty() {
        return refuse(
            "initiation",
            "须由具名人员以其部门名义发起".to_owned(),
            "a named official has to initiate in the name of a department".to_owned(),
        );
    }
    match decision.number.as_deref() {
        Some(number) if number == initiation.decision_number => Ok(()),
        Some(_) => refuse(
            "initiation",
            "所引决定书文号与记录所载不一致".to_owned(),
            "the decision cited is not the one that the record rests on".to_owned(),
        ),
        None => refuse(
            "initiation",
            "记录未载明决定书文号，不能据以发起".to_owned(),
            "the record names no decision document, so nothing can be opened on it".to_owned(),
        ),
    }
}

/// A record of this item can trigger the measure.
pub fn record_triggers(measure: &Measure, item: &str) -> Result<(), Refusal> {
    if measure.triggers.iter().any(|trigger| trigger == item) {
        return Ok(());
    }
    refuse(
        "trigger",
        format!("{item} 类记录不能触发措施 {}", measure.code),
        format!("a record of item {item} cannot trigger {}", measure.code),
    )
}

/// The record is in force on the day.
pub fn record_is_in_force(standing: &Standing, on: Date) -> Result<(), Refusal> {
    if let Some(ended) = &standing.ended {
        return refuse(
            "record",
            format!("所依据的记录已失效：{ended}"),
            format!("the record it rests on has ended: {ended}"),
        );
    }
    if on < standing.valid_from || standing.valid_until.is_some_and(|last| on > last) {
        return refuse(
            "record",
            format!("所依据的记录在 {on} 不在有效期内"),
            format!("the record it rests on is not in force on {on}"),
        );
    }
    Ok(())
}

/// The measure has a first and a last day, and lasts no longer than its basis
/// allows.
pub fn term_is_bounded(measure: &Measure, standing: &Standing, on: Date) -> Result<(), Refusal> {
    let longest = measure.term.last_day(standing.starts_on);
    let bounded = standing.starts_on <= standing.ends_on
        && longest.is_some_and(|last| standing.ends_on <= last)
        && on <= standing.ends_on;
    if bounded {
        return Ok(());
    }
    refuse(
        "term",
        format!(
            "措施期限 {} 至 {} 不合法定期限或已届满",
            standing.starts_on, standing.ends_on
        ),
        format!(
            "{} to {} is longer than the measure may last, or over already",
            standing.starts_on, standing.ends_on
        ),
    )
}

/// There is a way back: the notice can name remedies and how to end it early.
pub fn has_way_back(measure: &Measure) -> Result<(), Refusal> {
    if !measure.early_exit.trim().is_empty()
        && (!measure.kind.is_adverse() || !measure.remedies.is_empty())
    {
        return Ok(());
    }
    refuse(
        "way-back",
        format!("措施 {} 未规定救济途径或提前解除条件", measure.code),
        format!(
            "measure {} names no remedy or no way to end early",
            measure.code
        ),
    )
}

/// The subject has been told, and the days to state its case are over.
pub fn notice_was_served(
    measure: &Measure,
    receipt: Option<Receipt>,
    on: Date,
) -> Result<(), Refusal> {
    let Some(receipt) = receipt else {
        return refuse(
            "notice",
            "尚无告知书送达回证".to_owned(),
            "no receipt of the notice yet: enter it with `case receipt`".to_owned(),
        );
    };
    match first_day_after_hearing(measure, receipt) {
        Some(first) if first <= on => Ok(()),
        Some(first) => refuse(
            "notice",
            format!("陈述申辩期未满，{first} 起方可执行"),
            format!("the subject may still state its case; not before {first}"),
        ),
        None => refuse(
            "notice",
            "送达日期无效".to_owned(),
            "the day of the receipt is out of range".to_owned(),
        ),
    }
}

/// The first day on which the measure may start. For an adverse one the days of
/// service and of the hearing lie between, the day of the receipt not counted; an
/// incentive may start on the day on which its notice counts as served.
pub fn first_day_after_hearing(measure: &Measure, receipt: Receipt) -> Option<Date> {
    let hearing = if measure.kind.is_adverse() {
        i64::from(measure.hearing_days) + 1
    } else {
        0
    };
    let days = i64::from(receipt.kind.waiting_days()) + hearing;
    receipt.on.checked_add(days.days()).ok()
}

/// Every gate that can be asked before the subject has been told.
pub fn at_opening(
    catalogue: &Catalogue,
    measure: &Measure,
    standing: &Standing,
    on: Date,
) -> Vec<Refusal> {
    [
        entry_is_filed(measure, on),
        basis_carries(catalogue, measure, on),
        executor_has_mandate(catalogue, measure, on),
        subject_is_touched(measure, standing.subject),
        official_cites_decision(&standing.initiation, &standing.decision),
        record_triggers(measure, &standing.item),
        record_is_in_force(standing, on),
        term_is_bounded(measure, standing, on),
        has_way_back(measure),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

/// Every gate, in the transaction that claims an apply.
pub fn at_claim(
    catalogue: &Catalogue,
    measure: &Measure,
    standing: &Standing,
    on: Date,
) -> Vec<Refusal> {
    let mut refusals = at_opening(catalogue, measure, standing, on);
    refusals.extend(notice_was_served(measure, standing.receipt, on).err());
    refusals
}

#[cfg(test)]
mod tests;
