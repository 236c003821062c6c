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
    entry::WrittenCall,
    error::StoreError,
    insert::{Table, Value, insert},
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
use std::collections::{BTreeMap, BTreeSet};

statements! {
    OPEN = insert!(one: "call (id, subject, plugin, digest, contract, function, object_kind,
            object_id, started_at, state, head, head_blob)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    OPEN_MANY = insert!(many: "call (id, subject, plugin, digest, contract, function, object_kind,
            object_id, started_at, state, head, head_blob)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    INTEND = insert!(one: "effect_intent (call, step_key, asking)", "(?, ?, ?)");
    INTEND_MANY = insert!(many: "effect_intent (call, step_key, asking)", "(?, ?, ?)");
    CLOSE = "UPDATE call SET state = 'closed', outcome = w.value ->> 'outcome',
            left_house = w.value ->> 'left_house', closed_at = w.value ->> 'closed_at',
            record = unhex(w.value ->> 'record'), record_blob = unhex(w.value ->> 'record_blob')
        FROM jsonb_each(?1) AS w
        WHERE call.id = unhex(w.value ->> 'id') AND call.state = 'open'";
    INSERT_BLOB = "INSERT INTO blob (address, subject, sealed) VALUES (?1, ?2, ?3)
        ON CONFLICT (address) DO NOTHING";
    BLOB = "SELECT sealed FROM blob WHERE address = ?1";
    STATE = "SELECT state = 'open' AS is_open FROM call WHERE id = ?1";
    BY_ID = "SELECT c.*, i.step_key, i.asking FROM call AS c
        LEFT JOIN effect_intent AS i ON i.call = c.id WHERE c.id = ?1";
    OF_STEP = "SELECT c.*, i.step_key, i.asking FROM effect_intent AS i
        JOIN call AS c ON c.id = i.call
        WHERE i.step_key = ?1 ORDER BY c.started_at, c.id";
}

pub(crate) static CALLS: Table = Table {
    name: "call",
    key: 1,
    uncovered: None,
    one: OPEN,
    many: OPEN_MANY,
};

pub(crate) static INTENTS: Table = Table {
    name: "effect_intent",
    key: 1,
    uncovered: None,
    one: INTEND,
    many: INTEND_MANY,
};

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

/// A part of the journal as it lies in its row: itself, or its address.
enum Part {
    Inline(Vec<u8>),
    Blob([u8; 32]),
}

/// The end of a call as a statement over a set takes it.
#[derive(Serialize)]
struct CloseCells<'a> {
    id: String,
    outcome: &'a str,
    left_house: u8,
    closed_at: i64,
    record: Option<String>,
    record_blob: Option<String>,
}

impl<'a> CloseCells<'a> {
    fn new(call: &'a CloseCall, record: &Part) -> Self {
        let (record, record_blob) = match record {
            Part::Inline(sealed) => (Some(hex::encode(sealed)), None),
            Part::Blob(address) => (None, Some(hex::encode(address))),
        };
        Self {
            id: call.id.to_string(),
            outcome: &call.outcome,
            left_house: call.left_house.into(),
            closed_at: call.closed_at.as_millisecond(),
            record,
            record_blob,
        }
    }
}

impl Part {
    /// The values of the two columns.
    fn into_values(self) -> [Value; 2] {
        match self {
            Self::Inline(sealed) => [Value::bytes(sealed), Value::Null],
            Self::Blob(address) => [Value::Null, Value::bytes(address)],
        }
    }
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
        let owners = calls.iter().map(|call| call.subject);
        let keys = self.owner_keys(owners).await?;
        let (mut rows, mut intents) = (Vec::with_capacity(calls.len()), Vec::new());
        for call in calls {
            let key = &keys[&call.subject];
            let part = self.keep_part(call.id, call.subject, key, "head", &call.head);
            let [head, head_blob] = part.await?.into_values();
            let row = vec![
                Value::bytes(call.id.bytes()),
                Value::or_null(call.subject.as_ref().map(SubjectId::bytes)),
                call.plugin.as_str().into(),
                call.digest.as_str().into(),
                call.contract.as_str().into(),
                call.function.as_str().into(),
                call.object.kind.as_str().into(),
                call.object.id.as_str().into(),
                call.started_at.into(),
                "open".into(),
                head,
                head_blob,
            ];
            let mut written: Vec<_> = OPEN.columns().zip(row.iter().cloned()).collect();
            if let Some(step) = &call.step_key {
                let [step, asking] = [step.as_str().into(), Value::from(call.asking)];
                intents.push(vec![row[0].clone(), step.clone(), asking.clone()]);
                written.extend([("intent_step_key", step), ("intent_asking", asking)]);
            }
            self.wrote_call(call.id, WrittenCall { row: None, written });
            rows.push(row);
        }
        let object = ObjectRef::new(Kind::CALL.name, first.id.to_string());
        self.insert_rows(&CALLS, &rows, &object).await?;
        self.insert_rows(&INTENTS, &intents, &object).await
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
        let ids: Vec<_> = calls.iter().map(|call| call.id.to_string()).collect();
        let mut rows = Kind::CALL.rows(self.connection(), &ids).await?;
        let mut owners = BTreeMap::new();
        for (call, id) in calls.iter().zip(ids) {
            let row = rows.remove(&id).ok_or_else(|| StoreError::NotThere {
                object: ObjectRef::new(Kind::CALL.name, id),
            })?;
            if row.plain::<&str>("state")? == "open" {
                owners.insert(call.id, (row.id_or_none("subject")?, row));
            }
        }
        let subjects = owners.values().map(|(owner, _)| *owner);
        let keys = self.owner_keys(subjects).await?;
        let mut cells = Vec::with_capacity(calls.len());
        let mut open = BTreeSet::new();
        for call in calls {
            let Some((owner, row)) = owners.remove(&call.id) else {
                continue;
            };
            let part = self.keep_part(call.id, owner, &keys[&owner], "record", &call.record);
            let part = part.await?;
            cells.push(CloseCells::new(call, &part));
            let [record, record_blob] = part.into_values();
            let written = vec![
                ("state", "closed".into()),
                ("outcome", call.outcome.as_str().into()),
                ("left_house", call.left_house.into()),
                ("closed_at", call.closed_at.into()),
                ("record", record),
                ("record_blob", record_blob),
            ];
            let row = Some(row);
            self.wrote_call(call.id, WrittenCall { row, written });
            open.insert(call.id);
        }
        if !cells.is_empty() {
            let cells = serde_json::to_string(&cells)?;
            CLOSE.query().bind(cells).execute(self.connection()).await?;
        }
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
            return Ok(Part::Inline(inline));
        }
        let owner_bytes = owner.as_ref().map_or(&[][..], SubjectId::bytes);
        let address = hmac(&self.store.keys().index, &[b"blob", owner_bytes, bytes]);
        let sealed = seal(key, blob_place(&address), bytes)?;
        let query = INSERT_BLOB.query().bind(&address[..]);
        let query = query
            .bind(owner.as_ref().map(SubjectId::bytes))
            .bind(sealed);
        query.execute(self.connection()).await?;
        Ok(Part::Blob(address))
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

    /// Whether a call is still open; `None` without such a call.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn is_open(&mut self, id: CallId) -> Result<Option<bool>, StoreError> {
        let query = STATE.query().bind(id.bytes());
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| row.plain("is_open")).transpose()
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
