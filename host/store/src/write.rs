//! One transaction: what changes, and the audit entries of what changed.
//!
//! Comes in: changes from the other rooms of this crate, each with an
//! [`EventDraft`]. Goes out: a commit. Always holds: the entries are written in
//! the same transaction as the rows, with commitments to each row before and
//! after; a call that was written and that no entry names stops the commit.
//!
//! A crash, an error or a drop before [`Write::commit`] returns leaves nothing.
//! Deliberately absent: the entries' indexes (`sequencer`).

use crate::{
    content::SubjectSeal,
    entry::{Commitments, Drawn, EventDraft, PENDING, Told, Updated, WrittenCall, draw},
    error::StoreError,
    insert::{Leaves, Row},
    objects::{Image, Kind},
    set_rows::{SetRoot, set_root},
    store::{Read, Store},
    writer::Writing,
};
use credence_audit::ObjectRef;
use credence_domain::ids::{CallId, EventId, SubjectId};
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use tokio::task::JoinHandle;

/// From so many updates on a thread of its own makes their entries.
const WORTH_A_THREAD: usize = 4;

/// A write under way. Its methods stand with what they write.
#[derive(Debug)]
pub struct Write<'s> {
    pub(crate) store: &'s Store,
    transaction: Writing,
    entries: Vec<Entries>,
    /// Calls that were written here.
    calls: BTreeMap<CallId, Arc<WrittenCall>>,
    /// Commitments to rows that were inserted here in sets, by entry and table.
    pub(crate) leaves: HashMap<EventId, BTreeMap<&'static str, Leaves>>,
    /// What came here that quarantined lines may wait for (`waiting`).
    pub(crate) brought: BTreeSet<String>,
    pub(crate) seen: Seen,
}

/// What was read in this transaction already. Nobody else writes meanwhile, so it
/// need not be read again to be changed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Rows with entries of their own, by kind and id, as they lie there now.
    pub(crate) rows: HashMap<(&'static str, String), SqliteRow>,
    pub(crate) seals: HashMap<SubjectId, SubjectSeal>,
}

/// Entries of this transaction.
#[derive(Debug)]
enum Entries {
    Told(Box<Told>),
    /// Of a set of updates: made by a thread of its own while the database writes.
    Coming {
        named: Vec<(CallId, Arc<WrittenCall>)>,
        rows: JoinHandle<Result<Vec<Row>, StoreError>>,
    },
}

impl<'s> Write<'s> {
    pub(crate) fn new(store: &'s Store, transaction: Writing) -> Self {
        Self {
            store,
            transaction,
            entries: Vec::new(),
            calls: BTreeMap::new(),
            leaves: HashMap::new(),
            brought: BTreeSet::new(),
            seen: Seen::default(),
        }
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.transaction.connection()
    }

