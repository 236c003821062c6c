//! Sweep: one round through everything that is due. The same round at the start
//! and ever after; a crash changes nothing but what the round finds.
//!
//! Order of a round: plugins as the rows have them, notices imported elsewhere,
//! lines that waited, abandoned claims, what the day brings, steps that are due, the
//! log. A server that makes steps all the time ([`House::flow_until`]) leaves them
//! out of its rounds ([`House::upkeep`]).

use crate::{
    error::PipelineError,
    house::{Actor, House},
};
use serde::Serialize;
use std::sync::Arc;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Claims whose worker was gone.
    pub reclaimed: u32,
    /// Orders that were over their last day.
    pub expired: u32,
    /// Objections that were not answered in time.
    pub escalated: u32,
    /// Calls made on steps.
    pub called: u32,
    /// Steps that a gate refused.
    pub refused: u32,
    /// Quarantined lines that made their records when tried again.
    pub freed: u64,
    /// Steps that are due and that something keeps back.
    pub waiting: u64,
    /// Audit entries sealed.
    pub sealed: u64,
}

impl Swept {
    /// Whether another round right away could do more.
    pub fn moved(&self) -> bool {
        self.reclaimed + self.expired + self.escalated + self.called + self.refused > 0
            || self.freed > 0
    }
}

impl House {
    /// One round. Each of its parts is done whatever became of those before it.
    ///
    /// # Errors
    /// The first thing that went wrong; whatever else was due was done.
    pub async fn sweep(self: &Arc<Self>) -> Result<Swept, PipelineError> {
        let (mut swept, mut failed) = self.ahead_of_steps().await;
        let flowed = part(&mut failed, self.flow().await);
        swept.called = flowed.called;
        swept.refused = flowed.refused;
        swept.waiting = part(&mut failed, self.steps_waiting().await);
        swept.sealed = part(&mut failed, self.seal().await);
        failed.map_or(Ok(swept), Err)
    }

    /// One round without the steps that are due.
    ///
    /// # Errors
    /// As for [`House::sweep`].
    pub async fn upkeep(&self) -> Result<Swept, PipelineError> {
        let (mut swept, mut failed) = self.ahead_of_steps().await;
        swept.sealed = part(&mut failed, self.seal().await);
        failed.map_or(Ok(swept), Err)
    }

    async fn ahead_of_steps(&self) -> (Swept, Option<PipelineError>) {
        let mut failed = None;
        part(&mut failed, self.plugins.refresh().await);
        self.calendar.refresh();
        let swept = Swept {
            freed: part(&mut failed, self.retry_waiting(&Actor::sweep()).await),
            reclaimed: part(&mut failed, self.reclaim().await),
            expired: part(&mut failed, self.expire().await),
            escalated: part(&mut failed, self.objections_of_the_day().await),
            ..Swept::default()
        };
        part(&mut failed, self.first_days().await);
        (swept, failed)
    }

    /// Steps that are due.
    async fn steps_waiting(&self) -> Result<u64, PipelineError> {
        let queues = self.store.read().await?.queues(self.now()).await?;
        Ok(queues.iter().map(|queue| queue.steps).sum())
    }

    /// Rounds until nothing is due any more.
    ///
    /// # Errors
    /// As for [`House::sweep`].
    pub async fn sweep_until_quiet(self: &Arc<Self>) -> Result<Swept, PipelineError> {
        let mut all = Swept::default();
        loop {
            let swept = self.sweep().await?;
            all.reclaimed += swept.reclaimed;
            all.expired += swept.expired;
            all.escalated += swept.escalated;
            all.called += swept.called;
            all.refused += swept.refused;
            all.freed += swept.freed;
            all.waiting = swept.waiting;
            all.sealed += swept.sealed;
            if !swept.moved() {
                return Ok(all);
            }
        }
    }
}

/// What a part of a round gave. The first fault is kept, and the round goes on.
fn part<T: Default>(failed: &mut Option<PipelineError>, came: Result<T, PipelineError>) -> T {
    came.unwrap_or_else(|error| {
        failed.get_or_insert(error);
        T::default()
    })
}
