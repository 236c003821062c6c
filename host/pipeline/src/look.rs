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
    identifier::{Identifier, Scheme},
    ids::SubjectId,
    record::{Disclosure, Value},
};
use credence_plugin_host::persons;
use credence_store::{
    CaseFilter, CaseRow, EventDraft, OrderRow, Read, RecordRow, RecordState, SubjectRow,
};
use jiff::civil::Date;
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
        let id = find(&mut write.read(), code, purpose.is_some()).await?;
        let subject = write.read().subject(id).await?.ok_or_else(nobody)?;
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
                .filter(|row| is_public(row, self.today()))
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

/// Public class, not withdrawn, and not past its last day of publication.
fn is_public(row: &RecordRow, today: Date) -> bool {
    row.record.disclosure == Disclosure::Public
        && row.state == RecordState::Current
        && row.record.published_until.is_none_or(|last| today <= last)
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
async fn find(
    read: &mut Read<'_>,
    code: &str,
    with_purpose: bool,
) -> Result<SubjectId, PipelineError> {
    let number = Identifier::parse(Scheme::ResidentNumber, code).ok();
    if let Some(number) = number.as_ref().filter(|_| with_purpose)
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
    if let Some(id) = read.subjects_by_codes(&codes).await?.into_values().next() {
        return Ok(id);
    }
    // The same words whether or not the person is known: the answer must not tell.
    if number.is_some() && !with_purpose {
        let text = "a look-up of a person needs a purpose: add --purpose \"…\"";
        return Err(PipelineError::Refused(text.to_owned()));
    }
    if codes.is_empty() && number.is_none() {
        let text = "this is no valid unified social credit code, organization code, registration \
                    number or identity number; compare it with the document";
        return Err(PipelineError::Refused(text.to_owned()));
    }
    Err(nobody())
}
