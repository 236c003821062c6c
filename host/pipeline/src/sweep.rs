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
    /// One round.
    ///
    /// # Errors
    /// The first thing that went wrong; what was done before it stands.
    pub async fn sweep(self: &Arc<Self>) -> Result<Swept, PipelineError> {
        let (mut swept, mut failed) = self.ahead_of_steps().await?;
        match self.flow().await {
            Ok(flowed) => {
                swept.called = flowed.called;
                swept.refused = flowed.refused;
            }
            Err(error) => failed = Some(error),
        }
        let queues = self.store.read().await?.queues(self.now()).await?;
        swept.waiting = queues.iter().map(|queue| queue.steps).sum();
        swept.sealed = self.seal().await?;
        failed.map_or(Ok(swept), Err)
    }

    /// One round without the steps that are due.
    ///
    /// # Errors
    /// The first thing that went wrong; what was done before it stands.
    pub async fn upkeep(&self) -> Result<Swept, PipelineError> {
        let (mut swept, failed) = self.ahead_of_steps().await?;
        swept.sealed = self.seal().await?;
        failed.map_or(Ok(swept), Err)
    }

    async fn ahead_of_steps(&self) -> Result<(Swept, Option<PipelineError>), PipelineError> {
        self.plugins.refresh().await?;
        self.calendar.refresh();
        // A line that cannot be tried must not keep steps from being carried out.
        let (freed, failed) = match self.retry_waiting(&Actor::sweep()).await {
            Ok(freed) => (freed, None),
            Err(error) => (0, Some(error)),
        };
        let swept = Swept {
            reclaimed: self.reclaim().await?,
            expired: self.expire().await?,
            escalated: self.objections_of_the_day().await?,
            freed,
            ..Swept::default()
        };
        self.first_days().await?;
        Ok((swept, failed))
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
