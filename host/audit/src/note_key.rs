//! Keys of the log: Ed25519, spelt as Go's `sumdb/note` spells them.
//!
//! In: a 32-byte seed, or a key as text. Out: a signer (`PRIVATE+KEY+name+id+…`) or a
//! verifier (`name+id+…`). Always: a key carries the log's origin as its name, and
//! its id is the hash of name and public key, so a key of one log never passes for
//! that of another. Absent: drawing the seed, and keeping the secret text safe.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::SigningKey;
use signed_note::{
    Note, NoteError, SignerError, StandardSigner, StandardVerifier, VerifierError, VerifierList,
};

/// The key type of Ed25519 in signed notes (C2SP signed-note, "Signature types").
const ED25519: u8 = 1;

/// Why a text is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The origin cannot be the name of a key.
    #[error(
        "the log's origin {0:?} must not be empty and must hold no space, control character or plus sign; use a name such as credence.example/log"
    )]
    Origin(String),
    /// The text is no signing key.
    #[error("the signing key is not of the form PRIVATE+KEY+name+id+key; restore the key file")]
    Signer(#[source] SignerError),
    /// The text is no verifier key.
    #[error("the verifier key is not of the form name+id+key; copy it again from its publisher")]
    Verifier(#[source] VerifierError),
}

/// The secret half: signs checkpoints.
#[derive(Clone)]
pub struct NoteSigner {
    skey: String,
    vkey: String,
    signer: StandardSigner,
}

impl NoteSigner {
    /// The signer of the log `origin` whose key comes from `seed`, 32 random bytes.
    ///
    /// # Errors
    /// [`KeyError::Origin`] for a name that a key cannot carry.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_origin(origin) {
            return Err(KeyError::Origin(origin.to_owned()));
        }
        let public = SigningKey::from_bytes(seed).verifying_key();
        let vkey = signed_note::new_ed25519_verifier_key(origin, &public);
        let id = signed_note::key_id(origin, &[&[ED25519], &public.as_bytes()[..]].concat());
        let secret = BASE64_STANDARD.encode([&[ED25519], &seed[..]].concat());
        let skey = format!("PRIVATE+KEY+{origin}+{id:08x}+{secret}");
        let signer = StandardSigner::new(&skey).map_err(KeyError::Signer)?;
        Ok(Self { skey, vkey, signer })
    }

    /// Reads a signing key, as [`Self::skey`] or Go's `note.GenerateKey` wrote it.
    ///
    /// # Errors
    /// [`KeyError`] where the text is not such a key.
    pub fn from_skey(skey: &str) -> Result<Self, KeyError> {
        let skey = skey.trim_end();
        let signer = StandardSigner::new(skey).map_err(KeyError::Signer)?;
        let format = || KeyError::Signer(SignerError::Format);
        // PRIVATE, KEY, name, id, and the rest: base64 has plus signs of its own.
        let secret = skey.splitn(5, '+').nth(4).ok_or_else(format)?;
        let secret = BASE64_STANDARD.decode(secret).map_err(|_| format())?;
        let seed = secret.get(1..).and_then(|seed| seed.try_into().ok());
        Self::from_seed(signed_note::Signer::name(&signer), seed.ok_or_else(format)?)
    }

    /// The log's origin, which is the key's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        signed_note::Signer::name(&self.signer)
    }

    /// The secret key as text. Who has it can sign for the log.
    #[must_use]
    pub fn skey(&self) -> &str {
        &self.skey
    }

    /// The public key as text, to be published.
    #[must_use]
    pub fn vkey(&self) -> &str {
        &self.vkey
    }

    /// The verifier of this signer's notes.
    #[must_use]
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier::new(&self.vkey).expect("a verifier key that this room wrote")
    }

    /// The note of a text and its signature.
    pub(crate) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, NoteError> {
        let mut note = Note::new(text, &[])?;
        note.add_sigs(&[&self.signer])?;
        Ok(note.to_bytes())
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "NoteSigner({})", self.vkey)
    }
}

/// The public half: checks checkpoints.
#[derive(Clone)]
pub struct NoteVerifier {
    key: StandardVerifier,
}

impl NoteVerifier {
    /// Reads a verifier key.
    ///
    /// # Errors
    /// [`KeyError::Verifier`] where the text is not such a key, or its id does not fit.
    pub fn new(vkey: &str) -> Result<Self, KeyError> {
        let key = StandardVerifier::new(vkey.trim_end()).map_err(KeyError::Verifier)?;
        Ok(Self { key })
    }

    /// The log's origin, which is the key's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        signed_note::Verifier::name(&self.key)
    }

    /// The text of a note that this key signed. Signatures of others are let be.
    pub(crate) fn open(&self, note: &[u8]) -> Result<Vec<u8>, NoteError> {
        let note = Note::from_bytes(note)?;
        note.verify(&VerifierList::new(vec![Box::new(self.key.clone())]))?;
        Ok(note.text().to_vec())
    }
}

impl fmt::Debug for NoteVerifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "NoteVerifier({})", self.origin())
    }
}

/// Whether a log may be called so: the name of a key, and one line of a note.
pub(crate) fn is_origin(name: &str) -> bool {
    signed_note::is_key_name_valid(name) && !name.chars().any(char::is_control)
}
