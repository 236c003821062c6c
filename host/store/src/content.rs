//! Content columns: plain for an organization, sealed for a person.
//!
//! Comes in: a value, whom it is about, and its place. Goes out: TEXT or an
//! envelope, and the value again. Always holds: which of the two is decided by
//! the subject's kind as the register has it, in this one room; the schema checks
//! it once more. Deliberately absent: the register itself (`subjects`).

use crate::{
    columns::Columns,
    error::StoreError,
    insert::Value,
    keys::KeyRing,
    seal::{Key, Place, open, seal},
};
use credence_audit::ObjectRef;
use credence_domain::{catalogue::SubjectKind, ids::SubjectId};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};
use std::sync::OnceLock;

/// A value as it lies in a content column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// JSON.
    Plain(String),
    /// JSON in an envelope.
    Sealed(Vec<u8>),
}

impl Kept {
    /// For `coalesce(?, ?)`: the text, if it is one.
    pub(crate) fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Sealed(_) => None,
        }
    }

    /// For `coalesce(?, ?)`: the envelope, if it is one.
    pub(crate) fn sealed(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(_) => None,
            Self::Sealed(bytes) => Some(bytes),
        }
    }

    /// A content column as it lies there.
    pub(crate) fn of(row: &SqliteRow, column: &'static str) -> Result<Self, StoreError> {
        let raw = row
            .try_get_raw(column)
            .map_err(|e| StoreError::unreadable_for(column, e))?;
        let is_blob = raw.type_info().name() == "BLOB";
        Ok(if is_blob {
            Self::Sealed(row.plain(column)?)
        } else {
            Self::Plain(row.plain(column)?)
        })
    }
}

impl From<Kept> for Value {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Plain(text) => Self::text(text),
            Kept::Sealed(bytes) => Self::bytes(bytes),
        }
    }
}

/// The kind of a subject, and the key that its facts are sealed under.
#[derive(Debug, Clone)]
pub(crate) struct SubjectSeal {
    pub(crate) id: SubjectId,
    pub(crate) kind: SubjectKind,
    /// `None` once shredded.
    wrapped: Option<Vec<u8>>,
    wrap: Key,
    /// Unwrapped when it is first needed: what is about an organization mostly needs
    /// none.
    key: OnceLock<Key>,
}

impl SubjectSeal {
    /// From the columns of a subject: its key as wrapped, if it still has one.
    pub(crate) fn new(
        keys: &KeyRing,
        id: SubjectId,
        kind: SubjectKind,
        wrapped: Option<Vec<u8>>,
    ) -> Self {
        Self {
            id,
            kind,
            wrapped,
            wrap: keys.wrap.clone(),
            key: OnceLock::new(),
        }
    }

    /// From a row that was joined with its subject.
    pub(crate) fn of(keys: &KeyRing, row: &SqliteRow) -> Result<Self, StoreError> {
        let kind = row.word("subject_kind", SubjectKind::from_code)?;
        Ok(Self::new(
            keys,
            row.id("subject")?,
            kind,
            row.plain("_sealed_key")?,
        ))
    }

    /// A new subject's key, and the same wrapped.
    pub(crate) fn create(
        keys: &KeyRing,
        id: SubjectId,
        kind: SubjectKind,
    ) -> Result<(Self, Vec<u8>), StoreError> {
        let key = Key::random()?;
        let wrapped = seal(&keys.wrap, key_place(&id), &key.0)?;
        Ok((Self::new(keys, id, kind, Some(wrapped.clone())), wrapped))
    }

    /// The subject's key.
    ///
    /// # Errors
    /// [`StoreError::Erased`] once it was shredded.
    pub(crate) fn key(&self) -> Result<&Key, StoreError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let wrapped = self.wrapped.as_ref().ok_or_else(|| StoreError::Erased {
            object: ObjectRef::new("subject", self.id.to_string()),
        })?;
        let bytes = open(&self.wrap, key_place(&self.id), wrapped)?;
        let bytes = bytes
            .try_into()
            .map_err(|_| StoreError::unreadable("sealed_key"))?;
        Ok(self.key.get_or_init(|| Key(bytes)))
    }

    /// A value for a content column.
    pub(crate) fn keep(
        &self,
        place: Place<'_>,
        value: &impl Serialize,
    ) -> Result<Kept, StoreError> {
        let json = serde_json::to_string(value)?;
        Ok(match self.kind {
            SubjectKind::Organization => Kept::Plain(json),
            SubjectKind::Person => Kept::Sealed(seal(self.key()?, place, json.as_bytes())?),
        })
    }

    /// The value of a content column.
    pub(crate) fn reveal<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        kept: &Kept,
    ) -> Result<T, StoreError> {
        let read = match kept {
            Kept::Plain(json) => serde_json::from_str(json),
            Kept::Sealed(envelope) => serde_json::from_slice(&open(self.key()?, place, envelope)?),
        };
        read.map_err(|e| StoreError::unreadable_for("content", e))
    }
}

fn key_place(id: &SubjectId) -> Place<'_> {
    Place {
        table: "subject",
        row: id.bytes(),
        column: "sealed_key",
    }
}
