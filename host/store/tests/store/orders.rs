//! Cases, notices, orders, steps and revisions: round trips, order, conflicts.

use crate::house::*;
use credence_domain::{
    calendar::Deadline,
    case::{CaseState, ReceiptKind},
    gates::Receipt,
    ids::{CaseId, ObjectionId, OrderId},
    objection::{Door, Ground, Objection},
    order::{Order, OrderState, step_key},
    record::{Exit, Feedback, Outcome},
    step::Step,
    stop::Stop,
};
use credence_store::{
    CaseFilter, CaseRow, Claimable, NoticeRow, ObjectionRow, OrderRow, Read, RevisionState,
    StepRow, StopRow, StoreError,
};
use jiff::civil::{Date, date};
use sqlx::{Connection as _, Executor as _};
use uuid::Uuid;

/// What gives back first, then what burdens.
async fn due_keys(
    read: &mut Read<'_>,
    of: &Claimable<'_>,
    seconds: i64,
    limit: u32,
) -> Vec<String> {
    let mut keys = Vec::new();
    for burdens in [false, true] {
        let left = limit - u32::try_from(keys.len()).unwrap();
        let due = read.due_steps(of, at(seconds), burdens, left).await;
        keys.extend(due.unwrap());
    }
    keys
}

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
    assert_eq!(
        (order.course.state, order.changes),
        (OrderState::InForce, 1)
    );
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

