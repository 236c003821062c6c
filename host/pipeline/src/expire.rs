//! Expire: days that begin end measures, and begin others.
//!
//! Comes in: the day, the calendar. Goes out: orders over their last day, which end
//! (those in force by a lift, made by the same dispatch as every other step);
//! objections that were not answered in time; orders whose first day became certain
//! with a calendar that was imported.
//!
//! Always holds: a pass that is cut off is taken up by the next, since each order
//! that was moved is not found again.

use crate::{
    error::PipelineError,
    house::{Actor, House},
    moves::Moves,
};
use credence_domain::{ids::OrderId, order::OrderEvent};
use credence_store::Write;

/// Orders looked at in one transaction.
const AT_ONCE: u32 = 256;

impl House {
    /// Ends every order that is over its last day. Gives how many.
    pub(crate) async fn expire(&self) -> Result<u32, PipelineError> {
        let today = self.today();
        let mut ended = 0;
        loop {
            // Most of the time there is none, and a reader can tell.
            let over = self.store.read().await?.lapsed_orders(today, 1).await?;
            if over.is_empty() {
                return Ok(ended);
            }
            let mut moves = Moves::new(self, &Actor::sweep());
            let mut write = self.store.begin().await?;
            let over = write.read().lapsed_orders(today, AT_ONCE).await?;
            moves.take_orders(&mut write, over.iter().copied()).await?;
            for id in &over {
                moves.order(*id, &OrderEvent::DayBegun(today))?;
            }
            moves.write(&mut write).await?;
            write.commit().await?;
            ended += u32::try_from(over.len()).unwrap_or(u32::MAX);
        }
    }

    /// Tells orders whose notice was received their first day, where it was not
    /// certain until now. Looked at once for each day and each calendar.
    pub(crate) async fn first_days(&self) -> Result<(), PipelineError> {
        let seen = (self.today(), self.calendar());
        if self.first_days_seen(&seen) {
            return Ok(());
        }
        let mut after: Option<OrderId> = None;
        loop {
            let mut read = self.store.read().await?;
            let ids = read.notified_orders(after, AT_ONCE).await?;
            drop(read);
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            let mut moves = Moves::new(self, &Actor::sweep());
            let mut write = self.store.begin().await?;
            self.tell_first_days(&mut write, &mut moves, ids).await?;
            moves.write(&mut write).await?;
            write.commit().await?;
        }
        self.saw_first_days(seen);
        Ok(())
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
