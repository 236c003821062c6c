//! Tokens of departments' systems: issued, shown, ended.
//!
//! Comes in: a feed, days, a token that somebody shows. Goes out: a token, once;
//! whether what is shown opens the feed. Always holds: a token is 256 random bits
//! with a checksum, so that a slip of the pen is told from a stranger's; it opens
//! one feed until it ends; issuing, revoking and every refusal of a known token
//! are in the log. Deliberately absent: who may issue one, which is whoever may
//! use the command line.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
};
use credence_domain::ids::TokenId;
use credence_store::{NewToken, TokenRow};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Before every token, so that it is known where it turns up.
const PREFIX: &str = "credence_feed_";
/// The longest life of a token, in days.
pub const MOST_DAYS: u32 = 366;

/// A token as it is shown, once.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Issued {
    /// The token itself. It is kept nowhere.
    pub token: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub row: TokenRow,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({:?})", self.row.id)
    }
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It is not whole.
    #[error("the token is mistyped or cut off; copy it again as it was shown")]
    Mistyped,
    /// Nobody issued it here.
    #[error("the token is not known here; ask the operator for one")]
    Unknown,
    /// Its days are over.
    #[error("the token has expired; ask the operator for a new one")]
    Expired,
    /// It was ended.
    #[error("the token was revoked; ask the operator for a new one")]
    Revoked,
    /// It is for another feed.
    #[error("the token is for another feed than this")]
    OtherFeed,
}

impl Denied {
    /// The code in the log.
    fn code(self) -> &'static str {
        match self {
            Self::Mistyped => "mistyped",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::OtherFeed => "other-feed",
        }
    }
}

impl House {
    /// Issues a token for one feed of an active plugin.
    ///
    /// # Errors
    /// When there is no such feed, or the days are none or too many.
    pub async fn issue_token(
        &self,
        plugin: &str,
        feed: &str,
        days: u32,
        actor: &Actor,
    ) -> Result<Issued, PipelineError> {
        let active = self.plugin(plugin)?;
        self.feed(&active, Some(feed))?;
        if !(1..=MOST_DAYS).contains(&days) {
            let text = format!("a token lives 1 to {MOST_DAYS} days; issue a new one in time");
            return Err(PipelineError::Refused(text));
        }
        let now = self.now();
        let token = new_token()?;
        let new = NewToken {
            id: self.new_id()?,
            plugin: plugin.to_owned(),
            feed: feed.to_owned(),
            expires_at: now + SignedDuration::from_hours(24 * i64::from(days)),
        };
        let mut write = self.store.begin().await?;
        let draft = event("token.issued", now, actor);
        let row = write.insert_token(&new, &token, &draft).await?;
        write.commit().await?;
        Ok(Issued { token, row })
    }

    /// Ends a token for good.
    ///
    /// # Errors
    /// When there is none, or it was revoked before.
    pub async fn revoke_token(
        &self,
        id: TokenId,
        actor: &Actor,
    ) -> Result<TokenRow, PipelineError> {
        let mut write = self.store.begin().await?;
        let row = write.read().token(id).await?;
        let row = row.ok_or_else(|| PipelineError::Unknown {
            what: "token",
            name: id.to_string(),
            next: "`token list` shows which there are, with their ids",
        })?;
        if row.revoked_at.is_some() {
            return Err(PipelineError::Refused(
                "the token was revoked before".to_owned(),
            ));
        }
        let draft = event("token.revoked", self.now(), actor);
        let row = write.revoke_token(row, &draft).await?;
        write.commit().await?;
        Ok(row)
    }

    /// Whether what somebody shows opens a feed; `feed` is plugin and feed.
    ///
    /// # Errors
    /// When the rows cannot be read or written; a token that opens nothing is an
    /// answer.
    pub async fn token_for(
        &self,
        shown: &str,
        (plugin, feed): (&str, &str),
    ) -> Result<Result<TokenRow, Denied>, PipelineError> {
        if !is_whole(shown) {
            return Ok(Err(Denied::Mistyped));
        }
        let row = self.store.read().await?.token_shown(shown).await?;
        let Some(row) = row else {
            return Ok(Err(Denied::Unknown));
        };
        let Some(denied) = denied(&row, (plugin, feed), self.now()) else {
            return Ok(Ok(row));
        };
        let actor = Actor::token(row.id);
        let draft = with(
            event("token.refused", self.now(), &actor),
            "why",
            denied.code(),
        );
        let mut write = self.store.begin().await?;
        write.note(row.object(), &draft)?;
        write.commit().await?;
        Ok(Err(denied))
    }
}

fn denied(row: &TokenRow, (plugin, feed): (&str, &str), now: Timestamp) -> Option<Denied> {
    if row.revoked_at.is_some() {
        Some(Denied::Revoked)
    } else if row.expires_at <= now {
        Some(Denied::Expired)
    } else if (row.plugin.as_str(), row.feed.as_str()) != (plugin, feed) {
        Some(Denied::OtherFeed)
    } else {
        None
    }
}

fn new_token() -> Result<String, PipelineError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(PipelineError::Random)?;
    let body = format!("{PREFIX}{}", hex::encode(secret));
    let check = checksum(&body);
    Ok(format!("{body}{check}"))
}

/// Whether a text is a token as they are made here, without a slip in it.
fn is_whole(shown: &str) -> bool {
    let body = shown.len().checked_sub(8).and_then(|at| shown.get(..at));
    body.is_some_and(|body| {
        body.starts_with(PREFIX)
            && body.len() == PREFIX.len() + 64
            && shown[body.len()..] == checksum(body)
    })
}

fn checksum(body: &str) -> String {
    hex::encode(&Sha256::digest(body.as_bytes())[..4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_token_is_seen() {
        let token = new_token().unwrap();
        assert!(is_whole(&token), "{token}");
        assert_ne!(token, new_token().unwrap());
        let other = |c: char| if c == '0' { '1' } else { '0' };
        for at in 0..token.len() {
            let mut slip: Vec<char> = token.chars().collect();
            slip[at] = other(slip[at]);
            assert!(!is_whole(&slip.into_iter().collect::<String>()), "{at}");
        }
        assert!(!is_whole(&token[1..]) && !is_whole(&token[..60]) && !is_whole(""));
        assert!(!is_whole("福建福建福建福建福建福建"));
    }
}
