//! Requests over the network: the live way out.
//!
//! Comes in: a request, filled in. Goes out: the answer decoded, or why there is
//! none. Always holds: no redirect, no proxy, no repetition; a name is resolved
//! once and the connection goes to an address that was checked; an address of
//! this machine or of a private network only where the operator said so; answers
//! are bounded in size and time; a signature is made last, over the bytes that go.

mod signature;

use crate::{
    download::Patience,
    grant::Destination,
    ports::{Egress, Incoming, NoAnswer, Outgoing, Secret, Signing},
};
use async_trait::async_trait;
use encoding_rs::Encoding;
use reqwest::{
    Client, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use std::{
    error::Error as _,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The whole exchange (`http.wit`, `send`).
const WHOLE: Duration = Duration::from_secs(10);
/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Bytes of an answer before decoding.
const ANSWER_BYTES: usize = 1 << 20;
/// Bytes of a body once encoded.
const BODY_BYTES: usize = 256 * 1024;

/// The live egress. One client for public addresses and one that may also reach
/// private ones; both keep connections open between calls.
pub struct HttpEgress {
    public: Client,
    private: Client,
    pub(crate) patience: Patience,
}

/// The HTTP client could not be made, such as for want of root certificates.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot start")]
pub struct EgressError(#[source] reqwest::Error);

impl HttpEgress {
    /// Makes the clients.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be read.
    pub fn new() -> Result<Self, EgressError> {
        // Someone else in the process may have chosen a provider first; that
        // one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |private| {
            Client::builder()
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .no_proxy()
                .connect_timeout(CONNECT)
                .timeout(WHOLE)
                .dns_resolver(Arc::new(Checked { private }))
                .build()
                .map_err(EgressError)
        };
        Ok(Self {
            public: client(false)?,
            private: client(true)?,
            patience: Patience::default(),
        })
    }

    /// The same egress, waiting for downloads no longer than this.
    #[must_use]
    pub fn waiting(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The client that reaches what the destination may.
    pub(crate) fn client(&self, to: &Destination) -> &Client {
        match to.private_network {
            true => &self.private,
            false => &self.public,
        }
    }
}

/// Resolves a name and drops the addresses that are not allowed.
struct Checked {
    private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| private || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(OnlyPrivate.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// A name has addresses, and none of them is public.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to this machine or into a private network")]
struct OnlyPrivate;

/// Whether an address lies on the public internet: not on this machine, not in a
/// private or shared network, no link-local (cloud metadata), multicast,
/// documentation or reserved address.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || (a == 192 && b == 0 && c == 0))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            // Only 2000::/3 is routed; 2001:db8:: is for documentation, and
            // 2002::/16 and 64:ff9b::/96 wrap any IPv4 address.
            None => {
                let [first, second, ..] = v6.segments();
                first & 0xe000 == 0x2000
                    && first != 0x2002
                    && !(first == 0x2001 && (second == 0x0db8 || second < 0x0200))
            }
        },
    }
}

#[async_trait]
impl Egress for HttpEgress {
    async fn send(&self, to: &Destination, request: Outgoing) -> Result<Incoming, NoAnswer> {
        let (origin, base) = to
            .base()
            .map_err(|rule| NoAnswer::NotGranted(rule.to_owned()))?;
        let target = format!("{origin}{base}{}", request.path.expose());
        let url = reqwest::Url::parse(&target)
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
        let encoding = Encoding::for_label(to.encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        let client = self.client(to);
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| NoAnswer::NotGranted("unknown method".to_owned()))?;
        let mut fields = headers(&request.headers)?;
        let body = request.body.as_ref().map(|body| encoded(body, encoding));
        let body = body.transpose()?;
        if let Some(signing) = &request.signing {
            sign(&mut fields, request.method, &url, body.as_deref(), signing)?;
        }
        let mut sending = client.request(method, url).headers(fields);
        if let Some(body) = body {
            sending = sending.body(body);
        }
        let response = sending.send().await.map_err(unsent)?;
        received(response, encoding).await
    }
}

pub(crate) fn private(place: &str) -> String {
    format!(
        "{place} lies on this machine or in a private network; add `private_network = true` \
         under the destination if that is meant"
    )
}

pub(crate) fn below(path: &str, base: &str) -> bool {
    path.strip_prefix(base)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The address, where a URL names one and no host.
pub(crate) fn literal(url: &reqwest::Url) -> Option<IpAddr> {
    url.host_str()?
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

fn headers(fields: &[(String, Secret)]) -> Result<HeaderMap, NoAnswer> {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        let bad =
            || NoAnswer::NotGranted(format!("the header `{name}` holds what a header cannot"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad())?;
        value.set_sensitive(true);
        map.append(key, value);
    }
    Ok(map)
}

pub(crate) fn sign(
    fields: &mut HeaderMap,
    method: &'static str,
    url: &reqwest::Url,
    body: Option<&[u8]>,
    signing: &Signing,
) -> Result<(), NoAnswer> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let signed = signature::Signed {
        method,
        path: url.path(),
        query: url.query(),
        body: body.unwrap_or_default(),
        created: now.map_or(0, |since| since.as_secs()),
    };
    for (name, value) in signature::fields(&signed, signing) {
        let bad = |_| NoAnswer::NotGranted("the key's name is no header".to_owned());
        fields.insert(name, HeaderValue::from_str(&value).map_err(bad)?);
    }
    Ok(())
}

fn encoded(body: &Secret, encoding: &'static Encoding) -> Result<Vec<u8>, NoAnswer> {
    let (bytes, _, lost) = encoding.encode(body.expose());
    if lost {
        let text = format!(
            "the body holds a character that {} does not have",
            encoding.name()
        );
        return Err(NoAnswer::NotGranted(text));
    }
    if bytes.len() > BODY_BYTES {
        return Err(NoAnswer::NotGranted(
            "a body has at most 256 KiB once encoded".to_owned(),
        ));
    }
    Ok(bytes.into_owned())
}

fn is_only_private(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<OnlyPrivate>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether anything went out. In doubt it did.
pub(crate) fn unsent(error: reqwest::Error) -> NoAnswer {
    // The error's own text names the address, which may hold what was filled in.
    let error = error.without_url();
    if is_only_private(&error) {
        NoAnswer::NotGranted(private("the destination"))
    } else if error.is_connect() {
        NoAnswer::NotSent("no connection to the destination".to_owned())
    } else if error.is_builder() {
        NoAnswer::NotSent("the request could not be made".to_owned())
    } else if error.is_timeout() {
        NoAnswer::Lost("no answer within 10 seconds".to_owned())
    } else {
        NoAnswer::Lost("the connection broke before the answer was complete".to_owned())
    }
}

async fn received(
    mut response: reqwest::Response,
    encoding: &'static Encoding,
) -> Result<Incoming, NoAnswer> {
    let status = response.status().as_u16();
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let declared = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once("charset="))
        .and_then(|(_, label)| Encoding::for_label(label.trim_matches(['"', ' ', ';']).as_bytes()));
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(unsent)? {
        if bytes.len() + piece.len() > ANSWER_BYTES {
            return Err(NoAnswer::Lost("the answer has more than 1 MiB".to_owned()));
        }
        bytes.extend_from_slice(&piece);
    }
    let (body, _, _) = declared.unwrap_or(encoding).decode(&bytes);
    Ok(Incoming {
        status,
        headers,
        body: body.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "240e::1", "2400:3200::1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
