//! Expire: a measure ends on its last day; the day after, the department lifts
//! it.
//!
//! Comes in: orders in force or suspended whose last day is over. Goes out: a
//! lift step for each, made by the same dispatch as every other step.

use crate::{
    error::PipelineError,
    house::{Actor, House, event},
};
use credence_domain::{
    order::step_key,
    record::Exit,
    step::{Step, Verb},
};
use credence_store::StepRow;

/// Orders looked at in one pass.
const AT_ONCE: u32 = 256;

impl House {
    /// Makes the lift step of every order whose term is over. Gives how many.
    pub(crate) async fn expire(&self) -> Result<u32, PipelineError> {
        let mut made = 0;
        let over = self
            .store
            .read()
            .await?
            .orders_past(self.today(), AT_ONCE)
            .await?;
        for order in over {
            let mut write = self.store.begin().await?;
            let steps = write.read().steps_of(order.id).await?;
            if steps.iter().any(|step| step.verb == Verb::Lift) {
                continue;
            }
            let number = steps.iter().map(|step| step.number).max().unwrap_or(0) + 1;
            let step = StepRow {
                subject: order.subject,
                order: order.id,
                number,
                key: step_key(order.id, number),
                department: order.department.clone(),
                region: order.region.clone(),
                verb: Verb::Lift,
                state: Step::Due { at: self.now() },
                effective_on: order
                    .terms
                    .ends_on
                    .tomorrow()
                    .unwrap_or(order.terms.ends_on),
                note: Some("期限届满，自动解除 / the term is over".to_owned()),
                exit: Some(Exit::Expiry),
                attempt: 0,
                claimed_by: None,
                lease_until: None,
                call: None,
                feedback: None,
                updated_at: self.now(),
                changes: 0,
            };
            write
                .insert_step(&step, &event("order.expired", self.now(), &Actor::sweep()))
                .await?;
            write.commit().await?;
            made += 1;
        }
        Ok(made)
    }
}
