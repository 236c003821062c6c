//! What the tax department's system answers, as feedback or failure.
//!
//! In comes an HTTP answer, or the reason why there is none; out goes what the
//! contract lets the host act on. Always: an answer that names another step,
//! breaks the agreed form or passes a limit of the contract is an unknown
//! outcome, never feedback. Absent: retries; the host decides on them.
//!
//! | answer | a step | a question |
//! |---|---|---|
//! | 200, 201 | feedback by `state` | the same |
//! | 202 | `pending` | the same |
//! | 404 | `needs-person` | no trace |
//! | 409 `disputed`, 422 `outside-mandate` | of the same name | `needs-person` |
//! | 429, 503 `not-started` | `unavailable` | the same |
//! | other 4xx | `needs-person` | the same |
//! | all else | `uncertain` | the same |

use serde::Deserialize;

use crate::contract::credence::department::http::{Response, SendError};
use crate::contract::credence::department::types::{Fact, Feedback, Outcome, Value};
use crate::contract::exports::credence::department::measures::{Delay, Failure};
use crate::days;

const DAY_SECONDS: u32 = 86_400;
const REFERENCE_CHARACTERS: usize = 200;
const EVIDENCE: usize = 50;
const TEXT_CHARACTERS: usize = 8_192;
/// Of the department's words, as many as a work list shows.
const SHOWN_CHARACTERS: usize = 500;

/// A body that tells what became of a step. Unknown members are ignored.
#[derive(Deserialize)]
struct Told {
    key: String,
    state: State,
    reason: Option<String>,
    reference: Option<String>,
    at: Option<String>,
    #[serde(default)]
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Done,
    Partly,
    Refused,
    NotApplicable,
    Waiting,
}

#[derive(Deserialize)]
struct Evidence {
    field: String,
    text: String,
}

/// A body that tells why nothing was done.
#[derive(Deserialize)]
struct Declined {
    error: String,
    reason: Option<String>,
}

/// The answer to apply, suspend, resume or lift.
///
/// # Errors
/// By the table above.
pub(crate) fn to_step(response: &Response, key: &str) -> Result<Feedback, Failure> {
    if matches!(response.status, 200..=202) {
        return feedback(response, key);
    }
    let declined: Option<Declined> = serde_json::from_str(&response.body).ok();
    let error = declined.as_ref().map_or("", |declined| &declined.error);
    let reason = || {
        let reason = declined
            .as_ref()
            .and_then(|declined| declined.reason.clone());
        given(reason)
    };
    Err(match (response.status, error) {
        (409, "disputed") => Failure::Disputed(reason()),
        (422, "outside-mandate") => Failure::OutsideMandate(reason()),
        (429, _) | (503, "not-started") => Failure::Unavailable(Delay {
            retry_after: retry_after(response),
            text: format!(
                "the tax department's system declined to start (HTTP {})",
                response.status
            ),
        }),
        (401 | 403, _) => Failure::NeedsPerson(format!(
            "the tax department's system refused the credentials (HTTP {}); \
             renew the setting `authorization` and have the step made again",
            response.status
        )),
        (status @ 400..=499, _) => Failure::NeedsPerson(format!(
            "the tax department's system did not take the request (HTTP {status}); \
             read its answer in the journal, mend the cause and have the step made again"
        )),
        (status, _) => unknown(&format!("it answered HTTP {status}")),
    })
}

/// The answer to a question; `None`: no trace of the step.
///
/// # Errors
/// By the table above.
pub(crate) fn to_question(response: &Response, key: &str) -> Result<Option<Feedback>, Failure> {
    if response.status == 404 {
        return Ok(None);
    }
    match to_step(response, key) {
        Ok(feedback) => Ok(Some(feedback)),
        // A question cannot be disputed: the department speaks of something else.
        Err(Failure::Disputed(_) | Failure::OutsideMandate(_)) => {
            Err(Failure::NeedsPerson(format!(
                "the tax department's system did not take the question (HTTP {}); \
                 read its answer in the journal and enter the feedback by hand",
                response.status
            )))
        }
        Err(failure) => Err(failure),
    }
}

/// There is no answer.
pub(crate) fn unanswered(error: SendError) -> Failure {
    match error {
        SendError::NotGranted(text) => Failure::NeedsPerson(text),
        SendError::NotSent(text) => Failure::Unavailable(Delay {
            retry_after: None,
            text,
        }),
        SendError::NoAnswer(text) => Failure::Uncertain(text),
    }
}

