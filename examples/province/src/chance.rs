//! Chance: the same from the same seed, on every machine.
//!
//! In comes a seed and the name of what it is for; out go picks. Always: each name has
//! a stream of its own, so that a row more in one feed moves nothing in another.
//! Absent: randomness of the system. The library is taken without its `std`, so that it
//! has none to offer.

use jiff::civil::Date;

/// A stream of picks.
#[derive(Debug)]
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    /// The stream of this seed for this purpose.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        // FNV-1a: short, and the same for ever.
        let mixed = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self(fastrand::Rng::with_seed(seed ^ mixed))
    }

    /// One of them; there is at least one.
    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.0.usize(..of.len())]
    }

    /// A number, both ends among them.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        self.0.u32(least..=most)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.between(1, n) == 1
    }

    /// Puts them into an order of its own.
    pub(crate) fn shuffle<T>(&mut self, of: &mut [T]) {
        self.0.shuffle(of);
    }

    /// A day, both ends among them.
    pub(crate) fn day(&mut self, first: Date, last: Date) -> Date {
        let span = u32::try_from(first.duration_until(last).as_hours() / 24).unwrap_or(0);
        let days = i64::from(self.between(0, span));
        first
            .checked_add(jiff::Span::new().days(days))
            .unwrap_or(last)
    }
}