/// What entries commit to is made of the rows as they were read and of what is written;
/// it has to be what lies there: of an organization and of a person, read in the
/// transaction or before it, changed once or twice in it.
#[tokio::test]
async fn what_changes_in_sets_is_committed_to_as_it_is_stored() {
    let house = House::new().await;
    let person = story(&house).await;
    let (case_id, order_id) = (
        CaseId(Uuid::from_u128(0xC2)),
        OrderId(Uuid::from_u128(0xD2)),
    );
    let mut write = house.store.begin().await.unwrap();
    let made = event("made", 30);
    let case = case(person, case_id, PERSON_RECORD);
    let case = CaseRow {
        number: "闽信联2026-2".to_owned(),
        ..case
    };
    write.insert_case(&case, &made).await.unwrap();
    let order = order(person, order_id, case_id);
    write.insert_order(&order, &made).await.unwrap();
    let steps = [(person, order_id, 1), (ORGANIZATION, ORDER, 2)];
    let steps = steps.map(|(subject, order, number)| step(subject, order, number));
    let new: Vec<_> = steps
        .iter()
        .map(|step| (step.clone(), made.clone()))
        .collect();
    write.insert_steps(&new).await.unwrap();
    write.commit().await.unwrap();

    let keys = steps.map(|step| step.key);
    let twice = |read_between: bool, second: i64| {
        let (house, keys) = (&house, &keys);
        async move {
            let before = house.store.read().await.unwrap().steps(keys).await.unwrap();
            let mut write = house.store.begin().await.unwrap();
            let taken = before.into_iter().map(|step| {
                let step = StepRow {
                    call: None,
                    ..claimed(step)
                };
                (step, event("step.claimed", second))
            });
            let mut now = write.update_steps(taken.collect()).await.unwrap();
            if read_between {
                now = write.read().steps(keys).await.unwrap();
            }
            let due = now.into_iter().map(|step| {
                let step = StepRow {
                    state: Step::Due { at: at(second) },
                    claimed_by: None,
                    lease_until: None,
                    ..step
                };
                (step, event("step.due", second + 1))
            });
            write.update_steps(due.collect()).await.unwrap();
            write.commit().await.unwrap();
            assert_eq!(house.verify().await.log.findings, []);
        }
    };
    twice(false, 31).await;
    twice(true, 33).await;

    let mut write = house.store.begin().await.unwrap();
    let orders = write.read().orders_by_ids([ORDER, order_id]).await.unwrap();
    assert_eq!(orders.len(), 2);
    let orders = orders.into_iter().map(|order| {
        let reference = Some("R-000002".to_owned());
        (
            OrderRow { reference, ..order },
            event("order.referenced", 35),
        )
    });
    write.update_orders(orders.collect()).await.unwrap();
    let cases = write.read().cases_by_ids([CASE, case_id]).await.unwrap();
    assert_eq!(cases.len(), 2);
    let cases = cases.into_iter().map(|case| {
        let state = CaseState::Withdrawn;
        (CaseRow { state, ..case }, event("case.withdrawn", 35))
    });
    write.update_cases(cases.collect()).await.unwrap();
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
async fn a_step_waits_for_the_one_before_and_each_department_has_its_own_list() {
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

    let due_in = async |department, seconds, limit, except: &[String]| {
        let plugins = ["tax".to_owned()];
        let of = Claimable {
            department,
            plugins: &plugins,
            carried: &["tax L-TAX-02".to_owned()],
            except,
        };
        let mut read = house.store.read().await.unwrap();
        due_keys(&mut read, &of, seconds, limit).await
    };
    let due = async |seconds, limit| due_in("tax", seconds, limit, &[]).await;
    let key = |n: u128, number| step_key(OrderId(Uuid::from_u128(0xD0 + n)), number);
    assert_eq!(due(19, 10).await, [""; 0]);
    // Only the first step of each; the later ones wait.
    assert_eq!(due(20, 10).await, [key(1, 1), key(2, 1), key(3, 1)]);
    assert_eq!(due_in("customs", 20, 10, &[]).await, [key(4, 1)]);
    assert_eq!(due(20, 1).await, [key(1, 1)]);
    assert_eq!(due_in("tax", 20, 1, &[key(1, 1)]).await, [key(2, 1)]);
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
    assert_eq!(due(22, 10).await, [key(2, 2), key(3, 1)]);
    let mut read = house.store.read().await.unwrap();
    let parked = read.steps_for_persons(10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].key, key(1, 1));
    drop(read);

    // Open in the department for long: nobody was asked, and it is found.
    let mut write = house.store.begin().await.unwrap();
    let open = write.read().step(&key(3, 1)).await.unwrap().unwrap();
    let first_day = open.effective_on;
    let open = StepRow {
        state: Step::Pending { ask_at: at(90) },
        ..open
    };
    let draft = event("step.pending", 23);
    write.update_step(open, &draft).await.unwrap();
    write.commit().await.unwrap();
    let mut read = house.store.read().await.unwrap();
    let day_after = first_day.tomorrow().unwrap();
    assert_eq!(read.overdue_steps(first_day, 10).await.unwrap(), []);
    let overdue = read.overdue_steps(day_after, 10).await.unwrap();
    let keys: Vec<&str> = overdue.iter().map(|step| step.key.as_str()).collect();
    assert_eq!(keys, [key(3, 1)]);
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
        let found = read.abandoned_steps(at(seconds), &dead, 10).await.unwrap();
        assert_eq!(found.unreadable, [""; 0]);
        found.rows
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
async fn an_order_is_over_on_the_day_after_its_last_until_something_ended_it() {
    let house = House::new().await;
    story(&house).await;
    let lapsed = async |day| {
        let mut read = house.store.read().await.unwrap();
        read.lapsed_orders(day, 10).await.unwrap()
    };
    assert_eq!(lapsed(date(2027, 11, 30)).await, []);
    assert_eq!(lapsed(date(2027, 12, 1)).await, [ORDER]);
    let mut write = house.store.begin().await.unwrap();
    let order = write.read().order(ORDER).await.unwrap().unwrap();
    let order = OrderRow {
        course: Order {
            ending: Some(Exit::Expiry),
            ..order.course
        },
        ..order
    };
    let stale = order.clone();
    let now = write
        .update_orders(vec![(order, event("order.day-begun", 40))])
        .await
        .unwrap();
    write.commit().await.unwrap();
    let mut read = house.store.read().await.unwrap();
    assert_eq!(read.order(ORDER).await.unwrap().as_ref(), now.first());
    assert_eq!(lapsed(date(2027, 12, 1)).await, []);
    let mut write = house.store.begin().await.unwrap();
    let error = write
        .update_orders(vec![(stale, event("order.day-begun", 41))])
        .await;
    assert!(
        matches!(error, Err(StoreError::Conflict { .. })),
        "{error:?}"
    );
}

/// A stop keeps steps back; undone, it does so no longer.
#[tokio::test]
async fn stops_keep_back_what_they_name_and_are_covered_by_the_log() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    let id = OrderId(Uuid::from_u128(0xD1));
    write
        .insert_order(&order(ORGANIZATION, id, CASE), &event("order.made", 13))
        .await
        .unwrap();
    let steps = [
        (step(ORGANIZATION, id, 1), event("step.made", 13)),
        // A lift of the order that is in force.
        (step(ORGANIZATION, ORDER, 2), event("step.made", 13)),
    ];
    write.insert_steps(&steps).await.unwrap();
    write.commit().await.unwrap();
    let due = async || {
        let plugins = ["tax".to_owned()];
        let of = Claimable {
            department: "tax",
            plugins: &plugins,
            carried: &["tax L-TAX-02".to_owned()],
            except: &[],
        };
        let mut read = house.store.read().await.unwrap();
        due_keys(&mut read, &of, 20, 10).await
    };
    let set = async |stop: Stop, on| {
        let row = StopRow {
            stop,
            on,
            reason: "a reason".to_owned(),
            set_by: "operator".to_owned(),
            updated_at: at(30),
            changes: 0,
        };
        let mut write = house.store.begin().await.unwrap();
        write.set_stop(&row, &event("stop.set", 30)).await.unwrap();
        write.commit().await.unwrap();
    };
    let (apply, lift) = (step_key(id, 1), step_key(ORDER, 2));
    assert_eq!(due().await, [lift.clone(), apply.clone()]);
    for (burdens, key) in [(false, &lift), (true, &apply)] {
        let of = Claimable {
            department: "tax",
            plugins: &["tax".to_owned()],
            carried: &["tax L-TAX-02".to_owned()],
            except: &[],
        };
        let mut read = house.store.read().await.unwrap();
        let due = read.due_steps(&of, at(20), burdens, 10).await.unwrap();
        assert_eq!(due, std::slice::from_ref(key), "each apart");
    }
    for stop in [
        Stop::Measure("L-TAX-02".to_owned()),
        Stop::MeasureIn("tax".to_owned(), "L-TAX-02".to_owned()),
    ] {
        set(stop.clone(), true).await;
        assert_eq!(
            due().await,
            std::slice::from_ref(&lift),
            "{stop:?} gives back"
        );
        set(stop, false).await;
    }
    set(Stop::Department("tax".to_owned()), true).await;
    assert_eq!(due().await, [""; 0]);
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
    let mut read = house.store.read().await.unwrap();
    assert_eq!(read.stops().await.unwrap().len(), 3);
    let mut raw = house.raw().await;
    let attack = "UPDATE stop SET state = 'off' WHERE measure IS NULL";
    raw.execute(attack).await.unwrap();
    raw.close().await.unwrap();
    let findings = house.verify().await.log.findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
}

