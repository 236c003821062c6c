//! Collect: what calls gave moves their steps, orders and cases.
//!
//! Comes in: the reports of calls. Goes out: the next states, committed together
//! with the calls' journals and their audit entries. Always holds: a defect of the
//! plugin is never an answer; it counts as uncertain if anything had left the
//! house, else as unavailable (contract, "Traps"). A call that lost its claim, since
//! its lease ran out or the department answered by another way, still counts where
//! it brings an answer, and changes nothing otherwise.
//!
//! A crash before the commit leaves the claims, and so unknown outcomes.

use crate::{
    calls::closed,
    error::PipelineError,
    house::{Actor, House, event, with},
    moves::{Moves, Told},
    remember::Remembered,
};
use credence_domain::{ids::CallId, step::Step, step::StepEvent};
use credence_plugin_host::call::{Answer, Ended, Failure, Report, Retry};
use credence_store::{CloseCall, EventDraft, Write};
use std::collections::BTreeSet;

/// A call that has ended, and the step for which it was made.
#[derive(Clone)]
pub(crate) struct Done {
    pub(crate) key: String,
    pub(crate) report: Report,
    /// What the house itself knows of the step, where nobody can be asked.
    pub(crate) remembered: Option<Remembered>,
}

impl House {
    /// Writes the outcomes of calls on steps that were taken up.
    pub(crate) async fn collect(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        done: &[Done],
    ) -> Result<(), PipelineError> {
        let now = self.now();
        let ends: Vec<CloseCall> = done.iter().map(|done| closed(&done.report, now)).collect();
        let open = write.close_calls(&ends).await?;
        for done in done {
            self.collect_one(write, moves, done, &open)?;
        }
        Ok(())
    }

    fn collect_one(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        done: &Done,
        open: &BTreeSet<CallId>,
    ) -> Result<(), PipelineError> {
        let Done { key, report, .. } = done;
        let was_open = open.contains(&report.call);
        let step = moves.step_row(key).ok_or_else(|| PipelineError::Unknown {
            what: "step of a call",
            name: key.clone(),
            next: "run `audit verify`: a row that a call rests on is missing",
        })?;
        let holds_claim = was_open
            && matches!(step.state, Step::Claimed { .. })
            && step.call == Some(report.call);
        // Memory settles the question that was asked, and nothing behind it.
        let remembered = done.remembered.filter(|_| holds_claim);
        let event = remembered.map_or_else(|| step_event(report), Remembered::event);
        if holds_claim || matches!(event, StepEvent::Answered(_)) {
            let mut facts = vec![("ended", report.ended.code().to_owned())];
            facts.extend(remembered.map(|known| ("remembered", known.code().to_owned())));
            let told = Told {
                plugin: Some(report.digest.clone()),
                call: was_open.then_some(report.call),
                facts,
            };
            moves.step(key, &event, told)?;
        } else if was_open {
            let draft = EventDraft {
                plugin: Some(report.digest.clone()),
                call: Some(report.call),
                ..overtaken(self, report)
            };
            write.note(step.object(), &draft)?;
        }
        if let Ended::Trapped(_) | Ended::BrokeContract(_) | Ended::Incompatible(_) = report.ended {
            tracing::error!(
                call = %report.call, digest = report.digest, ended = %report.ended, "defect of a plugin"
            );
        }
        Ok(())
    }
}

/// A call whose step went on without it.
fn overtaken(house: &House, report: &Report) -> EventDraft {
    let draft = event("step.overtaken", house.now(), &Actor::sweep());
    with(draft, "ended", report.ended.code())
}

/// What happened to the step.
fn step_event(report: &Report) -> StepEvent {
    match &report.ended {
        Ended::Answered(Answer::Step(feedback) | Answer::Trace(Some(feedback))) => {
            StepEvent::Answered(feedback.clone())
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
    }
}
