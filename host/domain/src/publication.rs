//! The clocks of publication (双公示): when a licence or penalty has to be public,
//! how long it stays so, and when it has to come down (requirement 12).
//!
//! Comes in: the decision's day, the spans of law as data, what became of the
//! record, the receipts, the day. Goes out: where it stands on that day. Always
//! holds: a department is called late only on a certain deadline; nothing adverse
//! is shown without a last day; a rule that comes into force later can shorten
//! what is shown and never lengthen it.
//!
//! Deliberately absent: the deed of publishing, and typical cases, which have a
//! review of their own ([`typical_case`]).

pub mod typical_case;

use crate::{
    calendar::{Calendar, Deadline},
    gates::Refusal,
    span::Span,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How long conduct of one seriousness is shown, under one rule in force (NDRC
/// orders 58 and 36). The clock starts on the day of the determining document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Not repaired before, where the rule says so.
    pub at_least: Option<Span>,
    /// Not shown longer; `None`: not shown at all.
    pub at_most: Option<Span>,
    /// First day in force.
    pub from: Date,
    /// First day no longer in force.
    pub until: Option<Date>,
}

impl Tier {
    fn was_in_force_between(&self, first: Date, last: Date) -> bool {
        self.from <= last && self.until.is_none_or(|end| first < end)
    }
}

/// How long something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShownUntil {
    /// It weighs on nobody and has no end: a licence.
    Open,
    /// Through this day.
    Day(Date),
    /// Not at all.
    NotShown,
}

/// The last day on which something adverse is shown: the earliest of what every
/// rule in force since the decision says, and of the document's own day. The day of
/// the decision is counted, so that nothing is ever shown a day too long. Without
/// any rule in force it is not shown.
///
/// `uncorrected_until`: the last day under the sector's own rule, which holds
/// instead while the conduct is uncorrected (order 36).
pub fn shown_until(
    tiers: &[Tier],
    decided_on: Date,
    own: Option<Date>,
    uncorrected_until: Option<Date>,
    today: Date,
) -> ShownUntil {
    if let Some(last) = uncorrected_until {
        return ShownUntil::Day(last);
    }
    let last_days: Option<Vec<Date>> = tiers
        .iter()
        .filter(|tier| tier.was_in_force_between(decided_on, today))
        .map(|tier| tier.at_most?.last_day(decided_on))
        .collect();
    match last_days.and_then(|days| days.into_iter().min()) {
        Some(last) => ShownUntil::Day(own.map_or(last, |own| own.min(last))),
        None => ShownUntil::NotShown,
    }
}

/// The day by which it has to be public: so long after the decision, by the general
/// limit or the statute's own (requirement 12). `None`: out of range.
pub fn due_by(
    decided_on: Date,
    general: Span,
    statutory: Option<Span>,
    calendar: &Calendar,
) -> Option<Deadline> {
    calendar.after(decided_on, statutory.unwrap_or(general))
}

/// Why something is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Its class, or its subject, does not allow it (see [`crate::disclosure`]).
    Class,
    /// 涉及个人隐私.
    Privacy,
    /// Its seriousness is not shown, or no rule says for how long.
    NotShown,
    /// Its last day has gone by.
    Over,
    /// Repaired.
    Repaired,
    /// Corrected, or its decision set aside.
    Overturned,
}

impl Why {
    /// In words.
    pub fn refusal(self) -> Refusal {
        let (zh, en) = match self {
            Self::Class => (
                "该信息不属于社会公开类",
                "it may not be shown to the public",
            ),
            Self::Privacy => (
                "处罚信息涉及个人隐私，不予公示",
                "the penalty touches privacy and is not published",
            ),
            Self::NotShown => (
                "依规定不予公示，或者没有可适用的公示期限",
                "it is not to be shown, or no rule in force says for how long",
            ),
            Self::Over => ("公示期限已届满", "its time of publicity is over"),
            Self::Repaired => ("已完成信用修复，停止公示", "it was repaired"),
            Self::Overturned => (
                "决定已被更正或者撤销",
                "the record was corrected or its decision set aside",
            ),
        };
        Refusal::new("publication", zh, en)
    }
}

/// A licence or penalty, as far as its publication asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// Whether anyone may see it (see [`crate::disclosure`]).
    pub may_be_public: bool,
    /// It touches privacy.
    pub touches_privacy: bool,
    /// From [`due_by`].
    pub due: Deadline,
    /// From [`shown_until`].
    pub until: ShownUntil,
    /// The day it went up, where it is up.
    pub published_on: Option<Date>,
    /// The day it was repaired.
    pub repaired_on: Option<Date>,
    /// It was overturned: the last day for taking it down (行政处罚法 第四十八条).
    pub overturned: Option<Deadline>,
}

/// Where the publication of something stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Rightly not public.
    NotPublic(Why),
    /// To be published; in time through this day.
    DueBy(Deadline),
    /// To be published, and late since this day.
    LateSince(Date),
    /// Public.
    Published(ShownUntil),
    /// To be taken down at once.
    TakeDown(Why),
    /// Overturned; in time when taken down through this day.
    WithdrawBy(Deadline),
    /// Overturned and still up, late since this day.
    WithdrawalLateSince(Date),
}

/// Where the publication stands on a day.
pub fn status(matter: &Matter, today: Date) -> Status {
    let is_up = matter.published_on.is_some_and(|day| day <= today);
    if let Some(why) = why_not(matter, today) {
        return if is_up {
            Status::TakeDown(why)
        } else {
            Status::NotPublic(why)
        };
    }
    match (matter.overturned, is_up) {
        (Some(by), true) => {
            late_since(by, today).map_or(Status::WithdrawBy(by), Status::WithdrawalLateSince)
        }
        (Some(_), false) => Status::NotPublic(Why::Overturned),
        (None, true) => Status::Published(matter.until),
        (None, false) => {
            late_since(matter.due, today).map_or(Status::DueBy(matter.due), Status::LateSince)
        }
    }
}

/// Why it must not be public on a day, if it must not. Overturning is told apart,
/// because the law gives days for it.
fn why_not(matter: &Matter, today: Date) -> Option<Why> {
    if !matter.may_be_public {
        return Some(Why::Class);
    }
    if matter.touches_privacy {
        return Some(Why::Privacy);
    }
    if matter.repaired_on.is_some_and(|day| day <= today) {
        return Some(Why::Repaired);
    }
    match matter.until {
        ShownUntil::Open => None,
        ShownUntil::Day(last) => (today > last).then_some(Why::Over),
        ShownUntil::NotShown => Some(Why::NotShown),
    }
}

/// The first day too late, once that is certain.
fn late_since(by: Deadline, today: Date) -> Option<Date> {
    if by.is_over(today) {
        by.date.tomorrow().ok()
    } else {
        None
    }
}

/// Whether something was published in time, for supervision (requirement 39).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Punctuality {
    /// On the last day or before.
    OnTime,
    /// After it.
    Late,
    /// After a last day that is still provisional.
    NotKnown,
}

/// Whether it was published in time: on time on the last day, late on the next.
pub fn punctuality(due: Deadline, published_on: Date) -> Punctuality {
    match (published_on <= due.date, due.provisional) {
        (true, false) => Punctuality::OnTime,
        (false, false) => Punctuality::Late,
        (true | false, true) => Punctuality::NotKnown,
    }
}

#[cfg(test)]
mod tests;
