//! How often each step was asked for.
//!
//! In come keys of requests as they arrive; out go counts. Always: a count is
//! durable before anything is done. Absent: what became of the request.

use serde::Serialize;

use super::{Ledger, LedgerError};

/// How often a key was seen.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Seen {
    /// Key of a step.
    pub key: String,
    /// Requests to make it.
    pub posts: i64,
    /// Questions about it.
    pub queries: i64,
}

impl Ledger {
    /// Counts a request to make the step `key`.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn count_post(&self, key: &str) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO requests (key, posts) VALUES (?, 1)
             ON CONFLICT (key) DO UPDATE SET posts = posts + 1",
        )
        .bind(key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Counts a question about the step `key`.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn count_query(&self, key: &str) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO requests (key, queries) VALUES (?, 1)
             ON CONFLICT (key) DO UPDATE SET queries = queries + 1",
        )
        .bind(key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Requests per key, by key.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn requests(&self) -> Result<Vec<Seen>, LedgerError> {
        let seen = sqlx::query_as("SELECT key, posts, queries FROM requests ORDER BY key")
            .fetch_all(&self.pool)
            .await?;
        Ok(seen)
    }
}
