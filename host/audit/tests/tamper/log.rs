//! The log that is tampered with: 20 entries as a database holds them, sealed in
//! three batches, and `check`, which tampers, verifies and compares. Nothing here
//! reads a clock or draws at random, so each run sees the same bytes.

use std::collections::BTreeMap;

use credence_audit::{
    Checkpoint, Entry, Event, Finding, NoteSigner, ObjectRef, Published, Report, Salt, Sealed,
    Tree, TreeHash, Verifier,
};

pub(crate) const ORIGIN: &str = "credence.example/log";
/// Signed after each batch.
pub(crate) const SIGNED: [u64; 4] = [0, 5, 11, 20];

/// A log as it lies in a database.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Row>,
    pub(crate) stored: Vec<(u64, TreeHash)>,
    pub(crate) notes: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) index: u64,
    pub(crate) published: Vec<u8>,
    pub(crate) event: Vec<u8>,
    pub(crate) salt: Salt,
}

pub(crate) fn signer() -> NoteSigner {
    NoteSigner::from_seed(ORIGIN, &[5; 32]).unwrap()
}

pub(crate) fn sign(size: u64, root: TreeHash) -> String {
    let head = Checkpoint::new(ORIGIN, size, root).unwrap();
    head.sign(&signer()).unwrap()
}

pub(crate) fn row(index: u64, id: &str) -> Row {
    let event = Event {
        id: id.into(),
        kind: "case.opened".into(),
        at: "2017-05-31T01:02:03Z".into(),
        actor: "pipeline".into(),
        role: "system".into(),
        purpose: None,
        object: ObjectRef::new("case", id),
        plugin: None,
        call: None,
        before: None,
        after: Some("00".into()),
        detail: BTreeMap::new(),
    };
    let salt = Salt([index as u8; 32]);
    Row {
        index,
        published: Published::of(&event, &salt).to_bytes().to_vec(),
        event: event.canonical(),
        salt,
    }
}

/// A log of 20 entries with a checkpoint at each size of [`SIGNED`].
pub(crate) fn log() -> Log {
    let entries: Vec<_> = (0..20).map(|n| row(n, &format!("c{n}"))).collect();
    let (mut tree, mut stored) = (Tree::empty(), Vec::new());
    let mut notes = vec![sign(0, tree.root())];
    for batch in SIGNED.windows(2) {
        let batch = &entries[batch[0] as usize..batch[1] as usize];
        stored.extend(
            tree.append_batch(batch.iter().map(|row| &row.published))
                .hashes,
        );
        notes.push(sign(tree.size(), tree.root()));
    }
    Log {
        entries,
        stored: (0..).zip(stored).collect(),
        notes,
    }
}

impl Log {
    /// Reads the log as a store would, with the stored hashes or without.
    pub(crate) fn verify(&self, with_stored: bool) -> Report {
        let mut verifier = Verifier::new(signer().verifier());
        if with_stored {
            verifier = verifier.checking_stored_hashes();
            verifier.stored_hashes(self.stored.iter().copied());
        }
        for note in &self.notes {
            verifier.checkpoint(note);
        }
        for row in &self.entries {
            verifier.entry(Entry {
                index: row.index,
                published: &row.published,
                sealed: Some(Sealed {
                    event: &row.event,
                    salt: &row.salt,
                }),
            });
        }
        verifier.finish()
    }

    /// Makes the stored hashes anew from the entries, as one would who can write
    /// everything but has no key.
    pub(crate) fn restore_hashes(&mut self) {
        let appended = Tree::empty().append_batch(self.entries.iter().map(|row| &row.published));
        self.stored = (0..).zip(appended.hashes).collect();
    }
}

/// Tampers with a log and compares the findings, with stored hashes and without.
#[track_caller]
pub(crate) fn check(tamper: impl Fn(&mut Log), with_stored: &[Finding], without: &[Finding]) {
    let mut log = log();
    tamper(&mut log);
    assert_eq!(log.verify(true).findings, with_stored, "with stored hashes");
    assert_eq!(log.verify(false).findings, without, "without stored hashes");
}

pub(crate) fn mismatch(size: u64, good_until: u64, later: u64) -> Finding {
    Finding::RootMismatch {
        size,
        good_until,
        later,
    }
}
