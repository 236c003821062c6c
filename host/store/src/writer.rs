//! The one connection that writes, and the transaction that is under way on it.
//!
//! Comes in: how to open the database. Goes out: [`Writing`], one at a time: whoever
//! asks waits in a queue. Always holds: a transaction that was not committed is undone
//! before the next begins; a connection that fails is replaced by a new one.
//!
//! Not a pool of one, since that asks the database for a sign of life after each
//! transaction, which is longer than many a transaction takes. A crash leaves what was
//! committed.

use crate::{error::StoreError, statements::statements};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

statements! {
    BEGIN = "BEGIN IMMEDIATE";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";
}

/// How long a task waits for those of this process that write before it.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(600);

/// The connection that writes.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    options: SqliteConnectOptions,
    place: Arc<Mutex<Place>>,
}

/// What the queue is for.
#[derive(Debug)]
struct Place {
    /// `None` once it is closed.
    connection: Option<SqliteConnection>,
    /// A transaction was begun and is not known to have ended.
    begun: bool,
}

/// A transaction under way. Dropped, it is undone.
#[derive(Debug)]
pub(crate) struct Writing {
    /// `None` once it has ended.
    place: Option<OwnedMutexGuard<Place>>,
}

impl Writer {
    /// Over an open connection, and how to open another.
    pub(crate) fn new(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        let place = Place {
            connection: Some(connection),
            begun: false,
        };
        Self {
            options,
            place: Arc::new(Mutex::new(place)),
        }
    }

    /// Begins a transaction that may write, after any other of this process has ended.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process holds the lock for too long.
    pub(crate) async fn begin(&self) -> Result<Writing, StoreError> {
        let queue = self.place.clone().lock_owned();
        let queued = timeout(QUEUE_TIMEOUT, queue).await;
        let place = queued.map_err(|_| sqlx::Error::PoolTimedOut)?;
        // From here on whoever gives up leaves nothing begun.
        let mut writing = Writing { place: Some(place) };
        if let Some(place) = &mut writing.place {
            place.begin(&self.options).await?;
        }
        Ok(writing)
    }

    /// Closes the connection once the transaction under way has ended.
    pub(crate) async fn close(&self) {
        let mut place = self.place.lock().await;
        place.undo().await;
        if let Some(connection) = place.connection.take() {
            // What was committed is on the disk whatever the close says.
            let _ = connection.close().await;
        }
    }
}

impl Place {
    fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Begins, on a new connection where the known one cannot.
    async fn begin(&mut self, options: &SqliteConnectOptions) -> Result<(), StoreError> {
        self.undo().await;
        match self.try_to_begin().await.map_err(StoreError::from) {
            Err(StoreError::Database(_)) if self.connection.is_some() => {
                self.connection = Some(SqliteConnection::connect_with(options).await?);
                Ok(self.try_to_begin().await?)
            }
            begun_or_busy => begun_or_busy,
        }
    }

    async fn try_to_begin(&mut self) -> Result<(), sqlx::Error> {
        // Said before it is so: given up meanwhile, it may have begun.
        self.begun = true;
        BEGIN.query().execute(self.connection()?).await?;
        Ok(())
    }

    /// Undoes what was begun and not committed.
    async fn undo(&mut self) {
        if self.begun
            && let Ok(connection) = self.connection()
        {
            // It fails where nothing had begun, where the commit had been carried out
            // after all, or where the connection is broken, which the next beginning
            // finds.
            let _ = ROLLBACK.query().execute(connection).await;
            self.begun = false;
        }
    }
}

impl Writing {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        let place = self.place.as_mut();
        place
            .and_then(|place| place.connection.as_mut())
            .expect("a transaction under way has its connection")
    }

    /// Durable when it returns.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        COMMIT.query().execute(self.connection()).await?;
        if let Some(mut place) = self.place.take() {
            place.begun = false;
        }
        Ok(())
    }
}

impl Drop for Writing {
    /// Undone at once where there is a runtime to do it, since other processes wait for
    /// the lock; else before the next transaction of this process.
    fn drop(&mut self) {
        if let Some(mut place) = self.place.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move { place.undo().await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyRing, Store};
    use sqlx::Row as _;
    use std::{future::poll_fn, task::Poll};

    async fn store(dir: &tempfile::TempDir) -> Store {
        let keys = KeyRing::from_bytes(&[1; 32], &[2; 32]);
        let path = dir.path().join("credence.db");
        Store::open(&path, keys).await.unwrap()
    }

    async fn put(writing: &mut Writing) {
        sqlx::query("CREATE TABLE left_behind (n INTEGER)")
            .execute(writing.connection())
            .await
            .unwrap();
    }

    async fn is_there(store: &Store) -> bool {
        let mut read = store.read().await.unwrap();
        let row = sqlx::query("SELECT count(*) FROM sqlite_schema WHERE name = 'left_behind'")
            .fetch_one(read.connection())
            .await
            .unwrap();
        row.get::<i64, _>(0) == 1
    }

    #[tokio::test]
    async fn what_is_dropped_is_undone_and_gives_the_lock_free() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        let mut dropped = store.begin_bare().await.unwrap();
        put(&mut dropped).await;
        drop(dropped);
        // By another process, as it were, which waits for the lock and nothing else.
        let other = self::store(&dir).await;
        let mut writing = other.begin_bare().await.unwrap();
        put(&mut writing).await;
        writing.commit().await.unwrap();
        assert!(is_there(&store).await);
    }

    #[tokio::test]
    async fn the_next_transaction_begins_behind_one_that_was_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        let mut given_up = store.begin_bare().await.unwrap();
        put(&mut given_up).await;
        // In the midst of a statement.
        let connection = given_up.connection();
        let slow = sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
            SELECT count(*) FROM n",
        );
        let slow = timeout(Duration::ZERO, slow.fetch_one(connection)).await;
        assert!(slow.is_err(), "it was not given up");
        drop(given_up);
        let next = store.begin_bare().await.unwrap();
        assert!(!is_there(&store).await);
        next.commit().await.unwrap();
        assert!(!is_there(&store).await, "it was committed with the next");
    }

    #[tokio::test]
    async fn a_beginning_that_was_given_up_holds_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        drop(store(&dir).await);
        let options = SqliteConnectOptions::new().filename(dir.path().join("credence.db"));
        let connection = SqliteConnection::connect_with(&options).await.unwrap();
        let writer = Writer::new(options, connection);
        let mut beginning = Box::pin(writer.begin());
        poll_fn(|context| Poll::Ready(beginning.as_mut().poll(context).is_ready())).await;
        drop(beginning);
        // What was asked of the database then is done once it answers this.
        let mut place = writer.place.lock().await;
        let connection = place.connection().unwrap();
        sqlx::query("SELECT 1").execute(connection).await.unwrap();
        drop(place);
        let other = store(&dir).await;
        other.begin_bare().await.unwrap().commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_is_broken_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        let mut broken = store.begin_bare().await.unwrap();
        // What it thinks of itself and what it is differ: it cannot begin another.
        broken.place.as_mut().unwrap().begun = false;
        drop(broken);
        let mut next = store.begin_bare().await.unwrap();
        put(&mut next).await;
        next.commit().await.unwrap();
        assert!(is_there(&store).await);
    }

    #[tokio::test]
    async fn nothing_begins_once_it_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        store.close().await;
        let error = store.begin_bare().await.unwrap_err();
        assert!(matches!(error, StoreError::Database(_)), "{error}");
    }
}
