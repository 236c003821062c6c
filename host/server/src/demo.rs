//! The whole story on a sample province: feeds become records, cases, notices, orders
//! and effects in four departments' own systems, and a log that verifies.
//!
//! Comes in: the scenario of the story, and the parts that `cargo xtask demo` names.
//! Goes out: a story on the terminal, or one JSON object as the last line. Always
//! holds: nothing is pretended. It is a scenario like any other, played by the same
//! runner; departments are processes of their own, their effects are read from their
//! own ledgers, and time is the one thing that is set by hand. Nothing is left running,
//! but with `--serve`.

use crate::{
    commands::{Desk, serve},
    scenario::{Places, Play, Voice, can_keep_in},
    tell::{table, wants_colour},
};
use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};

/// Arguments of `credence demo`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Keep everything in this directory [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Go on serving at the end, so that you can look around
    #[arg(long)]
    serve: bool,
}

/// The scenario that is the story.
const STORY: &str = "00-province";

/// The organization of the story that four departments sanction.
const SANCTIONED: &str = "91350199MA990001XU";

/// Runs the story.
pub(crate) async fn run(args: DemoArgs, desk: &Desk) -> anyhow::Result<ExitCode> {
    if let Some(kept) = &args.keep {
        can_keep_in(kept)?;
    }
    let places = Places::find("cargo xtask demo")?;
    let scratch = tempfile::tempdir().context("cannot make a scratch directory")?;
    let data = args
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().join("data"));
    // What departments keep stays beside what is kept: grants name their folders.
    let departments = match args.keep {
        Some(_) => data.join("departments"),
        None => scratch.path().join("departments"),
    };
    let voice = Voice {
        silent: desk.tell.is_for_programs(),
        colour: wants_colour(std::io::stdout().is_terminal()),
    };
    voice.title("Credence 联合奖惩 · a province, from its departments' feeds to their effects and the proof");
    voice.note(
        "ids are told by short names, such as order-3; time is the one thing that is set by hand",
    );
    let story = places.scenarios.join(STORY);
    let decoders = desk.decoders();
    let mut play = Play::new(&story, places, &departments, &data, decoders, voice)?;
    play.steps().await?;
    let numbers = play.numbers().await?;
    if !desk.tell.is_for_programs() {
        voice.step("In numbers / 数字");
        for line in in_numbers(&numbers).lines() {
            voice.say(line);
        }
        next(&args, voice);
    }
    desk.tell.show_to_programs(&numbers)?;
    if args.serve {
        voice.step(&format!("Serving {}; Ctrl-C ends it", play.data.display()));
        serve::house(play.house()?, "127.0.0.1:8700".parse()?, desk).await?;
    }
    play.close().await;
    Ok(match numbers["audit"]["verified"] == true {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The numbers as a table.
fn in_numbers(numbers: &Value) -> String {
    let mut lines = Vec::new();
    for of in ["records", "cases", "orders", "departments", "audit"] {
        let value = &numbers[of];
        let of = of.to_owned();
        match value.as_object() {
            None => lines.push([of, String::new(), plain(value)]),
            Some(inner) => {
                for (name, value) in inner {
                    let (name, value) = match value.get("effects") {
                        Some(effects) => (format!("effects in {name}"), plain(effects)),
                        None => (name.replace('_', " "), plain(value)),
                    };
                    lines.push([of.clone(), name, value]);
                }
            }
        }
    }
    table(["of", "what", "count"], lines)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn next(args: &DemoArgs, voice: Voice) {
    voice.step("What to try next / 接下来");
    match &args.keep {
        None => voice.fact("keep", "cargo xtask demo --keep ./credence-data"),
        Some(kept) => {
            let kept = kept.display();
            let data = format!("credence --data {kept}");
            voice.fact(
                "look",
                &format!("{data} subject show {SANCTIONED} --purpose demo"),
            );
            voice.fact("", &format!("{data} case list"));
            voice.fact("", &format!("{data} order list"));
            voice.fact("prove", &format!("{data} audit verify"));
            voice.fact("notices", &format!("ls {kept}/notices"));
        }
    }
    voice.fact(
        "change",
        "tests/scenarios/00-province/steps.txt is this story; README.md there tells how",
    );
}
