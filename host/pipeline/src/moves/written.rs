//! Writing what has moved, in sets, and the cases that move with it.
//!
//! Comes in: rows that have moved. Goes out: statements of the store, each row with
//! its entry. Always holds: objections are opened before anything is written, since
//! each holds orders, which may be others than those taken up.

use super::Moves;
use crate::{
    error::PipelineError,
    house::{Actor, event, with},
};
use credence_domain::{
    case::{self, CaseEffect, CaseEvent, CaseState, Progress},
    ids::CaseId,
};
use credence_store::{CaseRow, StopRow, Write};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

impl Moves<'_> {
    /// Writes everything that has moved. Gives nothing back but errors: what the
    /// rows are now, [`Self::step_row`] and [`Self::order_row`] say.
    ///
    /// # Errors
    /// What the store said; the transaction must not be committed then.
    pub(crate) async fn write(mut self, write: &mut Write<'_>) -> Result<(), PipelineError> {
        for dispute in std::mem::take(&mut self.disputes) {
            let house = self.house;
            house.dispute(write, &mut self, dispute).await?;
        }
        self.write_stops(write).await?;
        if !self.begun.is_empty() || !self.stirred.is_empty() {
            self.take_cases(write).await?;
        }
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for moved in self.steps.into_values() {
            let Some(draft) = moved.told() else { continue };
            match moved.is_new {
                true => new.push((moved.row, draft)),
                false => known.push((moved.row, draft)),
            }
        }
        write.insert_steps(&new).await?;
        write.update_steps(known).await?;
        let orders = self.orders.into_values();
        let orders = orders.filter_map(|moved| moved.told().map(|draft| (moved.row, draft)));
        write.update_orders(orders.collect()).await?;
        let touched = self.cases.into_values();
        let touched =
            touched.filter(|case| self.begun.contains(&case.id) || self.stirred.contains(&case.id));
        let touched: Vec<CaseRow> = touched.collect();
        write_cases(
            write,
            touched,
            &self.begun,
            &self.stirred,
            self.now,
            &self.actor,
        )
        .await
    }

    async fn write_stops(&mut self, write: &mut Write<'_>) -> Result<(), PipelineError> {
        for (stop, key) in std::mem::take(&mut self.stops) {
            let known = write.read().stop(&stop).await?;
            if known.as_ref().is_some_and(|row| row.on) {
                continue;
            }
            let row = StopRow {
                stop,
                on: true,
                reason: format!("step {key} was answered: outside the department's mandate"),
                set_by: self.actor.name.clone(),
                updated_at: self.now,
                changes: known.map_or(0, |row| row.changes),
            };
            let draft = with(event("stop.set", self.now, &self.actor), "step", key);
            write.set_stop(&row, &draft).await?;
        }
        Ok(())
    }
}

/// Moves the cases whose orders moved.
async fn write_cases(
    write: &mut Write<'_>,
    touched: Vec<CaseRow>,
    begun: &BTreeSet<CaseId>,
    stirred: &BTreeSet<CaseId>,
    now: Timestamp,
    actor: &Actor,
) -> Result<(), PipelineError> {
    if touched.is_empty() {
        return Ok(());
    }
    let states = match stirred.is_empty() {
        true => BTreeMap::new(),
        false => write.read().order_states(stirred.iter().copied()).await?,
    };
    let mut cases = Vec::new();
    for row in touched {
        let mut events = Vec::new();
        if begun.contains(&row.id) {
            events.push(CaseEvent::Dispatched);
        }
        if let Some(states) = states.get(&row.id) {
            events.push(CaseEvent::OrdersMoved(Progress::of(states.iter().copied())));
        }
        let (state, told) = moved_case(&row, &events)?;
        if state == row.state {
            continue;
        }
        let mut draft = event(&format!("case.{}", state.code()), now, actor);
        if told {
            draft = with(draft, "consequence", "tell-initiator");
        }
        cases.push((CaseRow { state, ..row }, draft));
    }
    write.update_cases(cases).await?;
    Ok(())
}

/// Where a case stands after events, and whether its initiator is to be told.
fn moved_case(row: &CaseRow, events: &[CaseEvent]) -> Result<(CaseState, bool), PipelineError> {
    let (mut state, mut told) = (row.state, false);
    for event in events {
        let (next, effects) = case::apply(state, event)
            .map_err(|error| PipelineError::Refused(format!("case {}: {error}", row.number)))?;
        state = next;
        told |= effects.contains(&CaseEffect::TellInitiator);
    }
    Ok((state, told))
}
