//! One chunk of a delivery, committed whole.
//!
//! Comes in: what the chunk's lines came to, already bound to subjects. Goes out:
//! versions of records, ended records, lines that made none, and the chunk's own
//! row, under one audit entry with a root over all of them. Always holds: the
//! number of statements does not depend on the number of lines; a version follows
//! on the one before it, or the whole chunk is refused; carry and rows commit
//! together, so that a crash repeats the chunk or goes on behind it, and never
//! does half of it.
//!
//! Deliberately absent: deciding what is new, duplicate or to be quarantined.

use crate::{
    deliveries::{LineWords, carry_place, carry_row, line_place, line_row_name},
    entry::{Drawn, EventDraft, draw},
    error::StoreError,
    insert::{Table, Value, insert},
    keys::KeyRing,
    objects::Kind,
    records::ContentDigest,
    rows::{ChunkRow, DeliveryRow},
    seal::seal,
    statements::statements,
    versions::{Shared, VersionRow, pointers},
    waiting::Awaited,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::{
    ids::{CallId, DeliveryId, RecordId, SubjectId},
    record::{CreditRecord, Ending, Statement},
};
use serde::Serialize;
use std::collections::BTreeSet;

pub use crate::records::KnownRecord;

statements! {
    INSERT_VERSION = insert!(one: "record_version (subject, record, version, kind, subject_kind,
            plugin, source_ref, department, region, item, disclosure, decided_on, valid_from,
            valid_until, published_until, effective_on, revised_at, digest, content,
            sealed_persons, delivery, row, recorded_at, entry)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    INSERT_VERSIONS = insert!(many: "record_version (subject, record, version, kind, subject_kind,
            plugin, source_ref, department, region, item, disclosure, decided_on, valid_from,
            valid_until, published_until, effective_on, revised_at, digest, content,
            sealed_persons, delivery, row, recorded_at, entry)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    INSERT_RECORD = insert!(one: "record (subject, id, plugin, source_ref, state, version,
            stated_version, digest, revised_at)", "(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    INSERT_RECORDS = insert!(many: "record (subject, id, plugin, source_ref, state, version,
            stated_version, digest, revised_at)", "(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    MOVE_RECORDS = "UPDATE record SET state = w.value ->> 'state', version = w.value ->> 'version',
            stated_version = coalesce(w.value ->> 'stated', stated_version),
            digest = coalesce(unhex(w.value ->> 'digest'), digest),
            revised_at = CASE WHEN w.value ->> 'stated' IS NULL THEN revised_at
                ELSE w.value ->> 'revised_at' END
        FROM jsonb_each(?1) AS w
        WHERE record.subject = unhex(w.value ->> 'subject')
            AND record.id = unhex(w.value ->> 'record')
            AND record.version = w.value ->> 'base' AND record.state = 'current'";
    INSERT_LINES = "INSERT INTO delivery_line (delivery, chunk, place, row, kind, field, rule,
            sealed, entry)
        SELECT ?2, ?3, key, value ->> 'row', value ->> 'kind', value ->> 'field',
            value ->> 'rule', unhex(value ->> 'sealed'), ?4
        FROM jsonb_each(?1)";
    INSERT_CHUNK = "INSERT INTO chunk (delivery, number, first_row, rows, last, stopped, recorded,
            revised, ended, duplicates, rejected, quarantined, call, rows_root, committed_at,
            reached, acknowledged)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    KEEP_CARRY = "INSERT INTO delivery_carry (delivery, number, sealed) VALUES (?1, ?2, ?3)
        ON CONFLICT (delivery) DO UPDATE SET number = excluded.number, sealed = excluded.sealed";
    DROP_CARRY = "DELETE FROM delivery_carry WHERE delivery = ?1";
}

pub(crate) static VERSIONS: Table = Table {
    name: "record_version",
    key: 3,
    uncovered: None,
    one: INSERT_VERSION,
    many: INSERT_VERSIONS,
};
pub(crate) static RECORDS: Table = Table {
    name: "record",
    key: 2,
    uncovered: None,
    one: INSERT_RECORD,
    many: INSERT_RECORDS,
};

/// What became of a line that made no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// Refused, with the rule it breaks.
    Rejected,
    /// Kept for a person to look at; it can be tried again.
    Quarantined,
    /// Said nothing new.
    Duplicate,
    /// Was quarantined, and made its record when it was tried again.
    Settled,
}

impl LineKind {
    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Quarantined => "quarantined",
            Self::Duplicate => "duplicate",
            Self::Settled => "settled",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Rejected,
            Self::Quarantined,
            Self::Duplicate,
            Self::Settled,
        ]
        .into_iter()
        .find(|k| k.code() == code)
    }
}

