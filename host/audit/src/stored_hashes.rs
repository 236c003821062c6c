//! The stored hashes, checked one by one.
//!
//! In: the stored hashes in pages, and the leaf hash of each entry in turn. Out: each
//! stored hash that does not fit, by number. Always: a hash is held against the
//! stored ones right below it, so a wrong one is named alone and not with all its
//! ancestors; if none is named, the stored tree is the one that the entries give.
//! Memory is one page. Absent: roots, which the verifier makes from the entries.

use std::collections::BTreeMap;

use tlog_tiles::tlog::{Hash, node_hash, stored_hash_index};

use crate::finding::Finding;
use crate::tree::{TreeHash, stored_hash_count};

#[derive(Debug, Default)]
pub(crate) struct StoredHashes {
    /// Read and not yet used, by number.
    page: BTreeMap<u64, TreeHash>,
    /// The roots of the complete stored subtrees, largest first.
    edge: Vec<Hash>,
    /// Whether entries are missing, so that the edge is no longer known.
    edge_lost: bool,
}

/// What the stored leaf hash of an entry says.
pub(crate) enum StoredLeaf {
    Fits,
    Missing { stored: u64 },
    Differs { stored: TreeHash },
}

impl StoredHashes {
    pub(crate) fn add(&mut self, page: impl IntoIterator<Item = (u64, TreeHash)>) {
        self.page.extend(page);
    }

    /// The stored leaf hash of entry `index`, if it was given.
    pub(crate) fn leaf(&self, index: u64) -> Option<TreeHash> {
        self.page.get(&stored_hash_index(0, index)).copied()
    }

    /// No longer knows the edge: from here on only leaves are checked.
    pub(crate) fn lose_edge(&mut self) {
        self.edge_lost = true;
    }

    /// Uses up the stored hashes of entry `index`. Entries come in order.
    pub(crate) fn check(&mut self, index: u64, leaf: Hash, found: &mut Vec<Finding>) -> StoredLeaf {
        let first = stored_hash_index(0, index);
        let (mut below, answer) = match self.page.remove(&first) {
            Some(stored) if stored == leaf.0 => (leaf, StoredLeaf::Fits),
            Some(stored) => (Hash(stored), StoredLeaf::Differs { stored }),
            None => (leaf, StoredLeaf::Missing { stored: first }),
        };
        // One more for each subtree that this entry completes.
        for number in first + 1..=first + u64::from(index.trailing_ones()) {
            let stored = self.page.remove(&number);
            if self.edge_lost {
                continue;
            }
            let left = self.edge.pop().expect("one subtree for each bit of index");
            let expected = node_hash(left, below);
            below = stored.map_or(expected, Hash);
            match stored {
                Some(stored) if stored == expected.0 => {}
                Some(_) => found.push(Finding::StoredHashWrong { stored: number }),
                None => found.push(Finding::StoredHashMissing { stored: number }),
            }
        }
        if !self.edge_lost {
            self.edge.push(below);
        }
        answer
    }

    /// How many stored hashes were given beyond those of `entries` entries.
    pub(crate) fn beyond(&self, entries: u64) -> u64 {
        self.page.range(stored_hash_count(entries)..).count() as u64
    }
}
