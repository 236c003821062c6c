//! Housing: its form, its receipts, its token. Absent: misbehaviour.

use form_urlencoded::Serializer;
use reqwest::Method;

use crate::http::{Kind, start};

/// A good form.
pub(crate) fn form(key: &str, verb: &str) -> String {
    Serializer::new(String::new())
        .extend_pairs([
            ("key", key),
            ("order_key", "o-1"),
            ("verb", verb),
            ("measure", "S-HOU-03"),
            ("title", "拖欠农民工工资失信联合惩戒"),
            ("name", "虚构建筑有限公司"),
            ("uscc", "91350100MA900010XU"),
            ("authority", "某人力资源和社会保障局"),
            ("decided_on", "2026-01-05"),
            ("basis", "《保障农民工工资支付条例》第四十八条"),
            ("basis", "人社部令第45号"),
            ("starts_on", "2026-02-01"),
            ("ends_on", "2029-01-31"),
            ("effective_on", "2026-02-01"),
            ("parameter", "AMOUNT=12300.50"),
            ("note", ""),
        ])
        .finish()
}

#[tokio::test]
async fn a_receipt_first_and_the_state_when_asked() {
    let housing = start(Kind::Housing).await;
    let answer = housing.post("o-1", "apply").await.expect("an answer");
    assert_eq!(answer.status(), 202);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(
        answer.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    let text = answer.text().await.expect("text");
    assert_eq!(text, "receipt=HC-000001&key=o-1&state=waiting");
    let answer = housing
        .request(Method::GET, "/receipts/o-1", "")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.expect("text");
    let done = "receipt=HC-000001&key=o-1&state=done&reference=R-000001&at=20";
    assert!(text.starts_with(done), "{text}");
    assert!(text.ends_with("%2B08%3A00"), "{text}");
    let again = housing.post("o-1", "apply").await.expect("an answer");
    assert_eq!(again.status(), 202);
    assert!(again.text().await.expect("text").starts_with(done));
    let ledger = housing.get("/ledger").await;
    assert_eq!(ledger[0]["subject"]["name"], "虚构建筑有限公司");
    assert_eq!(ledger[0]["measure"], "S-HOU-03");
}

#[tokio::test]
async fn faults_name_their_field() {
    let housing = start(Kind::Housing).await;
    let good = form("o-1", "apply");
    for (from, to, field) in [
        ("key=o-1&", "key=a+b&", "key"),
        ("order_key=o-1", "order_key=", "order_key"),
        ("verb=apply", "verb=delete", "verb"),
        ("S-HOU-03", "", "measure"),
        ("91350100MA900010XU", "", "uscc"),
        ("authority=", "authority=&note=", "authority"),
        ("decided_on=2026-01-05", "decided_on=x", "decided_on"),
        ("basis=", "parameter=", "basis"),
        ("starts_on=2026-02-01", "starts_on=2026-02-30", "starts_on"),
        ("ends_on=2029", "ends_on=2025", "ends_on"),
        ("effective_on=2026-02-01", "effective_on=1", "effective_on"),
        ("verb=apply", "verb=apply&verb=lift", "verb"),
        ("verb=apply", "verb=apply&colour=red", "colour"),
        ("title=", "title=%FF", "title"),
    ] {
        let body = good.replace("&note=", "").replace(from, to);
        let request = housing.request(Method::POST, "/measures", &body);
        let answer = request.header("idempotency-key", "o-1").send().await;
        let told = housing.told(answer.expect("an answer")).await;
        assert_eq!(
            (told.status, told.error.as_str(), told.field.as_str()),
            (400, "invalid", field),
            "{from} → {to}"
        );
    }
    let request = housing.request(Method::POST, "/measures", &good);
    let told = housing.told(request.send().await.expect("an answer")).await;
    assert_eq!(told.field, "idempotency-key");
    assert!(housing.effects().await.is_empty());
}

#[tokio::test]
async fn a_person_is_a_subject_too() {
    let housing = start(Kind::Housing).await;
    // Reserved: no person has the region 350000 and a birthday in 1900.
    let body = form("o-1", "apply").replace("uscc=91350100MA900010XU", "person=350000190001010017");
    let request = housing.request(Method::POST, "/measures", &body);
    let answer = request.header("idempotency-key", "o-1").send().await;
    assert_eq!(answer.expect("an answer").status(), 202);
    let ledger = housing.get("/ledger").await;
    let identifier = &ledger[0]["subject"]["identifiers"][0];
    assert_eq!(identifier["scheme"], "person");
    assert_eq!(identifier["value"], "350000190001010017");
}

#[tokio::test]
async fn without_the_token_nobody_is_let_in() {
    let housing = start(Kind::Housing).await;
    let url = &housing.url;
    for request in [
        housing
            .client
            .post(format!("{url}/measures"))
            .body(form("o-1", "apply")),
        housing
            .client
            .get(format!("{url}/receipts/o-1"))
            .bearer_auth("other"),
    ] {
        let told = housing.told(request.send().await.expect("an answer")).await;
        assert_eq!((told.status, told.error.as_str()), (401, "not-let-in"));
    }
    assert_eq!(housing.get("/requests").await, serde_json::json!([]));
}
