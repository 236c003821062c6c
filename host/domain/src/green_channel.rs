//! The green channel (行政审批绿色通道): who is eligible for it, and what is accepted
//! with gaps (容缺受理, [`gaps`]).
//!
//! Comes in: the honour of an exemplar or the adverse records, the span of law as
//! data, the day. Goes out: eligible and why, or not and because of which records.
//! Always holds: the answer is yes or no with its reasons, about one party to an
//! administrative matter (行政相对人), organization or person alike, since the plan
//! draws no line between them; nothing is counted, weighed or compared (I1).
//! Eligibility is no entitlement: the department decides (可根据实际情况).
//!
//! Deliberately absent: anything that ranks the eligible, and any effect on those
//! who are not. They wait their turn as everybody does.

pub mod gaps;

use crate::{ids::RecordId, span::Span, version::Past};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An adverse record, as far as the green channel asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adverse {
    /// Which.
    pub id: RecordId,
    /// The day from which its clean years count: that of the decision, and of a
    /// list entry its last day on the list (today, while it stands on it).
    pub last_day: Date,
    /// It has ended; what that did with the past.
    pub ended: Option<Past>,
}

/// Whether somebody is eligible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Eligibility {
    /// It is.
    Eligible(Why),
    /// It is not.
    NotEligible {
        /// The records that stand in the way.
        because: Vec<RecordId>,
    },
}

/// Why somebody is eligible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// 守信典型: this record of an honour, in force.
    Exemplar(RecordId),
    /// 连续…无不良信用记录: no adverse record within this span.
    CleanFor(Span),
}

/// Whether somebody is eligible on a day (requirement 17): an exemplar, or nothing
/// adverse within `clean`. A record stands in the way until the day before its
/// anniversary; on the day itself the years are full. Repaired and overturned
/// records do not count. `exemplar`: an honour in force.
pub fn eligibility(
    exemplar: Option<RecordId>,
    adverse: &[Adverse],
    clean: Span,
    today: Date,
) -> Eligibility {
    if let Some(honour) = exemplar {
        return Eligibility::Eligible(Why::Exemplar(honour));
    }
    let because: Vec<RecordId> = adverse
        .iter()
        .filter(|record| record.ended.is_none_or(Past::counts))
        // A span without a last day cannot be shown to be over.
        .filter(|record| {
            clean
                .last_day(record.last_day)
                .is_none_or(|last| today <= last)
        })
        .map(|record| record.id)
        .collect();
    if because.is_empty() {
        Eligibility::Eligible(Why::CleanFor(clean))
    } else {
        Eligibility::NotEligible { because }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    const CLEAN: Span = Span::Years(3);

    fn record(number: u128) -> RecordId {
        RecordId(Uuid::from_u128(number))
    }

    fn adverse(last_day: Date, ended: Option<Past>) -> Adverse {
        Adverse {
            id: record(1),
            last_day,
            ended,
        }
    }

    /// Requirement 17: the day before three years, and the day itself.
    #[test]
    fn a_record_stands_in_the_way_until_the_day_before_three_years() {
        #[track_caller]
        fn check(last_day: Date, today: Date, eligible: bool) {
            let expected = if eligible {
                Eligibility::Eligible(Why::CleanFor(CLEAN))
            } else {
                Eligibility::NotEligible {
                    because: vec![record(1)],
                }
            };
            let got = eligibility(None, &[adverse(last_day, None)], CLEAN, today);
            assert_eq!(got, expected, "{last_day} on {today}");
        }
        let decided = date(2023, 11, 23);
        check(decided, decided, false);
        check(decided, date(2026, 11, 22), false);
        check(decided, date(2026, 11, 23), true);
        check(date(2024, 2, 29), date(2027, 2, 27), false);
        check(date(2024, 2, 29), date(2027, 2, 28), true);
    }

    /// Requirement 17: repaired and overturned records do not count; expired ones do.
    #[test]
    fn repaired_and_overturned_records_do_not_count() {
        for (ended, counts) in [
            (None, true),
            (Some(Past::Stands), true),
            (Some(Past::Closed), false),
            (Some(Past::TakenBack), false),
        ] {
            let record = adverse(date(2026, 1, 1), ended);
            let got = eligibility(None, &[record], CLEAN, date(2026, 11, 23));
            let eligible = matches!(got, Eligibility::Eligible(_));
            assert_eq!(eligible, !counts, "{ended:?}");
        }
    }

    /// Requirement 17: an exemplar is eligible.
    #[test]
    fn an_exemplar_is_eligible() {
        let record_in_the_way = adverse(date(2026, 1, 1), None);
        let got = eligibility(
            Some(record(9)),
            &[record_in_the_way],
            CLEAN,
            date(2026, 11, 23),
        );
        assert_eq!(got, Eligibility::Eligible(Why::Exemplar(record(9))));
    }

    #[test]
    fn a_span_that_cannot_be_counted_lets_nobody_through() {
        for clean in [Span::Years(0), Span::WorkingDays(700)] {
            let old = adverse(date(2000, 1, 1), None);
            let got = eligibility(None, &[old], clean, date(2026, 11, 23));
            assert!(matches!(got, Eligibility::NotEligible { .. }), "{clean}");
        }
    }

    proptest! {
        /// Invariant I1: the order and the number of records make no difference to
        /// the answer, only which of them stand in the way.
        #[test]
        fn the_answer_names_records_and_weighs_nothing(ages in prop::collection::vec(0..3000_i64, 0..12)) {
            use jiff::ToSpan;
            let today = date(2026, 11, 23);
            let records: Vec<Adverse> = ages
                .iter()
                .zip(1..)
                .map(|(age, number)| Adverse {
                    id: record(number),
                    last_day: today.checked_sub(age.days()).unwrap(),
                    ended: None,
                })
                .collect();
            let recent: Vec<RecordId> = records
                .iter()
                .filter(|record| record.last_day > date(2023, 11, 23))
                .map(|record| record.id)
                .collect();
            match eligibility(None, &records, CLEAN, today) {
                Eligibility::Eligible(_) => prop_assert!(recent.is_empty()),
                Eligibility::NotEligible { because } => prop_assert_eq!(because, recent),
            }
        }
    }
}
