//! What a department's answers come to, in one short line each.

use crate::answer::{Format, to_question, to_step};
use crate::contract::http::{Header, Response, SendError};
use crate::contract::measures::Failure;
use crate::contract::types::{Feedback, Outcome};

/// The key of the step in every table of answers.
pub const KEY: &str = "k";

/// An answer with this status and body, which asks for more than a day of patience.
pub fn answered(status: u16, body: &str) -> Result<Response, SendError> {
    Ok(Response {
        status,
        headers: vec![Header {
            name: "Retry-After".to_owned(),
            value: "90000".to_owned(),
        }],
        body: body.to_owned(),
    })
}

/// What this answer to the step [`KEY`] comes to.
pub fn step<F: Format>(status: u16, body: &str) -> String {
    outcome(to_step::<F>(answered(status, body), KEY).map(Some))
}

/// What this answer to a question about the step [`KEY`] comes to.
pub fn question<F: Format>(status: u16, body: &str) -> String {
    outcome(to_question::<F>(answered(status, body), KEY))
}

/// Holds answers against what they come to: status, body, and the outcome of a step
/// and of a question alike.
///
/// # Panics
/// Where one comes to something else.
#[track_caller]
pub fn both<F: Format>(table: &[(u16, &str, &str)]) {
    for (status, body, expected) in table {
        assert_eq!(step::<F>(*status, body), *expected, "step: {status} {body}");
        let asked = question::<F>(*status, body);
        assert_eq!(asked, *expected, "question: {status} {body}");
    }
}

/// Holds a department's words for what became of a step against the common table.
/// `told` writes the body for `done`, `partly`, `refused`, `not-applicable` or
/// `waiting`, with a reason where one is given.
///
/// # Panics
/// Where one comes to something else.
#[track_caller]
pub fn states<F: Format>(told: impl Fn(&str, Option<&str>) -> String) {
    let why = Some("已注销");
    let no_reason = format!("could-not: {} gave no reason", F::WHO);
    both::<F>(&[
        (200, &told("done", None), "executed"),
        (201, &told("done", None), "executed"),
        (200, &told("partly", why), "partly-executed: 已注销"),
        (200, &told("refused", why), "could-not: 已注销"),
        (200, &told("refused", None), &no_reason),
        (200, &told("not-applicable", why), "not-applicable: 已注销"),
        (200, &told("waiting", None), "pending: Some(86400)"),
        (202, &told("waiting", None), "pending: Some(86400)"),
        (202, "", "pending: Some(86400)"),
        (200, &told("finished", None), "uncertain"),
        (503, "", "uncertain"),
        (429, "", "unavailable: Some(86400)"),
    ]);
}

/// What the host is told, without the words that are the plugin's own.
pub fn outcome(answer: Result<Option<Feedback>, Failure>) -> String {
    match answer {
        Ok(None) => "no trace".to_owned(),
        Ok(Some(feedback)) => match feedback.outcome {
            Outcome::Executed => "executed".to_owned(),
            Outcome::PartlyExecuted(reason) => format!("partly-executed: {reason}"),
            Outcome::CouldNot(reason) => format!("could-not: {reason}"),
            Outcome::NotApplicable(reason) => format!("not-applicable: {reason}"),
            Outcome::Pending(seconds) => format!("pending: {seconds:?}"),
        },
        Err(Failure::Unavailable(delay)) => format!("unavailable: {:?}", delay.retry_after),
        Err(Failure::Uncertain(_)) => "uncertain".to_owned(),
        Err(Failure::Disputed(reason)) => format!("disputed: {reason}"),
        Err(Failure::OutsideMandate(reason)) => format!("outside-mandate: {reason}"),
        Err(Failure::NeedsPerson(_)) => "needs-person".to_owned(),
    }
}
