//! Tokens by which departments' systems upload.
//!
//! Comes in: the token itself, from the one who made it and from those who show
//! it. Goes out: its row. Always holds: what lies here is a keyed digest, from
//! which nobody can make the token, and which is compared in constant time; a
//! token is for one feed, ends by itself, and once revoked stays so. Deliberately
//! absent: whether a token may still be used, which needs a clock.

use crate::{
    columns::Columns,
    entry::EventDraft,
    error::StoreError,
    keys::{KeyRing, hmac},
    objects::Kind,
    rows::TokenRow,
    statements::statements,
    store::Read,
    write::Write,
};
use credence_domain::ids::TokenId;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use subtle::ConstantTimeEq as _;

statements! {
    INSERT = "INSERT INTO feed_token (id, plugin, feed, digest, issued_at, issued_by, expires_at,
            updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?5, 0)";
    REVOKE = "UPDATE feed_token SET revoked_at = ?3, updated_at = ?3, changes = changes + 1
        WHERE id = ?1 AND changes = ?2 AND revoked_at IS NULL";
    BY_ID = "SELECT * FROM feed_token WHERE id = ?1";
    BY_DIGEST = "SELECT * FROM feed_token WHERE digest = ?1";
    LIST = "SELECT * FROM feed_token ORDER BY plugin, feed, issued_at DESC, id";
}

/// A token to be issued.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its id, made by the caller.
    pub id: TokenId,
    /// The plugin.
    pub plugin: String,
    /// Name of the feed that it opens.
    pub feed: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Write<'_> {
    /// Writes a token by its digest.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn insert_token(
        &mut self,
        new: &NewToken,
        secret: &str,
        event: &EventDraft,
    ) -> Result<TokenRow, StoreError> {
        let object = credence_audit::ObjectRef::new(Kind::TOKEN.name, new.id.to_string());
        INSERT
            .query()
            .bind(new.id.bytes())
            .bind(&new.plugin)
            .bind(&new.feed)
            .bind(&keyed(self.store.keys(), secret)[..])
            .bind(event.at.as_millisecond())
            .bind(&event.actor)
            .bind(new.expires_at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&object))?;
        self.changed(Kind::TOKEN, object.id, None, event).await?;
        let row = self.read().token(new.id).await?;
        row.ok_or_else(|| StoreError::unreadable("feed_token"))
    }

    /// Ends a token. Gives the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was revoked before.
    pub async fn revoke_token(
        &mut self,
        mut row: TokenRow,
        event: &EventDraft,
    ) -> Result<TokenRow, StoreError> {
        let object = row.object();
        let before = self.before(Kind::TOKEN, &object.id).await?;
        let done = REVOKE
            .query()
            .bind(row.id.bytes())
            .bind(row.changes)
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::TOKEN, object.id, before, event).await?;
        row.revoked_at = Some(event.at);
        row.updated_at = event.at;
        row.changes += 1;
        Ok(row)
    }
}

impl Read<'_> {
    /// A token by its id.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn token(&mut self, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
        let query = BY_ID.query().bind(id.bytes());
        let row = query.fetch_optional(self.connection()).await?;
        row.as_ref().map(token_row).transpose()
    }

    /// The token that somebody shows, used up or not.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn token_shown(&mut self, secret: &str) -> Result<Option<TokenRow>, StoreError> {
        let digest = keyed(self.keys, secret);
        let query = BY_DIGEST.query().bind(&digest[..]);
        let Some(row) = query.fetch_optional(self.connection()).await? else {
            return Ok(None);
        };
        let same = row.hash("digest")?.ct_eq(&digest);
        bool::from(same).then(|| token_row(&row)).transpose()
    }

    /// All tokens: by feed, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        let rows = LIST.query().fetch_all(self.connection()).await?;
        rows.iter().map(token_row).collect()
    }
}

fn token_row(row: &SqliteRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.id("id")?,
        plugin: row.plain("plugin")?,
        feed: row.plain("feed")?,
        issued_at: row.instant("issued_at")?,
        issued_by: row.plain("issued_by")?,
        expires_at: row.instant("expires_at")?,
        revoked_at: row.instant_or_none("revoked_at")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}

fn keyed(keys: &KeyRing, secret: &str) -> [u8; 32] {
    hmac(&keys.index, &[b"feed token", secret.as_bytes()])
}
