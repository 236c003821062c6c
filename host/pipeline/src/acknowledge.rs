//! Acknowledge: feedback that comes back in a feed, as from a department without
//! an interface of its own.
//!
//! Comes in: the department whose plugin read the feed, keys with feedback. Goes
//! out: steps, orders and cases, moved in the caller's transaction; of each answer
//! whether its key is known. Always holds: a department answers for keys that were
//! given to it and for no other; its word counts like the answer to a call, however
//! late and however often it comes.
//!
//! Deliberately absent: reading the feed, and quarantining what names no key.

use crate::{
    error::PipelineError,
    house::{Actor, House},
    moves::{Moves, Told},
};
use credence_domain::{record::Acknowledgement, step::StepEvent};
use credence_store::Write;

/// What became of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledged {
    /// Its step took it.
    Taken,
    /// No step of this key was ever given to this department.
    UnknownKey,
}

impl House {
    /// Moves the steps that a department's feed answers, each by one
    /// [`StepEvent::Answered`]. To be called once in a chunk's transaction; gives
    /// what became of each answer, in their order.
    ///
    /// # Errors
    /// What the store said; the transaction must not be committed then.
    pub async fn acknowledge(
        &self,
        write: &mut Write<'_>,
        department: &str,
        answers: &[Acknowledgement],
        actor: &Actor,
    ) -> Result<Vec<Acknowledged>, PipelineError> {
        let mut moves = Moves::new(self, actor);
        let keys: Vec<String> = answers.iter().map(|answer| answer.key.clone()).collect();
        moves.take_steps(write, &keys).await?;
        let mut taken = Vec::with_capacity(answers.len());
        for answer in answers {
            let step = moves.step_row(&answer.key);
            if step.is_none_or(|step| step.department != department) {
                taken.push(Acknowledged::UnknownKey);
                continue;
            }
            let event = StepEvent::Answered(answer.feedback.clone());
            moves.step(&answer.key, &event, Told::fact("by", "feed"))?;
            taken.push(Acknowledged::Taken);
        }
        moves.write(write).await?;
        Ok(taken)
    }
}
