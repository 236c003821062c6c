//! Rows that are written many at a time, with a value bound for every column.
//!
//! Comes in: rows of one table. Goes out: the rows in the table and, where they are
//! a set under one audit entry, the commitment to each. Always holds: what is
//! committed to is the very value that is bound, under the name of the column that
//! it is bound for; `set_rows` makes the same commitment of the row as it is stored,
//! and a test holds the two together. A table that is written twice under one entry
//! is read back. Deliberately absent: the statements; each stands in its room.

use crate::{entry::Drawn, error::StoreError, statements::Sql, write::Write};
use credence_audit::{CanonicalError, Cell, ObjectRef, RowCommitments, Salt};
use credence_domain::ids::EventId;
use jiff::Timestamp;
use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinHandle;

/// Rows that a statement of [`Table::many`] takes at most.
pub(crate) const AT_ONCE: usize = 32;
/// From so many rows on a thread of its own makes the commitments while the database
/// writes.
const WORTH_A_THREAD: usize = 64;

/// The statement that inserts one row, and the one that inserts [`AT_ONCE`] or fewer:
/// rows whose first value is NULL fill it up, and are left out.
macro_rules! insert {
    (one: $into:literal, $row:literal) => {
        concat!("INSERT INTO ", $into, " VALUES ", $row)
    };
    (many: $into:literal, $row:literal) => {
        concat!(
            "INSERT INTO ",
            $into,
            " SELECT * FROM (VALUES ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ", ",
            $row,
            ") WHERE column1 IS NOT NULL"
        )
    };
}
pub(crate) use insert;

/// A table that rows are inserted into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// How many of the first columns are its key: a set is ordered by them.
    pub(crate) key: usize,
    /// The column that no commitment covers.
    pub(crate) uncovered: Option<&'static str>,
    /// Inserts one row.
    pub(crate) one: Sql,
    /// Inserts at most [`AT_ONCE`] rows.
    pub(crate) many: Sql,
}

/// The value of a column. Ordered as the database orders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Null,
    Number(i64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
}

/// A value for each column, in the order of the statement.
pub(crate) type Row = Vec<Value>;

/// Commitments to the rows of a table under one entry, in the order of its key.
#[derive(Debug)]
pub(crate) enum Leaves {
    /// Made.
    Made(Vec<String>),
    /// On their way.
    Coming(JoinHandle<Result<Vec<String>, CanonicalError>>),
    /// There is more than one set of them.
    ReadBack,
}

