//! One entry of the audit log in the making.
//!
//! Comes in: what the caller says of an event, the rows that it changed, the call that
//! took part. Goes out: the event, its canonical bytes sealed, the published commitment,
//! as a row that waits to be sealed. Always holds: commitments are made under the
//! entry's own salt, of rows as they are stored; whom an event that changed no row is
//! about lies sealed. Deliberately absent: when entries are written (`write`), and
//! their indexes (`sequencer`).

use crate::{
    error::StoreError,
    insert::{Row, Table, Value, insert},
    keys::KeyRing,
    objects::Image,
    seal::{Place, open, seal},
    set_rows::SetRoot,
    statements::statements,
    store::Store,
};
use credence_audit::{Event, Fact, ObjectRef, Published, RowCommitments, Salt};
use credence_domain::ids::{CallId, EventId};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use uuid::Uuid;

statements! {
    INSERT_PENDING = insert!(one: "audit_pending
            (event, published, sealed, object_kind, object_id, call)", "(?, ?, ?, ?, ?, ?)");
    INSERT_PENDINGS = insert!(many: "audit_pending
            (event, published, sealed, object_kind, object_id, call)", "(?, ?, ?, ?, ?, ?)");
}

/// Entries that have no index yet.
pub(crate) static PENDING: Table = Table {
    name: "audit_pending",
    key: 1,
    uncovered: None,
    one: INSERT_PENDING,
    many: INSERT_PENDINGS,
};

/// The detail of an event under which the root over its set of rows stands.
pub(crate) const ROWS_ROOT: &str = "rows_root";
/// And the number of those rows.
pub(crate) const ROWS: &str = "rows";
/// The detail under which the commitment to the row of the event's call stands.
pub(crate) const JOURNAL: &str = "journal";

/// What the caller says about an event. The object, its commitments and the
/// root over its rows are added here.
#[derive(Debug, Clone)]
pub struct EventDraft {
    /// What happened, past tense, dotted: `step.claimed`.
    pub kind: String,
    /// When. The instant of every row written with it too.
    pub at: Timestamp,
    /// Who: a pseudonym, or the name of a part of the system.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// Why, where a purpose is asked for.
    pub purpose: Option<String>,
    /// Digest of the component that took part.
    pub plugin: Option<String>,
    /// The call that took part. Its row is committed to as it is at the end of
    /// the transaction.
    pub call: Option<CallId>,
    /// Plain facts that say nothing about a person.
    pub detail: BTreeMap<String, Fact>,
}

/// A call and its intent as they were written here.
#[derive(Debug)]
pub(crate) struct WrittenCall {
    /// As it lay there before, if it did.
    pub(crate) row: Option<SqliteRow>,
    pub(crate) written: Vec<(&'static str, Value)>,
}

/// An event's id and salt, drawn before its rows are written, since those that
/// are written in a set name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) id: EventId,
    pub(crate) salt: Salt,
}

/// An event, told.
#[derive(Debug)]
pub(crate) struct Told {
    drawn: Drawn,
    event: Event,
    /// Whether the event changed the row of its object.
    changed_row: bool,
    pub(crate) call: Option<CallId>,
}

/// Commitments to a row before and after an event.
pub(crate) struct Commitments {
    pub(crate) before: Option<String>,
    pub(crate) after: String,
}

/// A change to a row, as `update` made it.
pub(crate) struct Updated {
    pub(crate) object: ObjectRef,
    /// The row as it was.
    pub(crate) before: SqliteRow,
    /// The columns that have other values now.
    pub(crate) written: Vec<(&'static str, Value)>,
    pub(crate) draft: EventDraft,
}

impl WrittenCall {
    pub(crate) fn image(&self) -> Image<'_> {
        Image {
            row: self.row.as_ref(),
            written: &self.written,
        }
    }
}

impl Updated {
    pub(crate) fn told(&self) -> Result<Told, StoreError> {
        let drawn = draw(self.draft.at)?;
        let after = Image {
            row: Some(&self.before),
            written: &self.written,
        };
        let mut under = RowCommitments::new(&drawn.salt);
        let rows = Commitments {
            before: Some(Image::read(&self.before).commit_by(&mut under)?),
            after: after.commit_by(&mut under)?,
        };
        let object = self.object.clone();
        Ok(Told::new(drawn, &self.draft, object, Some(rows), None))
    }
}

impl Told {
    pub(crate) fn new(
        drawn: Drawn,
        draft: &EventDraft,
        object: ObjectRef,
        rows: Option<Commitments>,
        set: Option<SetRoot>,
    ) -> Self {
        let changed_row = rows.is_some();
        let (before, after) = rows.map_or((None, None), |rows| (rows.before, Some(rows.after)));
        let mut detail = draft.detail.clone();
        if let Some(set) = set {
            detail.insert(ROWS_ROOT.to_owned(), set.root.into());
            detail.insert(ROWS.to_owned(), set.count.into());
        }
        let event = Event {
            id: drawn.id.to_string(),
            kind: draft.kind.clone(),
            at: format!("{:.3}", draft.at),
            actor: draft.actor.clone(),
            role: draft.role.clone(),
            purpose: draft.purpose.clone(),
            object,
            plugin: draft.plugin.clone(),
            call: draft.call.map(|call| call.to_string()),
            before,
            after,
            detail,
        };
        Self {
            drawn,
            event,
            changed_row,
            call: draft.call,
        }
    }

    /// Adds the commitment to the call that the event names.
    pub(crate) fn bind(&mut self, call: &Image<'_>) -> Result<(), StoreError> {
        let commitment = call.commit(&self.drawn.salt)?;
        let detail = &mut self.event.detail;
        detail.insert(JOURNAL.to_owned(), commitment.into());
        Ok(())
    }

    /// The row that waits to be sealed.
    pub(crate) fn row(&self, keys: &KeyRing) -> Result<Row, StoreError> {
        let Drawn { id, salt } = self.drawn;
        let canonical = self.event.canonical();
        let sealed = seal_event(keys, id, &salt, &canonical)?;
        let published = Published::of_canonical(&canonical, &salt).to_bytes();
        let object = self.changed_row.then_some(&self.event.object);
        Ok(vec![
            Value::bytes(id.bytes()),
            Value::bytes(published),
            Value::bytes(sealed),
            Value::or_null(object.map(|object| object.kind.as_str())),
            Value::or_null(object.map(|object| object.id.as_str())),
            Value::or_null(self.call.as_ref().map(CallId::bytes)),
        ])
    }
}

/// A new id, which sorts by its instant (UUID version 7).
pub(crate) fn new_id<T: From<Uuid>>(at: Timestamp) -> Result<T, StoreError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    Ok(id_of(at, &random))
}

fn id_of<T: From<Uuid>>(at: Timestamp, random: &[u8; 10]) -> T {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, random);
    id.into_uuid().into()
}

