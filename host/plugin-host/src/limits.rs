//! What one call may consume, counted where it is consumed.
//!
//! Comes in: the effective limits. Goes out: yes or no to each request of the
//! guest for more. Always holds: memory is summed over all memories and tables of
//! the store; guest time is counted in ticks of the epoch, so waiting in a host
//! call costs the guest nothing and spinning costs it everything.

use crate::manifest::Limits;
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// The epoch's tick, and so the grain of guest time.
pub const TICK: Duration = Duration::from_millis(10);

/// Requests that one call may send; the contract promises at least 8.
pub(crate) const REQUESTS: u32 = 16;
/// Bytes of one request's path, headers and body together.
pub(crate) const REQUEST_BYTES: usize = 256 * 1024;
/// Bytes of one file that is put into a folder, before it is encoded.
pub(crate) const FILE_BYTES: usize = 4 << 20;
/// Lines that one call may log.
pub(crate) const LOG_LINES: u32 = 200;
/// Characters of one logged line.
pub(crate) const LOG_CHARS: usize = 1_000;
/// Calls of any service in one call: the journal keeps each of them.
pub(crate) const HOST_CALLS: u32 = 4_096;
/// Bytes of requests and names that the journal of one call keeps. Each host call
/// is bounded by itself; this bounds their sum.
pub(crate) const JOURNAL_BYTES: usize = 8 << 20;
/// Bytes that one element of a table counts for.
const TABLE_ELEMENT: usize = 16;

/// What is left of a call's limits.
#[derive(Debug)]
pub(crate) struct Budget {
    memory_left: usize,
    /// A request for memory was refused: what follows is out of memory.
    pub(crate) memory_refused: bool,
    ticks_left: u32,
    /// The last host call waited: the tick that then seems due was not the guest's.
    pub(crate) waited: bool,
    pub(crate) requests_left: u32,
    pub(crate) log_lines_left: u32,
    pub(crate) log_lines_dropped: u32,
    pub(crate) host_calls_left: u32,
    pub(crate) journal_left: usize,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_left: limits.memory_mib as usize * 1024 * 1024,
            memory_refused: false,
            ticks_left: limits.time_ms.div_ceil(TICK.as_millis() as u32),
            waited: false,
            requests_left: REQUESTS,
            log_lines_left: LOG_LINES,
            log_lines_dropped: 0,
            host_calls_left: HOST_CALLS,
            journal_left: JOURNAL_BYTES,
        }
    }

    /// Counts one tick of guest time; false when none is left.
    ///
    /// Only a host call that really waited gives a tick back, and the requests of
    /// a call are counted, so that a guest cannot buy time by calling often.
    pub(crate) fn tick(&mut self) -> bool {
        if std::mem::take(&mut self.waited) {
            return true;
        }
        match self.ticks_left.checked_sub(1) {
            Some(left) => {
                self.ticks_left = left;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, current: usize, desired: usize, unit: usize) -> bool {
        let more = desired.saturating_sub(current).saturating_mul(unit);
        match self.memory_left.checked_sub(more) {
            Some(left) => {
                self.memory_left = left;
                true
            }
            None => {
                self.memory_refused = true;
                false
            }
        }
    }
}

impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.take(current, desired, 1))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.take(current, desired, TABLE_ELEMENT))
    }

    // The pool bounds these too; a store that asks for more is told so here.
    fn instances(&self) -> usize {
        crate::engine::CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        crate::engine::TABLES as usize
    }

    fn memories(&self) -> usize {
        crate::engine::MEMORIES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget::new(&Limits {
            memory_mib: 1,
            time_ms: 25,
            output_kib: 64,
            calls_in_flight: 1,
        })
    }

    #[test]
    fn memory_is_summed_over_memories_and_tables() {
        let mut budget = budget();
        assert!(budget.take(0, 512 * 1024, 1));
        assert!(budget.take(0, 256 * 1024, 1));
        assert!(budget.take(0, 16 * 1024, TABLE_ELEMENT));
        assert!(!budget.memory_refused);
        assert!(!budget.take(0, 1, 1));
        assert!(budget.memory_refused);
    }

    #[test]
    fn waiting_costs_no_guest_time_and_spinning_does() {
        let mut budget = budget();
        for _ in 0..100 {
            budget.waited = true;
            assert!(budget.tick());
        }
        assert!(budget.tick() && budget.tick() && budget.tick());
        assert!(!budget.tick());
    }
}
