//! What the entries of the catalogue mean for a repair and for publicity: the
//! rules that `repair` and `publication` apply.
//!
//! Comes in: a measure and the day of its record's decision. Goes out: the rule
//! of its repair, and the tiers of its publicity. Deliberately absent: which of
//! two contradicting times prevails; both have to have gone by, and the loader
//! reports the conflict.

use super::{Catalogue, LimitCode, Measure, Seriousness};
use crate::{
    publication::Tier,
    repair::{RepairRule, Since, Wait},
};
use jiff::civil::Date;

impl Catalogue {
    /// How long conduct of one seriousness is shown, under every rule there was
    /// (orders 58 and 36).
    pub fn tiers(&self, seriousness: Seriousness) -> impl Iterator<Item = Tier> {
        let code = LimitCode::publicity(seriousness);
        let limits = self.limits.iter().filter(move |limit| limit.code == code);
        limits.map(|limit| Tier {
            at_least: limit.at_least,
            at_most: Some(limit.at_most),
            from: limit.from,
            until: limit.until,
        })
    }

    /// The rule of a measure's repair on a day (requirement 34): its own time after
    /// the correction, and the shortest publicity of its seriousness.
    pub fn repair_rule(&self, measure: &Measure, on: Date) -> RepairRule {
        let own = measure.repair.not_before.map(|span| Wait {
            span,
            since: Since::Correction,
        });
        let in_force = |tier: &Tier| tier.from <= on && tier.until.is_none_or(|end| on < end);
        let tiers = measure
            .seriousness
            .into_iter()
            .flat_map(|it| self.tiers(it));
        let shown = tiers
            .filter(in_force)
            .filter_map(|tier| Wait::of_tier(&tier));
        let repair = &measure.repair;
        RepairRule {
            waits: own.into_iter().chain(shown).collect(),
            needs: repair.needs.iter().cloned().map(Into::into).collect(),
            excluded_when: repair
                .excluded_when
                .iter()
                .cloned()
                .map(Into::into)
                .collect(),
            decides_within: repair.decides_within,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gates::tests::catalogue, repair::Need, span::Span};
    use jiff::civil::date;

    /// Requirement 34: the wage list's six months after the correction, and order
    /// 36's year of publicity for serious conduct; both, until a person decides.
    #[test]
    fn a_repair_waits_for_its_own_time_and_for_the_publicity() {
        let catalogue = catalogue();
        let waits = |on| {
            let measure = catalogue.measure("L-HRS-01", date(2026, 11, 23)).unwrap();
            catalogue.repair_rule(measure, on).waits
        };
        let own = Wait {
            span: Span::Months(6),
            since: Since::Correction,
        };
        let shown = Wait {
            span: Span::Years(1),
            since: Since::Decision,
        };
        assert_eq!(waits(date(2026, 11, 23)), [own, shown]);
        // Before order 36 there were no tiers.
        assert!(!waits(date(2026, 3, 31)).contains(&shown));
    }

    #[test]
    fn what_a_repair_needs_stands_in_the_words_of_the_entry() {
        let catalogue = catalogue();
        let measure = catalogue.measure("L-HRS-01", date(2026, 11, 23)).unwrap();
        let rule = catalogue.repair_rule(measure, date(2026, 11, 23));
        assert_eq!(rule.needs.len(), measure.repair.needs.len());
        assert!(
            rule.needs
                .iter()
                .any(|need| matches!(need, Need::InWords(_) | Need::Promise))
        );
        assert_eq!(rule.decides_within, measure.repair.decides_within);
    }
}
