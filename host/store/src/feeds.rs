//! Where feeds stand: what came last, whether the feed has gone quiet, when it is
//! pulled next.
//!
//! Comes in: what the house found of a feed. Goes out: the same, and the last
//! delivery with what became of its rows. Always holds: each change of a feed's
//! state has its entry. Deliberately absent: which feeds there are (manifests),
//! and what is due (a clock).

use crate::{
    columns::Columns,
    deliveries::delivery_row,
    entry::EventDraft,
    error::StoreError,
    keys::hmac,
    objects::Kind,
    rows::{DeliveryRow, DeliveryTotals, FeedStateRow},
    statements::statements,
    store::Read,
    write::Write,
};
use credence_domain::ids::DeliveryId;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

statements! {
    STATE = "SELECT * FROM feed_state WHERE plugin = ?1 AND feed = ?2";
    INSERT = "INSERT INTO feed_state (plugin, feed, quiet_at, pull_due_at, pull_failures,
            pull_fault, pulled_at, etag, updated_at, pulled, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)";
    UPDATE = "UPDATE feed_state SET quiet_at = ?3, pull_due_at = ?4, pull_failures = ?5,
            pull_fault = ?6, pulled_at = ?7, etag = ?8, updated_at = ?9, pulled = ?10,
            changes = changes + 1
        WHERE plugin = ?1 AND feed = ?2 AND changes = ?11";
    LAST = "SELECT * FROM delivery WHERE plugin = ?1 AND feed = ?2
        ORDER BY received_at DESC, id DESC LIMIT 1";
    DELIVERIES = "SELECT * FROM delivery ORDER BY id DESC LIMIT ?1";
    TOTALS = "SELECT count(*) AS chunks, coalesce(sum(rows), 0) AS rows,
            coalesce(sum(recorded), 0) AS recorded, coalesce(sum(revised), 0) AS revised,
            coalesce(sum(ended), 0) AS ended,
            coalesce(sum(acknowledged), 0) AS acknowledged, coalesce(sum(duplicates), 0) AS duplicates,
            coalesce(sum(rejected), 0) AS rejected, coalesce(sum(quarantined), 0) AS quarantined,
            coalesce(max(last), 0) AS finished, max(stopped) AS stopped
        FROM chunk WHERE delivery = ?1";
}

impl Write<'_> {
    /// Writes where a feed stands: anew where `changes` says that it was never
    /// written. Gives the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read.
    pub async fn keep_feed_state(
        &mut self,
        mut row: FeedStateRow,
        event: &EventDraft,
    ) -> Result<FeedStateRow, StoreError> {
        let object = row.object();
        let before = self.before(Kind::FEED, &object.id).await?;
        let sql = if row.changes.is_some() {
            UPDATE
        } else {
            INSERT
        };
        let mut query = sql
            .query()
            .bind(&row.plugin)
            .bind(&row.feed)
            .bind(row.quiet_at.map(Timestamp::as_millisecond))
            .bind(row.pull_due_at.map(Timestamp::as_millisecond))
            .bind(row.pull_failures)
            .bind(&row.pull_fault)
            .bind(row.pulled_at.map(Timestamp::as_millisecond))
            .bind(&row.etag)
            .bind(event.at.as_millisecond())
            .bind(row.pulled.as_ref().map(|pulled| &pulled[..]));
        if let Some(changes) = row.changes {
            query = query.bind(changes);
        }
        let done = query.execute(self.connection()).await;
        let done = done.map_err(StoreError::inserting(&object))?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::FEED, object.id, before, event).await?;
        row.changes = Some(row.changes.map_or(0, |changes| changes + 1));
        Ok(row)
    }
}

impl Read<'_> {
    /// Where a feed stands; one of which nothing was written yet stands well.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn feed_state(
        &mut self,
        plugin: &str,
        feed: &str,
    ) -> Result<FeedStateRow, StoreError> {
        let query = STATE.query().bind(plugin).bind(feed);
        let row = query.fetch_optional(self.connection()).await?;
        match row {
            Some(row) => state_row(&row),
            None => Ok(FeedStateRow {
                plugin: plugin.to_owned(),
                feed: feed.to_owned(),
                ..FeedStateRow::default()
            }),
        }
    }

    /// What tells the bytes of a pull from others: keyed, since they hold persons.
    pub fn pulled_digest(&self, digest: &[u8; 32]) -> [u8; 32] {
        hmac(&self.keys.index, &[b"pulled", digest])
    }

    /// The delivery of a feed that arrived last.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where its name does not open.
    pub async fn last_delivery(
        &mut self,
        plugin: &str,
        feed: &str,
    ) -> Result<Option<DeliveryRow>, StoreError> {
        let query = LAST.query().bind(plugin).bind(feed);
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| delivery_row(self.keys, &row)).transpose()
    }

    /// The newest deliveries of all feeds.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where a name does not open.
    pub async fn deliveries(&mut self, limit: u32) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = DELIVERIES.query().bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter()
            .map(|row| delivery_row(self.keys, row))
            .collect()
    }

    /// What became of the rows of a delivery, as far as it was read.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn totals(&mut self, delivery: DeliveryId) -> Result<DeliveryTotals, StoreError> {
        let query = TOTALS.query().bind(delivery.bytes());
        let row = query.fetch_one(self.connection()).await?;
        Ok(DeliveryTotals {
            chunks: row.bytes("chunks")?,
            rows: row.bytes("rows")?,
            recorded: row.bytes("recorded")?,
            revised: row.bytes("revised")?,
            ended: row.bytes("ended")?,
            acknowledged: row.bytes("acknowledged")?,
            duplicates: row.bytes("duplicates")?,
            rejected: row.bytes("rejected")?,
            quarantined: row.bytes("quarantined")?,
            finished: row.plain("finished")?,
            stopped: row.plain("stopped")?,
        })
    }
}

fn state_row(row: &SqliteRow) -> Result<FeedStateRow, StoreError> {
    let pulled: Option<&[u8]> = row.plain("pulled")?;
    Ok(FeedStateRow {
        plugin: row.plain("plugin")?,
        feed: row.plain("feed")?,
        quiet_at: row.instant_or_none("quiet_at")?,
        pull_due_at: row.instant_or_none("pull_due_at")?,
        pull_failures: row.count("pull_failures")?,
        pull_fault: row.plain("pull_fault")?,
        pulled_at: row.instant_or_none("pulled_at")?,
        etag: row.plain("etag")?,
        pulled: pulled
            .map(|pulled| pulled.try_into())
            .transpose()
            .map_err(|_| StoreError::unreadable("pulled"))?,
        changes: Some(row.count("changes")?),
    })
}
