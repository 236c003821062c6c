//! `province`: writes the sample province into a directory, or shows its cast.
//!
//! In come a seed, a number of rows and a directory; out go the files, and a few lines
//! that say what was written. Always: the last file written is `expected.json`, so that
//! a directory without it is not whole. Absent: anything of a house; the files are for
//! `credence` to read.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was written, the cast, and what could not be made, is this program's output"
)]

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use credence_province::Province;
use credence_province::cast::{CAST, Member};

/// A made-up Fujian: feeds of four departments, a register and a cast, from a seed.
#[derive(Parser)]
#[command(name = "province", version)]
#[command(after_help = "Examples:
  province --out /tmp/fujian
  province --seed 7 --rows 1000 --out /tmp/larger
  province --cast                      who is followed through the story

Then, with a house and the plugins installed:
  credence subject register import /tmp/fujian/register.csv
  credence ingest --plugin tax --feed penalties /tmp/fujian/tax/penalties.json
and compare with /tmp/fujian/expected.json, which names each row that makes no record.")]
struct Cli {
    /// The same seed makes the same files, byte for byte
    #[arg(long, default_value_t = 2026, value_name = "N")]
    seed: u64,
    /// Rows of each department's main feed, 200 to 9000
    #[arg(long, default_value_t = 240, value_name = "N")]
    rows: u32,
    /// Directory to write into; new or empty
    #[arg(long, value_name = "DIR", required_unless_present = "cast")]
    out: Option<PathBuf>,
    /// Show the cast instead: its codes, its decisions, and the measures that fit
    #[arg(long, conflicts_with_all = ["out", "seed", "rows"])]
    cast: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Without a backtrace, whatever the environment says: it is the caller's fault.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let Some(out) = cli.out else {
        CAST.iter().for_each(show);
        return Ok(());
    };
    let province = Province::make(cli.seed, cli.rows)?;
    let written = province.write(&out);
    written.with_context(|| format!("the province of seed {} was not written", cli.seed))?;
    let register = &province.expected.register;
    println!(
        "register.csv: {} organizations, {} rows to refuse",
        register.new, register.refused
    );
    for delivery in &province.expected.deliveries {
        println!(
            "{}: {} rows; {} to accept, {} duplicates, {} to reject, {} to set aside",
            delivery.file,
            delivery.rows,
            delivery.accepted,
            delivery.duplicates,
            delivery.rejected,
            delivery.quarantined
        );
    }
    println!("{}: whole, with cast.json and expected.json", out.display());
    Ok(())
}

fn show(member: &Member) {
    println!("{}  {}  {}", member.part, member.code, member.name);
    println!("    {}", member.story);
    for ask in member.asks {
        let proofs: Vec<String> = (ask.proofs.iter())
            .map(|(code, number)| format!(" --proof {code}={number}"))
            .collect();
        let second = if ask.second_official {
            ", a second official"
        } else {
            ""
        };
        let refused = ask.refused_by.map(|gate| format!(" → refused: {gate}"));
        println!(
            "    {} on {} of {}: {}{}{second}{}",
            ask.measure,
            ask.item,
            ask.department,
            ask.cites,
            proofs.concat(),
            refused.unwrap_or_default()
        );
    }
}
