//! What every department has beside its own format.
//!
//! In come the ledger, the door, the switch and perhaps a directory of exports;
//! out go the routes that all departments share. Always: the routes for tests need
//! no credentials, because they are no part of the department. Absent: steps.
//!
//! | route | answer |
//! |---|---|
//! | `GET /ledger` | JSON: the effects in order: `seq`, `key`, `verb`, `measure`, `subject`, `at`, `reference` |
//! | `GET /requests` | JSON: for each key: `key`, `posts`, `queries` |
//! | `POST /switch` | 204; takes JSON as in [`crate::switch`] |
//! | `GET /exports/{feed}` | a file, as in [`crate::exports`] |

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};

use crate::door::Door;
use crate::exports::{self, Exports};
use crate::ledger::{Effect, Ledger, LedgerError, Seen};
use crate::switch::{Setting, Switch};

/// One department at work.
pub struct Desk {
    pub(crate) ledger: Ledger,
    pub(crate) switch: Switch,
    pub(crate) door: Door,
    pub(crate) exports: Option<Exports>,
    pub(crate) delay_ms: Option<u32>,
}

impl Desk {
    /// A department that behaves, acts at once and exports nothing.
    #[must_use]
    pub fn new(ledger: Ledger, door: Door) -> Self {
        Self {
            ledger,
            switch: Switch::default(),
            door,
            exports: None,
            delay_ms: None,
        }
    }

    /// Steps act so many milliseconds after they were accepted.
    #[must_use]
    pub fn delayed(mut self, ms: u32) -> Self {
        self.delay_ms = Some(ms);
        self
    }

    /// Files of this directory are to be had, with the token if there is one.
    #[must_use]
    pub fn exporting(mut self, directory: PathBuf, token: Option<String>) -> Self {
        let door = Door::token(token);
        self.exports = Some(Exports { directory, door });
        self
    }
}

/// The moment so many milliseconds from now, in milliseconds since 1970.
pub(crate) fn later_ms(now: Timestamp, ms: u32) -> i64 {
    now.saturating_add(SignedDuration::from_millis(i64::from(ms)))
        .map_or(i64::MAX, Timestamp::as_millisecond)
}

/// The routes that all departments share.
pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/ledger", get(ledger_read))
        .route("/requests", get(requests_read))
        .route("/switch", post(switch_set))
        .route("/exports/{feed}", get(exports::fetch))
}

type Unreadable = (StatusCode, String);

fn unreadable(error: LedgerError) -> Unreadable {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn ledger_read(State(desk): State<Arc<Desk>>) -> Result<Json<Vec<Effect>>, Unreadable> {
    let effects = desk.ledger.effects(Timestamp::now()).await;
    effects.map(Json).map_err(unreadable)
}

async fn requests_read(State(desk): State<Arc<Desk>>) -> Result<Json<Vec<Seen>>, Unreadable> {
    desk.ledger.requests().await.map(Json).map_err(unreadable)
}

async fn switch_set(State(desk): State<Arc<Desk>>, Json(setting): Json<Setting>) -> StatusCode {
    desk.switch.set(setting);
    StatusCode::NO_CONTENT
}
