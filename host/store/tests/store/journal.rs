//! Calls: intent before effect, sealed bytes, evidence once closed.

use crate::house::*;
use credence_domain::{ids::CallId, order::step_key};
use credence_store::{EventDraft, StoreError};
use uuid::Uuid;

fn naming(call: CallId) -> EventDraft {
    EventDraft {
        call: Some(call),
        ..event("call.made", 50)
    }
}

#[tokio::test]
async fn a_call_comes_back_with_its_bytes_and_its_intent() {
    let house = House::new().await;
    story(&house).await;
    let mut read = house.store.read().await.unwrap();
    let [call] = &read.calls_of_step(&step_key(ORDER, 1)).await.unwrap()[..] else {
        panic!("one call")
    };
    assert_eq!(
        (call.id, call.asking, call.left_house),
        (CALL, false, Some(true))
    );
    assert_eq!(call.outcome.as_deref(), Some("answered"));
    assert_eq!(read.call(CALL).await.unwrap().as_ref(), Some(call));
    let (head, record) = read.call_bytes(CALL).await.unwrap();
    assert_eq!(head, vec![b'x'; 20_000]);
    assert_eq!(record, Some(close_call(CALL).record));
}

#[tokio::test]
async fn a_call_needs_an_entry_that_names_it() {
    let house = House::new().await;
    let id = CallId(Uuid::from_u128(1));
    let mut write = house.store.begin().await.unwrap();
    write.open_call(&open_call(id, None, vec![])).await.unwrap();
    let error = write.commit().await.unwrap_err();
    assert!(
        matches!(error, StoreError::CallWithoutEntry { call } if call == id),
        "{error}"
    );
    let mut read = house.store.read().await.unwrap();
    assert_eq!(read.call(id).await.unwrap(), None);
    assert_eq!(
        read.call_bytes(id).await.unwrap_err().to_string(),
        format!("there is no call {id}; check the id")
    );
}

#[tokio::test]
async fn what_was_begun_shows_after_a_crash_and_is_closed_once() {
    let house = House::new().await;
    let id = CallId(Uuid::from_u128(1));
    let object = open_call(id, None, vec![]).object;
    let mut write = house.store.begin().await.unwrap();
    write
        .open_call(&open_call(id, None, b"head".to_vec()))
        .await
        .unwrap();
    write.note(object.clone(), &naming(id)).unwrap();
    write.commit().await.unwrap();
    let mut read = house.store.read().await.unwrap();
    assert_eq!(read.call(id).await.unwrap().unwrap().outcome, None);
    assert_eq!(read.call_bytes(id).await.unwrap(), (b"head".to_vec(), None));
    drop(read);

    let mut write = house.store.begin().await.unwrap();
    write.close_call(&close_call(id)).await.unwrap();
    write.note(object, &naming(id)).unwrap();
    write.commit().await.unwrap();
    let mut write = house.store.begin().await.unwrap();
    let error = write.close_call(&close_call(id)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    drop(write);
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
}

#[tokio::test]
async fn large_parts_lie_once_for_each_owner() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    for (n, subject) in [(1, Some(ORGANIZATION)), (2, None), (3, None)] {
        let id = CallId(Uuid::from_u128(n));
        let call = open_call(id, subject, vec![b'x'; 20_000]);
        write.open_call(&call).await.unwrap();
        write.note(call.object, &naming(id)).unwrap();
    }
    write.commit().await.unwrap();
    // The story's own call had the same bytes under the same owner as the first.
    assert_eq!(house.count("SELECT count(*) FROM blob").await, 2);
    let mut read = house.store.read().await.unwrap();
    let (head, _) = read.call_bytes(CallId(Uuid::from_u128(3))).await.unwrap();
    assert_eq!(head.len(), 20_000);
}
