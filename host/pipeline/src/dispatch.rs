//! Dispatch: a step that is due is claimed, and its department is called.
//!
//! Comes in: due steps. Goes out: claims, calls, refusals by a gate. Always
//! holds: the gates are asked again in the transaction that claims (I2); the
//! claim, the intent and the head of the call's journal are durable before the
//! plugin runs.
//!
//! A crash before the claim commits leaves a due step; after it, a claimed step
//! without an outcome, which `abandoned` turns into an unknown one: it is asked
//! about and never made again blindly.

use crate::{
    calls::opened,
    error::PipelineError,
    house::{Actor, House, event, with},
    plugins::Active,
    resolve::{case_ground, case_in, standing},
};
use credence_domain::{
    case::CaseState,
    gates::{self, Refusal},
    ids::CallId,
    order::OrderState,
    record::Exit,
    step::{self, Step, StepEvent, Verb},
    time::civil_moment,
};
use credence_plugin_host::call::{Function, Inquiry, LaterStep, Prepared};
use credence_store::{CaseRow, CloseCall, EventDraft, OrderRow, StepRow, Write};
use jiff::SignedDuration;
use std::sync::Arc;

/// How long a claim holds without its owner being asked: longer than a call takes
/// once it runs. One that waited longer for its place sends nothing any more, since
/// its call was closed when the claim was taken from it (`live`, `before_effect`).
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// Abandoned claims taken up in one sweep.
const ABANDONED_AT_ONCE: u32 = 256;

/// A step taken, its call prepared and durable.
pub(crate) struct Claim {
    pub(crate) step: StepRow,
    pub(crate) active: Arc<Active>,
    pub(crate) prepared: Prepared,
}

/// What claiming a step came to.
pub(crate) enum Claimed {
    Ready(Box<Claim>),
    Refused,
    /// The department's plugin is not there now, or a gate waits; the step stays due.
    Waiting,
    /// Somebody else was quicker.
    Gone,
}

impl House {
    /// Claims one step. Durable when it returns.
    pub(crate) async fn claim(&self, due: &StepRow) -> Result<Claimed, PipelineError> {
        let actor = Actor::sweep();
        let mut write = self.store.begin().await?;
        let Some(step) = write.read().step(&due.key).await? else {
            return Ok(Claimed::Gone);
        };
        if step.changes != due.changes {
            return Ok(Claimed::Gone);
        }
        let order = self.order_in(&mut write, &step).await?;
        let Some(active) = self.plugins.active(&order.plugin) else {
            return Ok(Claimed::Waiting);
        };
        let asking = step.state.asks();
        // A revision that no longer carries the measure out is not asked to begin.
        let carries = &active.revision.manifest().measures;
        if !asking && step.verb == Verb::Apply && !carries.contains(&order.terms.measure) {
            return Ok(Claimed::Waiting);
        }
        if !asking {
            let refusals = self.refusals(&mut write, &order, &step).await?;
            let waits = refusals.iter().all(|refusal| refusal.waits);
            if !refusals.is_empty() && waits {
                return Ok(Claimed::Waiting);
            }
            if !refusals.is_empty() {
                self.refuse(&mut write, order, step, &refusals, &actor)
                    .await?;
                write.commit().await?;
                return Ok(Claimed::Refused);
            }
        }
        let function = function(&step, &order, asking);
        let call: CallId = self.new_id()?;
        let now = self.now();
        let prepared = active.revision.prepare(call, civil_moment(now), &function);
        let head = prepared.bytes().to_vec();
        let opened = credence_store::OpenCall {
            subject: Some(step.subject),
            step_key: Some(step.key.clone()),
            asking,
            ..opened(&active, call, &function, step.object(), now, head)
        };
        write.open_call(&opened).await?;
        let (state, _) = transition(&step, &StepEvent::Claimed, now)?;
        let draft = EventDraft {
            plugin: Some(active.revision.digest().to_owned()),
            call: Some(call),
            ..with(
                event("step.claimed", now, &actor),
                "function",
                function.name(),
            )
        };
        let claimed = StepRow {
            state,
            attempt: step.attempt + 1,
            claimed_by: Some(self.owner.name().to_owned()),
            lease_until: Some(now.saturating_add(LEASE).unwrap_or(now)),
            call: Some(call),
            ..step
        };
        let step = write.update_step(claimed, &draft).await?;
        self.case_runs(&mut write, &order, &actor).await?;
        write.commit().await?;
        Ok(Claimed::Ready(Box::new(Claim {
            step,
            active,
            prepared,
        })))
    }

    pub(crate) async fn order_in(
        &self,
        write: &mut Write<'_>,
        step: &StepRow,
    ) -> Result<OrderRow, PipelineError> {
        write
            .read()
            .order(step.order)
            .await?
            .ok_or_else(|| PipelineError::Unknown {
                what: "order of step",
                name: step.key.clone(),
                next: "run `audit verify`: a row that a step rests on is missing",
            })
    }

