//! Checkpoints and stored hashes altered, forged, forked, lost and given too late;
//! the entries themselves are as they were sealed, unless a fork needs others.

use credence_audit::{Checkpoint, Entry, Finding, NoteSigner, Tree, Verifier, stored_hash_count};

use crate::log::{Log, ORIGIN, SIGNED, check, log, mismatch, row, sign, signer};

#[test]
fn log_forked_under_the_same_key() {
    // A restored backup, written on and signed: the checkpoint that someone kept
    // outside is still validly signed, and disagrees.
    let fork = |log: &mut Log| {
        let kept = log.notes[3].clone();
        log.entries[14] = row(14, "another story");
        log.restore_hashes();
        let mut tree = Tree::empty();
        tree.append_batch(log.entries.iter().map(|row| &row.published));
        log.notes[3] = sign(20, tree.root());
        log.notes.push(kept);
    };
    let found = [Finding::Fork { size: 20 }];
    check(fork, &found, &found);
}

#[test]
fn stored_hash_changed_or_lost() {
    // Entry 3 completes two subtrees: its leaf is number 4, the pair 5, the four 6.
    check(
        |log| log.stored[5].1[0] ^= 1,
        &[
            Finding::StoredHashWrong { stored: 5 },
            Finding::StoredHashWrong { stored: 6 },
        ],
        &[],
    );
    check(
        |log| log.stored[6].1[0] ^= 1,
        // The four is wrong by its children; the eight that was made from the right
        // four does not match the wrong one.
        &[
            Finding::StoredHashWrong { stored: 6 },
            Finding::StoredHashWrong { stored: 14 },
        ],
        &[],
    );
    check(
        |log| log.stored.retain(|(number, _)| *number != 5),
        &[Finding::StoredHashMissing { stored: 5 }],
        &[],
    );
    check(
        |log| log.stored.retain(|(number, _)| *number != 4),
        &[Finding::StoredHashMissing { stored: 4 }],
        &[],
    );
    check(
        |log| log.stored.push((stored_hash_count(20), [0; 32])),
        &[Finding::StoredHashesBeyond { count: 1 }],
        &[],
    );
}

#[test]
fn checkpoint_changed_or_foreign_or_torn() {
    let check = |tamper: &dyn Fn(&mut Log), is_it: &dyn Fn(&Finding) -> bool| {
        let mut log = log();
        tamper(&mut log);
        let report = log.verify(true);
        assert!(
            matches!(&report.findings[..], [only] if is_it(only)),
            "{:?}",
            report.findings
        );
        assert_eq!(report.checkpoints, 3);
    };
    check(
        &|log| log.notes[1] = log.notes[1].replacen("\n5\n", "\n6\n", 1),
        &|finding| matches!(finding, Finding::BadSignature { size: Some(6), .. }),
    );
    check(
        &|log| {
            let stranger = NoteSigner::from_seed(ORIGIN, &[6; 32]).unwrap();
            let head = Checkpoint::new(ORIGIN, 5, [1; 32]).unwrap();
            log.notes[1] = head.sign(&stranger).unwrap();
        },
        &|finding| matches!(finding, Finding::BadSignature { size: Some(5), .. }),
    );
    check(&|log| log.notes[1].truncate(10), &|finding| {
        matches!(finding, Finding::MalformedCheckpoint { size: None, .. })
    });
}

#[test]
fn checkpoint_of_another_history_is_named_alone() {
    let found = [mismatch(5, 0, 0)];
    check(|log| log.notes[1] = sign(5, [1; 32]), &found, &found);
}

#[test]
fn checkpoint_given_too_late_is_not_passed_over() {
    let log = log();
    let mut verifier = Verifier::new(signer().verifier());
    for row in &log.entries {
        verifier.entry(Entry {
            index: row.index,
            published: &row.published,
            sealed: None,
        });
    }
    verifier.checkpoint(&log.notes[1]);
    let report = verifier.finish();
    assert_eq!(report.findings, [Finding::CheckpointUnchecked { size: 5 }]);
}

#[test]
fn checkpoint_behind_a_gap_is_not_passed_over() {
    let log = log();
    let mut verifier = Verifier::new(signer().verifier());
    for row in &log.entries[1..] {
        if SIGNED[1..].contains(&row.index) {
            let at = SIGNED.iter().position(|size| *size == row.index).unwrap();
            verifier.checkpoint(&log.notes[at]);
        }
        verifier.entry(Entry {
            index: row.index,
            published: &row.published,
            sealed: None,
        });
    }
    let report = verifier.finish();
    assert_eq!(
        report.findings,
        [
            Finding::Gap { from: 0, to: 0 },
            Finding::CheckpointUnchecked { size: 5 },
            Finding::CheckpointUnchecked { size: 11 },
        ]
    );
    assert_eq!(report.checkpoints, 0);
}
