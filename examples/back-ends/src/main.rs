//! `department`: starts one department's system.
//!
//! In come the address and the directory for its database, and what only this
//! department has; out goes one line with the address once it answers. Always: it
//! says that it is ready only when it is. Absent: a configuration file, and TLS; it
//! listens on this machine.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "where it listens, and what a look at the folders met, is this program's output"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use clap::{Parser, Subcommand};
use department_back_ends::counter::{self, Format};
use department_back_ends::customs::Customs;
use department_back_ends::desk::Desk;
use department_back_ends::door::Door;
use department_back_ends::housing::{self, Housing};
use department_back_ends::ledger::Ledger;
use department_back_ends::line;
use department_back_ends::signature::Key;
use department_back_ends::tax::Tax;
use department_back_ends::transport::{self, LookError, Transport};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// A department's own system, to try plugins against.
#[derive(Parser)]
#[command(name = "department", version)]
#[command(
    after_help = "Each department has routes for tests, without credentials:
  curl http://127.0.0.1:7001/ledger      what it really did
  curl http://127.0.0.1:7001/requests    how often each step was asked for
  curl -X POST http://127.0.0.1:7001/switch -H 'content-type: application/json' \\
       -d '{\"mode\": \"drop-after\", \"times\": 1}'
Modes: normal, slow, fail, down, drop-after, hang-after, twice, late, other-key, lie,
dispute, outside-mandate, person, refuse, partly. `slow`, `late` and `person` take \"ms\"."
)]
struct Cli {
    #[command(subcommand)]
    department: Department,
}

#[derive(Subcommand)]
enum Department {
    /// The tax department: JSON over HTTP, with a bearer token.
    #[command(after_help = "Examples:
  department tax --data /tmp/tax
  department tax --data /tmp/tax --listen 127.0.0.1:7001 --token s3cret
  curl http://127.0.0.1:7001/measures/KEY -H 'authorization: Bearer s3cret'
  curl -X POST http://127.0.0.1:7001/switch -H 'content-type: application/json' \\
       -d '{\"mode\": \"drop-after\", \"times\": 1}'")]
    Tax(Common),
    /// Customs: XML over HTTP, with signed requests.
    #[command(after_help = "Examples:
  department customs --data /tmp/customs --key-id house-1 --key-file /tmp/customs.key
  department customs --data /tmp/customs --key-id house-1 --key s3cret \\
       --exports /tmp/customs-files --token t0ken
  curl http://127.0.0.1:7002/exports/penalties.xml -H 'authorization: Bearer t0ken'

Steps and questions carry a signature of RFC 9421 (hmac-sha256) if there is a key;
--token is for exports alone.")]
    Customs(CustomsOptions),
    /// Transport: CSV files in two folders, and no interface.
    #[command(after_help = "Examples:
  department transport --data /tmp/transport --inbox /tmp/orders --outbox /tmp/acks
  ls /tmp/orders/taken /tmp/orders/rejected /tmp/acks
  curl -X POST http://127.0.0.1:7003/acknowledgements    the clerk's telephone
  curl -X POST http://127.0.0.1:7003/look                look at the folders now")]
    Transport(TransportOptions),
    /// Housing: forms over HTTP, with a bearer token; accepted first, done later.
    #[command(after_help = "Examples:
  department housing --data /tmp/housing --token s3cret
  department housing --data /tmp/housing --listen 127.0.0.1:7004 --delay-ms 2000
  curl http://127.0.0.1:7004/receipts/KEY -H 'authorization: Bearer s3cret'")]
    Housing(HousingOptions),
}

#[derive(clap::Args)]
struct Common {
    /// Address to listen on; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Directory for the database; made where it is missing.
    #[arg(long)]
    data: PathBuf,
    /// Bearer token that callers must carry. Without it, all are let in.
    #[arg(long)]
    token: Option<String>,
    /// Directory whose files are to be had under /exports/.
    #[arg(long)]
    exports: Option<PathBuf>,
    /// File to write the address into, once it answers.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// End when standard input does: with whoever started this, however that ends.
    #[arg(long)]
    ends_with_input: bool,
}

#[derive(clap::Args)]
struct CustomsOptions {
    #[command(flatten)]
    common: Common,
    /// Name of the key that signs. Without it, all are let in.
    #[arg(long)]
    key_id: Option<String>,
    /// The key itself.
    #[arg(long, requires = "key_id", conflicts_with = "key_file")]
    key: Option<String>,
    /// File with the key; a line break at its end is no part of it.
    #[arg(long, requires = "key_id")]
    key_file: Option<PathBuf>,
}

