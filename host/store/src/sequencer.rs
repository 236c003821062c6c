//! The sequencer: pending entries get their indexes, and the head is signed.
//!
//! Comes in: pending entries in the order in which they were committed, the log's
//! key, the path of the checkpoint outside the database. Goes out: entries,
//! stored hashes and a checkpoint, in one transaction. Always holds: indexes are
//! contiguous, since they are given under the write lock and never by a database
//! sequence; nothing is signed that does not go on from what was signed last, as
//! the file outside has it.
//!
//! What a crash leaves: before the commit, pending entries. Between the commit
//! and the file, a file that is behind; the log goes on from what it says, so
//! the next pass accepts it and brings it up. A file that is ahead of the
//! database, or beside it, means a restored backup, and the pass refuses.
//!
//! Deliberately absent: when to run; the caller does, about every 200 ms.

use crate::{
    columns::Columns,
    error::StoreError,
    outside,
    statements::statements,
    store::{Read, Store},
};
use credence_audit::{Checkpoint, NoteSigner, Tree, TreeHash, check_extends, right_edge};
use sqlx::SqliteConnection;
use std::path::Path;

statements! {
    SIZE = "SELECT coalesce(max(idx) + 1, 0) AS size FROM audit_entry";
    PENDING = "SELECT seq, published FROM audit_pending ORDER BY seq LIMIT ?1";
    PENDING_COUNT = "SELECT count(*) AS pending FROM audit_pending";
    ANY_PENDING = "SELECT EXISTS (SELECT 1 FROM audit_pending) AS pending";
    HASHES = "SELECT number, hash FROM audit_hash WHERE number IN (SELECT value FROM json_each(?1))";
    TAKE = "INSERT INTO audit_entry (idx, event, published, sealed, object_kind, object_id, call)
        SELECT ?1 + seq - ?2, event, published, sealed, object_kind, object_id, call
        FROM audit_pending WHERE seq BETWEEN ?2 AND ?3";
    DROP_TAKEN = "DELETE FROM audit_pending WHERE seq <= ?1";
    INSERT_HASHES = "WITH RECURSIVE n (i) AS
            (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE 32 * (i + 1) < length(?2))
        INSERT INTO audit_hash (number, hash) SELECT ?1 + i, substr(?2, 32 * i + 1, 32) FROM n";
    INSERT_CHECKPOINT = "INSERT INTO audit_checkpoint (size, note) VALUES (?1, ?2)";
    NEWEST_CHECKPOINT = "SELECT size, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1";
    CHECKPOINTS = "SELECT count(*) AS checkpoints FROM audit_checkpoint";
}

/// At most this many entries are sealed in one pass.
pub const BATCH: u32 = 1024;

/// What one pass sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How many entries.
    pub entries: u64,
    /// The size of the log now.
    pub size: u64,
    /// The signed checkpoint of that size.
    pub note: String,
}

/// The head of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// How many entries it has.
    pub size: u64,
    /// The newest signed checkpoint; `None` before the first.
    pub note: Option<String>,
    /// How many entries wait to be sealed.
    pub pending: u64,
}

impl Store {
    /// Seals at most [`BATCH`] pending entries and signs the head. `outside` is
    /// the file that keeps the last checkpoint; best on another disk. `None`
    /// where nothing was pending.
    ///
    /// # Errors
    /// [`StoreError::Fork`] where the database does not go on from the checkpoint
    /// outside, [`StoreError::OutsideMissing`] where that is gone. Nothing is
    /// signed then. [`StoreError::File`] where it could not be replaced; the
    /// entries are sealed then.
    pub async fn seal_batch(
        &self,
        signer: &NoteSigner,
        outside: &Path,
    ) -> Result<Option<Sealed>, StoreError> {
        if self.is_sealed(outside).await? {
            return Ok(None);
        }
        let mut transaction = self.begin_bare().await?;
        let connection = transaction.connection();
        let size = size(connection).await?;
        refuse_fork(connection, signer, outside, size).await?;
        let sealed = seal_pending(connection, signer, size).await?;
        let newest = newest_note(connection).await?;
        transaction.commit().await?;
        if let Some(note) = newest {
            outside::replace(outside, &note)?;
        }
        Ok(sealed)
    }

    /// Whether nothing is pending and the file outside is up to date: the pass
    /// then needs no write lock.
    async fn is_sealed(&self, outside: &Path) -> Result<bool, StoreError> {
        let mut read = self.read().await?;
        let row = ANY_PENDING.query().fetch_one(read.connection()).await?;
        if row.plain("pending")? {
            return Ok(false);
        }
        let newest = newest_note(read.connection()).await?;
        Ok(newest == outside::read(outside)?)
    }
}

