//! What a guest and a journal never hold: identity numbers and secrets.
//!
//! Comes in: departments that echo both. Goes out: tokens and placeholders.
//! Always holds: canaries stand in no byte of the journal and in nothing that
//! the guest returned; the department itself gets the real thing.

use crate::{
    department::{NUMBERS, PERSON},
    guest,
    house::{House, SECRET, Wanted, check},
};
use credence_plugin_host::{
    call::{Answer, Ended, Report, Retry},
    grant::Grant,
};
use std::sync::atomic::Ordering::Relaxed;

/// Neither the journal nor the answer holds the canary.
#[track_caller]
fn nowhere(report: &Report, canary: &str) {
    for (part, bytes) in [("head", &report.head), ("record", &report.record)] {
        let found = bytes
            .windows(canary.len())
            .any(|bytes| bytes == canary.as_bytes());
        assert!(!found, "the canary stands in the {part}");
    }
    let told = format!("{:?}", report.ended);
    assert!(!told.contains(canary), "{told}");
}

/// What the guest saw as the body of the department's answer.
#[track_caller]
fn body(report: &Report) -> &str {
    let Ended::Answered(Answer::Step(feedback)) = &report.ended else {
        panic!("{}", report.ended);
    };
    match &feedback.evidence[0].value {
        credence_domain::record::Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_guest_sees_a_placeholder_and_the_department_the_secret() {
    let house = House::open().await;
    let report = house.apply("echo-setting").await;
    nowhere(&report, SECRET);
    let told = format!("{:?}", report.ended);
    assert!(told.contains("credence-secret-authorization-"), "{told}");

    let report = house.apply("send-order").await;
    assert_eq!(house.department.seen()[0].authorization, SECRET);
    // The department sent it back in a header and in the body.
    nowhere(&report, SECRET);
    assert!(body(&report).starts_with("credence-secret-authorization-"));
}

#[tokio::test]
async fn a_secret_that_comes_back_in_escapes_is_hidden() {
    let house = House::open().await;
    let report = house.send("send-order", "/escaped/x").await;
    assert_eq!(house.department.seen()[0].authorization, SECRET);
    nowhere(&report, SECRET);
    let seen = body(&report);
    assert!(
        seen.starts_with("{\"x\":\"credence-secret-authorization-"),
        "{seen}"
    );
}

#[tokio::test]
async fn no_two_calls_have_one_placeholder() {
    let house = House::open().await;
    let one = house.apply("echo-setting").await.ended;
    let two = house.apply("echo-setting").await.ended;
    assert_ne!(one, two);
}

#[tokio::test]
async fn an_identity_number_in_an_answer_comes_back_as_a_token() {
    let house = House::open().await;
    let report = house.send("send", "/person/x").await;
    let token = house.register.token(PERSON);
    assert_eq!(body(&report), format!("法人{token}，女"));
    nowhere(&report, PERSON);
    let kept = report
        .record
        .windows(token.len())
        .filter(|b| *b == token.as_bytes());
    // In the header and in the body that the guest got, and in its answer.
    assert_eq!(kept.count(), 3);
}

#[tokio::test]
async fn an_answer_that_cannot_be_masked_is_not_shown() {
    let house = House::open().await;
    house.register.broken.store(true, Relaxed);
    let report = house.send("send", "/person/x").await;
    let wanted = Wanted {
        code: "failed",
        says: "uncertain: the answer could not be masked",
        retry: Retry::AfterQuery,
        left_house: true,
    };
    check("masking", &report, wanted);
    nowhere(&report, PERSON);
}

#[tokio::test]
async fn a_request_that_cannot_be_filled_in_is_not_sent() {
    let house = House::open().await;
    let token = house.register.token(PERSON);
    house.register.broken.store(true, Relaxed);
    let mut order = guest::order("send-order", "/echo/x");
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    let report = house.order(order).await;
    let wanted = Wanted {
        code: "failed",
        says: "unavailable: the host's vault is not available",
        retry: Retry::Safe,
        left_house: false,
    };
    check("vault", &report, wanted);
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_number_that_comes_back_inside_a_longer_one_is_hidden_all_the_same() {
    let house = House::with(|grant| {
        let place = grant.destinations.get_mut("test-system");
        place.expect("granted").persons = true;
    })
    .await;
    let token = house.register.token(PERSON);
    let mut order = guest::order("send-glued", "/echo/x");
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    let report = house.order(order).await;
    assert_eq!(house.department.seen()[0].body, format!("1{PERSON}"));
    assert_eq!(body(&report), format!("|1{token}"));
    nowhere(&report, PERSON);
}

#[tokio::test]
async fn every_form_of_a_number_in_an_answer_is_hidden() {
    let house = House::open().await;
    let report = house.send("send", "/forms/x").await;
    let tokens = NUMBERS.map(|(_, number)| house.register.token(number));
    let [a, b, c, d, e, f] = &tokens;
    assert_eq!(body(&report), format!("{a},{b},{c},{d},{e},法人{f}，男"));
    for (written, number) in NUMBERS {
        nowhere(&report, number);
        nowhere(
            &report,
            written.trim_start_matches("法人").trim_end_matches("，男"),
        );
    }
    // The header, the body, and what the guest made of the body.
    let kept = report
        .record
        .windows(b.len())
        .filter(|bytes| *bytes == b.as_bytes());
    assert_eq!(kept.count(), 3);
}

#[tokio::test]
async fn an_answer_in_json_stays_json() {
    let house = House::open().await;
    let report = house.send("send", "/json/x").await;
    let token = house.register.token(PERSON);
    let read: serde_json::Value = serde_json::from_str(body(&report)).expect("JSON");
    let wanted = serde_json::json!({"id": token, "words": format!("法人 {token}"), "x": token});
    assert_eq!(read, wanted);
    nowhere(&report, PERSON);
    let escaped: String = PERSON.bytes().map(|b| format!("\\u{b:04x}")).collect();
    nowhere(&report, &escaped);
}

/// Puts the secret and the order's person into the folder.
async fn put_order(house: &House) -> Report {
    let token = house.register.token(PERSON);
    let mut order = guest::order("put-order", "x.csv");
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    let report = house.order(order).await;
    nowhere(&report, PERSON);
    nowhere(&report, SECRET);
    report
}

#[tokio::test]
async fn a_number_and_a_secret_are_filled_in_only_towards_the_folder_granted_for_them() {
    let refused = |says| Wanted {
        code: "failed",
        says,
        retry: Retry::Never,
        left_house: false,
    };
    let house = House::open().await;
    let says = "identity numbers may not go to `outbox`; this line would grant it:\n\
                [folders.outbox]\npersons = true";
    check("no persons", &put_order(&house).await, refused(says));
    assert!(house.files().is_empty());

    let persons = |grant: &mut Grant| {
        grant.folders.get_mut("outbox").expect("granted").persons = true;
    };
    let house = House::with(persons).await;
    let says = "the secret `authorization` may not go to `outbox`; add \"outbox\" to \
                `destinations` under [secrets.authorization]";
    check("no secret", &put_order(&house).await, refused(says));
    assert!(house.files().is_empty());

    let house = House::with(|grant| {
        persons(grant);
        let secret = grant.secrets.get_mut("authorization").expect("granted");
        secret.destinations.insert("outbox".into());
    })
    .await;
    let report = put_order(&house).await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    assert_eq!(
        house.files()["x.csv"],
        format!("{SECRET},{PERSON}").into_bytes()
    );
    // Another call has another placeholder, and puts the same text.
    assert_eq!(put_order(&house).await.ended.code(), "answered");
    assert_eq!(house.files().len(), 1);
}
