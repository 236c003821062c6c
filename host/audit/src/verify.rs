//! The verifier: reads the log from its first entry on and names what does not fit.
//!
//! In, in this order for each page: the signed checkpoints up to the page's end, the
//! stored hashes of the page if they are to be checked, the page's entries in order.
//! Out: a [`Report`]. Always: every checkpoint given is compared at its own size, and
//! one that cannot be compared is itself a finding; memory is one page, however long
//! the log. One fault is named once, with as little in its wake as can be.
//!
//! Absent: reading. What is not given is not checked: an attacker who cuts off
//! entries and checkpoints alike is found only if the caller gives a checkpoint that
//! was kept elsewhere.

use std::collections::BTreeMap;

use tlog_tiles::tlog::{Hash, record_hash};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::commitment::{Published, Salt};
use crate::finding::{Finding, Report};
use crate::note_key::NoteVerifier;
use crate::stored_hashes::{StoredHashes, StoredLeaf};
use crate::tree::{MAX_SIZE, Tree, TreeHash};

/// One entry as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its index; the first is 0.
    pub index: u64,
    /// Its published bytes, the leaf.
    pub published: &'a [u8],
    /// What lies sealed beside it; `None` for a reader who may not open it, or where
    /// the salt was destroyed.
    pub sealed: Option<Sealed<'a>>,
}

/// The sealed half of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    /// The event's bytes as stored, canonical.
    pub event: &'a [u8],
    /// The entry's salt.
    pub salt: &'a Salt,
}

/// A verification under way.
#[derive(Debug)]
pub struct Verifier {
    key: NoteVerifier,
    /// The index that is due.
    next: u64,
    /// The tree over the entries so far; `None` once missing entries left it unknown.
    tree: Option<Tree>,
    stored: Option<StoredHashes>,
    /// Signed roots that wait for their size.
    signed: BTreeMap<u64, Vec<TreeHash>>,
    newest_signed: u64,
    /// The size up to which a signed root agreed.
    good_until: u64,
    /// The root mismatch that the checkpoints since have all shared.
    mismatch: Option<Mismatch>,
    displaced: Vec<Displaced>,
    report: Report,
}

/// A run of checkpoints that disagree; its place in the report, if it is named there.
#[derive(Debug)]
struct Mismatch {
    named: Option<usize>,
}

/// An entry whose stored leaf hash is another one.
#[derive(Debug)]
struct Displaced {
    named: usize,
    index: u64,
    leaf: TreeHash,
    stored: TreeHash,
}

impl Verifier {
    /// A verification of the log whose key is `key`.
    #[must_use]
    pub fn new(key: NoteVerifier) -> Self {
        Self {
            key,
            next: 0,
            tree: Some(Tree::empty()),
            stored: None,
            signed: BTreeMap::new(),
            newest_signed: 0,
            good_until: 0,
            mismatch: None,
            displaced: Vec::new(),
            report: Report::default(),
        }
    }

    /// Asks that the stored hashes be checked too. They must then all be given, each
    /// before its entry; they let the verifier name a single altered entry, where
    /// checkpoints can only tell between which two sizes it lies.
    #[must_use]
    pub fn checking_stored_hashes(mut self) -> Self {
        self.stored = Some(StoredHashes::default());
        self
    }

    /// Gives stored hashes, each with its number. Entry `n` has those from
    /// [`crate::stored_hash_count`] of `n` to that of `n + 1`. Ignored unless
    /// [`Self::checking_stored_hashes`] was asked for.
    pub fn stored_hashes(&mut self, page: impl IntoIterator<Item = (u64, TreeHash)>) {
        if let Some(stored) = &mut self.stored {
            stored.add(page);
        }
    }

