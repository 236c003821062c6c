//! The tree against an independent RFC 6962 implementation (`ct-merkle`): the same
//! root at every size, however the entries came in and wherever the tree was put
//! down and taken up again.

use credence_audit::{
    MAX_SIZE, Tree, TreeError, TreeHash, right_edge, root_over, stored_hash_count,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2_oracle::Sha256;

#[derive(Default)]
struct Oracle(MemoryBackedTree<Sha256, Vec<u8>>);

impl Oracle {
    fn push(&mut self, entry: &[u8]) {
        self.0.push(entry.to_vec());
    }

    fn root(&self) -> TreeHash {
        self.0.root().as_bytes().as_slice().try_into().unwrap()
    }
}

/// What a store would read: the hashes of the right edge at `size`, out of all.
fn read_edge(size: u64, stored: &[TreeHash]) -> Vec<(u64, TreeHash)> {
    let edge = right_edge(size).unwrap();
    edge.iter()
        .map(|&index| (index, stored[index as usize]))
        .collect()
}

#[test]
fn empty_tree_is_the_hash_of_nothing() {
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex::encode(Tree::empty().root()), nothing);
    assert_eq!(hex::encode(root_over([""; 0])), nothing);
    assert_eq!(Tree::load(0, []).unwrap(), Tree::empty());
    assert_eq!(stored_hash_count(0), 0);
}

#[test]
fn roots_agree_at_every_size_and_can_be_found_again_later() {
    let (mut tree, mut oracle, mut stored) = (Tree::empty(), Oracle::default(), Vec::new());
    let mut roots = vec![tree.root()];
    for n in 0..600_u64 {
        let entry = n.to_be_bytes();
        assert_eq!(stored_hash_count(n), stored.len() as u64);
        stored.extend(tree.append(&entry));
        oracle.push(&entry);
        roots.push(tree.root());
        assert_eq!(tree.root(), oracle.root(), "size {}", n + 1);
        assert_eq!(tree.size(), n + 1);
    }
    for (size, root) in roots.iter().enumerate() {
        let tree = Tree::load(size as u64, read_edge(size as u64, &stored)).unwrap();
        assert_eq!(tree.root(), *root, "size {size}");
    }
}

#[test]
fn a_batch_of_256_reads_few_hashes() {
    for size in [0, 1, 255, 256, 1_000_000, (1 << 40) - 1, MAX_SIZE - 1] {
        let edge = right_edge(size).unwrap();
        assert_eq!(edge.len() as u32, size.count_ones());
        assert!(edge.len() <= 62 && edge.is_sorted(), "{size}: {edge:?}");
        assert!(edge.iter().all(|&index| index < stored_hash_count(size)));
    }
}

#[test]
fn a_tree_that_cannot_be_taken_up_says_why() {
    let mut tree = Tree::empty();
    let mut stored = tree.append_batch(["a", "b", "c"]).hashes;
    stored.truncate(3);
    let stored: Vec<_> = (0..).zip(stored).collect();
    assert_eq!(
        Tree::load(3, stored.clone()),
        Err(TreeError::MissingHash { size: 3, index: 3 })
    );
    assert_eq!(
        Tree::load(u64::MAX, stored),
        Err(TreeError::TooLarge(u64::MAX))
    );
}

proptest! {
    #[test]
    fn batches_of_any_length_give_one_tree(
        batches in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..300),
            0..8,
        )
    ) {
        let (mut oracle, mut stored, mut size) = (Oracle::default(), Vec::new(), 0);
        for batch in &batches {
            // As the sequencer does it: take up, append, put down.
            let mut tree = Tree::load(size, read_edge(size, &stored)).unwrap();
            let appended = tree.append_batch(batch);
            prop_assert_eq!(appended.first, stored.len() as u64);
            stored.extend(appended.hashes);
            size = tree.size();
            batch.iter().for_each(|entry| oracle.push(entry));
            prop_assert_eq!(tree.root(), oracle.root());
        }
        prop_assert_eq!(root_over(batches.iter().flatten()), oracle.root());
        prop_assert_eq!(stored_hash_count(size), stored.len() as u64);
    }
}
