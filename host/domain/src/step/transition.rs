//! How a step moves: the table of its states and events, one function a state.
//!
//! Comes in: where the step stands, what happened, which verb it is, how many
//! calls went by without an answer, the time. Goes out: the next state and what it
//! asks for, or the refusal of an event that the state does not admit.
//!
//! Always holds, beside what `step.rs` promises: a department answers as often and
//! as late as it likes. Its word settles whatever is still open; said again it
//! changes nothing; said otherwise of what is settled it is put before a person
//! and changes nothing.

use super::{Step, StepEffect, StepEvent, Verb};
use crate::record::Outcome;
use crate::transition::TransitionError;
use StepEffect::{AskPerson, Call as MakeCall, OpenObjection, StopDispatch, TellInitiator};
use jiff::{SignedDuration, Timestamp};

/// How many calls in a row, acting and asking, may go by without an answer of the
/// department before a query in vain puts the step before a person: with the waits
/// between them, somewhat over two hours.
pub const CALLS_BEFORE_A_PERSON: u32 = 12;

/// When to ask after a step that is under way, where the department does not say.
const ASK_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The wait before attempt `attempt` + 1, attempts counted from 1: 2 seconds,
/// doubling, at most an hour.
pub fn back_off(attempt: u32) -> SignedDuration {
    let doubled = 2_i64.saturating_pow(attempt.clamp(1, 12));
    SignedDuration::from_secs(doubled.min(3600))
}

/// The next state of a step, and what it asks for. `attempt` is the number of
/// calls made since the department last answered. Whatever wait the department
/// names, it is never shorter than the back-off, so that no answer keeps a step hot.
///
/// # Errors
/// When the state does not admit the event; nothing has changed then.
pub fn apply(
    step: &Step,
    event: &StepEvent,
    verb: Verb,
    attempt: u32,
    now: Timestamp,
) -> Result<(Step, Vec<StepEffect>), TransitionError> {
    let call = Call { verb, attempt, now };
    let next = match step {
        Step::Due { at } => call.due(*at, event),
        Step::Held { at } => call.held(*at, event),
        Step::Claimed { asking: false } => call.acting(event),
        Step::Claimed { asking: true } => call.asking(event),
        Step::Pending { .. } | Step::Unknown { .. } => call.open(event),
        Step::Disputed { .. } => call.disputed(event),
        Step::Parked { .. } => call.parked(step, event),
        Step::Executed
        | Step::PartlyExecuted { .. }
        | Step::CouldNot { .. }
        | Step::NotApplicable { .. } => ended(step, true, event),
        Step::Refused { .. } | Step::Withdrawn | Step::OutsideMandate { .. } => {
            ended(step, false, event)
        }
    };
    next.ok_or_else(|| TransitionError::NotAdmitted {
        what: "step",
        state: step.code(),
        event: event.code(),
    })
}

/// A state and what it asks for; `None`: the event is not admitted.
type Next = Option<(Step, Vec<StepEffect>)>;

/// The step's verb, the calls without an answer, and the time.
struct Call {
    verb: Verb,
    attempt: u32,
    now: Timestamp,
}

