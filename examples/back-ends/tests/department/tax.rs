//! The tax department: keys, verbs, faults of the body. Absent: misbehaviour, and
//! the program around it, which `program` starts.

use department_back_ends::ledger::Ledger;
use department_back_ends::{line, tax};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

struct Department {
    url: String,
    client: Client,
    _data: TempDir,
}

async fn start() -> Department {
    let data = TempDir::new().expect("a directory");
    let ledger = Ledger::open(&data.path().join("tax.sqlite"))
        .await
        .expect("a ledger");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(line::serve(
        listener,
        tax::router(ledger, Some("t0ken".into())),
    ));
    let client = crate::client();
    Department {
        url,
        client,
        _data: data,
    }
}

/// A good body; `later` steps of the order `o-1` have keys of their own.
fn body(key: &str, verb: &str) -> Value {
    json!({
        "key": key,
        "verb": verb,
        "order_key": "o-1",
        "measure": "L-TAX-02",
        "subject": {
            "name": "虚构贸易有限公司",
            "identifiers": [{ "scheme": "uscc", "value": "91350100MA900010XU" }],
        },
        "decision": { "authority": { "name": "某税务局", "uscc": null }, "decided_on": "2026-01-05" },
        "basis": [{ "code": null, "text": "税务总局令第54号第六条" }],
        "starts_on": "2026-02-01",
        "ends_on": "2029-01-31",
        "effective_on": "2026-02-01",
    })
}

impl Department {
    async fn post(&self, body: &Value) -> reqwest::Result<Response> {
        self.client
            .post(format!("{}/measures", self.url))
            .bearer_auth("t0ken")
            .json(body)
            .send()
            .await
    }

    /// Status and body.
    async fn step(&self, body: &Value) -> (StatusCode, Value) {
        read(self.post(body).await.expect("an answer")).await
    }

    async fn question(&self, key: &str) -> (StatusCode, Value) {
        let request = self.client.get(format!("{}/measures/{key}", self.url));
        read(
            request
                .bearer_auth("t0ken")
                .send()
                .await
                .expect("an answer"),
        )
        .await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await;
        read(answer.expect("an answer")).await.1
    }

    async fn effects(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let ledger = self.get("/ledger").await;
        let effects = ledger.as_array().expect("a list").iter();
        effects
            .map(|e| (text(&e["key"]), text(&e["verb"])))
            .collect()
    }
}

async fn read(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    (status, answer.json().await.expect("JSON"))
}

fn effect(key: &str, verb: &str) -> (String, String) {
    (key.to_owned(), verb.to_owned())
}

#[tokio::test]
async fn one_key_has_one_effect_and_one_feedback() {
    let tax = start().await;
    let first = tax.step(&body("o-1", "apply")).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_eq!(first.1["key"], "o-1");
    assert_eq!(first.1["state"], "done");
    assert_eq!(first.1["reference"], "R-000001");
    assert_eq!(tax.step(&body("o-1", "apply")).await, first);
    assert_eq!(tax.question("o-1").await, first);
    assert_eq!(tax.effects().await, [effect("o-1", "apply")]);
    let ledger = tax.get("/ledger").await;
    assert_eq!(ledger[0]["seq"], 1);
    assert_eq!(ledger[0]["measure"], "L-TAX-02");
    assert_eq!(ledger[0]["reference"], "R-000001");
    assert_eq!(
        ledger[0]["subject"]["identifiers"][0]["value"],
        "91350100MA900010XU"
    );
    assert_eq!(
        tax.get("/requests").await,
        json!([{ "key": "o-1", "posts": 2, "queries": 1 }])
    );
}

#[tokio::test]
async fn many_at_once_with_one_key_have_one_effect() {
    let tax = start().await;
    let order = body("o-1", "apply");
    let answers = tokio::join!(tax.step(&order), tax.step(&order), tax.step(&order));
    assert_eq!(answers.0, answers.1);
    assert_eq!(answers.1, answers.2);
    assert_eq!(tax.effects().await.len(), 1);
}

