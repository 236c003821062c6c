//! Rows with a life of their own, as they are stored: what the audit log
//! commits to.
//!
//! Comes in: a kind and ids, or a place to go on from. Goes out: the stored row,
//! every column under its name, sealed columns as their envelopes; the commitment to
//! it, as it lies there or with what a statement changes of it. Always holds: a
//! column that is NULL is left out, so that one which a later version adds does not
//! change what earlier entries committed to; so is one whose name begins with `_`,
//! which is not the row's own. Deliberately absent: rows that are written in sets
//! (`set_rows`), and what rows mean (`rows`).

use crate::{
    columns::{Columns, cell},
    error::StoreError,
    insert,
    statements::{Sql, statements},
    store::Read,
};
use credence_audit::{Cell, ObjectRef, RowCommitments, Salt};
use serde_json::Value;
use sqlx::{Column as _, Row as _, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;

/// A row as it is stored: its columns by name, bytes as hex.
pub type StoredRow = serde_json::Map<String, Value>;

statements! {
    DELIVERY_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM delivery
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    DELIVERY_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM delivery
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    CHUNK_BY_ID = "SELECT lower(hex(delivery)) || '/' || number AS _object, * FROM chunk
        WHERE (delivery, number) IN (SELECT unhex(substr(value, 1, 32)),
            CAST(substr(value, 34) AS INTEGER) FROM json_each(?1))";
    CHUNK_PAGE = "SELECT rowid AS _at, lower(hex(delivery)) || '/' || number AS _object, *
        FROM chunk WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    ARRIVAL_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM arrival
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    ARRIVAL_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM arrival
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    TOKEN_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM feed_token
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    TOKEN_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM feed_token
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    FEED_BY_ID = "SELECT plugin || '/' || feed AS _object, * FROM feed_state
        WHERE (plugin, feed) IN (SELECT substr(value, 1, instr(value, '/') - 1),
            substr(value, instr(value, '/') + 1) FROM json_each(?1))";
    FEED_PAGE = "SELECT rowid AS _at, plugin || '/' || feed AS _object, * FROM feed_state
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    CASE_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM case_
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    CASE_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM case_
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    NOTICE_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM notice
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    NOTICE_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM notice
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    ORDER_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM order_
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    ORDER_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM order_
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    STEP_BY_ID = "SELECT key AS _object, * FROM step
        WHERE key IN (SELECT value FROM json_each(?1))";
    STEP_PAGE = "SELECT rowid AS _at, key AS _object, * FROM step
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    OBJECTION_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM objection
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    OBJECTION_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM objection
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    STOP_BY_ID = "SELECT name AS _object, * FROM stop
        WHERE name IN (SELECT value FROM json_each(?1))";
    STOP_PAGE = "SELECT rowid AS _at, name AS _object, * FROM stop
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    REVISION_BY_ID = "SELECT plugin || '@' || digest AS _object, * FROM plugin_revision
        WHERE plugin || '@' || digest IN (SELECT value FROM json_each(?1))";
    REVISION_PAGE = "SELECT rowid AS _at, plugin || '@' || digest AS _object, *
        FROM plugin_revision WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    PUT_FILE_BY_ID = "SELECT lower(hex(id)) AS _object, * FROM put_file
        WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
    PUT_FILE_PAGE = "SELECT rowid AS _at, lower(hex(id)) AS _object, * FROM put_file
        WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    // A call and its intent are one object: neither is right without the other.
    CALL_BY_ID = "SELECT lower(hex(c.id)) AS _object, c.*, i.step_key AS intent_step_key,
            i.asking AS intent_asking
        FROM call AS c LEFT JOIN effect_intent AS i ON i.call = c.id
        WHERE c.id IN (SELECT unhex(value) FROM json_each(?1))";
    CALL_PAGE = "SELECT c.rowid AS _at, lower(hex(c.id)) AS _object, c.*,
            i.step_key AS intent_step_key, i.asking AS intent_asking
        FROM call AS c LEFT JOIN effect_intent AS i ON i.call = c.id
        WHERE c.rowid > ?1 ORDER BY c.rowid LIMIT ?2";
}

/// A kind of row with a life of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// As the audit log calls it.
    pub(crate) name: &'static str,
    by_ids: Sql,
    page: Sql,
}

/// A stored row and its id.
pub(crate) struct Stored {
    pub(crate) object: String,
    pub(crate) row: StoredRow,
}

impl Kind {
    pub(crate) const DELIVERY: Self = Self::new("delivery", DELIVERY_BY_ID, DELIVERY_PAGE);
    pub(crate) const CHUNK: Self = Self::new("chunk", CHUNK_BY_ID, CHUNK_PAGE);
    pub(crate) const ARRIVAL: Self = Self::new("arrival", ARRIVAL_BY_ID, ARRIVAL_PAGE);
    pub(crate) const TOKEN: Self = Self::new("token", TOKEN_BY_ID, TOKEN_PAGE);
    pub(crate) const FEED: Self = Self::new("feed", FEED_BY_ID, FEED_PAGE);
    pub(crate) const CASE: Self = Self::new("case", CASE_BY_ID, CASE_PAGE);
    pub(crate) const NOTICE: Self = Self::new("notice", NOTICE_BY_ID, NOTICE_PAGE);
    pub(crate) const ORDER: Self = Self::new("order", ORDER_BY_ID, ORDER_PAGE);
    pub(crate) const STEP: Self = Self::new("step", STEP_BY_ID, STEP_PAGE);
    pub(crate) const OBJECTION: Self = Self::new("objection", OBJECTION_BY_ID, OBJECTION_PAGE);
    pub(crate) const STOP: Self = Self::new("stop", STOP_BY_ID, STOP_PAGE);
    pub(crate) const REVISION: Self = Self::new("revision", REVISION_BY_ID, REVISION_PAGE);
    pub(crate) const PUT_FILE: Self = Self::new("file", PUT_FILE_BY_ID, PUT_FILE_PAGE);
    /// Covered by the entries that name the call, not by entries of its own.
    pub(crate) const CALL: Self = Self::new("call", CALL_BY_ID, CALL_PAGE);

