//! A department's own system, in a process of its own.
//!
//! Comes in: its program, where its data lies, its credential. Goes out: where it
//! listens, its ledger, a switch for its misbehaviour. Always holds: it ends when this
//! value does; ours end also when this process ends in any other way, since they end
//! with their standard input.
//!
//! A program that is none of ours says `listening on URL` in its first line, and its
//! ledger under `GET /ledger`: a JSON list of objects with `key`, `verb` and `measure`.

use super::steps::Setting;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The departments of the program `department`.
pub(super) const NAMES: [&str; 4] = ["tax", "customs", "transport", "housing"];

/// The name under which customs know the house's key.
const KEY_ID: &str = "credence";

pub(super) struct Department {
    process: Child,
    pub(super) address: String,
    http: reqwest::Client,
    /// Whether it looks into folders and has to be told when.
    looks: bool,
}

/// An effect as the department's ledger has it, without its subject: that may be a
/// person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Effect {
    pub(super) key: String,
    pub(super) verb: String,
    pub(super) measure: String,
}

/// Where a department's system keeps its things.
pub(super) struct Home {
    pub(super) dir: PathBuf,
}

impl Home {
    /// A folder of it, made where it is missing.
    pub(super) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.dir.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(folder)
    }
}

impl Department {
    /// Starts one of ours.
    pub(super) fn start(
        program: &Path,
        name: &str,
        home: &Home,
        secret: &str,
    ) -> anyhow::Result<Self> {
        let data = home.folder("data")?;
        let mut command = Command::new(program);
        command.args([
            name,
            "--listen",
            "127.0.0.1:0",
            "--ends-with-input",
            "--data",
        ]);
        command
            .arg(data)
            .arg("--exports")
            .arg(home.folder("exports")?);
        match name {
            "customs" => {
                command.args(["--token", secret, "--key-id", KEY_ID, "--key", secret]);
            }
            "transport" => {
                command.args(["--every-ms", "0", "--inbox"]);
                command.arg(home.folder("orders-out")?).arg("--outbox");
                command.arg(home.folder("acknowledgements-in")?);
            }
            // What it accepts it has done by the next question.
            "housing" => {
                command.args(["--token", secret, "--delay-ms", "0"]);
            }
            _ => {
                command.args(["--token", secret]);
            }
        }
        Self::run(command, name)
    }

    /// Starts a program, and waits until it says where it listens.
    pub(super) fn run(mut command: Command, name: &str) -> anyhow::Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let out = process.stdout.take();
        let mut department = Self {
            process,
            address: String::new(),
            http: reqwest::Client::new(),
            looks: name == "transport",
        };
        let mut line = String::new();
        BufReader::new(out.context("the department's system has no output")?)
            .read_line(&mut line)?;
        match line.trim().strip_prefix("listening on ") {
            Some(address) => address.clone_into(&mut department.address),
            None => bail!(
                "the system of department {name} did not start; it said `{}`",
                line.trim()
            ),
        }
        Ok(department)
    }

    pub(super) async fn switch(&self, setting: &Setting) -> anyhow::Result<()> {
        let Setting { mode, times, ms } = setting;
        let setting = json!({ "mode": mode, "times": times, "ms": ms });
        let sent = self.http.post(format!("{}/switch", self.address));
        let answer = sent.json(&setting).send().await?;
        if answer.status().is_client_error() {
            bail!(
                "it has no mode `{mode}`; `department --help` names those of our own systems, and a \
                 program of yours has those that it answers to `POST /switch`"
            );
        }
        answer.error_for_status()?;
        Ok(())
    }

    /// Has it look into its folders, if it has any; it has looked on return.
    pub(super) async fn look(&self) -> anyhow::Result<()> {
        if self.looks {
            let sent = self.http.post(format!("{}/look", self.address));
            sent.send().await?.error_for_status()?;
        }
        Ok(())
    }

    /// What the department really did, by its own ledger.
    pub(super) async fn effects(&self) -> anyhow::Result<Vec<Effect>> {
        let asked = self.http.get(format!("{}/ledger", self.address));
        let answer = asked.send().await?.error_for_status()?;
        let effects: Vec<Value> = answer.json().await?;
        Ok(serde_json::from_value(Value::Array(effects))?)
    }
}

impl Drop for Department {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
