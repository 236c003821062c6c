//! The services that a guest may import, as it meets them.
//!
//! Comes in: what the guest asks. Goes out: the answer, after every check, and
//! its record in the journal. A request goes through, in this order: limits,
//! grant, the step's key, tokens and placeholders, durable intent, egress,
//! masking, journal.
//!
//! Always holds: an adapter reaches no service but `log`; nothing leaves before
//! the intent is durable; what comes back is masked before guest and journal see
//! it. Deliberately absent: the network and the vault themselves (`ports`).

use crate::{
    contract::{
        Violation,
        bindings::credence::department::{call, http, log, settings, types as wit},
        convert::moment_out,
    },
    grant::{Destination, Effective},
    journal::{Head, HostCall},
    limits::{Budget, LOG_CHARS, REQUEST_BYTES},
    persons,
    ports::{Incoming, NoAnswer, Outgoing, PortError, Ports, Secret, Setting},
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long any egress may take before the host gives it up; the contract
/// promises the guest an answer within 10 seconds, and the live egress keeps to
/// that itself.
const EGRESS_TIME: Duration = Duration::from_secs(12);

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
    /// The key that every request changing something must carry.
    pub(crate) step_key: Option<String>,
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

    /// The destination, if the request may go there at all.
    fn allowed(&mut self, request: &http::Request) -> Result<Destination, String> {
        self.budget.requests_left = self
            .budget
            .requests_left
            .checked_sub(1)
            .ok_or_else(|| format!("at most {} requests in a call", crate::limits::REQUESTS))?;
        let name = &request.destination;
        let destination = self.grant.destinations.get(name).cloned().ok_or_else(|| {
            format!(
                "destination `{name}` is not granted; these lines would grant it:\n\
                 [destinations.{name}]\naddress = \"https://…\"\nmethods = [\"{}\"]",
                method(request.method)
            )
        })?;
        let verb = method(request.method);
        if !destination.methods.contains(verb) {
            return Err(format!(
                "{verb} to `{name}` is not granted; add \"{verb}\" to `methods` under \
                 [destinations.{name}]"
            ));
        }
        if !path_is_plain(&request.path) {
            return Err("a path begins with `/`, is percent-encoded, and has no `..`".to_owned());
        }
        for header in &request.headers {
            let name = header.name.to_ascii_lowercase();
            let ours = ["host", "content-length", "transfer-encoding", "connection"];
            if ours.contains(&name.as_str()) {
                return Err(format!("the header `{name}` is the host's to set"));
            }
        }
        if pieces(request).map(str::len).sum::<usize>() > REQUEST_BYTES {
            return Err("a request holds at most 256 KiB".to_owned());
        }
        Ok(destination)
    }

    /// A request that changes something carries the key of its step, so that two
    /// calls with one key can have one effect (`measures.wit`, "Idempotent").
    fn carries_key(&self, request: &http::Request) -> Result<(), Stop> {
        let changes = !matches!(request.method, http::Method::Get);
        let Some(key) = self.scope.step_key.as_deref().filter(|_| changes) else {
            return Ok(());
        };
        if pieces(request).any(|piece| names_key(piece, key)) {
            return Ok(());
        }
        Err(Stop::Broke(Violation {
            place: format!("http.send to `{}`", request.destination),
            rule: "the plugin MUST pass the key of the step on in what it sends".to_owned(),
        }))
    }

    /// Fills tokens and placeholders in, towards a destination granted for them.
    async fn fill(
        &mut self,
        request: &http::Request,
        to: &Destination,
    ) -> Result<Outgoing, Refused> {
        let persons = self.numbers_for(request, to).await?;
        let secrets = self.secrets_for(request).await?;
        self.filled.persons.extend(persons.clone());
        self.filled.secrets.extend(secrets.clone());
        let fill = |text: &str| {
            let mut text = persons::fill(text, &persons);
            for (placeholder, value) in &secrets {
                text = text.replace(placeholder.as_str(), value.expose());
            }
            Secret::new(text)
        };
        let outgoing = Outgoing {
            method: method(request.method),
            path: fill(&request.path),
            headers: request
                .headers
                .iter()
                .map(|h| (h.name.clone(), fill(&h.value)))
                .collect(),
            body: request.body.as_deref().map(fill),
        };
        Ok(outgoing)
    }

    async fn numbers_for(
        &self,
        request: &http::Request,
        to: &Destination,
    ) -> Result<BTreeMap<String, Secret>, Refused> {
        let tokens: BTreeSet<String> = pieces(request)
            .flat_map(persons::tokens_in)
            .map(|(_, t)| t.to_owned())
            .collect();
        if tokens.is_empty() {
            return Ok(BTreeMap::new());
        }
        let tokens: Vec<String> = tokens.into_iter().collect();
        let known = self.ports.vault.numbers(&self.head.plugin, &tokens).await?;
        if known
            .keys()
            .any(|token| !self.scope.persons.contains(token))
        {
            let text = "the request names a person whom the order does not name".to_owned();
            return Err(Refused::NotGranted(text));
        }
        if !known.is_empty() && !to.persons {
            let name = &request.destination;
            return Err(Refused::NotGranted(format!(
                "identity numbers may not go to `{name}`; this line would grant it:\n\
                 [destinations.{name}]\npersons = true"
            )));
        }
        Ok(known)
    }

    /// The secrets that may go to this request's destination, by placeholder. Those
    /// that the request does not name are read too: what was stored there in an
    /// earlier call may come back in this answer, and is hidden then.
    async fn secrets_for(
        &self,
        request: &http::Request,
    ) -> Result<BTreeMap<String, Secret>, Refused> {
        let mut found = BTreeMap::new();
        let to = &request.destination;
        for (name, secret) in &self.grant.secrets {
            let placeholder = self.placeholder(name);
            let is_named = pieces(request).any(|piece| piece.contains(&placeholder));
            if !secret.destinations.contains(to) {
                if is_named {
                    return Err(Refused::NotGranted(format!(
                        "the secret `{name}` may not go to `{to}`; add \"{to}\" to \
                         `destinations` under [secrets.{name}]"
                    )));
                }
                continue;
            }
            match self.ports.vault.secret(&self.head.plugin, name).await {
                Ok(value) => {
                    found.insert(placeholder, value);
                }
                Err(error) if is_named => return Err(error.into()),
                // What cannot be read was not sent either.
                Err(_) => {}
            }
        }
        Ok(found)
    }

    /// Everything between the grant and the answer. Sets `left_house`.
    async fn exchange(
        &mut self,
        request: &http::Request,
        to: &Destination,
    ) -> Result<http::Response, http::SendError> {
        let outgoing = match self.fill(request, to).await {
            Ok(outgoing) => outgoing,
            Err(Refused::NotGranted(text)) => return Err(http::SendError::NotGranted(text)),
            Err(Refused::Port(error)) => {
                tracing::error!(call = %self.head.call, %error, "vault");
                return Err(http::SendError::NotSent(
                    "the host's vault is not available".into(),
                ));
            }
        };
        let number = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        if let Err(error) = self
            .ports
            .journal
            .before_effect(self.head.call, number)
            .await
        {
            tracing::error!(call = %self.head.call, %error, "journal");
            return Err(http::SendError::NotSent(
                "the host's journal is not available".into(),
            ));
        }
        let before = self.left_house;
        self.left_house = true;
        let sent = tokio::time::timeout(EGRESS_TIME, self.ports.egress.send(to, outgoing)).await;
        let incoming = match sent {
            Ok(Ok(incoming)) => incoming,
            Ok(Err(NoAnswer::NotGranted(text))) => {
                self.left_house = before;
                return Err(http::SendError::NotGranted(text));
            }
            Ok(Err(NoAnswer::NotSent(text))) => {
                self.left_house = before;
                return Err(http::SendError::NotSent(text));
            }
            Ok(Err(NoAnswer::Lost(text))) => return Err(http::SendError::NoAnswer(text)),
            Err(_) => return Err(http::SendError::NoAnswer("no answer in time".into())),
        };
        // An answer that cannot be masked cannot be shown: for the guest it never came.
        self.received(incoming).await.map_err(|error| {
            tracing::error!(call = %self.head.call, %error, "masking");
            http::SendError::NoAnswer("the answer could not be masked".into())
        })
    }

    /// The answer as guest and journal may see it.
    async fn received(&self, incoming: Incoming) -> Result<http::Response, PortError> {
        let vault = self.ports.vault.as_ref();
        let plugin = self.head.plugin.as_str();
        let mut headers = Vec::with_capacity(incoming.headers.len());
        for (name, value) in incoming.headers {
            let value = persons::mask(vault, plugin, self.filled.hide(value)).await?;
            headers.push(http::Header { name, value });
        }
        let body = persons::mask(vault, plugin, self.filled.hide(incoming.body)).await?;
        Ok(http::Response {
            status: incoming.status,
            headers,
            body,
        })
    }
}

