//! What CI checks, in the order in which it is cheapest to fail.
//!
//! **In:** the workspace.
//! **Out:** each step's own words, then a table of how long each took.
//! **Always:** the first failure ends the run and says what to do; the tests are
//! the README's command and nothing else; they come last, so that their results
//! stand at the end of the log.
//! **Absent:** installing anything, which is `.ci/run`'s part; advisories, which
//! need a database that not every machine can reach (see `deny.toml`).

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::runs;
use crate::workspace::{Workspace, succeed};

struct Step {
    name: &'static str,
    /// Said when it fails.
    advice: &'static str,
    run: fn(&Workspace) -> Result<()>,
}

const STEPS: [Step; 5] = [
    Step {
        name: "format",
        advice: "run `cargo fmt --all`",
        run: |workspace| succeed(&mut workspace.cargo(["fmt", "--all", "--check"])),
    },
    Step {
        name: "deny",
        advice: "mend the dependency, or state in deny.toml why it may stay; \
            if cargo has no command `deny`, `.ci/run` installs it",
        run: |workspace| {
            succeed(&mut workspace.cargo(["deny", "check", "bans", "licenses", "sources"]))
        },
    },
    Step {
        name: "lint",
        advice: "mend what clippy names; if the lock file is out of date, run `cargo check`, \
            and commit Cargo.lock",
        run: |workspace| {
            succeed(
                workspace
                    .cargo(["clippy", "--workspace", "--all-targets", "--locked"])
                    .args(["--", "-D", "warnings"]),
            )
        },
    },
    Step {
        name: "document",
        advice: "mend what rustdoc names",
        run: |workspace| {
            succeed(
                workspace
                    .cargo(["doc", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            )
        },
    },
    Step {
        name: "test",
        advice: "run `cargo xtask test` and mend what fails",
        run: |workspace| runs::test(workspace, &[]),
    },
];

/// Runs all steps, up to the first that fails.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut times = Vec::new();
    let mut result = Ok(());
    for step in &STEPS {
        eprintln!("\n== {}", step.name);
        let begun = Instant::now();
        result = (step.run)(workspace)
            .with_context(|| format!("step `{}` failed; {}", step.name, step.advice));
        times.push((step.name, begun.elapsed()));
        if result.is_err() {
            break;
        }
    }
    eprint!("\n{}", table(&times, STEPS.len()));
    result
}

/// One line a step: its name and whole seconds.
fn table(times: &[(&str, Duration)], steps: usize) -> String {
    let mut table = String::new();
    for (name, time) in times {
        table += &format!("{name:<10}{:>6} s\n", time.as_secs());
    }
    table + &format!("{} of {steps} steps run\n", times.len())
}
