//! Requests that the host signs on their way out.
//!
//! Comes in: requests of the rogue towards a destination with a signature. Goes
//! out: what the department saw, checked here from the text of RFC 9421 and with
//! nothing of the host's. Always holds: neither the guest nor the journal sees the
//! key or a signature.

use crate::{
    department::{PERSON, Seen},
    guest,
    house::{House, SECRET, SIGNING, Wanted, check},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use credence_plugin_host::{
    call::{Report, Retry},
    grant::{Grant, SecretGrant, Signature, SignatureScheme},
};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, time::SystemTime};

fn signed(grant: &mut Grant) {
    let secret = SecretGrant {
        env: Some("UNUSED".into()),
        file: None,
        destinations: BTreeSet::from(["test-system".to_owned()]),
    };
    grant.secrets.insert("signing".into(), secret);
    let place = grant.destinations.get_mut("test-system").expect("granted");
    place.persons = true;
    place.signature = Some(Signature {
        scheme: SignatureScheme::Rfc9421HmacSha256,
        secret: "signing".into(),
        key_id: "house-1".into(),
    });
}

fn header(seen: &Seen, name: &str) -> String {
    let value = seen
        .headers
        .get(name)
        .unwrap_or_else(|| panic!("no header {name}"));
    value.to_str().expect("ASCII").to_owned()
}

/// As a department checks it: rebuilds the signature base from what it received.
#[track_caller]
fn verify(seen: &Seen) {
    let digest = STANDARD.encode(Sha256::digest(seen.body.as_bytes()));
    assert_eq!(
        header(seen, "content-digest"),
        format!("sha-256=:{digest}:")
    );
    let input = header(seen, "signature-input");
    let parameters = input.strip_prefix("sig1=").expect("sig1");
    let (components, rest) = parameters[1..].split_once(')').expect("a list");
    let mut base = String::new();
    for component in components.split(' ') {
        let value = match component.trim_matches('"') {
            "@method" => seen.method.clone(),
            "@path" => seen.path.clone(),
            "@query" if seen.query.is_empty() => "?".to_owned(),
            "@query" => seen.query.clone(),
            field => header(seen, field),
        };
        base += &format!("{component}: {value}\n");
    }
    base += &format!("\"@signature-params\": {parameters}");
    let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING.as_bytes()).expect("a key");
    mac.update(base.as_bytes());
    let signature = header(seen, "signature");
    let signature = signature
        .strip_prefix("sig1=:")
        .and_then(|s| s.strip_suffix(':'));
    let signature = STANDARD.decode(signature.expect("bytes")).expect("base64");
    mac.verify_slice(&signature)
        .expect("the signature is the house's");
    assert!(
        rest.contains(";keyid=\"house-1\";alg=\"hmac-sha256\""),
        "{rest}"
    );
    let created = rest
        .split(';')
        .find_map(|part| part.strip_prefix("created="));
    let created: u64 = created.expect("a moment").parse().expect("seconds");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.expect("after 1970").as_secs();
    assert!(
        created <= now && now - created < 3_600,
        "the wall clock, not the call's"
    );
}

#[track_caller]
fn nowhere(report: &Report, canary: &str) {
    for bytes in [&report.head, &report.record] {
        let mut places = bytes.windows(canary.len());
        assert!(!places.any(|place| place == canary.as_bytes()), "{canary}");
    }
    assert!(!format!("{:?}", report.ended).contains(canary));
}

#[tokio::test]
async fn the_department_can_check_what_it_got() {
    let house = House::with(signed).await;
    // With a number and a secret filled in, and a query.
    let token = house.register.token(PERSON);
    let mut order = guest::order("send-order", "/echo/x?a=b%20c");
    order.subject.identifiers = vec![guest::identifier("person", &token)];
    let report = house.order(order).await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    let report_of_get = house.apply("send-get").await;
    assert_eq!(
        report_of_get.ended.code(),
        "answered",
        "{}",
        report_of_get.ended
    );
    let seen = house.department.seen();
    assert_eq!(
        (seen[0].body.as_str(), seen[0].authorization.as_str()),
        (PERSON, SECRET)
    );
    assert_eq!(seen[0].query, "?a=b%20c");
    assert_eq!(
        (seen[1].method.as_str(), seen[1].body.as_str()),
        ("GET", "")
    );
    for seen in &seen {
        verify(seen);
    }
    for canary in [SIGNING, "signature", &header(&seen[0], "signature")] {
        nowhere(&report, canary);
    }
}

#[tokio::test]
async fn a_guest_neither_signs_nor_gets_the_key() {
    let house = House::with(signed).await;
    for name in ["content-digest", "signature-input", "signature"] {
        let report = house.apply(&format!("send-header-{name}")).await;
        let says = format!("needs a person: the header `{name}` is the host's to set");
        let wanted = Wanted {
            code: "failed",
            says: &says,
            retry: Retry::Never,
            left_house: false,
        };
        check(name, &report, wanted);
    }
    assert!(house.department.seen().is_empty());
    // Elsewhere they are headers like others.
    let plain = House::open().await;
    let report = plain.apply("send-header-signature").await;
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
}

#[tokio::test]
async fn without_the_key_nothing_is_sent() {
    let house = House::with(|grant| {
        signed(grant);
        let place = grant.destinations.get_mut("test-system").expect("granted");
        let signature = place.signature.as_mut().expect("signed");
        signature.secret = "unknown".into();
    })
    .await;
    let report = house.apply("send").await;
    let wanted = Wanted {
        code: "failed",
        says: "unavailable: the host's vault is not available",
        retry: Retry::Safe,
        left_house: false,
    };
    check("no key", &report, wanted);
    assert!(house.department.seen().is_empty());
}
