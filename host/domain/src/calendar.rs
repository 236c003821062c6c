//! Working days of China: what counts, what does not, and what nobody has
//! published yet.
//!
//! Comes in: the State Council's notices, as data. Goes out: whether a day is
//! worked, and the day on which a deadline falls. Always holds: a year without a
//! notice is unknown; a deadline that reaches into one says that it is
//! provisional and is never silently computed.

use crate::span::Span;
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// 工作日, make-up workdays (调休上班) included.
    Working,
    /// A weekend or a public holiday.
    Rest,
    /// The year's notice has not been published, or not been imported.
    Unknown,
}

/// The day on which something falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deadline {
    /// The last day on which it is in time.
    pub date: Date,
    /// It counts days of a year whose notice is not known: it may still move.
    pub provisional: bool,
}

/// The published days off and make-up workdays, year by year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i16>,
    /// Days that differ from the rule "Monday to Friday": true for worked.
    exceptions: BTreeMap<Date, bool>,
}

impl Calendar {
    /// What is known of a day.
    pub fn day(&self, date: Date) -> Day {
        if !self.years.contains(&date.year()) {
            return Day::Unknown;
        }
        match self.exceptions.get(&date) {
            Some(true) => Day::Working,
            Some(false) => Day::Rest,
            None if is_weekend(date) => Day::Rest,
            None => Day::Working,
        }
    }

    /// The last day of a span that begins with an event on `start`. The day of the
    /// event does not count (民法典 第二百零一条); a span of months or years ends on
    /// the day of the same number, or on the last of the month (第二百零二条). `None`
    /// when it lies out of range.
    ///
    /// In an unknown year Monday to Friday are taken as worked, and the deadline
    /// says that it is provisional.
    pub fn after(&self, start: Date, span: Span) -> Option<Deadline> {
        let n = i64::from(span.count());
        let certain = |date| Deadline {
            date,
            provisional: false,
        };
        match span {
            Span::Days(_) => start.checked_add(n.days()).ok().map(certain),
            Span::Months(_) => start.checked_add(n.months()).ok().map(certain),
            Span::Years(_) => start.checked_add(n.years()).ok().map(certain),
            Span::WorkingDays(_) => self.working_days_after(start, n),
        }
    }

    fn working_days_after(&self, start: Date, mut left: i64) -> Option<Deadline> {
        let mut date = start;
        let mut provisional = false;
        while left > 0 {
            date = date.tomorrow().ok()?;
            let worked = match self.day(date) {
                Day::Working => true,
                Day::Rest => false,
                Day::Unknown => {
                    provisional = true;
                    !is_weekend(date)
                }
            };
            left -= i64::from(worked);
        }
        Some(Deadline { date, provisional })
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
