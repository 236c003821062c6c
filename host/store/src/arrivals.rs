//! Files that arrived by themselves, and what became of each.
//!
//! Comes in: a file that lies whole where it can be read. Goes out: those that
//! wait, and what is known of a file of a watched folder. Always holds: an
//! arrival is written before its file is read and before its sender is told; one
//! file of a folder has one arrival, so a crash after it was read and before it
//! was moved away reads it no second time. Deliberately absent: the files.

use crate::{
    columns::Columns,
    entry::EventDraft,
    error::StoreError,
    keys::{KeyRing, hmac},
    objects::Kind,
    rows::{ArrivalRow, ArrivalSource, ArrivalState},
    seal::{Place, open, seal},
    statements::statements,
    store::Read,
    write::Write,
};
use credence_domain::ids::{ArrivalId, DeliveryId, TokenId};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO arrival (id, plugin, feed, source, sealed_name, mark, size, token, state,
            due_at, tries, arrived_at, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting', ?9, 0, ?9, ?9, 0)";
    UPDATE = "UPDATE arrival SET state = ?3, due_at = ?4, tries = ?5, delivery = ?6,
            sealed_fault = ?7, updated_at = ?8, fault_code = ?9, changes = changes + 1
        WHERE id = ?1 AND changes = ?2 AND state = 'waiting'";
    BY_ID = "SELECT * FROM arrival WHERE id = ?1";
    BY_MARK = "SELECT * FROM arrival WHERE mark = ?1";
    DUE = "SELECT * FROM arrival WHERE due_at <= ?1 AND source != 'folder'
        ORDER BY due_at, id LIMIT ?2";
    WAITS = "SELECT 1 AS waits FROM arrival
        WHERE due_at IS NOT NULL AND plugin = ?1 AND feed = ?2 AND source = ?3 LIMIT 1";
}

/// A file that has arrived.
#[derive(Debug, Clone)]
pub struct NewArrival {
    /// Its id, made by the caller.
    pub id: ArrivalId,
    /// The plugin whose feed it is.
    pub plugin: String,
    /// Name of the feed.
    pub feed: String,
    /// By which way it came.
    pub source: ArrivalSource,
    /// What the sender calls it.
    pub name: String,
    /// What tells this file of a folder from every other, one that took its place
    /// included. Only of a folder.
    pub mark: Option<Vec<u8>>,
    /// Its bytes.
    pub size: u64,
    /// The token that it was uploaded with. Only of an upload.
    pub token: Option<TokenId>,
}

impl ArrivalSource {
    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Upload => "upload",
            Self::Pull => "pull",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Folder, Self::Upload, Self::Pull]
            .into_iter()
            .find(|source| source.code() == code)
    }
}

impl ArrivalState {
    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Waiting, Self::Read, Self::Failed]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

impl Write<'_> {
    /// Writes that a file has arrived; it is due at once.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id or the mark is taken.
    pub async fn insert_arrival(
        &mut self,
        new: &NewArrival,
        event: &EventDraft,
    ) -> Result<ArrivalRow, StoreError> {
        let keys = self.store.keys();
        let name = seal(
            &keys.house,
            place(&new.id, "sealed_name"),
            new.name.as_bytes(),
        )?;
        let mark = new.mark.as_ref().map(|mark| keyed(keys, mark));
        let object = credence_audit::ObjectRef::new(Kind::ARRIVAL.name, new.id.to_string());
        INSERT
            .query()
            .bind(new.id.bytes())
            .bind(&new.plugin)
            .bind(&new.feed)
            .bind(new.source.code())
            .bind(name)
            .bind(mark.as_ref().map(|mark| &mark[..]))
            .bind(i64::try_from(new.size).unwrap_or(i64::MAX))
            .bind(new.token.as_ref().map(TokenId::bytes))
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        self.changed(Kind::ARRIVAL, object.id, None, event).await?;
        let row = self.read().arrival(new.id).await?;
        row.ok_or_else(|| StoreError::unreadable("arrival"))
    }

    /// Writes what became of an arrival that waited: its state, when it is due
    /// again, tries, delivery and fault. Gives the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read.
    pub async fn update_arrival(
        &mut self,
        mut row: ArrivalRow,
        event: &EventDraft,
    ) -> Result<ArrivalRow, StoreError> {
        let object = row.object();
        let before = self.before(Kind::ARRIVAL, &object.id).await?;
        let key = &self.store.keys().house;
        let fault = row.fault.as_ref();
        let fault = fault.map(|text| seal(key, place(&row.id, "sealed_fault"), text.as_bytes()));
        let fault = fault.transpose()?;
        let done = UPDATE
            .query()
            .bind(row.id.bytes())
            .bind(row.changes)
            .bind(row.state.code())
            .bind(row.due_at.map(Timestamp::as_millisecond))
            .bind(row.tries)
            .bind(row.delivery.as_ref().map(DeliveryId::bytes))
            .bind(fault)
            .bind(event.at.as_millisecond())
            .bind(&row.fault_code)
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::ARRIVAL, object.id, before, event)
            .await?;
        row.changes += 1;
        row.updated_at = event.at;
        Ok(row)
    }
}

