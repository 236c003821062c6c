//! Commitments: what binds us to a text without telling it.
//!
//! In: canonical bytes and a salt. Out: an HMAC of them, as hex inside an event or
//! as the bytes of a published entry. Always: who lacks the salt learns nothing, not
//! even by guessing; who has salt and text can check both; every published entry
//! names its algorithm in its first byte, so that another (SM3) can stand beside.
//! Absent: drawing salts (32 random bytes, a new one for each entry) and keeping them.

use std::fmt;

use hmac::{Hmac, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::canonical::{CanonicalError, MAX_NUMBER, canonical};
use crate::event::Event;

/// The length of a published entry in bytes.
pub const PUBLISHED_LEN: usize = 33;

/// The secret of one entry. Whoever destroys it makes the entry's commitments
/// unreadable for ever, and every proof stays valid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl fmt::Debug for Salt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Salt(sealed)")
    }
}

/// How a published entry was made; its number is the entry's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC-SHA-256 (RFC 2104), number 1.
    HmacSha256,
}

impl Algorithm {
    /// The number that stands in the entry. Never given to another algorithm.
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Self::HmacSha256 => 1,
        }
    }

    fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

fn hmac(salt: &Salt, canonical: &[u8]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&salt.0).expect("HMAC takes a key of every length");
    mac.update(canonical);
    mac
}

/// The commitment to canonical bytes: HMAC-SHA-256 under the salt, as lower-case hex.
#[must_use]
pub fn commit_bytes(salt: &Salt, canonical: &[u8]) -> String {
    hex::encode(hmac(salt, canonical).finalize().into_bytes())
}

/// The commitment to a row: [`commit_bytes`] over its canonical JSON.
///
/// Commit to the row as it is stored, its sealed columns as their envelopes: then
/// the log never sees a personal fact, and erasing a person leaves the row as
/// committed.
///
/// # Errors
/// [`CanonicalError`] where the row has no canonical form.
pub fn commit_row(salt: &Salt, row: &impl Serialize) -> Result<String, CanonicalError> {
    Ok(commit_bytes(salt, &canonical(row)?))
}

/// One column of a stored row, for [`RowCommitments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// An integer.
    Number(i64),
    /// Text.
    Text(&'a str),
    /// Bytes, which stand in the canonical form as hex.
    Bytes(&'a [u8]),
}

/// Commitments to many rows under one salt: the same as [`commit_row`] over a map of
/// the columns gives, without making the map.
#[derive(Debug)]
pub struct RowCommitments {
    mac: Hmac<Sha256>,
    canonical: Vec<u8>,
}

/// Bytes that most rows take.
const ROOM: usize = 2048;

impl RowCommitments {
    /// For rows under this salt.
    #[must_use]
    pub fn new(salt: &Salt) -> Self {
        Self {
            mac: hmac(salt, b""),
            canonical: Vec::with_capacity(ROOM),
        }
    }

    /// The commitment to a row: its columns that are not NULL, ordered by their
    /// names, which are ASCII.
    ///
    /// # Errors
    /// [`CanonicalError::NumberTooLarge`].
    pub fn commit<'a>(
        &mut self,
        columns: impl IntoIterator<Item = (&'a str, Cell<'a>)>,
    ) -> Result<String, CanonicalError> {
        self.canonical.clear();
        self.canonical.push(b'{');
        for (name, cell) in columns {
            if self.canonical.len() > 1 {
                self.canonical.push(b',');
            }
            self.write_text(name)?;
            self.canonical.push(b':');
            self.write_cell(cell)?;
        }
        self.canonical.push(b'}');
        let mut mac = self.mac.clone();
        mac.update(&self.canonical);
        Ok(hex::encode(mac.finalize().into_bytes()))
    }

    fn write_cell(&mut self, cell: Cell<'_>) -> Result<(), CanonicalError> {
        match cell {
            Cell::Number(number) if number.unsigned_abs() > MAX_NUMBER => {
                return Err(CanonicalError::NumberTooLarge);
            }
            // An integer is spelt in RFC 8785 as everywhere.
            Cell::Number(number) => self.canonical.extend(number.to_string().bytes()),
            Cell::Text(text) => self.write_text(text)?,
            Cell::Bytes(bytes) => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let digits = |byte: &u8| [byte >> 4, byte & 15].map(|n| DIGITS[usize::from(n)]);
                self.canonical.push(b'"');
                self.canonical.extend(bytes.iter().flat_map(digits));
                self.canonical.push(b'"');
            }
        }
        Ok(())
    }

    /// Text is escaped in RFC 8785 as this crate for JSON does it.
    fn write_text(&mut self, text: &str) -> Result<(), CanonicalError> {
        serde_json::to_writer(&mut self.canonical, text).map_err(CanonicalError::Unwritable)
    }
}

/// What the world sees of an entry: an algorithm and a salted commitment. Its bytes
/// are a leaf of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    algorithm: Algorithm,
    mac: [u8; 32],
}

impl Published {
    /// The published form of an event.
    #[must_use]
    pub fn of(event: &Event, salt: &Salt) -> Self {
        Self::of_canonical(&event.canonical(), salt)
    }

    /// The published form of an event that is canonical bytes already.
    #[must_use]
    pub fn of_canonical(event: &[u8], salt: &Salt) -> Self {
        Self {
            algorithm: Algorithm::HmacSha256,
            mac: hmac(salt, event).finalize().into_bytes().into(),
        }
    }

