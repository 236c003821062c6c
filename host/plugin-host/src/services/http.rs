//! Requests to a department's own system, as the guest makes them.
//!
//! Always holds: the address is the grant's; what changes something carries the
//! step's key; an answer is masked by what it is written in before guest and
//! journal see it.

use super::{
    CallState, Stop,
    filling::{Refused, Towards},
    names_key,
};
use crate::{
    contract::{Violation, bindings::credence::department::http},
    grant::Destination,
    journal::HostCall,
    limits::REQUEST_BYTES,
    manifest::Framing,
    persons::Masker,
    ports::{Incoming, NoAnswer, Outgoing, PortError, Signing},
};
use std::time::{Duration, Instant};

/// How long any egress may take before the host gives it up; the contract
/// promises the guest an answer within 10 seconds, and the live egress keeps to
/// that itself.
const EGRESS_TIME: Duration = Duration::from_secs(12);
/// Headers that the host sets where it signs.
const SIGNED: [&str; 3] = ["content-digest", "signature-input", "signature"];

impl CallState {
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
            let signed = destination.signature.is_some() && SIGNED.contains(&name.as_str());
            if ours.contains(&name.as_str()) || signed {
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

    /// The request with tokens and placeholders filled in, and what it is signed
    /// with.
    async fn filled_in(
        &mut self,
        request: &http::Request,
        to: &Destination,
    ) -> Result<Outgoing, http::SendError> {
        let towards = Towards {
            table: "destinations",
            name: &request.destination,
            persons: to.persons,
        };
        let pieces: Vec<&str> = pieces(request).collect();
        let filling = match self.filling(&pieces, towards).await {
            Ok(filling) => filling,
            Err(Refused::NotGranted(text)) => return Err(http::SendError::NotGranted(text)),
            Err(Refused::Port(error)) => return Err(self.vault_is_closed(&error)),
        };
        let signing = match &to.signature {
            None => None,
            Some(signature) => {
                let key = self
                    .ports
                    .vault
                    .secret(&self.head.plugin, &signature.secret);
                let key = key.await.map_err(|error| self.vault_is_closed(&error))?;
                Some(Signing {
                    key_id: signature.key_id.clone(),
                    key,
                })
            }
        };
        let field = |h: &http::Header| (h.name.clone(), filling.fill(&h.value));
        Ok(Outgoing {
            method: method(request.method),
            path: filling.fill(&request.path),
            headers: request.headers.iter().map(field).collect(),
            body: request.body.as_deref().map(|body| filling.fill(body)),
            signing,
        })
    }

    fn vault_is_closed(&self, error: &PortError) -> http::SendError {
        tracing::error!(call = %self.head.call, %error, "vault");
        http::SendError::NotSent("the host's vault is not available".into())
    }

    /// Everything between the grant and the answer. Sets `left_house`.
    async fn exchange(
        &mut self,
        request: &http::Request,
        to: &Destination,
    ) -> Result<http::Response, http::SendError> {
        let outgoing = self.filled_in(request, to).await?;
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
        let framing = framing(&incoming);
        let mut headers = Vec::with_capacity(incoming.headers.len());
        for (name, value) in incoming.headers {
            let value = self.masked(Framing::Text, value).await?;
            headers.push(http::Header { name, value });
        }
        Ok(http::Response {
            status: incoming.status,
            headers,
            body: self.masked(framing, incoming.body).await?,
        })
    }

    async fn masked(&self, framing: Framing, text: String) -> Result<String, PortError> {
        let text = self.filled.hide_secrets(text);
        let (vault, plugin) = (self.ports.vault.as_ref(), self.head.plugin.as_str());
        let masked = Masker::new(framing).push(vault, plugin, text, true).await?;
        // Once more: what stood in escapes stands as itself now.
        let masked = self.filled.hide_secrets(masked);
        Ok(self.filled.hide_persons(masked))
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

/// What the body of an answer is written in: what its header says, or else what
/// its first character looks like.
fn framing(answer: &Incoming) -> Framing {
    let mut headers = answer.headers.iter();
    let said = headers.find(|(name, _)| name == "content-type");
    let said = said.map_or(String::new(), |(_, value)| value.to_ascii_lowercase());
    match answer.body.trim_start().chars().next() {
        _ if said.contains("json") => Framing::Json,
        _ if said.contains("xml") || said.contains("html") => Framing::Xml,
        Some('{' | '[') => Framing::Json,
        Some('<') => Framing::Xml,
        _ => Framing::Text,
    }
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

#[cfg(test)]
mod tests {
    use super::path_is_plain;

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
