//! What a department's system answers, as feedback or failure.
//!
//! In comes an HTTP answer, or the reason why there is none; out goes what the
//! contract lets the host act on. A plugin says what its department's bodies mean
//! ([`Format`]); what follows is the same for all. Always: an answer that names
//! another step, breaks the agreed form or passes a limit of the contract is an
//! unknown outcome, never feedback. Absent: retries; the host decides on them.
//!
//! | answer | a step | a question |
//! |---|---|---|
//! | 200, 201 | feedback by [`State`] | the same |
//! | 202 | `pending` | the same |
//! | [`Refusal::Disputed`], [`Refusal::OutsideMandate`] | of the same name | `needs-person` |
//! | [`Refusal::NotStarted`], 429 | `unavailable` | the same |
//! | 404 | `needs-person` | no trace, or `uncertain` by [`Format::NO_TRACE_IS_PROOF`] |
//! | other 4xx | `needs-person` | the same |
//! | all else | `uncertain` | the same |

use crate::contract::drop_folder::PutError;
use crate::contract::http::{Response, SendError};
use crate::contract::measures::{Delay, Failure};
use crate::contract::types::{Fact, Feedback, Outcome, Value};
use crate::days;
use crate::text::TEXT_CHARACTERS;

#[cfg(test)]
mod tests;

const DAY_SECONDS: u32 = 86_400;
const REFERENCE_CHARACTERS: usize = 200;
const FIELD_CHARACTERS: usize = 200;
const EVIDENCE: usize = 50;
/// Of the department's words, as many as a work list shows.
const SHOWN_CHARACTERS: usize = 500;

/// What the bodies of one department mean.
pub trait Format {
    /// Who answers, for people: `the tax department`.
    const WHO: &'static str;
    /// Whether 404 to a question proves that there is no trace of the step. Not so
    /// where the department's system lags behind what it was sent.
    const NO_TRACE_IS_PROOF: bool = true;

    /// What the body of a 200, 201 or 202 tells; `None`: it is not in the agreed form.
    fn told(response: &Response) -> Option<Told>;

    /// Whether another answer says, in the agreed form, why nothing was done.
    fn refusal(response: &Response) -> Option<Refusal>;
}

/// What a department's system tells of a step.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The key it answers for; `None`: its bodies name none.
    pub key: Option<String>,
    /// What became of the step.
    pub state: State,
    /// When, in any form of [`days`].
    pub at: Option<String>,
    /// The department's own reference.
    pub reference: Option<String>,
    /// Field and text of each piece of evidence.
    pub evidence: Vec<(String, String)>,
}

/// What became of a step. A reason is the department's own words.
#[derive(Debug, Clone, Default)]
pub enum State {
    /// The state asked for holds.
    Done,
    /// Done in part.
    Partly(Option<String>),
    /// Not done, for good.
    Refused(Option<String>),
    /// There is nothing the step could touch.
    NotApplicable(Option<String>),
    /// Not yet: under way, or waiting for an official.
    #[default]
    Waiting,
}

/// Why nothing was done.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The department thinks the order wrong.
    Disputed(Option<String>),
    /// Not within the department's mandate.
    OutsideMandate(Option<String>),
    /// It declined to start, and can be asked again.
    NotStarted,
}

/// What became of apply, suspend, resume or lift.
///
/// # Errors
/// By the table above.
pub fn to_step<F: Format>(
    sent: Result<Response, SendError>,
    key: &str,
) -> Result<Feedback, Failure> {
    let response = sent.map_err(unanswered)?;
    if matches!(response.status, 200..=202) {
        return feedback::<F>(&response, key);
    }
    Err(failure::<F>(&response))
}

/// What the department's system knows of a step; `None`: no trace.
///
/// # Errors
/// By the table above.
pub fn to_question<F: Format>(
    sent: Result<Response, SendError>,
    key: &str,
) -> Result<Option<Feedback>, Failure> {
    let response = sent.map_err(unanswered)?;
    if matches!(response.status, 200..=202) {
        return feedback::<F>(&response, key).map(Some);
    }
    if response.status == 404 {
        return match F::NO_TRACE_IS_PROOF {
            true => Ok(None),
            false => Err(unknown::<F>("it has no trace of the step yet")),
        };
    }
    Err(match failure::<F>(&response) {
        // A question cannot be disputed: the department speaks of something else.
        Failure::Disputed(_) | Failure::OutsideMandate(_) => Failure::NeedsPerson(format!(
            "{}'s system did not take the question (HTTP {}); \
             read its answer in the journal and enter the feedback by hand",
            F::WHO,
            response.status
        )),
        failure => failure,
    })
}

/// There is no answer.
pub fn unanswered(error: SendError) -> Failure {
    match error {
        SendError::NotGranted(text) => Failure::NeedsPerson(text),
        SendError::NotSent(text) => Failure::Unavailable(Delay {
            retry_after: None,
            text,
        }),
        SendError::NoAnswer(text) => Failure::Uncertain(text),
    }
}

/// A file was put, or not. What it says comes back as a feed, so the outcome is
/// pending until then.
///
/// # Errors
/// As the contract maps them.
pub fn to_file(put: Result<(), PutError>) -> Result<Feedback, Failure> {
    match put {
        Ok(()) => Ok(pending(None)),
        Err(PutError::NotGranted(text) | PutError::NameTaken(text)) => {
            Err(Failure::NeedsPerson(text))
        }
        Err(PutError::NotWritten(text)) => Err(Failure::Unavailable(Delay {
            retry_after: None,
            text,
        })),
    }
}

