//! The department's own system, started for the story and ended with it.
//!
//! Comes in: its program. Goes out: where it listens, its ledger, a switch for its
//! misbehaviour. Always holds: it ends when this value does.

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// The department's own system, in a process of its own.
pub(super) struct Department {
    process: Child,
    pub(super) address: String,
    http: reqwest::Client,
}

impl Department {
    pub(super) fn start(program: &Path, data: &Path, token: &str) -> anyhow::Result<Self> {
        fs::create_dir_all(data)?;
        let mut process = Command::new(program)
            .args(["tax", "--listen", "127.0.0.1:0", "--token", token, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let out = process
            .stdout
            .take()
            .context("the department's system has no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            let _ = process.kill();
            bail!(
                "the department's system did not start; it said `{}`",
                line.trim()
            );
        };
        Ok(Self {
            process,
            address: address.to_owned(),
            http: reqwest::Client::new(),
        })
    }

    pub(super) async fn switch(&self, setting: Value) -> anyhow::Result<()> {
        let url = format!("{}/switch", self.address);
        self.http
            .post(url)
            .json(&setting)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// What the department really did, by its own ledger.
    pub(super) async fn effects(&self) -> anyhow::Result<Vec<Value>> {
        let url = format!("{}/ledger", self.address);
        Ok(self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }
}

impl Drop for Department {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
