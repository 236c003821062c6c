//! The tax department (税务): keeps the list of major tax violators
//! (重大税收违法失信主体), the exit stops and the taxpayers of class D.
//!
//! In come `POST /measures` and `GET /measures/{key}`, both with a bearer token;
//! out goes feedback, all of it JSON. Always: what arrives is read strictly.
//! Absent: any measure but those of [`MANDATE`].
//!
//! Feedback is `{"key", "state", "reason", "reference", "at", "evidence"}`, 200, or
//! 202 while the state is `waiting`; `state` is `done`, `partly`, `refused`,
//! `not-applicable` or `waiting`. Without feedback there is
//! `{"error", "reason"}`, and `field` with `invalid`; statuses and codes are those
//! of [`crate::counter`]. `Idempotency-Key`, where it is sent, is the same as `key`.

mod order;

use axum::Router;
use serde_json::json;

use crate::counter::{self, Fault, Format};
use crate::desk::Desk;
use crate::door::Door;
use crate::ledger::{Feedback, Ledger, Step};
use crate::order::Invalid;

/// Codes of the measures that the department carries out.
pub const MANDATE: [&str; 3] = ["L-TAX-02", "S-TAX-03", "C-TAX-01"];

/// The department's routes. Without a token everybody is let in.
pub fn router(ledger: Ledger, token: Option<String>) -> Router {
    counter::router::<Tax>(Desk::new(ledger, Door::token(token)))
}

/// JSON, as this department writes it.
pub struct Tax;

impl Format for Tax {
    const MANDATE: &'static [&'static str] = &MANDATE;
    const QUESTIONS: &'static str = "/measures/{key}";
    const MEDIA_TYPE: &'static str = "application/json";
    const KEY_HEADER_REQUIRED: bool = false;

    fn read(body: &[u8]) -> Result<Step, Invalid> {
        order::read(body)
    }

    fn feedback(feedback: &Feedback) -> String {
        let evidence: Vec<_> = feedback
            .reference
            .iter()
            .map(|reference| json!({ "field": "REGISTER_ENTRY", "text": reference }))
            .collect();
        json!({
            "key": feedback.key,
            "state": feedback.state,
            "reason": feedback.reason,
            "reference": feedback.reference,
            "at": feedback.at,
            "evidence": evidence,
        })
        .to_string()
    }

    fn fault(fault: &Fault) -> String {
        let mut body = json!({ "error": fault.code, "reason": fault.reason });
        if let Some(field) = &fault.field {
            body["field"] = json!(field);
        }
        body.to_string()
    }
}
