//! Many rows read at once, of which one may be damaged.
//!
//! Comes in: pages of rows, in their order. Goes out: those that read back, and the
//! names of those that do not. Always holds: a damaged row takes no other along and
//! crowds none out; nothing of what it holds is told.

use crate::error::StoreError;
use sqlx::sqlite::SqliteRow;

/// Rows for a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable<T> {
    /// Those that could be read.
    pub rows: Vec<T>,
    /// Keys or ids of those that could not, among and before them; `audit verify` tells
    /// why.
    pub unreadable: Vec<String>,
}

/// The pages of one such read.
pub(crate) struct Pages<T> {
    limit: u32,
    behind: u32,
    is_over: bool,
    read: Readable<T>,
}

impl<T> Pages<T> {
    /// Until `limit` rows were read, or there are no more.
    pub(crate) fn of(limit: u32) -> Self {
        Self {
            limit,
            behind: 0,
            is_over: limit == 0,
            read: Readable {
                rows: Vec::new(),
                unreadable: Vec::new(),
            },
        }
    }

    /// How many rows the next page begins behind, and how many it has at most.
    pub(crate) fn next(&self) -> Option<(u32, u32)> {
        let missing = self.limit.saturating_sub(count(self.read.rows.len()));
        (!self.is_over && missing > 0).then_some((self.behind, missing))
    }

    /// Takes up a page that was asked for with this limit.
    pub(crate) fn take(
        &mut self,
        limit: u32,
        rows: &[SqliteRow],
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
        name: impl Fn(&SqliteRow) -> Result<String, StoreError>,
    ) {
        for row in rows {
            match read(row) {
                Ok(row) => self.read.rows.push(row),
                Err(_) => {
                    let name = name(row).unwrap_or_else(|_| "one without a name".to_owned());
                    self.read.unreadable.push(name);
                }
            }
        }
        self.behind = self.behind.saturating_add(count(rows.len()));
        self.is_over = count(rows.len()) < limit;
    }

    pub(crate) fn read(self) -> Readable<T> {
        self.read
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
