//! Problems (RFC 9457): what a program gets instead of an answer.
//!
//! Comes in: errors of the pipeline, requests that fit nothing. Goes out:
//! `application/problem+json` with a code that stays the same for ever. Always
//! holds: what lies behind an error's `source` stays in the house; the same read
//! on the command line shows it to the operator.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use credence_pipeline::{PipelineError, SpoolError};
use credence_store::StoreError;
use serde::Serialize;

/// The stable codes. A new one may come; none changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// No such thing.
    NotFound,
    /// No such path.
    NoRoute,
    /// This interface only reads.
    ReadOnly,
    /// A path or a query that cannot be read.
    BadParameter,
    /// Asked for in a way that the house refuses.
    Refused,
    /// No token, or one that opens nothing.
    Unauthorised,
    /// A token that opens something else, or a feed that is not open.
    Forbidden,
    /// A body larger than the house takes.
    TooLarge,
    /// The disk is full.
    NoRoom,
    /// The request does not come from this machine's own programs.
    NotNearby,
    /// The facts were erased.
    Erased,
    /// Try again.
    Busy,
    /// The house's own fault.
    Internal,
}

impl Code {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 13] = [
        Self::NotFound,
        Self::NoRoute,
        Self::ReadOnly,
        Self::BadParameter,
        Self::Refused,
        Self::Unauthorised,
        Self::Forbidden,
        Self::TooLarge,
        Self::NoRoom,
        Self::NotNearby,
        Self::Erased,
        Self::Busy,
        Self::Internal,
    ];

    /// Code, status and title.
    pub(crate) fn words(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is no such thing"),
            Self::NoRoute => ("no-route", StatusCode::NOT_FOUND, "There is no such path"),
            Self::ReadOnly => (
                "read-only",
                StatusCode::METHOD_NOT_ALLOWED,
                "This interface only reads",
            ),
            Self::BadParameter => (
                "bad-parameter",
                StatusCode::BAD_REQUEST,
                "A parameter cannot be read",
            ),
            Self::Refused => ("refused", StatusCode::UNPROCESSABLE_ENTITY, "Refused"),
            Self::Unauthorised => (
                "unauthorised",
                StatusCode::UNAUTHORIZED,
                "A token is needed",
            ),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not with this token"),
            Self::TooLarge => (
                "too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The delivery is too large",
            ),
            Self::NoRoom => (
                "no-room",
                StatusCode::INSUFFICIENT_STORAGE,
                "The house has no room now",
            ),
            Self::NotNearby => (
                "not-nearby",
                StatusCode::FORBIDDEN,
                "Only programs on this machine may ask",
            ),
            Self::Erased => ("erased", StatusCode::GONE, "The facts were erased"),
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE, "Busy; try again"),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "The house failed",
            ),
        }
    }
}

/// One problem.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
}

/// A problem as it is written.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl From<PipelineError> for Problem {
    fn from(error: PipelineError) -> Self {
        let code = match &error {
            PipelineError::Unknown { .. } => Code::NotFound,
            PipelineError::Refused(_) | PipelineError::Unreadable(_) | PipelineError::Gates(_) => {
                Code::Refused
            }
            PipelineError::Spool(SpoolError::TooLarge { .. }) => Code::TooLarge,
            PipelineError::Spool(SpoolError::NoRoom(_)) => Code::NoRoom,
            PipelineError::Store(StoreError::Erased { .. }) => Code::Erased,
            PipelineError::Store(StoreError::Busy(_)) => Code::Busy,
            _ => Code::Internal,
        };
        if code != Code::Internal {
            return Self::new(code, error.to_string());
        }
        // Without its sources: they may quote what a row holds.
        tracing::error!(%error, "a request failed");
        let detail = "the operator finds the reason in the server's log, and more of it by the \
                      same read on the command line";
        Self::new(code, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (code, status, title) = self.code.words();
        let body = Body {
            r#type: format!("urn:credence:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: &self.detail,
        };
        let json = serde_json::to_string(&body).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, json).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_their_statuses_stay() {
        let words: Vec<String> = Code::ALL
            .iter()
            .map(|code| {
                let (code, status, _) = code.words();
                format!("{} {code}", status.as_u16())
            })
            .collect();
        let golden = [
            "404 not-found",
            "404 no-route",
            "405 read-only",
            "400 bad-parameter",
            "422 refused",
            "401 unauthorised",
            "403 forbidden",
            "413 too-large",
            "507 no-room",
            "403 not-nearby",
            "410 erased",
            "503 busy",
            "500 internal",
        ];
        assert_eq!(words, golden);
    }

    #[test]
    fn what_lies_behind_an_error_stays_in_the_house() {
        let source = std::io::Error::other("canary: column content of table case_");
        let error = StoreError::File {
            path: "/secret/place".into(),
            source,
        };
        let problem = Problem::from(PipelineError::Store(error));
        assert_eq!(problem.code, Code::Internal);
        assert!(!problem.detail.contains("canary"), "{}", problem.detail);
        assert!(!problem.detail.contains("/secret"), "{}", problem.detail);
    }
}