impl Read<'_> {
    /// The head of the log.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn log_head(&mut self) -> Result<LogHead, StoreError> {
        let row = PENDING_COUNT.query().fetch_one(self.connection()).await?;
        let pending: i64 = row.plain("pending")?;
        Ok(LogHead {
            size: size(self.connection()).await?,
            note: newest_note(self.connection()).await?,
            pending: pending.unsigned_abs(),
        })
    }
}

async fn size(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let size: i64 = SIZE.query().fetch_one(connection).await?.plain("size")?;
    u64::try_from(size).map_err(|e| StoreError::unreadable_for("idx", e))
}

async fn newest_note(connection: &mut SqliteConnection) -> Result<Option<String>, StoreError> {
    let row = NEWEST_CHECKPOINT.query().fetch_optional(connection).await?;
    row.map(|row| row.plain("note")).transpose()
}

/// Holds the log against the checkpoint outside.
async fn refuse_fork(
    connection: &mut SqliteConnection,
    signer: &NoteSigner,
    path: &Path,
    size: u64,
) -> Result<(), StoreError> {
    let Some(note) = outside::read(path)? else {
        let row = CHECKPOINTS.query().fetch_one(&mut *connection).await?;
        let checkpoints: i64 = row.plain("checkpoints")?;
        // A crash right after the very first commit leaves one and no file. More
        // than one was never signed without it.
        if checkpoints > 1 {
            return Err(StoreError::OutsideMissing {
                path: path.to_owned(),
            });
        }
        return Ok(());
    };
    let previous = Checkpoint::open(&note, &signer.verifier())?;
    let root = if previous.size() <= size {
        Some(load(connection, previous.size()).await?.root())
    } else {
        None
    };
    Ok(check_extends(&previous, size, root)?)
}

/// Seals what is pending, behind the `size` entries that there are.
async fn seal_pending(
    connection: &mut SqliteConnection,
    signer: &NoteSigner,
    size: u64,
) -> Result<Option<Sealed>, StoreError> {
    let rows = PENDING
        .query()
        .bind(BATCH)
        .fetch_all(&mut *connection)
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let first: i64 = first.plain("seq")?;
    // Indexes follow the order of `seq`, and have no gap where that has one.
    let (mut next, mut published) = (first, Vec::with_capacity(rows.len()));
    for row in &rows {
        if row.plain::<i64>("seq")? != next {
            break;
        }
        next += 1;
        published.push(row.plain::<Vec<u8>>("published")?);
    }
    let last = next - 1;
    let mut tree = load(connection, size).await?;
    let appended = tree.append_batch(&published);
    let note = Checkpoint::new(signer.origin(), tree.size(), tree.root())?.sign(signer)?;
    let index = |n: u64| i64::try_from(n).map_err(|e| StoreError::unreadable_for("idx", e));

    TAKE.query()
        .bind(index(size)?)
        .bind(first)
        .bind(last)
        .execute(&mut *connection)
        .await?;
    DROP_TAKEN
        .query()
        .bind(last)
        .execute(&mut *connection)
        .await?;
    let hashes = appended.hashes.concat();
    INSERT_HASHES
        .query()
        .bind(index(appended.first)?)
        .bind(hashes)
        .execute(&mut *connection)
        .await?;
    INSERT_CHECKPOINT
        .query()
        .bind(index(tree.size())?)
        .bind(&note)
        .execute(&mut *connection)
        .await?;
    Ok(Some(Sealed {
        entries: published.len() as u64,
        size: tree.size(),
        note,
    }))
}

/// The tree of the first `size` entries, as its stored hashes have it.
async fn load(connection: &mut SqliteConnection, size: u64) -> Result<Tree, StoreError> {
    let edge = serde_json::to_string(&right_edge(size)?)?;
    let rows = HASHES.query().bind(edge).fetch_all(connection).await?;
    let hash = |row: &sqlx::sqlite::SqliteRow| -> Result<(u64, TreeHash), StoreError> {
        let number: i64 = row.plain("number")?;
        Ok((number.unsigned_abs(), row.hash("hash")?))
    };
    let hashes = rows.iter().map(hash).collect::<Result<Vec<_>, _>>()?;
    Ok(Tree::load(size, hashes)?)
}
