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
    orders::list_of,
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
use std::collections::{BTreeMap, BTreeSet};

statements! {
    OPEN = "INSERT INTO call (id, subject, plugin, digest, contract, function, object_kind,
            object_id, started_at, state, head, head_blob)
        SELECT unhex(value ->> 'id'), unhex(value ->> 'subject'), value ->> 'plugin',
            value ->> 'digest', value ->> 'contract', value ->> 'function',
            value ->> 'object_kind', value ->> 'object_id', value ->> 'started_at', 'open',
            unhex(value ->> 'inline'), unhex(value ->> 'blob')
        FROM jsonb_each(?1) ORDER BY key";
    INTEND = "INSERT INTO effect_intent (call, step_key, asking)
        SELECT unhex(value ->> 'id'), value ->> 'step_key', value ->> 'asking'
        FROM jsonb_each(?1) WHERE value ->> 'step_key' IS NOT NULL ORDER BY key";
    CLOSE = "UPDATE call SET state = 'closed', outcome = w.value ->> 'outcome',
            left_house = w.value ->> 'left_house', closed_at = w.value ->> 'closed_at',
            record = unhex(w.value ->> 'inline'), record_blob = unhex(w.value ->> 'blob')
        FROM jsonb_each(?1) AS w
        WHERE call.id = unhex(w.value ->> 'id') AND call.state = 'open'";
    OWNERS = "SELECT c.id, c.subject, c.state FROM json_each(?1) AS w CROSS JOIN call AS c
        WHERE c.id = unhex(w.value)";
    INSERT_BLOB = "INSERT INTO blob (address, subject, sealed) VALUES (?1, ?2, ?3)
        ON CONFLICT (address) DO NOTHING";
    BLOB = "SELECT sealed FROM blob WHERE address = ?1";
    BY_ID = "SELECT c.*, i.step_key, i.asking FROM call AS c
        LEFT JOIN effect_intent AS i ON i.call = c.id WHERE c.id = ?1";
    OF_STEP = "SELECT c.*, i.step_key, i.asking FROM effect_intent AS i
        JOIN call AS c ON c.id = i.call
        WHERE i.step_key = ?1 ORDER BY c.started_at, c.id";
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
    inline: Option<String>,
    blob: Option<String>,
}

/// A new call as a statement over a set takes it.
#[derive(Serialize)]
struct OpenCells<'a> {
    id: String,
    subject: Option<String>,
    plugin: &'a str,
    digest: &'a str,
    contract: &'a str,
    function: &'a str,
    object_kind: &'a str,
    object_id: &'a str,
    started_at: i64,
    inline: Option<String>,
    blob: Option<String>,
    step_key: Option<&'a str>,
    asking: u8,
}

/// The end of a call as a statement over a set takes it.
#[derive(Serialize)]
struct CloseCells<'a> {
    id: String,
    outcome: &'a str,
    left_house: u8,
    closed_at: i64,
    inline: Option<String>,
    blob: Option<String>,
}

