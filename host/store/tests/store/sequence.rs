//! The sequencer: indexes, checkpoints, and the refusal to fork.

use crate::house::*;
use credence_audit::{Checkpoint, ObjectRef};
use credence_store::{BATCH, Store, StoreError};
use std::fs;

/// Writes `n` entries that change no row.
async fn note(store: &Store, n: u32) {
    let mut write = store.begin().await.unwrap();
    for _ in 0..n {
        let object = ObjectRef::new("subject", ORGANIZATION.to_string());
        write.note(object, &event("subject.looked-up", 60)).unwrap();
    }
    write.commit().await.unwrap();
}

#[tokio::test]
async fn batches_follow_on_each_other() {
    let house = House::new().await;
    story(&house).await;
    note(&house.store, 2 * BATCH).await;
    let pending = house.verify().await;
    assert_eq!(pending.log.findings, []);
    assert_eq!(pending.log.entries, 0);

    let seal = async || {
        house
            .store
            .seal_batch(&house.signer, &house.outside())
            .await
            .unwrap()
    };
    let first = seal().await.unwrap();
    assert_eq!(
        (first.entries, first.size),
        (u64::from(BATCH), u64::from(BATCH))
    );
    assert_eq!(fs::read_to_string(house.outside()).unwrap(), first.note);
    let checkpoint = Checkpoint::open(&first.note, &house.signer.verifier()).unwrap();
    assert_eq!(checkpoint.size(), u64::from(BATCH));
    assert!(seal().await.is_some());
    let last = seal().await.unwrap();
    assert_eq!(seal().await, None);
    assert_eq!(last.size, pending.pending);

    let report = house.verify().await;
    assert_eq!(report.log.findings, []);
    assert_eq!(
        (report.log.entries, report.pending, report.log.checkpoints),
        (last.size, 0, 3)
    );
    assert_eq!((report.log.unsigned, report.log.unopened), (0, 0));
    let head = house.store.read().await.unwrap().log_head().await.unwrap();
    assert_eq!((head.size, head.note), (last.size, Some(last.note)));
    assert_eq!(
        house
            .count("SELECT max(idx) + 1 - count(*) FROM audit_entry")
            .await,
        0
    );
}

#[tokio::test]
async fn a_gap_in_what_waits_leaves_none_in_the_log() {
    let house = House::new().await;
    note(&house.store, 3).await;
    let mut raw = house.raw().await;
    sqlx::raw_sql("UPDATE sqlite_sequence SET seq = seq + 5 WHERE name = 'audit_pending'")
        .execute(&mut raw)
        .await
        .unwrap();
    note(&house.store, 2).await;
    let gap = "SELECT max(seq) - min(seq) + 1 - count(*) FROM audit_pending";
    assert_eq!(house.count(gap).await, 5);
    assert_eq!(house.seal_all().await, 5);
    let gap = "SELECT max(idx) + 1 - count(*) FROM audit_entry";
    assert_eq!(house.count(gap).await, 0);
    assert_eq!(house.verify().await.log.findings, []);
}

#[tokio::test]
async fn whom_somebody_looked_up_stays_sealed() {
    let house = House::new().await;
    story(&house).await;
    let bare = "SELECT count(*) FROM audit_pending WHERE object_kind = 'subject'";
    let before = house.count("SELECT count(*) FROM audit_pending").await;
    note(&house.store, 1).await;
    assert_eq!(
        house.count("SELECT count(*) FROM audit_pending").await,
        before + 1
    );
    assert_eq!(house.count(bare).await, 0);
}

#[tokio::test]
async fn a_crash_between_commit_and_file_is_caught_up() {
    let house = House::new().await;
    story(&house).await;
    house.seal_all().await;
    let behind = fs::read_to_string(house.outside()).unwrap();
    note(&house.store, 1).await;
    house.seal_all().await;
    let current = fs::read_to_string(house.outside()).unwrap();
    assert_ne!(behind, current);

    // As a crash leaves it; with nothing pending, and with something.
    fs::write(house.outside(), &behind).unwrap();
    house.seal_all().await;
    assert_eq!(fs::read_to_string(house.outside()).unwrap(), current);
    fs::write(house.outside(), &behind).unwrap();
    note(&house.store, 1).await;
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
}

#[tokio::test]
async fn a_crash_before_the_very_first_file_is_caught_up() {
    let house = House::new().await;
    story(&house).await;
    house.seal_all().await;
    let current = fs::read_to_string(house.outside()).unwrap();
    fs::remove_file(house.outside()).unwrap();
    house.seal_all().await;
    assert_eq!(fs::read_to_string(house.outside()).unwrap(), current);
}

#[tokio::test]
async fn without_the_checkpoint_outside_nothing_is_signed() {
    let house = House::new().await;
    story(&house).await;
    house.seal_all().await;
    note(&house.store, 1).await;
    house.seal_all().await;
    fs::remove_file(house.outside()).unwrap();
    let error = house
        .store
        .seal_batch(&house.signer, &house.outside())
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::OutsideMissing { .. }),
        "{error}"
    );
    assert!(!house.outside().exists());
}

#[tokio::test]
async fn a_restored_backup_is_refused() {
    let house = House::new().await;
    story(&house).await;
    let size = house.seal_all().await;
    house.store.close().await;
    let backup = fs::read(house.database()).unwrap();

    let reopen = async || Store::open(&house.database(), keys()).await.unwrap();
    let store = reopen().await;
    note(&store, 1).await;
    store
        .seal_batch(&house.signer, &house.outside())
        .await
        .unwrap()
        .unwrap();
    store.close().await;

    // Shorter than what was signed.
    fs::write(house.database(), &backup).unwrap();
    let store = reopen().await;
    let error = store
        .seal_batch(&house.signer, &house.outside())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Fork(_)), "{error}");
    assert!(error.to_string().contains("restored backup"), "{error}");
    let outside = fs::read_to_string(house.outside()).unwrap();
    let verifier = house.signer.verifier();
    let report = store.verify(&verifier, Some(&outside)).await.unwrap();
    assert!(report.outside);
    assert!(
        report
            .log
            .findings
            .iter()
            .any(|f| f.to_string().contains("truncated")),
        "{report:?}"
    );

    // Written on after the restoration: still refused while it is shorter.
    note(&store, 1).await;
    let error = store
        .seal_batch(&house.signer, &house.outside())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Fork(_)), "{error}");
    assert_eq!(
        store.read().await.unwrap().log_head().await.unwrap().size,
        size
    );

    // Sealed elsewhere to the same size, with other entries: forked.
    let aside = house.dir.path().join("aside");
    fs::write(&aside, first_note(&store).await).unwrap();
    store
        .seal_batch(&house.signer, &aside)
        .await
        .unwrap()
        .unwrap();
    let error = store
        .seal_batch(&house.signer, &house.outside())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("not those that were signed"),
        "{error}"
    );
    store.close().await;
}

async fn first_note(store: &Store) -> String {
    store
        .read()
        .await
        .unwrap()
        .log_head()
        .await
        .unwrap()
        .note
        .unwrap()
}

#[tokio::test]
async fn a_checkpoint_of_another_log_is_refused() {
    let house = House::new().await;
    story(&house).await;
    house.seal_all().await;
    note(&house.store, 1).await;
    let other = keys().log_signer("other.example/log").unwrap();
    let error = house
        .store
        .seal_batch(&other, &house.outside())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Checkpoint(_)), "{error}");
}
