//! The register of subjects (主体), and the codes that organizations are bound by.
//!
//! Comes in: codes that passed their schemes' rules. Goes out: subjects. Always
//! holds: a code names one subject for ever; every subject has a key of its own;
//! an organization's name binds nothing (I7). Deliberately absent: persons'
//! numbers and tokens (`persons`), and joining two subjects into one.

use crate::{
    columns::Columns,
    content::SubjectSeal,
    error::StoreError,
    rows::{Code, SubjectRow},
    statements::statements,
    store::Read,
    write::{Drawn, EventDraft, Write, draw},
};
use credence_audit::ObjectRef;
use credence_domain::{
    catalogue::SubjectKind,
    identifier::{Identifier, Scheme},
    ids::SubjectId,
};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeSet, HashMap};

statements! {
    BY_CODES = "SELECT c.scheme, c.value, c.subject FROM json_each(?1) AS w
        CROSS JOIN subject_code AS c WHERE c.scheme = w.value ->> 0 AND c.value = w.value ->> 1";
    BY_ID = "SELECT id, kind, region, name, bindable, created_at,
            (SELECT json_group_array(json_object('scheme', c.scheme, 'value', c.value))
             FROM subject_code AS c WHERE c.subject = subject.id) AS codes
        FROM subject WHERE id = ?1";
    SCHEMES = "SELECT DISTINCT c.subject, c.scheme FROM json_each(?1) AS w
        CROSS JOIN subject_code AS c WHERE c.subject = unhex(w.value)";
    SEALS = "SELECT s.id AS subject, s.kind AS subject_kind, s.sealed_key FROM json_each(?1) AS w
        CROSS JOIN subject AS s WHERE s.id = unhex(w.value)";
    INSERT_SUBJECTS = "INSERT INTO subject
            (id, kind, region, name, bindable, created_at, entry, sealed_key)
        SELECT unhex(value ->> 'id'), value ->> 'kind', value ->> 'region', value ->> 'name',
            value ->> 'bindable', ?2, ?3, unhex(value ->> 'sealed_key')
        FROM jsonb_each(?1)";
    INSERT_CODES = "INSERT INTO subject_code (scheme, value, subject, entry)
        SELECT value ->> 0, value ->> 1, unhex(value ->> 2), ?2 FROM jsonb_each(?1)";
}

/// An organization that the register does not have yet.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its id, made by the caller.
    pub id: SubjectId,
    /// Its name, for people to read.
    pub name: Option<String>,
    /// Code of its region, where known.
    pub region: Option<String>,
    /// Its codes, at least one. A unified code's inner organization code belongs
    /// here too.
    pub codes: Vec<Identifier>,
}

/// A row of the register to be.
#[derive(Serialize)]
pub(crate) struct NewSubject {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) region: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) bindable: u8,
    pub(crate) sealed_key: String,
}

impl Read<'_> {
    /// The subjects that these codes name. A code that is missing from the answer
    /// names none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subjects_by_codes(
        &mut self,
        codes: &[Identifier],
    ) -> Result<HashMap<Identifier, SubjectId>, StoreError> {
        let wanted: Vec<_> = codes
            .iter()
            .map(|c| (c.scheme().code(), c.value()))
            .collect();
        let wanted = serde_json::to_string(&wanted)?;
        let rows = BY_CODES
            .query()
            .bind(wanted)
            .fetch_all(self.connection())
            .await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let scheme = row.word("scheme", Scheme::of_organization)?;
            let code = Identifier::parse(scheme, row.plain("value")?)
                .map_err(|e| StoreError::unreadable_for("value", e))?;
            found.insert(code, row.id("subject")?);
        }
        Ok(found)
    }

    /// The kinds of codes that these subjects have. One without any is missing from
    /// the answer.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn schemes_of(
        &mut self,
        subjects: &BTreeSet<SubjectId>,
    ) -> Result<HashMap<SubjectId, BTreeSet<Scheme>>, StoreError> {
        let wanted: Vec<_> = subjects.iter().map(SubjectId::to_string).collect();
        let wanted = serde_json::to_string(&wanted)?;
        let query = SCHEMES.query().bind(wanted);
        let mut found: HashMap<SubjectId, BTreeSet<Scheme>> = HashMap::new();
        for row in &query.fetch_all(self.connection()).await? {
            let scheme = row.word("scheme", Scheme::of_organization)?;
            found.entry(row.id("subject")?).or_default().insert(scheme);
        }
        Ok(found)
    }

    /// A subject, with its codes.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subject(&mut self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError> {
        let row = BY_ID
            .query()
            .bind(id.bytes())
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(subject_row).transpose()
    }

    /// The kinds and keys of subjects; each of them has to be there.
    pub(crate) async fn seals(
        &mut self,
        ids: impl IntoIterator<Item = SubjectId>,
    ) -> Result<HashMap<SubjectId, SubjectSeal>, StoreError> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let wanted: Vec<_> = ids.iter().map(SubjectId::to_string).collect();
        let wanted = serde_json::to_string(&wanted)?;
        let rows = SEALS
            .query()
            .bind(wanted)
            .fetch_all(self.connection())
            .await?;
        let seal = |row| SubjectSeal::of(self.keys, row).map(|seal| (seal.id, seal));
        let seals = rows
            .iter()
            .map(seal)
            .collect::<Result<HashMap<_, _>, _>>()?;
        match ids.iter().find(|id| !seals.contains_key(id)) {
            None => Ok(seals),
            Some(missing) => Err(not_there(*missing)),
        }
    }

    /// The kind and key of one subject.
    pub(crate) async fn seal_of(&mut self, id: SubjectId) -> Result<SubjectSeal, StoreError> {
        let mut seals = self.seals([id]).await?;
        seals.remove(&id).ok_or_else(|| not_there(id))
    }
}

