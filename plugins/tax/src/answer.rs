//! What the bodies of the tax department's system mean.
//!
//! In comes an HTTP answer; out goes what it tells of a step, or why nothing was
//! done. What follows from that is [`credence_sdk::answer`]'s to say. Always: a body
//! that breaks the agreed form tells nothing. Absent: limits, retries.
//!
//! | answer | body |
//! |---|---|
//! | 200, 201, 202 | `key`, `state` (`done`, `partly`, `refused`, `not-applicable`, `waiting`), `reason`, `reference`, `at`, `evidence` |
//! | 409, 422, 503 | `error` (`disputed`, `outside-mandate`, `not-started`), `reason` |

use credence_sdk::answer::{Format, Refusal, State, Told};
use credence_sdk::contract::http::Response;
use serde::Deserialize;

/// The tax department's bodies.
pub(crate) struct Bodies;

/// A body that tells what became of a step. Unknown members are ignored.
#[derive(Deserialize)]
struct Report {
    key: String,
    state: Word,
    reason: Option<String>,
    reference: Option<String>,
    at: Option<String>,
    #[serde(default)]
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
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

impl Format for Bodies {
    const WHO: &'static str = "the tax department";

    fn told(response: &Response) -> Option<Told> {
        let report: Report = serde_json::from_str(&response.body).ok()?;
        Some(Told {
            key: Some(report.key),
            state: match report.state {
                Word::Done => State::Done,
                Word::Partly => State::Partly(report.reason),
                Word::Refused => State::Refused(report.reason),
                Word::NotApplicable => State::NotApplicable(report.reason),
                Word::Waiting => State::Waiting,
            },
            at: report.at,
            reference: report.reference,
            evidence: report
                .evidence
                .into_iter()
                .map(|piece| (piece.field, piece.text))
                .collect(),
        })
    }

    fn refusal(response: &Response) -> Option<Refusal> {
        let declined: Declined = serde_json::from_str(&response.body).ok()?;
        match (response.status, declined.error.as_str()) {
            (409, "disputed") => Some(Refusal::Disputed(declined.reason)),
            (422, "outside-mandate") => Some(Refusal::OutsideMandate(declined.reason)),
            (503, "not-started") => Some(Refusal::NotStarted),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_sdk::answer::to_step;
    use credence_sdk::contract::types::{Fact, Value};
    use credence_sdk::days::write_day;
    use credence_sdk::testing::answers::{self, KEY, answered};

    const DONE: &str = r#"{"key":"k","state":"done","reason":null,"reference":"T-1",
        "at":"2026-01-05T10:00:00+08:00","evidence":[{"field":"REGISTER","text":"第3页"}]}"#;

    fn step(status: u16, body: &str) -> String {
        answers::step::<Bodies>(status, body)
    }

    fn question(status: u16, body: &str) -> String {
        answers::question::<Bodies>(status, body)
    }

    fn told(state: &str, more: &str) -> String {
        format!(r#"{{"key":"k","state":"{state}"{more}}}"#)
    }

    #[test]
    fn each_state_has_its_outcome() {
        answers::states::<Bodies>(|state, reason| {
            let reason = reason.map(|reason| format!(r#","reason":"{reason}""#));
            told(state, &reason.unwrap_or_default())
        });
        answers::both::<Bodies>(&[(200, DONE, "executed")]);
    }

    #[test]
    fn done_is_told_whole() {
        let feedback = to_step::<Bodies>(answered(200, DONE), KEY).unwrap();
        let at = feedback.at.unwrap();
        assert_eq!((write_day(at.date), at.hour), ("2026-01-05".into(), 10));
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
        assert_eq!(step(503, ""), "uncertain");
        assert_eq!(question(404, ""), "no trace");
        assert_eq!(question(401, ""), "needs-person");
    }

    #[test]
    fn doubt_is_uncertain() {
        for body in [
            DONE.replace("\"k\"", "\"other\""),
            format!("{DONE}{DONE}"),
            "<html>".into(),
            told("finished", ""),
            told("done", r#","at":"2026-02-31T10:00:00""#),
            told("done", r#","reference":"a\u0000b""#),
        ] {
            answers::both::<Bodies>(&[(200, &body, "uncertain")]);
        }
    }
}
