//! Open: a named official opens a case on a decision (requirement 22).
//!
//! Comes in: a record, the measures proposed, the official and the decision
//! cited. Goes out: an opened case. Always holds: nothing opens a case by
//! itself; whether anything may follow is asked by `resolve`.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
};
use credence_domain::{
    case::{CaseState, Initiation},
    ids::{CaseId, RecordId},
    order::case_number,
};
use credence_store::CaseRow;
use std::collections::BTreeSet;

/// What an official asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// The record on which the case rests.
    pub record: RecordId,
    /// Who opens it and on which decision.
    pub initiation: Initiation,
}

impl House {
    /// Opens a case. Durable when it returns.
    ///
    /// # Errors
    /// When the record is not there, no measure is named, or a measure is not in
    /// the catalogue. Nothing is written then.
    pub async fn open_case(&self, ask: OpenCase, actor: &Actor) -> Result<CaseRow, PipelineError> {
        if ask.initiation.measures.is_empty() {
            return Err(PipelineError::Refused(
                "name at least one measure".to_owned(),
            ));
        }
        let mut named = BTreeSet::new();
        for code in &ask.initiation.measures {
            self.measure(code)?;
            if !named.insert(code) {
                let text = format!("measure {code} is named twice; one order of it is made");
                return Err(PipelineError::Refused(text));
            }
        }
        let now = self.now();
        let mut write = self.store.begin().await?;
        let record = write
            .read()
            .record(ask.record)
            .await?
            .ok_or(PipelineError::Unknown {
                what: "record",
                name: ask.record.to_string(),
                next: "`subject show CODE` lists the records of a subject with their ids",
            })?;
        let id: CaseId = self.new_id()?;
        let case = CaseRow {
            subject: record.subject,
            id,
            number: case_number(id, self.today()),
            department: ask.initiation.department.clone(),
            region: self.region.clone(),
            record: record.id,
            record_version: record.version,
            state: CaseState::Opened,
            initiation: ask.initiation,
            refusal: None,
            opened_at: now,
            opened_on: self.today(),
            updated_at: now,
            changes: 0,
        };
        let draft = with(
            event("case.opened", now, actor),
            "number",
            case.number.as_str(),
        );
        write.insert_case(&case, &draft).await?;
        write.commit().await?;
        Ok(case)
    }

    /// A case by id or by number.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_case(&self, name: &str) -> Result<CaseRow, PipelineError> {
        let mut read = self.store.read().await?;
        let found = match name.parse::<CaseId>() {
            Ok(id) => read.case(id).await?,
            Err(_) => read.case_by_number(name).await?,
        };
        found.ok_or_else(|| PipelineError::Unknown {
            what: "case",
            name: name.to_owned(),
            next: "`case list` shows which there are",
        })
    }
}
