//! Credit records (信用记录), read back.
//!
//! Comes in: ids, and the departments' own keys. Goes out: records as they stand,
//! and what the house knows already when a feed states one again. Always holds:
//! facts about other persons inside an organization's record (its parties, and
//! the fields that the caller names) lie sealed apart from the rest, and come
//! back in their places. Deliberately absent: writing (`ingest`).

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    error::StoreError,
    keys::{KeyRing, hmac},
    orders::list_of,
    rows::{RecordRow, RecordState},
    seal::{Place, open},
    statements::statements,
    store::{Read, Store},
};
use credence_domain::{
    ids::{DeliveryId, RecordId, SubjectId},
    record::{CreditRecord, Fact, Party},
};
use jiff::{Timestamp, civil::DateTime};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use std::{borrow::Cow, collections::HashMap};

statements! {
    KNOWN = "SELECT r.*, v.row AS stated_row, d.id AS stated_in, d.received_at AS stated_at
        FROM json_each(?2) AS w CROSS JOIN record AS r
        LEFT JOIN record_version AS v ON v.subject = r.subject AND v.record = r.id
            AND v.version = r.stated_version
        LEFT JOIN delivery AS d ON d.id = v.delivery
        WHERE r.plugin = ?1 AND r.source_ref = w.value";
    BY_IDS = "SELECT r.state, r.version AS newest, v.*, s.sealed_key AS _sealed_key, e.content AS ending
        FROM json_each(?1) AS w CROSS JOIN record AS r CROSS JOIN record_version AS v
        CROSS JOIN subject AS s
        LEFT JOIN record_version AS e ON e.subject = r.subject AND e.record = r.id
            AND e.version = r.version AND e.kind = 'ended'
        WHERE r.id = unhex(w.value) AND v.subject = r.subject AND v.record = r.id
            AND v.version = r.stated_version AND s.id = r.subject";
    OF_SUBJECT = "SELECT r.state, r.version AS newest, v.*, s.sealed_key AS _sealed_key, e.content AS ending
        FROM record AS r
        JOIN record_version AS v ON v.subject = r.subject AND v.record = r.id
            AND v.version = r.stated_version
        JOIN subject AS s ON s.id = r.subject
        LEFT JOIN record_version AS e ON e.subject = r.subject AND e.record = r.id
            AND e.version = r.version AND e.kind = 'ended'
        WHERE r.subject IN (
            WITH one (id) AS (SELECT coalesce((SELECT min(same_as) FROM subject_alias
                WHERE subject = ?1), ?1))
            SELECT id FROM one
            UNION SELECT a.subject FROM one CROSS JOIN subject_alias AS a WHERE a.same_as = one.id)
        ORDER BY v.decided_on DESC, r.id LIMIT ?2";
    COUNT = "SELECT count(*) AS records FROM record";
}

/// What a record says, as a keyed digest: equal digests mean that a feed stated
/// nothing new. The time of revision is left out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What the house knows of a record that a feed states again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRecord {
    /// Whom it is about.
    pub subject: SubjectId,
    /// Its id.
    pub id: RecordId,
    /// Its newest version; the next is one more.
    pub version: u32,
    /// Digest of what it says.
    pub digest: ContentDigest,
    /// When the department last changed it, where it says so.
    pub revised_at: Option<DateTime>,
    /// Whether it is in use.
    pub state: RecordState,
    /// Where its content was stated: when that delivery arrived, which one it is,
    /// and the row.
    pub stated: Option<(Timestamp, DeliveryId, u32)>,
}

impl Store {
    /// The digest of what a record says.
    ///
    /// # Errors
    /// [`StoreError::Json`], which a record of the domain never gives.
    pub fn content_digest(&self, record: &CreditRecord) -> Result<ContentDigest, StoreError> {
        let undated = match record.revised_at {
            None => Cow::Borrowed(record),
            Some(_) => Cow::Owned(CreditRecord {
                revised_at: None,
                ..record.clone()
            }),
        };
        let json = serde_json::to_vec(&*undated)?;
        Ok(ContentDigest(hmac(&self.keys().index, &[b"record", &json])))
    }
}