#[tokio::test]
async fn a_life_of_an_order() {
    let tax = start().await;
    for (key, verb, state) in [
        ("s-0", "suspend", "not-applicable"),
        ("o-1", "apply", "done"),
        ("s-1", "suspend", "done"),
        ("s-2", "suspend", "done"),
        ("r-1", "resume", "done"),
        ("r-2", "resume", "done"),
        ("l-1", "lift", "done"),
        ("l-2", "lift", "done"),
        ("r-3", "resume", "not-applicable"),
    ] {
        let (status, told) = tax.step(&body(key, verb)).await;
        assert_eq!(
            (status, &told["state"]),
            (StatusCode::OK, &json!(state)),
            "{key}"
        );
    }
    assert_eq!(
        tax.effects().await,
        [
            effect("o-1", "apply"),
            effect("s-1", "suspend"),
            effect("r-1", "resume"),
            effect("l-1", "lift"),
        ]
    );
}

#[tokio::test]
async fn an_apply_that_comes_after_its_lift_does_nothing() {
    let tax = start().await;
    assert_eq!(tax.step(&body("l-1", "lift")).await.1["state"], "done");
    assert_eq!(tax.step(&body("o-1", "apply")).await.1["state"], "refused");
    assert!(tax.effects().await.is_empty());
}

#[tokio::test]
async fn faults_name_their_field() {
    let tax = start().await;
    for (pointer, value, field) in [
        ("/key", json!("a b"), "key"),
        ("/key", json!("o-2"), "key"),
        ("/order_key", json!(null), "order_key"),
        ("/verb", json!("delete"), "verb"),
        ("/measure", json!(""), "measure"),
        ("/starts_on", json!("2026-02-30"), "starts_on"),
        ("/ends_on", json!("2025-01-01"), "ends_on"),
        ("/effective_on", json!(20260201), "effective_on"),
        ("/subject/identifiers", json!([]), "subject.identifiers"),
        (
            "/subject/identifiers/0/value",
            json!(1),
            "subject.identifiers[0].value",
        ),
        (
            "/decision/authority/name",
            json!(null),
            "decision.authority.name",
        ),
        ("/decision/decided_on", json!("x"), "decision.decided_on"),
        ("/basis", json!([]), "basis"),
        ("/basis/0/text", json!(null), "basis[0].text"),
    ] {
        let mut order = body("o-1", "apply");
        *order.pointer_mut(pointer).expect("a field") = value;
        let (status, told) = tax.step(&order).await;
        assert_eq!(
            (status, &told["field"]),
            (StatusCode::BAD_REQUEST, &json!(field)),
            "{pointer}"
        );
    }
    let request = tax
        .client
        .post(format!("{}/measures", tax.url))
        .bearer_auth("t0ken");
    let (status, told) = read(request.body("{").send().await.expect("an answer")).await;
    assert_eq!(
        (status, &told["field"]),
        (StatusCode::BAD_REQUEST, &json!("(body)"))
    );
    let request = tax
        .client
        .post(format!("{}/measures", tax.url))
        .bearer_auth("t0ken");
    let request = request
        .header("idempotency-key", "o-9")
        .json(&body("o-1", "apply"));
    let (status, told) = read(request.send().await.expect("an answer")).await;
    assert_eq!(
        (status, &told["field"]),
        (StatusCode::BAD_REQUEST, &json!("idempotency-key"))
    );
    assert!(tax.effects().await.is_empty());
}

#[tokio::test]
async fn what_it_will_not_do() {
    let tax = start().await;
    let mut order = body("o-1", "apply");
    order["measure"] = json!("S-TRN-01");
    let (status, told) = tax.step(&order).await;
    assert_eq!(
        (status, &told["error"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("outside-mandate"))
    );

    tax.step(&body("o-1", "apply")).await;
    let mut other = body("o-1", "apply");
    other["subject"]["identifiers"][0]["value"] = json!("91350100MA90002145");
    let (status, told) = tax.step(&other).await;
    assert_eq!(
        (status, &told["error"]),
        (StatusCode::CONFLICT, &json!("key-reused"))
    );

    let (status, told) = tax.question("o-2").await;
    assert_eq!(
        (status, &told["error"]),
        (StatusCode::NOT_FOUND, &json!("unknown-key"))
    );
    assert_eq!(tax.effects().await.len(), 1);
}

#[tokio::test]
async fn without_the_token_nobody_is_let_in() {
    let tax = start().await;
    let url = format!("{}/measures", tax.url);
    for request in [
        tax.client.post(&url).json(&body("o-1", "apply")),
        tax.client
            .post(&url)
            .bearer_auth("other")
            .json(&body("o-1", "apply")),
        tax.client.get(format!("{url}/o-1")),
    ] {
        let status = request.send().await.expect("an answer").status();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert!(tax.effects().await.is_empty());
    assert_eq!(tax.get("/requests").await, json!([]));
}
