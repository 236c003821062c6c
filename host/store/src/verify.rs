//! The whole of the store held against its log, both ways.
//!
//! Comes in: the log's public key, and the checkpoint kept outside. Goes out: a
//! report that names what does not fit. Always holds: the log is recomputed from
//! its entries and compared with every checkpoint; every row has an entry and is
//! what its newest entry committed to, the pending ones counted; every entry's
//! row is there; the rows of every set give the root that their entry holds. It
//! reads one state of the database, page by page, while others go on writing.
//!
//! Deliberately absent: mending. Not covered, because nothing hangs on them: the
//! carry of an unfinished delivery, and the wrapped keys, which open nothing when
//! they are changed.

use crate::{
    columns::Columns,
    error::StoreError,
    journal::blob_place,
    keys::hmac,
    objects::{Kind, Stored},
    seal::open,
    set_rows::{named_among, orphans, set_root},
    statements::{Sql, statements},
    store::{Read, Store},
    write::{JOURNAL, ROWS_ROOT, open_event},
};
use credence_audit::{
    Entry, Event, Finding, MAX_NAMED, MAX_SIZE, NoteVerifier, ObjectRef, Report, Salt, Sealed,
    Verifier, canonical, check_object, stored_hash_count,
};
use credence_domain::ids::{EventId, SubjectId};
use serde::Serialize;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

statements! {
    ENTRIES = "SELECT idx AS place, * FROM audit_entry WHERE idx > ?1 ORDER BY idx LIMIT ?2";
    PENDING = "SELECT seq AS place, * FROM audit_pending WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    HASHES = "SELECT number, hash FROM audit_hash WHERE number >= ?1 AND number < ?2";
    NOTES = "SELECT note FROM audit_checkpoint WHERE size > ?1 AND size <= ?2 ORDER BY size";
    NEWEST_OF_OBJECTS = "SELECT e.object_id AS object, e.event, e.sealed FROM json_each(?2) AS w
        JOIN audit_entry AS e ON e.idx = (SELECT max(n.idx) FROM audit_entry AS n
            WHERE n.object_kind = ?1 AND n.object_id = w.value)";
    NEWEST_PENDING_OF_OBJECTS = "SELECT p.object_id AS object, p.event, p.sealed
        FROM json_each(?2) AS w
        JOIN audit_pending AS p ON p.seq = (SELECT max(n.seq) FROM audit_pending AS n
            WHERE n.object_kind = ?1 AND n.object_id = w.value)";
    NEWEST_OF_CALLS = "SELECT lower(hex(e.call)) AS object, e.event, e.sealed
        FROM json_each(?2) AS w
        JOIN audit_entry AS e ON ?1 = 'call' AND e.idx = (SELECT max(n.idx) FROM audit_entry AS n
            WHERE n.call = unhex(w.value))";
    NEWEST_PENDING_OF_CALLS = "SELECT lower(hex(p.call)) AS object, p.event, p.sealed
        FROM json_each(?2) AS w
        JOIN audit_pending AS p ON ?1 = 'call' AND p.seq = (SELECT max(n.seq) FROM audit_pending AS n
            WHERE n.call = unhex(w.value))";
    WRONG_RECORDS = "SELECT lower(hex(r.id)) AS object FROM record AS r
        LEFT JOIN record_version AS v ON v.subject = r.subject AND v.record = r.id
            AND v.version = r.version
        LEFT JOIN record_version AS t ON t.subject = r.subject AND t.record = r.id
            AND t.version = r.stated_version
        WHERE v.version IS NULL OR t.version IS NULL OR t.kind != 'stated'
            OR (r.state = 'ended') != (v.kind = 'ended')
            OR r.plugin != t.plugin OR r.source_ref != t.source_ref OR r.digest != t.digest
            OR r.revised_at IS NOT t.revised_at
            OR EXISTS (SELECT 1 FROM record_version AS n WHERE n.subject = r.subject
                AND n.record = r.id AND n.version > r.version)
        LIMIT ?1";
    LOST_RECORDS = "SELECT DISTINCT lower(hex(v.record)) AS object FROM record_version AS v
        WHERE NOT EXISTS (SELECT 1 FROM record AS r
            WHERE r.subject = v.subject AND r.id = v.record)
        LIMIT ?1";
    LOST_BLOBS = "WITH held (address) AS (
            SELECT head_blob FROM call WHERE head_blob IS NOT NULL
            UNION SELECT record_blob FROM call WHERE record_blob IS NOT NULL)
        SELECT lower(hex(held.address)) AS object FROM held
        WHERE NOT EXISTS (SELECT 1 FROM blob AS b WHERE b.address = held.address)
        LIMIT ?1";
    BLOBS = "SELECT rowid AS place, address, subject, sealed FROM blob WHERE rowid > ?1
        ORDER BY rowid LIMIT ?2";
}

/// Rows read at once.
const PAGE: u32 = 500;

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
struct Opened {
    id: EventId,
    salt: Salt,
    event: Event,
}

/// The two queries for the newest entry of each of a list of objects.
type Newest = [Sql; 2];
const BY_OBJECT: Newest = [NEWEST_OF_OBJECTS, NEWEST_PENDING_OF_OBJECTS];
const BY_CALL: Newest = [NEWEST_OF_CALLS, NEWEST_PENDING_OF_CALLS];

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
            verification.rows(kind, BY_OBJECT).await?;
        }
        verification.rows(Kind::CALL, BY_CALL).await?;
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

