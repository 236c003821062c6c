//! `cargo xtask`: the commands that the README and CI call.
//!
//! **In:** a fresh clone, a Rust toolchain by rustup, a C compiler.
//! **Out:** plugin components, and the demonstration, the tests, the benchmarks
//! and the checks run on them.
//! **Always:** what stands on the command line of a child is what a person would
//! type; progress goes to standard error, so that the standard output of `demo`
//! and `bench` is theirs alone; the first failure ends the run and says what to
//! do.
//! **Absent:** the house itself. This crate depends on no other of the
//! workspace, so that it is there before they compile.
//! **A crash** leaves each component whole, old or new, never half; every
//! command can be run again.

#![allow(clippy::print_stderr, reason = "the commands report to a person")]

mod checks;
mod component;
mod plugins;
mod runs;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// What the command line says.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds the plugins and runs what needs them",
    after_help = "Examples:\n  cargo xtask demo\n  cargo xtask test\n  cargo xtask bench --json"
)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build plugins into target/plugins/NAME.wasm, decoders into target/decoders/NAME.wasm,
    /// test guests into target/guests/NAME.wasm
    #[command(
        after_help = "Examples:\n  cargo xtask plugins\n  cargo xtask plugins tax\n  \
        cargo xtask plugins --at ../water    a plugin of your own; see plugins/README.md"
    )]
    Plugins {
        /// The `name` in plugin.toml or decoder.toml of each one to build; none: all of them
        names: Vec<String>,
        /// Build the plugin in this directory, a crate outside this workspace, into
        /// DIR/NAME.wasm
        #[arg(long, value_name = "DIR", conflicts_with = "names")]
        at: Option<PathBuf>,
    },
    /// Run the whole story on sample data, against live department back ends
    #[command(after_help = "Examples:\n  cargo xtask demo\n  \
        cargo xtask demo --keep kept --json\n  \
        cargo xtask demo -- --help    what `credence demo` takes")]
    Demo {
        /// Passed on to `credence demo`, whose exit status comes back
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Play the scenarios in tests/scenarios, and hold what came against what must come
    #[command(after_help = "Examples:\n  cargo xtask scenario\n  \
        cargo xtask scenario 01-penalty --tell\n  \
        cargo xtask scenario 01-penalty --bless    write expected.txt anew")]
    Scenario {
        /// Passed on to `credence scenario run`, whose exit status comes back
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Build plugins, guests and binaries, then run every test
    #[command(after_help = "Examples:\n  cargo xtask test\n  \
        cargo xtask test --test tree     one test file\n  \
        cargo xtask test --test tree -- --nocapture")]
    Test {
        /// Passed on to `cargo test --workspace`
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "ARGS"
        )]
        args: Vec<OsString>,
    },
    /// Measure plugin calls, adapters, ingest and orders, each beside plain work
    #[command(after_help = "Examples:\n  cargo xtask bench\n  \
        cargo xtask bench ingest orders\n  \
        cargo xtask bench call --json > call.json")]
    Bench {
        /// What to measure; none: everything
        #[arg(value_parser = ["call", "adapters", "ingest", "orders"])]
        sections: Vec<String>,
        /// One JSON document for each benchmark instead of tables
        #[arg(long)]
        json: bool,
    },
    /// Run what takes too long for CI: a million rows, in bounded memory
    #[command(after_help = "Examples:\n  cargo xtask soak\n  \
        cargo xtask soak --rows 5000000")]
    Soak {
        /// Rows of the delivery
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
    },
    /// Run what CI runs: formatting, lints, documentation, licences, tests
    #[command(after_help = "Example:\n  cargo xtask ci    \
        (.ci/run installs what this needs, then calls it)")]
    Ci,
}

fn main() -> ExitCode {
    match run(Line::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    match command {
        Command::Plugins { at: Some(dir), .. } => plugins::build_at(&workspace, &dir)?,
        Command::Plugins { names, at: None } => plugins::build(&workspace, &plugins::ALL, &names)?,
        Command::Demo { args } => return runs::demo(&workspace, &args),
        Command::Scenario { args } => return runs::scenario(&workspace, &args),
        Command::Test { args } => runs::test(&workspace, &args)?,
        Command::Bench { sections, json } => runs::bench(&workspace, &sections, json)?,
        Command::Soak { rows } => runs::soak(&workspace, rows)?,
        Command::Ci => checks::run(&workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}
