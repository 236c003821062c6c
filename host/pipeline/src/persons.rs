//! Persons: what a person does about a step that waits for one (dead letters).
//!
//! Comes in: a step or an order, and what the person found. Goes out: the step made
//! again under the same key, after the department was asked; or feedback entered by
//! hand. Always holds: the entry names who did so. Deliberately absent: taking a step
//! back, which only its order can do.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    moves::{Moves, Told},
};
use credence_domain::{
    ids::OrderId,
    record::{Fact, Feedback, Outcome, Value},
    step::{Step, StepEvent},
    time::civil_moment,
};
use credence_store::StepRow;

/// Feedback that an official enters by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// How the step ended; never `pending`.
    pub outcome: Outcome,
    /// What was found, and where.
    pub reason: String,
    /// The official who looked into it (pseudonym).
    pub official: String,
}

impl House {
    /// A step by its key, or the one under way of an order by its id.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_step(&self, name: &str) -> Result<StepRow, PipelineError> {
        let mut read = self.store.read().await?;
        if let Some(step) = read.step(name).await? {
            return Ok(step);
        }
        let order = match name.parse::<OrderId>() {
            Ok(id) => read.order(id).await?,
            Err(_) => None,
        };
        if let Some(order) = order {
            let newest = read.steps_of(order.id).await?.pop();
            return newest.ok_or_else(|| {
                PipelineError::Refused(format!("order {name} has no step yet: nothing to settle"))
            });
        }
        Err(PipelineError::Unknown {
            what: "step or order",
            name: name.to_owned(),
            next: "`order list --dead` shows the steps that wait for a person, with their keys",
        })
    }

    /// Has a step that waits for a person made again, under the same key. Where its
    /// outcome may be unknown the department is asked first. Durable when it returns.
    ///
    /// # Errors
    /// When the step waits for nobody.
    pub async fn retry_step(&self, key: &str, actor: &Actor) -> Result<StepRow, PipelineError> {
        self.by_person(key, &StepEvent::SentAgain, Told::default(), actor)
            .await
    }

    /// Enters how a step ended, as an official found it. Durable when it returns. Of
    /// a step that had ended and was contradicted, the same outcome entered again says
    /// that it stands. A step that is under way or unknown can be settled too, since
    /// an answer may never come.
    ///
    /// # Errors
    /// When the step has not been sent, is being called just now, or has ended
    /// otherwise.
    pub async fn settle_step(
        &self,
        key: &str,
        by_hand: ByHand,
        actor: &Actor,
    ) -> Result<StepRow, PipelineError> {
        let step = self.find_step(key).await?;
        if step.state.is_final() && step.contradicted.is_some() {
            return self.uphold(step, &by_hand, actor).await;
        }
        let feedback = Feedback {
            outcome: by_hand.outcome,
            at: Some(civil_moment(self.now())),
            reference: None,
            evidence: vec![said(&by_hand.reason)],
        };
        let told = Told::fact("official", by_hand.official);
        self.by_person(key, &StepEvent::SettledByPerson(feedback), told, actor)
            .await
    }

    async fn by_person(
        &self,
        key: &str,
        event: &StepEvent,
        told: Told,
        actor: &Actor,
    ) -> Result<StepRow, PipelineError> {
        let key = self.find_step(key).await?.key;
        let mut moves = Moves::new(self, actor);
        let mut write = self.store.begin().await?;
        moves
            .take_steps(&mut write, std::slice::from_ref(&key))
            .await?;
        moves.step(&key, event, told)?;
        moves.write(&mut write).await?;
        write.commit().await?;
        self.find_step(&key).await
    }

    /// A final step never changes; that it stands is an entry of its own.
    async fn uphold(
        &self,
        step: StepRow,
        by_hand: &ByHand,
        actor: &Actor,
    ) -> Result<StepRow, PipelineError> {
        let stands = match (&step.state, &by_hand.outcome) {
            (Step::Executed, Outcome::Executed)
            | (Step::PartlyExecuted { .. }, Outcome::PartlyExecuted(_))
            | (Step::NotApplicable { .. }, Outcome::NotApplicable(_)) => true,
            (ended, Outcome::CouldNot(_)) => matches!(
                ended,
                Step::CouldNot { .. }
                    | Step::Refused { .. }
                    | Step::Withdrawn
                    | Step::OutsideMandate { .. }
            ),
            _ => false,
        };
        if !stands {
            return Err(self.never_changes(&step).await);
        }
        let mut feedback = step.feedback.clone().unwrap_or_else(|| Feedback {
            outcome: by_hand.outcome.clone(),
            at: Some(civil_moment(self.now())),
            reference: None,
            evidence: Vec::new(),
        });
        feedback.evidence.push(said(&by_hand.reason));
        let draft = event("step.upheld", self.now(), actor);
        let draft = with(draft, "official", by_hand.official.as_str());
        let mut write = self.store.begin().await?;
        let step = StepRow {
            contradicted: None,
            feedback: Some(feedback),
            ..step
        };
        let step = write.update_step(step, &draft).await?;
        write.commit().await?;
        Ok(step)
    }

    /// Why a step that has ended is not settled otherwise, and what to do where the
    /// department is right.
    async fn never_changes(&self, step: &StepRow) -> PipelineError {
        let order = match self.store.read().await {
            Ok(mut read) => read.order(step.order).await,
            Err(error) => Err(error),
        };
        let next = match order {
            Err(error) => return error.into(),
            // Nothing is asked of the department for it any more.
            Ok(order) if order.as_ref().is_none_or(|row| row.course.state.is_final()) => {
                "its order is over, so nothing more is asked of the department: where the \
                 department did carry it out, have it undo that itself, and then enter the outcome \
                 that stands here once more; where the measure is still wanted, open a new case"
            }
            Ok(_) => {
                "where the department is right, take the case back with `case withdraw`, and its \
                 order is lifted"
            }
        };
        let (key, ended) = (&step.key, step.state.code());
        PipelineError::Refused(format!(
            "step {key} has ended as {ended} and a step that has ended never changes; {next}"
        ))
    }
}

/// What a person says, as it lies sealed with the feedback.
fn said(reason: &str) -> Fact {
    Fact {
        field: "reason".to_owned(),
        value: Value::Text(reason.to_owned()),
    }
}
