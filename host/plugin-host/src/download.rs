//! Downloads: the house itself fetches a delivery from a department's system.
//!
//! Comes in: a destination of the grant and where to put the bytes. Goes out:
//! what came. Always holds: the rules of the egress (`egress`): the address is
//! the operator's and no redirect leads out of it, no proxy, a private network
//! only where the operator said so; bytes are not read as text and never kept in
//! memory; the receiver says when it is too much; a system that falls silent is
//! waited for no longer than for one piece. Deliberately absent: the file,
//! and when to ask again.

use crate::{
    egress::{HttpEgress, below, is_public, literal, private, sign, unsent},
    grant::Destination,
    ports::{NoAnswer, Secret, Signing},
};
use async_trait::async_trait;
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH},
};
use std::time::Duration;
use tokio::time::timeout;

/// How long a department's system is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the whole download.
    pub whole: Duration,
    /// For the head of the answer, and for each piece of it behind the one before.
    pub piece: Duration,
}

impl Default for Patience {
    /// An hour, and half a minute.
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(3600),
            piece: Duration::from_secs(30),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Download {
    /// Path and query below the destination's address.
    pub path: String,
    /// What goes into the header `authorization`.
    pub authorization: Option<Secret>,
    /// What the request is signed with, where the destination asks for it.
    pub signing: Option<Signing>,
    /// What the system called the delivery that it gave last.
    pub etag: Option<String>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downloaded {
    /// A delivery, whole.
    Whole {
        /// What the system calls it.
        etag: Option<String>,
    },
    /// The one that was given last, still.
    NotModified,
    /// No delivery but this status.
    Status(u16),
}

/// Where the bytes go.
#[async_trait]
pub trait Sink: Send {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Why it takes no more; the download ends with this.
    async fn take(&mut self, bytes: &[u8]) -> Result<(), String>;
}

impl HttpEgress {
    /// Fetches one delivery with `GET`, once.
    ///
    /// # Errors
    /// [`NoAnswer`] where there is no complete answer, or the sink took no more.
    pub async fn download(
        &self,
        to: &Destination,
        ask: Download,
        sink: &mut dyn Sink,
    ) -> Result<Downloaded, NoAnswer> {
        let (origin, base) = to
            .base()
            .map_err(|rule| NoAnswer::NotGranted(rule.to_owned()))?;
        let url = reqwest::Url::parse(&format!("{origin}{base}{}", ask.path))
            .map_err(|_| NoAnswer::NotGranted("the path is no part of an address".to_owned()))?;
        if url.origin().ascii_serialization() != origin || !below(url.path(), &base) {
            let text = "the path leads out of its destination".to_owned();
            return Err(NoAnswer::NotGranted(text));
        }
        if !to.private_network
            && let Some(address) = literal(&url)
            && !is_public(address)
        {
            return Err(NoAnswer::NotGranted(private(&address.to_string())));
        }
        let mut fields = HeaderMap::new();
        if let Some(value) = &ask.authorization {
            fields.insert(AUTHORIZATION, header(value.expose(), "authorization")?);
        }
        if let Some(etag) = &ask.etag {
            fields.insert(IF_NONE_MATCH, header(etag, "if-none-match")?);
        }
        if let Some(signing) = &ask.signing {
            sign(&mut fields, "GET", &url, None, signing)?;
        }
        let Patience { whole, piece } = self.patience;
        let sending = self.client(to).get(url).headers(fields).timeout(whole);
        let broke = |error: reqwest::Error| match error.is_timeout() && !error.is_connect() {
            true => NoAnswer::Lost(format!("the delivery did not come whole within {whole:?}")),
            false => unsent(error),
        };
        let mut response = in_time(piece, sending.send()).await?.map_err(broke)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(Downloaded::NotModified),
            other => return Ok(Downloaded::Status(other.as_u16())),
        }
        let etag = response.headers().get(ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        while let Some(bytes) = in_time(piece, response.chunk()).await?.map_err(broke)? {
            sink.take(&bytes).await.map_err(NoAnswer::Lost)?;
        }
        Ok(Downloaded::Whole {
            // One that is longer than any name is none to be sent back.
            etag: etag.filter(|etag| etag.len() <= 256),
        })
    }
}

async fn in_time<T>(limit: Duration, piece: impl Future<Output = T>) -> Result<T, NoAnswer> {
    let silent = |_| NoAnswer::Lost("the department's system fell silent".to_owned());
    timeout(limit, piece).await.map_err(silent)
}

fn header(value: &str, name: &str) -> Result<HeaderValue, NoAnswer> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        NoAnswer::NotGranted(format!("the header `{name}` holds what a header cannot"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
