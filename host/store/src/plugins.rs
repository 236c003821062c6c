//! Revisions of plugins, with what each was granted.
//!
//! Comes in: a revision that was admitted. Goes out: revisions, and the one that
//! takes calls. Always holds: at most one revision of a plugin is active, and the
//! schema refuses a second; what is revoked stays so. Deliberately absent: the
//! component itself, which lies beside the database under its digest.

use crate::{
    columns::Columns,
    entry::EventDraft,
    error::StoreError,
    objects::Kind,
    rows::{RevisionRow, RevisionState},
    statements::statements,
    store::Read,
    write::Write,
};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO plugin_revision (plugin, digest, version, department, contract, state,
            manifest, granted, installed_at, installed_by, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)";
    UPDATE = "UPDATE plugin_revision SET state = ?4, granted = ?5, updated_at = ?6,
            changes = changes + 1
        WHERE plugin = ?1 AND digest = ?2 AND changes = ?3
            AND (state != 'revoked' OR ?4 = 'revoked')";
    BY_DIGEST = "SELECT * FROM plugin_revision WHERE plugin = ?1 AND digest = ?2";
    ACTIVE = "SELECT * FROM plugin_revision WHERE plugin = ?1 AND state = 'active'";
    LIST = "SELECT * FROM plugin_revision ORDER BY plugin, installed_at DESC, digest";
}

impl RevisionState {
    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Installed, Self::Active, Self::Retired, Self::Revoked]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

impl Write<'_> {
    /// Writes a revision that was admitted. Its `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where it was installed before, or where it is
    /// to be active beside another active one.
    pub async fn insert_revision(
        &mut self,
        revision: &RevisionRow,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        INSERT
            .query()
            .bind(&revision.plugin)
            .bind(&revision.digest)
            .bind(&revision.version)
            .bind(&revision.department)
            .bind(&revision.contract)
            .bind(revision.state.code())
            .bind(&revision.manifest)
            .bind(serde_json::to_string(&revision.grant)?)
            .bind(revision.installed_at.as_millisecond())
            .bind(&revision.installed_by)
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&revision.object()))?;
        self.changed(Kind::REVISION, revision.object().id, None, event)
            .await
    }

    /// Writes the state and the grant of a revision. Retire the active one before
    /// another is made active. Gives the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read, or was
    /// revoked; [`StoreError::AlreadyThere`] where another one is active.
    pub async fn update_revision(
        &mut self,
        mut revision: RevisionRow,
        event: &EventDraft,
    ) -> Result<RevisionRow, StoreError> {
        let object = revision.object();
        let before = self.before(Kind::REVISION, &object.id).await?;
        let done = UPDATE
            .query()
            .bind(&revision.plugin)
            .bind(&revision.digest)
            .bind(revision.changes)
            .bind(revision.state.code())
            .bind(serde_json::to_string(&revision.grant)?)
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::REVISION, object.id, before, event)
            .await?;
        revision.changes += 1;
        revision.updated_at = event.at;
        Ok(revision)
    }
}

impl Read<'_> {
    /// One revision.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn revision(
        &mut self,
        plugin: &str,
        digest: &str,
    ) -> Result<Option<RevisionRow>, StoreError> {
        let query = BY_DIGEST.query().bind(plugin).bind(digest);
        query
            .fetch_optional(self.connection())
            .await?
            .as_ref()
            .map(revision_row)
            .transpose()
    }

    /// The revision of a plugin that takes calls.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn active_revision(
        &mut self,
        plugin: &str,
    ) -> Result<Option<RevisionRow>, StoreError> {
        let query = ACTIVE.query().bind(plugin);
        query
            .fetch_optional(self.connection())
            .await?
            .as_ref()
            .map(revision_row)
            .transpose()
    }

    /// All revisions: by plugin, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn revisions(&mut self) -> Result<Vec<RevisionRow>, StoreError> {
        let rows = LIST.query().fetch_all(self.connection()).await?;
        rows.iter().map(revision_row).collect()
    }
}

fn revision_row(row: &SqliteRow) -> Result<RevisionRow, StoreError> {
    Ok(RevisionRow {
        plugin: row.plain("plugin")?,
        digest: row.plain("digest")?,
        version: row.plain("version")?,
        department: row.plain("department")?,
        contract: row.plain("contract")?,
        state: row.word("state", RevisionState::from_code)?,
        manifest: row.plain("manifest")?,
        grant: serde_json::from_str(row.plain("granted")?)
            .map_err(|e| StoreError::unreadable_for("granted", e))?,
        installed_at: row.instant("installed_at")?,
        installed_by: row.plain("installed_by")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}
