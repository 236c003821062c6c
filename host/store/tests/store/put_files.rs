//! One name, one text, for ever.

use crate::house::*;
use credence_domain::ids::CallId;
use credence_store::{EventDraft, NamedText, PutFile, StoreError};
use uuid::Uuid;

#[tokio::test]
async fn a_name_is_kept_with_its_first_text_and_its_first_call() {
    let house = House::new().await;
    story(&house).await;
    let first = PutFile {
        call: CALL,
        same_text: true,
        same_place: true,
    };
    let mut read = house.store.read().await.unwrap();
    let known = read.put_file(put_file("o-1.csv", "x")).await.unwrap();
    assert_eq!(known, Some(first));
    let other = PutFile {
        same_text: false,
        ..first
    };
    let known = read.put_file(put_file("o-1.csv", "y")).await.unwrap();
    assert_eq!(known, Some(other));
    let elsewhere = NamedText {
        place: "/srv/another",
        ..put_file("o-1.csv", "x")
    };
    let known = read.put_file(elsewhere).await.unwrap();
    let moved = PutFile {
        same_place: false,
        ..first
    };
    assert_eq!(known, Some(moved));
    assert_eq!(read.put_file(put_file("o-2.csv", "x")).await.unwrap(), None);
    drop(read);

    // Another call asks for the same name: nothing is written.
    let later = CallId(Uuid::from_u128(1));
    let mut write = house.store.begin().await.unwrap();
    for (text, known) in [("x", first), ("y", other)] {
        let file = put_file("o-1.csv", text);
        let kept = write
            .keep_put_file(later, file, &event("file.put", 60))
            .await;
        assert_eq!(kept.unwrap(), known);
    }
    write.commit().await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM put_file").await, 1);
    house.seal_all().await;
    assert!(house.verify().await.is_sound());
}

#[tokio::test]
async fn a_file_needs_a_call_and_says_nothing_of_its_text() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    let nobody = CallId(Uuid::from_u128(1));
    let file = put_file("o-9.csv", "x");
    let refused = write
        .keep_put_file(nobody, file, &event("file.put", 60))
        .await;
    assert!(
        matches!(refused, Err(StoreError::NotThere { .. })),
        "{refused:?}"
    );
    drop(write);
    let draft: EventDraft = event("file.put", 60);
    let mut write = house.store.begin().await.unwrap();
    let call = CallId(Uuid::from_u128(2));
    let opened = open_call(call, Some(ORGANIZATION), Vec::new());
    write.open_call(&opened).await.unwrap();
    let file = put_file("o-9.csv", "canary-4471");
    write.keep_put_file(call, file, &draft).await.unwrap();
    write.commit().await.unwrap();
    let sql = "SELECT count(*) FROM put_file WHERE instr(hex(digest), hex('canary')) > 0
        OR instr(name, 'canary') > 0";
    assert_eq!(house.count(sql).await, 0);
}

/// Its claim was taken from it: what it still does must not bind anybody.
#[tokio::test]
async fn a_call_that_is_closed_keeps_no_name() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    let file = put_file("o-9.csv", "x");
    let refused = write
        .keep_put_file(CALL, file, &event("file.put", 60))
        .await;
    assert!(
        matches!(refused, Err(StoreError::Conflict { .. })),
        "{refused:?}"
    );
    drop(write);
    assert_eq!(house.count("SELECT count(*) FROM put_file").await, 1);
}
