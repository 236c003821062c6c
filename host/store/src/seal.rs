//! Envelopes: how anything about a person lies in a row.
//!
//! Comes in: a key, a place (table, row, column) and bytes. Goes out: an
//! envelope, which is one byte for the algorithm, a nonce and the ciphertext; or
//! the bytes again. Always holds: an envelope opens only in the place it was
//! made for, so rows cannot be swapped; it names its algorithm, so that another
//! (SM4) can stand beside. Deliberately absent: where keys come from (`keys`).

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use zeroize::Zeroize;

/// XChaCha20-Poly1305, with a random nonce of 24 bytes.
const XCHACHA20_POLY1305: u8 = 1;
const NONCE_LEN: usize = 24;

/// A key of 32 bytes. Never shown; wiped when dropped.
#[derive(Clone)]
pub(crate) struct Key(pub(crate) [u8; 32]);

impl Key {
    /// A new key.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(kept)")
    }
}

/// Why an envelope could not be made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Made by a version that knows more.
    #[error("the envelope names algorithm {0}, which this version does not know; use a newer one")]
    UnknownAlgorithm(u8),
    /// Cut short.
    #[error("the envelope is too short to be one; run `audit verify`")]
    TooShort,
    /// Wrong key, wrong place, or changed.
    #[error(
        "the envelope does not open: it was changed, moved, or sealed under another key; run `audit verify`"
    )]
    DoesNotOpen,
    /// Nothing could be sealed: more than 256 GiB, or no randomness.
    #[error("the value could not be sealed")]
    DoesNotSeal,
}

/// Where an envelope lies. Bound into it as associated data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'a str,
    pub(crate) row: &'a [u8],
    pub(crate) column: &'a str,
}

impl Place<'_> {
    /// Each part behind its length, so that no two places share their bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.table.as_bytes(), self.row, self.column.as_bytes()] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

/// Seals `plain` for one place.
///
/// # Errors
/// [`SealError::DoesNotSeal`].
pub(crate) fn seal(key: &Key, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| SealError::DoesNotSeal)?;
    let cipher = XChaCha20Poly1305::new(&key.0.into());
    let sealed = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plain,
                aad: &place.bytes(),
            },
        )
        .map_err(|_| SealError::DoesNotSeal)?;
    let mut envelope = Vec::with_capacity(1 + NONCE_LEN + sealed.len());
    envelope.push(XCHACHA20_POLY1305);
    envelope.extend(nonce);
    envelope.extend(sealed);
    Ok(envelope)
}

/// Opens an envelope in the place where it lies.
///
/// # Errors
/// [`SealError`], which tells an unknown algorithm from a broken envelope.
pub(crate) fn open(key: &Key, place: Place<'_>, envelope: &[u8]) -> Result<Vec<u8>, SealError> {
    let (&algorithm, rest) = envelope.split_first().ok_or(SealError::TooShort)?;
    if algorithm != XCHACHA20_POLY1305 {
        return Err(SealError::UnknownAlgorithm(algorithm));
    }
    let (nonce, sealed) = rest
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealError::TooShort)?;
    XChaCha20Poly1305::new(&key.0.into())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &place.bytes(),
            },
        )
        .map_err(|_| SealError::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'_> = Place {
        table: "order_",
        row: b"7",
        column: "content",
    };

    #[test]
    fn an_envelope_opens_only_in_its_place_and_under_its_key() {
        let key = Key([7; 32]);
        let envelope = seal(&key, HERE, "张三".as_bytes()).unwrap();
        assert_eq!(envelope[0], 1);
        assert_eq!(open(&key, HERE, &envelope).unwrap(), "张三".as_bytes());
        for elsewhere in [
            Place {
                table: "case_",
                ..HERE
            },
            Place { row: b"8", ..HERE },
            Place {
                column: "state",
                ..HERE
            },
            // The same letters, cut elsewhere.
            Place {
                table: "order",
                row: b"_7",
                ..HERE
            },
        ] {
            assert_eq!(
                open(&key, elsewhere, &envelope),
                Err(SealError::DoesNotOpen)
            );
        }
        assert_eq!(
            open(&Key([8; 32]), HERE, &envelope),
            Err(SealError::DoesNotOpen)
        );
    }

    #[test]
    fn a_broken_envelope_is_named() {
        let key = Key([7; 32]);
        let mut envelope = seal(&key, HERE, b"x").unwrap();
        assert_ne!(
            envelope,
            seal(&key, HERE, b"x").unwrap(),
            "the nonce is random"
        );
        assert_eq!(open(&key, HERE, &envelope[..20]), Err(SealError::TooShort));
        assert_eq!(open(&key, HERE, &[]), Err(SealError::TooShort));
        *envelope.last_mut().unwrap() ^= 1;
        assert_eq!(open(&key, HERE, &envelope), Err(SealError::DoesNotOpen));
        envelope[0] = 4;
        let error = open(&key, HERE, &envelope).unwrap_err();
        assert!(error.to_string().contains("algorithm 4"), "{error}");
    }
}
