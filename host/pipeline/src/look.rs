//! Look: reads of a subject's file. Every one of them is an entry of the log with
//! its purpose; if the entry cannot be written, the read is refused.
//!
//! Always holds: without a purpose only what is public is shown, and nothing
//! about a person.

use crate::{
    error::PipelineError,
    house::{Actor, House, event},
};
use credence_domain::{
    catalogue::SubjectKind,
    identifier::{Identifier, Scheme},
    ids::SubjectId,
    record::{Disclosure, Value},
};
use credence_plugin_host::persons;
use credence_store::{
    CaseFilter, CaseRow, EventDraft, OrderRow, Read, RecordRow, RecordState, SubjectRow,
};
use serde::Serialize;

/// Records, cases and orders shown at once.
const SHOWN: u32 = 200;

/// What the house holds about a subject, as far as the reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubjectFile {
    /// The subject.
    pub subject: SubjectRow,
    /// Its records.
    pub records: Vec<RecordRow>,
    /// Its cases; only with a purpose.
    pub cases: Vec<CaseRow>,
    /// The orders of those.
    pub orders: Vec<OrderRow>,
    /// Records that are not shown without a purpose.
    pub withheld: usize,
}

impl House {
    /// The file of the subject with this code. Writes the look-up to the log
    /// first.
    ///
    /// # Errors
    /// When the code is none, nobody has it, or a person is asked about without
    /// a purpose.
    pub async fn look(
        &self,
        code: &str,
        purpose: Option<&str>,
        actor: &Actor,
    ) -> Result<SubjectFile, PipelineError> {
        let purpose = purpose.map(str::trim).filter(|purpose| !purpose.is_empty());
        let mut write = self.store.begin().await?;
        let id = find(&mut write.read(), code).await?;
        let subject = write.read().subject(id).await?.ok_or_else(nobody)?;
        if subject.kind == SubjectKind::Person && purpose.is_none() {
            let text = "a look-up of a person needs a purpose: add --purpose \"…\"";
            return Err(PipelineError::Refused(text.to_owned()));
        }
        let draft = EventDraft {
            purpose: Some(purpose.unwrap_or("社会公开查询 public inquiry").to_owned()),
            ..event("subject.looked-up", self.now(), actor)
        };
        write.note(subject.object(), &draft)?;
        write.commit().await?;
        let mut read = self.store.read().await?;
        let all = read.records_of(id, SHOWN).await?;
        let before = all.len();
        let records: Vec<RecordRow> = match purpose {
            Some(_) => all,
            None => all
                .into_iter()
                .filter(is_public)
                .map(without_persons)
                .collect(),
        };
        let mut cases = Vec::new();
        let mut orders = Vec::new();
        if purpose.is_some() {
            let filter = CaseFilter {
                subject: Some(id),
                ..CaseFilter::default()
            };
            cases = read.cases(filter, SHOWN).await?;
            for case in &cases {
                orders.extend(read.orders_of(case.id).await?);
            }
        }
        let withheld = before - records.len();
        Ok(SubjectFile {
            subject,
            records,
            cases,
            orders,
            withheld,
        })
    }
}

/// Public class, and not withdrawn: what has ended is no longer shown to all.
fn is_public(record: &RecordRow) -> bool {
    record.record.disclosure == Disclosure::Public && record.state == RecordState::Current
}

/// A record as the public sees it: without the persons answerable beside the
/// subject, and without facts in which one is named.
fn without_persons(mut row: RecordRow) -> RecordRow {
    row.record.parties.clear();
    row.record.facts.retain(|fact| match &fact.value {
        Value::Text(text) => persons::tokens_in(text).next().is_none(),
        Value::Number(_) | Value::Yuan(_) | Value::Day(_) | Value::YesNo(_) => true,
    });
    row
}

fn nobody() -> PipelineError {
    PipelineError::Unknown {
        what: "subject with this code",
        // A code may be a person's number: it is not repeated.
        name: "…".to_owned(),
        next: "names never find a subject; give a code as its document bears it",
    }
}

/// The subject with a code: a person's number first, since an all-digit number
/// can pass for both.
async fn find(read: &mut Read<'_>, code: &str) -> Result<SubjectId, PipelineError> {
    if let Ok(number) = Identifier::parse(Scheme::ResidentNumber, code)
        && let Some(id) = read.subject_of_number(number.value()).await?
    {
        return Ok(id);
    }
    let schemes = [
        Scheme::Uscc,
        Scheme::OrganizationCode,
        Scheme::RegistrationNumber,
    ];
    let codes: Vec<Identifier> = schemes
        .into_iter()
        .filter_map(|scheme| Identifier::parse(scheme, code).ok())
        .collect();
    if codes.is_empty() {
        let text = "this is no valid unified social credit code, organization code, registration \
                    number or identity number; compare it with the document";
        return Err(PipelineError::Refused(text.to_owned()));
    }
    let found = read.subjects_by_codes(&codes).await?;
    found.into_values().next().ok_or_else(nobody)
}
