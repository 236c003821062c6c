//! The services that a guest may import, as it meets them.
//!
//! Comes in: what the guest asks. Goes out: the answer, after every check, and
//! its record in the journal. A request or file goes through, in this order:
//! limits, the step's key, grant, tokens and placeholders, durable intent, the way
//! out, masking, journal.
//!
//! Always holds: an adapter reaches no service but `log`; nothing leaves before
//! the intent is durable; what comes back is masked before guest and journal see
//! it. Deliberately absent: network, folders and vault themselves (`ports`).

mod drop_folder;

mod filling;

mod http;

pub(crate) use filling::Filled;
pub(crate) use http::path_is_plain;

use crate::{
    contract::{
        Violation,
        bindings::credence::department::{call, log, settings, types as wit},
        convert::moment_out,
    },
    grant::Effective,
    journal::{Head, HostCall},
    limits::{Budget, LOG_CHARS},
    persons,
    ports::{Ports, Setting},
};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, sync::Arc};

/// Why the host itself ended a call.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Stop {
    #[error("the guest's time is over")]
    TimedOut,
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    Broke(Violation),
}

/// What a call may do, beside its grant.
pub(crate) struct Scope {
    /// An adapter: pure.
    pub(crate) pure: bool,
    /// The key that everything which changes something must carry.
    pub(crate) step_key: Option<String>,
    /// A question: it changes nothing in the department.
    pub(crate) asking: bool,
    /// Tokens that stand in the call's arguments: the persons it is about.
    pub(crate) persons: BTreeSet<String>,
}

/// Everything that one call has on the host's side.
pub(crate) struct CallState {
    pub(crate) head: Head,
    pub(crate) grant: Arc<Effective>,
    pub(crate) ports: Arc<Ports>,
    pub(crate) scope: Scope,
    pub(crate) budget: Budget,
    pub(crate) calls: Vec<HostCall>,
    pub(crate) left_house: bool,
    pub(crate) filled: Filled,
}

impl CallState {
    /// Every service but `log` begins with this.
    fn enter(&mut self, service: &str) -> wasmtime::Result<()> {
        if self.scope.pure {
            let text =
                format!("an adapter is pure: `{service}` may not be used while reading a feed");
            return Err(Stop::Denied(text).into());
        }
        self.count(service)
    }

    fn count(&mut self, service: &str) -> wasmtime::Result<()> {
        match self.budget.host_calls_left.checked_sub(1) {
            Some(left) => {
                self.budget.host_calls_left = left;
                Ok(())
            }
            None => {
                let text = format!(
                    "more than {} calls of services in one call, the last of `{service}`",
                    crate::limits::HOST_CALLS
                );
                Err(Stop::Denied(text).into())
            }
        }
    }

    /// Makes room in the journal for what the guest hands over, before it is used.
    fn keep(&mut self, bytes: usize) -> wasmtime::Result<()> {
        match self.budget.journal_left.checked_sub(bytes) {
            Some(left) => {
                self.budget.journal_left = left;
                Ok(())
            }
            None => {
                let text = format!(
                    "more than {} bytes of requests and names in one call",
                    crate::limits::JOURNAL_BYTES
                );
                Err(Stop::Denied(text).into())
            }
        }
    }

    /// What the guest sees in place of a secret. No other call has the same one,
    /// so nothing that came from outside can contain it.
    fn placeholder(&self, name: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.head.call.bytes());
        hash.update(name);
        format!(
            "credence-secret-{name}-{}",
            hex::encode(&hash.finalize()[..8])
        )
    }
}

/// Whether a key stands in a text as itself, and not as a part of a longer one.
fn names_key(text: &str, key: &str) -> bool {
    let part_of_a_key = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(key).any(|(at, _)| {
        !text[..at].ends_with(part_of_a_key) && !text[at + key.len()..].starts_with(part_of_a_key)
    })
}

impl settings::Host for CallState {
    async fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        self.enter("settings.get")?;
        self.keep(name.len())?;
        let known =
            self.grant.settings.contains_key(&name) || self.grant.secrets.contains_key(&name);
        let answer = if known {
            match self.ports.vault.setting(&self.head.plugin, &name).await {
                Ok(Some(Setting::Plain(value))) => Some(value),
                Ok(Some(Setting::Secret)) => Some(self.placeholder(&name)),
                Ok(None) => None,
                Err(error) => {
                    tracing::error!(call = %self.head.call, %error, setting = name, "vault");
                    None
                }
            }
        } else {
            None
        };
        self.calls.push(HostCall::Setting {
            name,
            answer: answer.clone(),
        });
        Ok(answer)
    }
}

impl call::Host for CallState {
    async fn now(&mut self) -> wasmtime::Result<wit::Moment> {
        self.enter("call.now")?;
        self.calls.push(HostCall::Now);
        Ok(moment_out(self.head.moment))
    }

    async fn id(&mut self) -> wasmtime::Result<String> {
        self.enter("call.id")?;
        self.calls.push(HostCall::Id);
        Ok(self.head.call.to_string())
    }
}

impl log::Host for CallState {
    async fn write(&mut self, level: log::Level, text: String) -> wasmtime::Result<()> {
        if self.budget.log_lines_left == 0 {
            // Dropped lines are counted and not kept, so they cost the journal nothing.
            self.budget.log_lines_dropped = self.budget.log_lines_dropped.saturating_add(1);
            return Ok(());
        }
        self.budget.log_lines_left -= 1;
        self.count("log.write")?;
        let mut text: String = text.chars().take(LOG_CHARS).collect();
        // A note MUST NOT name a person.
        let tokens: Vec<String> = persons::tokens_in(&text)
            .map(|(_, t)| t.to_owned())
            .collect();
        for token in tokens {
            text = text.replace(&token, "[person]");
        }
        self.calls.push(HostCall::Log { level, text });
        Ok(())
    }
}

impl wit::Host for CallState {}

#[cfg(test)]
mod tests {
    use super::names_key;

    #[test]
    fn a_key_is_not_part_of_another() {
        assert!(names_key("{\"key\":\"k-1\"}", "k-1"));
        assert!(names_key("/measures/k-1.xml", "k-1"));
        assert!(!names_key("/measures/k-12", "k-1"));
        assert!(!names_key("ok-1", "k-1"));
    }
}