/// What the requests of a call were filled with, so that an echo of it can be
/// taken out of every answer.
#[derive(Default)]
pub(crate) struct Filled {
    /// By placeholder.
    secrets: BTreeMap<String, Secret>,
    /// By token.
    persons: BTreeMap<String, Secret>,
}

impl Filled {
    /// Takes out what a department's system echoes, and U+0000, which no string
    /// of the contract holds.
    fn hide(&self, mut text: String) -> String {
        for (stand_in, value) in self.secrets.iter().chain(&self.persons) {
            // Masking finds a number that stands alone; this one, wherever it stands.
            for value in [value.expose(), &value.expose().to_ascii_lowercase()] {
                if !value.is_empty() && text.contains(value) {
                    text = text.replace(value, stand_in);
                }
            }
        }
        if text.contains('\0') {
            text = text.replace('\0', "\u{FFFD}");
        }
        text
    }
}

enum Refused {
    NotGranted(String),
    Port(PortError),
}

impl From<PortError> for Refused {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

/// Every text of a request in which something could be filled in.
fn pieces(request: &http::Request) -> impl Iterator<Item = &str> {
    [request.path.as_str()]
        .into_iter()
        .chain(
            request
                .headers
                .iter()
                .flat_map(|h| [h.name.as_str(), h.value.as_str()]),
        )
        .chain(request.body.as_deref())
}

/// Whether a key stands in a text as itself, and not as a part of a longer one.
fn names_key(text: &str, key: &str) -> bool {
    let part_of_a_key = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(key).any(|(at, _)| {
        !text[..at].ends_with(part_of_a_key) && !text[at + key.len()..].starts_with(part_of_a_key)
    })
}

/// Whether a path stays below its destination: percent-encoded, no `..`.
pub(crate) fn path_is_plain(path: &str) -> bool {
    let place = path.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !path.contains('#')
        && !place.split('/').any(|segment| {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            plain == ".." || plain == "." || plain.contains("%2f") || plain.contains("%5c")
        })
}

fn method(method: http::Method) -> &'static str {
    match method {
        http::Method::Get => "GET",
        http::Method::Post => "POST",
        http::Method::Put => "PUT",
        http::Method::Patch => "PATCH",
        http::Method::Delete => "DELETE",
    }
}