    /// Gives a checkpoint, as the note that was signed, before the entry whose index
    /// is its size. Each is compared when the entries have come that far.
    pub fn checkpoint(&mut self, note: &str) {
        let checkpoint = match Checkpoint::open(note, &self.key) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                self.report.add(unopened_checkpoint(note, &error));
                return;
            }
        };
        let size = checkpoint.size();
        self.newest_signed = self.newest_signed.max(size);
        if size < self.next || self.tree.is_none() {
            self.report.add(Finding::CheckpointUnchecked { size });
            return;
        }
        let roots = self.signed.entry(size).or_default();
        if roots.contains(&checkpoint.root()) {
            return;
        }
        roots.push(checkpoint.root());
        if roots.len() > 1 {
            self.report.add(Finding::Fork { size });
        }
    }

    /// Gives the next entry.
    pub fn entry(&mut self, entry: Entry<'_>) {
        let (index, expected) = (entry.index, self.next);
        self.check_commitment(&entry);
        if index < expected || index >= MAX_SIZE {
            self.report.add(Finding::OutOfOrder { index, expected });
            return;
        }
        if index > expected {
            let (from, to) = (expected, index - 1);
            self.report.add(Finding::Gap { from, to });
            self.bridge(index);
        }
        self.grow(record_hash(entry.published));
    }

    /// Ends the verification.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.compare();
        let entries = self.next;
        for (size, _) in std::mem::take(&mut self.signed) {
            // Those beyond are told of below, by the name of truncation.
            if size <= entries {
                self.report.add(Finding::CheckpointUnchecked { size });
            }
        }
        if self.newest_signed > entries {
            let signed = self.newest_signed;
            self.report.add(Finding::Truncated { entries, signed });
        }
        if let Some(stored) = &self.stored {
            let count = stored.beyond(entries);
            if count > 0 {
                self.report.add(Finding::StoredHashesBeyond { count });
            }
        }
        self.name_the_moved();
        self.report.entries = entries;
        self.report.root = self.tree.map(|tree| tree.root());
        self.report.unsigned = entries.saturating_sub(self.newest_signed);
        self.report
    }

    fn check_commitment(&mut self, entry: &Entry<'_>) {
        let index = entry.index;
        let Ok(published) = Published::from_bytes(entry.published) else {
            self.report.add(Finding::MalformedEntry { index });
            return;
        };
        match entry.sealed {
            None => self.report.unopened += 1,
            Some(Sealed { event, salt }) => {
                if !published.verify_canonical(event, salt) {
                    self.report.add(Finding::EventMismatch { index });
                }
            }
        }
    }

    /// Crosses missing entries. Their stored leaf hashes, where there are some, stand
    /// in for them, so that the entries behind the gap can still be checked.
    fn bridge(&mut self, to: u64) {
        while self.next < to {
            let Some(leaf) = self.stored.as_ref().and_then(|all| all.leaf(self.next)) else {
                break;
            };
            self.grow(Hash(leaf));
        }
        if self.next < to {
            self.compare();
            self.tree = None;
            if let Some(stored) = &mut self.stored {
                stored.lose_edge();
            }
            self.next = to;
        }
    }

    /// Takes the leaf that is due into the tree.
    fn grow(&mut self, leaf: Hash) {
        self.compare();
        self.check_stored(leaf);
        if let Some(tree) = &mut self.tree {
            tree.append_leaf(leaf);
        }
        self.next += 1;
    }

    fn check_stored(&mut self, leaf: Hash) {
        let Some(stored) = &mut self.stored else {
            return;
        };
        let index = self.next;
        let mut found = Vec::new();
        match stored.check(index, leaf, &mut found) {
            StoredLeaf::Fits => {}
            StoredLeaf::Missing { stored } => {
                self.report.add(Finding::StoredHashMissing { stored });
            }
            StoredLeaf::Differs { stored } => {
                if let Some(named) = self.report.add(Finding::EntryAltered { index }) {
                    let leaf = leaf.0;
                    self.displaced.push(Displaced {
                        named,
                        index,
                        leaf,
                        stored,
                    });
                }
            }
        }
        for finding in found {
            self.report.add(finding);
        }
    }

    /// Compares the signed roots of the present size.
    fn compare(&mut self) {
        let Some(tree) = &self.tree else { return };
        let Some(roots) = self.signed.remove(&self.next) else {
            return;
        };
        let size = self.next;
        self.report.checkpoints += roots.len() as u64;
        // Several roots of one size are a fork, which is named already.
        if roots.contains(&tree.root()) {
            self.good_until = size;
            self.mismatch = None;
        } else {
            self.mismatched(size);
        }
    }

    fn mismatched(&mut self, size: u64) {
        let Some(run) = &self.mismatch else {
            let finding = Finding::RootMismatch {
                size,
                good_until: self.good_until,
                later: 0,
            };
            let named = self.report.add(finding);
            self.mismatch = Some(Mismatch { named });
            return;
        };
        let named = run.named.map(|named| &mut self.report.findings[named]);
        if let Some(Finding::RootMismatch { later, .. }) = named {
            *later += 1;
        }
    }

    /// An altered entry that holds what belongs at another was not rewritten, but moved.
    fn name_the_moved(&mut self) {
        let places: BTreeMap<_, _> = self
            .displaced
            .iter()
            .map(|entry| (entry.stored, entry.index))
            .collect();
        for entry in &self.displaced {
            if let Some(&belongs_at) = places.get(&entry.leaf) {
                let index = entry.index;
                self.report.findings[entry.named] = Finding::EntryMoved { index, belongs_at };
            }
        }
    }
}

fn unopened_checkpoint(note: &str, error: &CheckpointError) -> Finding {
    let size = note.lines().nth(1).and_then(|line| line.parse().ok());
    let reason = error.to_string();
    match error {
        CheckpointError::BadSignature(_) | CheckpointError::NotSigned(_) => {
            Finding::BadSignature { size, reason }
        }
        CheckpointError::NotANote(_)
        | CheckpointError::NotACheckpoint
        | CheckpointError::OtherLog { .. }
        | CheckpointError::Unsignable(_) => Finding::MalformedCheckpoint { size, reason },
    }
}
