//! A department's system: a server in this process, with a ledger of what came.
//!
//! Comes in: requests over loopback, whose first segment of the path says how
//! to answer. Goes out: that answer, and what was seen.
//!
//! | path | answer |
//! |---|---|
//! | `/echo/…` | the body as it came, the `authorization` as header `x-echo` |
//! | `/slow/MS/…` | the same, after so many milliseconds |
//! | `/full/…`, `/huge/…` | 1 MiB; 1 MiB and 1 byte |
//! | `/redirect/…` | 302 to `/echo/redirected` |
//! | `/person/…` | [`PERSON`] in the body and in the header `x-person` |
//! | `/json/…` | JSON in which [`PERSON`] stands bare, in words and in escapes |
//! | `/escaped/…` | JSON in which the `authorization` stands in escapes |
//! | `/forms/…` | each form of [`NUMBERS`] in the body, and the second in the header `x-person` |
//! | `/nul/…` | U+0000 in the body |
//! | `/measures` | what the tax plugin expects of a step that was done |
//!
//! Deliberately absent: keys and effects; `examples/back-ends` has them.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, header::CONTENT_TYPE, header::LOCATION},
    response::{IntoResponse, Response},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{io::AsyncReadExt as _, net::TcpListener, sync::watch, task::JoinHandle};

/// An invented identity number: its check character is wrong, so it is no one's.
pub(crate) const PERSON: &str = "350102199001011230";

/// The forms in which numbers of invented persons are written, each with its normal
/// form.
pub(crate) const NUMBERS: [(&str, &str); 6] = [
    ("３５０１０２１９９００１０１１２４Ｘ", "35010219900101124X"),
    ("350102 19900101 1259", "350102199001011259"),
    ("350102-1990-0101-1267", "350102199001011267"),
    ("3 5 0 1 0 2 1 9 9 0 0 1 0 1 1 2 7 5", "350102199001011275"),
    ("350102900101128", "350102900101128"),
    ("法人35010219900101129x，男", "35010219900101129X"),
];

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    /// With its question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct Ledger {
    seen: Mutex<Vec<Seen>>,
    arrived: watch::Sender<usize>,
    inside: Mutex<Inside>,
}

/// Requests being answered.
#[derive(Default)]
struct Inside {
    now: usize,
    most: usize,
}

/// The server. Gone with the runtime, or with [`Department::stop`].
pub(crate) struct Department {
    pub(crate) address: SocketAddr,
    ledger: Arc<Ledger>,
    serving: JoinHandle<()>,
}

impl Department {
    pub(crate) async fn open() -> Self {
        let listener = listen().await;
        let address = address(&listener);
        let ledger = Arc::new(Ledger::default());
        let router = Router::new().fallback(answer).with_state(ledger.clone());
        let serving = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("the department serves");
        });
        Self {
            address,
            ledger,
            serving,
        }
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        locked(&self.ledger.seen).clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn arrived(&self, requests: usize) {
        let mut count = self.ledger.arrived.subscribe();
        let enough = count.wait_for(|count| *count >= requests).await;
        enough.expect("the ledger outlives the wait");
    }

    /// The most requests that were inside at the same time.
    pub(crate) fn most_inside(&self) -> usize {
        locked(&self.ledger.inside).most
    }

    /// A counter that the journal port can look at.
    pub(crate) fn counter(&self) -> watch::Receiver<usize> {
        self.ledger.arrived.subscribe()
    }

    /// Closes the door: a later request finds no one.
    pub(crate) async fn stop(&self) {
        self.serving.abort();
        while !self.serving.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

/// An address where every connection is cut once something came.
pub(crate) async fn cutting() -> SocketAddr {
    let listener = listen().await;
    let address = address(&listener);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 16];
            // What came does not matter, only that something did.
            let _ = stream.read(&mut some).await;
        }
    });
    address
}

/// An address where no one listens.
pub(crate) async fn nowhere() -> SocketAddr {
    address(&listen().await)
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port")
}

fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("a listener has an address")
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(ledger): State<Arc<Ledger>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20)
        .await
        .expect("the host bounds its requests");
    let body = String::from_utf8_lossy(&body).into_owned();
    let path = parts.uri.path().to_owned();
    let authorization = told(&parts.headers);
    let query = parts.uri.query().map_or(String::new(), |q| format!("?{q}"));
    locked(&ledger.seen).push(Seen {
        method: parts.method.to_string(),
        path: path.clone(),
        query,
        headers: parts.headers.clone(),
        authorization: authorization.clone(),
        body: body.clone(),
    });
    ledger.arrived.send_modify(|count| *count += 1);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["slow", ms, ..] => {
            enter(&ledger);
            tokio::time::sleep(Duration::from_millis(ms.parse().expect("milliseconds"))).await;
            locked(&ledger.inside).now -= 1;
            body.into_response()
        }
        ["full", ..] => "f".repeat(1 << 20).into_response(),
        ["huge", ..] => "h".repeat((1 << 20) + 1).into_response(),
        ["redirect", ..] => (StatusCode::FOUND, [(LOCATION, "/echo/redirected")]).into_response(),
        ["person", ..] => {
            let told = format!("法人{PERSON}，女");
            ([("x-person", PERSON)], told).into_response()
        }
        ["json", ..] => json().into_response(),
        ["escaped", ..] => format!("{{\"x\":\"{}\"}}", escaped(&authorization)).into_response(),
        ["forms", ..] => forms().into_response(),
        ["nul", ..] => "a\0b".into_response(),
        ["measures"] => done(&body).into_response(),
        _ => (
            [("x-echo", authorization.clone())],
            format!("{authorization}|{body}"),
        )
            .into_response(),
    }
}

fn json() -> impl IntoResponse {
    let escaped = escaped(PERSON);
    let text = format!("{{\"id\": {PERSON},\"words\":\"法人 {PERSON}\",\"x\":\"{escaped}\"}}");
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], text)
}

fn escaped(text: &str) -> String {
    text.bytes().map(|b| format!("\\u{b:04x}")).collect()
}

fn forms() -> impl IntoResponse {
    let written: Vec<&str> = NUMBERS.iter().map(|(written, _)| *written).collect();
    // A header has no full-width characters, but any of the others.
    ([("x-person", written[1])], written.join(","))
}

fn enter(ledger: &Ledger) {
    let mut inside = locked(&ledger.inside);
    inside.now += 1;
    inside.most = inside.most.max(inside.now);
}

fn told(headers: &HeaderMap) -> String {
    let value = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The answer of a tax department that has done the step.
fn done(body: &str) -> String {
    let step: serde_json::Value = serde_json::from_str(body).expect("the tax plugin sends JSON");
    serde_json::json!({
        "key": step["key"],
        "state": "done",
        "reference": "TAX-2026-0001",
        "at": "2026-11-23T09:31:00+08:00",
    })
    .to_string()
}
