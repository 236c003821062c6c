//! Sweep: one round through everything that is due. The same round at the start
//! and ever after; a crash changes nothing but what the round finds.
//!
//! Order of a round: plugins as the rows have them, notices imported elsewhere,
//! lines that waited, abandoned claims, terms that are over, steps that are due,
//! the log.

use crate::{
    dispatch::{Claim, Claimed},
    error::PipelineError,
    house::{Actor, House},
};
use credence_store::StoreError;
use serde::Serialize;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Steps claimed in one round.
const AT_ONCE: u32 = 32;
/// Of those, steps of one department: a slow one leaves room for the others.
const PER_DEPARTMENT: u32 = 8;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Claims whose worker was gone.
    pub reclaimed: u32,
    /// Orders whose term was over.
    pub expired: u32,
    /// Calls made on steps.
    pub called: u32,
    /// Steps that a gate refused.
    pub refused: u32,
    /// Quarantined lines that made their records when tried again.
    pub freed: u64,
    /// Steps that are due and wait for their department's plugin.
    pub waiting: u32,
    /// Audit entries sealed.
    pub sealed: u64,
}

impl Swept {
    /// Whether another round right away could do more.
    pub fn moved(&self) -> bool {
        self.reclaimed + self.expired + self.called + self.refused > 0 || self.freed > 0
    }
}

impl House {
    /// One round.
    ///
    /// # Errors
    /// The first thing that went wrong; what was done before it stands.
    pub async fn sweep(self: &Arc<Self>) -> Result<Swept, PipelineError> {
        self.plugins.refresh().await?;
        self.calendar.refresh();
        // A line that cannot be tried must not keep steps from being carried out.
        let (freed, mut failed) = match self.retry_waiting(&Actor::sweep()).await {
            Ok(freed) => (freed, None),
            Err(error) => (0, Some(error)),
        };
        let mut swept = Swept {
            reclaimed: self.reclaim().await?,
            expired: self.expire().await?,
            freed,
            ..Swept::default()
        };
        let due = self
            .store
            .read()
            .await?
            .due_steps(self.now(), AT_ONCE, PER_DEPARTMENT)
            .await?;
        let mut calls = JoinSet::new();
        for step in &due {
            // One step that cannot be claimed must not end the calls under way.
            match self.claim(step).await {
                Ok(Claimed::Ready(claim)) => {
                    calls.spawn(self.clone().call(*claim));
                    swept.called += 1;
                }
                Ok(Claimed::Refused) => swept.refused += 1,
                Ok(Claimed::Waiting) => swept.waiting += 1,
                Ok(Claimed::Gone) => {}
                Err(error) => failed = Some(error),
            }
        }
        while let Some(done) = calls.join_next().await {
            match done {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failed = Some(error),
                Err(error) => {
                    failed = Some(PipelineError::Refused(format!("a call was lost: {error}")))
                }
            }
        }
        swept.sealed = self.seal().await?;
        failed.map_or(Ok(swept), Err)
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

    async fn call(self: Arc<Self>, claim: Claim) -> Result<(), PipelineError> {
        let Claim {
            step,
            active,
            prepared,
        } = claim;
        let report = active.revision.call(&self.ports, prepared).await;
        let mut tries = 0;
        loop {
            match self.collect(step.clone(), report.clone()).await {
                // The outcome is in hand: a store that is busy must not lose it.
                Err(PipelineError::Store(StoreError::Busy { .. })) if tries < 5 => tries += 1,
                collected => return collected.map(|_| ()),
            }
        }
    }
}
