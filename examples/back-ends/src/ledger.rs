//! What a department has really done.
//!
//! In come steps with their keys; out go the feedback of each and the list of
//! effects. Always: a step, the state it leaves and its effect commit in one
//! durable transaction; a key that comes again changes nothing and gives the
//! first feedback. A crash before the commit leaves nothing, one after it leaves
//! everything. Steps that are to act later are rows with a due time, which every
//! later call settles first. Absent: any judgement on the order itself.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use serde_json::value::Value as Json;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

/// `done`: the state asked for holds. `waiting`: accepted, acts at `due_ms`.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS steps (
    key TEXT PRIMARY KEY,
    order_key TEXT NOT NULL,
    verb TEXT NOT NULL CHECK (verb IN ('apply', 'suspend', 'resume', 'lift')),
    measure TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'refused', 'not-applicable', 'waiting')),
    reason TEXT,
    reference TEXT,
    at TEXT,
    due_ms INTEGER CHECK ((due_ms IS NOT NULL) = (state = 'waiting'))
);
CREATE TABLE IF NOT EXISTS orders (
    order_key TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('in-force', 'suspended', 'lifted')),
    reference TEXT
);
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE REFERENCES steps (key),
    verb TEXT NOT NULL,
    measure TEXT NOT NULL,
    subject TEXT NOT NULL,
    at TEXT NOT NULL,
    reference TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (
    key TEXT PRIMARY KEY,
    posts INTEGER NOT NULL DEFAULT 0,
    queries INTEGER NOT NULL DEFAULT 0
);";

/// The ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database refused.
    #[error("the department's ledger cannot be read or written; check its file and its disk")]
    Database(#[from] sqlx::Error),
    /// A row holds what this program never wrote.
    #[error("the department's ledger holds a row of an unknown form; start with a new directory")]
    Row(#[from] serde_json::Error),
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Puts the measure in force.
    Apply,
    /// Stops it for the time being.
    Suspend,
    /// Puts it back in force.
    Resume,
    /// Ends it for good.
    Lift,
}

impl Verb {
    fn code(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Lift => "lift",
        }
    }
}

/// One step, as far as the ledger cares.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Key of the step.
    pub key: String,
    /// Key of its order, the same in all its steps.
    pub order_key: String,
    /// What to do.
    pub verb: Verb,
    /// Code of the measure.
    pub measure: String,
    /// The subject, as it was sent.
    pub subject: Json,
}

/// What the department says of a step.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Feedback {
    /// Key of the step.
    pub key: String,
    /// `done`, `refused`, `not-applicable` or `waiting`.
    pub state: String,
    /// Why not, where it was not done.
    pub reason: Option<String>,
    /// The department's reference.
    pub reference: Option<String>,
    /// Beijing time of the decision.
    pub at: Option<String>,
}

/// One change that was really made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// 1, 2, 3, …
    pub seq: i64,
    /// Key of the step that made it.
    pub key: String,
    /// What was done.
    pub verb: String,
    /// Code of the measure.
    pub measure: String,
    /// To whom, as it was sent.
    pub subject: Json,
    /// When, in Beijing time.
    pub at: String,
    /// The department's reference.
    pub reference: String,
}

/// How often a key was seen.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Seen {
    /// Key of a step.
    pub key: String,
    /// Requests to make it.
    pub posts: i64,
    /// Questions about it.
    pub queries: i64,
}

/// What became of a request to make a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// The feedback, of now or of the first time.
    Told(Feedback),
    /// The key belongs to another step. Nothing was done.
    KeyReused,
}

/// The database of one department. One connection: writers queue up for it.
#[derive(Debug, Clone)]
pub struct Ledger {
    pool: SqlitePool,
}

type Tx = Transaction<'static, Sqlite>;

