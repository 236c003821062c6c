//! The gates (关口): what must hold before a department is asked to do anything.
//!
//! Comes in: a [`Matter`], which is the measure, the catalogue, the calendar, the
//! rows of the case as they stand, and the day. Goes out: nothing, or the
//! refusals, each in words that a clerk can act on, Chinese and English.
//!
//! Always holds: every gate is a function of its own. All of [`AT_OPENING`] are
//! asked when the case is resolved; all of them again, and those of [`AT_CLAIM`],
//! in the transaction that claims the step (I2). A gate says no by returning a
//! refusal; there is no way to say "skip".
//!
//! Deliberately absent: weighing. A gate never compares subjects and never sees
//! a number about a person.
//!
//! How to read this file without knowing Rust: each `fn` is one question of law.
//! `OPEN` lets the matter pass; `refused(…)` stops it, `not_yet(…)` makes it
//! wait; the first words are what the clerk reads.

mod refusal;

pub use refusal::{Answer, Refusal};

use crate::{
    calendar::{Calendar, Deadline},
    case::{Initiation, ReceiptKind},
    catalogue::{Catalogue, Item, Kind, LimitCode, Measure, Role, Sort, SubjectKind},
    notice::waits_until,
    record::Decision,
    span::Span,
};
use jiff::civil::Date;
use refusal::{OPEN, not_yet, refused};
use serde::{Deserialize, Serialize};

/// The receipt of a notice (送达回证).
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
    /// The part that a person has in an organization's record; `None`: the record
    /// is about the subject itself.
    pub role: Option<Role>,
    /// GB/T 2260 code of the region in which the measure would hold.
    pub region: String,
    /// Code of the item of the record that triggered it.
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
    /// Whether an objection is being verified.
    pub objection_open: bool,
    /// First day of the measure.
    pub starts_on: Date,
    /// Its last day, or the day by which it is reviewed.
    pub ends_on: Date,
}

/// Everything that a gate may look at.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The catalogue, all editions.
    pub catalogue: &'a Catalogue,
    /// The working days known.
    pub calendar: &'a Calendar,
    /// The measure.
    pub measure: &'a Measure,
    /// The rows of the case.
    pub standing: &'a Standing,
    /// The day on which is asked, in China.
    pub on: Date,
}