impl Write<'_> {
    /// Takes organizations into the register, under one entry for all of them.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where an id or a code is taken.
    pub async fn insert_organizations(
        &mut self,
        organizations: Vec<NewOrganization>,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        if organizations.is_empty() {
            return Ok(());
        }
        let drawn = draw(event.at)?;
        let mut subjects = Vec::with_capacity(organizations.len());
        let mut codes = Vec::new();
        for new in organizations {
            let kind = SubjectKind::Organization;
            let (_, sealed_key) = SubjectSeal::create(self.store.keys(), new.id, kind)?;
            codes.extend(new.codes.into_iter().map(|code| (new.id, code)));
            subjects.push(NewSubject {
                id: new.id.to_string(),
                kind: kind.code(),
                region: new.region,
                name: new.name,
                bindable: 1,
                sealed_key: hex::encode(sealed_key),
            });
        }
        self.insert_subjects(&subjects, drawn, event).await?;
        self.insert_codes(&codes, drawn).await?;
        self.told_of_set(drawn, ObjectRef::new("register", "organizations"), event)
            .await
    }

    /// Gives further codes to organizations, under one entry for all of them.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where a code is taken.
    pub async fn add_codes(
        &mut self,
        codes: &[(SubjectId, Identifier)],
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        if codes.is_empty() {
            return Ok(());
        }
        let drawn = draw(event.at)?;
        self.insert_codes(codes, drawn).await?;
        self.told_of_set(drawn, ObjectRef::new("register", "codes"), event)
            .await
    }

    pub(crate) async fn insert_subjects(
        &mut self,
        subjects: &[NewSubject],
        drawn: Drawn,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let object = ObjectRef::new("register", "subjects");
        INSERT_SUBJECTS
            .query()
            .bind(serde_json::to_string(subjects)?)
            .bind(event.at.as_millisecond())
            .bind(drawn.id.bytes())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        Ok(())
    }

    async fn insert_codes(
        &mut self,
        codes: &[(SubjectId, Identifier)],
        drawn: Drawn,
    ) -> Result<(), StoreError> {
        let object = ObjectRef::new("register", "codes");
        let rows: Vec<_> = codes
            .iter()
            .map(|(subject, code)| (code.scheme().code(), code.value(), subject.to_string()))
            .collect();
        INSERT_CODES
            .query()
            .bind(serde_json::to_string(&rows)?)
            .bind(drawn.id.bytes())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        Ok(())
    }
}

fn not_there(id: SubjectId) -> StoreError {
    StoreError::NotThere {
        object: ObjectRef::new("subject", id.to_string()),
    }
}

fn subject_row(row: &SqliteRow) -> Result<SubjectRow, StoreError> {
    let codes: &str = row.plain("codes")?;
    Ok(SubjectRow {
        id: row.id("id")?,
        kind: row.word("kind", SubjectKind::from_code)?,
        region: row.plain("region")?,
        name: row.plain("name")?,
        bindable: row.plain("bindable")?,
        codes: serde_json::from_str::<Vec<Code>>(codes)
            .map_err(|e| StoreError::unreadable_for("codes", e))?,
        created_at: row.instant("created_at")?,
    })
}
