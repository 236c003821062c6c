//! The counter (窗口) of a department that is reached over HTTP.
//!
//! In come steps and questions in the department's own [`Format`]; out goes
//! feedback, or a [`Fault`]. Always: a request is counted before anything can go
//! wrong with it but after it was let in and read, and a step is durable before
//! it is answered. Absent: the words on the wire, which each department has its
//! own module for.
//!
//! | status | code | meaning |
//! |---|---|---|
//! | 200, 202 | | feedback; 202 with `Retry-After` while it waits |
//! | 400 | `invalid` | a field is at fault; nothing was done |
//! | 401 | `not-let-in`, `signature` | credentials missing or wrong; nothing was done |
//! | 403 | `locked` | the account is locked until a person acts; nothing was done |
//! | 404 | `unknown-key` | a question: no such step ever came |
//! | 409 | `key-reused` | the key belongs to another step; nothing was done |
//! | 409 | `disputed` | the department thinks the order wrong; nothing was done |
//! | 422 | `outside-mandate` | not a measure of this department; nothing was done |
//! | 500 | `failed`, `ledger` | before or after acting: the caller cannot know |
//! | 503 | `not-started` | closed; nothing was done |

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;

use crate::desk::{self, Desk, later_ms};
use crate::door::NotLetIn;
use crate::ledger::{Feedback, LedgerError, Made, Step};
use crate::line::Cut;
use crate::order::Invalid;
use crate::switch::{Mode, Request as Kind, Setting};
use crate::whims;

/// Seconds that an answer asks the caller to wait while a step waits.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");
const LONGEST_BODY_BYTES: usize = 1024 * 1024;

/// How a department reads and writes.
pub trait Format: Send + Sync + 'static {
    /// Codes of the measures that it carries out.
    const MANDATE: &'static [&'static str];
    /// Route of questions, with `{key}` in it.
    const QUESTIONS: &'static str;
    /// Of its answers.
    const MEDIA_TYPE: &'static str;
    /// Whether `Idempotency-Key` must be sent, or only agree where it is.
    const KEY_HEADER_REQUIRED: bool;
    /// What stands between two answers in one.
    const BETWEEN: &'static str = "";

    /// Reads the body of a step.
    ///
    /// # Errors
    /// The first field at fault.
    fn read(body: &[u8]) -> Result<Step, Invalid>;
    /// Writes feedback.
    fn feedback(feedback: &Feedback) -> String;
    /// Writes why there is none.
    fn fault(fault: &Fault) -> String;
    /// Status of feedback to a request of this kind.
    fn status(_: Kind, feedback: &Feedback) -> StatusCode {
        if feedback.state == "waiting" {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        }
    }
}

/// Why a request has no feedback.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// As in the table of this module.
    pub status: StatusCode,
    /// As in the table of this module.
    pub code: &'static str,
    /// The field at fault, with `invalid` alone.
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Fault {
    fn new(status: StatusCode, code: &'static str, reason: &str) -> Self {
        Self {
            status,
            code,
            field: None,
            reason: reason.to_owned(),
        }
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self {
            field: Some(invalid.field),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid", &invalid.reason)
        }
    }
}

impl From<NotLetIn> for Fault {
    fn from(refused: NotLetIn) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, refused.code, &refused.reason)
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        let reason = error.to_string();
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ledger", &reason)
    }
}

/// The routes of a department that writes in this format.
pub fn router<F: Format>(desk: Desk) -> Router {
    Router::new()
        .route("/measures", post(make::<F>))
        .route(F::QUESTIONS, get(tell::<F>))
        .merge(desk::routes())
        .with_state(Arc::new(desk))
}

async fn make<F: Format>(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let made = step::<F>(&desk, request).await;
    answer::<F>(Kind::Step, &cut, made).await
}

async fn tell<F: Format>(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(key): Path<String>,
    request: Request,
) -> Response {
    let told = question(&desk, &key, request).await;
    answer::<F>(Kind::Question, &cut, told).await
}

