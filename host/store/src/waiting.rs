//! Quarantined lines that wait, and what became of them when they were tried
//! again.
//!
//! Comes in: what a line waits for; later, what it came to. Goes out: lines that
//! are due, the oldest delivery first. Always holds: a line becomes due in the
//! transaction that brings what it waits for; trying it again, writing what it
//! came to and taking it off the queue commit together. So a crash in between
//! leaves the line due, and one after it does nothing twice. The line itself
//! never changes: what became of it is added beside it.
//!
//! Deliberately absent: binding.

use crate::{
    columns::Columns,
    deliveries::{LineWords, line_place, line_row_name},
    entry::{Drawn, EventDraft, draw},
    error::StoreError,
    ingest::{EndRecord, LineKind, NewVersion},
    keys::{KeyRing, hmac},
    rows::DeliveryRow,
    seal::{Place, open, seal},
    statements::statements,
    store::Read,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::{
    identifier::Identifier,
    ids::DeliveryId,
    record::{Line, Statement},
};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;

statements! {
    MARK_DUE = "UPDATE line_waiting SET due = 1
        WHERE due = 0 AND awaited IN (SELECT unhex(value) FROM json_each(?1))";
    OLDEST_DUE = "SELECT w.delivery FROM line_waiting AS w JOIN delivery AS d ON d.id = w.delivery
        WHERE w.due = 1 ORDER BY d.received_at, d.id LIMIT 1";
    DUE = "SELECT l.chunk, l.place, l.row, l.sealed, l.rule AS first_rule, a.attempt, a.rule,
            a.sealed AS again
        FROM (SELECT DISTINCT chunk, place FROM line_waiting WHERE due = 1 AND delivery = ?1
            ORDER BY chunk, place LIMIT ?2) AS w
        JOIN delivery_line AS l
            ON l.delivery = ?1 AND l.chunk = w.chunk AND l.place = w.place
        LEFT JOIN line_again AS a
            ON a.delivery = l.delivery AND a.chunk = l.chunk AND a.place = l.place
            AND a.attempt = (SELECT max(n.attempt) FROM line_again AS n
                WHERE n.delivery = l.delivery AND n.chunk = l.chunk AND n.place = l.place)
        ORDER BY l.chunk, l.place";
    OFF_THE_QUEUE = "DELETE FROM line_waiting AS t WHERE t.delivery = ?1
        AND (t.chunk, t.place) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))";
    INSERT_WAITING = "INSERT INTO line_waiting (awaited, delivery, chunk, place, due)
        SELECT unhex(value ->> 0), ?2, value ->> 1, value ->> 2, 0 FROM jsonb_each(?1)";
    INSERT_AGAIN = "INSERT INTO line_again (delivery, chunk, place, attempt, kind, field, rule,
            sealed, entry)
        SELECT ?2, value ->> 'chunk', value ->> 'place', value ->> 'attempt', value ->> 'kind',
            value ->> 'field', value ->> 'rule', unhex(value ->> 'sealed'), ?3
        FROM jsonb_each(?1)";
}

/// What a quarantined line waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaited {
    /// That the register learns something of whoever has this code.
    Code(Identifier),
    /// That this record arrives.
    Record {
        /// The plugin that brings it.
        plugin: String,
        /// The department's own key for it.
        source_ref: String,
    },
}

impl Awaited {
    /// As the queue names it: keyed, since a key of a department's own may say
    /// something about a person.
    fn digest(&self, keys: &KeyRing) -> String {
        hex::encode(match self {
            Self::Code(code) => {
                let (scheme, value) = (code.scheme().code(), code.value());
                hmac(
                    &keys.index,
                    &[b"awaited code", scheme.as_bytes(), value.as_bytes()],
                )
            }
            Self::Record { plugin, source_ref } => hmac(
                &keys.index,
                &[b"awaited record", plugin.as_bytes(), source_ref.as_bytes()],
            ),
        })
    }
}

/// A line that is to be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLine {
    /// The chunk it stands in.
    pub chunk: u32,
    /// Its place in the chunk.
    pub place: u32,
    /// Its row, and what it states.
    pub line: Line,
    /// How often it was tried again with a new answer.
    pub attempts: u32,
    /// The rule for which it waits.
    pub rule: String,
    /// And the words.
    pub text: String,
}

