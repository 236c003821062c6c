//! What a grant does not give cannot be had, and the refusal says which lines
//! would give it.
//!
//! Comes in: requests beyond the grant. Goes out: `not-granted`, which the rogue
//! passes on as `needs-person`. Always holds: nothing of it reaches the
//! department.

use crate::{
    department::PERSON,
    guest,
    house::{House, Wanted, check},
};
use credence_domain::order::Terms;
use credence_plugin_host::{
    call::{Answer, Ended, Report, Retry},
    grant::{Destination, Grant},
};

fn refused(says: &str) -> Wanted<'_> {
    Wanted {
        code: "failed",
        says,
        retry: Retry::Never,
        left_house: false,
    }
}

fn place(grant: &mut Grant) -> &mut Destination {
    grant.destinations.get_mut("test-system").expect("granted")
}

/// An order about a person, whose token the rogue sends as the body.
async fn about_person(house: &House, path: &str) -> (Report, String) {
    let token = house.register.token(PERSON);
    let mut order = guest::order("send-order", path);
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    (house.order(order).await, token)
}

#[tokio::test]
async fn a_destination_that_is_not_granted() {
    let house = House::open().await;
    let order = Terms {
        case_number: "elsewhere".into(),
        ..guest::order("send", "/echo/x")
    };
    let report = house.order(order).await;
    let says = "needs a person: destination `elsewhere` is not granted; these lines would grant \
                it:\n[destinations.elsewhere]\naddress = \"https://…\"\nmethods = [\"POST\"]";
    check("elsewhere", &report, refused(says));
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_method_that_is_not_granted() {
    let house = House::with(|grant| place(grant).methods = ["GET".to_owned()].into()).await;
    let report = house.apply("send").await;
    let says = "add \"POST\" to `methods` under [destinations.test-system]";
    check("POST", &report, refused(says));
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_request_that_bends_its_path_or_its_headers() {
    let house = House::open().await;
    for (behaviour, says) in [
        ("send-dots", "has no `..`"),
        ("send-relative", "a path begins with `/`"),
        ("send-host-header", "the header `host` is the host's to set"),
        (
            "send-split-header",
            "the header `x-note` holds what a header cannot",
        ),
        ("send-huge", "a request holds at most 256 KiB"),
    ] {
        let report = house.apply(behaviour).await;
        check(behaviour, &report, refused(says));
    }
    for path in [
        "//elsewhere/x",
        "/a/%2e%2E/x",
        "/a\\x",
        "/x#y",
        "@elsewhere/x",
    ] {
        let report = house.send("send", path).await;
        check(path, &report, refused("a path begins with `/`"));
    }
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_path_stays_below_the_path_of_its_destination() {
    let house = House::with(|grant| place(grant).address += "/echo/below/").await;
    let report = house.send("send", "/x").await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    assert_eq!(house.department.seen()[0].path, "/echo/below/x");
}

#[tokio::test]
async fn no_more_requests_than_sixteen() {
    let house = House::open().await;
    let report = house.apply("send-many").await;
    let Ended::Answered(Answer::Step(feedback)) = &report.ended else {
        panic!("{}", report.ended);
    };
    assert_eq!(feedback.reference.as_deref(), Some("16"));
    assert_eq!(feedback.evidence[0].field, "NOT_GRANTED");
    assert_eq!(house.department.seen().len(), 16);
}

#[tokio::test]
async fn a_private_address_without_private_network() {
    let house = House::with(|grant| place(grant).private_network = false).await;
    let report = house.apply("send").await;
    let says =
        "127.0.0.1 lies on this machine or in a private network; add `private_network = true`";
    check("127.0.0.1", &report, refused(says));
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address() {
    let house = House::with(|grant| {
        let place = place(grant);
        place.private_network = false;
        place.address = place.address.replace("127.0.0.1", "localhost");
    })
    .await;
    let report = house.apply("send").await;
    check(
        "localhost",
        &report,
        refused("add `private_network = true`"),
    );
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn an_identity_number_to_a_destination_without_persons() {
    let house = House::open().await;
    let (report, _) = about_person(&house, "/echo/x").await;
    let says = "identity numbers may not go to `test-system`; this line would grant it:\n\
                [destinations.test-system]\npersons = true";
    check("no persons", &report, refused(says));
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn the_identity_number_of_someone_else() {
    let house = House::with(|grant| place(grant).persons = true).await;
    let other = house.register.token("350102198001010010");
    let (report, _) = about_person(&house, &format!("/echo/x/{other}")).await;
    check(
        "someone else",
        &report,
        refused("a person whom the order does not name"),
    );
    assert!(house.department.seen().is_empty());
    // The same, but the parameters of the order name that person.
    let mut order = guest::order("send", &format!("/echo/x/{other}"));
    order.parameters = vec![credence_domain::record::Fact {
        field: "PERSON".into(),
        value: credence_domain::record::Value::Text(other),
    }];
    let report = house.order(order).await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    assert_eq!(
        house.department.seen()[0].path,
        "/echo/x/350102198001010010"
    );
}

#[tokio::test]
async fn the_identity_number_of_the_orders_own_person_is_filled_in() {
    let house = House::with(|grant| place(grant).persons = true).await;
    let (report, token) = about_person(&house, "/echo/x").await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    assert_eq!(house.department.seen()[0].body, PERSON);
    let told = format!("{:?}", report.ended);
    assert!(told.contains(&token) && !told.contains(PERSON), "{told}");
}

#[tokio::test]
async fn a_secret_towards_a_destination_that_it_is_not_for() {
    let house = House::with(|grant| {
        let secret = grant.secrets.get_mut("authorization");
        secret.expect("granted").destinations.clear();
    })
    .await;
    let report = house.apply("send-order").await;
    let says = "the secret `authorization` may not go to `test-system`; add \"test-system\" to \
                `destinations` under [secrets.authorization]";
    check("secret", &report, refused(says));
    assert!(house.department.seen().is_empty());
}

#[tokio::test]
async fn a_setting_that_the_manifest_does_not_name_is_not_there() {
    let house = House::with(|grant| {
        grant.settings.insert("another".into(), "value".into());
    })
    .await;
    let report = house.apply("other-setting").await;
    assert!(
        format!("{:?}", report.ended).contains("\"none\""),
        "{}",
        report.ended
    );
}
