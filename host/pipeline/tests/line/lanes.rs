//! Departments beside each other: one that hangs, and one that does not.

use crate::{
    house::{Line, actor, noticed_against, plugin, steps_of, tax_component},
    told::Lines,
    transport::yard::{BARRED, CARRIER, CARRIER_NAME, grant, make_folders, names, overload},
};
use credence_domain::step::Step;
use credence_store::StepRow;
use jiff::SignedDuration;
use std::{fs, future::poll_fn, task::Poll};
use tokio::sync::oneshot;

/// Taxpayers of the sample feed.
const TAXPAYERS: [&str; 3] = [
    "91350100MA900010XU",
    "92350500MA9A001174",
    "91350100MA9000134H",
];

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
    let one_call =
        "[limits]\nmemory_mib = 64\ntime_ms = 5000\noutput_kib = 1024\ncalls_in_flight = 1\n";
    line.install_at(&desk.address, tax_component(), one_call)
        .await;
    line.ingest().await;
    for taxpayer in TAXPAYERS {
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
    while desk.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    // The tax bureau hangs, and a day later an order of another department is due.
    line.pass_days(1);
    let pending = |step: &StepRow| matches!(step.state, Step::Pending { .. });
    while !steps_of(&line.house, "transport").await.iter().all(pending) {
        tokio::task::yield_now().await;
    }
    assert_eq!(names(&line.dir.path().join("orders-out")).len(), 1);
    // One call is out, one claim waits for its place, and nothing more is claimed.
    let taxed = steps_of(&line.house, "tax").await;
    let calls: u32 = taxed.iter().map(|step| step.attempt).sum();
    assert_eq!((claimed(&taxed), calls), (2, 2), "{taxed:#?}");
    assert_eq!(desk.waiting(), 1);
    desk.reopen();
    let executed = |step: &StepRow| step.state == Step::Executed;
    while !steps_of(&line.house, "tax").await.iter().all(executed) {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    flowing.await.unwrap();
    assert_eq!(desk.most_waiting(), 1);
    assert_eq!(line.effects().await.len(), TAXPAYERS.len());
    line.pass(SignedDuration::from_secs(1));
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
