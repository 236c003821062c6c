//! The program `department` itself: it says where it listens, and what it has
//! done outlives it. Absent: what its routes do, which the departments' own tests
//! check.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use encoding_rs::GB18030;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{KEY_ID, SECRET, Signed};

struct Running {
    child: Child,
    url: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and that is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start<A: AsRef<OsStr>>(arguments: &[A]) -> Running {
    start_with(arguments, Stdio::null())
}

fn start_with<A: AsRef<OsStr>>(arguments: &[A], input: Stdio) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_department"))
        .args(arguments)
        .stdin(input)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let url = line
        .trim_end()
        .strip_prefix("listening on ")
        .expect("an address")
        .to_owned();
    Running { child, url }
}

#[tokio::test]
async fn what_was_done_outlives_the_process() {
    let place = TempDir::new().expect("a directory");
    let (data, ready) = (place.path().join("tax"), place.path().join("ready"));
    let client = crate::client();
    let order = json!({
        "key": "o-1", "order_key": "o-1", "verb": "apply", "measure": "L-TAX-02",
        "subject": { "identifiers": [{ "scheme": "uscc", "value": "91350100MA900010XU" }] },
        "decision": { "authority": { "name": "某税务局" }, "decided_on": "2026-01-05" },
        "basis": [{ "text": "税务总局令第54号第六条" }],
        "starts_on": "2026-02-01", "ends_on": "2029-01-31", "effective_on": "2026-02-01",
    });
    let mut ledgers: Vec<Value> = Vec::new();
    for _ in 0..2 {
        let running = start(&[
            OsStr::new("tax"),
            OsStr::new("--data"),
            data.as_ref(),
            OsStr::new("--ready-file"),
            ready.as_ref(),
        ]);
        let url = &running.url;
        assert_eq!(
            &std::fs::read_to_string(&ready).expect("the ready file"),
            url
        );
        let answer = client
            .post(format!("{url}/measures"))
            .json(&order)
            .send()
            .await;
        assert_eq!(answer.expect("an answer").status(), 200);
        let ledger = client
            .get(format!("{url}/ledger"))
            .send()
            .await
            .expect("an answer");
        ledgers.push(ledger.json().await.expect("JSON"));
    }
    assert_eq!(ledgers[0].as_array().map(Vec::len), Some(1));
    assert_eq!(ledgers[0], ledgers[1]);
}

async fn ledger_of(url: &str) -> Vec<Value> {
    let request = crate::client().get(format!("{url}/ledger")).send();
    let ledger = request.await.expect("an answer").json().await;
    ledger.expect("JSON")
}

#[tokio::test]
async fn customs_takes_its_key_from_a_file() {
    let place = TempDir::new().expect("a directory");
    let key = place.path().join("key");
    std::fs::write(&key, format!("{SECRET}\n")).expect("a file");
    let running = start(&[
        OsStr::new("customs"),
        OsStr::new("--data"),
        place.path().join("customs").as_ref(),
        OsStr::new("--key-id"),
        OsStr::new(KEY_ID),
        OsStr::new("--key-file"),
        key.as_ref(),
    ]);
    let body = crate::customs::document("o-1", "apply");
    let request = || {
        crate::client()
            .post(format!("{}/measures", running.url))
            .header("idempotency-key", "o-1")
            .body(body.clone())
    };
    let answer = request().send().await.expect("an answer");
    assert_eq!(answer.status(), 401);
    let signed = Signed {
        method: "POST",
        path: "/measures",
        query: "?",
        body: &body,
        created: Timestamp::now().as_second(),
        key_id: KEY_ID,
        secret: SECRET,
    };
    let answer = signed.headers(request()).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(ledger_of(&running.url).await.len(), 1);
}

#[tokio::test]
async fn transport_looks_at_its_inbox_by_itself() {
    let place = TempDir::new().expect("a directory");
    let path = |name: &str| place.path().join(name).into_os_string();
    let arguments = [
        "transport".into(),
        "--data".into(),
        path("data"),
        "--inbox".into(),
        path("in"),
        "--outbox".into(),
        path("out"),
        "--every-ms".into(),
        "1".into(),
    ];
    let running = start(&arguments);
    let order = crate::folders::sheet("o-1", "执行");
    let (bytes, _, _) = GB18030.encode(&order);
    let inbox = place.path().join("in");
    std::fs::write(inbox.join(".order"), &bytes).expect("a file");
    std::fs::rename(inbox.join(".order"), inbox.join("order-o-1.csv")).expect("a rename");
    let acknowledgement = place.path().join("out/ack-000001.csv");
    while !acknowledgement.exists() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ledger_of(&running.url).await.len(), 1);
    drop(running);
    let running = start(&arguments);
    assert_eq!(ledger_of(&running.url).await.len(), 1);
}

#[tokio::test]
async fn transport_looks_when_asked_and_ends_with_its_input() {
    let place = TempDir::new().expect("a directory");
    let path = |name: &str| place.path().join(name).into_os_string();
    let arguments = ["transport", "--every-ms", "0", "--ends-with-input"].map(Into::into);
    let folders = [("--data", "data"), ("--inbox", "in"), ("--outbox", "out")];
    let folders = folders.map(|(option, name)| [option.into(), path(name)]);
    let arguments = [&arguments[..], &folders.concat()].concat();
    let mut running = start_with(&arguments, Stdio::piped());
    let order = crate::folders::sheet("o-1", "执行");
    let (bytes, _, _) = GB18030.encode(&order);
    std::fs::write(place.path().join("in/order-o-1.csv"), &bytes).expect("a file");
    // Many ask at once, and each is answered when it has looked.
    let look = || crate::client().post(format!("{}/look", running.url)).send();
    for answer in [look(), look(), look()] {
        assert_eq!(answer.await.expect("an answer").status(), 204);
    }
    assert!(place.path().join("out/ack-000001.csv").exists());
    assert_eq!(ledger_of(&running.url).await.len(), 1);
    drop(running.child.stdin.take());
    assert!(running.child.wait().expect("its end").success());
}

#[tokio::test]
async fn housing_acts_after_its_delay() {
    let place = TempDir::new().expect("a directory");
    let data = place.path().join("housing");
    for (delay, key) in [("3600000", "o-1"), ("0", "s-1")] {
        let running = start(&[
            OsStr::new("housing"),
            OsStr::new("--data"),
            data.as_ref(),
            OsStr::new("--delay-ms"),
            OsStr::new(delay),
        ]);
        let verb = if key == "o-1" { "apply" } else { "lift" };
        let answer = crate::client()
            .post(format!("{}/measures", running.url))
            .header("idempotency-key", key)
            .body(crate::housing::form(key, verb))
            .send()
            .await;
        assert_eq!(answer.expect("an answer").status(), 202);
        // The one is not due, the other finds nothing to lift: no effect of either.
        assert!(ledger_of(&running.url).await.is_empty());
        let receipt = crate::client().get(format!("{}/receipts/{key}", running.url));
        let text = receipt.send().await.expect("an answer").text().await;
        let state = if key == "o-1" {
            "state=waiting"
        } else {
            "state=done"
        };
        assert!(text.expect("text").contains(state));
    }
}

#[test]
fn help_has_examples() {
    for department in ["tax", "customs", "transport", "housing"] {
        let output = Command::new(env!("CARGO_BIN_EXE_department"))
            .args([department, "--help"])
            .output()
            .expect("the program");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(text.contains("Examples:") && text.contains(&format!("department {department}")));
    }
}