    /// Reads inside the transaction: what was committed, and what was written here.
    pub fn read(&mut self) -> Read<'_> {
        Read::inside(
            self.transaction.connection(),
            self.store.keys(),
            Some(&mut self.seen),
        )
    }

    /// Writes the entries and commits. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::CallWithoutEntry`], or what the database said; nothing is
    /// left then.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.mark_due().await?;
        self.bind_calls().await?;
        let object = ObjectRef::new(PENDING.name, "new");
        let mut rows = Vec::new();
        for entries in std::mem::take(&mut self.entries) {
            match entries {
                Entries::Told(told) => rows.push(told.row(self.store.keys())?),
                Entries::Coming { rows: coming, .. } => {
                    // In the order in which they were told.
                    self.insert_rows(&PENDING, &std::mem::take(&mut rows), &object)
                        .await?;
                    rows = coming.await.map_err(|_| StoreError::EntriesNotMade)??;
                }
            }
        }
        self.insert_rows(&PENDING, &rows, &object).await?;
        self.transaction.commit().await?;
        Ok(())
    }

    /// Tells of something that changed no row: a look-up of a subject, a refusal.
    /// Whom it is about lies sealed.
    ///
    /// # Errors
    /// [`StoreError::Random`].
    pub fn note(&mut self, object: ObjectRef, draft: &EventDraft) -> Result<(), StoreError> {
        let drawn = draw(draft.at)?;
        self.tell(drawn, draft, object, None, None)
    }

    /// The stored row of an object before a change.
    pub(crate) async fn before(
        &mut self,
        kind: Kind,
        id: &str,
    ) -> Result<Option<SqliteRow>, StoreError> {
        kind.row(self.connection(), id).await
    }

    /// Tells of a change to the row of an object, which was written already.
    pub(crate) async fn changed(
        &mut self,
        kind: Kind,
        id: String,
        before: Option<SqliteRow>,
        draft: &EventDraft,
    ) -> Result<(), StoreError> {
        let drawn = draw(draft.at)?;
        self.changed_as(drawn, kind, id, before, draft, None).await
    }

    /// Tells of new rows, which were written already; each has an entry of its own.
    pub(crate) async fn made_all(
        &mut self,
        kind: Kind,
        made: Vec<(String, &EventDraft)>,
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = made.iter().map(|(id, _)| id.clone()).collect();
        let rows = kind.rows(self.connection(), &ids).await?;
        for (id, draft) in made {
            let object = ObjectRef::new(kind.name, id);
            let Some(row) = rows.get(&object.id) else {
                return Err(StoreError::NotThere { object });
            };
            let drawn = draw(draft.at)?;
            let rows = Commitments {
                before: None,
                after: Image::read(row).commit(&drawn.salt)?,
            };
            self.tell(drawn, draft, object, Some(rows), None)?;
        }
        Ok(())
    }

    /// Tells of changes that `update` made, each in an entry of its own. What is asked
    /// of the calls that they name was written before.
    pub(crate) fn updated(&mut self, set: Vec<Updated>) -> Result<(), StoreError> {
        let mut named = Vec::new();
        for call in set.iter().filter_map(|updated| updated.draft.call) {
            match self.calls.get(&call) {
                Some(written) => named.push((call, written.clone())),
                // Its row is read at the end.
                None => return set.into_iter().try_for_each(|one| self.updated_one(&one)),
            }
        }
        if set.len() < WORTH_A_THREAD {
            return set.into_iter().try_for_each(|one| self.updated_one(&one));
        }
        let (keys, calls) = (self.store.shared_keys(), named.clone());
        let rows = tokio::task::spawn_blocking(move || {
            let calls: BTreeMap<_, _> = calls.into_iter().collect();
            let row = |one: Updated| {
                let mut told = one.told()?;
                if let Some(call) = told.call.and_then(|call| calls.get(&call)) {
                    told.bind(&call.image())?;
                }
                told.row(&keys)
            };
            set.into_iter().map(row).collect()
        });
        self.entries.push(Entries::Coming { named, rows });
        Ok(())
    }

    fn updated_one(&mut self, updated: &Updated) -> Result<(), StoreError> {
        let told = updated.told()?;
        self.entries.push(Entries::Told(Box::new(told)));
        Ok(())
    }

    /// The same, for an event whose set of rows names it already.
    pub(crate) async fn changed_as(
        &mut self,
        drawn: Drawn,
        kind: Kind,
        id: String,
        before: Option<SqliteRow>,
        draft: &EventDraft,
        rows: Option<SetRoot>,
    ) -> Result<(), StoreError> {
        let object = ObjectRef::new(kind.name, id);
        let after = kind.row(self.connection(), &object.id).await?;
        let after = after.ok_or_else(|| StoreError::NotThere {
            object: object.clone(),
        })?;
        let before = before.map(|row| Image::read(&row).commit(&drawn.salt));
        let commitments = Commitments {
            before: before.transpose()?,
            after: Image::read(&after).commit(&drawn.salt)?,
        };
        self.tell(drawn, draft, object, Some(commitments), rows)
    }

    /// Tells of a set of rows, which was written already and names the event.
    pub(crate) async fn told_of_set(
        &mut self,
        drawn: Drawn,
        object: ObjectRef,
        draft: &EventDraft,
    ) -> Result<(), StoreError> {
        let rows = self.root_of_set(drawn).await?;
        self.tell(drawn, draft, object, None, Some(rows))
    }

    /// The root over the rows that name the event.
    pub(crate) async fn root_of_set(&mut self, drawn: Drawn) -> Result<SetRoot, StoreError> {
        let made = self.take_leaves(drawn.id).await?;
        set_root(self.connection(), drawn.id, &drawn.salt, made).await
    }

    /// Remembers that a call was written, so that an entry has to name it.
    pub(crate) fn wrote_call(&mut self, id: CallId, call: WrittenCall) {
        self.calls.insert(id, Arc::new(call));
    }

    fn tell(
        &mut self,
        drawn: Drawn,
        draft: &EventDraft,
        object: ObjectRef,
        rows: Option<Commitments>,
        set: Option<SetRoot>,
    ) -> Result<(), StoreError> {
        let told = Told::new(drawn, draft, object, rows, set);
        self.entries.push(Entries::Told(Box::new(told)));
        Ok(())
    }

    /// Gives each event that names a call the commitment to the call's row.
    async fn bind_calls(&mut self) -> Result<(), StoreError> {
        let mut named = BTreeSet::new();
        for entries in &self.entries {
            match entries {
                Entries::Told(told) => named.extend(told.call),
                // Whoever wrote a call again has to name it again.
                Entries::Coming { named: bound, .. } => named.extend(
                    bound
                        .iter()
                        .filter(|(id, call)| {
                            let now = self.calls.get(id);
                            now.is_some_and(|now| Arc::ptr_eq(now, call))
                        })
                        .map(|(id, _)| *id),
                ),
            }
        }
        if let Some(call) = self.calls.keys().find(|call| !named.contains(call)) {
            return Err(StoreError::CallWithoutEntry { call: *call });
        }
        let others = named.iter().filter(|call| !self.calls.contains_key(call));
        let others: Vec<_> = others.map(CallId::to_string).collect();
        let found = match others.is_empty() {
            true => HashMap::new(),
            false => Kind::CALL.rows(self.connection(), &others).await?,
        };
        for entries in &mut self.entries {
            let Entries::Told(told) = entries else {
                continue;
            };
            let Some(call) = told.call else { continue };
            if let Some(written) = self.calls.get(&call) {
                told.bind(&written.image())?;
                continue;
            }
            let id = call.to_string();
            let row = found.get(&id).ok_or_else(|| StoreError::NotThere {
                object: ObjectRef::new(Kind::CALL.name, id),
            })?;
            told.bind(&Image::read(row))?;
        }
        Ok(())
    }
}
