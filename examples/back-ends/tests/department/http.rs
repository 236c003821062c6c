//! The three departments that speak HTTP, each in its own words, told in one way.
//!
//! In come keys and verbs; out goes what the department answered. Absent: what is
//! expected of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use department_back_ends::ledger::Ledger;
use department_back_ends::signature::Key;
use department_back_ends::{customs, housing, line, tax};
use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "t0ken";
pub(crate) const KEY_ID: &str = "house-1";
pub(crate) const SECRET: &str = "customs-and-house-only";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tax,
    Customs,
    Housing,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Tax, Kind::Customs, Kind::Housing];

/// What a department answered; "" where it said nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) key: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) reference: String,
    pub(crate) at: String,
    pub(crate) error: String,
    pub(crate) field: String,
}

pub(crate) struct Department {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) client: Client,
    _data: TempDir,
}

pub(crate) async fn start(kind: Kind) -> Department {
    let data = TempDir::new().expect("a directory");
    let ledger = Ledger::open(&data.path().join("department.sqlite"))
        .await
        .expect("a ledger");
    let router = match kind {
        Kind::Tax => tax::router(ledger, Some(TOKEN.into())),
        Kind::Customs => customs::router(ledger, Some(Key::new(KEY_ID, SECRET.as_bytes()))),
        Kind::Housing => housing::router(ledger, Some(TOKEN.into()), 0),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(line::serve(listener, router));
    Department {
        kind,
        url,
        client: crate::client(),
        _data: data,
    }
}

impl Department {
    /// A good body for a step of the order `o-1`.
    pub(crate) fn body(&self, key: &str, verb: &str) -> String {
        match self.kind {
            Kind::Tax => json!({
                "key": key, "verb": verb, "order_key": "o-1", "measure": "L-TAX-02",
                "subject": { "identifiers": [{ "scheme": "uscc", "value": "91350100MA900010XU" }] },
                "decision": { "authority": { "name": "某税务局" }, "decided_on": "2026-01-05" },
                "basis": [{ "text": "税务总局令第54号第六条" }],
                "starts_on": "2026-02-01", "ends_on": "2029-01-31", "effective_on": "2026-02-01",
            })
            .to_string(),
            Kind::Customs => crate::customs::document(key, verb),
            Kind::Housing => crate::housing::form(key, verb),
        }
    }

    /// A request with the credentials that this department wants, and no key.
    pub(crate) fn request(&self, method: Method, path: &str, body: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method.clone(), format!("{}{path}", self.url))
            .body(body.to_owned());
        match self.kind {
            Kind::Tax | Kind::Housing => request.bearer_auth(TOKEN),
            Kind::Customs => sign(request, method.as_str(), path, body),
        }
    }

    pub(crate) async fn post(&self, key: &str, verb: &str) -> reqwest::Result<Response> {
        let body = self.body(key, verb);
        let request = self.request(Method::POST, "/measures", &body);
        request.header("idempotency-key", key).send().await
    }

    pub(crate) async fn step(&self, key: &str, verb: &str) -> Told {
        let answer = self.post(key, verb).await.expect("an answer");
        self.told(answer).await
    }

    pub(crate) async fn question(&self, key: &str) -> Told {
        let path = match self.kind {
            Kind::Tax | Kind::Customs => format!("/measures/{key}"),
            Kind::Housing => format!("/receipts/{key}"),
        };
        let answer = self.request(Method::GET, &path, "").send().await;
        self.told(answer.expect("an answer")).await
    }

    pub(crate) async fn told(&self, answer: Response) -> Told {
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        let get = |name: &str| self.field(&text, name);
        Told {
            status,
            key: get("key"),
            state: get("state"),
            reason: get("reason"),
            reference: get("reference"),
            at: get("at"),
            error: get("error"),
            field: get("field"),
        }
    }

    /// One field of an answer; "" where it is absent.
    fn field(&self, text: &str, name: &str) -> String {
        match self.kind {
            Kind::Tax => {
                let body: Value = serde_json::from_str(text).expect("JSON");
                body[name].as_str().unwrap_or_default().to_owned()
            }
            Kind::Customs => {
                let name = if name == "error" { "code" } else { name };
                let (first, rest) = name.split_at(1);
                let name = first.to_uppercase() + rest;
                text.split_once(&format!("<{name}>"))
                    .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
                    .map_or_else(String::new, |(value, _)| value.to_owned())
            }
            Kind::Housing => form_urlencoded::parse(text.as_bytes())
                .find(|(found, _)| found == name)
                .map_or_else(String::new, |(_, value)| value.into_owned()),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    /// Keys of the effects, in order.
    pub(crate) async fn effects(&self) -> Vec<String> {
        let ledger = self.get("/ledger").await;
        let effects = ledger.as_array().expect("a list").iter();
        effects
            .map(|effect| effect["key"].as_str().expect("a key").to_owned())
            .collect()
    }

    pub(crate) async fn switch(&self, setting: Value) {
        let request = self.client.post(format!("{}/switch", self.url));
        let answer = request.json(&setting).send().await.expect("an answer");
        assert_eq!(answer.status(), 204, "{setting}");
    }
}

/// Signs as the house does, from the text of the RFC and not from the department.
fn sign(request: RequestBuilder, method: &str, path: &str, body: &str) -> RequestBuilder {
    let created = Timestamp::now().as_second();
    Signed {
        method,
        path,
        query: "?",
        body,
        created,
        key_id: KEY_ID,
        secret: SECRET,
    }
    .headers(request)
}

/// What goes into a signature; tests tamper with one of them.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a str,
    pub(crate) created: i64,
    pub(crate) key_id: &'a str,
    pub(crate) secret: &'a str,
}

impl Signed<'_> {
    pub(crate) fn headers(&self, request: RequestBuilder) -> RequestBuilder {
        let digest = format!("sha-256=:{}:", BASE64.encode(Sha256::digest(self.body)));
        let input = format!(
            r#"("@method" "@path" "@query" "content-digest");created={};keyid="{}";alg="hmac-sha256""#,
            self.created, self.key_id
        );
        let base = format!(
            "\"@method\": {}\n\"@path\": {}\n\"@query\": {}\n\"content-digest\": {digest}\n\
             \"@signature-params\": {input}",
            self.method, self.path, self.query
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key");
        mac.update(base.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        request
            .header("content-digest", digest)
            .header("signature-input", format!("sig1={input}"))
            .header("signature", format!("sig1=:{signature}:"))
    }
}
