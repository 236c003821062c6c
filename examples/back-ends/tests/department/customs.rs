//! Customs: its XML, and signatures that do not hold. Absent: misbehaviour.

use jiff::Timestamp;
use reqwest::Method;

use crate::http::{Department, KEY_ID, Kind, SECRET, Signed, Told, start};

/// A good document.
pub(crate) fn document(key: &str, verb: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<MeasureStep>
  <Key>{key}</Key><OrderKey>o-1</OrderKey><Verb>{verb}</Verb><Measure>L-CUS-02</Measure>
  <Title>列入海关严重失信主体名单</Title><CaseNumber>闽信联〔2026〕1号</CaseNumber>
  <Subject>
    <Name>虚构贸易&amp;货运有限公司</Name>
    <Identifier scheme="uscc">91350100MA900010XU</Identifier>
  </Subject>
  <Decision><Authority uscc="113500000099990171">某海关</Authority>
    <Number>榕关缉〔2026〕3号</Number><DecidedOn>2026-01-05</DecidedOn></Decision>
  <Basis code="GACC-282">海关总署令第282号</Basis><Basis>海关法</Basis>
  <StartsOn>2026-02-01</StartsOn><EndsOn>2029-01-31</EndsOn>
  <EffectiveOn>2026-02-01</EffectiveOn>
  <Parameter field="AMOUNT" kind="yuan">12300.50</Parameter>
  <Exit kind="repair"><Decision><Authority>某海关</Authority><DecidedOn>2026-08-01</DecidedOn></Decision></Exit>
</MeasureStep>"#
    )
}

async fn send(department: &Department, body: &str) -> Told {
    let request = department.request(Method::POST, "/measures", body);
    let answer = request.header("idempotency-key", "o-1").send().await;
    department.told(answer.expect("an answer")).await
}

#[tokio::test]
async fn the_subject_stands_in_the_ledger_as_it_was_sent() {
    let customs = start(Kind::Customs).await;
    assert_eq!(customs.step("o-1", "apply").await.status, 200);
    let ledger = customs.get("/ledger").await;
    let subject = &ledger[0]["subject"];
    assert_eq!(subject["name"], "虚构贸易&货运有限公司");
    assert_eq!(subject["identifiers"][0]["scheme"], "uscc");
    assert_eq!(subject["identifiers"][0]["value"], "91350100MA900010XU");
}

#[tokio::test]
async fn faults_name_their_element() {
    let customs = start(Kind::Customs).await;
    let good = document("o-1", "apply");
    for (from, to, field) in [
        ("<Key>o-1</Key>", "<Key>a b</Key>", "Key"),
        ("<Key>o-1</Key>", "", "Key"),
        ("<OrderKey>o-1</OrderKey>", "<OrderKey/>", "OrderKey"),
        ("<Verb>apply", "<Verb>delete", "Verb"),
        ("L-CUS-02", "", "Measure"),
        ("<StartsOn>2026-02-01", "<StartsOn>2026-02-30", "StartsOn"),
        ("<EndsOn>2029", "<EndsOn>2025", "EndsOn"),
        (
            "<EffectiveOn>2026-02-01",
            "<EffectiveOn>20260201",
            "EffectiveOn",
        ),
        (r#" scheme="uscc""#, "", "Subject/Identifier[0].scheme"),
        ("91350100MA900010XU", "", "Subject/Identifier[0].value"),
        (
            ">某海关</Authority>\n",
            "></Authority>\n",
            "Decision/Authority",
        ),
        ("2026-01-05", "x", "Decision/DecidedOn"),
        ("<Key>o-1</Key>", "<Key>o-1</Key><Key>o-1</Key>", "(body)"),
        ("</MeasureStep>", "", "(body)"),
        ("</MeasureStep>", "</MeasureStep><MeasureStep/>", "(body)"),
        ("</MeasureStep>", "</MeasureStep>x", "(body)"),
        ("MeasureStep>", "Measure>", "(body)"),
        (
            "<MeasureStep>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><MeasureStep>",
            "(body)",
        ),
    ] {
        let told = send(&customs, &good.replace(from, to)).await;
        assert_eq!(
            (told.status, told.error.as_str(), told.field.as_str()),
            (400, "invalid", field),
            "{from} → {to}"
        );
    }
    let without = good
        .replace(r#"<Basis code="GACC-282">海关总署令第282号</Basis>"#, "")
        .replace("<Basis>海关法</Basis>", "");
    assert_eq!(send(&customs, &without).await.field, "Basis");
    let told = send(&customs, &good.replace("o-1", "o-2")).await;
    assert_eq!(told.field, "idempotency-key");
    assert!(customs.effects().await.is_empty());
}

#[tokio::test]
async fn another_measure_is_outside_its_mandate() {
    let customs = start(Kind::Customs).await;
    let other = document("o-1", "apply").replace("L-CUS-02", "L-TAX-02");
    let told = send(&customs, &other).await;
    assert_eq!((told.status, told.error.as_str()), (422, "outside-mandate"));
    let incentive = document("o-1", "apply").replace("L-CUS-02", "I-CUS-01");
    assert_eq!(send(&customs, &incentive).await.state, "done");
}

/// What a good signature is over; tests change one thing of it.
fn good<'a>(method: &'a str, path: &'a str, body: &'a str) -> Signed<'a> {
    Signed {
        method,
        path,
        query: "?",
        body,
        created: Timestamp::now().as_second(),
        key_id: KEY_ID,
        secret: SECRET,
    }
}