/// An objection against the record of the story, to be answered by this day.
fn objection(id: u128, answer_by: Date) -> ObjectionRow {
    ObjectionRow {
        subject: ORGANIZATION,
        id: ObjectionId(Uuid::from_u128(id)),
        record: RECORD,
        case: CASE,
        order: Some(ORDER),
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        door: Door::Subject,
        ground: Ground::Facts,
        reason: "并无此事".to_owned(),
        objection: Objection::Raised {
            answer_by: Deadline {
                date: answer_by,
                provisional: false,
            },
        },
        settled_by: None,
        raised_at: at(40),
        raised_on: date(2026, 11, 23),
        updated_at: at(40),
        changes: 0,
    }
}

#[tokio::test]
async fn an_objection_that_cannot_be_read_back_takes_no_other_along() {
    let house = House::new().await;
    story(&house).await;
    let mut write = house.store.begin().await.unwrap();
    for day in [20, 21, 22] {
        let row = objection(day, date(2026, 12, i8::try_from(day).unwrap()));
        let draft = event("objection.raised", 40);
        write.insert_objection(&row, &draft).await.unwrap();
    }
    write.commit().await.unwrap();
    let mut raw = house.raw().await;
    let attack = "UPDATE objection SET content = '{' WHERE answer_by < '2026-12-22'";
    assert_eq!(raw.execute(attack).await.unwrap().rows_affected(), 2);
    raw.close().await.unwrap();
    // The first in their order, and one more than is asked for.
    let mut read = house.store.read().await.unwrap();
    let late = read.unanswered_objections(date(2026, 12, 31), 1).await;
    let late = late.unwrap();
    assert_eq!(late.rows, [objection(22, date(2026, 12, 22))]);
    let names = [20, 21].map(|id| ObjectionId(Uuid::from_u128(id)).to_string());
    assert_eq!(late.unreadable, names);
}

#[tokio::test]
async fn objections_come_back_and_are_covered_by_the_log() {
    let house = House::new().await;
    story(&house).await;
    let row = objection(0xB1, date(2026, 12, 21));
    let mut write = house.store.begin().await.unwrap();
    write
        .insert_objection(&row, &event("objection.raised", 40))
        .await
        .unwrap();
    write.commit().await.unwrap();
    let mut read = house.store.read().await.unwrap();
    let on_record = read.objections_on([RECORD]).await.unwrap();
    assert_eq!(on_record, std::slice::from_ref(&row));
    let late = async |day| {
        let mut read = house.store.read().await.unwrap();
        let late = read.unanswered_objections(day, 10).await.unwrap();
        assert_eq!(late.unreadable, [""; 0]);
        late.rows.len()
    };
    assert_eq!(late(date(2026, 12, 21)).await, 0, "the last day is in time");
    assert_eq!(late(date(2026, 12, 22)).await, 1);
    let settled = ObjectionRow {
        objection: Objection::Rejected {
            reason: "记录无误".to_owned(),
        },
        settled_by: Some("clerk-7".to_owned()),
        ..row.clone()
    };
    let mut write = house.store.begin().await.unwrap();
    let now = write
        .update_objection(settled.clone(), &event("objection.rejected", 50))
        .await
        .unwrap();
    let error = write
        .update_objection(settled, &event("objection.rejected", 51))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    write.commit().await.unwrap();
    assert_eq!(read.objection(row.id).await.unwrap(), Some(now));
    assert_eq!(read.objections(true, 10).await.unwrap(), []);
    assert_eq!(late(date(2026, 12, 22)).await, 0);
    drop(read);
    house.seal_all().await;
    assert_eq!(house.verify().await.log.findings, []);
    let mut raw = house.raw().await;
    let attack = "UPDATE objection SET state = 'upheld'";
    raw.execute(attack).await.unwrap();
    raw.close().await.unwrap();
    assert_eq!(house.verify().await.log.findings.len(), 1);
}
