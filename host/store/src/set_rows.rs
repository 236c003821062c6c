//! Rows that are written in sets, under one audit entry for the whole set.
//!
//! Comes in: the id of an entry and its salt. Goes out: the root over every row
//! that names this entry, in one fixed order, and their number. Always holds:
//! writing and verifying make the root by this same code. Verifying reads every row
//! as it is stored; writing may bring the commitments to rows whose values it has at
//! hand (`insert`), and reads the others. Each leaf is the salted commitment to its row, so that a root
//! cannot be guessed at. A subject's wrapped key is left out: shredding it must
//! not look like tampering, and a wrong one opens nothing anyway.
//!
//! Deliberately absent: rows with entries of their own (`objects`).

use crate::{
    columns::{Columns, cell},
    error::StoreError,
    statements::{Sql, statements},
};
use credence_audit::{Cell, ObjectRef, RowCommitments, Salt, root_over};
use credence_domain::ids::EventId;
use sqlx::{Column as _, Row as _, SqliteConnection, sqlite::SqliteRow};
use std::collections::BTreeMap;

statements! {
    SUBJECT_ROWS = "SELECT 'subject' AS table_name, id, kind, region, name, bindable, created_at,
        entry FROM subject WHERE entry = ?1 ORDER BY id";
    SUBJECT_CODE_ROWS = "SELECT 'subject_code' AS table_name, * FROM subject_code
        WHERE entry = ?1 ORDER BY scheme, value";
    CODE_DAY_ROWS = "SELECT 'code_day' AS table_name, * FROM code_day
        WHERE entry = ?1 ORDER BY scheme, value, edge, on_day";
    SUBJECT_ALIAS_ROWS = "SELECT 'subject_alias' AS table_name, * FROM subject_alias
        WHERE entry = ?1 ORDER BY subject, same_as";
    SUBJECT_EVENT_ROWS = "SELECT 'subject_event' AS table_name, * FROM subject_event
        WHERE entry = ?1 ORDER BY subject, on_day, state, successors";
    PERSON_NUMBER_ROWS = "SELECT 'person_number' AS table_name, * FROM person_number
        WHERE entry = ?1 ORDER BY blind";
    PERSON_TOKEN_ROWS = "SELECT 'person_token' AS table_name, * FROM person_token
        WHERE entry = ?1 ORDER BY plugin, token";
    RECORD_VERSION_ROWS = "SELECT 'record_version' AS table_name, * FROM record_version
        WHERE entry = ?1 ORDER BY subject, record, version";
    DELIVERY_LINE_ROWS = "SELECT 'delivery_line' AS table_name, * FROM delivery_line
        WHERE entry = ?1 ORDER BY delivery, chunk, place";
    LINE_AGAIN_ROWS = "SELECT 'line_again' AS table_name, * FROM line_again
        WHERE entry = ?1 ORDER BY delivery, chunk, place, attempt";

    /// Entries among those given (a JSON list of hex ids) that rows name.
    NAMED_AMONG = "WITH given (entry) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?1))
        SELECT entry FROM given WHERE EXISTS (SELECT 1 FROM subject AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM subject_code AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM code_day AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM subject_alias AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM subject_event AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM person_number AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM person_token AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM record_version AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM delivery_line AS t WHERE t.entry = given.entry)
            OR EXISTS (SELECT 1 FROM line_again AS t WHERE t.entry = given.entry)";

    /// Rows that name an entry which is nowhere: each as table and key.
    ORPHANS = "WITH orphan (table_name, row_name, entry) AS (
            SELECT 'subject', lower(hex(id)), entry FROM subject
            UNION ALL SELECT 'subject-code', scheme || ':' || value, entry FROM subject_code
            UNION ALL SELECT 'code-day', scheme || ':' || value || '/' || edge || '/' || on_day,
                entry FROM code_day
            UNION ALL SELECT 'subject-alias', lower(hex(subject)) || '/' || lower(hex(same_as)),
                entry FROM subject_alias
            UNION ALL SELECT 'subject-event', lower(hex(subject)) || '/' || on_day, entry
                FROM subject_event
            UNION ALL SELECT 'person-number', lower(hex(subject)), entry FROM person_number
            UNION ALL SELECT 'person-token', plugin || '/' || token, entry FROM person_token
            UNION ALL SELECT 'record-version', lower(hex(record)) || '/' || version, entry
                FROM record_version
            UNION ALL SELECT 'delivery-line', lower(hex(delivery)) || '/' || chunk || '/' || place,
                entry FROM delivery_line
            UNION ALL SELECT 'line-again', lower(hex(delivery)) || '/' || chunk || '/' || place
                || '/' || attempt, entry FROM line_again)
        SELECT table_name, row_name FROM orphan
        WHERE NOT EXISTS (SELECT 1 FROM audit_entry AS e WHERE e.event = orphan.entry)
            AND orphan.entry NOT IN (SELECT event FROM audit_pending)
        LIMIT ?1";
}

