//! Versions of records on their way into their table, and where each record
//! stands after them.
//!
//! Comes in: versions and endings of one chunk, with the seals of their subjects.
//! Goes out: rows for the statements of `ingest`. Always holds: content is kept as
//! the subject's kind asks; the versions of a record follow on each other, and
//! nothing follows on an ending. Deliberately absent: the database.

use crate::{
    content::SubjectSeal,
    error::StoreError,
    ingest::{EndRecord, NewVersion},
    keys::{KeyRing, hmac},
    records::{PersonsPart, content_place, persons_place, version_row},
    seal::seal,
};
use credence_audit::ObjectRef;
use credence_domain::record::Disclosure;
use jiff::civil::DateTime;
use serde::Serialize;
use std::collections::BTreeMap;

/// A version on its way into its table.
#[derive(Serialize)]
pub(crate) struct VersionRow<'a> {
    subject: String,
    record: String,
    version: u32,
    kind: &'static str,
    subject_kind: &'static str,
    source_ref: &'a str,
    department: &'a str,
    region: &'a str,
    item: Option<&'a str>,
    disclosure: Option<Disclosure>,
    decided_on: Option<String>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    published_until: Option<String>,
    effective_on: Option<String>,
    revised_at: Option<DateTime>,
    digest: String,
    plain: Option<String>,
    sealed: Option<String>,
    sealed_persons: Option<String>,
    row: u32,
}

impl<'a> VersionRow<'a> {
    pub(crate) fn stated(new: &'a NewVersion, subject: &SubjectSeal) -> Result<Self, StoreError> {
        let place = version_row(new.id, new.version);
        let (content, persons) = PersonsPart::take_out(&new.record, &new.personal_fields);
        let content = subject.keep(content_place(&place), &content)?;
        let sealed_persons = match persons {
            None => None,
            Some(persons) => {
                let persons = serde_json::to_vec(&persons)?;
                Some(hex::encode(seal(
                    subject.key()?,
                    persons_place(&place),
                    &persons,
                )?))
            }
        };
        let record = &new.record;
        let day = |day: &jiff::civil::Date| day.to_string();
        Ok(Self {
            subject: new.subject.to_string(),
            record: new.id.to_string(),
            version: new.version,
            kind: "stated",
            subject_kind: subject.kind.code(),
            source_ref: &record.source_ref,
            department: &new.department,
            region: &new.region,
            item: Some(&record.item),
            disclosure: Some(record.disclosure),
            decided_on: Some(day(&record.decision.decided_on)),
            valid_from: record.valid_from.as_ref().map(day),
            valid_until: record.valid_until.as_ref().map(day),
            published_until: record.published_until.as_ref().map(day),
            effective_on: None,
            revised_at: record.revised_at,
            digest: hex::encode(new.digest.bytes()),
            plain: content.plain().map(str::to_owned),
            sealed: content.sealed().map(hex::encode),
            sealed_persons,
            row: new.row,
        })
    }

    pub(crate) fn ended(
        keys: &KeyRing,
        end: &'a EndRecord,
        subject: &SubjectSeal,
    ) -> Result<Self, StoreError> {
        let place = version_row(end.id, end.version);
        let content = subject.keep(content_place(&place), &end.ending)?;
        let digest = hmac(&keys.index, &[b"ending", &serde_json::to_vec(&end.ending)?]);
        Ok(Self {
            subject: end.subject.to_string(),
            record: end.id.to_string(),
            version: end.version,
            kind: "ended",
            subject_kind: subject.kind.code(),
            source_ref: &end.ending.source_ref,
            department: &end.department,
            region: &end.region,
            item: None,
            disclosure: None,
            decided_on: None,
            valid_from: None,
            valid_until: None,
            published_until: None,
            effective_on: Some(end.ending.effective_on.to_string()),
            revised_at: None,
            digest: hex::encode(digest),
            plain: content.plain().map(str::to_owned),
            sealed: content.sealed().map(hex::encode),
            sealed_persons: None,
            row: end.row,
        })
    }
}

/// Where a record stands after the chunk.
#[derive(Serialize)]
pub(crate) struct Pointer {
    subject: String,
    record: String,
    source_ref: String,
    /// The version before the chunk; 0 for a new record.
    base: u32,
    version: u32,
    state: &'static str,
    stated: Option<u32>,
    digest: Option<String>,
    revised_at: Option<DateTime>,
}

/// Folds the versions of each record into where it stands after them: the new
/// records, and those that were there before. A chunk may state a record,
/// correct it and end it.
///
/// # Errors
/// [`StoreError::Conflict`] where versions do not follow on each other, or on an
/// ending.
pub(crate) fn pointers(
    versions: &[VersionRow<'_>],
) -> Result<(Vec<Pointer>, Vec<Pointer>), StoreError> {
    let mut by_record: BTreeMap<(&str, &str), Vec<&VersionRow<'_>>> = BTreeMap::new();
    for version in versions {
        by_record
            .entry((&version.subject, &version.record))
            .or_default()
            .push(version);
    }
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for ((subject, record), mut versions) in by_record {
        versions.sort_by_key(|version| version.version);
        let (first, last) = (versions[0], versions[versions.len() - 1]);
        let follow = versions
            .windows(2)
            .all(|pair| pair[0].version + 1 == pair[1].version && pair[0].kind == "stated");
        if !follow || first.version == 0 || (first.version == 1 && first.kind == "ended") {
            let object = ObjectRef::new("record", record);
            return Err(StoreError::Conflict { object });
        }
        let stated = versions
            .iter()
            .rev()
            .find(|version| version.kind == "stated");
        let pointer = Pointer {
            subject: subject.to_owned(),
            record: record.to_owned(),
            source_ref: first.source_ref.to_owned(),
            base: first.version - 1,
            version: last.version,
            state: if last.kind == "ended" {
                "ended"
            } else {
                "current"
            },
            stated: stated.map(|version| version.version),
            digest: stated.map(|version| version.digest.clone()),
            revised_at: stated.and_then(|version| version.revised_at),
        };
        if pointer.base == 0 {
            new.push(pointer)
        } else {
            moved.push(pointer)
        }
    }
    Ok((new, moved))
}
