//! Nearness: this version has no access control, so only this machine may ask.
//!
//! Comes in: the address to listen on, the headers of a request. Goes out: an
//! address that is certainly loopback; a refusal of every request that a web page
//! sent. Always holds: a server can be bound to nothing but a [`Loopback`]; a
//! request that names another host (a page whose name was bent to this machine)
//! or that a foreign page started is refused before it is routed.
//!
//! Deliberately absent: users and rights, which come with access control; then
//! other addresses can be opened too.

use axum::http::{HeaderMap, header, uri::Authority};
use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// An address on this machine that no other machine can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

/// Why the server cannot listen there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// No address and port.
    #[error("`{0}` is no address with a port; write one such as 127.0.0.1:8700 or [::1]:8700")]
    NotAnAddress(String),
    /// Others could reach it.
    #[error(
        "{0} can be reached from other machines, and this version has no access control: listen on 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The system said no.
    #[error(
        "cannot listen on {address}; is another server running there? Choose another port with --listen"
    )]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Loopback {
    /// The address.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl TryFrom<SocketAddr> for Loopback {
    type Error = ListenError;

    fn try_from(address: SocketAddr) -> Result<Self, ListenError> {
        match address.ip().is_loopback() {
            true => Ok(Self(address)),
            false => Err(ListenError::NotLoopback(address)),
        }
    }
}

impl FromStr for Loopback {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        let address: SocketAddr = text
            .parse()
            .map_err(|_| ListenError::NotAnAddress(text.to_owned()))?;
        address.try_into()
    }
}

/// Whether a program on this machine asks, and no web page.
///
/// # Errors
/// The sentence that tells the program what is wrong.
pub(crate) fn asks_from_nearby(headers: &HeaderMap) -> Result<(), &'static str> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !host.is_some_and(names_this_machine) {
        return Err(
            "the Host header does not name this machine: ask for 127.0.0.1, [::1] or localhost",
        );
    }
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    match site {
        None | Some(b"none" | b"same-origin") => Ok(()),
        Some(_) => Err("a page from elsewhere sent this request; open the address itself"),
    }
}

fn names_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_loopback_addresses_are_taken() {
        for good in ["127.0.0.1:8700", "127.8.0.1:0", "[::1]:8700"] {
            assert!(good.parse::<Loopback>().is_ok(), "{good}");
        }
        let open = [
            "0.0.0.0:8700",
            "192.168.1.5:8700",
            "[::]:8700",
            "[::ffff:127.0.0.1]:80",
        ];
        for open in open {
            let error = open.parse::<Loopback>().unwrap_err();
            assert!(
                matches!(error, ListenError::NotLoopback(_)),
                "{open}: {error}"
            );
            assert!(error.to_string().contains("no access control"), "{error}");
        }
        for wrong in ["127.0.0.1", "8700", "example.gov.cn:80", ""] {
            let error = wrong.parse::<Loopback>().unwrap_err();
            assert!(
                matches!(error, ListenError::NotAnAddress(_)),
                "{wrong}: {error}"
            );
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_refused() {
        let check = |host: Option<&str>, site: Option<&str>, nearby: bool| {
            let mut headers = HeaderMap::new();
            let named = [("host", host), ("sec-fetch-site", site)];
            for (name, value) in named {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_str(value).unwrap());
                }
            }
            assert_eq!(
                asks_from_nearby(&headers).is_ok(),
                nearby,
                "{host:?} {site:?}"
            );
        };
        for host in [
            "127.0.0.1:8700",
            "LOCALHOST:8700",
            "localhost",
            "[::1]:8700",
        ] {
            check(Some(host), None, true);
        }
        for host in [
            "rebound.example:8700",
            "127.0.0.1.example",
            "10.0.0.1:8700",
            "",
            "::1",
        ] {
            check(Some(host), None, false);
        }
        check(None, None, false);
        check(Some("localhost"), Some("none"), true);
        check(Some("localhost"), Some("same-origin"), true);
        check(Some("localhost"), Some("same-site"), false);
        check(Some("localhost"), Some("cross-site"), false);
    }
}
