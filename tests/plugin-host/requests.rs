//! What becomes of a request, and of the call that made it.
//!
//! Comes in: behaviours of the rogue that send. Goes out: whether anything left
//! the house, and with it whether a retry is safe. Always holds: the intent is
//! noted before the department sees the request. Deliberately absent: what the
//! grant forbids (`grants`).

use crate::{
    department::{cutting, nowhere},
    guest,
    house::{House, Wanted, check, time_limit},
};
use credence_plugin_host::call::Retry;
use std::{net::SocketAddr, sync::atomic::Ordering::Relaxed};

fn wanted<'a>(code: &'a str, says: &'a str, retry: Retry, left_house: bool) -> Wanted<'a> {
    Wanted {
        code,
        says,
        retry,
        left_house,
    }
}

async fn towards(address: SocketAddr) -> House {
    House::with(|grant| {
        let place = grant.destinations.get_mut("test-system");
        place.expect("granted").address = format!("http://{address}");
    })
    .await
}

#[tokio::test]
async fn a_defect_after_a_request_is_an_unknown_outcome() {
    let house = House::with(|grant| grant.limits = time_limit(50)).await;
    for (behaviour, code) in [
        ("send-then-panic", "trapped"),
        ("send-then-spin", "timed-out"),
        ("send-then-bad", "broke-contract"),
    ] {
        let report = house.apply(behaviour).await;
        check(
            behaviour,
            &report,
            wanted(code, "", Retry::AfterQuery, true),
        );
    }
    assert_eq!(house.department.seen().len(), 3);
    for (behaviour, code) in [
        ("panic", "trapped"),
        ("spin", "timed-out"),
        ("huge-reference", "broke-contract"),
    ] {
        let report = house.apply(behaviour).await;
        check(behaviour, &report, wanted(code, "", Retry::Safe, false));
    }
}

#[tokio::test]
async fn an_answer_reaches_the_guest() {
    let house = House::open().await;
    let report = house.apply("send").await;
    check("send", &report, wanted("answered", "", Retry::Never, true));
    let seen = house.department.seen();
    assert_eq!(
        (seen.len(), seen[0].path.as_str(), seen[0].body.as_str()),
        (1, "/echo/x", "x")
    );
}

#[tokio::test]
async fn without_a_connection_nothing_left_the_house() {
    let house = towards(nowhere().await).await;
    let report = house.apply("send").await;
    let says = "unavailable: no connection";
    check(
        "nowhere",
        &report,
        wanted("failed", says, Retry::Safe, false),
    );
    let report = house.apply("send-then-panic").await;
    let says = "unavailable: no connection";
    check(
        "nowhere",
        &report,
        wanted("failed", says, Retry::Safe, false),
    );
}

#[tokio::test]
async fn a_connection_cut_before_the_answer_is_an_unknown_outcome() {
    let house = towards(cutting().await).await;
    let report = house.apply("send").await;
    let says = "uncertain: the connection broke";
    check(
        "cut",
        &report,
        wanted("failed", says, Retry::AfterQuery, true),
    );
}

#[tokio::test]
async fn an_answer_has_at_most_one_mebibyte() {
    let house = House::open().await;
    let report = house.send("send", "/full/x").await;
    check("full", &report, wanted("answered", "", Retry::Never, true));
    let report = house.send("send", "/huge/x").await;
    let says = "uncertain: the answer has more than 1 MiB";
    check(
        "huge",
        &report,
        wanted("failed", says, Retry::AfterQuery, true),
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let house = House::open().await;
    let report = house.send("send", "/redirect/x").await;
    check(
        "redirect",
        &report,
        wanted("answered", "", Retry::Never, true),
    );
    let text = format!("{:?}", report.ended);
    assert!(text.contains("\"302\""), "{text}");
    assert_eq!(house.department.seen().len(), 1);
}

#[tokio::test]
async fn the_intent_is_noted_before_the_department_sees_anything() {
    let house = House::open().await;
    let report = house.apply("send").await;
    let noted = house.intents.noted();
    assert_eq!(noted.len(), 1);
    assert_eq!((noted[0].call, noted[0].number), (report.call, 0));
    assert_eq!(noted[0].seen_by_then, 0);
    let report = house.apply("send-many").await;
    let noted = house.intents.noted();
    assert_eq!(noted.len(), 17);
    for (number, intent) in noted[1..].iter().enumerate() {
        assert_eq!(intent.call, report.call);
        assert_eq!(
            (intent.number as usize, intent.seen_by_then),
            (number, number + 1)
        );
    }
}

#[tokio::test]
async fn without_a_durable_intent_nothing_is_sent() {
    let house = House::open().await;
    house.intents.broken.store(true, Relaxed);
    let report = house.apply("send").await;
    let says = "unavailable: the host's journal is not available";
    check("send", &report, wanted("failed", says, Retry::Safe, false));
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_request_without_the_key_of_its_step_is_not_sent() {
    let house = House::open().await;
    let mut order = guest::order("send", "/echo");
    order.key = "o-1".into();
    let report = house.order(order.clone()).await;
    let says = "http.send to `test-system`: the plugin MUST pass the key";
    check(
        "no key",
        &report,
        wanted("broke-contract", says, Retry::Safe, false),
    );
    assert!(house.department.seen().is_empty());
    assert!(house.intents.noted().is_empty());
    order.subject.name = Some("/echo/o-1".into());
    let report = house.order(order).await;
    check(
        "with key",
        &report,
        wanted("answered", "", Retry::Never, true),
    );
}
