//! Expire: days that begin end measures, and begin others.
//!
//! Comes in: the day, the calendar. Goes out: orders over their last day, which end
//! (those in force by a lift, made by the same dispatch as every other step);
//! objections that were not answered in time; orders whose first day became certain
//! with a calendar that was imported.
//!
//! Always holds: a pass that is cut off is taken up by the next, since each order
//! that was moved is not found again; an order that cannot be moved takes no other
//! along, since each is tried alone where many fail together.

use crate::{
    error::PipelineError,
    house::{Actor, House},
    moves::Moves,
};
use credence_domain::{ids::OrderId, order::OrderEvent};
use credence_store::Write;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Orders looked at in one transaction.
const AT_ONCE: u32 = 256;

impl House {
    /// Ends every order that is over its last day. Gives how many.
    ///
    /// # Errors
    /// The first thing that went wrong; every other order was ended.
    pub(crate) async fn expire(&self) -> Result<u32, PipelineError> {
        let today = self.today();
        let (mut ended, mut bad, mut failed) = (0, BTreeSet::new(), None);
        loop {
            // Those that cannot be ended are found again, and must crowd nobody out.
            let limit = AT_ONCE.saturating_add(count(bad.len()));
            let mut over = self.store.read().await?.lapsed_orders(today, limit).await?;
            over.retain(|id| !bad.contains(id));
            if over.is_empty() {
                return failed.map_or(Ok(ended), Err);
            }
            if self.day_begins(today, &over).await.is_ok() {
                ended += count(over.len());
                continue;
            }
            for id in over {
                match self.day_begins(today, &[id]).await {
                    Ok(()) => ended += 1,
                    Err(error) => {
                        failed.get_or_insert(error);
                        bad.insert(id);
                    }
                }
            }
        }
    }

    /// Tells these orders the day, in one transaction.
    async fn day_begins(&self, today: Date, ids: &[OrderId]) -> Result<(), PipelineError> {
        let mut moves = Moves::new(self, &Actor::sweep());
        let mut write = self.store.begin().await?;
        moves.take_orders(&mut write, ids.iter().copied()).await?;
        for id in ids {
            moves.order(*id, &OrderEvent::DayBegun(today))?;
        }
        moves.write(&mut write).await?;
        Ok(write.commit().await?)
    }

    /// Tells orders whose notice was received their first day, where it was not
    /// certain until now. Looked at once for each day and each calendar.
    ///
    /// # Errors
    /// The first thing that went wrong; every other order was told.
    pub(crate) async fn first_days(&self) -> Result<(), PipelineError> {
        let seen = (self.today(), self.calendar());
        if self.first_days_seen(&seen) {
            return Ok(());
        }
        let (mut after, mut failed): (Option<OrderId>, _) = (None, None);
        loop {
            let mut read = self.store.read().await?;
            let ids = read.notified_orders(after, AT_ONCE).await?;
            drop(read);
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            if self.first_days_of(ids.clone()).await.is_ok() {
                continue;
            }
            for id in ids {
                if let Err(error) = self.first_days_of(vec![id]).await {
                    failed.get_or_insert(error);
                }
            }
        }
        match failed {
            // Looked at once more in the next round.
            Some(error) => Err(error),
            None => {
                self.saw_first_days(seen);
                Ok(())
            }
        }
    }

    async fn first_days_of(&self, ids: Vec<OrderId>) -> Result<(), PipelineError> {
        let mut moves = Moves::new(self, &Actor::sweep());
        let mut write = self.store.begin().await?;
        self.tell_first_days(&mut write, &mut moves, ids).await?;
        moves.write(&mut write).await?;
        Ok(write.commit().await?)
    }

    /// Tells these orders their first day, where a receipt is there and the day is
    /// certain.
    pub(crate) async fn tell_first_days(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        ids: Vec<OrderId>,
    ) -> Result<(), PipelineError> {
        moves.take_orders(write, ids.iter().copied()).await?;
        let cases = moves.orders().map(|order| order.case).collect::<Vec<_>>();
        let receipts = write.read().receipts(cases).await?;
        for id in ids {
            let order = moves.order_row(id)?;
            let (None, Some(receipt)) = (order.course.first_day, receipts.get(&order.case)) else {
                continue;
            };
            let due = self.first_day(self.measure(&order.terms.measure)?, *receipt)?;
            if due.provisional {
                continue;
            }
            let first_day = due.date.max(order.terms.starts_on);
            moves.order(id, &OrderEvent::NoticeReceived { first_day })?;
        }
        Ok(())
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