async fn step<F: Format>(desk: &Desk, request: Request) -> Result<(Setting, Feedback), Fault> {
    let (head, body) = whole(request).await?;
    let now = Timestamp::now();
    desk.door.let_in(&head, &body, now)?;
    let step = F::read(&body)?;
    check_key_header::<F>(&step.key, &head.headers)?;
    desk.ledger.count_post(&step.key).await?;
    let setting = desk.switch.take(Kind::Step);
    before_acting(setting)?;
    if setting.mode == Mode::Lie {
        return Ok((setting, whims::lie(&step.key)));
    }
    if !F::MANDATE.contains(&step.measure.as_str()) {
        return Err(outside_mandate());
    }
    let due_ms = if setting.mode == Mode::Late {
        Some(setting.ms)
    } else {
        desk.delay_ms
    };
    let due_ms = due_ms.map(|ms| later_ms(now, ms));
    let ruling = whims::ruling(setting.mode);
    match desk.ledger.make(&step, due_ms, &ruling, now).await? {
        Made::Told(feedback) => Ok((setting, feedback)),
        Made::KeyReused => Err(Fault::new(
            StatusCode::CONFLICT,
            "key-reused",
            "the key belongs to another step; nothing was done",
        )),
    }
}

async fn question(desk: &Desk, key: &str, request: Request) -> Result<(Setting, Feedback), Fault> {
    let (head, body) = whole(request).await?;
    let now = Timestamp::now();
    desk.door.let_in(&head, &body, now)?;
    desk.ledger.count_query(key).await?;
    let setting = desk.switch.take(Kind::Question);
    before_acting(setting)?;
    let feedback = desk.ledger.told(key, now).await?;
    let feedback = feedback.ok_or_else(|| {
        let reason = "no step with this key ever came";
        Fault::new(StatusCode::NOT_FOUND, "unknown-key", reason)
    })?;
    Ok((setting, feedback))
}

/// The whole request: what is signed is all of it.
async fn whole(request: Request) -> Result<(Parts, Bytes), Fault> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY_BYTES).await.map_err(|_| {
        let reason = format!("send at most {LONGEST_BODY_BYTES} bytes, and all of them");
        Invalid::new("(body)", reason)
    })?;
    Ok((head, body))
}

/// The header says what the body says.
fn check_key_header<F: Format>(key: &str, headers: &HeaderMap) -> Result<(), Invalid> {
    match headers.get("idempotency-key") {
        Some(value) if value.as_bytes() == key.as_bytes() => Ok(()),
        None if !F::KEY_HEADER_REQUIRED => Ok(()),
        _ => Err(Invalid::new(
            "idempotency-key",
            "the header and the key in the body must be the same",
        )),
    }
}

fn outside_mandate() -> Fault {
    Fault::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "outside-mandate",
        whims::OUTSIDE_MANDATE,
    )
}

fn before_acting(setting: Setting) -> Result<(), Fault> {
    match setting.mode {
        Mode::Down => Err(Fault::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-started",
            "closed for maintenance; nothing was done",
        )),
        Mode::Fail => Err(Fault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            "an inner fault",
        )),
        Mode::Dispute => Err(Fault::new(
            StatusCode::CONFLICT,
            "disputed",
            whims::DISPUTED,
        )),
        Mode::OutsideMandate => Err(outside_mandate()),
        Mode::Person => Err(Fault::new(
            StatusCode::FORBIDDEN,
            "locked",
            "the account is locked; the department's administrator unlocks it",
        )),
        Mode::Normal
        | Mode::Slow
        | Mode::DropAfter
        | Mode::HangAfter
        | Mode::Twice
        | Mode::Late
        | Mode::OtherKey
        | Mode::Lie
        | Mode::Refuse
        | Mode::Partly => Ok(()),
    }
}

async fn answer<F: Format>(
    kind: Kind,
    cut: &Cut,
    told: Result<(Setting, Feedback), Fault>,
) -> Response {
    let media_type = (header::CONTENT_TYPE, F::MEDIA_TYPE);
    let (setting, mut feedback) = match told {
        Ok(told) => told,
        Err(fault) => return (fault.status, [media_type], F::fault(&fault)).into_response(),
    };
    let status = F::status(kind, &feedback);
    let waiting = feedback.state == "waiting";
    let mut copies = 1;
    match setting.mode {
        Mode::Slow => tokio::time::sleep(Duration::from_millis(u64::from(setting.ms))).await,
        Mode::DropAfter => cut.now(),
        Mode::HangAfter => std::future::pending().await,
        Mode::Twice => copies = 2,
        Mode::OtherKey => whims::ANOTHER_STEP.clone_into(&mut feedback.key),
        Mode::Normal
        | Mode::Fail
        | Mode::Down
        | Mode::Late
        | Mode::Lie
        | Mode::Dispute
        | Mode::OutsideMandate
        | Mode::Person
        | Mode::Refuse
        | Mode::Partly => {}
    }
    let body = vec![F::feedback(&feedback); copies].join(F::BETWEEN);
    let mut response = (status, [media_type], body).into_response();
    if waiting || status == StatusCode::ACCEPTED {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}
