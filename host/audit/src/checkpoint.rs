//! The checkpoint: the head of the log, signed (C2SP tlog-checkpoint).
//!
//! In: origin, size and root; or a note that someone holds. Out: the note, four
//! parts long (origin, size, root, signature); or what a note truly says. Always: a
//! checkpoint comes out of a note only after its signature was checked, and names
//! the log of the key that signed it. Absent: deciding when to sign, and keeping the
//! last checkpoint outside the database, which is what [`check_extends`] rests on.

use signed_note::NoteError;
use tlog_tiles::Checkpoint as Text;
use tlog_tiles::tlog::Hash;

use crate::note_key::{KeyError, NoteSigner, NoteVerifier, is_origin};
use crate::tree::TreeHash;

/// The head of a log: that the log `origin` has `size` entries under `root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: TreeHash,
}

/// Why a note is no checkpoint of this log, or cannot be made one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The bytes are no signed note.
    #[error("the checkpoint is not a signed note; fetch it again whole, with its last line")]
    NotANote(#[source] NoteError),
    /// The signature does not fit the text: one of them was changed.
    #[error(
        "the checkpoint's signature does not fit its text; do not rely on it, and ask who changed it"
    )]
    BadSignature(#[source] NoteError),
    /// The log's key has not signed it.
    #[error("the checkpoint is not signed with the log's key {0}; check which key the log uses")]
    NotSigned(String),
    /// The signed text is no checkpoint.
    #[error("the signed text is not a checkpoint: origin, size and root, each on its line")]
    NotACheckpoint,
    /// Origin of the text and name of the key differ.
    #[error(
        "the checkpoint is of the log {found}, and the key is that of {expected}; use its own key"
    )]
    OtherLog {
        /// The log of the key.
        expected: String,
        /// The log that the text names.
        found: String,
    },
    /// The signer could not sign.
    #[error("the checkpoint could not be signed; check the log's signing key")]
    Unsignable(#[source] NoteError),
}

impl Checkpoint {
    /// The head of the log `origin`.
    ///
    /// # Errors
    /// [`KeyError::Origin`] for an origin that no key could carry.
    pub fn new(origin: &str, size: u64, root: TreeHash) -> Result<Self, KeyError> {
        if !is_origin(origin) {
            return Err(KeyError::Origin(origin.to_owned()));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many entries the log had.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree over them.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        self.root
    }

    /// The note of this checkpoint, signed. The same checkpoint and key give the same
    /// note, for Ed25519 signatures are deterministic.
    ///
    /// # Errors
    /// [`CheckpointError::OtherLog`] where the key is that of another log.
    pub fn sign(&self, signer: &NoteSigner) -> Result<String, CheckpointError> {
        same_log(signer.origin(), &self.origin)?;
        let text = Text::new(&self.origin, self.size, Hash(self.root), "")
            .map_err(|_| CheckpointError::NotACheckpoint)?
            .to_bytes();
        let note = signer.sign(&text).map_err(CheckpointError::Unsignable)?;
        Ok(String::from_utf8(note).expect("a signed note is UTF-8"))
    }

    /// Opens a note: checks the log's signature, and only then reads what it says.
    /// Extension lines and the signatures of witnesses are allowed and not looked at.
    ///
    /// # Errors
    /// [`CheckpointError`], which tells a changed note from a foreign or broken one.
    pub fn open(note: &str, key: &NoteVerifier) -> Result<Self, CheckpointError> {
        let text = key.open(note.as_bytes()).map_err(|error| match error {
            NoteError::InvalidSignature { .. } => CheckpointError::BadSignature(error),
            NoteError::UnverifiedNote => CheckpointError::NotSigned(key.origin().to_owned()),
            _ => CheckpointError::NotANote(error),
        })?;
        let text = Text::from_bytes(&text).map_err(|_| CheckpointError::NotACheckpoint)?;
        same_log(key.origin(), text.origin())?;
        Ok(Self {
            origin: text.origin().to_owned(),
            size: text.size(),
            root: text.hash().0,
        })
    }
}

fn same_log(expected: &str, found: &str) -> Result<(), CheckpointError> {
    if expected == found {
        return Ok(());
    }
    Err(CheckpointError::OtherLog {
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

/// The present log does not go on from what was signed before. Signing it would tell
/// the world two stories; nothing may be signed until an operator has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForkError {
    /// Entries that were signed are gone.
    #[error(
        "the log has {now} entries, but {signed} were signed: it looks like a restored backup. Nothing was signed. Bring back the newer database, or the entries from {now} on from an export; do not start the log anew under this key"
    )]
    Shrank {
        /// The size of the last signed checkpoint.
        signed: u64,
        /// The size at present.
        now: u64,
    },
    /// Entries that were signed are other ones now.
    #[error(
        "the first {signed} entries are not those that were signed: the log was changed, or restored from a backup and written on. Nothing was signed. Run `audit verify`, and bring back the database that the last checkpoint was signed over"
    )]
    Forked {
        /// The size of the last signed checkpoint.
        signed: u64,
    },
}

/// Checks, before signing, that the present tree goes on from the `previous`
/// checkpoint, kept outside the database.
///
/// `root_of_previous_size_now` is the root of the first `previous.size()` entries as
/// the database has them now: [`crate::Tree::load`] at that size. `None` where the
/// present tree cannot give it.
///
/// # Errors
/// [`ForkError`], which says whether the log shrank or forked.
pub fn check_extends(
    previous: &Checkpoint,
    size_now: u64,
    root_of_previous_size_now: Option<TreeHash>,
) -> Result<(), ForkError> {
    let signed = previous.size;
    if size_now < signed {
        return Err(ForkError::Shrank {
            signed,
            now: size_now,
        });
    }
    if root_of_previous_size_now != Some(previous.root) {
        return Err(ForkError::Forked { signed });
    }
    Ok(())
}
