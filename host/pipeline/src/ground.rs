//! Ground: what orders stand on goes away, and they end with it.
//!
//! Comes in: endings of records, as they are committed; an official who takes a case
//! back. Goes out: orders that end, and lifts for those in force, in the same
//! transaction. Always holds: what is in force is lifted in its department by a step
//! like any other. Deliberately absent: why a record ends (`domain`).

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    moves::Moves,
    resolve::case_in,
};
use credence_domain::{
    case::{self, CaseEffect, CaseEvent},
    ids::{CaseId, RecordId},
    order::OrderEvent,
    record::Exit,
};
use credence_store::{CaseRow, EndRecord, Write};

impl House {
    /// Ends every order that rests on records which end in this transaction. To be
    /// called wherever endings are committed, in the same transaction.
    ///
    /// # Errors
    /// What the store said; the transaction must not be committed then.
    pub(crate) async fn grounds_gone(
        &self,
        write: &mut Write<'_>,
        endings: &[EndRecord],
        actor: &Actor,
    ) -> Result<(), PipelineError> {
        if endings.is_empty() {
            return Ok(());
        }
        let ended: Vec<(RecordId, &Exit)> = endings
            .iter()
            .map(|end| (end.id, &end.ending.exit))
            .collect();
        let mut moves = Moves::new(self, actor);
        for (record, exit) in ended {
            // Most records that end have no order.
            let orders = write.read().orders_on([record]).await?;
            let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
            moves.take(write, orders).await?;
            for id in ids {
                moves.order(id, &OrderEvent::GroundGone(exit.clone()))?;
            }
        }
        moves.write(write).await
    }

    /// The initiating department takes a case back, and its orders end. Durable when
    /// it returns.
    ///
    /// # Errors
    /// When everything of the case is over already, or no reason is given. Nothing is
    /// written then.
    pub async fn withdraw_case(
        &self,
        id: CaseId,
        exit: Exit,
        official: &str,
        reason: &str,
        actor: &Actor,
    ) -> Result<CaseRow, PipelineError> {
        if reason.trim().is_empty() {
            let text = "say why the case is taken back: its initiator and its subject are told";
            return Err(PipelineError::Refused(text.to_owned()));
        }
        let mut moves = Moves::new(self, actor);
        let mut write = self.store.begin().await?;
        let case = case_in(&mut write.read(), id).await?;
        let (state, effects) = case::apply(case.state, &CaseEvent::Withdrawn(exit))
            .map_err(|error| PipelineError::Refused(format!("case {}: {error}", case.number)))?;
        let draft = with(
            event("case.withdrawn", self.now(), actor),
            "official",
            official,
        );
        let case = CaseRow {
            state,
            refusal: Some(reason.to_owned()),
            ..case
        };
        let case = write.update_case(case, &draft).await?;
        for effect in effects {
            match effect {
                CaseEffect::EndOrders(exit) => {
                    let orders = write.read().orders_of(id).await?;
                    let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
                    moves.take(&mut write, orders).await?;
                    for id in ids {
                        moves.order(id, &OrderEvent::GroundGone(exit.clone()))?;
                    }
                }
                // A receipt is refused from now on (`notify`).
                CaseEffect::VoidNotice | CaseEffect::TellInitiator => {}
            }
        }
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(case)
    }
}
