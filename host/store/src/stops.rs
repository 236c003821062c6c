//! Departments that are paused and measures that are stopped.
//!
//! Comes in: a stop, set or undone, with the reason. Goes out: stops. Always holds:
//! one row for one stop, changed only as it was read, each change with its entry.
//! Deliberately absent: what a stop keeps from being made (`domain`).

use crate::{
    columns::Columns, entry::EventDraft, error::StoreError, objects::Kind, rows::StopRow,
    statements::statements, store::Read, write::Write,
};
use credence_domain::stop::Stop;
use sqlx::sqlite::SqliteRow;

statements! {
    SET = "INSERT INTO stop (department, measure, name, state, reason, set_by, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
        ON CONFLICT (name) DO UPDATE SET state = excluded.state, reason = excluded.reason,
            set_by = excluded.set_by, updated_at = excluded.updated_at, changes = stop.changes + 1";
    LIST = "SELECT * FROM stop ORDER BY name";
    BY_NAME = "SELECT * FROM stop WHERE name = ?1";
}

impl Write<'_> {
    /// Sets a stop, or undoes it. Whoever calls has read the row in this
    /// transaction.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_stop(&mut self, row: &StopRow, event: &EventDraft) -> Result<(), StoreError> {
        let name = row.stop.name();
        let before = self.before(Kind::STOP, &name).await?;
        SET.query()
            .bind(row.stop.department())
            .bind(row.stop.measure())
            .bind(&name)
            .bind(if row.on { "on" } else { "off" })
            .bind(&row.reason)
            .bind(&row.set_by)
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await?;
        self.changed(Kind::STOP, name, before, event).await
    }
}

impl Read<'_> {
    /// All stops that were ever set, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn stops(&mut self) -> Result<Vec<StopRow>, StoreError> {
        let rows = LIST.query().fetch_all(self.connection()).await?;
        rows.iter().map(stop_row).collect()
    }

    /// One stop, if it was ever set.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn stop(&mut self, stop: &Stop) -> Result<Option<StopRow>, StoreError> {
        let query = BY_NAME.query().bind(stop.name());
        let row = query.fetch_optional(self.connection()).await?;
        row.as_ref().map(stop_row).transpose()
    }
}

fn stop_row(row: &SqliteRow) -> Result<StopRow, StoreError> {
    let stop = Stop::new(row.plain("department")?, row.plain("measure")?);
    Ok(StopRow {
        stop: stop.ok_or_else(|| StoreError::unreadable("name"))?,
        on: row.plain::<&str>("state")? == "on",
        reason: row.plain("reason")?,
        set_by: row.plain("set_by")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}
