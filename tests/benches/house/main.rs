//! What the house costs: a plugin call beside bare wasmtime and a loopback service;
//! reading feeds, writing records and carrying orders out beside the work that anybody
//! would have to do. And the long run.
//!
//! Comes in: the guests and the shipped plugins, generated rows of their departments;
//! `call`, `adapters`, `ingest`, `orders` to measure only that, `soak ROWS` for the long
//! run; `--json` for programs. Goes out: medians, ratios, and whether the targets are
//! met. Always holds: the two sides of a ratio take turns in one run, and a ratio is the
//! median of the ratios of its rounds. Deliberately absent: a failing exit of a
//! measurement, because a machine that does other work meanwhile proves nothing.

#![allow(clippy::print_stdout, reason = "a benchmark tells what it measured")]
#![allow(clippy::print_stderr, reason = "it says what it is at")]

mod call;

mod adapters;
mod ingest;
mod orders;
mod same_writes;

mod soak;

mod place;
mod rows;
mod shown;
mod target;
mod unused;

use anyhow::Context as _;
use shown::Shown;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let json = args.iter().any(|arg| arg == "--json");
    // Cargo adds `--bench`.
    let words: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    if let ["soak", rows] = words.as_slice() {
        return soak::measure(rows.parse().context("how many rows?")?);
    }
    let wanted = |section: &str| words.is_empty() || words.contains(&section);
    if wanted("call") {
        call::measure(json)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut shown = Shown::default();
    runtime.block_on(async {
        if wanted("adapters") {
            adapters::measure(&mut shown).await?;
        }
        if wanted("ingest") {
            ingest::measure(&mut shown).await?;
        }
        if wanted("orders") {
            orders::measure(&mut shown).await?;
        }
        anyhow::Ok(())
    })?;
    match json {
        _ if shown.is_empty() => {}
        true => println!("{}", shown.json()),
        false => print!("{}", shown.table()),
    }
    Ok(())
}
