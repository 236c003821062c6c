//! Housing and construction (住房城乡建设): takes a form, acts a little later.
//!
//! In come `POST /measures` as a form and `GET /receipts/{key}`, both with a
//! bearer token; out go forms (`application/x-www-form-urlencoded`, UTF-8).
//! Always: a step is accepted first and carried out after `--delay-ms`. Absent:
//! an answer that tells at once what was done.
//!
//! **Key.** `POST` carries `Idempotency-Key`, the same as the field `key`.
//!
//! **A step.** One pair each, except where said; a pair whose value is empty is
//! the same as none. Unknown names are refused.
//!
//! | name | |
//! |---|---|
//! | `key`, `order_key` | keys of the step and of its order |
//! | `verb` | `apply`, `suspend`, `resume`, `lift` |
//! | `measure` | code of the measure |
//! | `uscc`, `registration_number`, `person` | the subject's numbers; at least one |
//! | `authority`, `decided_on` | who decided, and the day |
//! | `basis` | legal basis in words; one pair each, at least one |
//! | `starts_on`, `ends_on`, `effective_on` | days, `2026-02-01` |
//! | `name`, `title`, `case_number`, `decision_number` | filed unread; optional |
//! | `note`, `reference` | of later steps; filed unread; optional |
//! | `exit` | with `lift`: `expiry`, `fulfilment`, `repair`, `correction`, `revocation`; filed unread |
//! | `exit_decision` | number of that decision; filed unread; optional |
//! | `parameter` | `FIELD=value`; one pair each; filed unread; optional |
//!
//! **Receipt.** `POST` always answers 202 with `Retry-After: 1` and
//! `receipt=HC-000001&key=o-1&state=waiting`. A key that comes again has the
//! receipt of the first time, and the state as it now stands.
//!
//! **State.** `GET /receipts/{key}`, by the key of the step, answers 200
//! `receipt=HC-000001&key=o-1&state=done&reference=R-000001&at=2026-02-01T10%3A00%3A00%2B08%3A00`;
//! while `waiting`, with `Retry-After: 1`. `state`: `waiting`, `done`, `partly`,
//! `refused`, `not-applicable`; with `reason` where there is one. 404
//! `unknown-key`: no such step ever came.
//!
//! **No feedback**: `error=invalid&field=starts_on&reason=…`, `field` only with
//! `invalid`. Statuses and codes are those of [`crate::counter`]. What the switch
//! makes it decide (`refuse`, `partly`) shows in the state, once it has acted.

mod form;

use axum::Router;
use axum::http::StatusCode;

use crate::counter::{self, Fault, Format};
use crate::desk::Desk;
use crate::door::Door;
use crate::ledger::{Feedback, Ledger, Step};
use crate::order::Invalid;
use crate::switch::Request;

/// Codes of the measures that the department carries out.
pub const MANDATE: [&str; 9] = [
    "S-HOU-01", "S-HOU-03", "I-HOU-01", "S-LIC-01", "S-LIC-02", "S-BID-01", "S-BID-02", "S-BID-03",
    "S-MKT-01",
];
/// Milliseconds after which a step acts, where nothing else is asked.
pub const DELAY_MS: u32 = 200;

/// The department's routes. Without a token everybody is let in.
pub fn router(ledger: Ledger, token: Option<String>, delay_ms: u32) -> Router {
    counter::router::<Housing>(Desk::new(ledger, Door::token(token)).delayed(delay_ms))
}

/// Forms, as this department writes them.
pub struct Housing;

impl Format for Housing {
    const MANDATE: &'static [&'static str] = &MANDATE;
    const QUESTIONS: &'static str = "/receipts/{key}";
    const MEDIA_TYPE: &'static str = "application/x-www-form-urlencoded";
    const KEY_HEADER_REQUIRED: bool = true;
    const BETWEEN: &'static str = "&";

    fn read(body: &[u8]) -> Result<Step, Invalid> {
        form::read(body)
    }

    fn feedback(feedback: &Feedback) -> String {
        form::feedback(feedback)
    }

    fn fault(fault: &Fault) -> String {
        form::fault(fault)
    }

    fn status(request: Request, _: &Feedback) -> StatusCode {
        match request {
            Request::Step => StatusCode::ACCEPTED,
            Request::Question => StatusCode::OK,
        }
    }
}