impl Write<'_> {
    /// Writes that a call is about to be made and, where it can act outside the
    /// house, its intent. Commit before making it. An event of the same
    /// transaction has to name it.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn open_call(&mut self, call: &OpenCall) -> Result<(), StoreError> {
        self.open_calls(std::slice::from_ref(call)).await
    }

    /// The same for many calls.
    ///
    /// # Errors
    /// As for [`Self::open_call`]; nothing of the set may be committed then.
    pub async fn open_calls(&mut self, calls: &[OpenCall]) -> Result<(), StoreError> {
        let Some(first) = calls.first() else {
            return Ok(());
        };
        let keys = self
            .owner_keys(calls.iter().map(|call| call.subject))
            .await?;
        let mut cells = Vec::with_capacity(calls.len());
        for call in calls {
            let key = &keys[&call.subject];
            let head = self
                .keep_part(call.id, call.subject, key, "head", &call.head)
                .await?;
            cells.push(OpenCells {
                id: call.id.to_string(),
                subject: call.subject.map(|subject| subject.to_string()),
                plugin: &call.plugin,
                digest: &call.digest,
                contract: &call.contract,
                function: &call.function,
                object_kind: &call.object.kind,
                object_id: &call.object.id,
                started_at: call.started_at.as_millisecond(),
                inline: head.inline,
                blob: head.blob,
                step_key: call.step_key.as_deref(),
                asking: call.asking.into(),
            });
        }
        let cells = serde_json::to_string(&cells)?;
        let object = ObjectRef::new(Kind::CALL.name, first.id.to_string());
        OPEN.query()
            .bind(&cells)
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        if calls.iter().any(|call| call.step_key.is_some()) {
            INTEND
                .query()
                .bind(&cells)
                .execute(self.connection())
                .await?;
        }
        calls.iter().for_each(|call| self.wrote_call(call.id));
        Ok(())
    }

    /// Writes what became of a call. An event of the same transaction has to name
    /// it.
    ///
    /// # Errors
    /// [`StoreError::NotThere`] without such a call, [`StoreError::Conflict`]
    /// where it is closed already.
    pub async fn close_call(&mut self, close: &CloseCall) -> Result<(), StoreError> {
        let closed = self.close_calls(std::slice::from_ref(close)).await?;
        match closed.is_empty() {
            false => Ok(()),
            true => Err(StoreError::Conflict {
                object: ObjectRef::new(Kind::CALL.name, close.id.to_string()),
            }),
        }
    }

    /// Writes what became of those of these calls that are still open, and gives
    /// their ids. An event of the same transaction has to name each of them.
    ///
    /// # Errors
    /// [`StoreError::NotThere`] without such a call.
    pub async fn close_calls(
        &mut self,
        calls: &[CloseCall],
    ) -> Result<BTreeSet<CallId>, StoreError> {
        let mut owners = BTreeMap::new();
        let mut open = BTreeSet::new();
        let query = OWNERS
            .query()
            .bind(list_of(calls.iter().map(|call| call.id))?);
        for row in query.fetch_all(self.connection()).await? {
            let id: CallId = row.id("id")?;
            owners.insert(id, row.id_or_none::<SubjectId>("subject")?);
            if row.plain::<&str>("state")? == "open" {
                open.insert(id);
            }
        }
        let keys = self.owner_keys(owners.values().copied()).await?;
        let mut cells = Vec::with_capacity(calls.len());
        for call in calls {
            let owner = *owners.get(&call.id).ok_or_else(|| StoreError::NotThere {
                object: ObjectRef::new(Kind::CALL.name, call.id.to_string()),
            })?;
            if !open.contains(&call.id) {
                continue;
            }
            let key = &keys[&owner];
            let record = self
                .keep_part(call.id, owner, key, "record", &call.record)
                .await?;
            cells.push(CloseCells {
                id: call.id.to_string(),
                outcome: &call.outcome,
                left_house: call.left_house.into(),
                closed_at: call.closed_at.as_millisecond(),
                inline: record.inline,
                blob: record.blob,
            });
        }
        if !cells.is_empty() {
            let cells = serde_json::to_string(&cells)?;
            CLOSE.query().bind(cells).execute(self.connection()).await?;
        }
        open.iter().for_each(|call| self.wrote_call(*call));
        Ok(open)
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

    /// The keys that the bytes of calls about these owners lie under.
    async fn owner_keys(
        &mut self,
        owners: impl Iterator<Item = Option<SubjectId>> + Clone,
    ) -> Result<BTreeMap<Option<SubjectId>, Key>, StoreError> {
        let mut keys = BTreeMap::from([(None, self.store.keys().house.clone())]);
        let subjects: BTreeSet<_> = owners.flatten().collect();
        if !subjects.is_empty() {
            for (id, seal) in self.read().seals(subjects).await? {
                keys.insert(Some(id), seal.key()?.clone());
            }
        }
        Ok(keys)
    }

    async fn keep_part(
        &mut self,
        call: CallId,
        owner: Option<SubjectId>,
        key: &Key,
        column: &'static str,
        bytes: &[u8],
    ) -> Result<Part, StoreError> {
        if bytes.len() <= INLINE {
            let inline = seal(key, part_place(&call, column), bytes)?;
            return Ok(Part {
                inline: Some(hex::encode(inline)),
                ..Part::default()
            });
        }
        let owner_bytes = owner.as_ref().map_or(&[][..], SubjectId::bytes);
        let address = hmac(&self.store.keys().index, &[b"blob", owner_bytes, bytes]);
        let sealed = seal(key, blob_place(&address), bytes)?;
        let query = INSERT_BLOB.query().bind(&address[..]);
        let query = query
            .bind(owner.as_ref().map(SubjectId::bytes))
            .bind(sealed);
        query.execute(self.connection()).await?;
        Ok(Part {
            blob: Some(hex::encode(address)),
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
