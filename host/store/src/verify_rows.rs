//! From rows to entries: each row is what its newest entry committed to.
//!
//! Comes in: a verification under way (`verify`). Goes out: findings. Always
//! holds: rows are read in pages, with the newest entry of each, sealed or
//! pending; records are held against their versions, and parts of the journal
//! against their addresses. Deliberately absent: rows that are written in sets;
//! their entries hold a root over them.

use crate::{
    columns::Columns,
    entry::JOURNAL,
    error::StoreError,
    journal::blob_place,
    keys::hmac,
    objects::{Kind, Stored},
    seal::open,
    statements::{Sql, statements},
    store::Read,
    verify::{Opened, PAGE, Verification},
};
use credence_audit::{Event, Finding, MAX_NAMED, ObjectRef, Salt, canonical, check_object};
use credence_domain::ids::SubjectId;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

statements! {
    NEWEST_OF_OBJECTS = "SELECT e.object_id AS object, e.event, e.sealed FROM json_each(?2) AS w
        CROSS JOIN audit_entry AS e WHERE e.idx = (SELECT max(n.idx) FROM audit_entry AS n
            WHERE n.object_kind = ?1 AND n.object_id = w.value)";
    // Beside max() the other columns are those of the row that has it.
    NEWEST_PENDING_OF_OBJECTS = "SELECT p.object_id AS object, p.event, p.sealed, max(p.seq)
        FROM audit_pending AS p WHERE p.object_kind = ?1
            AND p.object_id IN (SELECT value FROM json_each(?2)) GROUP BY p.object_id";
    NEWEST_OF_CALLS = "SELECT lower(hex(e.call)) AS object, e.event, e.sealed
        FROM json_each(?2) AS w
        CROSS JOIN audit_entry AS e WHERE ?1 = 'call' AND e.idx = (SELECT max(n.idx) FROM audit_entry AS n
            WHERE n.call = unhex(w.value))";
    NEWEST_PENDING_OF_CALLS = "SELECT lower(hex(p.call)) AS object, p.event, p.sealed, max(p.seq)
        FROM audit_pending AS p WHERE ?1 = 'call'
            AND p.call IN (SELECT unhex(value) FROM json_each(?2)) GROUP BY p.call";
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

/// The two queries for the newest entry of each of a list of objects.
const BY_OBJECT: [Sql; 2] = [NEWEST_OF_OBJECTS, NEWEST_PENDING_OF_OBJECTS];
const BY_CALL: [Sql; 2] = [NEWEST_OF_CALLS, NEWEST_PENDING_OF_CALLS];

impl Verification<'_> {
    /// From rows to entries: each row is what its newest entry committed to.
    pub(crate) async fn rows(&mut self, kind: Kind) -> Result<(), StoreError> {
        let mut place = 0;
        loop {
            let (rows, last) = kind.page(self.connection, place, PAGE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            place = last;
            let newest = self.newest(kind, &rows).await?;
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
        rows: &[Stored],
    ) -> Result<HashMap<String, Option<Opened>>, StoreError> {
        let queries = if kind.name == Kind::CALL.name {
            BY_CALL
        } else {
            BY_OBJECT
        };
        let ids: Vec<_> = rows.iter().map(|stored| &stored.object).collect();
        let ids = serde_json::to_string(&ids)?;
        let mut newest = HashMap::new();
        // Whatever is pending is newer than whatever is sealed.
        for sql in queries {
            let query = sql.query().bind(kind.name).bind(&ids);
            for row in query.fetch_all(&mut *self.connection).await? {
                let opened = self.open(&row)?.map(|(entry, _)| entry);
                newest.insert(row.plain("object")?, opened);
            }
        }
        Ok(newest)
    }

    /// Where records stand, which their versions say.
    pub(crate) async fn records(&mut self) -> Result<(), StoreError> {
        for object in self.objects(WRONG_RECORDS, "record").await? {
            self.find(Finding::RowDiffers { object });
        }
        for object in self.objects(LOST_RECORDS, "record").await? {
            self.find(Finding::EntryWithoutRow { object });
        }
        Ok(())
    }

    /// Parts of the journal: each is what its address says, and none is missing.
    pub(crate) async fn blobs(&mut self) -> Result<(), StoreError> {
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
        let key = match Read::inside(self.connection, keys, None)
            .owner_key(owner)
            .await
        {
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

    async fn objects(&mut self, sql: Sql, kind: &str) -> Result<Vec<ObjectRef>, StoreError> {
        let query = sql.query().bind(MAX_NAMED as u32);
        let rows = query.fetch_all(&mut *self.connection).await?;
        let object = |row: &SqliteRow| Ok(ObjectRef::new(kind, row.plain::<String>("object")?));
        rows.iter().map(object).collect()
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
