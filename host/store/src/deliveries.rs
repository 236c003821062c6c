//! Deliveries of feeds, and how far each has been read.
//!
//! Comes in: a delivery as it arrived. Goes out: where to go on, and the lines
//! that made no record. Always holds: a delivery and its chunks never change once
//! written; the one thing that does is the carry, which the next chunk replaces
//! in its own transaction. So a crash between two chunks leaves a delivery that
//! goes on where it stopped. A delivery of the same bytes is found by their
//! digest, which lies keyed, because a short file could be guessed.
//!
//! Deliberately absent: writing chunks (`ingest`), and the delivered file itself.

use crate::{
    columns::Columns,
    entry::EventDraft,
    error::StoreError,
    ingest::LineKind,
    keys::{KeyRing, hmac},
    objects::Kind,
    rows::{ChunkRow, DeliveryRow, LineRow},
    seal::{Place, open, seal},
    statements::statements,
    store::Read,
    waiting::{again_text, words},
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::{ids::DeliveryId, record::Statement, time::civil_date};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO delivery (id, plugin, feed, sealed_name, digest, department, region,
            received_at, received_on)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    BY_ID = "SELECT * FROM delivery WHERE id = ?1";
    BY_DIGEST = "SELECT * FROM delivery WHERE plugin = ?1 AND feed = ?2 AND digest = ?3
        ORDER BY received_at DESC, id DESC LIMIT 1";
    CHUNKS = "SELECT * FROM chunk WHERE delivery = ?1 ORDER BY number";
    LAST_CHUNK = "SELECT c.*, y.sealed AS carry FROM chunk AS c
        LEFT JOIN delivery_carry AS y ON y.delivery = c.delivery AND y.number = c.number
        WHERE c.delivery = ?1 ORDER BY c.number DESC LIMIT 1";
    LINES = "SELECT l.*, a.attempt, a.kind AS again_kind, a.field AS again_field,
            a.rule AS again_rule, a.sealed AS again, a.entry AS again_entry
        FROM delivery_line AS l LEFT JOIN line_again AS a
            ON a.delivery = l.delivery AND a.chunk = l.chunk AND a.place = l.place
            AND a.attempt = (SELECT max(n.attempt) FROM line_again AS n
                WHERE n.delivery = l.delivery AND n.chunk = l.chunk AND n.place = l.place)
        WHERE l.delivery = ?1 AND (l.chunk, l.place) > (?3, ?4)
        ORDER BY l.chunk, l.place LIMIT ?2";
}

/// A delivery that has arrived.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its id, made by the caller.
    pub id: DeliveryId,
    /// The plugin that reads it.
    pub plugin: String,
    /// Name of the feed.
    pub feed: String,
    /// Name of the file or message.
    pub name: String,
    /// SHA-256 over its bytes as they arrived.
    pub digest: [u8; 32],
    /// The department it came from.
    pub department: String,
    /// Its region.
    pub region: String,
}

/// How far a delivery has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Number of the next chunk, from 1.
    pub next_chunk: u32,
    /// Number of the first row not yet finished, from 1.
    pub next_row: u32,
    /// Bytes of the text, decoded and in UTF-8, that were read.
    pub reached: u64,
    /// What the last chunk handed on.
    pub carry: String,
    /// Nothing is left to read.
    pub finished: bool,
    /// Code of the reason for which the rest was set aside.
    pub stopped: Option<String>,
}

/// Where a line stands in its delivery. The default is before all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinePlace {
    /// The chunk.
    pub chunk: u32,
    /// The place in it.
    pub place: u32,
}

/// What lies sealed in a line.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct LineWords {
    pub(crate) text: String,
    pub(crate) statement: Option<Statement>,
}

impl Write<'_> {
    /// Writes down that a delivery has arrived, at the event's instant.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn open_delivery(
        &mut self,
        new: &NewDelivery,
        event: &EventDraft,
    ) -> Result<DeliveryRow, StoreError> {
        let object = ObjectRef::new(Kind::DELIVERY.name, new.id.to_string());
        let keys = self.store.keys();
        let name = seal(&keys.house, name_place(&new.id), new.name.as_bytes())?;
        let received_on = civil_date(event.at);
        INSERT
            .query()
            .bind(new.id.bytes())
            .bind(&new.plugin)
            .bind(&new.feed)
            .bind(name)
            .bind(&keyed(keys, &new.digest)[..])
            .bind(&new.department)
            .bind(&new.region)
            .bind(event.at.as_millisecond())
            .bind(received_on.to_string())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        self.changed(Kind::DELIVERY, object.id, None, event).await?;
        self.read()
            .delivery(new.id)
            .await?
            .ok_or_else(|| StoreError::unreadable("delivery"))
    }
}

