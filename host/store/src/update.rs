//! Rows with entries of their own that change many at a time.
//!
//! Comes in: for each row its id, how often it had changed when it was read, and a
//! value for each column that may change. Goes out: the rows, and an entry for each.
//! Always holds: a row is changed only as it was read; what its entry commits to is
//! the row as it was read in this transaction, and the very values that the statement
//! got, so nothing is read back; a test holds that against what is stored.
//! Deliberately absent: the statements; each stands in its room.

use crate::{
    columns::Columns,
    entry::{EventDraft, Updated},
    error::StoreError,
    insert::Value,
    objects::Kind,
    statements::Sql,
    write::Write,
};
use credence_audit::ObjectRef;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

/// How one row changes.
pub(crate) struct Change<'a> {
    /// Its id, as its entries name it.
    pub(crate) id: String,
    /// How often it had changed when it was read.
    pub(crate) changes: u32,
    /// The columns that the statement sets, but for `changes` and `updated_at`.
    pub(crate) columns: Vec<(&'static str, Value)>,
    pub(crate) event: &'a EventDraft,
}

impl Write<'_> {
    /// Changes rows by `sql`, which takes them as one JSON list: `id`, `changes`, and
    /// each column under its name; bytes stand in hexadecimal, as `NAME_hex`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one was changed since it was read; nothing of
    /// the set may be committed then.
    pub(crate) async fn update(
        &mut self,
        kind: Kind,
        sql: Sql,
        mut set: Vec<Change<'_>>,
    ) -> Result<(), StoreError> {
        if set.is_empty() {
            return Ok(());
        }
        for change in &mut set {
            let at = Value::Number(change.event.at.as_millisecond());
            change.columns.push(("updated_at", at));
        }
        let mut before = self.as_read(kind, &set).await?;
        let rows = serde_json::to_string(&set)?;
        let done = sql.query().bind(rows).execute(self.connection()).await?;
        if done.rows_affected() != set.len() as u64 {
            return Err(StoreError::unreadable("changes"));
        }
        let updated = set.into_iter().map(|mut change| {
            let changes = Value::Number(i64::from(change.changes) + 1);
            change.columns.push(("changes", changes));
            let object = ObjectRef::new(kind.name, change.id);
            match before.remove(&object.id) {
                None => Err(StoreError::NotThere { object }),
                Some(before) => Ok(Updated {
                    object,
                    before,
                    written: change.columns,
                    draft: change.event.clone(),
                }),
            }
        });
        let updated = updated.collect::<Result<_, _>>()?;
        self.updated(updated)
    }

    /// The stored rows, each of which still has as many changes as it had when it was
    /// read. They are not known as they lie there any more.
    async fn as_read(
        &mut self,
        kind: Kind,
        set: &[Change<'_>],
    ) -> Result<HashMap<String, SqliteRow>, StoreError> {
        let mut rows = HashMap::with_capacity(set.len());
        let mut unseen = Vec::new();
        for Change { id, .. } in set {
            match self.seen.rows.remove(&(kind.name, id.clone())) {
                Some(row) => _ = rows.insert(id.clone(), row),
                None => unseen.push(id.clone()),
            }
        }
        if !unseen.is_empty() {
            rows.extend(kind.rows(self.connection(), &unseen).await?);
        }
        for Change { id, changes, .. } in set {
            let row = rows.get(id);
            if row.map(|row| row.count("changes")).transpose()? != Some(*changes) {
                let object = ObjectRef::new(kind.name, id);
                return Err(StoreError::Conflict { object });
            }
        }
        Ok(rows)
    }
}

impl Serialize for Change<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("changes", &self.changes)?;
        for (name, value) in &self.columns {
            match value {
                Value::Null => {}
                Value::Number(number) => map.serialize_entry(name, number)?,
                Value::Text(text) => map.serialize_entry(name, &**text)?,
                Value::Bytes(bytes) => {
                    map.serialize_entry(&format!("{name}_hex"), &hex::encode(bytes))?;
                }
            }
        }
        map.end()
    }
}