async fn check_refused(customs: &Department, signed: Signed<'_>, words: &str) {
    let body = document("o-1", "apply");
    let request = customs
        .client
        .post(format!("{}/measures", customs.url))
        .header("idempotency-key", "o-1")
        .body(body);
    let answer = signed.headers(request).send().await.expect("an answer");
    let told = customs.told(answer).await;
    assert_eq!((told.status, told.error.as_str()), (401, "signature"));
    assert!(told.reason.contains(words), "{}", told.reason);
    assert!(customs.effects().await.is_empty());
    assert_eq!(customs.get("/requests").await, serde_json::json!([]));
}

#[tokio::test]
async fn a_signature_over_something_else_does_not_hold() {
    let customs = start(Kind::Customs).await;
    let body = document("o-1", "apply");
    let good = good("POST", "/measures", &body);
    let forged = "does not fit";
    check_refused(
        &customs,
        Signed {
            body: "other",
            ..good
        },
        "not that of the body",
    )
    .await;
    check_refused(
        &customs,
        Signed {
            path: "/measures/x",
            ..good
        },
        forged,
    )
    .await;
    check_refused(
        &customs,
        Signed {
            query: "?a=b",
            ..good
        },
        forged,
    )
    .await;
    check_refused(
        &customs,
        Signed {
            method: "PUT",
            ..good
        },
        forged,
    )
    .await;
    check_refused(
        &customs,
        Signed {
            secret: "other",
            ..good
        },
        forged,
    )
    .await;
    check_refused(
        &customs,
        Signed {
            key_id: "house-2",
            ..good
        },
        "names no key",
    )
    .await;
    // A minute more than the window, so that the test is not as fast as the clock.
    for created in [good.created - 360, good.created + 360] {
        check_refused(&customs, Signed { created, ..good }, "300 seconds").await;
    }
    assert_eq!(customs.step("o-1", "apply").await.state, "done");
}

/// What lies within the window is let in, and a query is part of what is signed.
#[tokio::test]
async fn age_and_query_of_a_good_signature() {
    let customs = start(Kind::Customs).await;
    customs.step("o-1", "apply").await;
    let path = "/measures/o-1";
    let question = |signed: Signed<'_>, query: &str| {
        let url = format!("{}{path}{query}", customs.url);
        signed.headers(customs.client.get(url)).send()
    };
    let good = good("GET", path, "");
    let old = Signed {
        created: good.created - 240,
        ..good
    };
    assert_eq!(question(old, "").await.expect("an answer").status(), 200);
    let asked = Signed {
        query: "?a=b%20c",
        ..good
    };
    let answer = question(asked, "?a=b%20c").await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let answer = question(asked, "?a=b%20d").await.expect("an answer");
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn each_header_of_the_signature_is_needed() {
    let customs = start(Kind::Customs).await;
    let body = document("o-1", "apply");
    for (missing, words) in [
        ("signature-input", "`signature-input` is missing"),
        ("content-digest", "`content-digest` is missing"),
        ("signature", "`signature` is missing"),
    ] {
        let request = customs.request(Method::POST, "/measures", &body);
        let mut request = request.build().expect("a request");
        request.headers_mut().remove(missing);
        let answer = customs.client.execute(request).await.expect("an answer");
        let told = customs.told(answer).await;
        assert_eq!(told.status, 401);
        assert!(told.reason.contains(words), "{}", told.reason);
    }
    // Less covered than must be: whoever changes the path would not be noticed.
    let request = customs.request(Method::POST, "/measures", &body);
    let mut request = request.build().expect("a request");
    let input = request.headers()["signature-input"].to_str().expect("text");
    let less = input.replace(r#" "@path""#, "").parse().expect("a value");
    request.headers_mut().insert("signature-input", less);
    let answer = customs.client.execute(request).await.expect("an answer");
    let told = customs.told(answer).await;
    assert!(
        told.reason.contains("does not cover &quot;@path&quot;"),
        "{}",
        told.reason
    );
}
