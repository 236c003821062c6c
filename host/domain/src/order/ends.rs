//! When an order ends by itself: no order is without such a day (I2).
//!
//! Comes in: a last day, or a review that confirmed the order. Goes out: the last
//! day on which it can be in force. Always holds: an end is put off by a review
//! alone, and a review reaches no further than its span.

use crate::span::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// When an order ends by itself (I2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// After this day.
    OnDay(Date),
    /// With an event that the catalogue names, such as payment. Somebody confirms
    /// from time to time that it has not come yet.
    OnEvent {
        /// After this day it has lapsed, unless confirmed by then.
        review_by: Date,
        /// The last day where a later edition of the catalogue set one.
        at_latest: Option<Date>,
    },
}

impl Ends {
    /// The last day on which the order can be in force as things stand.
    pub fn last_day(self) -> Date {
        match self {
            Self::OnDay(day) => day,
            Self::OnEvent {
                review_by,
                at_latest,
            } => at_latest.map_or(review_by, |day| day.min(review_by)),
        }
    }

    /// The same with no later end than `to`; an end is never put off.
    pub(super) fn shortened(self, to: Date) -> Self {
        match self {
            Self::OnDay(day) => Self::OnDay(day.min(to)),
            Self::OnEvent {
                review_by,
                at_latest,
            } => Self::OnEvent {
                review_by,
                at_latest: Some(at_latest.map_or(to, |day| day.min(to))),
            },
        }
    }
}

/// A review that confirmed an order which ends with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Review {
    on: Date,
    by: Date,
}

/// A next review that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the next review has to lie after {on} and at the latest {at_most} from then; {by} does not / \
     下次复核日期应在{on}之后、自该日起{}之内，{by}不符合", at_most.zh()
)]
pub struct ReviewError {
    on: Date,
    by: Date,
    at_most: Span,
}

impl Review {
    /// Reviewed on `on`, the next time by `by`, at most `at_most` ahead. That length
    /// is data; our own floor is 12 months (I2).
    ///
    /// # Errors
    /// Where `by` is not after `on` or lies too far ahead.
    pub fn new(on: Date, by: Date, at_most: Span) -> Result<Self, ReviewError> {
        match at_most.last_day(on) {
            Some(latest) if on < by && by <= latest => Ok(Self { on, by }),
            Some(_) | None => Err(ReviewError { on, by, at_most }),
        }
    }

    /// The day on which it was reviewed.
    pub fn on(self) -> Date {
        self.on
    }

    /// The day by which it has to be reviewed again.
    pub fn by(self) -> Date {
        self.by
    }
}
