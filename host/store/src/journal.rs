//! The journal of plugin calls, and the intents of their effects.
//!
//! Comes in: the head of a call before it is made, its record after. Goes out:
//! both, to be replayed or shown. Always holds: a call that can act outside the
//! house has its intent durable before it does; what a call carried lies sealed,
//! under its subject's key where it is about one subject; a call is closed once,
//! and evidence from then on. Parts over 16 KiB lie in `blob` under a keyed
//! address, once for each owner however often they come. The bytes are opaque
//! here; `contract` names the generation that can read them.
//!
//! A crash between opening and closing leaves an open call, which says that
//! something may have left the house.
//!
//! Deliberately absent: entries of its own. The event of the transition names
//! the call, and the entry commits to the call's row with its intent.

use crate::{
    columns::Columns,
    content::SubjectSeal,
    error::StoreError,
    keys::hmac,
    objects::Kind,
    seal::{Key, Place, open, seal},
    statements::statements,
    store::Read,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::ids::{CallId, SubjectId};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

statements! {
    OPEN = "INSERT INTO call (id, subject, plugin, digest, contract, function, object_kind,
            object_id, started_at, state, head, head_blob)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', ?10, ?11)";
    INTEND = "INSERT INTO effect_intent (call, step_key, asking) VALUES (?1, ?2, ?3)";
    CLOSE = "UPDATE call SET state = 'closed', outcome = ?2, left_house = ?3, closed_at = ?4,
            record = ?5, record_blob = ?6
        WHERE id = ?1 AND state = 'open'";
    OWNER = "SELECT subject FROM call WHERE id = ?1";
    INSERT_BLOB = "INSERT INTO blob (address, subject, sealed) VALUES (?1, ?2, ?3)
        ON CONFLICT (address) DO NOTHING";
    BLOB = "SELECT sealed FROM blob WHERE address = ?1";
    BY_ID = "SELECT c.*, i.step_key, i.asking FROM call AS c
        LEFT JOIN effect_intent AS i ON i.call = c.id WHERE c.id = ?1";
    OF_STEP = "SELECT c.*, i.step_key, i.asking FROM effect_intent AS i
        JOIN call AS c ON c.id = i.call
        WHERE i.step_key = ?1 ORDER BY c.started_at, c.id";
    STILL_OPEN = "SELECT c.*, i.step_key, i.asking FROM call AS c
        LEFT JOIN effect_intent AS i ON i.call = c.id
        WHERE c.state = 'open' AND c.started_at <= ?1 ORDER BY c.started_at, c.id LIMIT ?2";
}

/// Parts up to this many bytes stand in their row.
const INLINE: usize = 16 * 1024;

/// A call that is about to be made.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// Its id, made by the caller.
    pub id: CallId,
    /// Name of the plugin.
    pub plugin: String,
    /// Digest of the component.
    pub digest: String,
    /// Generation of the contract that the bytes are written in.
    pub contract: String,
    /// The function called.
    pub function: String,
    /// What the call is about.
    pub object: ObjectRef,
    /// The one subject it is about, if it is about one: then its bytes go when
    /// the subject's key does.
    pub subject: Option<SubjectId>,
    /// When it starts, which is the clock of the guest.
    pub started_at: Timestamp,
    /// Arguments, and whatever else a replay needs.
    pub head: Vec<u8>,
    /// Key of the step that it acts on or asks about, if it can act outside.
    pub step_key: Option<String>,
    /// Whether it asks (`query`) and does not act.
    pub asking: bool,
}

/// What became of a call.
#[derive(Debug, Clone)]
pub struct CloseCall {
    /// The call.
    pub id: CallId,
    /// Code of what ended it: `answered`, `trapped`, `timed-out`, …
    pub outcome: String,
    /// Whether anything left the house.
    pub left_house: bool,
    /// When it ended.
    pub closed_at: Timestamp,
    /// The host's answers and the guest's.
    pub record: Vec<u8>,
}