    /// Whether this commits to `event` under `salt`.
    #[must_use]
    pub fn verify(&self, event: &Event, salt: &Salt) -> bool {
        self.verify_canonical(&event.canonical(), salt)
    }

    /// Whether this commits to the bytes of an event under `salt`. The bytes are taken
    /// as stored and never read, so an event of a later version can be checked too.
    #[must_use]
    pub fn verify_canonical(&self, event: &[u8], salt: &Salt) -> bool {
        match self.algorithm {
            Algorithm::HmacSha256 => hmac(salt, event).verify_slice(&self.mac).is_ok(),
        }
    }

    /// The leaf: the algorithm's number, then the commitment.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PUBLISHED_LEN] {
        let mut bytes = [self.algorithm.id(); PUBLISHED_LEN];
        bytes[1..].copy_from_slice(&self.mac);
        bytes
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`PublishedError`] for an unknown algorithm or a wrong length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PublishedError> {
        let (&id, mac) = bytes.split_first().ok_or(PublishedError::Length(0))?;
        let algorithm = Algorithm::from_id(id).ok_or(PublishedError::UnknownAlgorithm(id))?;
        let mac = mac
            .try_into()
            .map_err(|_| PublishedError::Length(bytes.len()))?;
        Ok(Self { algorithm, mac })
    }
}

/// Why bytes are no published entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishedError {
    /// The first byte names no algorithm of this version.
    #[error("the entry names algorithm {0}, which this version does not know; use a newer one")]
    UnknownAlgorithm(u8),
    /// The length does not fit the algorithm.
    #[error("the entry has {0} bytes and not 33; read it from the log again")]
    Length(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn commitment_is_hmac_sha_256() {
        // Key and text of RFC 4231, test case 1; HMAC pads a key with zeros, so the
        // 32-byte salt that ends in zeros is the same key.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            commit_bytes(&Salt(key), b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn row_commitment_depends_on_value_and_salt_and_not_on_spelling() {
        let one = commit_row(&Salt([1; 32]), &json!({"a": 1, "b": "x"})).unwrap();
        let respelt: serde_json::Value = serde_json::from_str(r#"{ "b":"x", "a":1.0 }"#).unwrap();
        assert_eq!(commit_row(&Salt([1; 32]), &respelt).unwrap(), one);
        assert_ne!(
            commit_row(&Salt([2; 32]), &json!({"a": 1, "b": "x"})).unwrap(),
            one
        );
        assert_ne!(
            commit_row(&Salt([1; 32]), &json!({"a": 2, "b": "x"})).unwrap(),
            one
        );
        assert!(commit_row(&Salt([1; 32]), &json!({"a": u64::MAX})).is_err());
    }

    #[test]
    fn many_rows_are_committed_to_as_each_alone() {
        let salt = Salt([5; 32]);
        let mut rows = RowCommitments::new(&salt);
        let every: String = (0..0x300).filter_map(char::from_u32).collect();
        for text in [
            "",
            "福建\u{1F600}\u{2028}",
            "a\"\\/\u{8}\u{c}\n\r\t\u{1}",
            &every,
        ] {
            for number in [0, -7, 1 << 52] {
                let map = json!({"bytes": "00ff7a", "number": number, "text": text});
                let cells = [
                    ("bytes", Cell::Bytes(&[0, 255, 0x7a])),
                    ("number", Cell::Number(number)),
                    ("text", Cell::Text(text)),
                ];
                assert_eq!(
                    rows.commit(cells).unwrap(),
                    commit_row(&salt, &map).unwrap()
                );
            }
        }
        for number in [i64::MAX, i64::MIN, MAX_NUMBER as i64 + 1] {
            assert!(rows.commit([("number", Cell::Number(number))]).is_err());
        }
        let none: [(&str, Cell<'_>); 0] = [];
        assert_eq!(
            rows.commit(none).unwrap(),
            commit_row(&salt, &json!({})).unwrap()
        );
    }

    #[test]
    fn published_bytes_round_trip_and_bad_ones_are_refused() {
        let salt = Salt([7; 32]);
        let published = Published::of_canonical(b"{}", &salt);
        let bytes = published.to_bytes();
        assert_eq!(bytes[0], 1);
        assert_eq!(hex::encode(&bytes[1..]), commit_bytes(&salt, b"{}"));
        assert_eq!(Published::from_bytes(&bytes), Ok(published));
        assert!(published.verify_canonical(b"{}", &salt));
        assert!(!published.verify_canonical(b"{ }", &salt));
        assert!(!published.verify_canonical(b"{}", &Salt([8; 32])));

        for (bad, why) in [
            (vec![], PublishedError::Length(0)),
            (bytes[..32].to_vec(), PublishedError::Length(32)),
            ([&bytes[..], &[0]].concat(), PublishedError::Length(34)),
            (
                [&[2], &bytes[1..]].concat(),
                PublishedError::UnknownAlgorithm(2),
            ),
        ] {
            assert_eq!(Published::from_bytes(&bad), Err(why));
        }
    }

    #[test]
    fn a_salt_does_not_show_itself() {
        assert_eq!(format!("{:?}", Salt([0xab; 32])), "Salt(sealed)");
    }
}
