//! A kill between intent and outcome: started again, there is one effect in the
//! department's ledger and a verified log.

use crate::binary::{Place, Running};
use serde_json::Value;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

/// Asks until the answer is there. Bounded, and no promise about speed.
#[track_caller]
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::yield_now();
    }
    panic!("{what} did not come about within a minute");
}

fn serve(place: &Place) -> Running {
    Running::start(place.command(&["serve", "--listen", "127.0.0.1:0"]))
}

fn today() -> String {
    credence_domain::time::civil_date(jiff::Timestamp::now()).to_string()
}

#[test]
fn one_effect_after_a_kill_between_intent_and_outcome() {
    let place = Place::new();
    place.ingest_sample();
    let case = place.open_case();
    // The department acts and never answers: the intent is durable, the outcome not.
    place.switch(r#"{"mode":"hang-after","times":1}"#);
    let receipt = [
        "case",
        "receipt",
        &case,
        "--kind",
        "delivered",
        "--on",
        &today(),
    ];
    let mut caller = place
        .command(&receipt)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the effect", || (place.effects().len() == 1).then_some(()));
    let step = |shown: &Value| shown["orders"][0]["steps"][0]["state"]["state"].clone();
    let shown = place.ok(&["case", "show", &case]);
    assert_eq!(step(&shown), "claimed", "{shown:#}");
    caller.kill().unwrap();
    caller.wait().unwrap();
    let server = serve(&place);
    let shown = until("the outcome", || {
        let shown = place.ok(&["case", "show", &case]);
        (step(&shown) == "executed").then_some(shown)
    });
    assert_eq!(shown["case"]["state"], "answered", "{shown:#}");
    assert_eq!(place.effects().len(), 1);
    let health = place.get(&format!("{}/health", server.address));
    assert_eq!(health["ok"], true, "{health:#}");
    drop(server);
    place.ok(&["audit", "verify"]);
}
