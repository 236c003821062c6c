//! What the house costs beside the work that anybody would have to do: reading
//! feeds, writing records, carrying orders out.
//!
//! Comes in: the shipped plugins, generated rows of their departments; `--json` for
//! programs; `adapters`, `ingest`, `orders` to measure only that. Goes out: medians,
//! ratios, and whether the targets are met. Always holds: the two sides of a ratio
//! take turns in one run, and a ratio is the median of the ratios of its rounds.
//! Deliberately absent: a failing exit, because a machine that does other work
//! meanwhile proves nothing.

#![allow(clippy::print_stdout, reason = "a benchmark tells what it measured")]
#![allow(clippy::print_stderr, reason = "it says what it is at")]

mod adapters;
mod ingest;
mod orders;
mod place;
#[path = "../shared/rows.rs"]
mod rows;
mod shown;
#[path = "../shared/target.rs"]
mod target;
#[path = "../shared/unused.rs"]
mod unused;

use shown::Shown;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // Cargo adds `--bench`.
    let sections: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let wanted = |section: &str| sections.is_empty() || sections.contains(&section);
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
    match args.iter().any(|arg| arg == "--json") {
        true => println!("{}", shown.json()),
        false => print!("{}", shown.table()),
    }
    Ok(())
}
