//! Entries altered, moved, deleted and cut off. Each case changes what one who can
//! write the database could change, and expects the finding that names it.

use credence_audit::{Finding, Salt, stored_hash_count};

use crate::log::{Log, check, log, mismatch, row};

#[test]
fn sealed_event_changed() {
    let found = [Finding::EventMismatch { index: 7 }];
    check(|log| log.entries[7].event[10] ^= 1, &found, &found);
    check(|log| log.entries[7].salt = Salt([0xee; 32]), &found, &found);
}

#[test]
fn published_bytes_changed() {
    check(
        |log| log.entries[7].published[20] ^= 1,
        &[
            Finding::EventMismatch { index: 7 },
            Finding::EntryAltered { index: 7 },
            mismatch(11, 5, 1),
        ],
        &[Finding::EventMismatch { index: 7 }, mismatch(11, 5, 1)],
    );
    check(
        |log| log.entries[7].published.truncate(20),
        &[
            Finding::MalformedEntry { index: 7 },
            Finding::EntryAltered { index: 7 },
            mismatch(11, 5, 1),
        ],
        &[Finding::MalformedEntry { index: 7 }, mismatch(11, 5, 1)],
    );
}

#[test]
fn entry_forged_with_its_commitment() {
    check(
        |log| log.entries[7] = row(7, "forged"),
        &[Finding::EntryAltered { index: 7 }, mismatch(11, 5, 1)],
        &[mismatch(11, 5, 1)],
    );
}

#[test]
fn entry_forged_with_everything_but_the_key() {
    let found = [mismatch(20, 11, 0)];
    let forge = |log: &mut Log| {
        log.entries[14] = row(14, "forged");
        log.restore_hashes();
    };
    check(forge, &found, &found);
}

#[test]
fn entry_deleted() {
    check(
        |log| drop(log.entries.remove(7)),
        &[Finding::Gap { from: 7, to: 7 }],
        &[
            Finding::Gap { from: 7, to: 7 },
            Finding::CheckpointUnchecked { size: 11 },
            Finding::CheckpointUnchecked { size: 20 },
        ],
    );
}

#[test]
fn tampering_behind_a_gap_is_still_found() {
    check(
        |log| {
            log.entries[13] = row(13, "forged");
            drop(log.entries.drain(3..9));
        },
        &[
            Finding::Gap { from: 3, to: 8 },
            Finding::EntryAltered { index: 13 },
            mismatch(20, 11, 0),
        ],
        &[
            Finding::Gap { from: 3, to: 8 },
            Finding::CheckpointUnchecked { size: 5 },
            Finding::CheckpointUnchecked { size: 11 },
            Finding::CheckpointUnchecked { size: 20 },
        ],
    );
    // The stored hashes of the deleted entries are gone too: leaves are all there is.
    let mut log = log();
    log.entries[13] = row(13, "forged");
    log.entries.drain(3..9);
    log.stored
        .retain(|(number, _)| !(stored_hash_count(3)..stored_hash_count(9)).contains(number));
    assert_eq!(
        log.verify(true).findings,
        [
            Finding::Gap { from: 3, to: 8 },
            Finding::EntryAltered { index: 13 },
            Finding::CheckpointUnchecked { size: 5 },
            Finding::CheckpointUnchecked { size: 11 },
            Finding::CheckpointUnchecked { size: 20 },
        ]
    );
    assert_eq!(log.verify(true).root, None);
}

#[test]
fn entry_deleted_and_the_rest_renumbered() {
    let cut = |log: &mut Log| {
        log.entries.remove(17);
        for (index, row) in log.entries.iter_mut().enumerate() {
            row.index = index as u64;
        }
    };
    let truncated = Finding::Truncated {
        entries: 19,
        signed: 20,
    };
    check(
        cut,
        &[
            Finding::EntryMoved {
                index: 17,
                belongs_at: 18,
            },
            // No entry 19 is left to compare with, so 18 counts as rewritten.
            Finding::EntryAltered { index: 18 },
            truncated.clone(),
            Finding::StoredHashesBeyond { count: 3 },
        ],
        &[truncated],
    );
}

#[test]
fn entries_swapped() {
    let swap = |log: &mut Log| {
        log.entries.swap(6, 9);
        log.entries[6].index = 6;
        log.entries[9].index = 9;
    };
    let moved = |index, belongs_at| Finding::EntryMoved { index, belongs_at };
    check(
        swap,
        &[moved(6, 9), moved(9, 6), mismatch(11, 5, 1)],
        &[mismatch(11, 5, 1)],
    );
}

#[test]
fn entries_out_of_order_or_twice() {
    check(
        |log| log.entries.swap(6, 7),
        &[
            Finding::Gap { from: 6, to: 6 },
            Finding::OutOfOrder {
                index: 6,
                expected: 8,
            },
        ],
        &[
            Finding::Gap { from: 6, to: 6 },
            Finding::OutOfOrder {
                index: 6,
                expected: 8,
            },
            Finding::CheckpointUnchecked { size: 11 },
            Finding::CheckpointUnchecked { size: 20 },
        ],
    );
    let twice = [Finding::OutOfOrder {
        index: 7,
        expected: 8,
    }];
    check(
        |log| log.entries.insert(8, log.entries[7].clone()),
        &twice,
        &twice,
    );
    let negative = [Finding::OutOfOrder {
        index: u64::MAX,
        expected: 20,
    }];
    check(
        |log| {
            let mut row = log.entries[0].clone();
            row.index = u64::MAX;
            log.entries.push(row);
        },
        &negative,
        &negative,
    );
}

#[test]
fn log_truncated() {
    let truncated = Finding::Truncated {
        entries: 15,
        signed: 20,
    };
    check(
        |log| log.entries.truncate(15),
        &[
            truncated.clone(),
            Finding::StoredHashesBeyond {
                count: stored_hash_count(20) - stored_hash_count(15),
            },
        ],
        std::slice::from_ref(&truncated),
    );
    let cleanly = |log: &mut Log| {
        log.entries.truncate(15);
        log.restore_hashes();
    };
    check(
        cleanly,
        std::slice::from_ref(&truncated),
        std::slice::from_ref(&truncated),
    );
    let all = Finding::Truncated {
        entries: 0,
        signed: 20,
    };
    let emptied = |log: &mut Log| {
        log.entries.clear();
        log.stored.clear();
    };
    check(
        emptied,
        std::slice::from_ref(&all),
        std::slice::from_ref(&all),
    );
}