/// A call as the journal has it, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRow {
    /// Its id.
    pub id: CallId,
    /// The one subject it is about.
    pub subject: Option<SubjectId>,
    /// Name of the plugin.
    pub plugin: String,
    /// Digest of the component.
    pub digest: String,
    /// Generation of the contract.
    pub contract: String,
    /// The function called.
    pub function: String,
    /// What the call is about.
    pub object: ObjectRef,
    /// When it started.
    pub started_at: Timestamp,
    /// Key of the step whose intent was written with it.
    pub step_key: Option<String>,
    /// Whether it asks and does not act.
    pub asking: bool,
    /// Code of what ended it; `None` while it is open.
    pub outcome: Option<String>,
    /// Whether anything left the house; `None` while it is open.
    pub left_house: Option<bool>,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
}

/// A part of the journal as it lies in its row.
#[derive(Default)]
struct Part {
    inline: Option<Vec<u8>>,
    blob: Option<[u8; 32]>,
}

impl Write<'_> {
    /// Writes that a call is about to be made and, where it can act outside the
    /// house, its intent. Commit before making it. An event of the same
    /// transaction has to name it.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn open_call(&mut self, call: &OpenCall) -> Result<(), StoreError> {
        let object = ObjectRef::new(Kind::CALL.name, call.id.to_string());
        let head = self
            .keep_part(call.id, call.subject, "head", &call.head)
            .await?;
        OPEN.query()
            .bind(call.id.bytes())
            .bind(call.subject.as_ref().map(SubjectId::bytes))
            .bind(&call.plugin)
            .bind(&call.digest)
            .bind(&call.contract)
            .bind(&call.function)
            .bind(&call.object.kind)
            .bind(&call.object.id)
            .bind(call.started_at.as_millisecond())
            .bind(head.inline)
            .bind(head.blob.as_ref().map(|address| &address[..]))
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        if let Some(key) = &call.step_key {
            let query = INTEND
                .query()
                .bind(call.id.bytes())
                .bind(key)
                .bind(call.asking);
            query.execute(self.connection()).await?;
        }
        self.wrote_call(call.id);
        Ok(())
    }

    /// Writes what became of a call. An event of the same transaction has to name
    /// it.
    ///
    /// # Errors
    /// [`StoreError::NotThere`] without such a call, [`StoreError::Conflict`]
    /// where it is closed already.
    pub async fn close_call(&mut self, close: &CloseCall) -> Result<(), StoreError> {
        let object = || ObjectRef::new(Kind::CALL.name, close.id.to_string());
        let owner = OWNER.query().bind(close.id.bytes());
        let owner = owner.fetch_optional(self.connection()).await?;
        let owner = owner.ok_or_else(|| StoreError::NotThere { object: object() })?;
        let subject = owner.id_or_none("subject")?;
        let record = self
            .keep_part(close.id, subject, "record", &close.record)
            .await?;
        let done = CLOSE
            .query()
            .bind(close.id.bytes())
            .bind(&close.outcome)
            .bind(close.left_house)
            .bind(close.closed_at.as_millisecond())
            .bind(record.inline)
            .bind(record.blob.as_ref().map(|address| &address[..]))
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object: object() });
        }
        self.wrote_call(close.id);
        Ok(())
    }

    /// Writes a call that was made already and could not act outside the house,
    /// such as one of an adapter.
    ///
    /// # Errors
    /// As for [`Self::open_call`] and [`Self::close_call`].
    pub async fn record_call(
        &mut self,
        call: &OpenCall,
        close: &CloseCall,
    ) -> Result<(), StoreError> {
        self.open_call(call).await?;
        self.close_call(close).await
    }

    async fn keep_part(
        &mut self,
        call: CallId,
        owner: Option<SubjectId>,
        column: &'static str,
        bytes: &[u8],
    ) -> Result<Part, StoreError> {
        let key = self.read().owner_key(owner).await?;
        if bytes.len() <= INLINE {
            let inline = seal(&key, part_place(&call, column), bytes)?;
            return Ok(Part {
                inline: Some(inline),
                ..Part::default()
            });
        }
        let owner_bytes = owner.as_ref().map_or(&[][..], SubjectId::bytes);
        let address = hmac(&self.store.keys().index, &[b"blob", owner_bytes, bytes]);
        let sealed = seal(&key, blob_place(&address), bytes)?;
        let query = INSERT_BLOB.query().bind(&address[..]);
        let query = query
            .bind(owner.as_ref().map(SubjectId::bytes))
            .bind(sealed);
        query.execute(self.connection()).await?;
        Ok(Part {
            blob: Some(address),
            ..Part::default()
        })
    }
}

