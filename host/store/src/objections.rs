//! Objections (异议) to records and to the orders that rest on them.
//!
//! Comes in: objections as the state machine left them. Goes out: objections, and
//! those whose last day for an answer is over. Always holds: what is said lies
//! sealed where the subject is a person; an objection is changed only as it was
//! read. Deliberately absent: who complained (the vault's), and which orders an
//! objection holds (`orders`).

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    entry::EventDraft,
    error::StoreError,
    keys::KeyRing,
    objects::Kind,
    orders::list_of,
    readable::{Pages, Readable},
    rows::ObjectionRow,
    seal::Place,
    statements::statements,
    store::Read,
    write::Write,
};
use credence_domain::{
    ids::{ObjectionId, OrderId, RecordId},
    objection::{Door, Ground, Objection},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO objection (subject, id, subject_kind, record, case_id, order_id,
            department, region, door, ground, state, answer_by, raised_at, raised_on, content,
            updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, coalesce(?15, ?16),
            ?17, 0)";
    UPDATE = "UPDATE objection SET state = ?3, answer_by = ?4, content = coalesce(?5, ?6),
            updated_at = ?7, changes = changes + 1
        WHERE id = ?1 AND changes = ?2";
    BY_ID = "SELECT t.*, s.sealed_key AS _sealed_key FROM objection AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.id = ?1";
    ON_RECORDS = "SELECT t.*, s.sealed_key AS _sealed_key FROM json_each(?1) AS w CROSS JOIN record AS r
        CROSS JOIN objection AS t CROSS JOIN subject AS s
        WHERE r.id = unhex(w.value) AND t.subject = r.subject AND t.record = r.id
            AND s.id = t.subject
        ORDER BY t.raised_at, t.id";
    LIST = "SELECT t.*, s.sealed_key AS _sealed_key FROM objection AS t JOIN subject AS s ON s.id = t.subject
        WHERE (?1 IS NULL OR t.state IN ('raised', 'escalated'))
        ORDER BY t.raised_at DESC, t.id DESC LIMIT ?2";
    UNANSWERED = "SELECT t.*, s.sealed_key AS _sealed_key FROM objection AS t
        JOIN subject AS s ON s.id = t.subject
        WHERE t.answer_by < ?1 ORDER BY t.answer_by, t.id LIMIT ?2 OFFSET ?3";
}

/// The sealed half of an objection.
#[derive(Serialize, Deserialize)]
struct Content {
    reason: String,
    objection: Objection,
    settled_by: Option<String>,
}

impl Write<'_> {
    /// Writes a new objection. Its `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn insert_objection(
        &mut self,
        row: &ObjectionRow,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let subject = self.read().seal_of(row.subject).await?;
        let content = keep(&subject, row)?;
        INSERT
            .query()
            .bind(row.subject.bytes())
            .bind(row.id.bytes())
            .bind(subject.kind.code())
            .bind(row.record.bytes())
            .bind(row.case.bytes())
            .bind(row.order.as_ref().map(OrderId::bytes))
            .bind(&row.department)
            .bind(&row.region)
            .bind(row.door.code())
            .bind(row.ground.code())
            .bind(row.objection.code())
            .bind(answer_by(&row.objection))
            .bind(row.raised_at.as_millisecond())
            .bind(row.raised_on.to_string())
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&row.object()))?;
        self.changed(Kind::OBJECTION, row.object().id, None, event)
            .await
    }

    /// Writes where an objection stands, and who said so. Gives the row as it is
    /// now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read.
    pub async fn update_objection(
        &mut self,
        mut row: ObjectionRow,
        event: &EventDraft,
    ) -> Result<ObjectionRow, StoreError> {
        let object = row.object();
        let before = self.before(Kind::OBJECTION, &object.id).await?;
        let subject = self.read().seal_of(row.subject).await?;
        let content = keep(&subject, &row)?;
        let done = UPDATE
            .query()
            .bind(row.id.bytes())
            .bind(row.changes)
            .bind(row.objection.code())
            .bind(answer_by(&row.objection))
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::OBJECTION, object.id, before, event)
            .await?;
        row.changes += 1;
        row.updated_at = event.at;
        Ok(row)
    }
}

impl Read<'_> {
    /// An objection.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn objection(&mut self, id: ObjectionId) -> Result<Option<ObjectionRow>, StoreError> {
        let query = BY_ID.query().bind(id.bytes());
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| objection_row(self.keys, &row)).transpose()
    }

    /// The objections against these records, in the order in which they came in.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn objections_on(
        &mut self,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<Vec<ObjectionRow>, StoreError> {
        let query = ON_RECORDS.query().bind(list_of(records)?);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter()
            .map(|row| objection_row(self.keys, row))
            .collect()
    }

    /// Objections, the newest first; those that are open, or all.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn objections(
        &mut self,
        open: bool,
        limit: u32,
    ) -> Result<Vec<ObjectionRow>, StoreError> {
        let query = LIST.query().bind(open.then_some(1)).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter()
            .map(|row| objection_row(self.keys, row))
            .collect()
    }

    /// Objections whose answer is awaited and whose last day for it lies before
    /// `day`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn unanswered_objections(
        &mut self,
        day: Date,
        limit: u32,
    ) -> Result<Readable<ObjectionRow>, StoreError> {
        let mut pages = Pages::of(limit);
        while let Some((behind, limit)) = pages.next() {
            let query = UNANSWERED.query().bind(day.to_string());
            let query = query.bind(limit).bind(behind);
            let rows = query.fetch_all(self.connection()).await?;
            let read = |row: &SqliteRow| objection_row(self.keys, row);
            let name = |row: &SqliteRow| row.id("id").map(|id: ObjectionId| id.to_string());
            pages.take(limit, &rows, read, name);
        }
        Ok(pages.read())
    }
}

/// The last day for the answer, while it is awaited.
fn answer_by(objection: &Objection) -> Option<String> {
    match objection {
        Objection::Raised { answer_by } => Some(answer_by.date.to_string()),
        Objection::Escalated { .. }
        | Objection::Upheld { .. }
        | Objection::Rejected { .. }
        | Objection::Withdrawn => None,
    }
}

fn keep(subject: &SubjectSeal, row: &ObjectionRow) -> Result<Kept, StoreError> {
    let content = Content {
        reason: row.reason.clone(),
        objection: row.objection.clone(),
        settled_by: row.settled_by.clone(),
    };
    subject.keep(place(&row.id), &content)
}

fn objection_row(keys: &KeyRing, row: &SqliteRow) -> Result<ObjectionRow, StoreError> {
    let subject = SubjectSeal::of(keys, row)?;
    let id = row.id("id")?;
    let content: Content = subject.reveal(place(&id), &Kept::of(row, "content")?)?;
    Ok(ObjectionRow {
        subject: subject.id,
        id,
        record: row.id("record")?,
        case: row.id("case_id")?,
        order: row.id_or_none("order_id")?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        door: row.word("door", Door::from_code)?,
        ground: row.word("ground", Ground::from_code)?,
        reason: content.reason,
        objection: content.objection,
        settled_by: content.settled_by,
        raised_at: row.instant("raised_at")?,
        raised_on: row.day("raised_on")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}

fn place(id: &ObjectionId) -> Place<'_> {
    Place {
        table: "objection",
        row: id.bytes(),
        column: "content",
    }
}