impl Read<'_> {
    /// An arrival.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where its name does not open.
    pub async fn arrival(&mut self, id: ArrivalId) -> Result<Option<ArrivalRow>, StoreError> {
        let query = BY_ID.query().bind(id.bytes());
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| arrival_row(self.keys, &row)).transpose()
    }

    /// The arrival of a file of a watched folder.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where its name does not open.
    pub async fn arrival_by_mark(&mut self, mark: &[u8]) -> Result<Option<ArrivalRow>, StoreError> {
        let mark = keyed(self.keys, mark);
        let query = BY_MARK.query().bind(&mark[..]);
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| arrival_row(self.keys, &row)).transpose()
    }

    /// Whether an arrival of a feed waits that came by this way.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn waits(
        &mut self,
        plugin: &str,
        feed: &str,
        source: ArrivalSource,
    ) -> Result<bool, StoreError> {
        let query = WAITS.query().bind(plugin).bind(feed).bind(source.code());
        Ok(query.fetch_optional(self.connection()).await?.is_some())
    }

    /// Arrivals in the spool that are due, the longest first. Those in folders are
    /// found by looking there.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where a name does not open.
    pub async fn due_arrivals(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ArrivalRow>, StoreError> {
        let query = DUE.query().bind(now.as_millisecond()).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| arrival_row(self.keys, row)).collect()
    }
}

fn arrival_row(keys: &KeyRing, row: &SqliteRow) -> Result<ArrivalRow, StoreError> {
    let id = row.id("id")?;
    let opened = |column, sealed: &[u8]| -> Result<String, StoreError> {
        let text = open(&keys.house, place(&id, column), sealed)?;
        String::from_utf8(text).map_err(|_| StoreError::unreadable(column))
    };
    let fault: Option<&[u8]> = row.plain("sealed_fault")?;
    Ok(ArrivalRow {
        plugin: row.plain("plugin")?,
        feed: row.plain("feed")?,
        source: row.word("source", ArrivalSource::from_code)?,
        name: opened("sealed_name", row.plain("sealed_name")?)?,
        size: row.bytes("size")?,
        token: row.id_or_none("token")?,
        state: row.word("state", ArrivalState::from_code)?,
        due_at: row.instant_or_none("due_at")?,
        tries: row.count("tries")?,
        delivery: row.id_or_none("delivery")?,
        fault_code: row.plain("fault_code")?,
        fault: fault
            .map(|fault| opened("sealed_fault", fault))
            .transpose()?,
        arrived_at: row.instant("arrived_at")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
        id,
    })
}

fn keyed(keys: &KeyRing, mark: &[u8]) -> [u8; 32] {
    hmac(&keys.index, &[b"arrival", mark])
}

fn place<'a>(id: &'a ArrivalId, column: &'a str) -> Place<'a> {
    Place {
        table: "arrival",
        row: id.bytes(),
        column,
    }
}
