//! Deliveries and chunks: in sets, by version, whole or not at all.

use crate::house::*;
use credence_domain::{
    ids::{DeliveryId, RecordId},
    record::{Ending, Exit},
};
use credence_store::{
    ChunkCommit, EndRecord, LineKind, LinePlace, NewVersion, Progress, RecordState, StoreError,
};
use jiff::civil::date;
use uuid::Uuid;

#[tokio::test]
async fn a_delivery_comes_back_as_it_was_and_goes_on_where_it_stopped() {
    let house = House::new().await;
    story(&house).await;
    let mut read = house.store.read().await.unwrap();

    let delivery = read
        .delivery_by_digest("tax", "penalties", &[7; 32])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(delivery.id, DELIVERY);
    assert_eq!(delivery.name, format!("{NAME_CANARY}.json"));
    assert_eq!(delivery.received_on, date(2026, 11, 23));
    assert_eq!(
        read.delivery_by_digest("tax", "penalties", &[8; 32])
            .await
            .unwrap(),
        None
    );

    let progress = read.progress(DELIVERY).await.unwrap();
    let carry = format!("unfinished {NAME_CANARY}");
    let expected = Progress {
        next_chunk: 2,
        next_row: 5,
        reached: 400,
        carry,
        finished: false,
        stopped: None,
    };
    assert_eq!(progress, expected);

    let [chunk] = &read.chunks(DELIVERY).await.unwrap()[..] else {
        panic!("one chunk")
    };
    assert_eq!(
        (chunk.recorded, chunk.rejected, chunk.quarantined),
        (2, 1, 1)
    );
    let lines = read
        .lines(DELIVERY, LinePlace::default(), 10)
        .await
        .unwrap();
    assert_eq!(lines[0].kind, LineKind::Rejected);
    assert_eq!(lines[0].text, format!("not {NAME_CANARY}"));
    assert_eq!(
        (lines[0].statement.is_some(), lines[1].statement.is_some()),
        (false, true)
    );
}

#[tokio::test]
async fn records_come_back_with_what_they_say_about_persons() {
    let house = House::new().await;
    let person = story(&house).await;
    let mut read = house.store.read().await.unwrap();
    let record = read.record(RECORD).await.unwrap().unwrap();
    assert_eq!(
        record.record,
        credit_record("tax/1", "uscc", uscc().value())
    );
    assert_eq!((record.version, record.state), (1, RecordState::Current));

    let [own] = &read.records_of(person, 10).await.unwrap()[..] else {
        panic!("one record")
    };
    assert_eq!(own.id, PERSON_RECORD);
    assert_eq!(own.record.parties.len(), 1);

    let found = read.subjects_by_codes(&[uscc()]).await.unwrap();
    assert_eq!(found[&uscc()], ORGANIZATION);
    let subject = read.subject(ORGANIZATION).await.unwrap().unwrap();
    assert_eq!(
        (subject.name.as_deref(), subject.codes.len()),
        (Some("某公司"), 2)
    );
}

