//! The audit log that an outsider can check.
//!
//! What this room is: the mathematics of the log. Each change of state becomes an
//! [`Event`]; what is published of it is a salted commitment ([`Published`]); the
//! commitments are the leaves of an RFC 6962 tree ([`Tree`]); the head of the tree
//! is signed as a C2SP checkpoint ([`Checkpoint`]); and a [`Verifier`] reads all of
//! it back and names what does not fit ([`Finding`]).
//!
//! In: events, rows, salts and keys, all as values. Out: bytes to store, hashes to
//! store, notes to publish, findings to show.
//!
//! What always holds: the same input gives the same bytes, on every machine and in
//! every later version; no leaf holds anything that can be read without its salt;
//! nothing here invents a hash, a proof or a signature format (the tree is
//! `tlog_tiles`, the note is `signed_note`, so stock Go reads both).
//!
//! Deliberately absent: storage, clocks, randomness and runtimes. The caller draws
//! the salts and keys, asks the time, and makes things durable. Inclusion and
//! consistency proofs are absent too, until something hands them out.

mod canonical;
mod event;

mod commitment;

mod tree;

mod note_key;

mod checkpoint;

mod finding;
mod object_check;
mod stored_hashes;
mod verify;

pub use canonical::{CanonicalError, MAX_NUMBER, canonical};
pub use checkpoint::{Checkpoint, CheckpointError, ForkError, check_extends};
pub use commitment::{
    Algorithm, Cell, PUBLISHED_LEN, Published, PublishedError, RowCommitments, Salt, commit_bytes,
    commit_row,
};
pub use event::{Event, Fact, FactError, ObjectRef};
pub use finding::{Finding, MAX_NAMED, Report};
pub use note_key::{KeyError, NoteSigner, NoteVerifier};
pub use object_check::{check_object, check_rows};
pub use tree::{
    Appended, MAX_SIZE, Tree, TreeError, TreeHash, right_edge, root_over, stored_hash_count,
};
pub use verify::{Entry, Sealed, Verifier};
