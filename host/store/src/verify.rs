//! The whole of the store held against its log, both ways.
//!
//! Comes in: the log's public key, and the checkpoint kept outside. Goes out: a
//! report that names what does not fit. Always holds: the log is recomputed from
//! its entries and compared with every checkpoint; every row has an entry and is
//! what its newest entry committed to, the pending ones counted; every entry's
//! row is there; the rows of every set give the root that their entry holds. It
//! reads one state of the database, page by page, while others go on writing.
//!
//! Deliberately absent: the way from rows to entries (`verify_rows`), and mending.
//! Not covered, because nothing hangs on them: the carry of an unfinished
//! delivery, the queue of lines to be tried again, and the wrapped keys, which
//! open nothing when they are changed.

use crate::{
    columns::Columns,
    entry::{ROWS_ROOT, open_event},
    error::StoreError,
    objects::Kind,
    set_rows::{named_among, orphans, set_root},
    statements::{Sql, statements},
    store::Store,
};
use credence_audit::{
    Entry, Event, Finding, MAX_NAMED, MAX_SIZE, NoteVerifier, ObjectRef, Report, Salt, Sealed,
    Verifier, stored_hash_count,
};
use credence_domain::ids::EventId;
use serde::Serialize;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

statements! {
    ENTRIES = "SELECT idx AS place, * FROM audit_entry WHERE idx > ?1 ORDER BY idx LIMIT ?2";
    PENDING = "SELECT seq AS place, * FROM audit_pending WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    HASHES = "SELECT number, hash FROM audit_hash WHERE number >= ?1 AND number < ?2";
    NOTES = "SELECT note FROM audit_checkpoint WHERE size > ?1 AND size <= ?2 ORDER BY size";
}

/// Rows read at once.
pub(crate) const PAGE: u32 = 500;

/// What a verification of the store saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// The log, and its rows both ways.
    #[serde(flatten)]
    pub log: Report,
    /// Entries that wait to be sealed: no fault.
    pub pending: u64,
    /// Whether there was a checkpoint outside the database to compare with.
    pub outside: bool,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.log.is_sound()
    }
}

/// An entry that was opened.
pub(crate) struct Opened {
    id: EventId,
    pub(crate) salt: Salt,
    pub(crate) event: Event,
}

impl Store {
    /// Holds everything against the log of `key`, and the log against every
    /// checkpoint, `outside` (the note kept beside the database, read before this
    /// is called) among them. Without that one, a log that was cut together with
    /// its checkpoints passes.
    ///
    /// # Errors
    /// [`StoreError::Database`] where the database cannot be read at all. What is
    /// merely wrong is in the report.
    pub async fn verify(
        &self,
        key: &NoteVerifier,
        outside: Option<&str>,
    ) -> Result<VerifyReport, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let mut verification = Verification {
            store: self,
            connection: &mut snapshot,
            findings: Vec::new(),
            named: BTreeSet::new(),
        };
        let mut verifier = Verifier::new(key.clone()).checking_stored_hashes();
        if let Some(note) = outside {
            verifier.checkpoint(note);
        }
        verification.entries(&mut verifier).await?;
        let pending = verification.pending().await?;
        for kind in Kind::WITH_ENTRIES {
            verification.rows(kind).await?;
        }
        verification.rows(Kind::CALL).await?;
        verification.records().await?;
        verification.blobs().await?;
        for object in orphans(verification.connection, MAX_NAMED as u32).await? {
            verification.find(Finding::RowWithoutEntry { object });
        }
        let mut log = verifier.finish();
        for finding in verification.findings {
            log.add(finding);
        }
        Ok(VerifyReport {
            log,
            pending,
            outside: outside.is_some(),
        })
    }
}

pub(crate) struct Verification<'a> {
    pub(crate) store: &'a Store,
    pub(crate) connection: &'a mut SqliteConnection,
    findings: Vec<Finding>,
    /// Objects that were named already, so that one fault is named once.
    named: BTreeSet<ObjectRef>,
}

