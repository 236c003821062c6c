//! `serve`: what is due is carried out as it falls due, deliveries are taken in,
//! and requests of this machine are answered.
//!
//! Comes in: signals, requests from this machine. Goes out: one line that says
//! where it listens, effects, answers. Always holds: a round that fails is logged
//! and the next one comes; steps go out beside the rounds, as they fall due; at a
//! signal the running round and the calls under way are finished, the log sealed and
//! running requests answered; a second signal ends at once.
//!
//! A crash at any point leaves what a killed process leaves: the next start is
//! the same round as ever.

use super::Desk;
use crate::args::ServeArgs;
use anyhow::{Context as _, bail};
use credence_api::{Loopback, Server};
use credence_pipeline::{Actor, House};
use serde::Serialize;
use std::{process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

/// From the beginning of one round to that of the next, in a quiet house.
const ROUND: Duration = Duration::from_millis(200);
/// The same for taking deliveries in: two looks at a folder are so far apart.
const INTAKE_ROUND: Duration = Duration::from_secs(1);
/// How long running requests may take once the end has come.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Listening {
    listening: String,
}

pub(super) async fn run(args: ServeArgs, desk: &Desk) -> anyhow::Result<ExitCode> {
    house(desk.house_or_new().await?, args.listen, desk).await
}

/// Serves an open house until a signal ends it.
pub(crate) async fn house(
    house: Arc<House>,
    listen: Loopback,
    desk: &Desk,
) -> anyhow::Result<ExitCode> {
    let server = Server::bind(listen).await?;
    let mut signals = Signals::new()?;
    let url = server.url();
    let (stop, stopped) = watch::channel(false);
    let reader = Actor {
        name: desk.actor.name.clone(),
        role: "api".to_owned(),
    };
    let answering = server.serve(house.clone(), reader, until(stopped.clone()));
    let mut answering = tokio::spawn(answering);
    let taking_in = tokio::spawn(take_in(house.clone(), Part::Here, stopped.clone()));
    // By itself: a department may take its time to answer.
    let pulling = tokio::spawn(take_in(house.clone(), Part::Pulls, stopped.clone()));
    let moving = house.clone();
    let until_stopped = until(stopped.clone());
    let moving = tokio::spawn(async move { moving.flow_until(until_stopped).await });
    let sweeping = tokio::spawn(sweep(house.clone(), stopped));
    let listening = Listening { listening: url };
    desk.tell.show(&listening, |listening| {
        format!("listening on {}", listening.listening)
    })?;
    tokio::select! {
        () = signals.next() => {}
        ended = &mut answering => {
            ended.context("the server was lost")?.context("the server lost its address")?;
            bail!("the server ended by itself; start it again");
        }
    }
    tracing::info!("ending: a second signal ends at once");
    stop.send_replace(true);
    let orderly = async {
        sweeping.await.context("the rounds were lost")?;
        taking_in.await.context("the rounds of intake were lost")?;
        pulling.await.context("the rounds of pulls were lost")?;
        moving.await.context("the steps under way were lost")?;
        desk.seal(&house).await;
        if timeout(LAST_ANSWERS, answering).await.is_err() {
            tracing::warn!("a request was still running and was cut off");
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = orderly => ended.map(|()| ExitCode::SUCCESS),
        () = signals.next() => bail!("ended at once by a second signal; what was running is settled at the next start"),
    }
}

/// Rounds until told to stop. A fault is logged when it comes, not at each round
/// that it lasts.
async fn sweep(house: Arc<House>, mut stopped: watch::Receiver<bool>) {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None;
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = rounds.tick() => {}
        }
        let fault = house.upkeep().await.err().map(|error| error.to_string());
        if fault != last {
            match &fault {
                // Without its sources: they may quote what a row holds.
                Some(error) => tracing::error!(
                    error,
                    "a round failed and is tried again; `credence order run` tells more"
                ),
                None => tracing::warn!("rounds run through again"),
            }
        }
        last = fault;
    }
}

/// A part of the intake that has rounds of its own.
#[derive(Clone, Copy)]
enum Part {
    Here,
    Pulls,
}

/// Rounds of intake until told to stop. One that runs is cut off then: a delivery
/// may take long, and goes on at its row with the next start.
async fn take_in(house: Arc<House>, part: Part, mut stopped: watch::Receiver<bool>) {
    let mut rounds = interval(INTAKE_ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None;
    loop {
        let round = async {
            rounds.tick().await;
            match part {
                Part::Here => house.take_in_here().await,
                Part::Pulls => house.pull_in().await,
            }
        };
        let round = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            round = round => round,
        };
        let fault = round.err().map(|error| error.to_string());
        if fault != last {
            match &fault {
                // Without its sources: they may quote what a row holds.
                Some(error) => tracing::error!(
                    error,
                    "a round of intake failed and is tried again; `credence feed run` tells more"
                ),
                None => tracing::warn!("rounds of intake run through again"),
            }
        }
        last = fault;
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// The signals that end a server.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("the system gives no signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
