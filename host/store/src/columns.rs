//! Columns, read back as what they are.
//!
//! Comes in: a row of the database. Goes out: ids, instants, days, words.
//! Always holds: a column that does not read back is an error that names the
//! column, never a default. Deliberately absent: sealed columns (`content`).

use crate::error::StoreError;
use credence_audit::Cell;
use jiff::{Timestamp, civil::Date};
use sqlx::{Decode, Row as _, Sqlite, Type, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};
use std::str::FromStr;
use uuid::Uuid;

/// Typed reading of a row.
pub(crate) trait Columns {
    /// A column that the driver can read by itself.
    fn plain<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &'r self,
        column: &'static str,
    ) -> Result<T, StoreError>;

    /// Sixteen bytes.
    fn id<T: From<Uuid>>(&self, column: &'static str) -> Result<T, StoreError> {
        self.id_or_none(column)?
            .ok_or_else(|| StoreError::unreadable(column))
    }

    /// Sixteen bytes, or NULL.
    fn id_or_none<T: From<Uuid>>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let bytes: Option<Vec<u8>> = self.plain(column)?;
        let read = |bytes: Vec<u8>| Uuid::from_slice(&bytes).map(T::from);
        bytes
            .map(read)
            .transpose()
            .map_err(|e| StoreError::unreadable_for(column, e))
    }

    /// Thirty-two bytes.
    fn hash(&self, column: &'static str) -> Result<[u8; 32], StoreError> {
        let bytes: Vec<u8> = self.plain(column)?;
        bytes.try_into().map_err(|_| StoreError::unreadable(column))
    }

    /// A count.
    fn count(&self, column: &'static str) -> Result<u32, StoreError> {
        let count: i64 = self.plain(column)?;
        count
            .try_into()
            .map_err(|e| StoreError::unreadable_for(column, e))
    }

    /// A number of bytes.
    fn bytes(&self, column: &'static str) -> Result<u64, StoreError> {
        let bytes: i64 = self.plain(column)?;
        bytes
            .try_into()
            .map_err(|e| StoreError::unreadable_for(column, e))
    }

    /// Milliseconds since 1970, UTC.
    fn instant(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.instant_or_none(column)?
            .ok_or_else(|| StoreError::unreadable(column))
    }

    /// Milliseconds since 1970, UTC, or NULL.
    fn instant_or_none(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = self.plain(column)?;
        let read = Timestamp::from_millisecond;
        millis
            .map(read)
            .transpose()
            .map_err(|e| StoreError::unreadable_for(column, e))
    }

    /// A day in China.
    fn day(&self, column: &'static str) -> Result<Date, StoreError> {
        self.parsed(column)
    }

    /// Text with a form of its own.
    fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.parsed_or_none(column)?
            .ok_or_else(|| StoreError::unreadable(column))
    }

    /// Text with a form of its own, or NULL.
    fn parsed_or_none<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.plain(column)?;
        text.map(T::from_str)
            .transpose()
            .map_err(|e| StoreError::unreadable_for(column, e))
    }

    /// A word of a closed list.
    fn word<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        read(self.plain(column)?).ok_or_else(|| StoreError::unreadable(column))
    }
}

impl Columns for SqliteRow {
    fn plain<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &'r self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.try_get(column)
            .map_err(|e| StoreError::unreadable_for(column, e))
    }
}

/// A column as it lies in its row; `None` where it is NULL.
pub(crate) fn cell(row: &SqliteRow, at: usize) -> Result<Option<Cell<'_>>, StoreError> {
    let unreadable = |e| StoreError::unreadable_for("a column of a stored row", e);
    let raw = row.try_get_raw(at).map_err(unreadable)?;
    if raw.is_null() {
        return Ok(None);
    }
    Ok(Some(match raw.type_info().name() {
        "INTEGER" => Cell::Number(row.try_get(at).map_err(unreadable)?),
        "TEXT" => Cell::Text(row.try_get(at).map_err(unreadable)?),
        "BLOB" => Cell::Bytes(row.try_get(at).map_err(unreadable)?),
        // No table has another; a canonical form must not depend on how a
        // floating-point number is spelt.
        _ => return Err(StoreError::unreadable("a column of a stored row")),
    }))
}
