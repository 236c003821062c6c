//! Versions of records on their way into their table, and where each record
//! stands after them.
//!
//! Comes in: versions and endings of one chunk, with the seals of their subjects.
//! Goes out: rows for the statements of `ingest`. Always holds: content is kept as
//! the subject's kind asks; the versions of a record follow on each other, and
//! nothing follows on an ending. Deliberately absent: the database.

use crate::{
    content::{Kept, SubjectSeal},
    error::StoreError,
    ingest::{EndRecord, NewVersion},
    insert::{Row, Value},
    keys::{KeyRing, hmac},
    records::{PersonsPart, content_place, persons_place, version_row},
    seal::seal,
};
use credence_audit::ObjectRef;
use credence_domain::{
    ids::{RecordId, SubjectId},
    record::Disclosure,
};
use jiff::civil::{Date, DateTime};
use serde::Serialize;
use std::collections::BTreeMap;

/// What all versions of one entry share.
pub(crate) struct Shared {
    pub(crate) plugin: Value,
    pub(crate) delivery: Value,
    pub(crate) recorded_at: Value,
    pub(crate) entry: Value,
}

/// A version on its way into its table.
pub(crate) struct VersionRow<'a> {
    subject: SubjectId,
    record: RecordId,
    version: u32,
    is_stated: bool,
    subject_kind: &'static str,
    source_ref: &'a str,
    department: &'a str,
    region: &'a str,
    item: Option<&'a str>,
    disclosure: Option<&'static str>,
    decided_on: Option<Date>,
    valid_from: Option<Date>,
    valid_until: Option<Date>,
    published_until: Option<Date>,
    effective_on: Option<Date>,
    revised_at: Option<DateTime>,
    digest: [u8; 32],
    content: Kept,
    sealed_persons: Option<Vec<u8>>,
    row: u32,
}

impl<'a> VersionRow<'a> {
    pub(crate) fn stated(new: &'a NewVersion, subject: &SubjectSeal) -> Result<Self, StoreError> {
        let place = version_row(new.id, new.version);
        let (content, persons) = PersonsPart::take_out(&new.record, &new.personal_fields);
        let content = subject.keep(content_place(&place), &*content)?;
        let sealed_persons = match persons {
            None => None,
            Some(persons) => {
                let persons = serde_json::to_vec(&persons)?;
                Some(seal(subject.key()?, persons_place(&place), &persons)?)
            }
        };
        let record = &new.record;
        Ok(Self {
            subject: new.subject,
            record: new.id,
            version: new.version,
            is_stated: true,
            subject_kind: subject.kind.code(),
            source_ref: &record.source_ref,
            department: &new.department,
            region: &new.region,
            item: Some(&record.item),
            disclosure: Some(disclosure(record.disclosure)),
            decided_on: Some(record.decision.decided_on),
            valid_from: record.valid_from,
            valid_until: record.valid_until,
            published_until: record.published_until,
            effective_on: None,
            revised_at: record.revised_at,
            digest: *new.digest.bytes(),
            content,
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
        Ok(Self {
            subject: end.subject,
            record: end.id,
            version: end.version,
            is_stated: false,
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
            effective_on: Some(end.ending.effective_on),
            revised_at: None,
            digest: hmac(&keys.index, &[b"ending", &serde_json::to_vec(&end.ending)?]),
            content,
            sealed_persons: None,
            row: end.row,
        })
    }

    /// The columns, as the statement of `ingest` takes them.
    pub(crate) fn into_row(self, shared: &Shared) -> Row {
        let day = |day: Option<Date>| Value::or_null(day.map(|day| day.to_string()));
        vec![
            Value::bytes(self.subject.bytes()),
            Value::bytes(self.record.bytes()),
            self.version.into(),
            Value::text(if self.is_stated { "stated" } else { "ended" }),
            Value::text(self.subject_kind),
            shared.plugin.clone(),
            Value::text(self.source_ref),
            Value::text(self.department),
            Value::text(self.region),
            Value::or_null(self.item),
            Value::or_null(self.disclosure),
            day(self.decided_on),
            day(self.valid_from),
            day(self.valid_until),
            day(self.published_until),
            day(self.effective_on),
            Value::or_null(self.revised_at.map(|at| at.to_string())),
            Value::bytes(&self.digest[..]),
            self.content.into(),
            Value::or_null(self.sealed_persons),
            shared.delivery.clone(),
            self.row.into(),
            shared.recorded_at.clone(),
            shared.entry.clone(),
        ]
    }
}

/// The word in rows.
fn disclosure(disclosure: Disclosure) -> &'static str {
    match disclosure {
        Disclosure::Government => "government",
        Disclosure::Authorised => "authorised",
        Disclosure::Public => "public",
    }
}

/// Where a record stands after the chunk.
#[derive(Serialize)]
pub(crate) struct Pointer<'a> {
    subject: SubjectId,
    record: RecordId,
    source_ref: &'a str,
    /// The version before the chunk; 0 for a new record.
    base: u32,
    version: u32,
    state: &'static str,
    stated: Option<u32>,
    #[serde(serialize_with = "hex_or_null")]
    digest: Option<[u8; 32]>,
    revised_at: Option<DateTime>,
}

fn hex_or_null<S: serde::Serializer>(
    digest: &Option<[u8; 32]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    digest.map(hex::encode).serialize(serializer)
}

impl Pointer<'_> {
    /// The columns of a new record, as the statement of `ingest` takes them.
    pub(crate) fn row(&self, plugin: &Value) -> Row {
        vec![
            Value::bytes(self.subject.bytes()),
            Value::bytes(self.record.bytes()),
            plugin.clone(),
            Value::text(self.source_ref),
            Value::text(self.state),
            self.version.into(),
            Value::or_null(self.stated),
            Value::or_null(self.digest.as_ref().map(|digest| &digest[..])),
            Value::or_null(self.revised_at.map(|at| at.to_string())),
        ]
    }
}

/// Folds the versions of each record into where it stands after them: the new
/// records, and those that were there before. A chunk may state a record,
/// correct it and end it.
///
/// # Errors
/// [`StoreError::Conflict`] where versions do not follow on each other, or on an
/// ending.
pub(crate) fn pointers<'a>(
    versions: &[VersionRow<'a>],
) -> Result<(Vec<Pointer<'a>>, Vec<Pointer<'a>>), StoreError> {
    let mut by_record: BTreeMap<(SubjectId, RecordId), Vec<&VersionRow<'a>>> = BTreeMap::new();
    for version in versions {
        by_record
            .entry((version.subject, version.record))
            .or_default()
            .push(version);
    }
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for ((subject, record), mut versions) in by_record {
        versions.sort_by_key(|version| version.version);
        let (first, last) = (versions[0], versions[versions.len() - 1]);
        let follow = versions
            .windows(2)
            .all(|pair| pair[0].version + 1 == pair[1].version && pair[0].is_stated);
        if !follow || first.version == 0 || (first.version == 1 && !first.is_stated) {
            let object = ObjectRef::new("record", record.to_string());
            return Err(StoreError::Conflict { object });
        }
        let stated = versions.iter().rev().find(|version| version.is_stated);
        let pointer = Pointer {
            subject,
            record,
            source_ref: first.source_ref,
            base: first.version - 1,
            version: last.version,
            state: if last.is_stated { "current" } else { "ended" },
            stated: stated.map(|version| version.version),
            digest: stated.map(|version| version.digest),
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
