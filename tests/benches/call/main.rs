//! What a plugin call costs: through the host, against bare wasmtime and against
//! a service on loopback that does the same.
//!
//! Comes in: the guest `rogue`, whose `apply` is asked for an order without
//! effect; `--json` for programs. Goes out: medians, ratios, and whether the
//! targets are met. Always holds: the cases of one run take turns, so that noise
//! hits all alike, and a ratio is the median of the ratios of its rounds.
//! Deliberately absent: a failing exit, because a machine that does other work
//! meanwhile proves nothing; what is durable is measured apart.
//!
//! Two threads are two threads of the operating system, each with a runtime of
//! its own, that start together and share one engine and one revision.

#![allow(clippy::print_stdout, reason = "a benchmark tells what it measured")]

mod bare;
mod durable;
mod hosted;
mod loopback;
mod order;
mod shown;
#[path = "../shared/target.rs"]
mod target;
#[path = "../shared/unused.rs"]
mod unused;

use anyhow::anyhow;
use shown::{Case, Run};
use std::{
    sync::Barrier,
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Runtime};

/// Rounds in which every case has its turn.
const ROUNDS: usize = 60;
/// Calls in one turn, on each thread: about 20 ms.
const CALLS: u32 = 2_000;
/// Calls that are made durable, once, after the rounds.
const DURABLE: u32 = 300;
/// Requests in one turn of the loopback service, which is slower.
const REQUESTS: u32 = 200;

fn main() -> anyhow::Result<()> {
    let json = std::env::args().any(|arg| arg == "--json");
    let component = order::rogue()?;
    let runtime = runtime()?;
    let bare = bare::Bare::start(&component).map_err(|error| anyhow!("{error:#}"))?;
    let hosted = runtime.block_on(hosted::Hosted::start(component))?;
    let loopback = loopback::Loopback::start()?;
    let mut run = Run::default();
    // The first turns fill caches and connections, and are not kept.
    for round in 0..=ROUNDS {
        let mut measured = Vec::new();
        for turn in 0..Case::ALL.len() {
            let case = Case::ALL[(round + turn) % Case::ALL.len()];
            let per_call = match case {
                Case::Bare => alone(&runtime, CALLS, async || bare.call().await),
                Case::Hosted => alone(&runtime, CALLS, async || hosted.call().await),
                Case::Loopback => alone(&runtime, REQUESTS, async || loopback.call().await),
                Case::BareTwice => together(async || bare.call().await)?,
                Case::HostedTwice => together(async || hosted.call().await)?,
            };
            measured.push((case, per_call));
        }
        if round > 0 {
            run.keep(measured);
        }
    }
    let durable = durable::Durable::start();
    run.durable = runtime.block_on(async { durable.await?.commits(DURABLE).await })?;
    match json {
        true => println!("{}", run.json()),
        false => print!("{}", run.table()),
    }
    Ok(())
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Time of one call, on this thread alone.
fn alone(runtime: &Runtime, calls: u32, call: impl AsyncFn()) -> Duration {
    runtime.block_on(async {
        let began = Instant::now();
        for _ in 0..calls {
            call().await;
        }
        began.elapsed() / calls
    })
}

/// Time of one call while two threads make them: the time of all, by all calls.
fn together<C: AsyncFn() + Sync>(call: C) -> anyhow::Result<Duration> {
    let (start, end) = (Barrier::new(3), Barrier::new(3));
    let runtimes = [runtime()?, runtime()?];
    Ok(std::thread::scope(|scope| {
        for runtime in runtimes {
            let (call, start, end) = (&call, &start, &end);
            scope.spawn(move || {
                start.wait();
                alone(&runtime, CALLS, call);
                end.wait();
            });
        }
        start.wait();
        let began = Instant::now();
        end.wait();
        began.elapsed() / (2 * CALLS)
    }))
}