fn feedback(response: &Response, key: &str) -> Result<Feedback, Failure> {
    let pending = Outcome::Pending(retry_after(response));
    if response.status == 202 && response.body.trim().is_empty() {
        return Ok(Feedback {
            outcome: pending,
            at: None,
            reference: None,
            evidence: Vec::new(),
        });
    }
    let told: Told = serde_json::from_str(&response.body)
        .map_err(|_| unknown("its answer is not in the agreed form"))?;
    if told.key != key {
        return Err(unknown("it answers for another step"));
    }
    let outcome = match told.state {
        _ if response.status == 202 => pending,
        State::Waiting => pending,
        State::Done => Outcome::Executed,
        State::Partly => Outcome::PartlyExecuted(given(told.reason)),
        State::Refused => Outcome::CouldNot(given(told.reason)),
        State::NotApplicable => Outcome::NotApplicable(given(told.reason)),
    };
    let at = match told.at.as_deref() {
        None => None,
        Some(at) => days::read(at).map_err(|_| unknown("it gives an impossible time in `at`"))?,
    };
    let reference = told.reference.filter(|text| !text.trim().is_empty());
    let reference_fits = reference
        .as_deref()
        .is_none_or(|text| fits(text, REFERENCE_CHARACTERS));
    let evidence_fits = told.evidence.len() <= EVIDENCE
        && told.evidence.iter().all(|piece| {
            !piece.field.is_empty()
                && !piece.field.contains('\0')
                && fits(&piece.text, TEXT_CHARACTERS)
        });
    if !reference_fits || !evidence_fits {
        return Err(unknown(
            "its reference or its evidence is longer than the contract allows",
        ));
    }
    let evidence = told
        .evidence
        .into_iter()
        .filter(|piece| !piece.text.trim().is_empty())
        .map(|piece| Fact {
            field: piece.field,
            value: Value::Text(piece.text),
        })
        .collect();
    Ok(Feedback {
        outcome,
        at,
        reference,
        evidence,
    })
}

fn fits(text: &str, characters: usize) -> bool {
    !text.contains('\0') && text.chars().count() <= characters
}

/// The department's own words, or that it gave none.
fn given(reason: Option<String>) -> String {
    let words: String = reason
        .unwrap_or_default()
        .chars()
        .filter(|c| *c != '\0')
        .take(SHOWN_CHARACTERS)
        .collect();
    if words.trim().is_empty() {
        "the tax department gave no reason".to_owned()
    } else {
        words
    }
}

fn unknown(what: &str) -> Failure {
    Failure::Uncertain(format!(
        "whether the tax department's system has acted is not known: {what}"
    ))
}

