//! What the state machines of this crate share: the error of an event that
//! changes nothing, and in tests the table of every state and event.
//!
//! Comes in: which thing, in which state, and what happened to it. Goes out: the
//! reason why nothing changed. Always holds: an error says either that the state
//! does not know the event, or which rule forbids it today, in Chinese and
//! English. Deliberately absent: a trait for machines. Each has its own `apply`,
//! written out, so that it can be read as the rule it is.

use crate::gates::Refusal;

/// Why an event changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not know the event.
    #[error("this {what} is {state} and cannot take the event {event}; reload it and look again")]
    NotAdmitted {
        /// What it is: `notice`, `objection`, …
        what: &'static str,
        /// The state's code.
        state: &'static str,
        /// The event's code.
        event: &'static str,
    },
    /// The state knows the event, and a rule forbids it as things are.
    #[error("{0}")]
    Forbidden(Refusal),
}

impl From<Refusal> for TransitionError {
    fn from(refusal: Refusal) -> Self {
        Self::Forbidden(refusal)
    }
}

/// The whole table of a machine, for a snapshot that a person reads: for every
/// state what each event makes of it, what a rule forbids, and what the state
/// does not know.
#[cfg(test)]
pub(crate) fn table<S: std::fmt::Debug, E: std::fmt::Debug, F: std::fmt::Debug>(
    states: &[S],
    events: &[E],
    apply: impl Fn(&S, &E) -> Result<(S, Vec<F>), TransitionError>,
) -> String {
    let mut text = String::new();
    for state in states {
        text += &format!("{state:?}\n");
        let mut unknown = Vec::new();
        for event in events {
            match apply(state, event) {
                Ok((next, effects)) if format!("{next:?}") == format!("{state:?}") => {
                    text += &format!("    {event:?} -> unchanged {effects:?}\n");
                }
                Ok((next, effects)) => {
                    text += &format!("    {event:?} -> {next:?} {effects:?}\n");
                }
                Err(TransitionError::Forbidden(refusal)) => {
                    text += &format!("    {event:?} -> forbidden: {}\n", refusal.en);
                }
                Err(TransitionError::NotAdmitted { event, .. }) => unknown.push(event),
            }
        }
        unknown.dedup();
        if !unknown.is_empty() {
            text += &format!("    not admitted: {}\n", unknown.join(", "));
        }
    }
    text
}
