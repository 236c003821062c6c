//! Where time comes from: the machine, or, in demo and scenarios alone, a hand
//! that sets it.
//!
//! Always holds: every other piece of the house gets time as a value that was
//! read here once per verb. A clock that is set never runs backwards, since
//! nothing in the house may be undone by time.

use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source of the present instant.
pub trait Clock: Send + Sync {
    /// Now, to the millisecond: what rows keep.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or(Timestamp::MAX)
    }
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct SetClock {
    milliseconds: AtomicI64,
}

impl SetClock {
    /// A clock that stands at this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self {
            milliseconds: AtomicI64::new(instant.as_millisecond()),
        }
    }

    /// Sets it forward; an instant that has passed already leaves it where it is.
    pub fn set(&self, instant: Timestamp) {
        self.milliseconds
            .fetch_max(instant.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let milliseconds = self.milliseconds.load(Ordering::SeqCst);
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_stands_still_and_never_runs_backwards() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let clock = SetClock::at(at("2026-11-23T00:00:00Z"));
        assert_eq!(clock.now(), clock.now());
        clock.set(at("2026-11-24T00:00:00Z"));
        clock.set(at("2026-11-20T00:00:00Z"));
        assert_eq!(clock.now(), at("2026-11-24T00:00:00Z"));
    }
}