/// Under way.
pub fn pending(retry_after: Option<u32>) -> Feedback {
    Feedback {
        outcome: Outcome::Pending(retry_after.map(|seconds| seconds.min(DAY_SECONDS))),
        at: None,
        reference: None,
        evidence: Vec::new(),
    }
}

/// What was told, as feedback, from wherever it came: an answer, or a row of a feed
/// of acknowledgements. `retry_after` is for a state of waiting.
///
/// # Errors
/// What breaks a rule of the contract, in words that quote nothing.
pub fn feedback_of(
    who: &str,
    told: Told,
    retry_after: Option<u32>,
) -> Result<Feedback, &'static str> {
    let outcome = match told.state {
        State::Waiting => Outcome::Pending(retry_after.map(|seconds| seconds.min(DAY_SECONDS))),
        State::Done => Outcome::Executed,
        State::Partly(reason) => Outcome::PartlyExecuted(given(who, reason)),
        State::Refused(reason) => Outcome::CouldNot(given(who, reason)),
        State::NotApplicable(reason) => Outcome::NotApplicable(given(who, reason)),
    };
    let at = match told.at.as_deref() {
        None => None,
        Some(at) => days::read(at).map_err(|_| "it gives an impossible time")?,
    };
    let reference = told.reference.filter(|text| !text.trim().is_empty());
    let reference_fits = reference
        .as_deref()
        .is_none_or(|text| fits(text, REFERENCE_CHARACTERS));
    let evidence_fits = told.evidence.len() <= EVIDENCE
        && told.evidence.iter().all(|(field, text)| {
            !field.is_empty() && fits(field, FIELD_CHARACTERS) && fits(text, TEXT_CHARACTERS)
        });
    if !reference_fits || !evidence_fits {
        return Err("its reference or its evidence is longer than the contract allows");
    }
    let evidence = told.evidence.into_iter();
    Ok(Feedback {
        outcome,
        at,
        reference,
        evidence: evidence
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(field, text)| Fact {
                field,
                value: Value::Text(text),
            })
            .collect(),
    })
}

fn feedback<F: Format>(response: &Response, key: &str) -> Result<Feedback, Failure> {
    let retry_after = retry_after(response);
    if response.status == 202 && response.body.trim().is_empty() {
        return Ok(pending(retry_after));
    }
    let Some(mut told) = F::told(response) else {
        return Err(unknown::<F>("its answer is not in the agreed form"));
    };
    if told.key.as_deref().is_some_and(|told| told != key) {
        return Err(unknown::<F>("it answers for another step"));
    }
    if response.status == 202 {
        told.state = State::Waiting;
    }
    feedback_of(F::WHO, told, retry_after).map_err(unknown::<F>)
}

fn failure<F: Format>(response: &Response) -> Failure {
    let status = response.status;
    let declined = || {
        Failure::Unavailable(Delay {
            retry_after: retry_after(response),
            text: format!("{}'s system declined to start (HTTP {status})", F::WHO),
        })
    };
    match (F::refusal(response), status) {
        (Some(Refusal::Disputed(reason)), _) => Failure::Disputed(given(F::WHO, reason)),
        (Some(Refusal::OutsideMandate(reason)), _) => {
            Failure::OutsideMandate(given(F::WHO, reason))
        }
        (Some(Refusal::NotStarted), _) | (None, 429) => declined(),
        (None, 401 | 403) => Failure::NeedsPerson(format!(
            "{}'s system refused the credentials (HTTP {status}); \
             renew them in the grant and have the step made again",
            F::WHO
        )),
        (None, 400..=499) => Failure::NeedsPerson(format!(
            "{}'s system did not take the request (HTTP {status}); \
             read its answer in the journal, mend the cause and have the step made again",
            F::WHO
        )),
        (None, _) => unknown::<F>(&format!("it answered HTTP {status}")),
    }
}

fn fits(text: &str, characters: usize) -> bool {
    !text.contains('\0') && text.chars().count() <= characters
}

/// The department's own words, or that it gave none.
fn given(who: &str, reason: Option<String>) -> String {
    let words: String = reason
        .unwrap_or_default()
        .chars()
        .filter(|c| *c != '\0')
        .take(SHOWN_CHARACTERS)
        .collect();
    if words.trim().is_empty() {
        format!("{who} gave no reason")
    } else {
        words
    }
}

fn unknown<F: Format>(what: &str) -> Failure {
    Failure::Uncertain(format!(
        "whether {}'s system has acted is not known: {what}",
        F::WHO
    ))
}

/// Whole seconds, a day at most. A date in this header is left alone: the host
/// has a schedule of its own.
fn retry_after(response: &Response) -> Option<u32> {
    let seconds: u64 = header(response, "retry-after")?.trim().parse().ok()?;
    Some(
        u32::try_from(seconds)
            .unwrap_or(DAY_SECONDS)
            .min(DAY_SECONDS),
    )
}

/// The first header field of this name.
pub fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let field = response
        .headers
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(name))?;
    Some(&field.value)
}
