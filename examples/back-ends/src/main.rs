//! `department`: starts one department's system.
//!
//! In come the address and the directory for its database; out goes one line
//! with the address once it answers. Always: it says that it is ready only when
//! it is. Absent: a configuration file, and TLS; it listens on this machine.
#![allow(
    clippy::print_stdout,
    reason = "the line that says where it listens is this program's output"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use department_back_ends::ledger::Ledger;
use department_back_ends::{line, tax};
use tokio::net::TcpListener;

/// A department's own system, to try plugins against.
#[derive(Parser)]
#[command(name = "department", version)]
struct Cli {
    #[command(subcommand)]
    department: Department,
}

#[derive(Subcommand)]
enum Department {
    /// The tax department: keeps the list of major tax violators.
    #[command(after_help = "Examples:
  department tax --data /tmp/tax
  department tax --data /tmp/tax --listen 127.0.0.1:7001 --token s3cret
  curl http://127.0.0.1:7001/ledger
  curl -X POST http://127.0.0.1:7001/switch -H 'content-type: application/json' \\
       -d '{\"mode\": \"drop-after\", \"times\": 1}'")]
    Tax(Options),
}

#[derive(clap::Args)]
struct Options {
    /// Address to listen on; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Directory for the database; made where it is missing.
    #[arg(long)]
    data: PathBuf,
    /// Bearer token that steps and questions must carry. Without it, all are let in.
    #[arg(long)]
    token: Option<String>,
    /// File to write the address into, once it answers.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().department {
        Department::Tax(options) => run_tax(options).await,
    }
}

async fn run_tax(options: Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&options.data)
        .with_context(|| format!("cannot make the directory {}", options.data.display()))?;
    let ledger = Ledger::open(&options.data.join("tax.sqlite")).await?;
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}; choose another port", options.listen))?;
    let url = format!("http://{}", listener.local_addr()?);
    if let Some(file) = &options.ready_file {
        write_whole(file, &url)?;
    }
    println!("listening on {url}");
    line::serve(listener, tax::router(ledger, options.token)).await?;
    Ok(())
}

/// Whoever waits for the file must not read half of it.
fn write_whole(file: &Path, text: &str) -> anyhow::Result<()> {
    let unfinished = file.with_extension("unfinished");
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, file))
        .with_context(|| format!("cannot write {}", file.display()))
}