/// A new version of a record, or its first.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Whom it is about.
    pub subject: SubjectId,
    /// The record.
    pub id: RecordId,
    /// 1 for a new record, else one more than the version it follows.
    pub version: u32,
    /// Number of the row in the delivery.
    pub row: u32,
    /// The department that provides it.
    pub department: String,
    /// Its region.
    pub region: String,
    /// What it states.
    pub record: CreditRecord,
    /// [`crate::Store::content_digest`] of it.
    pub digest: ContentDigest,
    /// Fields whose facts speak of a person though the subject is an
    /// organization. They are sealed, as the parties are.
    pub personal_fields: Vec<String>,
}

/// A record ends.
#[derive(Debug, Clone)]
pub struct EndRecord {
    /// Whom it is about.
    pub subject: SubjectId,
    /// The record.
    pub id: RecordId,
    /// One more than the version it follows.
    pub version: u32,
    /// Number of the row in the delivery.
    pub row: u32,
    /// The department that says so.
    pub department: String,
    /// Its region.
    pub region: String,
    /// How it ends.
    pub ending: Ending,
}

/// A line that made no record.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// Number of the row in the delivery.
    pub row: u32,
    /// What became of it.
    pub kind: LineKind,
    /// The column at fault.
    pub field: Option<String>,
    /// Code of the rule.
    pub rule: String,
    /// For the clerk. Kept sealed.
    pub text: String,
    /// What it stated, to be tried again. Kept sealed.
    pub statement: Option<Statement>,
    /// What has to come before it is worth trying again; nothing where only a
    /// person can help. Not without a statement.
    pub waits_for: BTreeSet<Awaited>,
}

/// Everything that one chunk came to.
#[derive(Debug, Clone)]
pub struct ChunkCommit {
    /// The delivery.
    pub delivery: DeliveryId,
    /// [`crate::Progress::next_chunk`].
    pub number: u32,
    /// [`crate::Progress::next_row`].
    pub first_row: u32,
    /// Rows finished in it.
    pub rows: u32,
    /// Bytes of the delivery's text, decoded and in UTF-8, up to the end of it.
    pub reached: u64,
    /// No further chunk follows.
    pub last: bool,
    /// What the next chunk needs.
    pub carry: String,
    /// Code of the reason for which the rest of the delivery is set aside.
    pub stopped: Option<String>,
    /// The call that read it, written in the same transaction.
    pub call: Option<CallId>,
    /// Records, new and revised. Their subjects are in the register.
    pub records: Vec<NewVersion>,
    /// Records that end.
    pub endings: Vec<EndRecord>,
    /// Lines that answered an order.
    pub acknowledged: u32,
    /// Lines that made no record.
    pub lines: Vec<NewLine>,
}

