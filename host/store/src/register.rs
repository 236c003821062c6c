//! The register of organizations: codes, their days, subjects that are one, and
//! what became of them.
//!
//! Comes in: codes to look up, and lessons as the domain drew them. Goes out: as
//! much of the register as those codes touch. Always holds: a code names one
//! subject for ever; what was learned is only added to; whatever waits for one of
//! the codes is marked as due in the same transaction. Deliberately absent:
//! deciding which subjects are one; an organization's name, which binds nothing
//! (I7).

use crate::{
    columns::Columns,
    content::SubjectSeal,
    entry::{Drawn, EventDraft, draw},
    error::StoreError,
    insert::{Table, Value, insert},
    statements::{Sql, statements},
    store::Read,
    subjects::NewSubject,
    write::Write,
};
use credence_audit::ObjectRef;
use credence_domain::{
    catalogue::SubjectKind,
    identifier::{Identifier, Scheme},
    ids::SubjectId,
    register::{Event, Lessons, NewOrganization, Register, State, Term},
};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeSet, HashMap};

statements! {
    /// Codes with the subject that stands for their holder.
    BY_CODES = "SELECT c.scheme, c.value, coalesce((SELECT min(a.same_as) FROM subject_alias AS a
            WHERE a.subject = c.subject), c.subject) AS subject
        FROM json_each(?1) AS w
        CROSS JOIN subject_code AS c WHERE c.scheme = w.value ->> 0 AND c.value = w.value ->> 1";
    CANONICAL = "SELECT coalesce(min(same_as), ?1) AS subject FROM subject_alias
        WHERE subject = ?1";
    ALIASES = "SELECT a.subject, a.same_as FROM json_each(?1) AS w
        CROSS JOIN subject_alias AS a WHERE a.same_as = unhex(w.value)";
    CODES = "SELECT c.scheme, c.value, c.subject,
            (SELECT min(d.on_day) FROM code_day AS d WHERE d.scheme = c.scheme
                AND d.value = c.value AND d.edge = 'from') AS from_day,
            (SELECT max(d.on_day) FROM code_day AS d WHERE d.scheme = c.scheme
                AND d.value = c.value AND d.edge = 'until') AS until_day
        FROM json_each(?1) AS w
        CROSS JOIN subject_code AS c WHERE c.subject = unhex(w.value)";
    EVENTS = "SELECT e.subject, e.on_day, e.state, e.successors FROM json_each(?1) AS w
        CROSS JOIN subject_event AS e WHERE e.subject = unhex(w.value)";
    INSERT_CODE = insert!(one: "subject_code (scheme, value, subject, entry)", "(?, ?, ?, ?)");
    INSERT_CODES = insert!(many: "subject_code (scheme, value, subject, entry)", "(?, ?, ?, ?)");
    INSERT_DAYS = "INSERT INTO code_day (scheme, value, edge, on_day, entry)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2 FROM jsonb_each(?1)";
    INSERT_ALIASES = "INSERT INTO subject_alias (subject, same_as, entry)
        SELECT unhex(value ->> 0), unhex(value ->> 1), ?2 FROM jsonb_each(?1)";
    INSERT_EVENTS = "INSERT INTO subject_event (subject, on_day, state, successors, entry)
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, ?2 FROM jsonb_each(?1)";
}

pub(crate) static CODES_OF_SUBJECTS: Table = Table {
    name: "subject_code",
    key: 2,
    uncovered: None,
    one: INSERT_CODE,
    many: INSERT_CODES,
};

impl Read<'_> {
    /// The subjects that these codes name, each by the id that stands for all that
    /// are the same. A code that is missing from the answer names none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn subjects_by_codes(
        &mut self,
        codes: &[Identifier],
    ) -> Result<HashMap<Identifier, SubjectId>, StoreError> {
        let wanted: Vec<_> = codes.iter().map(as_pair).collect();
        let rows = self.asked_with(BY_CODES, &wanted).await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            found.insert(code(row)?, row.id("subject")?);
        }
        Ok(found)
    }

    /// As much of the register as is needed to resolve these codes, or to learn a
    /// fact about them: their holders with all codes and events, and those of all
    /// successors.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn register(&mut self, codes: &BTreeSet<Identifier>) -> Result<Register, StoreError> {
        let mut register = Register::default();
        let mut asked = codes.clone();
        let mut wanted: Vec<Identifier> = codes.iter().cloned().collect();
        while !wanted.is_empty() {
            let holders = self.subjects_by_codes(&wanted).await?;
            let holders = holders.into_values().collect();
            self.look_into(&mut register, holders).await?;
            let named: BTreeSet<_> = register.successors().cloned().collect();
            wanted = named.difference(&asked).cloned().collect();
            asked.extend(named);
        }
        Ok(register)
    }

    /// What the register has of one subject and of all that are the same.
    pub(crate) async fn register_of(&mut self, id: SubjectId) -> Result<Register, StoreError> {
        let query = CANONICAL.query().bind(id.bytes());
        let canonical = query.fetch_one(self.connection()).await?.id("subject")?;
        let mut register = Register::default();
        self.look_into(&mut register, BTreeSet::from([canonical]))
            .await?;
        Ok(register)
    }

    /// Looks up subjects that stand for themselves.
    async fn look_into(
        &mut self,
        register: &mut Register,
        canonical: BTreeSet<SubjectId>,
    ) -> Result<(), StoreError> {
        let mut all: BTreeSet<String> = canonical.iter().map(SubjectId::to_string).collect();
        for row in &self.asked_with(ALIASES, &all).await? {
            let alias: SubjectId = row.id("subject")?;
            register.join(alias, row.id("same_as")?);
            all.insert(alias.to_string());
        }
        for row in &self.asked_with(CODES, &all).await? {
            let term = Term {
                from: row.parsed_or_none("from_day")?,
                until: row.parsed_or_none("until_day")?,
            };
            register.hold(row.id("subject")?, code(row)?, term);
        }
        for row in &self.asked_with(EVENTS, &all).await? {
            register.happened(row.id("subject")?, event(row)?);
        }
        Ok(())
    }

    async fn asked_with(
        &mut self,
        sql: Sql,
        list: &impl Serialize,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let query = sql.query().bind(serde_json::to_string(list)?);
        Ok(query.fetch_all(self.connection()).await?)
    }
}

