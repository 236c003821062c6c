//! Spreading waits, so that steps which failed together do not all come back
//! together.
//!
//! Comes in: a step as a transition left it, its key, the number of the attempt, the
//! time. Goes out: the same step, its wait longer by up to a quarter. Always holds:
//! the same key and attempt give the same wait, so that a test can say what it will
//! be; no wait becomes shorter, and none that is over becomes longer.

use super::Step;
use jiff::{SignedDuration, Timestamp};

/// Parts in which the longest addition is counted.
const PARTS: i64 = 1_000;

/// The step with its wait spread.
pub fn spread(step: Step, key: &str, attempt: u32, now: Timestamp) -> Step {
    let later = |at: Timestamp| {
        let wait = at.duration_since(now).as_millis();
        let wait = i64::try_from(wait).unwrap_or(0).max(0);
        let added = (wait / 4).saturating_mul(part(key, attempt)) / PARTS;
        at.checked_add(SignedDuration::from_millis(added))
            .unwrap_or(at)
    };
    match step {
        Step::Due { at } => Step::Due { at: later(at) },
        Step::Pending { ask_at } => Step::Pending {
            ask_at: later(ask_at),
        },
        Step::Unknown { ask_at } => Step::Unknown {
            ask_at: later(ask_at),
        },
        other => other,
    }
}

/// A number from 0 to [`PARTS`] that looks random, from a key and an attempt
/// (FNV-1a).
fn part(key: &str, attempt: u32) -> i64 {
    let bytes = key.bytes().chain(attempt.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    // The low bits of the last step mix least.
    ((hash >> 24) % (PARTS.unsigned_abs() + 1)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn due(key: &str, attempt: u32, wait: i64) -> i64 {
        let at = NOW + SignedDuration::from_millis(wait);
        let spread = spread(Step::Due { at }, key, attempt, NOW);
        spread.due_at().unwrap().as_millisecond()
    }

    #[test]
    fn steps_that_failed_together_come_back_apart_and_none_too_early() {
        let all: BTreeSet<i64> = (0..100).map(|n| due(&format!("k-{n}"), 1, 8_000)).collect();
        assert!(all.len() > 80, "{}", all.len());
        assert!(
            all.iter().all(|at| (8_000..=10_000).contains(at)),
            "{all:?}"
        );
        assert_eq!(due("k", 3, 8_000), due("k", 3, 8_000));
        assert_ne!(due("k", 3, 8_000), due("k", 4, 8_000));
    }

    #[test]
    fn a_wait_that_is_over_stays_over() {
        assert_eq!(due("k", 1, 0), 0);
        assert_eq!(due("k", 1, -5), -5);
        let parked = Step::Parked {
            reason: "r".to_owned(),
        };
        assert_eq!(spread(parked.clone(), "k", 1, NOW), parked);
    }
}