impl Read<'_> {
    /// The records of a plugin with these keys of the department's own. A key
    /// that is missing from the answer is new.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn known_records(
        &mut self,
        plugin: &str,
        source_refs: &[&str],
    ) -> Result<HashMap<String, KnownRecord>, StoreError> {
        let wanted = serde_json::to_string(source_refs)?;
        let query = KNOWN.query().bind(plugin).bind(wanted);
        let rows = query.fetch_all(self.connection()).await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in &rows {
            let record = KnownRecord {
                subject: row.id("subject")?,
                id: row.id("id")?,
                version: row.count("version")?,
                digest: ContentDigest(row.hash("digest")?),
                revised_at: row.parsed_or_none("revised_at")?,
                state: row.word("state", record_state)?,
                stated: stated(row)?,
            };
            known.insert(row.plain("source_ref")?, record);
        }
        Ok(known)
    }

    /// A record as it stands.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn record(&mut self, id: RecordId) -> Result<Option<RecordRow>, StoreError> {
        Ok(self.records([id]).await?.pop())
    }

    /// Records as they stand, as far as there are any.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn records(
        &mut self,
        ids: impl IntoIterator<Item = RecordId>,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let query = BY_IDS.query().bind(list_of(ids)?);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| record_row(self.keys, row)).collect()
    }

    /// The records about a subject and all that are the same, the newest decisions
    /// first.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn records_of(
        &mut self,
        subject: SubjectId,
        limit: u32,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let query = OF_SUBJECT.query().bind(subject.bytes()).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| record_row(self.keys, row)).collect()
    }

    /// How many records there are.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn record_count(&mut self) -> Result<u64, StoreError> {
        let row = COUNT.query().fetch_one(self.connection()).await?;
        let count: i64 = row.plain("records")?;
        u64::try_from(count).map_err(|e| StoreError::unreadable_for("records", e))
    }
}

fn stated(row: &SqliteRow) -> Result<Option<(Timestamp, DeliveryId, u32)>, StoreError> {
    let delivery: Option<DeliveryId> = row.id_or_none("stated_in")?;
    delivery
        .map(|delivery| {
            Ok((
                row.instant("stated_at")?,
                delivery,
                row.count("stated_row")?,
            ))
        })
        .transpose()
}

fn record_row(keys: &KeyRing, row: &SqliteRow) -> Result<RecordRow, StoreError> {
    let subject = SubjectSeal::of(keys, row)?;
    let (id, stated_version) = (row.id("record")?, row.count("version")?);
    let version = row.count("newest")?;
    let place = version_row(id, stated_version);
    let mut record = subject.reveal(content_place(&place), &Kept::of(row, "content")?)?;
    if let Some(sealed) = row.plain::<Option<&[u8]>>("sealed_persons")? {
        let persons = open(subject.key()?, persons_place(&place), sealed)?;
        let persons: PersonsPart = serde_json::from_slice(&persons)
            .map_err(|e| StoreError::unreadable_for("sealed_persons", e))?;
        persons.put_back(&mut record);
    }
    let state = row.word("state", record_state)?;
    let ending = match state {
        RecordState::Current => None,
        RecordState::Ended => {
            let place = version_row(id, version);
            Some(subject.reveal(content_place(&place), &Kept::of(row, "ending")?)?)
        }
    };
    Ok(RecordRow {
        subject: subject.id,
        id,
        version,
        stated_version,
        state,
        plugin: row.plain("plugin")?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        record,
        ending,
        delivery: row.id_or_none("delivery")?,
        row: row.count("row")?,
        recorded_at: row.instant("recorded_at")?,
        entry: row.id("entry")?,
    })
}

fn record_state(code: &str) -> Option<RecordState> {
    match code {
        "current" => Some(RecordState::Current),
        "ended" => Some(RecordState::Ended),
        _ => None,
    }
}

/// What a record says about persons beside its subject.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PersonsPart {
    parties: Vec<Party>,
    /// Each with its place among the facts.
    facts: Vec<(usize, Fact)>,
}

impl PersonsPart {
    /// The record without what it says about other persons, and that.
    pub(crate) fn take_out<'r>(
        record: &'r CreditRecord,
        personal_fields: &[String],
    ) -> (Cow<'r, CreditRecord>, Option<Self>) {
        let is_personal = |fact: &Fact| personal_fields.contains(&fact.field);
        if record.parties.is_empty() && !record.facts.iter().any(is_personal) {
            return (Cow::Borrowed(record), None);
        }
        let mut rest = record.clone();
        let parties = std::mem::take(&mut rest.parties);
        let (personal, other): (Vec<_>, Vec<_>) = std::mem::take(&mut rest.facts)
            .into_iter()
            .enumerate()
            .partition(|(_, fact)| is_personal(fact));
        rest.facts = other.into_iter().map(|(_, fact)| fact).collect();
        let part = Self {
            parties,
            facts: personal,
        };
        (Cow::Owned(rest), Some(part))
    }

    /// Undoes [`Self::take_out`].
    fn put_back(self, record: &mut CreditRecord) {
        record.parties = self.parties;
        // In the order of their places, so that each place is right when it comes.
        for (place, fact) in self.facts {
            record.facts.insert(place.min(record.facts.len()), fact);
        }
    }
}

pub(crate) fn version_row(record: RecordId, version: u32) -> Vec<u8> {
    [record.bytes(), &version.to_be_bytes()].concat()
}

pub(crate) fn content_place(row: &[u8]) -> Place<'_> {
    Place {
        table: "record_version",
        row,
        column: "content",
    }
}

pub(crate) fn persons_place(row: &[u8]) -> Place<'_> {
    Place {
        table: "record_version",
        row,
        column: "sealed_persons",
    }
}
