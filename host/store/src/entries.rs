//! What the log says happened, in its order.
//!
//! Comes in: a place in the log. Goes out: events as they were told, the sealed ones
//! and then those that wait to be sealed. Deliberately absent: whether the log and the
//! rows fit each other (`verify`).

use crate::{
    columns::Columns, entry::open_event, error::StoreError, statements::statements, store::Store,
};
use credence_audit::Event;
use sqlx::sqlite::SqliteRow;

statements! {
    SEALED = "SELECT event, sealed FROM audit_entry ORDER BY idx";
    WAITING = "SELECT event, sealed FROM audit_pending ORDER BY seq";
}

impl Store {
    /// Every event of the log, those that are not sealed yet last. For logs that fit
    /// into memory, such as a scenario's.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where an entry does not open.
    pub async fn events(&self) -> Result<Vec<Event>, StoreError> {
        let mut read = self.read().await?;
        let mut rows = SEALED.query().fetch_all(read.connection()).await?;
        rows.extend(WAITING.query().fetch_all(read.connection()).await?);
        drop(read);
        rows.iter().map(|row| self.event(row)).collect()
    }

    fn event(&self, row: &SqliteRow) -> Result<Event, StoreError> {
        let unreadable = || StoreError::unreadable("an entry of the log");
        let opened = open_event(self, row.id("event")?, row.plain("sealed")?);
        let (_, bytes) = opened.ok_or_else(unreadable)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}
