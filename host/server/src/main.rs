//! `credence`: the house at the command line.
//!
//! Comes in: a command line, the environment, the configuration of a data
//! directory. Goes out: tables for people or one JSON value for programs on
//! standard output, errors and warnings on standard error; status 0 done, 1
//! refused or failed, 2 misuse.
//!
//! Always holds: no panic reaches a user; what a command says was done is
//! durable. Deliberately absent: decisions. They are made by `pipeline` and
//! below; this room puts questions to them and prints the answers.
//!
//! A crash leaves what `pipeline` had committed; the same command again, or the
//! next sweep, goes on from there.

mod args;

mod config;

mod tell;

mod commands;

mod scenario;

mod demo;

use crate::{
    args::{Command, Line},
    tell::{MISUSE, Tell},
};
use clap::Parser as _;
use std::{
    io::IsTerminal as _,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let json = std::env::args_os().any(|arg| arg == "--json");
    let tell = Tell::new(json);
    let told = tell.clone();
    panic::set_hook(Box::new(move |info| told.defect(info.location())));
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => return tell.misuse(&error),
    };
    if let Err(error) = start_log(&line.command) {
        tell.failure(&error);
        return ExitCode::from(MISUSE);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tell.failure(&anyhow::Error::new(error).context("the system gives no threads"));
            return ExitCode::FAILURE;
        }
    };
    // Nothing is used again after a panic but the way out.
    let ran = panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(commands::run(line, tell.clone()))
    }));
    let status = match ran {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => {
            tell.failure(&error);
            ExitCode::FAILURE
        }
        // The hook has told people where.
        Err(_) => {
            tell.stopped_by_defect();
            ExitCode::FAILURE
        }
    };
    // Not waited for: what still runs is an intent without an outcome, which the
    // next sweep takes up.
    runtime.shutdown_background();
    status
}

/// Sends the program's own log to standard error, as `CREDENCE_LOG` says.
fn start_log(command: &Command) -> anyhow::Result<()> {
    // A story is told of alarms that are meant to come.
    let usual = match command {
        Command::Demo(_) | Command::Scenario(_) => "error",
        _ => "warn",
    };
    let filter = match std::env::var("CREDENCE_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).map_err(|error| {
            let text = "CREDENCE_LOG is no filter; write `info`, or `warn,credence_pipeline=debug`";
            anyhow::Error::new(error).context(text)
        })?,
        _ => EnvFilter::new(usual),
    };
    let colour = tell::wants_colour(std::io::stderr().is_terminal());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .init();
    Ok(())
}