impl Read<'_> {
    /// A delivery.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn delivery(&mut self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        let row = BY_ID
            .query()
            .bind(id.bytes())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| delivery_row(self.keys, &row)).transpose()
    }

    /// The newest delivery of a feed with these bytes.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn delivery_by_digest(
        &mut self,
        plugin: &str,
        feed: &str,
        digest: &[u8; 32],
    ) -> Result<Option<DeliveryRow>, StoreError> {
        let digest = keyed(self.keys, digest);
        let query = BY_DIGEST.query().bind(plugin).bind(feed).bind(&digest[..]);
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| delivery_row(self.keys, &row)).transpose()
    }

    /// The chunks of a delivery, in order.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn chunks(&mut self, delivery: DeliveryId) -> Result<Vec<ChunkRow>, StoreError> {
        let query = CHUNKS.query().bind(delivery.bytes());
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(chunk_row).collect()
    }

    /// Where to go on with a delivery.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where the carry does not open.
    pub async fn progress(&mut self, delivery: DeliveryId) -> Result<Progress, StoreError> {
        let query = LAST_CHUNK.query().bind(delivery.bytes());
        let Some(row) = query.fetch_optional(self.connection()).await? else {
            return Ok(Progress {
                next_chunk: 1,
                next_row: 1,
                reached: 0,
                carry: String::new(),
                finished: false,
                stopped: None,
            });
        };
        let chunk = chunk_row(&row)?;
        let carry = match row.plain::<Option<&[u8]>>("carry")? {
            None => Vec::new(),
            Some(sealed) => {
                let place = carry_row(delivery, chunk.number);
                open(&self.keys.house, carry_place(&place), sealed)?
            }
        };
        Ok(Progress {
            next_chunk: chunk.number + 1,
            next_row: chunk.first_row + chunk.rows,
            reached: chunk.reached,
            carry: String::from_utf8(carry).map_err(|_| StoreError::unreadable("carry"))?,
            finished: chunk.last,
            stopped: chunk.stopped,
        })
    }

    /// Lines of a delivery that made no record, and what became of them since; at
    /// most `limit` of those behind a place.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where a line does not open.
    pub async fn lines(
        &mut self,
        delivery: DeliveryId,
        behind: LinePlace,
        limit: u32,
    ) -> Result<Vec<LineRow>, StoreError> {
        let query = LINES.query().bind(delivery.bytes()).bind(limit);
        let query = query.bind(behind.chunk).bind(behind.place);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter()
            .map(|row| line_row(self.keys, delivery, row))
            .collect()
    }
}

pub(crate) fn delivery_row(keys: &KeyRing, row: &SqliteRow) -> Result<DeliveryRow, StoreError> {
    let id = row.id("id")?;
    let name = open(&keys.house, name_place(&id), row.plain("sealed_name")?)?;
    Ok(DeliveryRow {
        id,
        plugin: row.plain("plugin")?,
        feed: row.plain("feed")?,
        name: String::from_utf8(name).map_err(|_| StoreError::unreadable("sealed_name"))?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        received_at: row.instant("received_at")?,
        received_on: row.day("received_on")?,
    })
}

pub(crate) fn chunk_row(row: &SqliteRow) -> Result<ChunkRow, StoreError> {
    Ok(ChunkRow {
        delivery: row.id("delivery")?,
        number: row.count("number")?,
        first_row: row.count("first_row")?,
        rows: row.count("rows")?,
        reached: row.bytes("reached")?,
        last: row.plain("last")?,
        stopped: row.plain("stopped")?,
        recorded: row.count("recorded")?,
        revised: row.count("revised")?,
        ended: row.count("ended")?,
        acknowledged: row.count("acknowledged")?,
        duplicates: row.count("duplicates")?,
        rejected: row.count("rejected")?,
        quarantined: row.count("quarantined")?,
        call: row.id_or_none("call")?,
        rows_root: row.plain("rows_root")?,
        committed_at: row.instant("committed_at")?,
    })
}

fn line_row(keys: &KeyRing, delivery: DeliveryId, row: &SqliteRow) -> Result<LineRow, StoreError> {
    let (chunk, place) = (row.count("chunk")?, row.count("place")?);
    let at = line_row_name(delivery, chunk, place);
    let first = words(keys, line_place(&at), row.plain("sealed")?)?;
    let line = LineRow {
        chunk,
        place,
        row: row.count("row")?,
        kind: row.word("kind", LineKind::from_code)?,
        field: row.plain("field")?,
        rule: row.plain("rule")?,
        text: first.text,
        statement: first.statement,
        entry: row.id("entry")?,
    };
    let Some(attempt) = row.plain::<Option<u32>>("attempt")? else {
        return Ok(line);
    };
    let again: Option<&[u8]> = row.plain("again")?;
    Ok(LineRow {
        kind: row.word("again_kind", LineKind::from_code)?,
        field: row.plain("again_field")?,
        rule: row
            .plain::<Option<String>>("again_rule")?
            .unwrap_or_default(),
        text: again_text(keys, delivery, (chunk, place, attempt), again)?,
        entry: row.id("again_entry")?,
        ..line
    })
}

fn keyed(keys: &KeyRing, digest: &[u8; 32]) -> [u8; 32] {
    hmac(&keys.index, &[b"delivery", digest])
}

fn name_place(id: &DeliveryId) -> Place<'_> {
    Place {
        table: "delivery",
        row: id.bytes(),
        column: "sealed_name",
    }
}

pub(crate) fn carry_row(delivery: DeliveryId, chunk: u32) -> Vec<u8> {
    [delivery.bytes(), &chunk.to_be_bytes()].concat()
}

pub(crate) fn carry_place(row: &[u8]) -> Place<'_> {
    Place {
        table: "delivery_carry",
        row,
        column: "sealed",
    }
}

pub(crate) fn line_row_name(delivery: DeliveryId, chunk: u32, place: u32) -> Vec<u8> {
    [delivery.bytes(), &chunk.to_be_bytes(), &place.to_be_bytes()].concat()
}

pub(crate) fn line_place(row: &[u8]) -> Place<'_> {
    Place {
        table: "delivery_line",
        row,
        column: "sealed",
    }
}
