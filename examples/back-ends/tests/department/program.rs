//! The program `department` itself: it says where it listens, and what it has
//! done outlives it. Absent: what its routes do, which `tax` checks.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

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

fn start(data: &Path, ready: &Path) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_department"))
        .args(["tax", "--data"])
        .arg(data)
        .arg("--ready-file")
        .arg(ready)
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
        let running = start(&data, &ready);
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