/// Whole seconds, a day at most. A date in this header is left alone: the host
/// has a schedule of its own.
fn retry_after(response: &Response) -> Option<u32> {
    let value = &response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("retry-after"))?
        .value;
    let seconds: u64 = value.trim().parse().ok()?;
    Some(
        u32::try_from(seconds)
            .unwrap_or(DAY_SECONDS)
            .min(DAY_SECONDS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::credence::department::http::Header;

    const DONE: &str = r#"{"key":"k","state":"done","reason":null,"reference":"T-1",
        "at":"2026-01-05T10:00:00+08:00","evidence":[{"field":"REGISTER","text":"第3页"}]}"#;

    fn response(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: vec![Header {
                name: "retry-after".into(),
                value: "90000".into(),
            }],
            body: body.into(),
        }
    }

    fn step(status: u16, body: &str) -> String {
        shown(to_step(&response(status, body), "k").map(Some))
    }

    fn question(status: u16, body: &str) -> String {
        shown(to_question(&response(status, body), "k"))
    }

    fn shown(answer: Result<Option<Feedback>, Failure>) -> String {
        match answer {
            Ok(None) => "no trace".into(),
            Ok(Some(feedback)) => match feedback.outcome {
                Outcome::Executed => "executed".into(),
                Outcome::PartlyExecuted(reason) => format!("partly-executed: {reason}"),
                Outcome::CouldNot(reason) => format!("could-not: {reason}"),
                Outcome::NotApplicable(reason) => format!("not-applicable: {reason}"),
                Outcome::Pending(seconds) => format!("pending: {seconds:?}"),
            },
            Err(Failure::Unavailable(delay)) => format!("unavailable: {:?}", delay.retry_after),
            Err(Failure::Uncertain(_)) => "uncertain".into(),
            Err(Failure::Disputed(reason)) => format!("disputed: {reason}"),
            Err(Failure::OutsideMandate(reason)) => format!("outside-mandate: {reason}"),
            Err(Failure::NeedsPerson(_)) => "needs-person".into(),
        }
    }

    fn told(state: &str, more: &str) -> String {
        format!(r#"{{"key":"k","state":"{state}"{more}}}"#)
    }

    #[test]
    fn each_state_has_its_outcome() {
        for ask in [step, question] {
            assert_eq!(ask(200, DONE), "executed");
            assert_eq!(ask(201, &told("done", "")), "executed");
            let reason = r#","reason":"已注销""#;
            assert_eq!(ask(200, &told("partly", reason)), "partly-executed: 已注销");
            assert_eq!(ask(200, &told("refused", reason)), "could-not: 已注销");
            assert_eq!(
                ask(200, &told("not-applicable", reason)),
                "not-applicable: 已注销"
            );
            assert_eq!(
                ask(200, &told("refused", "")),
                "could-not: the tax department gave no reason"
            );
            assert_eq!(ask(200, &told("waiting", "")), "pending: Some(86400)");
            assert_eq!(ask(202, &told("waiting", "")), "pending: Some(86400)");
            assert_eq!(ask(202, ""), "pending: Some(86400)");
        }
    }

    #[test]
    fn done_is_told_whole() {
        let feedback = to_step(&response(200, DONE), "k").unwrap();
        let at = feedback.at.unwrap();
        assert_eq!(
            (days::write_day(at.date), at.hour),
            ("2026-01-05".into(), 10)
        );
        assert_eq!(feedback.reference.as_deref(), Some("T-1"));
        assert_eq!(
            feedback.evidence,
            [Fact {
                field: "REGISTER".into(),
                value: Value::Text("第3页".into())
            }]
        );
    }

    #[test]
    fn each_refusal_decides_what_the_host_does() {
        let disputed = r#"{"error":"disputed","reason":"另一主体"}"#;
        let outside = r#"{"error":"outside-mandate","reason":"不属本局"}"#;
        assert_eq!(step(409, disputed), "disputed: 另一主体");
        assert_eq!(step(409, r#"{"error":"key-reused"}"#), "needs-person");
        assert_eq!(step(422, outside), "outside-mandate: 不属本局");
        assert_eq!(step(422, "{}"), "needs-person");
        assert_eq!(question(409, disputed), "needs-person");
        assert_eq!(question(422, outside), "needs-person");
        assert_eq!(step(429, ""), "unavailable: Some(86400)");
        assert_eq!(
            step(503, r#"{"error":"not-started"}"#),
            "unavailable: Some(86400)"
        );
        for status in [400, 401, 403, 404, 405, 413] {
            assert_eq!(step(status, ""), "needs-person", "{status}");
        }
        assert_eq!(question(404, ""), "no trace");
        assert_eq!(question(401, ""), "needs-person");
    }

    #[test]
    fn doubt_is_uncertain() {
        for status in [204, 301, 500, 502, 503, 504] {
            assert_eq!(step(status, ""), "uncertain", "{status}");
        }
        let reference = format!(r#","reference":"{}""#, "x".repeat(201));
        let evidence = r#"{"field":"F","text":"t"},"#.repeat(51);
        let evidence = format!(r#","evidence":[{}]"#, evidence.trim_end_matches(','));
        for body in [
            DONE.replace("\"k\"", "\"other\""),
            format!("{DONE}{DONE}"),
            "<html>".into(),
            told("finished", ""),
            told("done", r#","at":"2026-02-31T10:00:00""#),
            told("done", r#","reference":"a\u0000b""#),
            told("done", &reference),
            told("done", &evidence),
        ] {
            assert_eq!(step(200, &body), "uncertain", "{body}");
            assert_eq!(question(200, &body), "uncertain", "{body}");
        }
    }

    #[test]
    fn no_answer_is_told_apart() {
        let shown = |error| shown(Err(unanswered(error)));
        assert_eq!(shown(SendError::NotGranted("x".into())), "needs-person");
        assert_eq!(shown(SendError::NotSent("x".into())), "unavailable: None");
        assert_eq!(shown(SendError::NoAnswer("x".into())), "uncertain");
    }
}
