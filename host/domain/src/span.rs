//! A length of time as the law counts it.
//!
//! Comes in: the words of the catalogue (`{ working_days = 5 }`). Goes out: the
//! same, with its unit. Always holds: a span says what it counts; whether a day
//! is a working day is the calendar's matter.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A length of time. In TOML an inline table of one key: `{ months = 3 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// 日: every day counts.
    Days(u32),
    /// 工作日: State Council holidays and weekends do not count, make-up workdays do.
    WorkingDays(u32),
    /// 月.
    Months(u32),
    /// 年.
    Years(u32),
}

impl Span {
    /// How many, of whatever unit.
    pub fn count(self) -> u32 {
        match self {
            Self::Days(n) | Self::WorkingDays(n) | Self::Months(n) | Self::Years(n) => n,
        }
    }

    /// The last day of a period of this length that begins on `first` and counts
    /// that day: one year from 2026-03-01 ends on 2027-02-28. `None` for working
    /// days, in which no period of a measure is counted, for a length of 0, and
    /// out of range.
    pub fn last_day(self, first: Date) -> Option<Date> {
        if self.count() == 0 {
            return None;
        }
        let n = i64::from(self.count());
        let span = match self {
            Self::Days(_) => n.days(),
            Self::Months(_) => n.months(),
            Self::Years(_) => n.years(),
            Self::WorkingDays(_) => return None,
        };
        first.checked_add(span).ok()?.yesterday().ok()
    }
}

impl fmt::Display for Span {
    /// In English, `5 working days`; [`Span::zh`] for Chinese.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self {
            Self::Days(_) => "day",
            Self::WorkingDays(_) => "working day",
            Self::Months(_) => "month",
            Self::Years(_) => "year",
        };
        let plural = if self.count() == 1 { "" } else { "s" };
        write!(f, "{} {unit}{plural}", self.count())
    }
}

impl Span {
    /// In Chinese, `5个工作日`.
    pub fn zh(self) -> String {
        match self {
            Self::Days(n) => format!("{n}日"),
            Self::WorkingDays(n) => format!("{n}个工作日"),
            Self::Months(n) => format!("{n}个月"),
            Self::Years(n) => format!("{n}年"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_counts_its_first_day() {
        let first = date(2026, 3, 1);
        assert_eq!(Span::Years(1).last_day(first), Some(date(2027, 2, 28)));
        assert_eq!(Span::Months(3).last_day(first), Some(date(2026, 5, 31)));
        assert_eq!(Span::Days(1).last_day(first), Some(first));
        assert_eq!(Span::Days(0).last_day(first), None);
        assert_eq!(Span::WorkingDays(5).last_day(first), None);
    }

    #[test]
    fn spans_read_as_people_say_them() {
        assert_eq!(Span::WorkingDays(5).to_string(), "5 working days");
        assert_eq!(Span::Years(1).to_string(), "1 year");
        assert_eq!(Span::WorkingDays(5).zh(), "5个工作日");
    }
}