impl Read<'_> {
    /// A call, without its bytes.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn call(&mut self, id: CallId) -> Result<Option<CallRow>, StoreError> {
        let row = BY_ID
            .query()
            .bind(id.bytes())
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(call_row).transpose()
    }

    /// The bytes of a call: its head and, once it is closed, its record.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded,
    /// [`StoreError::NotThere`] without such a call.
    pub async fn call_bytes(
        &mut self,
        id: CallId,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), StoreError> {
        let row = BY_ID
            .query()
            .bind(id.bytes())
            .fetch_optional(self.connection())
            .await?;
        let row = row.ok_or_else(|| StoreError::NotThere {
            object: ObjectRef::new(Kind::CALL.name, id.to_string()),
        })?;
        let key = self.owner_key(row.id_or_none("subject")?).await?;
        let head = self.part(&key, id, "head", "head_blob", &row).await?;
        let head = head.ok_or_else(|| StoreError::unreadable("head"))?;
        Ok((
            head,
            self.part(&key, id, "record", "record_blob", &row).await?,
        ))
    }

    /// The calls that acted on a step or asked about it, in order.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn calls_of_step(&mut self, step_key: &str) -> Result<Vec<CallRow>, StoreError> {
        let rows = OF_STEP
            .query()
            .bind(step_key)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(call_row).collect()
    }

    /// Calls that started by then and are still open.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn open_calls(
        &mut self,
        started_by: Timestamp,
        limit: u32,
    ) -> Result<Vec<CallRow>, StoreError> {
        let query = STILL_OPEN
            .query()
            .bind(started_by.as_millisecond())
            .bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(call_row).collect()
    }

    /// The key that the bytes of a call about `owner` lie under.
    pub(crate) async fn owner_key(&mut self, owner: Option<SubjectId>) -> Result<Key, StoreError> {
        match owner {
            None => Ok(self.keys.house.clone()),
            Some(subject) => {
                let seal: SubjectSeal = self.seal_of(subject).await?;
                Ok(seal.key()?.clone())
            }
        }
    }

    async fn part(
        &mut self,
        key: &Key,
        call: CallId,
        column: &'static str,
        blob: &'static str,
        row: &SqliteRow,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(sealed) = row.plain::<Option<&[u8]>>(column)? {
            return Ok(Some(open(key, part_place(&call, column), sealed)?));
        }
        let Some(address) = row.plain::<Option<&[u8]>>(blob)? else {
            return Ok(None);
        };
        let found = BLOB
            .query()
            .bind(address)
            .fetch_optional(self.connection())
            .await?;
        let found = found.ok_or_else(|| StoreError::unreadable(blob))?;
        Ok(Some(open(
            key,
            blob_place(address),
            found.plain("sealed")?,
        )?))
    }
}

fn call_row(row: &SqliteRow) -> Result<CallRow, StoreError> {
    Ok(CallRow {
        id: row.id("id")?,
        subject: row.id_or_none("subject")?,
        plugin: row.plain("plugin")?,
        digest: row.plain("digest")?,
        contract: row.plain("contract")?,
        function: row.plain("function")?,
        object: ObjectRef::new(
            row.plain::<String>("object_kind")?,
            row.plain::<String>("object_id")?,
        ),
        started_at: row.instant("started_at")?,
        step_key: row.plain("step_key")?,
        asking: row.plain::<Option<bool>>("asking")?.unwrap_or(false),
        outcome: row.plain("outcome")?,
        left_house: row.plain("left_house")?,
        closed_at: row.instant_or_none("closed_at")?,
    })
}

fn part_place<'a>(call: &'a CallId, column: &'a str) -> Place<'a> {
    Place {
        table: "call",
        row: call.bytes(),
        column,
    }
}

pub(crate) fn blob_place(address: &[u8]) -> Place<'_> {
    Place {
        table: "blob",
        row: address,
        column: "sealed",
    }
}