/// What a line came to when it was tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedLine {
    /// The line.
    pub due: DueLine,
    /// What became of it.
    pub kind: LineKind,
    /// The column at fault.
    pub field: Option<String>,
    /// Code of the rule; empty where it is settled.
    pub rule: String,
    /// For the clerk. Kept sealed.
    pub text: String,
    /// What it waits for, if it still does.
    pub waits_for: BTreeSet<Awaited>,
}

impl TriedLine {
    /// Whether the answer is another one than before.
    fn is_news(&self) -> bool {
        let same = self.kind == LineKind::Quarantined
            && self.rule == self.due.rule
            && self.text == self.due.text;
        !same
    }
}

/// What the due lines of one delivery came to.
#[derive(Debug, Clone)]
pub struct RetryCommit {
    /// The delivery.
    pub delivery: DeliveryRow,
    /// Records, new and revised. Their subjects are in the register.
    pub records: Vec<NewVersion>,
    /// Records that end.
    pub endings: Vec<EndRecord>,
    /// Every line that was tried.
    pub lines: Vec<TriedLine>,
}

impl Read<'_> {
    /// The lines that are due of the delivery that arrived first, at most `limit`.
    /// `None` where nothing is due.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where a line does not open.
    pub async fn due_lines(
        &mut self,
        limit: u32,
    ) -> Result<Option<(DeliveryRow, Vec<DueLine>)>, StoreError> {
        let oldest = OLDEST_DUE.query().fetch_optional(self.connection()).await?;
        let Some(id) = oldest.map(|row| row.id("delivery")).transpose()? else {
            return Ok(None);
        };
        let delivery = self.delivery(id).await?;
        let delivery = delivery.ok_or_else(|| StoreError::unreadable("delivery"))?;
        let query = DUE.query().bind(id.bytes()).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        let lines = rows.iter().map(|row| due_line(self.keys, id, row));
        Ok(Some((delivery, lines.collect::<Result<_, _>>()?)))
    }
}