impl Value {
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// The value, or NULL.
    pub(crate) fn or_null(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Null, Into::into)
    }

    pub(crate) fn cell(&self) -> Option<Cell<'_>> {
        match self {
            Self::Null => None,
            Self::Number(number) => Some(Cell::Number(*number)),
            Self::Text(text) => Some(Cell::Text(text)),
            Self::Bytes(bytes) => Some(Cell::Bytes(bytes)),
        }
    }

    fn bind_to(
        &self,
        query: Query<'static, Sqlite, SqliteArguments>,
    ) -> Query<'static, Sqlite, SqliteArguments> {
        match self {
            Self::Null => query.bind(None::<i64>),
            Self::Number(number) => query.bind(*number),
            Self::Text(text) => query.bind(text.clone()),
            Self::Bytes(bytes) => query.bind(bytes.to_vec()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Number(flag.into())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Timestamp> for Value {
    /// Milliseconds since 1970, UTC.
    fn from(at: Timestamp) -> Self {
        Self::Number(at.as_millisecond())
    }
}

impl Table {
    /// The commitments to rows that are in the order of the key.
    fn leaves(&self, rows: &[Row], salt: &Salt) -> Result<Vec<String>, CanonicalError> {
        let name = Value::text(self.name);
        let mut columns: Vec<(&str, Option<usize>)> = self
            .one
            .columns()
            .enumerate()
            .filter(|(_, column)| Some(*column) != self.uncovered)
            .map(|(at, column)| (column, Some(at)))
            .chain([("table_name", None)])
            .collect();
        columns.sort_unstable();
        let mut commitments = RowCommitments::new(salt);
        let leaf = |row: &Row| {
            let cells = columns.iter().filter_map(|(column, at)| {
                let value = at.map_or(&name, |at| &row[at]);
                Some((*column, value.cell()?))
            });
            commitments.commit(cells)
        };
        rows.iter().map(leaf).collect()
    }
}

impl Write<'_> {
    /// Inserts rows that are in no set.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`], of `object`, where a key is taken.
    pub(crate) async fn insert_rows(
        &mut self,
        table: &Table,
        rows: &[Row],
        object: &ObjectRef,
    ) -> Result<(), StoreError> {
        for rows in rows.chunks(AT_ONCE) {
            let (sql, filled) = match rows {
                [_] => (table.one, 0),
                _ => (table.many, (AT_ONCE - rows.len()) * rows[0].len()),
            };
            let values = rows.iter().flatten();
            let query = values.fold(sql.query(), |query, value| value.bind_to(query));
            let query = (0..filled).fold(query, |query, _| query.bind(None::<i64>));
            let done = query.execute(self.connection()).await;
            done.map_err(StoreError::inserting(object))?;
        }
        Ok(())
    }

    /// Inserts rows that name the entry `drawn`, and commits to them.
    ///
    /// # Errors
    /// As for [`Self::insert_rows`].
    pub(crate) async fn insert_set(
        &mut self,
        table: &'static Table,
        mut rows: Vec<Row>,
        drawn: Drawn,
        object: &ObjectRef,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_unstable_by(|one, other| one[..table.key].cmp(&other[..table.key]));
        let rows = Arc::new(rows);
        let leaves = if rows.len() < WORTH_A_THREAD {
            Leaves::Made(table.leaves(&rows, &drawn.salt)?)
        } else {
            let rows = rows.clone();
            let make = move || table.leaves(&rows, &drawn.salt);
            Leaves::Coming(tokio::task::spawn_blocking(make))
        };
        let of_entry = self.leaves.entry(drawn.id).or_default();
        let leaves = match of_entry.contains_key(table.name) {
            true => Leaves::ReadBack,
            false => leaves,
        };
        of_entry.insert(table.name, leaves);
        self.insert_rows(table, &rows, object).await
    }

    /// The commitments that were made to rows of an entry as they were written, by
    /// the name of the table. A table that is missing is to be read back.
    pub(crate) async fn take_leaves(
        &mut self,
        entry: EventId,
    ) -> Result<BTreeMap<&'static str, Vec<String>>, StoreError> {
        let mut made = BTreeMap::new();
        for (table, leaves) in self.leaves.remove(&entry).unwrap_or_default() {
            let leaves = match leaves {
                Leaves::Made(leaves) => leaves,
                // A thread that was given up leaves the rows, and they can be read.
                Leaves::Coming(leaves) => match leaves.await {
                    Ok(leaves) => leaves?,
                    Err(_) => continue,
                },
                Leaves::ReadBack => continue,
            };
            made.insert(table, leaves);
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{EventDraft, draw},
        ingest::VERSIONS,
        keys::KeyRing,
        register::CODES_OF_SUBJECTS,
        set_rows::set_root,
        store::Store,
        subjects::SUBJECTS,
    };
    use std::collections::BTreeMap;

    fn event() -> EventDraft {
        EventDraft {
            kind: "register.learned".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            actor: "test".to_owned(),
            role: "sweep".to_owned(),
            purpose: None,
            plugin: None,
            call: None,
            detail: BTreeMap::new(),
        }
    }

    /// Texts that JSON escapes, others that it does not, and none.
    fn words(n: u32) -> Value {
        match n % 4 {
            0 => Value::Null,
            1 => Value::text("引号\" 反斜\\ 换行\n \u{1F600}\u{2028}\u{1}"),
            2 => Value::text(""),
            _ => Value::text(format!("例{n}公司")),
        }
    }

    fn id(n: u32) -> Value {
        // Not in the order of the numbers.
        Value::bytes([[(n * 37 % 251) as u8; 12].as_slice(), &n.to_be_bytes()].concat())
    }

    fn subject(n: u32, drawn: Drawn) -> Row {
        let name = words(n);
        let kind = if n.is_multiple_of(7) {
            "person"
        } else {
            "organization"
        };
        vec![
            id(n),
            Value::text(kind),
            words(n + 1),
            if n.is_multiple_of(7) {
                Value::Null
            } else {
                name
            },
            Value::Number((n % 2).into()),
            Value::Number(-i64::from(n)),
            Value::bytes(drawn.id.bytes()),
            Value::bytes(vec![0xab; 72]),
        ]
    }

    fn code(n: u32, drawn: Drawn) -> Row {
        let entry = Value::bytes(drawn.id.bytes());
        let scheme = if n.is_multiple_of(2) {
            "uscc"
        } else {
            "organization-code"
        };
        vec![Value::text(scheme), format!("码{n}").into(), id(n), entry]
    }

    fn record(n: u32) -> Row {
        vec![
            id(n),
            id(n + 1000),
            Value::text("transport"),
            format!("文{n}号").into(),
            Value::text("current"),
            Value::Number(1),
            Value::Number(1),
            Value::bytes(vec![7; 32]),
            Value::Null,
        ]
    }

    fn version(n: u32, drawn: Drawn) -> Row {
        let (kind, content) = match n % 7 {
            0 => ("person", Value::bytes(vec![1, 0, 255, n as u8])),
            _ => ("organization", Value::text(format!("{{\"n\":\"{n}\\n\"}}"))),
        };
        let day = |n: u32| {
            if n.is_multiple_of(2) {
                Value::Null
            } else {
                Value::text("2025-03-12")
            }
        };
        vec![
            id(n),
            id(n + 1000),
            Value::Number(1),
            Value::text("stated"),
            Value::text(kind),
            Value::text("transport"),
            format!("文{n}号").into(),
            Value::text("transport"),
            Value::text("350000"),
            Value::text("5-1"),
            Value::text("public"),
            Value::text("2025-03-12"),
            day(n),
            day(n + 1),
            day(n / 2),
            Value::Null,
            words(n),
            Value::bytes(vec![7; 32]),
            content,
            if n.is_multiple_of(5) {
                Value::bytes(vec![9; 40])
            } else {
                Value::Null
            },
            Value::Null,
            n.into(),
            Value::Number(1_764_000_000_123),
            Value::bytes(drawn.id.bytes()),
        ]
    }

    /// Inserts `rows` of each table, and holds the root of what was written against
    /// that of what is stored.
    async fn agree(store: &Store, from: u32, rows: u32) -> String {
        let drawn = draw(event().at).unwrap();
        let object = ObjectRef::new("register", "test");
        let mut write = store.begin().await.unwrap();
        let numbers = from..from + rows;
        let subjects = numbers.clone().map(|n| subject(n, drawn)).collect();
        let codes = numbers.clone().map(|n| code(n, drawn)).collect();
        let records: Vec<_> = numbers.clone().map(record).collect();
        let versions = numbers.map(|n| version(n, drawn)).collect();
        write
            .insert_set(&SUBJECTS, subjects, drawn, &object)
            .await
            .unwrap();
        write
            .insert_set(&CODES_OF_SUBJECTS, codes, drawn, &object)
            .await
            .unwrap();
        write
            .insert_rows(&crate::ingest::RECORDS, &records, &object)
            .await
            .unwrap();
        write
            .insert_set(&VERSIONS, versions, drawn, &object)
            .await
            .unwrap();
        let made = write.take_leaves(drawn.id).await.unwrap();
        assert_eq!(
            made.len(),
            3,
            "all three were committed to as they were written"
        );
        let connection = write.connection();
        let written = set_root(connection, drawn.id, &drawn.salt, made)
            .await
            .unwrap();
        let read = BTreeMap::new();
        let stored = set_root(connection, drawn.id, &drawn.salt, read)
            .await
            .unwrap();
        assert_eq!(written, stored, "{rows} rows");
        assert_eq!(stored.count, u64::from(rows) * 3);
        write.commit().await.unwrap();
        stored.root
    }

    #[tokio::test]
    async fn what_is_written_is_committed_to_as_it_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyRing::from_bytes(&[1; 32], &[2; 32]);
        let store = Store::open(&dir.path().join("credence.db"), keys)
            .await
            .unwrap();
        // One by one, in whole statements, and with a rest; here and on a thread.
        let mut from = 0;
        for rows in [1, 31, 32, 33, 63, 64, 150] {
            agree(&store, from, rows).await;
            from += rows;
        }
        store.close().await;
    }

    #[tokio::test]
    async fn a_table_written_twice_under_one_entry_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyRing::from_bytes(&[1; 32], &[2; 32]);
        let store = Store::open(&dir.path().join("credence.db"), keys)
            .await
            .unwrap();
        let drawn = draw(event().at).unwrap();
        let object = ObjectRef::new("register", "test");
        let mut write = store.begin().await.unwrap();
        for numbers in [40..80, 0..40] {
            let rows = numbers.map(|n| subject(n, drawn)).collect();
            write
                .insert_set(&SUBJECTS, rows, drawn, &object)
                .await
                .unwrap();
        }
        let root = write.root_of_set(drawn).await.unwrap();
        assert_eq!(root.count, 80);
        let read = BTreeMap::new();
        let stored = set_root(write.connection(), drawn.id, &drawn.salt, read).await;
        assert_eq!(root, stored.unwrap());
    }

    #[test]
    fn both_statements_of_a_table_take_the_same_columns() {
        for table in [
            &SUBJECTS,
            &CODES_OF_SUBJECTS,
            &crate::ingest::RECORDS,
            &VERSIONS,
            &crate::steps::STEPS,
            &crate::journal::CALLS,
            &crate::journal::INTENTS,
            &crate::entry::PENDING,
        ] {
            let one: Vec<_> = table.one.columns().collect();
            let many: Vec<_> = table.many.columns().collect();
            assert_eq!(one, many, "{}", table.name);
            assert!(one.len() > table.key, "{}", table.name);
        }
    }
}