impl Call {
    /// Surely nothing has been done under this key.
    fn due(&self, at: Timestamp, event: &StepEvent) -> Next {
        match event {
            StepEvent::Claimed => Some((Step::Claimed { asking: false }, vec![MakeCall])),
            StepEvent::GateRefused(reason) if self.verb.burdens() => Some((
                Step::Refused {
                    reason: reason.clone(),
                },
                vec![TellInitiator],
            )),
            StepEvent::Held if self.verb.burdens() => Some((Step::Held { at }, vec![])),
            StepEvent::Withdrawn => Some((Step::Withdrawn, vec![])),
            StepEvent::Answered(_) => Some(answered_unasked()),
            StepEvent::GateRefused(_)
            | StepEvent::Held
            | StepEvent::Abandoned
            | StepEvent::NoTrace
            | StepEvent::Put { .. }
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_)
            | StepEvent::Released
            | StepEvent::SettledByPerson(_)
            | StepEvent::SentAgain => None,
        }
    }

    fn held(&self, at: Timestamp, event: &StepEvent) -> Next {
        match event {
            StepEvent::Released => Some((
                Step::Due {
                    at: at.max(self.now),
                },
                vec![],
            )),
            StepEvent::Withdrawn => Some((Step::Withdrawn, vec![])),
            StepEvent::Answered(_) => Some(answered_unasked()),
            StepEvent::Claimed
            | StepEvent::GateRefused(_)
            | StepEvent::Abandoned
            | StepEvent::NoTrace
            | StepEvent::Put { .. }
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_)
            | StepEvent::Held
            | StepEvent::SettledByPerson(_)
            | StepEvent::SentAgain => None,
        }
    }

    /// The department has been called to act.
    fn acting(&self, event: &StepEvent) -> Next {
        Some(match event {
            StepEvent::Abandoned => (Step::Unknown { ask_at: self.now }, vec![]),
            StepEvent::Answered(feedback) => self.answered(&feedback.outcome),
            StepEvent::Unavailable { retry_after } => {
                let asked = SignedDuration::from_secs(retry_after.unwrap_or(0).into());
                let at = self.later(asked.max(back_off(self.attempt)));
                (Step::Due { at }, vec![])
            }
            StepEvent::Uncertain => (self.unknown(), vec![]),
            // A suspension or a lift cannot be declined: what the department holds
            // against it is for a person, at once.
            StepEvent::Disputed(reason) => match self.verb {
                Verb::Apply | Verb::Resume => (
                    Step::Disputed {
                        reason: reason.clone(),
                    },
                    vec![OpenObjection],
                ),
                Verb::Suspend | Verb::Lift => parked(reason, &[AskPerson]),
            },
            StepEvent::OutsideMandate(reason) => match self.verb {
                Verb::Apply => (
                    Step::OutsideMandate {
                        reason: reason.clone(),
                    },
                    vec![StopDispatch, TellInitiator],
                ),
                Verb::Resume => parked(reason, &[StopDispatch, AskPerson]),
                Verb::Suspend | Verb::Lift => parked(reason, &[AskPerson]),
            },
            StepEvent::NeedsPerson(reason) => parked(reason, &[AskPerson]),
            StepEvent::Claimed
            | StepEvent::GateRefused(_)
            | StepEvent::NoTrace
            | StepEvent::Put { .. }
            | StepEvent::Held
            | StepEvent::Released
            | StepEvent::Withdrawn
            | StepEvent::SettledByPerson(_)
            | StepEvent::SentAgain => return None,
        })
    }

    /// The department has been asked what became of the step. A query that fails
    /// says nothing of the step: what was open before is open still.
    fn asking(&self, event: &StepEvent) -> Next {
        Some(match event {
            StepEvent::Abandoned => (Step::Unknown { ask_at: self.now }, vec![]),
            StepEvent::Answered(feedback) => self.answered(&feedback.outcome),
            StepEvent::NoTrace => {
                let at = self.later(back_off(self.attempt));
                (Step::Due { at }, vec![])
            }
            StepEvent::Put { ask_after } => self.pending(Some(*ask_after)),
            StepEvent::Unavailable { .. } | StepEvent::Uncertain => {
                if self.attempt < CALLS_BEFORE_A_PERSON {
                    return Some((self.unknown(), vec![]));
                }
                let reason = format!(
                    "called {} times and the outcome is still unknown: look into the \
                     department's system and enter the feedback by hand",
                    self.attempt
                );
                parked(&reason, &[AskPerson])
            }
            StepEvent::Disputed(reason) => match self.verb {
                Verb::Apply | Verb::Resume => parked(reason, &[OpenObjection, AskPerson]),
                Verb::Suspend | Verb::Lift => parked(reason, &[AskPerson]),
            },
            StepEvent::OutsideMandate(reason) => match self.verb {
                Verb::Apply | Verb::Resume => parked(reason, &[StopDispatch, AskPerson]),
                Verb::Suspend | Verb::Lift => parked(reason, &[AskPerson]),
            },
            StepEvent::NeedsPerson(reason) => parked(reason, &[AskPerson]),
            StepEvent::Claimed
            | StepEvent::GateRefused(_)
            | StepEvent::Held
            | StepEvent::Released
            | StepEvent::Withdrawn
            | StepEvent::SettledByPerson(_)
            | StepEvent::SentAgain => return None,
        })
    }

    /// Under way in the department, or unknown: it is asked about. Whatever the
    /// department leaves open, a person may find out how it ended.
    fn open(&self, event: &StepEvent) -> Next {
        match event {
            StepEvent::Claimed => Some((Step::Claimed { asking: true }, vec![MakeCall])),
            StepEvent::Answered(feedback) => Some(self.answered(&feedback.outcome)),
            StepEvent::SettledByPerson(feedback) => by_hand(&feedback.outcome),
            StepEvent::GateRefused(_)
            | StepEvent::Abandoned
            | StepEvent::NoTrace
            | StepEvent::Put { .. }
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_)
            | StepEvent::Held
            | StepEvent::Released
            | StepEvent::Withdrawn
            | StepEvent::SentAgain => None,
        }
    }

    /// The department declined it, so that surely nothing was done: it may be made
    /// again, or taken back.
    fn disputed(&self, event: &StepEvent) -> Next {
        match event {
            StepEvent::Answered(feedback) => Some(self.answered(&feedback.outcome)),
            StepEvent::Withdrawn => Some((Step::Withdrawn, vec![])),
            StepEvent::SettledByPerson(feedback) => by_hand(&feedback.outcome),
            StepEvent::SentAgain => Some((Step::Due { at: self.now }, vec![])),
            StepEvent::Claimed
            | StepEvent::GateRefused(_)
            | StepEvent::Abandoned
            | StepEvent::NoTrace
            | StepEvent::Put { .. }
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_)
            | StepEvent::Held
            | StepEvent::Released => None,
        }
    }

    /// Before a person. Why it came there is not told from its state, and the
    /// outcome may be unknown: before it is made again the department is asked.
    fn parked(&self, step: &Step, event: &StepEvent) -> Next {
        match event {
            StepEvent::Answered(feedback) => match self.answered(&feedback.outcome) {
                // The person has been asked already.
                (Step::Parked { .. }, _) => Some((step.clone(), vec![])),
                settled => Some(settled),
            },
            StepEvent::SettledByPerson(feedback) => by_hand(&feedback.outcome),
            StepEvent::SentAgain => Some((Step::Unknown { ask_at: self.now }, vec![])),
            StepEvent::Claimed
            | StepEvent::GateRefused(_)
            | StepEvent::Abandoned
            | StepEvent::NoTrace
            | StepEvent::Put { .. }
            | StepEvent::Unavailable { .. }
            | StepEvent::Uncertain
            | StepEvent::Disputed(_)
            | StepEvent::OutsideMandate(_)
            | StepEvent::NeedsPerson(_)
            | StepEvent::Held
            | StepEvent::Released
            | StepEvent::Withdrawn => None,
        }
    }

    /// The state after the department's feedback. Of a suspension, a resumption and
    /// a lift only `executed` is taken as the end; anything else goes to a person,
    /// so that nothing owed to the subject is lost silently and no order asks for
    /// the same step again and again.
    fn answered(&self, outcome: &Outcome) -> (Step, Vec<StepEffect>) {
        match end(outcome) {
            Err(wait) => self.pending(wait),
            Ok(end) if self.verb == Verb::Apply || end == Step::Executed => {
                (end, vec![TellInitiator])
            }
            Ok(end) => parked(end.reason().unwrap_or_default(), &[AskPerson]),
        }
    }

    /// Under way in the department, which is asked after so many seconds.
    fn pending(&self, wait: Option<u32>) -> (Step, Vec<StepEffect>) {
        let asked = wait.map_or(ASK_AFTER, |s| SignedDuration::from_secs(s.into()));
        let ask_at = self.later(asked.max(back_off(self.attempt)));
        (Step::Pending { ask_at }, vec![])
    }

    fn unknown(&self) -> Step {
        Step::Unknown {
            ask_at: self.later(back_off(self.attempt)),
        }
    }

    fn later(&self, wait: SignedDuration) -> Timestamp {
        self.now.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

fn parked(reason: &str, effects: &[StepEffect]) -> (Step, Vec<StepEffect>) {
    let reason = reason.to_owned();
    (Step::Parked { reason }, effects.to_vec())
}

/// An answer to what surely was not done: somebody is wrong, and until a person has
/// found out who, the step is not made.
fn answered_unasked() -> (Step, Vec<StepEffect>) {
    let reason = "the department answered a step that surely had not been done: look into its \
                  system and enter the feedback by hand";
    parked(reason, &[AskPerson])
}

/// The final state that feedback stands for; where it is under way still, the
/// seconds after which the department wants to be asked.
fn end(outcome: &Outcome) -> Result<Step, Option<u32>> {
    let reason = String::clone;
    Ok(match outcome {
        Outcome::Executed => Step::Executed,
        Outcome::PartlyExecuted(words) => Step::PartlyExecuted {
            reason: reason(words),
        },
        Outcome::CouldNot(words) => Step::CouldNot {
            reason: reason(words),
        },
        Outcome::NotApplicable(words) => Step::NotApplicable {
            reason: reason(words),
        },
        Outcome::Pending(wait) => return Err(*wait),
    })
}

/// The state after feedback entered by hand: as entered, for every verb. Where the
/// order needs more than that, it asks for another step, under a new key, since a
/// department may answer a key that it knows only as it did before. `pending` is no
/// feedback to enter: a person says how it ended.
fn by_hand(outcome: &Outcome) -> Next {
    end(outcome).ok().map(|end| (end, vec![TellInitiator]))
}

/// A final step never changes. An answer that says the same again, or is older than
/// the last (`pending`), is taken in silence; one that says otherwise is for a
/// person, and so is every answer where feedback is not how the step ended.
fn ended(step: &Step, by_feedback: bool, event: &StepEvent) -> Next {
    match event {
        StepEvent::Answered(feedback) => {
            let agrees = end(&feedback.outcome).map_or(true, |end| end.code() == step.code());
            let effects = match by_feedback && agrees {
                true => vec![],
                false => vec![AskPerson],
            };
            Some((step.clone(), effects))
        }
        StepEvent::Claimed
        | StepEvent::GateRefused(_)
        | StepEvent::Abandoned
        | StepEvent::NoTrace
        | StepEvent::Put { .. }
        | StepEvent::Unavailable { .. }
        | StepEvent::Uncertain
        | StepEvent::Disputed(_)
        | StepEvent::OutsideMandate(_)
        | StepEvent::NeedsPerson(_)
        | StepEvent::Held
        | StepEvent::Released
        | StepEvent::Withdrawn
        | StepEvent::SettledByPerson(_)
        | StepEvent::SentAgain => None,
    }
}