impl http::Host for CallState {
    async fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, http::SendError>> {
        self.enter("http.send")?;
        self.keep(pieces(&request).map(str::len).sum::<usize>() + request.destination.len())?;
        self.carries_key(&request)?;
        let began = Instant::now();
        let answer = match self.allowed(&request) {
            Ok(to) => self.exchange(&request, &to).await,
            Err(text) => Err(http::SendError::NotGranted(text)),
        };
        self.budget.waited = began.elapsed() >= crate::limits::TICK / 2;
        self.calls.push(HostCall::Send {
            request,
            answer: answer.clone(),
        });
        Ok(answer)
    }
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
    use super::{names_key, path_is_plain};

    #[test]
    fn a_key_is_not_part_of_another() {
        assert!(names_key("{\"key\":\"k-1\"}", "k-1"));
        assert!(names_key("/measures/k-1.xml", "k-1"));
        assert!(!names_key("/measures/k-12", "k-1"));
        assert!(!names_key("ok-1", "k-1"));
    }

    #[test]
    fn a_path_stays_below_its_destination() {
        for good in ["/", "/measures/k-1?x=..%2F", "/a.b/c"] {
            assert!(path_is_plain(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "//host/",
            "/../x",
            "/a/%2e%2E/b",
            "/a\\b",
            "/a b",
            "/a#b",
            "/a%2fb",
            "/./a",
        ] {
            assert!(!path_is_plain(bad), "{bad}");
        }
    }
}
