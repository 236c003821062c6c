//! Days of the made-up province.
//!
//! Comes out: between which days ordinary decisions were made, and the same day some
//! years on. Always: every decision is older than the day on which the story begins.
//! Absent: working days, which are the house's.

use jiff::Span;
use jiff::civil::{Date, date};

/// First day of an ordinary decision.
pub(crate) const FROM: Date = date(2024, 1, 2);
/// And the last.
pub(crate) const UNTIL: Date = date(2026, 10, 30);

/// The same day so many years later.
pub(crate) fn years_on(day: Date, years: i64) -> Date {
    day.checked_add(Span::new().years(years)).unwrap_or(day)
}