/// Draws an event's id and salt.
pub(crate) fn draw(at: Timestamp) -> Result<Drawn, StoreError> {
    // One question to the machine for both.
    let mut random = [0; 42];
    getrandom::fill(&mut random)?;
    let (mut id, mut salt) = ([0; 10], [0; 32]);
    id.copy_from_slice(&random[..10]);
    salt.copy_from_slice(&random[10..]);
    Ok(Drawn {
        id: id_of(at, &id),
        salt: Salt(salt),
    })
}

fn event_place(id: &EventId) -> Place<'_> {
    Place {
        table: "audit_entry",
        row: id.bytes(),
        column: "sealed",
    }
}

fn seal_event(
    keys: &KeyRing,
    id: EventId,
    salt: &Salt,
    canonical: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let plain = [&salt.0[..], canonical].concat();
    Ok(seal(&keys.audit, event_place(&id), &plain)?)
}

/// The salt and the canonical bytes of a sealed event; `None` where it does not
/// open, which only a change to the database can bring about.
pub(crate) fn open_event(store: &Store, id: EventId, sealed: &[u8]) -> Option<(Salt, Vec<u8>)> {
    let plain = open(&store.keys().audit, event_place(&id), sealed).ok()?;
    let (salt, canonical) = plain.split_first_chunk::<32>()?;
    Some((Salt(*salt), canonical.to_vec()))
}
