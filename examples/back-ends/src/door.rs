//! Who is let in.
//!
//! In come the head and the body of a request; out goes whether it may enter.
//! Always: the reason says what is missing and never what would have been right of
//! a secret. Absent: accounts; there is one caller, the house.

use axum::http::header;
use axum::http::request::Parts;
use jiff::Timestamp;

use crate::signature::Key;

/// What the department asks of a caller.
#[derive(Debug)]
pub enum Door {
    /// Nothing.
    Open,
    /// `authorization: Bearer TOKEN`.
    Token(String),
    /// A signature under this key.
    Signature(Key),
}

/// A caller who stays outside.
#[derive(Debug, Clone, PartialEq)]
pub struct NotLetIn {
    /// `not-let-in` or `signature`.
    pub code: &'static str,
    /// What is missing.
    pub reason: String,
}

impl Door {
    /// A door with a token, or an open one.
    #[must_use]
    pub fn token(token: Option<String>) -> Self {
        token.map_or(Self::Open, Self::Token)
    }

    pub(crate) fn let_in(&self, head: &Parts, body: &[u8], now: Timestamp) -> Result<(), NotLetIn> {
        match self {
            Self::Open => Ok(()),
            Self::Token(token) => check_token(token, head),
            Self::Signature(key) => key.check(head, body, now).map_err(|reason| NotLetIn {
                code: "signature",
                reason,
            }),
        }
    }
}

fn check_token(token: &str, head: &Parts) -> Result<(), NotLetIn> {
    let given = head
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if given == Some(token) {
        return Ok(());
    }
    Err(NotLetIn {
        code: "not-let-in",
        reason: "send `authorization: Bearer …` with the department's token".to_owned(),
    })
}
