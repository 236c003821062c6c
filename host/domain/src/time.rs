//! Two kinds of time: UTC instants, which order events, and civil dates of
//! China, which the law counts in.
//!
//! Comes in and goes out: values. Nothing here asks what time it is.
//!
//! China keeps UTC+08:00 without daylight saving; the contract fixes that for
//! every moment it carries, so the years 1986–1991, when clocks did change, are
//! read in plain UTC+08:00 as well.

use jiff::{Timestamp, civil, tz};

/// UTC+08:00, the offset of every civil date and moment in the house.
pub const BEIJING: tz::Offset = tz::Offset::constant(8);

/// The civil day in China on which an instant falls.
pub fn civil_date(instant: Timestamp) -> civil::Date {
    BEIJING.to_datetime(instant).date()
}

/// The civil moment in China, to the second.
pub fn civil_moment(instant: Timestamp) -> civil::DateTime {
    let at = BEIJING.to_datetime(instant);
    civil::date(at.year(), at.month(), at.day()).at(at.hour(), at.minute(), at.second(), 0)
}

/// The first instant of a civil day in China. `None` outside the range that an
/// instant can hold, which no day from 1900 to 2199 is.
pub fn start_of_day(day: civil::Date) -> Option<Timestamp> {
    BEIJING
        .to_timestamp(day.to_datetime(civil::Time::midnight()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_begins_at_four_in_the_afternoon_utc() {
        let last = "2026-11-22T15:59:59Z".parse().unwrap();
        let first = "2026-11-22T16:00:00Z".parse().unwrap();
        assert_eq!(civil_date(last), date(2026, 11, 22));
        assert_eq!(civil_date(first), date(2026, 11, 23));
        assert_eq!(start_of_day(date(2026, 11, 23)), Some(first));
    }
}
