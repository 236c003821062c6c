//! Editions, and what a new one does to orders in force.
//!
//! Comes in: an order's own days and the catalogue as it is on a day. Goes out:
//! whether the order keeps its days, ends sooner, or is a person's to review.
//!
//! Always holds: nothing reaches back but to the subject's good (立法法 第一百零四
//! 条), so no order is ever made longer or harsher; what has to be weighed goes to
//! a person with the reasons. Deliberately absent: the change itself. The host
//! makes it, as a lift on the day after.

use super::{Catalogue, Measure, Period, SubjectKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One edition of a series of measures or items. The next edition of the series
/// takes its place whole: what it does not name is no longer in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// The series: `fujian-measures`.
    pub series: String,
    /// The edition's own name: `2026-11`.
    pub name: String,
    /// First day in force.
    pub in_force_from: Date,
    /// First day of the next edition, where there is one.
    pub until: Option<Date>,
}

impl Edition {
    /// Whether it is the one in force on a day.
    pub fn is_in_force(&self, on: Date) -> bool {
        self.in_force_from <= on && self.until.is_none_or(|end| on < end)
    }

    /// Whether a time from one day until before another touches the edition's
    /// days.
    pub fn overlaps(&self, from: Date, until: Option<Date>) -> bool {
        self.until.is_none_or(|end| from < end) && until.is_none_or(|end| self.in_force_from < end)
    }
}

/// An order in force, as far as a new edition can touch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderInForce {
    /// Code of the measure.
    pub measure: String,
    /// The department that carries it out.
    pub department: String,
    /// What kind of subject it touches.
    pub subject: SubjectKind,
    /// Codes of the bases cited in its terms.
    pub bases: Vec<String>,
    /// The day on which a person last settled its terms: made or reviewed it.
    pub settled_on: Date,
    /// First day of the measure.
    pub starts_on: Date,
    /// Its last day, or the day of its next review.
    pub ends_on: Date,
}

/// Why a person has to look at an order again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What the catalogue of a day does to an order in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing: it runs as it was made.
    Keeps,
    /// Its last day is this one, earlier than it was. It may be past already,
    /// where the edition came into force unnoticed: then it is lifted at once.
    EndsSooner(Date),
    /// What it stands on is gone or has changed: a person decides (requirement
    /// 14). Until then it ends on this day, never later than before.
    Review {
        /// Its last day meanwhile.
        ends_on: Date,
        /// Why; at least one.
        reasons: Vec<Reason>,
    },
}

impl Catalogue {
    /// What the catalogue of a day does to an order in force. Asking again after
    /// its answer was carried out changes nothing further.
    pub fn consequence(&self, order: &OrderInForce, on: Date) -> Consequence {
        let ends_on = self.last_day_now(order, on);
        let reasons = self.reasons_for_review(order, on);
        if !reasons.is_empty() {
            Consequence::Review { ends_on, reasons }
        } else if ends_on < order.ends_on {
            Consequence::EndsSooner(ends_on)
        } else {
            Consequence::Keeps
        }
    }

    /// The order's last day under every edition that came into force since its
    /// terms were settled. A shorter longest period counts from the order's own
    /// start, but ends nothing before the edition that brought it; of an
    /// incentive it takes nothing.
    fn last_day_now(&self, order: &OrderInForce, on: Date) -> Date {
        let mut last = order.ends_on;
        for measure in self.measures.get(&order.measure).into_iter().flatten() {
            let began = self.editions[measure.edition].in_force_from;
            if began <= order.settled_on || began > on || !self.is_adverse(measure) {
                continue;
            }
            if let Period::Lasts(longest) = measure.period
                && let Some(lawful) = longest.last_day(order.starts_on)
                && let Ok(day_before) = began.yesterday()
            {
                last = last.min(lawful.max(day_before));
            }
        }
        last
    }

    fn reasons_for_review(&self, order: &OrderInForce, on: Date) -> Vec<Reason> {
        let mut reasons = Vec::new();
        match self.measure(&order.measure, on) {
            None => reasons.push(Reason {
                zh: format!("措施 {} 在 {on} 已不在现行目录中", order.measure),
                en: format!(
                    "measure {} is not in the catalogue in force on {on}",
                    order.measure
                ),
            }),
            Some(now) => reasons.extend(self.changes_to_weigh(order, now)),
        }
        reasons.extend(order.bases.iter().filter_map(|code| self.gone(code, on)));
        if !self.department_has_mandate(&order.department, &order.measure, on) {
            reasons.push(Reason {
                zh: format!(
                    "{} 部门在 {on} 已无权执行措施 {}",
                    order.department, order.measure
                ),
                en: format!(
                    "department {} has no mandate for {} on {on}",
                    order.department, order.measure
                ),
            });
        }
        reasons
    }

    /// What the entry in force says otherwise than the one under which the order
    /// was settled, and that shortens no day by itself.
    fn changes_to_weigh(&self, order: &OrderInForce, now: &Measure) -> Vec<Reason> {
        let code = &order.measure;
        let mut reasons = Vec::new();
        let mut because = |zh: String, en: String| reasons.push(Reason { zh, en });
        if now.is_draft() {
            because(
                format!("措施 {code} 在现行目录中仅为草案"),
                format!("measure {code} is only a draft in the catalogue in force"),
            );
        }
        if !now.touches(order.subject) {
            because(
                format!("措施 {code} 按现行目录已不适用于该类主体"),
                format!("measure {code} no longer applies to a subject of this kind"),
            );
        }
        let Some(then) = self.measure(code, order.settled_on) else {
            return reasons;
        };
        if then.kind != now.kind {
            because(
                format!(
                    "措施 {code} 的类型由 {} 改为 {}",
                    then.kind.zh(),
                    now.kind.zh()
                ),
                format!(
                    "measure {code} was of kind {} and is now {}",
                    then.kind.code(),
                    now.kind.code()
                ),
            );
        }
        if let Period::Until { event, review } = &now.period
            && then.edition != now.edition
            && then.period != now.period
        {
            because(
                format!(
                    "措施 {code} 现以“{event}”为止，至多每{}复核一次",
                    review.zh()
                ),
                format!(
                    "measure {code} now lasts until “{event}”, reviewed every {review} at most"
                ),
            );
        }
        reasons
    }

    /// Why a basis no longer holds on a day, if so.
    fn gone(&self, code: &str, on: Date) -> Option<Reason> {
        match self.bases.get(code) {
            Some(basis) if basis.is_in_force(on) => None,
            Some(basis) => Some(Reason {
                zh: format!("依据{}{}在 {on} 已失效", basis.citation, basis.article),
                en: format!("basis {code} is not in force on {on}"),
            }),
            None => Some(Reason {
                zh: format!("依据 {code} 已不在依据库中"),
                en: format!("basis {code} is no longer in the register"),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