impl Verification<'_> {
    pub(crate) fn find(&mut self, finding: Finding) {
        if let Finding::RowWithoutEntry { object }
        | Finding::EntryWithoutRow { object }
        | Finding::RowDiffers { object }
        | Finding::RowsDiffer { object } = &finding
            && !self.named.insert(object.clone())
        {
            return;
        }
        self.findings.push(finding);
    }

    /// Feeds the log to the verifier, and looks for the rows of its entries.
    async fn entries(&mut self, verifier: &mut Verifier) -> Result<(), StoreError> {
        let (mut place, mut size) = (-1, 0_u64);
        loop {
            let rows = self.page(ENTRIES, place).await?;
            let last = rows
                .last()
                .map(|row| row.plain::<i64>("place"))
                .transpose()?;
            self.feed(verifier, size, last.map(|last| last.unsigned_abs() + 1))
                .await?;
            let Some(last) = last else { return Ok(()) };
            place = last;
            size = last.unsigned_abs() + 1;
            let mut opened = Vec::with_capacity(rows.len());
            for row in &rows {
                let index = row.plain::<i64>("place")?.unsigned_abs();
                let event = self.open(row)?;
                let bytes = event.as_ref().map(|(_, bytes)| bytes.as_slice());
                let sealed = event.as_ref().zip(bytes);
                let sealed = sealed.map(|((entry, _), event)| Sealed {
                    event,
                    salt: &entry.salt,
                });
                verifier.entry(Entry {
                    index,
                    published: row.plain("published")?,
                    sealed,
                });
                match event {
                    Some((entry, _)) if columns_fit(row, &entry)? => opened.push(entry),
                    Some(_) | None => self.find(Finding::EventMismatch { index }),
                }
            }
            self.rows_of(&opened).await?;
        }
    }

    /// Gives the verifier the checkpoints and stored hashes from one size to
    /// another. Without an end all that are left: what lies beyond the last entry
    /// was cut off, or added.
    async fn feed(
        &mut self,
        verifier: &mut Verifier,
        size: u64,
        end: Option<u64>,
    ) -> Result<(), StoreError> {
        let bound = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let to_size = end.map_or(i64::MAX, bound);
        let to_hash = end.map_or(i64::MAX, |end| bound(stored_hash_count(end.min(MAX_SIZE))));
        let from_size = if size == 0 { -1 } else { bound(size) };
        let query = NOTES.query().bind(from_size).bind(to_size);
        for row in query.fetch_all(&mut *self.connection).await? {
            verifier.checkpoint(row.plain("note")?);
        }
        let from_hash = bound(stored_hash_count(size.min(MAX_SIZE)));
        let query = HASHES.query().bind(from_hash).bind(to_hash);
        let rows = query.fetch_all(&mut *self.connection).await?;
        let hash = |row: &SqliteRow| -> Result<_, StoreError> {
            Ok((
                row.plain::<i64>("number")?.unsigned_abs(),
                row.hash("hash")?,
            ))
        };
        verifier.stored_hashes(rows.iter().map(hash).collect::<Result<Vec<_>, _>>()?);
        Ok(())
    }

    /// Looks at the entries that wait to be sealed. Gives their number.
    async fn pending(&mut self) -> Result<u64, StoreError> {
        let (mut place, mut count) = (0, 0);
        loop {
            let rows = self.page(PENDING, place).await?;
            let Some(last) = rows.last() else {
                return Ok(count);
            };
            place = last.plain("place")?;
            count += rows.len() as u64;
            let mut opened = Vec::with_capacity(rows.len());
            for row in &rows {
                let published: &[u8] = row.plain("published")?;
                match self.open(row)? {
                    Some((entry, bytes))
                        if columns_fit(row, &entry)?
                            && credence_audit::Published::of_canonical(&bytes, &entry.salt)
                                .to_bytes()
                                == *published =>
                    {
                        opened.push(entry);
                    }
                    Some(_) | None => {
                        let id: EventId = row.id("event")?;
                        let object = ObjectRef::new("pending entry", id.to_string());
                        self.find(Finding::RowDiffers { object });
                    }
                }
            }
            self.rows_of(&opened).await?;
        }
    }

    /// From entries to rows: each object is there, each call, and each set gives
    /// its root.
    async fn rows_of(&mut self, entries: &[Opened]) -> Result<(), StoreError> {
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for Opened { event, .. } in entries {
            if event.after.is_some() {
                wanted
                    .entry(&event.object.kind)
                    .or_default()
                    .insert(&event.object.id);
            }
            if let Some(call) = &event.call {
                wanted.entry(Kind::CALL.name).or_default().insert(call);
            }
        }
        for (name, ids) in wanted {
            let ids: Vec<_> = ids.into_iter().map(str::to_owned).collect();
            let kind = if name == Kind::CALL.name {
                Some(Kind::CALL)
            } else {
                Kind::named(name)
            };
            let found = match kind {
                Some(kind) => kind.rows(self.connection, &ids).await?,
                None => HashMap::new(),
            };
            for id in ids.into_iter().filter(|id| !found.contains_key(id)) {
                self.find(Finding::EntryWithoutRow {
                    object: ObjectRef::new(name, id),
                });
            }
        }
        self.sets_of(entries).await
    }

    async fn sets_of(&mut self, entries: &[Opened]) -> Result<(), StoreError> {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        let named: BTreeSet<_> = named_among(self.connection, &ids)
            .await?
            .into_iter()
            .collect();
        for entry in entries {
            let root = entry
                .event
                .detail
                .get(ROWS_ROOT)
                .and_then(|root| root.as_value().as_str());
            if root.is_none() && !named.contains(&entry.id) {
                continue;
            }
            // An entry without a root covers no rows: any that names it was added.
            let found = set_root(self.connection, entry.id, &entry.salt, BTreeMap::new()).await?;
            if root != Some(found.root.as_str()) {
                let mut object = entry.event.object.clone();
                if object.kind == "register" {
                    object.id = format!("{} of entry {}", object.id, entry.id);
                }
                self.find(Finding::RowsDiffer { object });
            }
        }
        Ok(())
    }

    pub(crate) async fn page(
        &mut self,
        sql: Sql,
        after: i64,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let query = sql.query().bind(after).bind(PAGE);
        Ok(query.fetch_all(&mut *self.connection).await?)
    }

    /// Opens the sealed half of an entry.
    pub(crate) fn open(&self, row: &SqliteRow) -> Result<Option<(Opened, Vec<u8>)>, StoreError> {
        let id = row.id("event")?;
        let Some((salt, bytes)) = open_event(self.store, id, row.plain("sealed")?) else {
            return Ok(None);
        };
        let event = serde_json::from_slice(&bytes);
        Ok(event.ok().map(|event| (Opened { id, salt, event }, bytes)))
    }
}

/// Whether the bare columns of an entry say what its event does: rows are found
/// by them.
fn columns_fit(row: &SqliteRow, entry: &Opened) -> Result<bool, StoreError> {
    let event = &entry.event;
    let object = event.after.is_some().then_some(&event.object);
    let call: Option<credence_domain::ids::CallId> = row.id_or_none("call")?;
    Ok(event.id == entry.id.to_string()
        && row.plain::<Option<&str>>("object_kind")? == object.map(|o| o.kind.as_str())
        && row.plain::<Option<&str>>("object_id")? == object.map(|o| o.id.as_str())
        && call.map(|call| call.to_string()) == event.call)
}