#[tokio::test]
async fn a_correction_is_a_version_and_an_ending_is_final() {
    let house = House::new().await;
    story(&house).await;
    let store = &house.store;
    let known = store
        .read()
        .await
        .unwrap()
        .known_records("tax", &["tax/1", "no"])
        .await
        .unwrap();
    assert_eq!(known.len(), 1);
    let mut corrected = credit_record("tax/1", "uscc", uscc().value());
    assert_eq!(
        known["tax/1"].digest,
        store.content_digest(&corrected).unwrap()
    );
    corrected.revised_at = None;
    assert_eq!(
        known["tax/1"].digest,
        store.content_digest(&corrected).unwrap()
    );
    corrected.duty = "海关监管".to_owned();
    assert_ne!(
        known["tax/1"].digest,
        store.content_digest(&corrected).unwrap()
    );

    // One chunk corrects the record and ends it.
    let second = NewVersion {
        version: 2,
        ..version(store, ORGANIZATION, RECORD, corrected.clone())
    };
    let end = EndRecord {
        subject: ORGANIZATION,
        id: RECORD,
        version: 3,
        row: 9,
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        ending: Ending {
            source_ref: "tax/1".to_owned(),
            exit: Exit::Fulfilment,
            effective_on: date(2026, 11, 30),
            note: None,
        },
    };
    let mut write = store.begin().await.unwrap();
    let next = ChunkCommit {
        records: vec![second.clone()],
        endings: vec![end.clone()],
        ..chunk(DELIVERY, 2)
    };
    let row = write
        .commit_chunk(next, &event("chunk.ingested", 3))
        .await
        .unwrap();
    write.commit().await.unwrap();
    assert_eq!((row.recorded, row.revised, row.ended), (0, 1, 1));

    let record = store
        .read()
        .await
        .unwrap()
        .record(RECORD)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.version, record.stated_version), (3, 2));
    assert_eq!(
        (record.state, record.record),
        (RecordState::Ended, corrected)
    );
    assert_eq!(record.ending.as_ref(), Some(&end.ending));
    assert!(
        store
            .read()
            .await
            .unwrap()
            .progress(DELIVERY)
            .await
            .unwrap()
            .finished
    );

    // What has ended does not return, and no version is skipped.
    for version in [2, 3, 4, 5] {
        let mut write = store.begin().await.unwrap();
        let again = NewVersion {
            version,
            ..second.clone()
        };
        let next = ChunkCommit {
            records: vec![again],
            ..chunk(DELIVERY, 3)
        };
        let error = write
            .commit_chunk(next, &event("chunk.ingested", 4))
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Conflict { .. }),
            "{version}: {error}"
        );
    }
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
}

#[tokio::test]
async fn ten_thousand_rows_are_one_entry() {
    let house = House::new().await;
    story(&house).await;
    let store = &house.store;
    let before = store
        .read()
        .await
        .unwrap()
        .log_head()
        .await
        .unwrap()
        .pending;
    let delivery = DeliveryId(Uuid::from_u128(0xDF));
    let records = (0..10_000).map(|n| {
        let record = credit_record(&format!("bulk/{n}"), "uscc", uscc().value());
        version(
            store,
            ORGANIZATION,
            RecordId(Uuid::from_u128(0x1_0000 + n)),
            record,
        )
    });
    let records = records.collect();

    let mut write = store.begin().await.unwrap();
    write
        .open_delivery(&new_delivery(delivery), &event("delivery.opened", 5))
        .await
        .unwrap();
    let bulk = ChunkCommit {
        records,
        rows: 10_000,
        ..chunk(delivery, 1)
    };
    let row = write
        .commit_chunk(bulk, &event("chunk.ingested", 5))
        .await
        .unwrap();
    write.commit().await.unwrap();

    assert_eq!(row.recorded, 10_000);
    let mut read = store.read().await.unwrap();
    assert_eq!(read.record_count().await.unwrap(), 10_002);
    assert_eq!(read.log_head().await.unwrap().pending, before + 2);
    let refs: Vec<_> = (0..10_000).map(|n| format!("bulk/{n}")).collect();
    let refs: Vec<_> = refs.iter().map(String::as_str).collect();
    assert_eq!(
        read.known_records("tax", &refs).await.unwrap().len(),
        10_000
    );
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_nothing() {
    let house = House::new().await;
    story(&house).await;
    let head = house.store.read().await.unwrap().log_head().await.unwrap();
    {
        let mut write = house.store.begin().await.unwrap();
        let second = NewVersion {
            version: 2,
            ..version(
                &house.store,
                ORGANIZATION,
                RECORD,
                credit_record("tax/1", "uscc", "x"),
            )
        };
        let next = ChunkCommit {
            records: vec![second],
            ..chunk(DELIVERY, 2)
        };
        write
            .commit_chunk(next, &event("chunk.ingested", 3))
            .await
            .unwrap();
        // Dropped here, as a task is that was cancelled.
    }
    let mut read = house.store.read().await.unwrap();
    assert_eq!(read.record(RECORD).await.unwrap().unwrap().version, 1);
    assert_eq!(read.progress(DELIVERY).await.unwrap().next_chunk, 2);
    assert_eq!(read.log_head().await.unwrap(), head);
    // And the writer is free again.
    house.store.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_chunk_is_committed_once() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    let error = write
        .commit_chunk(chunk(DELIVERY, 1), &event("chunk.ingested", 3))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::AlreadyThere { .. }), "{error}");
}