impl Write<'_> {
    /// Writes one chunk of a delivery under one entry.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a record has moved on, or has ended, since
    /// it was read; [`StoreError::AlreadyThere`] where the chunk was committed
    /// before.
    pub async fn commit_chunk(
        &mut self,
        chunk: ChunkCommit,
        event: &EventDraft,
    ) -> Result<ChunkRow, StoreError> {
        let delivery = self.read().delivery(chunk.delivery).await?;
        let delivery = delivery.ok_or_else(|| StoreError::NotThere {
            object: ObjectRef::new(Kind::DELIVERY.name, chunk.delivery.to_string()),
        })?;
        let drawn = draw(event.at)?;
        self.write_versions(&chunk.records, &chunk.endings, &delivery, drawn, event)
            .await?;
        self.write_lines(&chunk, drawn).await?;
        let set = self.root_of_set(drawn).await?;
        let row = chunk.row(set.root.clone(), event);
        self.write_chunk(&row).await?;
        self.keep_carry(&chunk).await?;
        let id = row.object().id;
        self.changed_as(drawn, Kind::CHUNK, id, None, event, Some(set))
            .await?;
        Ok(row)
    }

    /// Versions of records, and where each record stands after them.
    pub(crate) async fn write_versions(
        &mut self,
        records: &[NewVersion],
        endings: &[EndRecord],
        delivery: &DeliveryRow,
        drawn: Drawn,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let subjects = records.iter().map(|record| record.subject);
        let subjects = subjects.chain(endings.iter().map(|ending| ending.subject));
        let seals = self.read().seals(subjects).await?;
        let keys = self.store.keys();
        let mut versions = Vec::with_capacity(records.len() + endings.len());
        for new in records {
            versions.push(VersionRow::stated(new, &seals[&new.subject])?);
        }
        for end in endings {
            versions.push(VersionRow::ended(keys, end, &seals[&end.subject])?);
        }
        let (new, moved) = pointers(&versions)?;
        let moving = moved.len() as u64;
        let object = ObjectRef::new("records of the delivery", delivery.id.to_string());
        let shared = Shared {
            plugin: Value::text(delivery.plugin.as_str()),
            delivery: Value::bytes(delivery.id.bytes()),
            recorded_at: Value::Number(event.at.as_millisecond()),
            entry: Value::bytes(drawn.id.bytes()),
        };
        let new: Vec<_> = new
            .iter()
            .map(|pointer| pointer.row(&shared.plugin))
            .collect();
        self.insert_rows(&RECORDS, &new, &object).await?;
        if moving > 0 {
            let query = MOVE_RECORDS.query().bind(serde_json::to_string(&moved)?);
            if query.execute(self.connection()).await?.rows_affected() != moving {
                return Err(StoreError::Conflict { object });
            }
        }
        let versions = versions.into_iter();
        let versions = versions.map(|version| version.into_row(&shared)).collect();
        self.insert_set(&VERSIONS, versions, drawn, &object).await?;
        for record in records.iter().filter(|record| record.version == 1) {
            self.brought(&Awaited::Record {
                plugin: delivery.plugin.clone(),
                source_ref: record.record.source_ref.clone(),
            });
        }
        Ok(())
    }

    async fn write_lines(&mut self, chunk: &ChunkCommit, drawn: Drawn) -> Result<(), StoreError> {
        if chunk.lines.is_empty() {
            return Ok(());
        }
        let keys = self.store.keys();
        let rows = (0..)
            .zip(&chunk.lines)
            .map(|(place, line)| line.row(keys, chunk, place));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        INSERT_LINES
            .query()
            .bind(serde_json::to_string(&rows)?)
            .bind(chunk.delivery.bytes())
            .bind(chunk.number)
            .bind(drawn.id.bytes())
            .execute(self.connection())
            .await?;
        let waiting = (0..).zip(&chunk.lines);
        let waiting = waiting.map(|(place, line)| (chunk.number, place, &line.waits_for));
        self.let_wait(chunk.delivery, waiting).await
    }

    async fn write_chunk(&mut self, row: &ChunkRow) -> Result<(), StoreError> {
        INSERT_CHUNK
            .query()
            .bind(row.delivery.bytes())
            .bind(row.number)
            .bind(row.first_row)
            .bind(row.rows)
            .bind(row.last)
            .bind(&row.stopped)
            .bind(row.recorded)
            .bind(row.revised)
            .bind(row.ended)
            .bind(row.duplicates)
            .bind(row.rejected)
            .bind(row.quarantined)
            .bind(row.call.as_ref().map(CallId::bytes))
            .bind(&row.rows_root)
            .bind(row.committed_at.as_millisecond())
            .bind(i64::try_from(row.reached).unwrap_or(i64::MAX))
            .bind(row.acknowledged)
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&row.object()))?;
        Ok(())
    }

    async fn keep_carry(&mut self, chunk: &ChunkCommit) -> Result<(), StoreError> {
        let query = if chunk.last || chunk.carry.is_empty() {
            DROP_CARRY.query().bind(chunk.delivery.bytes())
        } else {
            let row = carry_row(chunk.delivery, chunk.number);
            let keys = self.store.keys();
            let sealed = seal(&keys.house, carry_place(&row), chunk.carry.as_bytes())?;
            KEEP_CARRY
                .query()
                .bind(chunk.delivery.bytes())
                .bind(chunk.number)
                .bind(sealed)
        };
        query.execute(self.connection()).await?;
        Ok(())
    }
}

impl ChunkCommit {
    fn row(&self, rows_root: String, event: &EventDraft) -> ChunkRow {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let lines = |kind| count(self.lines.iter().filter(|line| line.kind == kind).count());
        let recorded = self
            .records
            .iter()
            .filter(|record| record.version == 1)
            .count();
        ChunkRow {
            delivery: self.delivery,
            number: self.number,
            first_row: self.first_row,
            rows: self.rows,
            reached: self.reached,
            last: self.last,
            stopped: self.stopped.clone(),
            recorded: count(recorded),
            revised: count(self.records.len() - recorded),
            ended: count(self.endings.len()),
            acknowledged: self.acknowledged,
            duplicates: lines(LineKind::Duplicate),
            rejected: lines(LineKind::Rejected),
            quarantined: lines(LineKind::Quarantined),
            call: self.call,
            rows_root,
            committed_at: event.at,
        }
    }
}

#[derive(Serialize)]
struct LineInsert<'a> {
    row: u32,
    kind: &'static str,
    field: Option<&'a str>,
    rule: &'a str,
    sealed: Option<String>,
}

impl NewLine {
    fn row(
        &self,
        keys: &KeyRing,
        chunk: &ChunkCommit,
        place: u32,
    ) -> Result<LineInsert<'_>, StoreError> {
        let silent = self.text.is_empty() && self.statement.is_none();
        let sealed = if silent {
            None
        } else {
            let words = LineWords {
                text: self.text.clone(),
                statement: self.statement.clone(),
            };
            let at = line_row_name(chunk.delivery, chunk.number, place);
            let sealed = seal(&keys.house, line_place(&at), &serde_json::to_vec(&words)?)?;
            Some(hex::encode(sealed))
        };
        Ok(LineInsert {
            row: self.row,
            kind: self.kind.code(),
            field: self.field.as_deref(),
            rule: &self.rule,
            sealed,
        })
    }
}
