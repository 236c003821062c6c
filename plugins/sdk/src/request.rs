//! Requests to a department's own system.
//!
//! In come a destination, a path, headers and a body; out goes what the host's
//! `http` takes. Always: a step carries its key as `idempotency-key`; person tokens
//! and placeholders of secrets pass unaltered. Absent: sending, and secrets.

use crate::contract::http::{Header, Method, Request};
use crate::contract::measures::{Failure, Verb};
use crate::contract::{call, settings};

/// The request that makes a step: POST, with the step's key as `idempotency-key`.
pub fn step(destination: &str, path: &str, key: &str, content_type: &str, body: String) -> Request {
    let mut request = bare(Method::Post, destination, path);
    set(&mut request, "idempotency-key", key);
    set(&mut request, "content-type", content_type);
    request.body = Some(body);
    request
}

/// The request that asks: GET.
pub fn question(destination: &str, path: &str) -> Request {
    bare(Method::Get, destination, path)
}

/// A request with neither headers nor body.
pub fn bare(method: Method, destination: &str, path: &str) -> Request {
    Request {
        destination: destination.to_owned(),
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
    }
}

/// Adds a header field.
pub fn set(request: &mut Request, name: &str, value: &str) {
    request.headers.push(Header {
        name: name.to_owned(),
        value: value.to_owned(),
    });
}

/// Adds the request's own number as `x-request-id`. It differs between two calls
/// with one key. Only within a call of the host.
pub fn set_call_id(request: &mut Request) {
    set(request, "x-request-id", &call::id());
}

/// A setting without which no request can be made: a placeholder, where it is a
/// secret. Only within a call of the host.
///
/// # Errors
/// `needs-person`: it is not set.
pub fn setting(name: &str) -> Result<String, Failure> {
    settings::get(name).ok_or_else(|| {
        Failure::NeedsPerson(format!(
            "the setting `{name}` is not set; store it whole (for `authorization` the whole \
             value of the header, such as `Bearer …`), and have the step made again"
        ))
    })
}

/// `apply`, `suspend`, `resume`, `lift`.
pub fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Apply => "apply",
        Verb::Suspend => "suspend",
        Verb::Resume => "resume",
        Verb::Lift => "lift",
    }
}

/// A body as `application/x-www-form-urlencoded`. A person token passes unaltered,
/// since it holds digits and letters only.
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        encode(name, b'+', &mut body);
        body.push('=');
        encode(value, b'+', &mut body);
    }
    body
}

/// A segment of a path or a value in a query, percent-encoded.
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode(text, b'%', &mut out);
    out
}

fn encode(text: &str, space: u8, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' if space == b'+' => out.push('+'),
            _ => {
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_carries_its_key() {
        let request = step("x", "/y", "o-1", "text/plain", "b".to_owned());
        let key = request.headers.iter().find(|h| h.name == "idempotency-key");
        assert_eq!(key.map(|h| h.value.as_str()), Some("o-1"));
        assert!(matches!(request.method, Method::Post));
    }

    #[test]
    fn forms_and_paths_are_encoded() {
        let body = form(&[("key", "o-1"), ("主体", "甲 &乙")]);
        assert_eq!(body, "key=o-1&%E4%B8%BB%E4%BD%93=%E7%94%B2+%26%E4%B9%99");
        assert_eq!(percent_encoded("a/b ~"), "a%2Fb%20~");
        assert_eq!(percent_encoded("Z0A1B2C3D4E5F6G7H8"), "Z0A1B2C3D4E5F6G7H8");
    }
}