    /// The gates that this step has to pass, on the rows as they are now. A step
    /// that gives something back (suspend, lift) passes always (I3).
    async fn refusals(
        &self,
        write: &mut Write<'_>,
        order: &OrderRow,
        step: &StepRow,
    ) -> Result<Vec<Refusal>, PipelineError> {
        if !order.state.admits(step.verb) {
            return Ok(vec![Refusal {
                gate: "order".to_owned(),
                waits: false,
                zh: format!(
                    "指令处于 {} 状态，不能 {}",
                    order.state.code(),
                    step.verb.code()
                ),
                en: format!(
                    "an order that is {} admits no {}",
                    order.state.code(),
                    step.verb.code()
                ),
            }]);
        }
        if matches!(step.verb, Verb::Suspend | Verb::Lift) {
            return Ok(Vec::new());
        }
        let case = case_in(&mut write.read(), order.case).await?;
        let (record, subject) = case_ground(&mut write.read(), &case).await?;
        let notices = write.read().notices_of(case.id).await?;
        let receipt = notices.into_iter().find_map(|notice| notice.receipt);
        let standing = standing(&case, &record, &subject, &order.terms, receipt);
        let measure = self.measure(&order.terms.measure)?;
        Ok(gates::at_claim(&self.matter(
            &self.calendar(),
            measure,
            &standing,
        )))
    }

    async fn refuse(
        &self,
        write: &mut Write<'_>,
        order: OrderRow,
        step: StepRow,
        refusals: &[Refusal],
        actor: &Actor,
    ) -> Result<(), PipelineError> {
        let now = self.now();
        let words: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let names: Vec<&str> = refusals.iter().map(|r| r.gate.as_str()).collect();
        let (state, _) = transition(&step, &StepEvent::GateRefused(words.join("\n")), now)?;
        let draft = with(event("step.refused", now, actor), "gates", names.join(", "));
        let step = write.update_step(StepRow { state, ..step }, &draft).await?;
        let state = order.state.after(step.verb, &step.state);
        if state != order.state {
            let draft = with(
                event("order.refused", now, actor),
                "gates",
                names.join(", "),
            );
            let order = write
                .update_order(OrderRow { state, ..order }, &draft)
                .await?;
            self.case_answered(write, &order, actor).await?;
        }
        Ok(())
    }

    /// The first claim of a case says that it runs.
    async fn case_runs(
        &self,
        write: &mut Write<'_>,
        order: &OrderRow,
        actor: &Actor,
    ) -> Result<(), PipelineError> {
        let case = case_in(&mut write.read(), order.case).await?;
        if case.state == CaseState::Resolved {
            let draft = event("case.dispatched", self.now(), actor);
            let case = CaseRow {
                state: CaseState::Dispatched,
                ..case
            };
            write.update_case(case, &draft).await?;
        }
        Ok(())
    }

    /// Turns claims whose worker is gone into unknown outcomes.
    pub(crate) async fn reclaim(&self) -> Result<u32, PipelineError> {
        let gone = self.owner.gone()?;
        let now = self.now();
        let abandoned = self
            .store
            .read()
            .await?
            .abandoned_steps(now, &gone, ABANDONED_AT_ONCE)
            .await?;
        let mut reclaimed = 0;
        for step in abandoned {
            let mut write = self.store.begin().await?;
            // Another process may have been quicker.
            let now_there = write.read().step(&step.key).await?;
            if now_there.is_none_or(|there| there.changes != step.changes) {
                continue;
            }
            let (state, _) = transition(&step, &StepEvent::Abandoned, now)?;
            let draft = EventDraft {
                call: step.call,
                ..event("step.abandoned", now, &Actor::sweep())
            };
            if let Some(call) = step.call {
                let close = CloseCall {
                    id: call,
                    outcome: "abandoned".to_owned(),
                    // Nobody can tell; in doubt it did.
                    left_house: true,
                    closed_at: now,
                    record: Vec::new(),
                };
                write.close_call(&close).await?;
            }
            let row = StepRow {
                state,
                attempt: 0,
                claimed_by: None,
                lease_until: None,
                ..step
            };
            write.update_step(row, &draft).await?;
            write.commit().await?;
            reclaimed += 1;
        }
        // Where fewer came than were asked for, no claim of theirs is left; a later
        // one cannot come, since they are gone.
        if reclaimed < ABANDONED_AT_ONCE {
            gone.iter().for_each(|name| self.owner.forget(name));
        }
        Ok(reclaimed)
    }
}

/// The next state of a step. An event that its state does not admit is a fault of
/// ours, told as a refusal and never a panic.
pub(crate) fn transition(
    row: &StepRow,
    event: &StepEvent,
    now: jiff::Timestamp,
) -> Result<(Step, Vec<step::StepEffect>), PipelineError> {
    step::apply(&row.state, event, row.verb, row.attempt, now)
        .map_err(|error| PipelineError::Refused(format!("step {}: {error}", row.key)))
}

/// What the plugin is asked.
fn function(step: &StepRow, order: &OrderRow, asking: bool) -> Function {
    let terms = order.terms.clone();
    if asking {
        return Function::Query(Inquiry {
            verb: step.verb,
            key: step.key.clone(),
            order: terms,
            reference: order.reference.clone(),
        });
    }
    let later = || LaterStep {
        key: step.key.clone(),
        order: order.terms.clone(),
        reference: order.reference.clone(),
        effective_on: step.effective_on,
        note: step.note.clone().unwrap_or_default(),
    };
    match step.verb {
        Verb::Apply => Function::Apply(terms),
        Verb::Suspend => Function::Suspend(later()),
        Verb::Resume => Function::Resume(later()),
        Verb::Lift => Function::Lift(later(), step.exit.clone().unwrap_or(Exit::Expiry)),
    }
}

/// Whether an order has come to its first end, so that its case is answered.
pub(crate) fn is_answered(state: OrderState) -> bool {
    match state {
        OrderState::Prepared => false,
        OrderState::InForce
        | OrderState::Suspended
        | OrderState::Lifted
        | OrderState::Refused
        | OrderState::NotExecuted => true,
    }
}