/// One question of law.
pub type Gate = fn(&Matter<'_>) -> Answer;

/// The gates that can be asked before the subject has been told.
pub const AT_OPENING: [Gate; 16] = [
    entry_is_in_force,
    entry_is_no_draft,
    entry_is_filed,
    basis_carries,
    executor_has_mandate,
    subject_is_touched,
    no_grade_of_a_person,
    official_cites_decision,
    second_official_agrees,
    machine_may_act,
    person_has_own_decision,
    proofs_are_cited,
    record_triggers,
    record_is_in_force,
    term_is_bounded,
    has_way_back,
];

/// The gates that are asked in addition when a step is claimed.
pub const AT_CLAIM: [Gate; 2] = [notice_was_served, no_objection_is_open];

/// The refusals before the subject is told; none lets the case go on.
pub fn at_opening(matter: &Matter<'_>) -> Vec<Refusal> {
    ask(&AT_OPENING, matter)
}

/// The refusals in the transaction that claims an apply or a resume.
pub fn at_claim(matter: &Matter<'_>) -> Vec<Refusal> {
    let mut refusals = at_opening(matter);
    refusals.extend(ask(&AT_CLAIM, matter));
    refusals
}

fn ask(gates: &[Gate], matter: &Matter<'_>) -> Vec<Refusal> {
    gates.iter().filter_map(|gate| gate(matter).err()).collect()
}

// ---- The entry in the catalogue (目录) --------------------------------------

/// The entry stands in the edition of the catalogue that is in force on the day.
pub fn entry_is_in_force(matter: &Matter<'_>) -> Answer {
    let (measure, on) = (matter.measure, matter.on);
    match matter.catalogue.editions.get(measure.edition) {
        Some(edition) if edition.is_in_force(on) => OPEN,
        Some(_) | None => refused(
            "entry",
            format!("措施 {} 不在 {on} 有效的目录版本中", measure.code),
            format!(
                "measure {} is not in the edition of the catalogue in force on {on}",
                measure.code
            ),
        ),
    }
}

/// The entry's articles were read. A draft is never carried out.
pub fn entry_is_no_draft(matter: &Matter<'_>) -> Answer {
    let measure = matter.measure;
    if !measure.is_draft() {
        return OPEN;
    }
    let why = measure.held.as_deref();
    refused(
        "draft",
        format!(
            "措施 {} 为草案，不得执行：{}",
            measure.code,
            why.unwrap_or("尚未核实法律依据")
        ),
        format!(
            "measure {} is a draft: {}",
            measure.code,
            why.unwrap_or("its basis has not been verified")
        ),
    )
}

/// The entry was filed with the provincial office before the day (目录清单备案,
/// requirement 33).
pub fn entry_is_filed(matter: &Matter<'_>) -> Answer {
    let (measure, on) = (matter.measure, matter.on);
    match measure.filed_on {
        Some(filed) if filed <= on => OPEN,
        Some(_) | None => refused(
            "filed",
            format!(
                "措施 {} 至 {on} 未向省级主管部门备案，不得执行",
                measure.code
            ),
            format!(
                "measure {} is not filed with the provincial office on {on}",
                measure.code
            ),
        ),
    }
}

/// A basis is in force on the day, holds in the region, and stands high enough
/// for what the measure does (国办发〔2020〕49号).
pub fn basis_carries(matter: &Matter<'_>) -> Answer {
    let (measure, on) = (matter.measure, matter.on);
    if matter
        .catalogue
        .is_carried(measure, &matter.standing.region, on)
    {
        return OPEN;
    }
    refused(
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

/// The executing department holds the power on the day (各自权责范围内,
/// requirement 29).
pub fn executor_has_mandate(matter: &Matter<'_>) -> Answer {
    let (measure, on) = (matter.measure, matter.on);
    if matter.catalogue.has_mandate(measure, on) {
        return OPEN;
    }
    refused(
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

// ---- The subject (主体) -------------------------------------------------------

/// The measure may touch this kind of subject, or a person in this role.
pub fn subject_is_touched(matter: &Matter<'_>) -> Answer {
    let (measure, standing) = (matter.measure, matter.standing);
    let touched = match standing.role {
        None => measure.subjects.contains(&standing.subject),
        Some(role) => measure.roles.contains(&role),
    };
    if touched {
        return OPEN;
    }
    refused(
        "subject",
        format!("措施 {} 不适用于该类主体", measure.code),
        format!(
            "measure {} does not apply to a subject of kind {}",
            measure.code,
            standing.subject.code()
        ),
    )
}

/// Classification (信用分类管理) is for organizations only: there is no grade of a
/// person (I1).
pub fn no_grade_of_a_person(matter: &Matter<'_>) -> Answer {
    if matter.measure.kind != Kind::Classification
        || matter.standing.subject == SubjectKind::Organization
    {
        return OPEN;
    }
    refused(
        "no-grade",
        "信用分类管理不适用于自然人",
        "classification is for organizations only: no grade of a person",
    )
}

// ---- The people who decide (经办) ------------------------------------------------

/// A named official cites the very decision that the record rests on
/// (requirement 22): nothing follows from a record by itself.
pub fn official_cites_decision(matter: &Matter<'_>) -> Answer {
    let initiation = &matter.standing.initiation;
    if initiation.official.trim().is_empty() || initiation.department.trim().is_empty() {
        return refused(
            "initiation",
            "须由具名人员以其部门名义发起",
            "a named official has to initiate in the name of a department",
        );
    }
    match matter.standing.decision.number.as_deref() {
        Some(number) if number == initiation.decision_number => OPEN,
        Some(_) => refused(
            "initiation",
            "所引决定书文号与记录所载不一致",
            "the decision cited is not the one that the record rests on",
        ),
        None => refused(
            "initiation",
            "记录未载明决定书文号，不能据以发起",
            "the record names no decision document, so nothing can be opened on it",
        ),
    }
}

/// Where the catalogue asks for two, a second official agrees, who is not the first.
pub fn second_official_agrees(matter: &Matter<'_>) -> Answer {
    use crate::catalogue::HumanGate::{Official, Referral, SecondOfficial};
    let initiation = &matter.standing.initiation;
    match matter.measure.human_gate {
        Official | Referral => OPEN,
        SecondOfficial => match initiation.second_official.as_deref().map(str::trim) {
            Some(second) if !second.is_empty() && second != initiation.official.trim() => OPEN,
            Some(_) | None => refused(
                "second-official",
                format!("措施 {} 须经另一名人员复核同意", matter.measure.code),
                format!(
                    "measure {} needs the agreement of a second official, who is not the first",
                    matter.measure.code
                ),
            ),
        },
    }
}

/// What the plan leaves to people (civil servants, members of congresses and the
/// like: 按照相关程序处理, requirement 25) is referred to them; no machine acts.
pub fn machine_may_act(matter: &Matter<'_>) -> Answer {
    use crate::catalogue::HumanGate::{Official, Referral, SecondOfficial};
    match matter.measure.human_gate {
        Official | SecondOfficial => OPEN,
        Referral => refused(
            "referral",
            format!(
                "措施 {} 须移送有权机关按照相关程序处理，系统不执行",
                matter.measure.code
            ),
            format!(
                "measure {} is referred to the competent body by people; nothing runs by itself",
                matter.measure.code
            ),
        ),
    }
}

/// A person answerable for an organization is touched only on a decision of its
/// own (requirement 28).
pub fn person_has_own_decision(matter: &Matter<'_>) -> Answer {
    use crate::catalogue::Proof::OwnDecision;
    let standing = matter.standing;
    if standing.role.is_none() || standing.initiation.cites(OwnDecision) {
        return OPEN;
    }
    refused(
        "own-decision",
        "对单位有关责任人员采取措施，须有针对其本人的决定书",
        "a person answerable for an organization needs a decision that names that person: add \
         --proof own-decision=NUMBER",
    )
}

/// The documents that the entry asks for are cited, such as ability to perform
/// and refusal before anyone is kept from leaving the country (requirement 23).
pub fn proofs_are_cited(matter: &Matter<'_>) -> Answer {
    let initiation = &matter.standing.initiation;
    let is_person = matter.standing.subject == SubjectKind::Person;
    let missing: Vec<_> = matter
        .measure
        .proof
        .iter()
        .filter(|proof| !proof.concerns_persons_only() || is_person)
        .filter(|proof| !initiation.cites(**proof))
        .collect();
    if missing.is_empty() {
        return OPEN;
    }
    let zh: Vec<&str> = missing.iter().map(|proof| proof.zh()).collect();
    let en: Vec<&str> = missing.iter().map(|proof| proof.code()).collect();
    refused(
        "proof",
        format!("措施 {} 缺少：{}", matter.measure.code, zh.join("、")),
        format!(
            "measure {} needs documents that the case does not cite: {}; add --proof CODE=NUMBER",
            matter.measure.code,
            en.join(", ")
        ),
    )
}

// ---- The record (记录) ---------------------------------------------------------

/// A record of this item can trigger the measure. A report of a credit agency is
/// for reference only and triggers nothing (requirement 15).
pub fn record_triggers(matter: &Matter<'_>) -> Answer {
    let (measure, item) = (matter.measure, &matter.standing.item);
    let is_report = |item: &Item| item.sort == Sort::AgencyReport;
    let editions = matter.catalogue.items.get(item);
    if editions.is_some_and(|editions| editions.iter().any(is_report)) {
        return refused(
            "trigger",
            "信用服务机构报告仅供参考，不能触发任何措施",
            "a report of a credit agency is for reference only and triggers no measure",
        );
    }
    if measure.triggers.contains(item) {
        return OPEN;
    }
    refused(
        "trigger",
        format!("{item} 类记录不能触发措施 {}", measure.code),
        format!("a record of item {item} cannot trigger {}", measure.code),
    )
}

/// The record is in force on the day, neither ended nor set aside.
pub fn record_is_in_force(matter: &Matter<'_>) -> Answer {
    let (standing, on) = (matter.standing, matter.on);
    if let Some(ended) = &standing.ended {
        return refused(
            "record",
            format!("所依据的记录已失效：{ended}"),
            format!("the record it rests on has ended: {ended}"),
        );
    }
    let begun = standing.valid_from <= on;
    let over = standing.valid_until.is_some_and(|last| last < on);
    if begun && !over {
        return OPEN;
    }
    refused(
        "record",
        format!("所依据的记录在 {on} 不在有效期内"),
        format!("the record it rests on is not in force on {on}"),
    )
}

// ---- The term and the way back (期限与救济) -----------------------------------------

/// The measure has a first and a last day, and lasts no longer than its entry
/// allows. Where an event ends it, the last day is that of its review.
pub fn term_is_bounded(matter: &Matter<'_>) -> Answer {
    let (standing, on) = (matter.standing, matter.on);
    let allowed = matter.measure.period.last_day(standing.starts_on);
    let bounded = standing.starts_on <= standing.ends_on
        && allowed.is_some_and(|last| standing.ends_on <= last)
        && on <= standing.ends_on;
    if bounded {
        return OPEN;
    }
    refused(
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

/// There is a way back: the notice can name how to end it early, and, where the
/// measure weighs on the subject, a hearing and remedies (行政处罚法 44, 59(5)).
pub fn has_way_back(matter: &Matter<'_>) -> Answer {
    let measure = matter.measure;
    let heard = matter.catalogue.notice(measure).is_some_and(|form| {
        !matter.catalogue.is_adverse(measure)
            || (form.hearing.is_some() && !form.remedies.is_empty())
    });
    if heard && !measure.repair.words.trim().is_empty() {
        return OPEN;
    }
    refused(
        "way-back",
        format!(
            "措施 {} 未规定陈述申辩、救济途径或提前解除条件",
            measure.code
        ),
        format!(
            "measure {} names no hearing, no remedy or no way to end early",
            measure.code
        ),
    )
}

// ---- The notice and the objection (告知与异议) ------------------------------------------

/// The subject has been told, and the days to state its case are over
/// (陈述申辩). Days of a year whose holidays are not published are never guessed.
pub fn notice_was_served(matter: &Matter<'_>) -> Answer {
    let Some(receipt) = matter.standing.receipt else {
        return not_yet(
            "notice",
            "尚无告知书送达回证",
            "no receipt of the notice yet: enter it with `case receipt`",
        );
    };
    match first_day(matter.catalogue, matter.calendar, matter.measure, receipt) {
        Ok(first) if first.provisional => not_yet(
            "notice",
            format!(
                "陈述申辩期跨入尚未公布放假安排的年份，暂定 {} 起方可执行",
                first.date
            ),
            format!(
                "the hearing reaches into a year whose days off are not published; {} is \
                 provisional: import the State Council's notice with `calendar import`",
                first.date
            ),
        ),
        Ok(first) if first.date <= matter.on => OPEN,
        Ok(first) => not_yet(
            "notice",
            format!("陈述申辩期未满，{} 起方可执行", first.date),
            format!(
                "the subject may still state its case; not before {}",
                first.date
            ),
        ),
        Err(refusal) => Err(refusal),
    }
}

/// While an objection is verified nothing is carried out (核实期间暂不执行,
/// requirement 35).
pub fn no_objection_is_open(matter: &Matter<'_>) -> Answer {
    if !matter.standing.objection_open {
        return OPEN;
    }
    not_yet(
        "objection",
        "异议核实期间，暂不执行",
        "an objection is being verified; nothing is carried out until it is decided",
    )
}

/// The first day on which the measure may start, and whether that is certain.
///
/// A notice served by publication counts as received after the days that the law
/// sets (公告送达). Then the subject has the days of its hearing, the day of the
/// receipt not counted; the measure may start on the day after the last of them.
/// What weighs on nobody may start on the day of the receipt.
///
/// # Errors
/// A refusal where the catalogue lacks the limit or the form that is needed, or
/// a day lies out of range.
pub fn first_day(
    catalogue: &Catalogue,
    calendar: &Calendar,
    measure: &Measure,
    receipt: Receipt,
) -> Result<Deadline, Refusal> {
    let publication = match receipt.kind {
        ReceiptKind::Delivered | ReceiptKind::Left => Span::Days(0),
        ReceiptKind::Published => {
            catalogue
                .limit(LimitCode::ServedByPublication, receipt.on)
                .ok_or_else(|| no_day("公告送达期限", "the limit `served-by-publication`"))?
                .at_most
        }
    };
    let hearing = match catalogue.is_adverse(measure) {
        false => None,
        true => Some(
            catalogue
                .notice(measure)
                .and_then(|form| form.hearing)
                .ok_or_else(|| no_day("陈述申辩期限", "the days of a hearing"))?,
        ),
    };
    let out_of_range = || no_day("送达日期", "a day in range");
    let last = waits_until(receipt, publication, hearing, calendar).ok_or_else(out_of_range)?;
    Ok(Deadline {
        date: last.date.tomorrow().map_err(|_| out_of_range())?,
        provisional: last.provisional,
    })
}

fn no_day(zh: &str, en: &str) -> Refusal {
    Refusal {
        gate: "notice".to_owned(),
        waits: false,
        zh: format!("目录缺少{zh}，或日期超出范围"),
        en: format!("{en} is missing from the catalogue, or out of range"),
    }
}

#[cfg(test)]
pub(crate) mod tests;
