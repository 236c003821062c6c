//! What a department has really done.
//!
//! In come steps with their keys; out go the feedback of each and the list of
//! effects. Always: a step, the state it leaves and its effect commit in one
//! durable transaction; a key that comes again changes nothing and gives the
//! first feedback. A crash before the commit leaves nothing, one after it leaves
//! everything. Steps that are to act later are rows with a due time, which every
//! later call settles first. Absent: any judgement on the order itself; a
//! [`Ruling`] comes from outside. What is owed by file is in [`owed`].

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::Value as Json;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

mod deed;
pub mod owed;
mod requests;
mod ruling;

pub use requests::Seen;
pub use ruling::Ruling;

/// `done`: the state asked for holds. `waiting`: accepted, acts at `due_ms`.
/// `told` of `owed`: the state that was last acknowledged by file.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS steps (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    order_key TEXT NOT NULL,
    verb TEXT NOT NULL CHECK (verb IN ('apply', 'suspend', 'resume', 'lift')),
    measure TEXT NOT NULL,
    subject TEXT NOT NULL,
    ruling TEXT NOT NULL CHECK (ruling IN
        ('whole', 'partly', 'refused', 'disputed', 'outside-mandate')),
    ruling_reason TEXT CHECK ((ruling_reason IS NULL) = (ruling = 'whole')),
    state TEXT NOT NULL CHECK (state IN
        ('done', 'partly', 'refused', 'not-applicable', 'disputed', 'outside-mandate', 'waiting')),
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
);
CREATE TABLE IF NOT EXISTS owed (
    key TEXT PRIMARY KEY REFERENCES steps (key),
    told TEXT,
    not_before_ms INTEGER NOT NULL,
    withheld TEXT CHECK (withheld IN ('lost', 'until-asked')),
    copies INTEGER NOT NULL CHECK (copies IN (1, 2))
);
CREATE TABLE IF NOT EXISTS files (
    number INTEGER PRIMARY KEY AUTOINCREMENT
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
    /// The verb of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let verbs = [Self::Apply, Self::Suspend, Self::Resume, Self::Lift];
        verbs.into_iter().find(|verb| verb.code() == name)
    }

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
    /// Number of the step in this department: 1, 2, 3, …
    pub seq: i64,
    /// Key of the step.
    pub key: String,
    /// `done`, `partly`, `refused`, `not-applicable`, `disputed`,
    /// `outside-mandate` or `waiting`.
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

    /// Makes a step as ruled, or repeats its first feedback. Durable on return.
    /// With `due_ms` (milliseconds since 1970) it is accepted and acts then.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was done.
    pub async fn make(
        &self,
        step: &Step,
        due_ms: Option<i64>,
        ruling: &Ruling,
        now: Timestamp,
    ) -> Result<Made, LedgerError> {
        let mut tx = self.settled(now).await?;
        let made = make(&mut tx, step, due_ms, ruling, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Lets every step that is due act.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn settle(&self, now: Timestamp) -> Result<(), LedgerError> {
        self.settled(now).await?.commit().await?;
        Ok(())
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

    /// A transaction in which every step due has acted.
    async fn settled(&self, now: Timestamp) -> Result<Tx, LedgerError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let due: Vec<String> = sqlx::query_scalar(
            "SELECT key FROM steps WHERE state = 'waiting' AND due_ms <= ? ORDER BY due_ms, seq",
        )
        .bind(now.as_millisecond())
        .fetch_all(&mut *tx)
        .await?;
        for key in due {
            if let Some(step) = known(&mut tx, &key).await? {
                let ruling = ruling::of(&mut tx, &key).await?;
                deed::act(&mut tx, &step, &ruling, now).await?;
            }
        }
        Ok(tx)
    }
}

async fn make(
    tx: &mut Tx,
    step: &Step,
    due_ms: Option<i64>,
    ruling: &Ruling,
    now: Timestamp,
) -> Result<Made, LedgerError> {
    match known(tx, &step.key).await? {
        Some(known) if known != *step => return Ok(Made::KeyReused),
        Some(_) => {}
        None => {
            insert(tx, step, due_ms, ruling).await?;
            if due_ms.is_none() {
                deed::act(tx, step, ruling, now).await?;
            }
        }
    }
    let feedback = told(tx, &step.key).await?;
    Ok(feedback.map_or(Made::KeyReused, Made::Told))
}

async fn insert(
    tx: &mut Tx,
    step: &Step,
    due_ms: Option<i64>,
    ruling: &Ruling,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO steps (key, order_key, verb, measure, subject, ruling, ruling_reason,
                            state, due_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
    )
    .bind(&step.key)
    .bind(&step.order_key)
    .bind(step.verb.code())
    .bind(&step.measure)
    .bind(step.subject.to_string())
    .bind(ruling.code())
    .bind(ruling.reason())
    .bind(due_ms.unwrap_or(0))
    .execute(&mut **tx)
    .await?;
    Ok(())
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
        sqlx::query_as("SELECT seq, key, state, reason, reference, at FROM steps WHERE key = ?")
            .bind(key)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(feedback)
}
