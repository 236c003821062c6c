//! Persons: tokens, and that nothing about them lies bare.

use crate::house::*;
use credence_domain::ids::{CallId, CaseId, NoticeId, OrderId};
use credence_store::{CaseRow, KeyRing, Store, StoreError};
use uuid::Uuid;

#[tokio::test]
async fn a_person_has_one_token_with_each_plugin() {
    let house = House::new().await;
    let store = &house.store;
    let mut write = store.begin().await.unwrap();
    // Full-width and twice: still one person.
    let numbers = [NUMBER, MISTYPED, "１１０１０５１９４９１２３１００２ｘ"].map(str::to_owned);
    let met = event("persons.met", 0);
    let tax = write.tokens_for("tax", &numbers, &met).await.unwrap();
    let customs = write
        .tokens_for("customs", &numbers[..1], &met)
        .await
        .unwrap();
    write.commit().await.unwrap();
    assert_eq!(tax[0], tax[2]);
    assert_ne!(tax[0], tax[1]);
    assert_ne!(tax[0], customs[0]);
    assert_eq!(house.count("SELECT count(*) FROM subject").await, 2);
    assert_eq!(house.count("SELECT count(*) FROM audit_pending").await, 2);

    // Known already: nothing is written, nothing told.
    let mut write = store.begin().await.unwrap();
    assert_eq!(write.tokens_for("tax", &numbers, &met).await.unwrap(), tax);
    write.commit().await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM audit_pending").await, 2);

    let mut read = store.read().await.unwrap();
    let person = read
        .subject_of_token("tax", &tax[0])
        .await
        .unwrap()
        .unwrap();
    assert!(person.bindable);
    assert_eq!(
        read.subject_of_token("customs", &customs[0]).await.unwrap(),
        Some(person)
    );
    assert_eq!(
        read.token_of("customs", person.subject).await.unwrap(),
        Some(customs[0].clone())
    );
    assert_eq!(
        read.subject_of_number(NUMBER).await.unwrap(),
        Some(person.subject)
    );
    assert!(
        !read
            .subject_of_token("tax", &tax[1])
            .await
            .unwrap()
            .unwrap()
            .bindable
    );
    // A token is worth nothing with another plugin.
    assert_eq!(
        read.subject_of_token("customs", &tax[0]).await.unwrap(),
        None
    );
    assert!(
        read.numbers_behind("customs", &[&tax[0]])
            .await
            .unwrap()
            .is_empty()
    );

    let numbers = read
        .numbers_behind("tax", &[&tax[0], &tax[1]])
        .await
        .unwrap();
    assert_eq!(numbers[&tax[0]].expose(), NUMBER);
    assert_eq!(numbers[&tax[1]].expose(), MISTYPED);
    assert!(!format!("{numbers:?}").contains("1949"));
}