impl Write<'_> {
    /// Takes lessons into the register, under one entry for all of them. What waits
    /// for one of the codes `touched` is due from then on.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where an id or a code is taken.
    pub async fn learn(
        &mut self,
        lessons: &Lessons,
        touched: &BTreeSet<Identifier>,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        if lessons.is_empty() {
            return Ok(());
        }
        let drawn = draw(event.at)?;
        let subjects = lessons.organizations.iter();
        let subjects: Vec<_> = subjects
            .map(|new| self.new_organization(new))
            .collect::<Result<_, _>>()?;
        self.insert_subjects(subjects, drawn, event).await?;
        let entry = Value::bytes(drawn.id.bytes());
        let code = |(subject, code): &(SubjectId, Identifier)| {
            vec![
                Value::text(code.scheme().code()),
                Value::text(code.value()),
                Value::bytes(subject.bytes()),
                entry.clone(),
            ]
        };
        let codes = lessons.codes.iter().map(code).collect();
        let object = ObjectRef::new("register", "organizations");
        self.insert_set(&CODES_OF_SUBJECTS, codes, drawn, &object)
            .await?;
        let days = lessons.days.iter();
        let days: Vec<_> = days
            .map(|day| {
                let (scheme, value) = as_pair(&day.code);
                (scheme, value, day.edge.code(), day.on)
            })
            .collect();
        self.insert_lessons(INSERT_DAYS, &days, drawn).await?;
        let aliases = lessons.joined.iter();
        let aliases: Vec<_> = aliases
            .map(|joined| (joined.alias.to_string(), joined.same_as.to_string()))
            .collect();
        self.insert_lessons(INSERT_ALIASES, &aliases, drawn).await?;
        let events = lessons.events.iter();
        let events: Vec<_> = events
            .map(|(subject, event)| event_row(*subject, event))
            .collect::<Result<_, _>>()?;
        self.insert_lessons(INSERT_EVENTS, &events, drawn).await?;
        for code in touched {
            self.brought(&crate::waiting::Awaited::Code(code.clone()));
        }
        self.told_of_set(drawn, ObjectRef::new("register", "organizations"), event)
            .await
    }

    fn new_organization(&self, new: &NewOrganization) -> Result<NewSubject, StoreError> {
        let kind = SubjectKind::Organization;
        let (_, sealed_key) = SubjectSeal::create(self.store.keys(), new.id, kind)?;
        Ok(NewSubject {
            id: new.id,
            kind,
            region: new.region.clone(),
            name: new.name.clone(),
            bindable: true,
            sealed_key,
        })
    }

    async fn insert_lessons<T: Serialize>(
        &mut self,
        sql: Sql,
        rows: &[T],
        drawn: Drawn,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let object = ObjectRef::new("register", "organizations");
        let query = sql.query().bind(serde_json::to_string(rows)?);
        query
            .bind(drawn.id.bytes())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        Ok(())
    }
}

fn as_pair(code: &Identifier) -> (&'static str, &str) {
    (code.scheme().code(), code.value())
}

fn code(row: &SqliteRow) -> Result<Identifier, StoreError> {
    let scheme = row.word("scheme", Scheme::of_organization)?;
    Identifier::parse(scheme, row.plain("value")?)
        .map_err(|e| StoreError::unreadable_for("value", e))
}

/// Subject, day, state, and the codes of those who took over.
fn event_row(
    subject: SubjectId,
    event: &Event,
) -> Result<(String, String, &'static str, String), StoreError> {
    let successors: Vec<_> = event.state.successors().into_iter().map(as_pair).collect();
    let successors = serde_json::to_string(&successors)?;
    let (on, state) = (event.on.to_string(), event.state.code());
    Ok((subject.to_string(), on, state, successors))
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    let unreadable = || StoreError::unreadable("successors");
    let successors: Vec<(String, String)> = serde_json::from_str(row.plain("successors")?)
        .map_err(|e| StoreError::unreadable_for("successors", e))?;
    let successors: Option<Vec<Identifier>> = successors
        .iter()
        .map(|(scheme, value)| Identifier::parse(Scheme::of_organization(scheme)?, value).ok())
        .collect();
    let successors = successors.ok_or_else(unreadable)?;
    let state = State::from_parts(row.plain("state")?, successors);
    Ok(Event {
        on: row.day("on_day")?,
        state: state.ok_or_else(unreadable)?,
    })
}
