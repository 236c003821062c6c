//! The open database: one connection that writes, a few that read.
//!
//! Comes in: a path and the keys. Goes out: [`Write`], one at a time, and
//! [`Read`]. Always holds: every commit is on the disk when it returns (WAL,
//! synchronous = FULL); a reader can change nothing; several processes may have
//! the same file open, and each waits for the other's write to end.
//!
//! Deliberately absent: PostgreSQL, and joining many writes into one commit.

use crate::{
    content::SubjectSeal,
    error::StoreError,
    keys::KeyRing,
    objects::Kind,
    statements::statements,
    write::{Seen, Write},
    writer::{Writer, Writing},
};
use sqlx::{
    Connection as _, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

statements! {
    SQLITE_VERSION = "SELECT sqlite_version()";
    KEEP_KEY_CHECK = "INSERT INTO house (id, key_check) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING";
    KEY_CHECK = "SELECT key_check FROM house WHERE id = 1";
}

/// The oldest SQLite that is right for us: before it, two connections that write
/// and checkpoint at the same moment can corrupt a WAL database (WAL-reset bug).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// How long a writer waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a task waits for a reader.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(600);

/// Readers beside the one writer. SQLite readers are threads of their own.
const READERS: u32 = 4;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The rows of the house.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Writer,
    readers: SqlitePool,
    keys: Arc<KeyRing>,
}

impl Store {
    /// Opens the database at `path`, makes it where there is none, and brings its
    /// schema up to date. Takes `<path>.lock` meanwhile, so that two processes
    /// cannot do so at once.
    ///
    /// # Errors
    /// [`StoreError::OldSqlite`], [`StoreError::OtherKey`], [`StoreError::Migrate`],
    /// or what the file system said.
    pub async fn open(path: &Path, keys: KeyRing) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // What is deleted is overwritten: a shredded key must be gone.
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-65536")
            // Pages that change again and again are written back once for all of it.
            .pragma("wal_autocheckpoint", "8192")
            // Rows come from a thread of their own; handed over one by one they
            // cost more than they are worth.
            .row_buffer_size(1024);
        let lock = lock_beside(path).await?;
        let mut connection = SqliteConnection::connect_with(&options).await?;
        refuse_old_sqlite(&mut connection).await?;
        let migrated = MIGRATIONS.run(&mut connection).await;
        migrated.map_err(StoreError::Migrate)?;
        refuse_other_key(&mut connection, &keys).await?;
        let writer = Writer::new(options.clone(), connection);
        drop(lock);
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(QUEUE_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Self {
            writer,
            readers,
            keys: Arc::new(keys),
        })
    }

    /// Begins a write, after any other of this process has ended. Dropped without
    /// [`Write::commit`], it leaves nothing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process holds the lock for too long.
    pub async fn begin(&self) -> Result<Write<'_>, StoreError> {
        Ok(Write::new(self, self.begin_bare().await?))
    }

    /// A connection to read with. Sees what was committed before each read.
    ///
    /// # Errors
    /// [`StoreError::Database`] where none can be opened.
    pub async fn read(&self) -> Result<Read<'_>, StoreError> {
        let connection = Connection::Pooled(self.readers.acquire().await?);
        Ok(Read {
            connection,
            keys: &self.keys,
            seen: None,
        })
    }

    /// A write of the sequencer: its rows are entries, and need none.
    pub(crate) async fn begin_bare(&self) -> Result<Writing, StoreError> {
        self.writer.begin().await
    }

    /// A connection that reads one state of the whole database until it ends.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    /// The keys.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The keys, for a thread of their own.
    pub(crate) fn shared_keys(&self) -> Arc<KeyRing> {
        self.keys.clone()
    }

    /// Closes all connections, and so writes the WAL back.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A place to read from: outside or inside a [`Write`]. The reads themselves
/// stand with what they read.
#[derive(Debug)]
pub struct Read<'s> {
    connection: Connection<'s>,
    pub(crate) keys: &'s KeyRing,
    /// Inside a [`Write`]: what it has read.
    pub(crate) seen: Option<&'s mut Seen>,
}

#[derive(Debug)]
enum Connection<'s> {
    Pooled(PoolConnection<Sqlite>),
    Inside(&'s mut SqliteConnection),
}

impl<'s> Read<'s> {
    pub(crate) fn inside(
        connection: &'s mut SqliteConnection,
        keys: &'s KeyRing,
        seen: Option<&'s mut Seen>,
    ) -> Self {
        Self {
            connection: Connection::Inside(connection),
            keys,
            seen,
        }
    }

    /// Keeps rows that were read inside a [`Write`] until they are changed there, with
    /// the seals that were read with them.
    pub(crate) fn saw(
        &mut self,
        kind: Kind,
        rows: Vec<SqliteRow>,
        ids: impl Iterator<Item = String>,
    ) -> Result<(), StoreError> {
        let Some(seen) = &mut self.seen else {
            return Ok(());
        };
        for (row, id) in rows.into_iter().zip(ids) {
            let seal = SubjectSeal::of(self.keys, &row)?;
            seen.seals.entry(seal.id).or_insert(seal);
            seen.rows.insert((kind.name, id), row);
        }
        Ok(())
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            Connection::Pooled(connection) => connection,
            Connection::Inside(connection) => connection,
        }
    }
}

async fn refuse_old_sqlite(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version = SQLITE_VERSION.query().fetch_one(connection).await?;
    let found: String = version.try_get(0)?;
    if is_new_enough(&found) {
        Ok(())
    } else {
        Err(StoreError::OldSqlite { found })
    }
}

async fn refuse_other_key(
    connection: &mut SqliteConnection,
    keys: &KeyRing,
) -> Result<(), StoreError> {
    let known = KEY_CHECK.query().fetch_optional(&mut *connection).await?;
    // Asked before it is written: whoever only reads must not wait for a writer.
    if known.is_none() {
        let keep = KEEP_KEY_CHECK.query().bind(&keys.check[..]);
        keep.execute(&mut *connection).await?;
    }
    let known = KEY_CHECK.query().fetch_one(connection).await?;
    let known: Vec<u8> = known.try_get(0)?;
    if known != keys.check {
        return Err(StoreError::OtherKey);
    }
    Ok(())
}

fn is_new_enough(version: &str) -> bool {
    let parts: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    parts.is_some_and(|parts| parts.as_slice() >= OLDEST_SQLITE.as_slice())
}

/// Holds `<path>.lock` until dropped.
async fn lock_beside(path: &Path) -> Result<std::fs::File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let failed = {
        let path = path.clone();
        move |source| StoreError::File { path, source }
    };
    let locked = tokio::task::spawn_blocking(move || {
        let mut options = std::fs::OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.lock()?;
        Ok(file)
    });
    locked
        .await
        .map_err(|_| std::io::Error::other("the lock was not waited for"))
        .and_then(|file| file)
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, new_enough) in [
            ("3.51.3", true),
            ("3.51.10", true),
            ("3.52.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.9.99", false),
            ("three", false),
        ] {
            assert_eq!(is_new_enough(version), new_enough, "{version}");
        }
    }

    #[tokio::test]
    async fn another_master_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credence.db");
        let keys = |byte| KeyRing::from_bytes(&[byte; 32], &[9; 32]);
        Store::open(&path, keys(1)).await.unwrap().close().await;
        let error = Store::open(&path, keys(2)).await.unwrap_err();
        assert!(matches!(error, StoreError::OtherKey), "{error}");
        Store::open(&path, keys(1)).await.unwrap().close().await;
    }
}