impl Ledger {
    /// Opens the file, and makes it where it is missing.
    ///
    /// # Errors
    /// [`LedgerError::Database`]
    pub async fn open(file: &Path) -> Result<Self, LedgerError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        Ok(Self { pool })
    }

    /// Makes a step, or repeats its first feedback. Durable on return. With
    /// `due_ms` (milliseconds since 1970) it is accepted and acts then.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was done.
    pub async fn make(
        &self,
        step: &Step,
        due_ms: Option<i64>,
        now: Timestamp,
    ) -> Result<Made, LedgerError> {
        let mut tx = self.settled(now).await?;
        if let Some(known) = known(&mut tx, &step.key).await? {
            let same = known == *step;
            let told = told(&mut tx, &step.key).await?;
            tx.commit().await?;
            return Ok(match told {
                Some(feedback) if same => Made::Told(feedback),
                _ => Made::KeyReused,
            });
        }
        sqlx::query(
            "INSERT INTO steps (key, order_key, verb, measure, subject, state, due_ms)
             VALUES (?, ?, ?, ?, ?, 'waiting', ?)",
        )
        .bind(&step.key)
        .bind(&step.order_key)
        .bind(step.verb.code())
        .bind(&step.measure)
        .bind(step.subject.to_string())
        .bind(due_ms.unwrap_or(0))
        .execute(&mut *tx)
        .await?;
        if due_ms.is_none() {
            act(&mut tx, step, now).await?;
        }
        let feedback = told(&mut tx, &step.key).await?;
        tx.commit().await?;
        Ok(feedback.map_or(Made::KeyReused, Made::Told))
    }

    /// The feedback of a step; `None`: no trace of it.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn told(&self, key: &str, now: Timestamp) -> Result<Option<Feedback>, LedgerError> {
        let mut tx = self.settled(now).await?;
        let feedback = told(&mut tx, key).await?;
        tx.commit().await?;
        Ok(feedback)
    }

    /// Every effect, in the order in which they came about.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn effects(&self, now: Timestamp) -> Result<Vec<Effect>, LedgerError> {
        type Row = (i64, String, String, String, String, String, String);
        let mut tx = self.settled(now).await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT seq, key, verb, measure, subject, at, reference FROM ledger ORDER BY seq",
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.into_iter()
            .map(|(seq, key, verb, measure, subject, at, reference)| {
                Ok(Effect {
                    seq,
                    key,
                    verb,
                    measure,
                    subject: serde_json::from_str(&subject)?,
                    at,
                    reference,
                })
            })
            .collect()
    }

    /// Counts a request to make the step `key`.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn count_post(&self, key: &str) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO requests (key, posts) VALUES (?, 1)
             ON CONFLICT (key) DO UPDATE SET posts = posts + 1",
        )
        .bind(key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Counts a question about the step `key`.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn count_query(&self, key: &str) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO requests (key, queries) VALUES (?, 1)
             ON CONFLICT (key) DO UPDATE SET queries = queries + 1",
        )
        .bind(key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Requests per key, by key.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn requests(&self) -> Result<Vec<Seen>, LedgerError> {
        let seen = sqlx::query_as("SELECT key, posts, queries FROM requests ORDER BY key")
            .fetch_all(&self.pool)
            .await?;
        Ok(seen)
    }

    /// A transaction in which every step due has acted.
    async fn settled(&self, now: Timestamp) -> Result<Tx, LedgerError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let due: Vec<String> = sqlx::query_scalar(
            "SELECT key FROM steps WHERE state = 'waiting' AND due_ms <= ? ORDER BY due_ms, rowid",
        )
        .bind(now.as_millisecond())
        .fetch_all(&mut *tx)
        .await?;
        for key in due {
            if let Some(step) = known(&mut tx, &key).await? {
                act(&mut tx, &step, now).await?;
            }
        }
        Ok(tx)
    }
}

async fn known(tx: &mut Tx, key: &str) -> Result<Option<Step>, LedgerError> {
    type Row = (String, String, String, String);
    let row: Option<Row> =
        sqlx::query_as("SELECT order_key, verb, measure, subject FROM steps WHERE key = ?")
            .bind(key)
            .fetch_optional(&mut **tx)
            .await?;
    let Some((order_key, verb, measure, subject)) = row else {
        return Ok(None);
    };
    Ok(Some(Step {
        key: key.to_owned(),
        order_key,
        verb: serde_json::from_value(Json::String(verb))?,
        measure,
        subject: serde_json::from_str(&subject)?,
    }))
}

async fn told(tx: &mut Tx, key: &str) -> Result<Option<Feedback>, LedgerError> {
    let feedback =
        sqlx::query_as("SELECT key, state, reason, reference, at FROM steps WHERE key = ?")
            .bind(key)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(feedback)
}

