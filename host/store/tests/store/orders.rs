//! Cases, notices, orders, steps and revisions: round trips, order, conflicts.

use crate::house::*;
use credence_domain::{
    case::{CaseState, ReceiptKind},
    gates::Receipt,
    ids::OrderId,
    order::{OrderState, step_key},
    record::{Feedback, Outcome},
    step::Step,
};
use credence_store::{CaseFilter, CaseRow, NoticeRow, RevisionState, StepRow, StoreError};
use jiff::civil::date;
use uuid::Uuid;

#[tokio::test]
async fn rows_come_back_as_they_were_written() {
    let house = House::new().await;
    story(&house).await;
    let mut read = house.store.read().await.unwrap();
    assert_eq!(
        read.case(CASE).await.unwrap(),
        Some(case(ORGANIZATION, CASE, RECORD))
    );
    assert_eq!(
        read.notices_of(CASE).await.unwrap(),
        [notice(ORGANIZATION, NOTICE, CASE)]
    );
    let [order] = &read.orders_of(CASE).await.unwrap()[..] else {
        panic!("one order")
    };
    assert_eq!((order.state, order.changes), (OrderState::InForce, 1));
    assert_eq!(order.reference.as_deref(), Some("T-1"));
    let [step] = &read.steps_of(ORDER).await.unwrap()[..] else {
        panic!("one step")
    };
    assert_eq!(
        (&step.state, step.changes, step.call),
        (&Step::Executed, 2, Some(CALL))
    );
    let active = read.active_revision("tax").await.unwrap();
    assert_eq!(active, Some(revision()));

    let opened = CaseFilter {
        state: Some(CaseState::Opened),
        ..CaseFilter::default()
    };
    assert_eq!(read.cases(opened, 10).await.unwrap().len(), 1);
    let refused = CaseFilter {
        state: Some(CaseState::Refused),
        subject: Some(ORGANIZATION),
    };
    assert_eq!(read.cases(refused, 10).await.unwrap(), []);
    assert_eq!(
        read.orders(Some(OrderState::InForce), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    let number = case(ORGANIZATION, CASE, RECORD).number;
    assert_eq!(
        read.case_by_number(&number).await.unwrap().unwrap().id,
        CASE
    );
    assert_eq!(read.case_by_number("闽信联2026-").await.unwrap(), None);
    let stored = read
        .object_row(&case(ORGANIZATION, CASE, RECORD).object())
        .await
        .unwrap();
    assert_eq!(stored.unwrap()["state"], "opened");
}

#[tokio::test]
async fn a_row_is_changed_only_as_it_was_read() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    let read = write.read().case(CASE).await.unwrap().unwrap();
    let resolved = CaseRow {
        state: CaseState::Resolved,
        ..read.clone()
    };
    let now = write
        .update_case(resolved, &event("case.resolved", 30))
        .await
        .unwrap();
    assert_eq!(write.read().case(CASE).await.unwrap().as_ref(), Some(&now));
    // Somebody else still holds what was read before.
    let late = CaseRow {
        state: CaseState::Refused,
        ..read
    };
    let error = write
        .update_case(late, &event("case.refused", 31))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");

    let notice = write.read().notice(NOTICE).await.unwrap().unwrap();
    let receipt = Some(Receipt {
        kind: ReceiptKind::Published,
        on: date(2026, 11, 24),
    });
    let served = NoticeRow {
        receipt,
        proof: Some("page 3".to_owned()),
        ..notice.clone()
    };
    let now = write
        .update_notice(served, &event("notice.served", 32))
        .await
        .unwrap();
    assert_eq!(write.read().notice(NOTICE).await.unwrap(), Some(now));
    let error = write
        .update_notice(notice, &event("notice.served", 32))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    write.commit().await.unwrap();

    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
}

#[tokio::test]
async fn a_step_is_claimed_once() {
    let house = House::new().await;
    story(&house).await;
    let second = step(ORGANIZATION, ORDER, 2);
    let mut write = house.store.begin().await.unwrap();
    write
        .insert_step(&second, &event("step.made", 30))
        .await
        .unwrap();
    write.commit().await.unwrap();

    let claim = |step| StepRow {
        call: None,
        ..claimed(step)
    };
    let mut write = house.store.begin().await.unwrap();
    write
        .update_step(claim(second.clone()), &event("step.claimed", 31))
        .await
        .unwrap();
    write.commit().await.unwrap();
    let mut write = house.store.begin().await.unwrap();
    let error = write
        .update_step(claim(second), &event("step.claimed", 31))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
}

#[tokio::test]
async fn a_step_waits_for_the_one_before_and_no_department_fills_the_list() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    for n in 1..=4 {
        let id = OrderId(Uuid::from_u128(0xD0 + n));
        write
            .insert_order(&order(ORGANIZATION, id, CASE), &event("order.made", 13))
            .await
            .unwrap();
        for number in [1, 2] {
            let mut step = step(ORGANIZATION, id, number);
            if n == 4 {
                step.department = "customs".to_owned();
            }
            write
                .insert_step(&step, &event("step.made", 13))
                .await
                .unwrap();
        }
    }
    write.commit().await.unwrap();

    let due = async |seconds, limit, per| {
        let mut read = house.store.read().await.unwrap();
        let steps = read.due_steps(at(seconds), limit, per).await.unwrap();
        steps.into_iter().map(|step| step.key).collect::<Vec<_>>()
    };
    let key = |n: u128, number| step_key(OrderId(Uuid::from_u128(0xD0 + n)), number);
    assert_eq!(due(19, 10, 10).await, [""; 0]);
    // Only the first step of each; the later ones wait.
    assert_eq!(
        due(20, 10, 10).await,
        [key(1, 1), key(2, 1), key(3, 1), key(4, 1)]
    );
    assert_eq!(due(20, 10, 2).await, [key(1, 1), key(2, 1), key(4, 1)]);
    assert_eq!(due(20, 1, 10).await, [key(1, 1)]);
    let mut read = house.store.read().await.unwrap();
    assert_eq!(read.next_due().await.unwrap(), Some(at(20)));
    drop(read);

    // Parked is not final: what follows waits. Executed is.
    let mut write = house.store.begin().await.unwrap();
    for (n, state) in [
        (
            1,
            Step::Parked {
                reason: "look".to_owned(),
            },
        ),
        (2, Step::Executed),
    ] {
        let step = write.read().step(&key(n, 1)).await.unwrap().unwrap();
        write
            .update_step(StepRow { state, ..step }, &event("step.ended", 21))
            .await
            .unwrap();
    }
    write.commit().await.unwrap();
    assert_eq!(due(22, 10, 10).await, [key(2, 2), key(3, 1), key(4, 1)]);
}