struct Verification<'a> {
    store: &'a Store,
    connection: &'a mut SqliteConnection,
    findings: Vec<Finding>,
    /// Objects that were named already, so that one fault is named once.
    named: BTreeSet<ObjectRef>,
}

impl Verification<'_> {
    fn find(&mut self, finding: Finding) {
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
                None => Vec::new(),
            };
            let found: BTreeSet<_> = found.into_iter().map(|stored| stored.object).collect();
            for id in ids.into_iter().filter(|id| !found.contains(id)) {
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
            let found = set_root(self.connection, entry.id, &entry.salt).await?;
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

    /// From rows to entries: each row is what its newest entry committed to.
    async fn rows(&mut self, kind: Kind, newest: Newest) -> Result<(), StoreError> {
        let mut place = 0;
        loop {
            let (rows, last) = kind.page(self.connection, place, PAGE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            place = last;
            let newest = self.newest(kind, newest, &rows).await?;
            for Stored { object, row } in rows {
                let entry = match newest.get(&object) {
                    // Named already, as an entry that does not open.
                    Some(None) => continue,
                    Some(Some(entry)) => Some(entry),
                    None => None,
                };
                let expected = entry.and_then(|entry| committed(kind, &entry.event));
                let salt = entry.map_or(Salt([0; 32]), |entry| entry.salt);
                let object = ObjectRef::new(kind.name, object);
                let row = canonical(&row)?;
                if let Some(finding) = check_object(&object, expected, &salt, Some(&row)) {
                    self.find(finding);
                }
            }
        }
    }

    /// The newest entry of each row; `None` where it does not open.
    async fn newest(
        &mut self,
        kind: Kind,
        [sealed, pending]: Newest,
        rows: &[Stored],
    ) -> Result<HashMap<String, Option<Opened>>, StoreError> {
        let ids: Vec<_> = rows.iter().map(|stored| &stored.object).collect();
        let ids = serde_json::to_string(&ids)?;
        let mut newest = HashMap::new();
        // Whatever is pending is newer than whatever is sealed.
        for sql in [sealed, pending] {
            let query = sql.query().bind(kind.name).bind(&ids);
            for row in query.fetch_all(&mut *self.connection).await? {
                let opened = self.open(&row)?.map(|(entry, _)| entry);
                newest.insert(row.plain("object")?, opened);
            }
        }
        Ok(newest)
    }

    /// Where records stand, which their versions say.
    async fn records(&mut self) -> Result<(), StoreError> {
        for object in self.objects(WRONG_RECORDS, "record").await? {
            self.find(Finding::RowDiffers { object });
        }
        for object in self.objects(LOST_RECORDS, "record").await? {
            self.find(Finding::EntryWithoutRow { object });
        }
        Ok(())
    }

    /// Parts of the journal: each is what its address says, and none is missing.
    async fn blobs(&mut self) -> Result<(), StoreError> {
        for object in self.objects(LOST_BLOBS, "blob").await? {
            self.find(Finding::EntryWithoutRow { object });
        }
        let mut place = 0;
        loop {
            let rows = self.page(BLOBS, place).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            place = last.plain("place")?;
            for row in &rows {
                let address: &[u8] = row.plain("address")?;
                if !self.blob_fits(row, address).await? {
                    let object = ObjectRef::new("blob", hex::encode(address));
                    self.find(Finding::RowDiffers { object });
                }
            }
        }
    }

    async fn blob_fits(&mut self, row: &SqliteRow, address: &[u8]) -> Result<bool, StoreError> {
        let owner: Option<SubjectId> = row.id_or_none("subject")?;
        let keys = self.store.keys();
        let key = match Read::inside(self.connection, keys).owner_key(owner).await {
            Ok(key) => key,
            // Erased: nobody can tell any more, and nobody shall.
            Err(StoreError::Erased { .. }) => return Ok(true),
            Err(StoreError::NotThere { .. } | StoreError::Seal(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let Ok(bytes) = open(&key, blob_place(address), row.plain("sealed")?) else {
            return Ok(false);
        };
        let owner = owner.as_ref().map_or(&[][..], SubjectId::bytes);
        Ok(hmac(&keys.index, &[b"blob", owner, &bytes]) == address)
    }

    async fn page(&mut self, sql: Sql, after: i64) -> Result<Vec<SqliteRow>, StoreError> {
        let query = sql.query().bind(after).bind(PAGE);
        Ok(query.fetch_all(&mut *self.connection).await?)
    }

    async fn objects(&mut self, sql: Sql, kind: &str) -> Result<Vec<ObjectRef>, StoreError> {
        let query = sql.query().bind(MAX_NAMED as u32);
        let rows = query.fetch_all(&mut *self.connection).await?;
        let object = |row: &SqliteRow| Ok(ObjectRef::new(kind, row.plain::<String>("object")?));
        rows.iter().map(object).collect()
    }

    /// Opens the sealed half of an entry.
    fn open(&self, row: &SqliteRow) -> Result<Option<(Opened, Vec<u8>)>, StoreError> {
        let id = row.id("event")?;
        let Some((salt, bytes)) = open_event(self.store, id, row.plain("sealed")?) else {
            return Ok(None);
        };
        let event = serde_json::from_slice(&bytes);
        Ok(event.ok().map(|event| (Opened { id, salt, event }, bytes)))
    }
}

/// What an event committed a row of this kind to.
fn committed(kind: Kind, event: &Event) -> Option<&str> {
    if kind.name == Kind::CALL.name {
        return event
            .detail
            .get(JOURNAL)
            .and_then(|journal| journal.as_value().as_str());
    }
    event.after.as_deref()
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
