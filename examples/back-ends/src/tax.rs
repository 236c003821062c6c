//! The tax department: keeps the list of major tax violators (重大税收违法失信主体).
//!
//! In come `POST /measures` and `GET /measures/{key}`, both with a bearer token;
//! out goes feedback. For tests, on the same address and without a token: the
//! ledger, the requests counted, and the switch for misbehaviour. Always: a
//! request is counted before anything can go wrong with it, and a step is durable
//! before it is answered. Absent: any measure but those of [`MANDATE`].
//!
//! | route | answer |
//! |---|---|
//! | `POST /measures` | 200 or 202 feedback; 400 `invalid` with `field`; 409 `key-reused`; 422 `outside-mandate` |
//! | `GET /measures/{key}` | 200 or 202 feedback; 404 `unknown-key` |
//! | `GET /ledger` | the effects in order: `seq`, `key`, `verb`, `measure`, `subject`, `at`, `reference` |
//! | `GET /requests` | for each key: `key`, `posts`, `queries` |
//! | `POST /switch` | 204; takes `mode`, `ms`, `times` |

mod order;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::ledger::{Effect, Feedback, Ledger, LedgerError, Made, Seen};
use crate::line::Cut;
use crate::switch::{Mode, Request, Setting, Switch};

/// Codes of the measures that the department carries out.
pub const MANDATE: [&str; 1] = ["L-TAX-02"];
/// Seconds that a 202 asks the caller to wait.
const RETRY_AFTER: &str = "1";

struct Tax {
    ledger: Ledger,
    token: Option<String>,
    switch: Switch,
}

/// The department's routes. Without a token everybody is let in.
pub fn router(ledger: Ledger, token: Option<String>) -> Router {
    let tax = Tax {
        ledger,
        token,
        switch: Switch::default(),
    };
    Router::new()
        .route("/measures", post(make))
        .route("/measures/{key}", get(tell))
        .route("/ledger", get(ledger_read))
        .route("/requests", get(requests_read))
        .route("/switch", post(switch_set))
        .with_state(Arc::new(tax))
}

async fn make(
    State(tax): State<Arc<Tax>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    tax.let_in(&headers)?;
    let step = order::read(&body).map_err(Refusal::Invalid)?;
    order::check_key_header(&step.key, &headers).map_err(Refusal::Invalid)?;
    tax.ledger.count_post(&step.key).await?;
    let setting = tax.switch.take(Request::Step);
    before_acting(setting)?;
    if !MANDATE.contains(&step.measure.as_str()) {
        return Err(Refusal::OutsideMandate);
    }
    let now = Timestamp::now();
    let due_ms = (setting.mode == Mode::Late).then(|| {
        now.saturating_add(SignedDuration::from_millis(i64::from(setting.ms)))
            .map_or(i64::MAX, Timestamp::as_millisecond)
    });
    let answer = match tax.ledger.make(&step, due_ms, now).await? {
        Made::Told(feedback) => feedback,
        Made::KeyReused => return Err(Refusal::KeyReused),
    };
    Ok(after_acting(setting, &cut, &answer).await)
}

async fn tell(
    State(tax): State<Arc<Tax>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    Path(key): Path<String>,
) -> Result<Response, Refusal> {
    tax.let_in(&headers)?;
    tax.ledger.count_query(&key).await?;
    let setting = tax.switch.take(Request::Question);
    before_acting(setting)?;
    let feedback = tax.ledger.told(&key, Timestamp::now()).await?;
    let feedback = feedback.ok_or(Refusal::UnknownKey)?;
    Ok(after_acting(setting, &cut, &feedback).await)
}

async fn ledger_read(State(tax): State<Arc<Tax>>) -> Result<Json<Vec<Effect>>, Refusal> {
    Ok(Json(tax.ledger.effects(Timestamp::now()).await?))
}

async fn requests_read(State(tax): State<Arc<Tax>>) -> Result<Json<Vec<Seen>>, Refusal> {
    Ok(Json(tax.ledger.requests().await?))
}

async fn switch_set(State(tax): State<Arc<Tax>>, Json(setting): Json<Setting>) -> StatusCode {
    tax.switch.set(setting);
    StatusCode::NO_CONTENT
}

impl Tax {
    fn let_in(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if given == Some(token) {
            Ok(())
        } else {
            Err(Refusal::NotLetIn)
        }
    }
}

fn before_acting(setting: Setting) -> Result<(), Refusal> {
    match setting.mode {
        Mode::Down => Err(Refusal::NotStarted),
        Mode::Fail => Err(Refusal::Failed),
        Mode::Normal
        | Mode::Slow
        | Mode::DropAfter
        | Mode::HangAfter
        | Mode::Twice
        | Mode::Late => Ok(()),
    }
}

async fn after_acting(setting: Setting, cut: &Cut, feedback: &Feedback) -> Response {
    match setting.mode {
        Mode::Slow => tokio::time::sleep(Duration::from_millis(u64::from(setting.ms))).await,
        Mode::DropAfter => cut.now(),
        Mode::HangAfter => std::future::pending().await,
        Mode::Normal | Mode::Fail | Mode::Down | Mode::Twice | Mode::Late => {}
    }
    let evidence: Vec<_> = feedback
        .reference
        .iter()
        .map(|reference| json!({ "field": "REGISTER_ENTRY", "text": reference }))
        .collect();
    let body = json!({
        "key": feedback.key,
        "state": feedback.state,
        "reason": feedback.reason,
        "reference": feedback.reference,
        "at": feedback.at,
        "evidence": evidence,
    })
    .to_string();
    let copies = if setting.mode == Mode::Twice { 2 } else { 1 };
    let json_type = (header::CONTENT_TYPE, "application/json");
    if feedback.state == "waiting" {
        let wait = (header::RETRY_AFTER, RETRY_AFTER);
        return (StatusCode::ACCEPTED, [json_type, wait], body.repeat(copies)).into_response();
    }
    ([json_type], body.repeat(copies)).into_response()
}

/// Why a request has no feedback.
enum Refusal {
    NotLetIn,
    Invalid(order::Invalid),
    UnknownKey,
    KeyReused,
    OutsideMandate,
    NotStarted,
    Failed,
    Ledger(LedgerError),
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::NotLetIn => (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "not-let-in", "reason": "send `authorization: Bearer …` with the department's token" }),
            ),
            Self::Invalid(invalid) => (
                StatusCode::BAD_REQUEST,
                json!({ "error": "invalid", "field": invalid.field, "reason": invalid.reason }),
            ),
            Self::UnknownKey => (
                StatusCode::NOT_FOUND,
                json!({ "error": "unknown-key", "reason": "no step with this key ever came" }),
            ),
            Self::KeyReused => (
                StatusCode::CONFLICT,
                json!({ "error": "key-reused", "reason": "the key belongs to another step; nothing was done" }),
            ),
            Self::OutsideMandate => (
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({ "error": "outside-mandate", "reason": "the tax department does not carry out this measure" }),
            ),
            Self::NotStarted => (
                StatusCode::SERVICE_UNAVAILABLE,
                json!({ "error": "not-started", "reason": "closed for maintenance; nothing was done" }),
            ),
            Self::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({ "error": "failed" }),
            ),
            Self::Ledger(error) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({ "error": "ledger", "reason": error.to_string() }),
            ),
        };
        (status, Json(body)).into_response()
    }
}
