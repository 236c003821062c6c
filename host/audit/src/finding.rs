//! Findings: what a verification found wrong, each by its name.
//!
//! In: what the verifier and the row checks saw. Out: a report for people (each
//! finding reads as a sentence) and for programs (each is a tagged object). Always:
//! an empty report with checkpoints in it means that every entry given is the one
//! that was signed. Absent: blame, and mending.

use serde::Serialize;

use crate::event::ObjectRef;
use crate::tree::TreeHash;

/// At most this many findings are named; the rest is counted. One cut can misplace
/// every later entry, and a report of a million lines names nothing.
pub const MAX_NAMED: usize = 1000;

/// One thing that is wrong with the log, or between the log and the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "finding", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// Entries are missing between others.
    #[error("entries {from} to {to} are missing")]
    Gap {
        /// The first missing index.
        from: u64,
        /// The last missing index.
        to: u64,
    },
    /// An index came where another was due, and had passed already or is impossible.
    #[error("entry {index} stands where entry {expected} was due: repeated or reordered")]
    OutOfOrder {
        /// The index that came.
        index: u64,
        /// The index that was due.
        expected: u64,
    },
    /// The published bytes are no published entry.
    #[error("entry {index} is malformed: its published bytes are of no known form")]
    MalformedEntry {
        /// The entry's index.
        index: u64,
    },
    /// The sealed event, or its salt, is not the one that was published.
    #[error("entry {index}: the sealed event does not match its published commitment")]
    EventMismatch {
        /// The entry's index.
        index: u64,
    },
    /// The published bytes are not those that the stored leaf hash was made of.
    #[error("entry {index} was altered: its published bytes do not match its stored hash")]
    EntryAltered {
        /// The entry's index.
        index: u64,
    },
    /// The published bytes are those of another entry.
    #[error("entry {index} was reordered: it holds what was sealed as entry {belongs_at}")]
    EntryMoved {
        /// Where it stands.
        index: u64,
        /// Where the stored hashes have it.
        belongs_at: u64,
    },
    /// A stored hash is not that of the two below it.
    #[error("stored hash {stored} does not match the two that it is made of")]
    StoredHashWrong {
        /// The number of the stored hash.
        stored: u64,
    },
    /// A stored hash is not there.
    #[error("stored hash {stored} is missing")]
    StoredHashMissing {
        /// The number of the stored hash.
        stored: u64,
    },
    /// There are stored hashes that belong to no entry.
    #[error(
        "{count} stored hashes lie beyond the last entry: entries were cut off, or hashes added"
    )]
    StoredHashesBeyond {
        /// How many.
        count: u64,
    },
    /// The entries do not have the root that was signed.
    #[error(
        "the first {size} entries do not have the root that their checkpoint signed: an entry from {good_until} to {} was altered, or the log forked ({later} later checkpoints disagree too)", size.saturating_sub(1)
    )]
    RootMismatch {
        /// The size of the checkpoint.
        size: u64,
        /// The size of the last checkpoint before it that agrees; 0 if none does.
        good_until: u64,
        /// How many of the checkpoints that follow disagree as well.
        later: u64,
    },
    /// The signature of a checkpoint does not fit, or is not the log's.
    #[error("the checkpoint that claims size {} is not validly signed: {reason}", claimed(.size))]
    BadSignature {
        /// The size that its text claims.
        size: Option<u64>,
        /// What is wrong.
        reason: String,
    },
    /// A checkpoint cannot be read.
    #[error("the checkpoint that claims size {} is malformed: {reason}", claimed(.size))]
    MalformedCheckpoint {
        /// The size that its text claims.
        size: Option<u64>,
        /// What is wrong.
        reason: String,
    },
    /// Two validly signed checkpoints of one size differ.
    #[error("the log was forked: two signed checkpoints of size {size} have different roots")]
    Fork {
        /// The size that both have.
        size: u64,
    },
    /// A checkpoint could not be compared with anything.
    #[error(
        "the checkpoint of size {size} could not be compared: entries before it are missing, or it was given after them"
    )]
    CheckpointUnchecked {
        /// The size of the checkpoint.
        size: u64,
    },
    /// The log is shorter than what was signed.
    #[error("the log is truncated: it has {entries} entries, and {signed} were signed")]
    Truncated {
        /// How many entries there are.
        entries: u64,
        /// The size of the newest checkpoint.
        signed: u64,
    },
    /// A row of which the log knows nothing.
    #[error("{object}: the row has no entry")]
    RowWithoutEntry {
        /// The row's object.
        object: ObjectRef,
    },
    /// An entry whose row is gone.
    #[error("{object}: the entry has no row")]
    EntryWithoutRow {
        /// The entry's object.
        object: ObjectRef,
    },
    /// A row was changed without an entry.
    #[error("{object}: the row differs from its last entry")]
    RowDiffers {
        /// The row's object.
        object: ObjectRef,
    },
    /// The rows under one entry are not those that it was sealed over.
    #[error("{object}: its rows differ from the root that its entry holds")]
    RowsDiffer {
        /// The object that the rows belong to, such as an ingest chunk.
        object: ObjectRef,
    },
}

fn claimed(size: &Option<u64>) -> String {
    size.map_or_else(|| "unknown".to_owned(), |size| size.to_string())
}

/// What a verification saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many entries the log reaches to: one more than the last index.
    pub entries: u64,
    /// The root over them; `None` where missing entries leave it unknown.
    #[serde(serialize_with = "as_hex")]
    pub root: Option<TreeHash>,
    /// How many checkpoints were compared. With none, nothing was proved.
    pub checkpoints: u64,
    /// How many entries lie beyond the newest checkpoint: not signed yet.
    pub unsigned: u64,
    /// How many entries came without their event, so only the published half was checked.
    pub unopened: u64,
    /// What is wrong, the first [`MAX_NAMED`] of it.
    pub findings: Vec<Finding>,
    /// How much more is wrong.
    pub unnamed: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.unnamed == 0
    }

    /// Adds a finding, such as one about rows. Gives its place if it is named.
    pub fn add(&mut self, finding: Finding) -> Option<usize> {
        if self.findings.len() >= MAX_NAMED {
            self.unnamed += 1;
            return None;
        }
        self.findings.push(finding);
        Some(self.findings.len() - 1)
    }
}

fn as_hex<S: serde::Serializer>(root: &Option<TreeHash>, out: S) -> Result<S::Ok, S::Error> {
    root.map(hex::encode).serialize(out)
}
