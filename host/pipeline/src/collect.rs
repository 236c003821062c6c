//! Collect: what a call gave moves its step, its order and its case.
//!
//! Comes in: the report of a call. Goes out: the next states, committed together
//! with the call's journal and their audit entries. Always holds: a defect of the
//! plugin is never an answer; it counts as uncertain if anything had left the
//! house, else as unavailable (contract, "Traps").
//!
//! A crash before the commit leaves the claim, and so an unknown outcome.

use crate::{
    calls::closed,
    dispatch::{is_answered, transition},
    error::PipelineError,
    house::{Actor, House, event, with},
    resolve::case_in,
};
use credence_domain::{
    case::CaseState,
    order::OrderState,
    record::Feedback,
    step::{StepEffect, StepEvent},
};
use credence_plugin_host::call::{Answer, Ended, Failure, Report, Retry};
use credence_store::{CaseRow, EventDraft, OrderRow, StepRow, Write};

impl House {
    /// Commits the outcome of a call on a step. Durable when it returns.
    pub(crate) async fn collect(
        &self,
        step: StepRow,
        report: Report,
    ) -> Result<StepRow, PipelineError> {
        let actor = Actor::sweep();
        let now = self.now();
        let (happened, feedback) = step_event(&report);
        let (state, effects) = transition(&step, &happened, now)?;
        let mut write = self.store.begin().await?;
        write.close_call(&closed(&report, now)).await?;
        let drafted = |kind: String| EventDraft {
            plugin: Some(report.digest.clone()),
            call: Some(report.call),
            ..event(&kind, now, &actor)
        };
        let mut draft = with(
            drafted(format!("step.{}", state.code())),
            "ended",
            report.ended.code(),
        );
        if let Some(words) = consequences(&effects) {
            draft = with(draft, "consequence", words);
        }
        // Calls are counted since the department last answered.
        let attempt = match happened {
            StepEvent::Answered(_) => 0,
            _ => step.attempt,
        };
        let order = self.order_in(&mut write, &step).await?;
        let row = StepRow {
            state,
            attempt,
            claimed_by: None,
            lease_until: None,
            feedback: feedback.clone().or(step.feedback.clone()),
            ..step
        };
        let step = write.update_step(row, &draft).await?;
        let next = OrderRow {
            state: order.state.after(step.verb, &step.state),
            reference: feedback
                .and_then(|f| f.reference)
                .or(order.reference.clone()),
            ..order.clone()
        };
        if next != order {
            let draft = drafted(format!("order.{}", next.state.code()));
            write.update_order(next, &draft).await?;
        }
        self.case_answered(&mut write, &order, &actor).await?;
        write.commit().await?;
        if let Ended::Trapped(_) | Ended::BrokeContract(_) | Ended::Incompatible(_) = report.ended {
            tracing::error!(
                call = %report.call, digest = report.digest, ended = %report.ended, "defect of a plugin"
            );
        }
        Ok(step)
    }

    /// The case is answered once every order of it has come to a first end, and
    /// refused where every order was.
    pub(crate) async fn case_answered(
        &self,
        write: &mut Write<'_>,
        order: &OrderRow,
        actor: &Actor,
    ) -> Result<(), PipelineError> {
        let case = case_in(&mut write.read(), order.case).await?;
        if !matches!(case.state, CaseState::Resolved | CaseState::Dispatched) {
            return Ok(());
        }
        let orders = write.read().orders_of(case.id).await?;
        if orders
            .iter()
            .all(|order| order.state == OrderState::Refused)
        {
            let draft = event("case.refused", self.now(), actor);
            write
                .update_case(
                    CaseRow {
                        state: CaseState::Refused,
                        ..case
                    },
                    &draft,
                )
                .await?;
        } else if orders.iter().all(|order| is_answered(order.state)) {
            let draft = event("case.answered", self.now(), actor);
            write
                .update_case(
                    CaseRow {
                        state: CaseState::Answered,
                        ..case
                    },
                    &draft,
                )
                .await?;
        }
        Ok(())
    }
}

/// What a transition asks for, for the log and whoever reads it.
fn consequences(effects: &[StepEffect]) -> Option<String> {
    let words: Vec<&str> = effects
        .iter()
        .map(|effect| match effect {
            StepEffect::Call => "call",
            StepEffect::TellInitiator => "tell-initiator",
            StepEffect::OpenObjection => "open-objection",
            StepEffect::StopDispatch => "stop-dispatch",
            StepEffect::AskPerson => "ask-person",
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What happened to the step, and the feedback if there is any.
fn step_event(report: &Report) -> (StepEvent, Option<Feedback>) {
    let event = match &report.ended {
        Ended::Answered(Answer::Step(feedback) | Answer::Trace(Some(feedback))) => {
            return (
                StepEvent::Answered(feedback.clone()),
                Some(feedback.clone()),
            );
        }
        Ended::Answered(Answer::Trace(None)) => StepEvent::NoTrace,
        Ended::Failed(Failure::Unavailable { retry_after, .. }) => StepEvent::Unavailable {
            retry_after: *retry_after,
        },
        Ended::Failed(Failure::Uncertain(_)) => StepEvent::Uncertain,
        Ended::Failed(Failure::Disputed(text)) => StepEvent::Disputed(text.clone()),
        Ended::Failed(Failure::OutsideMandate(text)) => StepEvent::OutsideMandate(text.clone()),
        Ended::Failed(Failure::NeedsPerson(text)) => StepEvent::NeedsPerson(text.clone()),
        // An executor answered as an adapter: the bindings make it impossible.
        Ended::Answered(Answer::Normalised { .. }) | Ended::Failed(Failure::Feed(_)) => {
            StepEvent::NeedsPerson("the plugin answered another question".to_owned())
        }
        ended @ (Ended::Trapped(_)
        | Ended::TimedOut
        | Ended::OutOfMemory
        | Ended::Denied(_)
        | Ended::BrokeContract(_)
        | Ended::Incompatible(_)) => match ended.retry(report.left_house) {
            Retry::Safe => StepEvent::Unavailable { retry_after: None },
            Retry::AfterQuery => StepEvent::Uncertain,
            Retry::Never => StepEvent::NeedsPerson(ended.to_string()),
        },
    };
    (event, None)
}