/// Everything about a person, and about persons inside an organization's record,
/// goes in; the raw file is read afterwards.
#[tokio::test]
async fn no_number_and_no_name_lies_in_the_file() {
    let house = House::new().await;
    let person = story(&house).await;
    let (case_id, order_id) = (
        CaseId(Uuid::from_u128(0x2C)),
        OrderId(Uuid::from_u128(0x2D)),
    );
    let mut write = house.store.begin().await.unwrap();
    let mut own = case(person, case_id, PERSON_RECORD);
    own.refusal = Some(format!("{NAME_CANARY} {NUMBER}"));
    write
        .insert_case(&own, &event("case.opened", 30))
        .await
        .unwrap();
    let mut notice = notice(person, NoticeId(Uuid::from_u128(0x2E)), case_id);
    notice.text = format!("告知书: {NAME_CANARY}");
    write
        .insert_notice(&notice, &event("notice.made", 30))
        .await
        .unwrap();
    let mut own_order = order(person, order_id, case_id);
    own_order.terms.subject.name = Some(NAME_CANARY.to_owned());
    write
        .insert_order(&own_order, &event("order.made", 30))
        .await
        .unwrap();
    let mut own_step = step(person, order_id, 1);
    own_step.note = Some(format!("{NAME_CANARY} {NUMBER}"));
    write
        .insert_step(&own_step, &event("step.made", 30))
        .await
        .unwrap();
    // A small call of an adapter, and a large one, about nobody in particular.
    for (n, length) in [(1, 1), (2, 5_000)] {
        let id = CallId(Uuid::from_u128(0x2CA0 + n));
        let head = format!("{NAME_CANARY} {NUMBER}")
            .repeat(length)
            .into_bytes();
        let draft = credence_store::EventDraft {
            call: Some(id),
            ..event("call.made", 30)
        };
        let mut call = open_call(id, None, head);
        call.step_key = None;
        write.record_call(&call, &close_call(id)).await.unwrap();
        write.note(own.object(), &draft).unwrap();
    }
    write.commit().await.unwrap();
    house.seal_all().await;

    let mut read = house.store.read().await.unwrap();
    assert_eq!(
        read.case(case_id).await.unwrap().unwrap().refusal,
        own.refusal
    );
    assert_eq!(
        read.order(order_id).await.unwrap().unwrap().terms,
        own_order.terms
    );
    assert_eq!(
        read.steps_of(order_id).await.unwrap()[0].note,
        own_step.note
    );
    drop(read);
    assert_eq!(house.verify().await.log.findings, []);

    house.store.close().await;
    let mut found_plain = false;
    for entry in std::fs::read_dir(house.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for canary in [NUMBER, MISTYPED, NAME_CANARY] {
            assert!(
                !contains(&bytes, canary.as_bytes()),
                "{canary} lies in the file"
            );
        }
        found_plain |= contains(&bytes, "某公司".as_bytes());
    }
    assert!(
        found_plain,
        "an organization's name is found, so a person's would be"
    );
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn the_schema_refuses_a_person_s_content_bare() {
    let house = House::new().await;
    story(&house).await;
    let mut raw = house.raw().await;
    let bare = "INSERT INTO case_ SELECT v.subject, x'000000000000000000000000000000FF', 'person',
            'n', 'd', 'r', v.record, 1, 'opened', 0, '2026-11-23', '{}', 0, 0
        FROM record_version AS v WHERE v.subject_kind = 'person'";
    let error = sqlx::query(bare).execute(&mut raw).await.unwrap_err();
    assert!(error.to_string().contains("CHECK"), "{error}");
    // Nor can it be passed off as an organization's.
    let disguised = bare.replace("'person',\n", "'organization',\n");
    assert_ne!(bare, disguised);
    let query = sqlx::query(sqlx::AssertSqlSafe(disguised));
    let error = query.execute(&mut raw).await.unwrap_err();
    assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
}

#[tokio::test]
async fn a_shredded_person_cannot_be_read_and_every_proof_stands() {
    let house = House::new().await;
    let person = story(&house).await;
    house.seal_all().await;
    let mut raw = house.raw().await;
    let shred = "UPDATE subject SET sealed_key = NULL WHERE kind = 'person'";
    sqlx::query(shred).execute(&mut raw).await.unwrap();
    let mut read = house.store.read().await.unwrap();
    let error = read.record(PERSON_RECORD).await.unwrap_err();
    assert!(matches!(error, StoreError::Erased { .. }), "{error}");
    let token = read.token_of("tax", person).await.unwrap().unwrap();
    assert!(read.numbers_behind("tax", &[&token]).await.is_err());
    assert!(read.record(RECORD).await.unwrap().is_some());
    drop(read);
    assert_eq!(house.verify().await.log.findings, []);
}

#[tokio::test]
async fn an_unwritten_case_of_a_stranger_is_refused() {
    let house = House::new().await;
    let mut write = house.store.begin().await.unwrap();
    let stranger: CaseRow = case(ORGANIZATION, CASE, RECORD);
    let error = write
        .insert_case(&stranger, &event("case.opened", 1))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotThere { .. }), "{error}");
    assert!(error.to_string().contains("subject"), "{error}");
}

#[tokio::test]
async fn two_processes_share_one_file() {
    let house = House::new().await;
    let other = Store::open(&house.database(), KeyRing::from_bytes(&[1; 32], &[2; 32]))
        .await
        .unwrap();
    let met = event("persons.met", 0);
    let mut write = house.store.begin().await.unwrap();
    let one = write
        .tokens_for("tax", &[NUMBER.to_owned()], &met)
        .await
        .unwrap();
    write.commit().await.unwrap();
    let mut write = other.begin().await.unwrap();
    assert_eq!(
        write
            .tokens_for("tax", &[NUMBER.to_owned()], &met)
            .await
            .unwrap(),
        one
    );
    write
        .tokens_for("tax", &[MISTYPED.to_owned()], &met)
        .await
        .unwrap();
    write.commit().await.unwrap();
    assert_eq!(
        house
            .store
            .read()
            .await
            .unwrap()
            .log_head()
            .await
            .unwrap()
            .pending,
        2
    );
    other.close().await;
}
