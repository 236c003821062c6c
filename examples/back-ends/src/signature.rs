//! Signatures of requests, as the department checks them.
//!
//! In come the head and the body of a request; out goes whether someone who knows
//! the key wrote them just now. Always: written from RFC 9421 and RFC 9530 alone
//! and independent of the house, so that the two can disagree. Absent: any
//! algorithm but `hmac-sha256`, and memory of requests seen; the keys of steps
//! make a repeated request harmless.
//!
//! | header | holds |
//! |---|---|
//! | `Content-Digest` | `sha-256=:BASE64:` of the body, of an empty one too |
//! | `Signature-Input` | `sig1=("@method" "@path" "@query" "content-digest");created=UNIX;keyid="ID";alg="hmac-sha256"` |
//! | `Signature` | `sig1=:BASE64:` |
//!
//! The key is the text given with `--key`, or the file given with `--key-file`
//! without its last line break, byte by byte. `@query` of an address without a
//! query is `?`. Components may stand in any order, and more may be covered.

mod fields;

use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use fields::Input;

/// Seconds by which the clock of the caller may differ, and a request be old.
pub const WINDOW_SECONDS: i64 = 300;
/// What a signature must cover at least.
const COVERED: [&str; 4] = ["@method", "@path", "@query", "content-digest"];
const ALGORITHM: &str = "hmac-sha256";

/// A key that the department shares with the house.
pub struct Key {
    id: String,
    secret: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Key {
    /// The key of this name.
    #[must_use]
    pub fn new(id: &str, secret: &[u8]) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_vec(),
        }
    }

    /// Whether the holder of the key wrote this request just now; if not, why not.
    pub(crate) fn check(&self, head: &Parts, body: &[u8], now: Timestamp) -> Result<(), String> {
        let input = header(head, "signature-input")?;
        let input = Input::read(&input)?;
        for component in COVERED {
            if !input.covers(component) {
                return Err(format!("the signature does not cover \"{component}\""));
            }
        }
        if input.parameter("alg").is_some_and(|alg| alg != ALGORITHM) {
            return Err(format!("`alg` is not {ALGORITHM}"));
        }
        if input.parameter("keyid") != Some(self.id.as_str()) {
            return Err("`keyid` names no key of this department".to_owned());
        }
        let created: i64 = input
            .parameter("created")
            .and_then(|seconds| seconds.parse().ok())
            .ok_or("`created` is not a number of seconds since 1970")?;
        if now.as_second().abs_diff(created) > WINDOW_SECONDS.unsigned_abs() {
            return Err(format!(
                "`created` is more than {WINDOW_SECONDS} seconds from the clock here; sign anew, \
                 or set the clock"
            ));
        }
        check_digest(&header(head, "content-digest")?, body)?;
        let signature = header(head, "signature")?;
        let signature = fields::bytes_of(&signature, input.label)
            .ok_or("`Signature` holds no bytes under the label of `Signature-Input`")?;
        self.check_base(&base(head, &input)?, &signature)
    }

    fn check_base(&self, base: &str, signature: &[u8]) -> Result<(), String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret)
            .map_err(|_| "the department's key cannot be used")?;
        mac.update(base.as_bytes());
        mac.verify_slice(signature).map_err(|_| {
            "the signature does not fit method, path, query, digest and key".to_owned()
        })
    }
}

/// What is signed (RFC 9421, 2.5): a line for each component, then the input.
fn base(head: &Parts, input: &Input<'_>) -> Result<String, String> {
    let mut lines = Vec::new();
    for component in &input.components {
        let value = match component.as_str() {
            "@method" => head.method.as_str().to_owned(),
            "@path" => head.uri.path().to_owned(),
            "@query" => format!("?{}", head.uri.query().unwrap_or_default()),
            "@authority" => match head.uri.authority() {
                Some(authority) => authority.as_str().to_ascii_lowercase(),
                None => header(head, "host")?.to_ascii_lowercase(),
            },
            derived if derived.starts_with('@') => {
                return Err(format!("\"{derived}\" is not known here; do not cover it"));
            }
            field => header(head, field)?,
        };
        lines.push(format!("\"{component}\": {value}"));
    }
    lines.push(format!("\"@signature-params\": {}", input.value));
    Ok(lines.join("\n"))
}

fn check_digest(field: &str, body: &[u8]) -> Result<(), String> {
    let digest = fields::bytes_of(field, "sha-256")
        .ok_or("`Content-Digest` holds no sha-256, as `sha-256=:BASE64:`")?;
    if digest[..] == Sha256::digest(body)[..] {
        Ok(())
    } else {
        Err("`Content-Digest` is not that of the body".to_owned())
    }
}

/// All values of a field, as one (RFC 9421, 2.1).
fn header(head: &Parts, name: &str) -> Result<String, String> {
    let mut values = Vec::new();
    for value in head.headers.get_all(name) {
        let value = value
            .to_str()
            .map_err(|_| format!("`{name}` is not plain text"))?;
        values.push(value.trim());
    }
    if values.is_empty() {
        return Err(format!("the header `{name}` is missing"));
    }
    Ok(values.join(", "))
}

fn decoded(base64: &str) -> Option<Vec<u8>> {
    BASE64.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    /// RFC 9421, B.2.5: its key, its message, its signature.
    const SECRET: &str =
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    const INPUT: &str = r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    const SIGNATURE: &str = "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:";

    fn vector(date: &str) -> Result<(), String> {
        let key = Key::new("test-shared-secret", &decoded(SECRET).unwrap());
        let request = Request::post("/foo?param=Value&Pet=dog")
            .header("host", "example.com")
            .header("date", date)
            .header("content-type", "application/json")
            .body(())
            .unwrap();
        let (head, ()) = request.into_parts();
        let input = Input::read(INPUT).unwrap();
        let signature = fields::bytes_of(SIGNATURE, "sig-b25").unwrap();
        key.check_base(&base(&head, &input).unwrap(), &signature)
    }

    #[test]
    fn the_vector_of_the_rfc_holds() {
        assert_eq!(vector("Tue, 20 Apr 2021 02:07:55 GMT"), Ok(()));
        assert!(vector("Tue, 20 Apr 2021 02:07:56 GMT").is_err());
    }

    #[test]
    fn a_key_is_not_shown() {
        let shown = format!("{:?}", Key::new("house-1", b"s3cret"));
        assert!(shown.contains("house-1") && !shown.contains("s3cret"));
        assert!(!shown.contains(&format!("{:?}", b"s3cret")));
    }
}
