//! Departments beside each other: one that hangs, and one that does not.

use crate::{
    house::{Line, actor, noticed_against, plugin, repository, steps_of},
    manifest::rewritten,
    told::Lines,
    transport::yard::{BARRED, CARRIER, CARRIER_NAME, grant, make_folders, names, overload},
};
use credence_domain::{
    identifier::{Identifier, Scheme},
    step::Step,
};
use credence_store::StepRow;
use serde_json::{Value, json};
use std::{fs, future::poll_fn, task::Poll};
use tokio::sync::oneshot;

/// Calls at once that each of two departments has: half of the house's 32, less 4 that
/// are kept for feeds.
const SHARE: usize = 14;
/// Claims that may be out for a department, running and waiting, at most.
const CLAIMS: usize = 4 * SHARE;
/// More than may be claimed at once.
const ORDERS: usize = CLAIMS + 2;

/// Codes of invented organizations.
fn taxpayers() -> Vec<String> {
    let is = |scheme, code: &str| Identifier::parse(scheme, code).is_ok();
    let code = |number| {
        let body = format!("MA9{number:05}");
        let checks = "0123456789X".chars().map(|check| format!("{body}{check}"));
        let inner = checks
            .into_iter()
            .find(|code| is(Scheme::OrganizationCode, code));
        let inner = inner.unwrap();
        let checks = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
        let mut codes = checks.map(|check| format!("91350100{inner}{check}"));
        codes.find(|code| is(Scheme::Uscc, code)).unwrap()
    };
    (30_000..).take(ORDERS).map(code).collect()
}

/// The sample's first row, for each of these taxpayers.
fn feed(taxpayers: &[String]) -> Value {
    let sample = fs::read_to_string(repository("examples/feeds/tax-penalties.json")).unwrap();
    let sample: Value = serde_json::from_str(&sample).unwrap();
    let row = |(number, taxpayer): (usize, &String)| {
        let mut row = sample["rows"][0].clone();
        row["CF_XDR_MC"] = json!(format!("福州虚构第{number}有限公司"));
        row["CF_XDR_SHXYM"] = json!(taxpayer);
        row["CF_WSH"] = json!(format!("榕税稽罚〔2025〕{}号", 1_000 + number));
        for field in ["CF_XDR_GSZC", "CF_FRDB", "CF_FR_ZJLX", "CF_FR_ZJHM"] {
            row[field] = Value::Null;
        }
        row
    };
    let rows: Vec<Value> = taxpayers.iter().enumerate().map(row).collect();
    json!({ "total": rows.len(), "rows": rows })
}

fn claimed(steps: &[StepRow]) -> usize {
    let claimed = |step: &&StepRow| matches!(step.state, Step::Claimed { .. });
    steps.iter().filter(claimed).count()
}

/// The transport department beside the tax bureau, and one row of its feed.
async fn with_transport(line: &Line) {
    let dir = line.dir.path();
    make_folders(dir);
    line.house
        .install(plugin("transport"), "grant", &grant(dir), &actor())
        .await
        .unwrap();
    let file = dir.join("2026-11.csv");
    fs::write(&file, overload(CARRIER_NAME, CARRIER, "")).unwrap();
    line.house
        .ingest("transport", Some("overloads"), &file, &actor(), &|_| ())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_hangs_keeps_no_other_waiting_and_has_its_share_of_calls() {
    let (line, desk) = Line::behind_desk().await;
    // The plugin itself asks for more than the share of its department.
    let more = ("calls_in_flight = 8", "calls_in_flight = 64");
    let component = rewritten(&plugin("tax"), more.0, more.1);
    line.install_at(&desk.address, component, "").await;
    let taxpayers = taxpayers();
    let path = line.dir.path().join("penalties.json");
    fs::write(&path, feed(&taxpayers).to_string()).unwrap();
    line.house
        .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
        .await
        .unwrap();
    for taxpayer in &taxpayers {
        noticed_against(&line.house, taxpayer, ("tax", "L-TAX-02"), Vec::new()).await;
    }
    line.pass_days(1);
    with_transport(&line).await;
    noticed_against(&line.house, CARRIER, BARRED, Vec::new()).await;
    line.pass_days(7);
    desk.close();
    let (stop, stopped) = oneshot::channel::<()>();
    let house = line.house.clone();
    let flowing = tokio::spawn(async move {
        let stopped = async { _ = stopped.await };
        house.flow_until(stopped).await;
    });
    while desk.waiting() < SHARE {
        tokio::task::yield_now().await;
    }
    // The tax bureau hangs, and a day later an order of another department is due.
    line.pass_days(1);
    let pending = |step: &StepRow| matches!(step.state, Step::Pending { .. });
    while !steps_of(&line.house, "transport").await.iter().all(pending) {
        tokio::task::yield_now().await;
    }
    assert_eq!(names(&line.dir.path().join("orders-out")).len(), 1);
    // Some claims wait for a place; the other orders are not claimed at all.
    let taxed = steps_of(&line.house, "tax").await;
    assert!((SHARE..=CLAIMS).contains(&claimed(&taxed)), "{taxed:#?}");
    assert!(taxed.iter().all(|step| step.attempt <= 1), "{taxed:#?}");
    assert_eq!(desk.waiting(), SHARE);
    desk.reopen();
    let executed = |step: &StepRow| step.state == Step::Executed;
    while !steps_of(&line.house, "tax").await.iter().all(executed) {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    flowing.await.unwrap();
    assert_eq!(desk.most_waiting(), SHARE);
    assert_eq!(line.effects().await.len(), ORDERS);
    line.assert_sound().await;
}

#[tokio::test]
async fn a_fault_that_lasts_is_logged_once_and_not_in_every_round() {
    let line = Line::start().await;
    let (lines, _listening) = Lines::listen();
    line.house.store().close().await;
    // The signal is asked for in each round, so this counts them.
    let mut asked = 0;
    let stopped = poll_fn(|_| {
        asked += 1;
        match asked < 50 {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    });
    line.house.flow_until(stopped).await;
    let faults = lines.with("a step could not be moved");
    assert_eq!(faults.len(), 1, "{faults:#?}");
}