    /// Every kind whose rows have entries of their own.
    pub(crate) const WITH_ENTRIES: [Self; 13] = [
        Self::DELIVERY,
        Self::CHUNK,
        Self::ARRIVAL,
        Self::TOKEN,
        Self::FEED,
        Self::CASE,
        Self::NOTICE,
        Self::ORDER,
        Self::STEP,
        Self::OBJECTION,
        Self::STOP,
        Self::REVISION,
        Self::PUT_FILE,
    ];

    const fn new(name: &'static str, by_ids: Sql, page: Sql) -> Self {
        Self { name, by_ids, page }
    }

    /// The kind of this name, of those with entries of their own.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::WITH_ENTRIES
            .into_iter()
            .find(|kind| kind.name == name)
    }

    /// The rows of these ids, as far as there are any, by id.
    pub(crate) async fn rows(
        self,
        connection: &mut SqliteConnection,
        ids: &[String],
    ) -> Result<HashMap<String, SqliteRow>, StoreError> {
        let ids = serde_json::to_string(ids)?;
        let rows = self.by_ids.query().bind(ids).fetch_all(connection).await?;
        let named = |row: SqliteRow| Ok((row.plain("_object")?, row));
        rows.into_iter().map(named).collect()
    }

    /// The row of one id.
    pub(crate) async fn row(
        self,
        connection: &mut SqliteConnection,
        id: &str,
    ) -> Result<Option<SqliteRow>, StoreError> {
        Ok(self.rows(connection, &[id.to_owned()]).await?.remove(id))
    }

    /// At most `limit` rows beyond the place `after`, and the place of the last.
    pub(crate) async fn page(
        self,
        connection: &mut SqliteConnection,
        after: i64,
        limit: u32,
    ) -> Result<(Vec<Stored>, i64), StoreError> {
        let rows = self
            .page
            .query()
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?;
        let last = rows.last().map(|row| row.plain("_at")).transpose()?;
        let rows = rows.iter().map(stored).collect::<Result<_, _>>()?;
        Ok((rows, last.unwrap_or(after)))
    }
}

impl Read<'_> {
    /// The stored row of an object of the audit log, such as a case or a step;
    /// `None` where there is none, or the kind has no rows of its own.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn object_row(
        &mut self,
        object: &ObjectRef,
    ) -> Result<Option<StoredRow>, StoreError> {
        match Kind::named(&object.kind) {
            Some(kind) => {
                let row = kind.row(self.connection(), &object.id).await?;
                row.as_ref().map(stored_row).transpose()
            }
            None => Ok(None),
        }
    }
}

fn stored(row: &SqliteRow) -> Result<Stored, StoreError> {
    Ok(Stored {
        object: row.plain("_object")?,
        row: stored_row(row)?,
    })
}

/// Every column of a row under its name, except NULLs and those whose name
/// begins with `_`, which are not the row's own.
fn stored_row(row: &SqliteRow) -> Result<StoredRow, StoreError> {
    let value = |(name, cell): (&str, Cell<'_>)| {
        let value = match cell {
            Cell::Number(number) => Value::from(number),
            Cell::Text(text) => Value::from(text),
            Cell::Bytes(bytes) => Value::from(hex::encode(bytes)),
        };
        (name.to_owned(), value)
    };
    Ok(own_cells(row)?.into_iter().map(value).collect())
}

/// The row's own columns that are not NULL.
fn own_cells(row: &SqliteRow) -> Result<Vec<(&str, Cell<'_>)>, StoreError> {
    let columns = row.columns().iter();
    let own = columns.filter(|column| !column.name().starts_with('_'));
    own.filter_map(|column| Some((column.name(), cell(row, column.ordinal()).transpose()?)))
        .map(|(name, cell)| Ok((name, cell?)))
        .collect()
}

/// A row as a transaction leaves it: as it was read there, if it was there, and the
/// columns that were written since.
pub(crate) struct Image<'r> {
    pub(crate) row: Option<&'r SqliteRow>,
    pub(crate) written: &'r [(&'static str, insert::Value)],
}

impl<'r> Image<'r> {
    /// A row as it was read.
    pub(crate) fn read(row: &'r SqliteRow) -> Self {
        Self {
            row: Some(row),
            written: &[],
        }
    }

    /// The commitment to it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where a column cannot be read.
    pub(crate) fn commit(&self, salt: &Salt) -> Result<String, StoreError> {
        self.commit_by(&mut RowCommitments::new(salt))
    }

    /// The same, as one of many under a salt.
    ///
    /// # Errors
    /// As for [`Self::commit`].
    pub(crate) fn commit_by(&self, under: &mut RowCommitments) -> Result<String, StoreError> {
        let mut cells = self.row.map(own_cells).transpose()?.unwrap_or_default();
        if !self.written.is_empty() {
            cells.retain(|(name, _)| self.written.iter().all(|(other, _)| other != name));
            let written = self.written.iter();
            cells.extend(written.filter_map(|(name, value)| Some((*name, value.cell()?))));
        }
        cells.sort_unstable_by_key(|(name, _)| *name);
        Ok(under.commit(cells)?)
    }
}
