//! Working days of China: what counts, what does not, and what nobody has
//! published yet.
//!
//! Comes in: the State Council's notices on holidays, published and imported.
//! Goes out: whether a day is worked, the day on which a deadline falls, and what
//! a new notice changes of deadlines known before. Always holds: a year without a
//! notice is unknown; a deadline that counts days of one says that it is
//! provisional and is never silently computed. The order in which notices were
//! imported makes no difference.
//!
//! Deliberately absent: local adjustments. A notice that binds one place only
//! (such as Beijing's in November 2014) is not in the published data.

mod notice;

mod published;

mod recompute;

pub use notice::{Holiday, HolidayNotice, read_notice};
pub use recompute::{Computed, Recomputed};

use crate::span::Span;
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
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

impl Deadline {
    /// Whether it is surely over: certain, and before this day. While it is
    /// provisional it is never over.
    pub fn is_over(self, today: Date) -> bool {
        !self.provisional && today > self.date
    }
}

/// A number of working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkingDays {
    /// How many.
    pub days: u32,
    /// They stand in part in a year whose notice is not known.
    pub provisional: bool,
}

/// Why a notice does not fit what is known already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefused {
    /// Another notice arranges the year.
    #[error(
        "{year} is arranged already by 《{by}》, and this notice says otherwise. If it changes that one, write `amends = true` and `issued_on`; if not, compare both with what the State Council published"
    )]
    YearKnown {
        /// The year.
        year: i16,
        /// Title of the notice that arranges it.
        by: String,
    },
    /// It amends what is not there.
    #[error(
        "this notice amends the arrangement of {year}, which is not known; import the year's own notice first"
    )]
    NothingToAmend {
        /// The year.
        year: i16,
    },
}

/// The notices that are known, and what they make of each day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// In the order in which they decide: a later one overrides an earlier one.
    notices: Vec<HolidayNotice>,
    years: BTreeMap<i16, Year>,
}

/// Whether each day of a year is worked, from 1 January on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Year([bool; 366]);

impl Year {
    /// Monday to Friday, as long as no notice says otherwise.
    fn without_notices(year: i16) -> Self {
        let mut worked = [false; 366];
        for date in days_of(year) {
            worked[index(date)] = !is_weekend(date);
        }
        Self(worked)
    }
}