impl Write<'_> {
    /// Writes what due lines came to, under one entry, and takes those off the
    /// queue that do not wait any more.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a record has moved on, or has ended, since
    /// it was read.
    pub async fn commit_retry(
        &mut self,
        retry: RetryCommit,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let drawn = draw(event.at)?;
        let delivery = retry.delivery.id;
        self.write_versions(
            &retry.records,
            &retry.endings,
            &retry.delivery,
            drawn,
            event,
        )
        .await?;
        let tried = retry.lines.iter();
        let tried: Vec<_> = tried.map(|line| (line.due.chunk, line.due.place)).collect();
        OFF_THE_QUEUE
            .query()
            .bind(delivery.bytes())
            .bind(serde_json::to_string(&tried)?)
            .execute(self.connection())
            .await?;
        let waiting = retry
            .lines
            .iter()
            .map(|line| (line.due.chunk, line.due.place, &line.waits_for));
        self.let_wait(delivery, waiting).await?;
        let news: Vec<&TriedLine> = retry.lines.iter().filter(|line| line.is_news()).collect();
        if news.is_empty() && retry.records.is_empty() && retry.endings.is_empty() {
            return Ok(());
        }
        self.write_again(delivery, &news, drawn).await?;
        self.told_of_set(drawn, ObjectRef::new("register", "waiting lines"), event)
            .await
    }

    /// Puts lines on the queue: chunk, place, and what each waits for.
    pub(crate) async fn let_wait(
        &mut self,
        delivery: DeliveryId,
        lines: impl Iterator<Item = (u32, u32, &BTreeSet<Awaited>)>,
    ) -> Result<(), StoreError> {
        let keys = self.store.keys();
        let rows: Vec<_> = lines
            .flat_map(|(chunk, place, awaited)| {
                let row = move |awaited: &Awaited| (awaited.digest(keys), chunk, place);
                awaited.iter().map(row)
            })
            .collect();
        if !rows.is_empty() {
            INSERT_WAITING
                .query()
                .bind(serde_json::to_string(&rows)?)
                .bind(delivery.bytes())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Remembers, until the commit, that something came which lines may wait for.
    pub(crate) fn brought(&mut self, awaited: &Awaited) {
        let digest = awaited.digest(self.store.keys());
        self.brought.insert(digest);
    }

    /// Marks what waits for it as due: the last thing before a commit, so that
    /// lines written beside it are found too.
    pub(crate) async fn mark_due(&mut self) -> Result<(), StoreError> {
        if !self.brought.is_empty() {
            let brought = serde_json::to_string(&self.brought)?;
            MARK_DUE
                .query()
                .bind(brought)
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    async fn write_again(
        &mut self,
        delivery: DeliveryId,
        lines: &[&TriedLine],
        drawn: Drawn,
    ) -> Result<(), StoreError> {
        let keys = self.store.keys();
        let rows = lines.iter().map(|line| again_row(keys, delivery, line));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        INSERT_AGAIN
            .query()
            .bind(serde_json::to_string(&rows)?)
            .bind(delivery.bytes())
            .bind(drawn.id.bytes())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

#[derive(Serialize)]
struct AgainRow<'a> {
    chunk: u32,
    place: u32,
    attempt: u32,
    kind: &'static str,
    field: Option<&'a str>,
    rule: Option<&'a str>,
    sealed: Option<String>,
}

fn again_row<'a>(
    keys: &KeyRing,
    delivery: DeliveryId,
    line: &'a TriedLine,
) -> Result<AgainRow<'a>, StoreError> {
    let attempt = line.due.attempts + 1;
    let settled = line.kind == LineKind::Settled;
    let sealed = match settled {
        true => None,
        false => {
            let words = LineWords {
                text: line.text.clone(),
                statement: None,
            };
            let row = again_row_name(delivery, line.due.chunk, line.due.place, attempt);
            let sealed = seal(&keys.house, again_place(&row), &serde_json::to_vec(&words)?)?;
            Some(hex::encode(sealed))
        }
    };
    Ok(AgainRow {
        chunk: line.due.chunk,
        place: line.due.place,
        attempt,
        kind: line.kind.code(),
        field: line.field.as_deref(),
        rule: (!settled).then_some(line.rule.as_str()),
        sealed,
    })
}

fn due_line(keys: &KeyRing, delivery: DeliveryId, row: &SqliteRow) -> Result<DueLine, StoreError> {
    let (chunk, place) = (row.count("chunk")?, row.count("place")?);
    let at = line_row_name(delivery, chunk, place);
    let first = words(keys, line_place(&at), row.plain("sealed")?)?;
    let statement: Option<Statement> = first.statement;
    let attempts: Option<u32> = row.plain("attempt")?;
    let (rule, text) = match attempts {
        None => (row.plain("first_rule")?, first.text),
        Some(attempt) => {
            let rule: Option<String> = row.plain("rule")?;
            (
                rule.unwrap_or_default(),
                again_text(keys, delivery, (chunk, place, attempt), row.plain("again")?)?,
            )
        }
    };
    Ok(DueLine {
        chunk,
        place,
        line: Line {
            row: row.count("row")?,
            statement: statement.ok_or_else(|| StoreError::unreadable("sealed"))?,
        },
        attempts: attempts.unwrap_or(0),
        rule,
        text,
    })
}

/// The words of a line that was tried again: chunk, place, attempt.
pub(crate) fn again_text(
    keys: &KeyRing,
    delivery: DeliveryId,
    (chunk, place, attempt): (u32, u32, u32),
    sealed: Option<&[u8]>,
) -> Result<String, StoreError> {
    let row = again_row_name(delivery, chunk, place, attempt);
    Ok(words(keys, again_place(&row), sealed)?.text)
}

/// What lies sealed in a line.
pub(crate) fn words(
    keys: &KeyRing,
    place: Place<'_>,
    sealed: Option<&[u8]>,
) -> Result<LineWords, StoreError> {
    let Some(sealed) = sealed else {
        return Ok(LineWords::default());
    };
    let words = open(&keys.house, place, sealed)?;
    serde_json::from_slice(&words).map_err(|e| StoreError::unreadable_for("sealed", e))
}

fn again_row_name(delivery: DeliveryId, chunk: u32, place: u32, attempt: u32) -> Vec<u8> {
    let mut name = line_row_name(delivery, chunk, place);
    name.extend(attempt.to_be_bytes());
    name
}

fn again_place(row: &[u8]) -> Place<'_> {
    Place {
        table: "line_again",
        row,
        column: "sealed",
    }
}
