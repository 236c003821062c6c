//! Subjects (主体), read back, and the keys that their facts are sealed under.
//!
//! Comes in: ids. Goes out: subjects with their codes, and what became of them.
//! Always holds: every subject has a key of its own; an organization that is known
//! under several ids is shown with the codes of all of them. Deliberately absent:
//! learning (`register`), persons' numbers and tokens (`persons`).

use crate::{
    columns::Columns,
    content::SubjectSeal,
    entry::{Drawn, EventDraft},
    error::StoreError,
    insert::{Table, Value, insert},
    rows::{Code, SubjectEvent, SubjectRow},
    statements::statements,
    store::Read,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::{catalogue::SubjectKind, ids::SubjectId, register::Register};
use std::collections::HashMap;

statements! {
    BY_ID = "SELECT id, kind, region, name, bindable, created_at FROM subject WHERE id = ?1";
    SEALS = "SELECT s.id AS subject, s.kind AS subject_kind, s.sealed_key AS _sealed_key FROM json_each(?1) AS w
        CROSS JOIN subject AS s WHERE s.id = unhex(w.value)";
    INSERT_SUBJECT = insert!(one: "subject
            (id, kind, region, name, bindable, created_at, entry, sealed_key)",
        "(?, ?, ?, ?, ?, ?, ?, ?)");
    INSERT_SUBJECTS = insert!(many: "subject
            (id, kind, region, name, bindable, created_at, entry, sealed_key)",
        "(?, ?, ?, ?, ?, ?, ?, ?)");
}

/// Rows of the register. That a key was shredded must not look like tampering.
pub(crate) static SUBJECTS: Table = Table {
    name: "subject",
    key: 1,
    uncovered: Some("sealed_key"),
    one: INSERT_SUBJECT,
    many: INSERT_SUBJECTS,
};

/// A row of the register to be.
pub(crate) struct NewSubject {
    pub(crate) id: SubjectId,
    pub(crate) kind: SubjectKind,
    pub(crate) region: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) bindable: bool,
    pub(crate) sealed_key: Vec<u8>,
}

impl Read<'_> {
    /// A subject, with the codes of all that are the same as it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subject(&mut self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError> {
        let query = BY_ID.query().bind(id.bytes());
        let Some(row) = query.fetch_optional(self.connection()).await? else {
            return Ok(None);
        };
        let register = self.register_of(id).await?;
        let same_as = Some(register.canonical(id)).filter(|canonical| *canonical != id);
        Ok(Some(SubjectRow {
            id,
            kind: row.word("kind", SubjectKind::from_code)?,
            region: row.plain("region")?,
            name: row.plain("name")?,
            bindable: row.plain("bindable")?,
            codes: codes(&register, id),
            events: events(&register, id),
            same_as,
            aliases: register.aliases(id),
            created_at: row.instant("created_at")?,
        }))
    }

    /// The kinds of subjects; each of them has to be there.
    ///
    /// # Errors
    /// [`StoreError::NotThere`] where one is not.
    pub async fn subject_kinds(
        &mut self,
        ids: impl IntoIterator<Item = SubjectId>,
    ) -> Result<HashMap<SubjectId, SubjectKind>, StoreError> {
        let seals = self.seals(ids).await?;
        Ok(seals
            .into_iter()
            .map(|(id, seal)| (id, seal.kind))
            .collect())
    }

    /// The kinds and keys of subjects; each of them has to be there.
    pub(crate) async fn seals(
        &mut self,
        ids: impl IntoIterator<Item = SubjectId>,
    ) -> Result<HashMap<SubjectId, SubjectSeal>, StoreError> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut seals = HashMap::with_capacity(ids.len());
        if let Some(seen) = &self.seen {
            let known = ids
                .iter()
                .filter_map(|id| Some((*id, seen.seals.get(id)?.clone())));
            seals.extend(known);
        }
        let wanted = ids.iter().filter(|id| !seals.contains_key(id));
        let wanted: Vec<_> = wanted.map(SubjectId::to_string).collect();
        if !wanted.is_empty() {
            let query = SEALS.query().bind(serde_json::to_string(&wanted)?);
            for row in query.fetch_all(self.connection()).await? {
                let seal = SubjectSeal::of(self.keys, &row)?;
                seals.insert(seal.id, seal);
            }
        }
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
    pub(crate) async fn insert_subjects(
        &mut self,
        subjects: Vec<NewSubject>,
        drawn: Drawn,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let (at, entry) = (event.at.as_millisecond(), Value::bytes(drawn.id.bytes()));
        let row = |new: NewSubject| {
            vec![
                Value::bytes(new.id.bytes()),
                Value::text(new.kind.code()),
                Value::or_null(new.region),
                Value::or_null(new.name),
                Value::Number(new.bindable.into()),
                Value::Number(at),
                entry.clone(),
                Value::bytes(new.sealed_key),
            ]
        };
        let rows = subjects.into_iter().map(row).collect();
        let object = ObjectRef::new("register", "subjects");
        self.insert_set(&SUBJECTS, rows, drawn, &object).await
    }
}

fn not_there(id: SubjectId) -> StoreError {
    StoreError::NotThere {
        object: ObjectRef::new("subject", id.to_string()),
    }
}

fn codes(register: &Register, id: SubjectId) -> Vec<Code> {
    let known = register.organization(id).into_iter();
    known
        .flat_map(|known| &known.codes)
        .map(|(code, term)| Code {
            scheme: code.scheme().code().to_owned(),
            value: code.value().to_owned(),
            from: term.from,
            until: term.until,
        })
        .collect()
}

fn events(register: &Register, id: SubjectId) -> Vec<SubjectEvent> {
    let known = register.organization(id).into_iter();
    known
        .flat_map(|known| &known.events)
        .map(|event| SubjectEvent {
            on: event.on,
            state: event.state.code().to_owned(),
            successors: event
                .state
                .successors()
                .into_iter()
                .map(|code| code.value().to_owned())
                .collect(),
        })
        .collect()
}