#[derive(clap::Args)]
struct TransportOptions {
    #[command(flatten)]
    common: Common,
    /// Folder that order files come into.
    #[arg(long)]
    inbox: PathBuf,
    /// Folder that acknowledgement files go into.
    #[arg(long)]
    outbox: PathBuf,
    /// Milliseconds between two looks at the inbox; 0: it looks only when asked to, by
    /// `POST /look`, which answers once it has looked.
    #[arg(long, default_value_t = transport::EVERY_MS)]
    every_ms: u32,
}

#[derive(clap::Args)]
struct HousingOptions {
    #[command(flatten)]
    common: Common,
    /// Milliseconds after which an accepted step acts.
    #[arg(long, default_value_t = housing::DELAY_MS)]
    delay_ms: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().department {
        Department::Tax(common) => run::<Tax>("tax", common, None, |desk| desk).await,
        Department::Customs(options) => {
            let door = options.door()?;
            run::<Customs>("customs", options.common, Some(door), |desk| desk).await
        }
        Department::Housing(HousingOptions { common, delay_ms }) => {
            run::<Housing>("housing", common, None, |desk| desk.delayed(delay_ms)).await
        }
        Department::Transport(options) => run_transport(options).await,
    }
}

async fn run<F: Format>(
    name: &str,
    common: Common,
    door: Option<Door>,
    furnish: impl FnOnce(Desk) -> Desk,
) -> anyhow::Result<()> {
    let desk = furnish(common.desk(name, door).await?);
    common.serve(counter::router::<F>(desk)).await
}

async fn run_transport(options: TransportOptions) -> anyhow::Result<()> {
    let desk = options.common.desk("transport", None).await?;
    let transport = Transport::open(desk, &options.inbox, &options.outbox)
        .context("cannot make the folders of the department")?;
    // Two looks at once would fetch one file twice.
    let looks = Arc::new(Looks(Mutex::new(()), transport));
    let asked = Router::new().route("/look", post(look_when_asked));
    let router = looks.1.router().merge(asked.with_state(looks.clone()));
    if options.every_ms > 0 {
        let every = Duration::from_millis(u64::from(options.every_ms));
        tokio::spawn(async move {
            loop {
                if let Err(error) = looks.look().await {
                    eprintln!("{:#}", anyhow::Error::from(error));
                }
                tokio::time::sleep(every).await;
            }
        });
    }
    options.common.serve(router).await
}

/// The transport department, which looks at its folders once at a time.
struct Looks(Mutex<()>, Transport);

impl Looks {
    async fn look(&self) -> Result<(), LookError> {
        let _one = self.0.lock().await;
        self.1.look(Timestamp::now()).await
    }
}

async fn look_when_asked(
    State(looks): State<Arc<Looks>>,
) -> Result<StatusCode, (StatusCode, String)> {
    match looks.look().await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

impl CustomsOptions {
    fn door(&self) -> anyhow::Result<Door> {
        let Some(id) = &self.key_id else {
            return Ok(Door::Open);
        };
        let secret = match (&self.key, &self.key_file) {
            (Some(key), _) => key.clone().into_bytes(),
            (None, Some(file)) => {
                let mut secret = std::fs::read(file)
                    .with_context(|| format!("cannot read the key in {}", file.display()))?;
                for end in [b'\n', b'\r'] {
                    if secret.last() == Some(&end) {
                        secret.pop();
                    }
                }
                secret
            }
            (None, None) => anyhow::bail!("give --key or --key-file with --key-id"),
        };
        anyhow::ensure!(!secret.is_empty(), "the key is empty; give one");
        Ok(Door::Signature(Key::new(id, &secret)))
    }
}

impl Common {
    async fn desk(&self, name: &str, door: Option<Door>) -> anyhow::Result<Desk> {
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make the directory {}", self.data.display()))?;
        let ledger = Ledger::open(&self.data.join(format!("{name}.sqlite"))).await?;
        let door = door.unwrap_or_else(|| Door::token(self.token.clone()));
        let desk = Desk::new(ledger, door);
        Ok(match &self.exports {
            Some(directory) => desk.exporting(directory.clone(), self.token.clone()),
            None => desk,
        })
    }

    async fn serve(self, router: Router) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}; choose another port", self.listen))?;
        let url = format!("http://{}", listener.local_addr()?);
        if let Some(file) = &self.ready_file {
            write_whole(file, &url)?;
        }
        println!("listening on {url}");
        if self.ends_with_input {
            std::thread::spawn(|| {
                // What is written there is not read; a fault is an end too.
                let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                std::process::exit(0);
            });
        }
        line::serve(listener, router).await?;
        Ok(())
    }
}

/// Whoever waits for the file must not read half of it.
fn write_whole(file: &Path, text: &str) -> anyhow::Result<()> {
    let unfinished = file.with_extension("unfinished");
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, file))
        .with_context(|| format!("cannot write {}", file.display()))
}