#[tokio::test]
async fn a_claim_is_abandoned_when_its_lease_ends_or_its_worker_is_dead() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    let second = step(ORGANIZATION, ORDER, 2);
    write
        .insert_step(&second, &event("step.made", 30))
        .await
        .unwrap();
    let claim = StepRow {
        call: None,
        ..claimed(second)
    };
    let claim = write
        .update_step(claim, &event("step.claimed", 31))
        .await
        .unwrap();
    write.commit().await.unwrap();

    let abandoned = async |seconds, dead: &[&str]| {
        let dead: Vec<_> = dead.iter().map(|&owner| owner.to_owned()).collect();
        let mut read = house.store.read().await.unwrap();
        read.abandoned_steps(at(seconds), &dead, 10).await.unwrap()
    };
    assert_eq!(abandoned(79, &[]).await, []);
    assert_eq!(abandoned(79, &["worker-2"]).await, []);
    assert_eq!(
        abandoned(79, &["worker-1"]).await,
        std::slice::from_ref(&claim)
    );
    assert_eq!(abandoned(81, &[]).await, std::slice::from_ref(&claim));

    let mut write = house.store.begin().await.unwrap();
    let feedback = Feedback {
        outcome: Outcome::Executed,
        at: Some(date(2026, 12, 1).at(8, 0, 0, 0)),
        reference: Some("T-2".to_owned()),
        evidence: vec![],
    };
    let state = Step::Unknown { ask_at: at(81) };
    let now = StepRow {
        state,
        claimed_by: None,
        lease_until: None,
        feedback: Some(feedback),
        ..claim
    };
    let now = write
        .update_step(now, &event("step.abandoned", 81))
        .await
        .unwrap();
    write.commit().await.unwrap();
    assert_eq!(
        house
            .store
            .read()
            .await
            .unwrap()
            .step(&now.key)
            .await
            .unwrap(),
        Some(now)
    );
    assert_eq!(abandoned(100, &["worker-1"]).await, []);
}

#[tokio::test]
async fn one_revision_is_active_and_revoked_is_for_ever() {
    let house = House::new().await;
    story(&house).await;
    let mut newer = revision();
    newer.digest = "sha256:bb".to_owned();
    let mut write = house.store.begin().await.unwrap();
    let error = write
        .insert_revision(&newer, &event("plugin.activated", 40))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::AlreadyThere { .. }), "{error}");

    let mut old = write.read().active_revision("tax").await.unwrap().unwrap();
    old.state = RevisionState::Revoked;
    let mut old = write
        .update_revision(old, &event("plugin.revoked", 40))
        .await
        .unwrap();
    write
        .insert_revision(&newer, &event("plugin.activated", 40))
        .await
        .unwrap();
    write.commit().await.unwrap();
    let mut write = house.store.begin().await.unwrap();
    assert_eq!(
        write
            .read()
            .active_revision("tax")
            .await
            .unwrap()
            .unwrap()
            .digest,
        "sha256:bb"
    );
    old.state = RevisionState::Installed;
    let error = write
        .update_revision(old, &event("plugin.installed", 41))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    assert_eq!(write.read().revisions().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_order_is_past_on_the_day_after_its_last_until_a_step_lifts_it() {
    let house = House::new().await;
    story(&house).await;
    let past = async |day| {
        let mut read = house.store.read().await.unwrap();
        read.orders_past(day, 10).await.unwrap().len()
    };
    assert_eq!(past(date(2027, 11, 30)).await, 0);
    assert_eq!(past(date(2027, 12, 1)).await, 1);
    let mut write = house.store.begin().await.unwrap();
    let lift = step(ORGANIZATION, ORDER, 2);
    write
        .insert_step(&lift, &event("order.expired", 40))
        .await
        .unwrap();
    write.commit().await.unwrap();
    assert_eq!(past(date(2027, 12, 1)).await, 0);
}
