//! Joint cases (联合奖惩案件).
//!
//! Comes in: cases as `pipeline` decided them. Goes out: cases. Always holds:
//! what the official wrote lies sealed where the subject is a person; a case is
//! changed only as it was read. Deliberately absent: which state follows which.

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    entry::EventDraft,
    error::StoreError,
    keys::KeyRing,
    objects::Kind,
    orders::list_of,
    rows::CaseRow,
    seal::Place,
    statements::statements,
    store::Read,
    update::Change,
    write::Write,
};
use credence_domain::{
    case::{CaseState, Initiation},
    ids::{CaseId, SubjectId},
};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO case_ (subject, id, subject_kind, number, department, region, record,
            record_version, state, opened_at, opened_on, content, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, coalesce(?12, ?13), ?14, 0)";
    UPDATE = "UPDATE case_ SET state = w.value ->> 'state',
            content = coalesce(w.value ->> 'content', unhex(w.value ->> 'content_hex')),
            updated_at = w.value ->> 'updated_at', changes = case_.changes + 1
        FROM jsonb_each(?1) AS w
        WHERE case_.id = unhex(w.value ->> 'id') AND case_.changes = w.value ->> 'changes'";
    BY_IDS = "SELECT t.*, s.sealed_key AS _sealed_key FROM json_each(?1) AS w CROSS JOIN case_ AS t
        CROSS JOIN subject AS s WHERE t.id = unhex(w.value) AND s.id = t.subject";
    BY_NUMBER = "SELECT t.*, s.sealed_key AS _sealed_key FROM case_ AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.number = ?1";
    LIST = "SELECT t.*, s.sealed_key AS _sealed_key FROM case_ AS t JOIN subject AS s ON s.id = t.subject
        WHERE (?1 IS NULL OR t.subject IN (
                WITH one (id) AS (SELECT coalesce((SELECT min(same_as) FROM subject_alias
                    WHERE subject = ?1), ?1))
                SELECT id FROM one
                UNION SELECT a.subject FROM one CROSS JOIN subject_alias AS a
                    WHERE a.same_as = one.id))
            AND (?2 IS NULL OR t.state = ?2)
        ORDER BY t.opened_at DESC, t.id DESC LIMIT ?3";
}

/// Which cases to list. `None` means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseFilter {
    /// Those of one subject, and of all that are the same.
    pub subject: Option<SubjectId>,
    /// Those in one state.
    pub state: Option<CaseState>,
}

/// The sealed half of a case.
#[derive(Serialize, Deserialize)]
struct Content {
    initiation: Initiation,
    refusal: Option<String>,
}

impl Write<'_> {
    /// Writes a new case. Its `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where id or number is taken.
    pub async fn insert_case(
        &mut self,
        case: &CaseRow,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let subject = self.read().seal_of(case.subject).await?;
        let content = keep(&subject, case)?;
        INSERT
            .query()
            .bind(case.subject.bytes())
            .bind(case.id.bytes())
            .bind(subject.kind.code())
            .bind(&case.number)
            .bind(&case.department)
            .bind(&case.region)
            .bind(case.record.bytes())
            .bind(case.record_version)
            .bind(case.state.code())
            .bind(case.opened_at.as_millisecond())
            .bind(case.opened_on.to_string())
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&case.object()))?;
        self.changed(Kind::CASE, case.object().id, None, event)
            .await
    }

    /// Writes the state and the refusal of a case. Gives the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read.
    pub async fn update_case(
        &mut self,
        case: CaseRow,
        event: &EventDraft,
    ) -> Result<CaseRow, StoreError> {
        let object = case.object();
        let mut cases = self.update_cases(vec![(case, event.clone())]).await?;
        cases.pop().ok_or(StoreError::NotThere { object })
    }

    /// The same for many, each with an entry of its own.
    ///
    /// # Errors
    /// As for [`Self::update_case`]; nothing of the set may be committed then.
    pub async fn update_cases(
        &mut self,
        cases: Vec<(CaseRow, EventDraft)>,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let subjects = cases.iter().map(|(case, _)| case.subject);
        let seals = self.read().seals(subjects).await?;
        let changes = cases.iter().map(|(case, event)| {
            let content = keep(&seals[&case.subject], case)?;
            Ok(Change {
                id: case.id.to_string(),
                changes: case.changes,
                columns: vec![
                    ("state", case.state.code().into()),
                    ("content", content.into()),
                ],
                event,
            })
        });
        let changes = changes.collect::<Result<Vec<_>, StoreError>>()?;
        self.update(Kind::CASE, UPDATE, changes).await?;
        let now = |(case, event): (CaseRow, EventDraft)| CaseRow {
            changes: case.changes + 1,
            updated_at: event.at,
            ..case
        };
        Ok(cases.into_iter().map(now).collect())
    }
}

impl Read<'_> {
    /// A case.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn case(&mut self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        Ok(self.cases_by_ids([id]).await?.pop())
    }

    /// The cases with these ids, as far as there are any.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn cases_by_ids(
        &mut self,
        ids: impl IntoIterator<Item = CaseId>,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let query = BY_IDS.query().bind(list_of(ids)?);
        let rows = query.fetch_all(self.connection()).await?;
        let cases = rows.iter().map(|row| case_row(self.keys, row));
        let cases: Vec<_> = cases.collect::<Result<_, _>>()?;
        let ids = cases.iter().map(|case| case.id.to_string());
        self.saw(Kind::CASE, rows, ids)?;
        Ok(cases)
    }

    /// A case by its number.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn case_by_number(&mut self, number: &str) -> Result<Option<CaseRow>, StoreError> {
        let query = BY_NUMBER.query().bind(number);
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| case_row(self.keys, &row)).transpose()
    }

    /// Cases, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn cases(
        &mut self,
        filter: CaseFilter,
        limit: u32,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let query = LIST
            .query()
            .bind(filter.subject.as_ref().map(SubjectId::bytes))
            .bind(filter.state.map(CaseState::code))
            .bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| case_row(self.keys, row)).collect()
    }
}

fn keep(subject: &SubjectSeal, case: &CaseRow) -> Result<Kept, StoreError> {
    let content = Content {
        initiation: case.initiation.clone(),
        refusal: case.refusal.clone(),
    };
    subject.keep(place(&case.id), &content)
}

fn case_row(keys: &KeyRing, row: &SqliteRow) -> Result<CaseRow, StoreError> {
    let subject = SubjectSeal::of(keys, row)?;
    let id = row.id("id")?;
    let content: Content = subject.reveal(place(&id), &Kept::of(row, "content")?)?;
    Ok(CaseRow {
        subject: subject.id,
        id,
        number: row.plain("number")?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        record: row.id("record")?,
        record_version: row.count("record_version")?,
        state: row.word("state", CaseState::from_code)?,
        initiation: content.initiation,
        refusal: content.refusal,
        opened_at: row.instant("opened_at")?,
        opened_on: row.day("opened_on")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}

fn place(id: &CaseId) -> Place<'_> {
    Place {
        table: "case_",
        row: id.bytes(),
        column: "content",
    }
}
