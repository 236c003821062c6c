//! Logs that nobody touched, read by insiders, by outsiders and page by page; and
//! what a report looks like, to people and to programs.

use credence_audit::{
    Checkpoint, Entry, Finding, MAX_NAMED, Published, Salt, Sealed, Verifier, stored_hash_count,
};

use crate::log::{SIGNED, check, log, mismatch, signer};

#[test]
fn a_log_left_alone_is_sound() {
    check(|_| {}, &[], &[]);
    let report = log().verify(true);
    assert!(report.is_sound());
    assert_eq!(
        (report.entries, report.checkpoints, report.unsigned),
        (20, 4, 0)
    );
    assert_eq!(report.unopened, 0);
    let newest = Checkpoint::open(&log().notes[3], &signer().verifier()).unwrap();
    assert_eq!(report.root, Some(newest.root()));
}

#[test]
fn an_outsider_checks_the_published_half() {
    let log = log();
    let mut verifier = Verifier::new(signer().verifier());
    verifier.checkpoint(&log.notes[2]);
    for row in &log.entries {
        verifier.entry(Entry {
            index: row.index,
            published: &row.published,
            sealed: None,
        });
    }
    let report = verifier.finish();
    assert!(report.is_sound());
    assert_eq!(
        (report.unopened, report.unsigned, report.checkpoints),
        (20, 9, 1)
    );
}

#[test]
fn reading_in_pages_is_the_same() {
    let log = log();
    let mut verifier = Verifier::new(signer().verifier()).checking_stored_hashes();
    let mut notes = SIGNED.iter().zip(&log.notes).peekable();
    for page in log.entries.chunks(3) {
        let (from, to) = (page[0].index, page[0].index + page.len() as u64);
        while let Some((_, note)) = notes.next_if(|(size, _)| **size <= to) {
            verifier.checkpoint(note);
        }
        let numbers = stored_hash_count(from)..stored_hash_count(to);
        verifier.stored_hashes(numbers.map(|number| log.stored[number as usize]));
        for row in page {
            verifier.entry(Entry {
                index: row.index,
                published: &row.published,
                sealed: None,
            });
        }
    }
    let report = verifier.finish();
    assert_eq!(report.findings, []);
    assert_eq!((report.entries, report.checkpoints), (20, 4));
}

#[test]
fn a_ruined_log_gets_a_report_that_can_be_read() {
    let salt = Salt([1; 32]);
    let published = Published::of_canonical(b"{}", &salt).to_bytes();
    let mut verifier = Verifier::new(signer().verifier());
    for index in 0..5000 {
        let sealed = Some(Sealed {
            event: b"[]",
            salt: &salt,
        });
        verifier.entry(Entry {
            index,
            published: &published,
            sealed,
        });
    }
    let report = verifier.finish();
    assert_eq!(report.findings.len(), MAX_NAMED);
    assert_eq!(report.unnamed, 5000 - MAX_NAMED as u64);
    assert!(!report.is_sound());
}

#[test]
fn findings_read_as_sentences_and_as_objects() {
    let finding = mismatch(11, 5, 1);
    assert_eq!(
        finding.to_string(),
        "the first 11 entries do not have the root that their checkpoint signed: an entry from 5 \
         to 10 was altered, or the log forked (1 later checkpoints disagree too)"
    );
    let mut report = log().verify(true);
    report.add(Finding::EntryMoved {
        index: 6,
        belongs_at: 9,
    });
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        json["findings"][0],
        serde_json::json!({"finding": "entry-moved", "index": 6, "belongs_at": 9})
    );
    assert_eq!(json["root"], hex::encode(report.root.unwrap()));
}