/// What a verb does to an order in a state.
#[derive(Debug, PartialEq)]
enum Deed {
    /// The state changes: an effect.
    Change(&'static str),
    /// The state asked for holds already.
    Holds,
    /// There is nothing here that the step could touch.
    NotApplicable(&'static str),
    /// It may not be done.
    Refused(&'static str),
}

fn deed(verb: Verb, state: Option<&str>) -> Deed {
    match (verb, state) {
        (Verb::Apply, None) => Deed::Change("in-force"),
        (Verb::Apply, Some("lifted")) => Deed::Refused("the order was lifted before"),
        (Verb::Apply, Some(_)) => Deed::Holds,
        (Verb::Suspend, Some("in-force")) => Deed::Change("suspended"),
        (Verb::Suspend, Some("suspended")) => Deed::Holds,
        (Verb::Resume, Some("suspended")) => Deed::Change("in-force"),
        (Verb::Resume, Some("in-force")) => Deed::Holds,
        (Verb::Suspend | Verb::Resume, _) => Deed::NotApplicable("the measure is not in force"),
        (Verb::Lift, Some("in-force" | "suspended")) => Deed::Change("lifted"),
        (Verb::Lift, _) => Deed::Holds,
    }
}

/// Carries out a step that stands in `steps` as waiting.
async fn act(tx: &mut Tx, step: &Step, now: Timestamp) -> Result<(), LedgerError> {
    let order: Option<(String, Option<String>)> =
        sqlx::query_as("SELECT state, reference FROM orders WHERE order_key = ?")
            .bind(&step.order_key)
            .fetch_optional(&mut **tx)
            .await?;
    let (state, mut reference) = order.unzip();
    let at = beijing(now);
    let (told, reason, left) = match deed(step.verb, state.as_deref()) {
        Deed::Change(to) => {
            reference = Some(Some(record(tx, step, &at).await?));
            ("done", None, Some(to))
        }
        // Lifted without ever being applied: an apply that comes late must not act.
        Deed::Holds if step.verb == Verb::Lift => ("done", None, Some("lifted")),
        Deed::Holds => ("done", None, None),
        Deed::NotApplicable(why) => ("not-applicable", Some(why), None),
        Deed::Refused(why) => ("refused", Some(why), None),
    };
    let reference = reference.flatten();
    if let Some(left) = left {
        sqlx::query(
            "INSERT INTO orders (order_key, state, reference) VALUES (?1, ?2, ?3)
             ON CONFLICT (order_key) DO UPDATE SET state = ?2, reference = ?3",
        )
        .bind(&step.order_key)
        .bind(left)
        .bind(&reference)
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query(
        "UPDATE steps SET state = ?, reason = ?, reference = ?, at = ?, due_ms = NULL
         WHERE key = ?",
    )
    .bind(told)
    .bind(reason)
    .bind(reference)
    .bind(at)
    .bind(&step.key)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes an effect and gives it a reference.
async fn record(tx: &mut Tx, step: &Step, at: &str) -> Result<String, LedgerError> {
    let reference: String = sqlx::query_scalar(
        "INSERT INTO ledger (key, verb, measure, subject, at, reference)
         VALUES (?, ?, ?, ?, ?,
                 printf('R-%06d', (SELECT coalesce(max(seq), 0) + 1 FROM ledger)))
         RETURNING reference",
    )
    .bind(&step.key)
    .bind(step.verb.code())
    .bind(&step.measure)
    .bind(step.subject.to_string())
    .bind(at)
    .fetch_one(&mut **tx)
    .await?;
    Ok(reference)
}

/// A whole second of Beijing time, as `2026-01-05T10:00:00+08:00`.
fn beijing(now: Timestamp) -> String {
    let local = Offset::constant(8).to_datetime(now);
    format!("{}+08:00", local.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_and_states() {
        let states = [None, Some("in-force"), Some("suspended"), Some("lifted")];
        let table = |verb| states.map(|state| deed(verb, state));
        let not_in_force = || Deed::NotApplicable("the measure is not in force");
        assert_eq!(
            table(Verb::Apply),
            [
                Deed::Change("in-force"),
                Deed::Holds,
                Deed::Holds,
                Deed::Refused("the order was lifted before")
            ]
        );
        assert_eq!(
            table(Verb::Suspend),
            [
                not_in_force(),
                Deed::Change("suspended"),
                Deed::Holds,
                not_in_force()
            ]
        );
        assert_eq!(
            table(Verb::Resume),
            [
                not_in_force(),
                Deed::Holds,
                Deed::Change("in-force"),
                not_in_force()
            ]
        );
        assert_eq!(
            table(Verb::Lift),
            [
                Deed::Holds,
                Deed::Change("lifted"),
                Deed::Change("lifted"),
                Deed::Holds
            ]
        );
    }

    #[test]
    fn beijing_is_eight_hours_ahead() {
        let now: Timestamp = "2026-01-04T18:30:05.9Z".parse().unwrap();
        assert_eq!(beijing(now), "2026-01-05T02:30:05+08:00");
    }
}
