//! Notices to subjects (告知书) and how they were served (送达).
//!
//! Comes in: the words of a notice, later its receipt. Goes out: notices. Always
//! holds: the words lie sealed where the subject is a person; a notice is changed
//! only as it was read. Deliberately absent: when a notice counts as served.

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    entry::EventDraft,
    error::StoreError,
    keys::KeyRing,
    objects::Kind,
    orders::list_of,
    rows::NoticeRow,
    seal::Place,
    statements::statements,
    store::Read,
    write::Write,
};
use credence_domain::{
    case::ReceiptKind,
    gates::Receipt,
    ids::{CaseId, NoticeId},
};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

statements! {
    INSERT = "INSERT INTO notice (subject, id, subject_kind, case_id, department, region, made_at,
            made_on, receipt_kind, receipt_on, content, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, coalesce(?11, ?12), ?13, 0)";
    UPDATE = "UPDATE notice SET receipt_kind = ?4, receipt_on = ?5, content = coalesce(?6, ?7),
            updated_at = ?8, changes = changes + 1
        WHERE subject = ?1 AND id = ?2 AND changes = ?3";
    BY_ID = "SELECT t.*, s.sealed_key AS _sealed_key FROM notice AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.id = ?1";
    OF_CASE = "SELECT t.*, s.sealed_key AS _sealed_key FROM case_ AS c
        JOIN notice AS t ON t.subject = c.subject AND t.case_id = c.id
        JOIN subject AS s ON s.id = t.subject
        WHERE c.id = ?1 ORDER BY t.made_at, t.id";
    RECEIPTS = "SELECT t.case_id, t.receipt_kind, t.receipt_on FROM json_each(?1) AS w
        CROSS JOIN case_ AS c CROSS JOIN notice AS t
        WHERE c.id = unhex(w.value) AND t.subject = c.subject AND t.case_id = c.id
            AND t.receipt_on IS NOT NULL
        ORDER BY t.made_at DESC, t.id DESC";
}

/// The sealed half of a notice.
#[derive(Serialize, Deserialize)]
struct Content {
    text: String,
    proof: Option<String>,
}

impl Write<'_> {
    /// Writes a new notice. Its `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn insert_notice(
        &mut self,
        notice: &NoticeRow,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let subject = self.read().seal_of(notice.subject).await?;
        let content = keep(&subject, notice)?;
        INSERT
            .query()
            .bind(notice.subject.bytes())
            .bind(notice.id.bytes())
            .bind(subject.kind.code())
            .bind(notice.case.bytes())
            .bind(&notice.department)
            .bind(&notice.region)
            .bind(notice.made_at.as_millisecond())
            .bind(notice.made_on.to_string())
            .bind(notice.receipt.map(|receipt| receipt.kind.code()))
            .bind(notice.receipt.map(|receipt| receipt.on.to_string()))
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&notice.object()))?;
        self.changed(Kind::NOTICE, notice.object().id, None, event)
            .await
    }

    /// Writes the receipt of a notice and what proves it. Gives the row as it is
    /// now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read.
    pub async fn update_notice(
        &mut self,
        mut notice: NoticeRow,
        event: &EventDraft,
    ) -> Result<NoticeRow, StoreError> {
        let object = notice.object();
        let before = self.before(Kind::NOTICE, &object.id).await?;
        let subject = self.read().seal_of(notice.subject).await?;
        let content = keep(&subject, &notice)?;
        let done = UPDATE
            .query()
            .bind(notice.subject.bytes())
            .bind(notice.id.bytes())
            .bind(notice.changes)
            .bind(notice.receipt.map(|receipt| receipt.kind.code()))
            .bind(notice.receipt.map(|receipt| receipt.on.to_string()))
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::NOTICE, object.id, before, event).await?;
        notice.changes += 1;
        notice.updated_at = event.at;
        Ok(notice)
    }
}

impl Read<'_> {
    /// A notice.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn notice(&mut self, id: NoticeId) -> Result<Option<NoticeRow>, StoreError> {
        let row = BY_ID
            .query()
            .bind(id.bytes())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| notice_row(self.keys, &row)).transpose()
    }

    /// The notices of a case, in the order in which they were made.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn notices_of(&mut self, case: CaseId) -> Result<Vec<NoticeRow>, StoreError> {
        let rows = OF_CASE
            .query()
            .bind(case.bytes())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| notice_row(self.keys, row)).collect()
    }

    /// The receipts of the notices of these cases, of each the first notice's.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn receipts(
        &mut self,
        cases: impl IntoIterator<Item = CaseId>,
    ) -> Result<BTreeMap<CaseId, Receipt>, StoreError> {
        let query = RECEIPTS.query().bind(list_of(cases)?);
        let rows = query.fetch_all(self.connection()).await?;
        let receipt = |row: &SqliteRow| -> Result<_, StoreError> {
            let receipt = Receipt {
                kind: row.word("receipt_kind", ReceiptKind::from_code)?,
                on: row.day("receipt_on")?,
            };
            Ok((row.id("case_id")?, receipt))
        };
        rows.iter().map(receipt).collect()
    }
}

fn keep(subject: &SubjectSeal, notice: &NoticeRow) -> Result<Kept, StoreError> {
    let content = Content {
        text: notice.text.clone(),
        proof: notice.proof.clone(),
    };
    subject.keep(place(&notice.id), &content)
}

fn notice_row(keys: &KeyRing, row: &SqliteRow) -> Result<NoticeRow, StoreError> {
    let subject = SubjectSeal::of(keys, row)?;
    let id = row.id("id")?;
    let content: Content = subject.reveal(place(&id), &Kept::of(row, "content")?)?;
    let receipt = match row.plain::<Option<&str>>("receipt_kind")? {
        None => None,
        Some(_) => Some(Receipt {
            kind: row.word("receipt_kind", ReceiptKind::from_code)?,
            on: row.day("receipt_on")?,
        }),
    };
    Ok(NoticeRow {
        subject: subject.id,
        id,
        case: row.id("case_id")?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        text: content.text,
        receipt,
        proof: content.proof,
        made_at: row.instant("made_at")?,
        made_on: row.day("made_on")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}

fn place(id: &NoticeId) -> Place<'_> {
    Place {
        table: "notice",
        row: id.bytes(),
        column: "content",
    }
}
