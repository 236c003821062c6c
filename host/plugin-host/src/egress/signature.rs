//! The signature under a request: RFC 9421 with HMAC-SHA-256, over the method, the
//! path, the query and the digest of the content (RFC 9530).
//!
//! Comes in: a request as it leaves, encoded and filled in, and the key. Goes out:
//! three header fields. Always holds: the content is covered, the empty one too;
//! `created` is the clock of the way out, because the department asks whether a
//! request is fresh, and so it stands in no journal.
//!
//! It is written out here: a crate for the whole of RFC 9421 brings the
//! public-key algorithms of five others for these forty lines.

use crate::ports::Signing;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

/// The components that are covered, in their order.
const COVERED: &str = r#"("@method" "@path" "@query" "content-digest")"#;

/// What is signed.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// Seconds since 1970.
    pub(super) created: u64,
}

/// The header fields that sign a request. The key is the secret's bytes as they
/// stand.
pub(super) fn fields(request: &Signed<'_>, signing: &Signing) -> [(&'static str, String); 3] {
    let digest = STANDARD.encode(Sha256::digest(request.body));
    let digest = format!("sha-256=:{digest}:");
    let parameters = format!(
        "{COVERED};created={};keyid=\"{}\";alg=\"hmac-sha256\"",
        request.created, signing.key_id
    );
    let base = format!(
        "\"@method\": {}\n\"@path\": {}\n\"@query\": ?{}\n\"content-digest\": {digest}\n\
         \"@signature-params\": {parameters}",
        request.method,
        request.path,
        request.query.unwrap_or_default(),
    );
    let signature = mac(signing.key.expose().as_bytes(), &base);
    [
        ("content-digest", digest),
        ("signature-input", format!("sig1={parameters}")),
        ("signature", format!("sig1=:{signature}:")),
    ]
}

fn mac(key: &[u8], base: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(base.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Secret;

    #[test]
    fn the_vectors_of_the_standards() {
        // RFC 9421, B.2.5.
        let key = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
        let base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n\
            \"content-type\": application/json\n\"@signature-params\": \
            (\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
        assert_eq!(
            mac(&STANDARD.decode(key).unwrap(), base),
            "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="
        );
        // RFC 9530, B.1.
        let request = Signed {
            method: "PUT",
            path: "/",
            query: None,
            body: b"{\"hello\": \"world\"}\n",
            created: 0,
        };
        let [(_, digest), ..] = fields(&request, &signing());
        assert_eq!(
            digest,
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
    }

    fn signing() -> Signing {
        Signing {
            key_id: "house-1".into(),
            key: Secret::new("a shared secret"),
        }
    }

    #[test]
    fn another_implementation_makes_the_same_signature() {
        let request = Signed {
            method: "POST",
            path: "/api/measures",
            query: Some("a=b%20c"),
            body: b"{\"key\":\"o-1\"}",
            created: 1_764_000_000,
        };
        // Computed once with Python's hmac and hashlib, from the text of the RFC.
        let [_, (_, input), (_, signature)] = fields(&request, &signing());
        assert_eq!(
            input,
            "sig1=(\"@method\" \"@path\" \"@query\" \"content-digest\");created=1764000000;\
             keyid=\"house-1\";alg=\"hmac-sha256\""
        );
        assert_eq!(
            signature,
            "sig1=:67IuuGZV9tCyP94CyT5vlf8/AK+MEPuirwbaoPe4lv8=:"
        );
    }
}