const TABLES: [(&str, Sql); 10] = [
    ("subject", SUBJECT_ROWS),
    ("subject_code", SUBJECT_CODE_ROWS),
    ("code_day", CODE_DAY_ROWS),
    ("subject_alias", SUBJECT_ALIAS_ROWS),
    ("subject_event", SUBJECT_EVENT_ROWS),
    ("person_number", PERSON_NUMBER_ROWS),
    ("person_token", PERSON_TOKEN_ROWS),
    ("record_version", RECORD_VERSION_ROWS),
    ("delivery_line", DELIVERY_LINE_ROWS),
    ("line_again", LINE_AGAIN_ROWS),
];

/// The rows that one entry covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetRoot {
    /// RFC 6962 root over their commitments, hex.
    pub(crate) root: String,
    /// How many they are.
    pub(crate) count: u64,
}

/// The root over all rows that name `entry`. `made` are the commitments to all of
/// its rows in a table, as they were written; what is not there is read.
pub(crate) async fn set_root(
    connection: &mut SqliteConnection,
    entry: EventId,
    salt: &Salt,
    mut made: BTreeMap<&'static str, Vec<String>>,
) -> Result<SetRoot, StoreError> {
    let mut leaves = Vec::new();
    let mut commitments = RowCommitments::new(salt);
    for (table, sql) in TABLES {
        if let Some(made) = made.remove(table) {
            leaves.extend(made);
            continue;
        }
        let rows = sql
            .query()
            .bind(entry.bytes())
            .fetch_all(&mut *connection)
            .await?;
        let Some(first) = rows.first() else { continue };
        let mut columns: Vec<(usize, &str)> = first
            .columns()
            .iter()
            .map(|c| (c.ordinal(), c.name()))
            .collect();
        columns.sort_unstable_by_key(|(_, name)| *name);
        for row in &rows {
            leaves.push(commitments.commit(cells(row, &columns)?)?);
        }
    }
    let count = leaves.len() as u64;
    Ok(SetRoot {
        root: hex::encode(root_over(leaves)),
        count,
    })
}

/// The columns of a row that are not NULL, in the order given.
fn cells<'r>(
    row: &'r SqliteRow,
    columns: &[(usize, &'r str)],
) -> Result<Vec<(&'r str, Cell<'r>)>, StoreError> {
    let cells = columns
        .iter()
        .filter_map(|(at, name)| Some((*name, cell(row, *at).transpose()?)));
    cells.map(|(name, cell)| Ok((name, cell?))).collect()
}

/// Those of `entries` that rows name.
pub(crate) async fn named_among(
    connection: &mut SqliteConnection,
    entries: &[EventId],
) -> Result<Vec<EventId>, StoreError> {
    let entries: Vec<_> = entries.iter().map(EventId::to_string).collect();
    let entries = serde_json::to_string(&entries)?;
    let rows = NAMED_AMONG
        .query()
        .bind(entries)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| row.id("entry")).collect()
}

/// At most `limit` rows whose entry is neither in the log nor pending.
pub(crate) async fn orphans(
    connection: &mut SqliteConnection,
    limit: u32,
) -> Result<Vec<ObjectRef>, StoreError> {
    let rows = ORPHANS.query().bind(limit).fetch_all(connection).await?;
    let object = |row| -> Result<_, StoreError> {
        let row: &sqlx::sqlite::SqliteRow = row;
        let (table, name): (String, String) = (row.plain("table_name")?, row.plain("row_name")?);
        Ok(ObjectRef::new(table, name))
    };
    rows.iter().map(object).collect()
}
