//! The tree: RFC 6962 over SHA-256, grown one batch at a time.
//!
//! The tree lies in the store as a flat list of hashes in the numbering of
//! `tlog_tiles` (that of Crosby and Wallach): each new entry adds its leaf hash and
//! the hash of every subtree that it completes, right after all earlier ones. To go
//! on from a size only the right edge is needed, at most one hash for each bit of
//! the size.
//!
//! In: the right edge and new entries. Out: the new hashes and the root. Always:
//! existing hashes never change, and the root of a size never changes. Absent:
//! storage; the caller reads [`right_edge`] in one query, and writes the new hashes
//! in the transaction that writes the entries.

use tlog_tiles::tlog::{self, Hash, HashReader};

/// A SHA-256 hash: of a leaf, of a subtree, or of the whole tree.
pub type TreeHash = [u8; 32];

/// The largest tree, in entries; beyond it the numbering would leave 64 bits.
pub const MAX_SIZE: u64 = 1 << 62;

/// Why a tree cannot be taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// A hash of the right edge was not among those given.
    #[error(
        "stored hash {index} of the tree of {size} entries is missing; stop sealing, run `audit verify` and restore the audit tables from a backup"
    )]
    MissingHash {
        /// The size that was to be taken up.
        size: u64,
        /// The number of the stored hash.
        index: u64,
    },
    /// The size is beyond [`MAX_SIZE`].
    #[error("a tree of {0} entries is larger than any log can be; run `audit verify`")]
    TooLarge(u64),
}

/// The numbers of the stored hashes that [`Tree::load`] needs at `size`, ascending;
/// at most 62.
///
/// # Errors
/// [`TreeError::TooLarge`] beyond [`MAX_SIZE`].
pub fn right_edge(size: u64) -> Result<Vec<u64>, TreeError> {
    if size > MAX_SIZE {
        return Err(TreeError::TooLarge(size));
    }
    Ok(tlog::sub_tree_index(0, size, Vec::new()))
}

/// How many stored hashes a tree of `size` entries has; so the first new hash of the
/// next entry has this number. `size` is at most [`MAX_SIZE`].
#[must_use]
pub fn stored_hash_count(size: u64) -> u64 {
    tlog::stored_hash_count(size)
}

/// A tree, as much of it as is needed to go on: its size and its right edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    size: u64,
    /// The roots of the complete subtrees, largest first, each with its number.
    edge: Vec<(u64, Hash)>,
}

impl Tree {
    /// The tree without entries. Its root is the hash of nothing (RFC 6962, 2.1).
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: 0,
            edge: Vec::new(),
        }
    }

    /// Takes up the tree of `size` entries again from its stored hashes, each with its
    /// number. Those of [`right_edge`] must be among them, in any order; the rest is
    /// not looked at. The tree may have grown beyond `size` since: this is how the
    /// root of an earlier size is found, for [`crate::check_extends`].
    ///
    /// # Errors
    /// [`TreeError`] where a hash is missing or the size is impossible.
    pub fn load(
        size: u64,
        stored: impl IntoIterator<Item = (u64, TreeHash)>,
    ) -> Result<Self, TreeError> {
        let stored: Vec<_> = stored.into_iter().collect();
        let edge = right_edge(size)?
            .into_iter()
            .map(|index| {
                let found = stored.iter().find(|(number, _)| *number == index);
                let (_, hash) = found.ok_or(TreeError::MissingHash { size, index })?;
                Ok((index, Hash(*hash)))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { size, edge })
    }

    /// How many entries the tree has; the index of the next one.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root (Merkle tree hash).
    #[must_use]
    pub fn root(&self) -> TreeHash {
        tlog::tree_hash(self.size, &Edge(&self.edge))
            .expect("the edge holds every hash that the root is made of")
            .0
    }

    /// Appends one entry and gives the hashes to store, numbered on from
    /// [`stored_hash_count`] of the size before.
    ///
    /// # Panics
    /// Beyond [`MAX_SIZE`] entries.
    pub fn append(&mut self, entry: &[u8]) -> Vec<TreeHash> {
        let new = self.append_leaf(tlog::record_hash(entry));
        new.into_iter().map(|hash| hash.0).collect()
    }

    /// Appends a batch of entries in their order.
    ///
    /// # Panics
    /// Beyond [`MAX_SIZE`] entries.
    pub fn append_batch<E: AsRef<[u8]>>(
        &mut self,
        entries: impl IntoIterator<Item = E>,
    ) -> Appended {
        let first = stored_hash_count(self.size);
        let hashes = entries
            .into_iter()
            .flat_map(|entry| self.append(entry.as_ref()))
            .collect();
        Appended { first, hashes }
    }

    pub(crate) fn append_leaf(&mut self, leaf: Hash) -> Vec<Hash> {
        assert!(self.size < MAX_SIZE, "a log never has this many entries");
        let new = tlog::stored_hashes_for_record_hash(self.size, leaf, &Edge(&self.edge))
            .expect("the edge holds every hash that a new one is made of");
        // All but the last of the new hashes, and as many of the edge, now lie
        // under the last one.
        let completed = new.len() - 1;
        self.edge.truncate(self.edge.len() - completed);
        let top = stored_hash_count(self.size) + completed as u64;
        self.edge.push((top, new[completed]));
        self.size += 1;
        new
    }
}

/// The hashes that a batch added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The number of the first of them; the others follow on.
    pub first: u64,
    /// The hashes, to be stored under `first`, `first + 1` and so on.
    pub hashes: Vec<TreeHash>,
}

/// The root over a list of leaves, such as the rows of one ingest chunk, in their
/// order, in memory that grows with the logarithm of their number.
///
/// The leaves of rows are their commitments and not the rows themselves: a root over
/// plain rows could be guessed at by whoever is shown the event.
#[must_use]
pub fn root_over<L: AsRef<[u8]>>(leaves: impl IntoIterator<Item = L>) -> TreeHash {
    let mut tree = Tree::empty();
    for leaf in leaves {
        tree.append_leaf(tlog::record_hash(leaf.as_ref()));
    }
    tree.root()
}

/// The right edge as the library reads it.
struct Edge<'a>(&'a [(u64, Hash)]);

impl HashReader for Edge<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        let read = |index: &u64| {
            let found = self.0.iter().rev().find(|(number, _)| number == index);
            found
                .map(|(_, hash)| *hash)
                .ok_or(tlog::Error::IndexesNotInTree)
        };
        indexes.iter().map(read).collect()
    }
}