impl Calendar {
    /// The calendar of every notice from 2004 to 2026.
    pub fn published() -> &'static Self {
        published::calendar()
    }

    /// This calendar with one more notice. One that says what a known one says,
    /// in whatever words, changes nothing: so importing again does no harm, nor
    /// does a year that a later version of the house publishes itself.
    ///
    /// # Errors
    /// A second notice of a year that does not amend the first; an amendment of a
    /// year without one.
    pub fn with(&self, notice: HolidayNotice) -> Result<Self, NoticeRefused> {
        let year = notice.year;
        let known: Vec<&HolidayNotice> = self.notices_of(year).collect();
        match known.first() {
            None if notice.amends => return Err(NoticeRefused::NothingToAmend { year }),
            Some(_) if known.iter().any(|known| known.is_the_same_as(&notice)) => {
                return Ok(self.clone());
            }
            Some(first) if !notice.amends => {
                let by = first.title.clone();
                return Err(NoticeRefused::YearKnown { year, by });
            }
            None | Some(_) => {}
        }
        let mut notices = self.notices.clone();
        notices.push(notice);
        Ok(Self::of(notices))
    }

    /// This calendar with more notices, in whatever order they come.
    ///
    /// # Errors
    /// As for [`Calendar::with`].
    pub fn with_all(
        &self,
        notices: impl IntoIterator<Item = HolidayNotice>,
    ) -> Result<Self, NoticeRefused> {
        let mut notices: Vec<_> = notices.into_iter().collect();
        notices.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let mut known = self.clone();
        for notice in notices {
            known = known.with(notice)?;
        }
        Ok(known)
    }

    fn of(mut notices: Vec<HolidayNotice>) -> Self {
        notices.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let mut years: BTreeMap<i16, Year> = notices
            .iter()
            .map(|notice| (notice.year, Year::without_notices(notice.year)))
            .collect();
        for (date, worked) in notices.iter().flat_map(HolidayNotice::days) {
            // A notice also names days of the December before its year, which may
            // be unknown; they wait for that year's own notice.
            if let Some(year) = years.get_mut(&date.year()) {
                year.0[index(date)] = worked;
            }
        }
        Self { notices, years }
    }

    /// What is known of a day.
    pub fn day(&self, date: Date) -> Day {
        match self.years.get(&date.year()) {
            None => Day::Unknown,
            Some(year) if year.0[index(date)] => Day::Working,
            Some(_) => Day::Rest,
        }
    }

    /// The last day of a span that begins with an event on `start`. The day of the
    /// event does not count (民法典 第二百零一条); a span of months or years ends on
    /// the day of the same number, or on the last of the month (第二百零二条). `None`
    /// when it lies out of range. A span of 0 ends on `start` itself.
    ///
    /// In an unknown year Monday to Friday are taken as worked, and the deadline
    /// says that it is provisional. One that ends on the last day of a known year
    /// is not: it counts no unknown day.
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
        let mut deadline = Deadline {
            date: start,
            provisional: false,
        };
        while left > 0 {
            deadline.date = deadline.date.tomorrow().ok()?;
            let (worked, guessed) = self.worked_or_guess(deadline.date);
            deadline.provisional |= guessed;
            left -= i64::from(worked);
        }
        Some(deadline)
    }

    /// The working days that lie after `start`, up to `end` and with it: what
    /// [`Calendar::after`] would have to count to reach `end` from `start`. 0
    /// where `end` is not after `start`.
    pub fn working_days_between(&self, start: Date, end: Date) -> WorkingDays {
        let mut counted = WorkingDays {
            days: 0,
            provisional: false,
        };
        let mut date = start;
        while date < end
            && let Ok(next) = date.tomorrow()
        {
            date = next;
            let (worked, guessed) = self.worked_or_guess(date);
            counted.provisional |= guessed;
            counted.days += u32::from(worked);
        }
        counted
    }

    /// The day itself if it is worked, or else the next one that is: where the
    /// last day of a period falls on a holiday, the day after the holiday is its
    /// last (民法典 第二百零三条). Whether a period follows this rule is for its own
    /// law to say, so no other method here applies it. `None` out of range.
    pub fn next_working_day(&self, date: Date) -> Option<Deadline> {
        match self.worked_or_guess(date) {
            (true, provisional) => Some(Deadline { date, provisional }),
            (false, guessed) => {
                let next = self.working_days_after(date, 1)?;
                Some(Deadline {
                    provisional: next.provisional || guessed,
                    ..next
                })
            }
        }
    }

    /// Whether the day is taken as worked, and whether that is only a guess.
    fn worked_or_guess(&self, date: Date) -> (bool, bool) {
        match self.day(date) {
            Day::Working => (true, false),
            Day::Rest => (false, false),
            Day::Unknown => (!is_weekend(date), true),
        }
    }

    /// Whether the year's notice is known.
    pub fn is_known(&self, year: i16) -> bool {
        self.years.contains_key(&year)
    }

    /// The known years, ascending.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.years.keys().copied()
    }

    /// The notices of a year: the first arranges it, the others amend it, the last
    /// issued last.
    pub fn notices_of(&self, year: i16) -> impl Iterator<Item = &HolidayNotice> {
        self.notices
            .iter()
            .filter(move |notice| notice.year == year)
    }

    /// The days known here of which a newer calendar says otherwise, ascending,
    /// each with what it is now.
    pub fn days_changed_by(&self, newer: &Self) -> Vec<(Date, Day)> {
        self.years()
            .flat_map(days_of)
            .map(|date| (date, newer.day(date)))
            .filter(|(date, day)| self.day(*date) != *day)
            .collect()
    }
}

/// The days of a year; none where no calendar reaches.
fn days_of(year: i16) -> impl Iterator<Item = Date> {
    Date::new(year, 1, 1)
        .into_iter()
        .flat_map(|first| first.series(1.day()))
        .take_while(move |date| date.year() == year)
}

/// The place of a day in its year, from 0.
fn index(date: Date) -> usize {
    usize::from(date.day_of_year().unsigned_abs()) - 1
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests;
