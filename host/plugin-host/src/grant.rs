//! What the operator grants a plugin, and what follows from it together with
//! what the plugin asked for.
//!
//! Comes in: a grant as TOML and a manifest. Goes out: the effective grant,
//! which is the intersection. Always holds: what is not granted by name does not
//! exist for the plugin; an address is bound by the operator and never chosen by
//! the guest.

mod check;

mod intake;

pub use intake::{Intake, Pull};

use crate::manifest::{Limits, Manifest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A grant as the operator wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The plugin it is for.
    pub plugin: String,
    /// Feeds it may be given.
    #[serde(default)]
    pub feeds: BTreeSet<String>,
    /// Measures it may carry out.
    #[serde(default)]
    pub measures: BTreeSet<String>,
    /// Whether it may know its call's moment and id.
    #[serde(default)]
    pub call: bool,
    /// Whether it may leave notes.
    #[serde(default)]
    pub log: bool,
    /// Where it may send requests.
    #[serde(default)]
    pub destinations: BTreeMap<String, Destination>,
    /// Where it may put files.
    #[serde(default)]
    pub folders: BTreeMap<String, Folder>,
    /// Settings with their values.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secret settings: where the value lies and where it may go.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretGrant>,
    /// Which facts about the subject of an order it is told.
    #[serde(default)]
    pub subject: SubjectFields,
    /// How deliveries of a feed come in, by the feed's name. It lets the plugin do
    /// nothing: the house fetches and takes in.
    #[serde(default)]
    pub intake: BTreeMap<String, Intake>,
    /// Limits; at most these, whatever the manifest asks for.
    pub limits: Option<Limits>,
}

/// Fields of an order's subject that a plugin is told (I4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectFields {
    /// Its name.
    #[serde(default)]
    pub name: bool,
    /// Identifiers of these schemes.
    #[serde(default)]
    pub schemes: BTreeSet<String>,
}

/// A destination, bound to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// `http://` or `https://`, host, port, and a path that every request stays
    /// below.
    pub address: String,
    /// Methods allowed, such as `GET`.
    pub methods: BTreeSet<String>,
    /// Character encoding of bodies, by its WHATWG label.
    #[serde(default = "utf_8")]
    pub encoding: String,
    /// Whether identity numbers may be filled in towards it.
    #[serde(default)]
    pub persons: bool,
    /// Whether it may lie on this machine or in a private network.
    #[serde(default)]
    pub private_network: bool,
    /// How requests are signed on their way out, if the department asks for it.
    #[serde(default)]
    pub signature: Option<Signature>,
}

/// A signature that the host puts under every request to a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// What is signed, and how.
    pub scheme: SignatureScheme,
    /// Name of the secret that is the key. The plugin is never given it.
    pub secret: String,
    /// Name of the key at the department.
    pub key_id: String,
}

/// What is signed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureScheme {
    /// RFC 9421 with HMAC-SHA-256 over method, path, query and the digest of the
    /// content (RFC 9530).
    #[serde(rename = "rfc9421-hmac-sha256")]
    Rfc9421HmacSha256,
}

/// A folder, bound to a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// The directory: absolute, and there already.
    pub path: String,
    /// Character encoding of the files, by its WHATWG label.
    #[serde(default = "utf_8")]
    pub encoding: String,
    /// Whether identity numbers may be filled in there.
    #[serde(default)]
    pub persons: bool,
}

fn utf_8() -> String {
    "utf-8".to_owned()
}

/// A secret setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretGrant {
    /// Environment variable that holds the value.
    pub env: Option<String>,
    /// File that holds the value; one line break at its end is not part of it.
    pub file: Option<String>,
    /// Destinations and folders towards which it is filled in.
    pub destinations: BTreeSet<String>,
}

impl Grant {
    /// What holds for a plugin: asked for and granted.
    ///
    /// # Errors
    /// Each thing asked for and not granted, and the lines that would grant it; or a
    /// feed taken in that the plugin does not read.
    pub fn effective(&self, manifest: &Manifest) -> Result<Effective, GrantError> {
        if let Some(feed) = self
            .intake
            .keys()
            .find(|feed| manifest.feed(feed).is_none())
        {
            return Err(GrantError::NoSuchFeed {
                feed: feed.clone(),
                plugin: manifest.name.clone(),
            });
        }
        let mut missing = Vec::new();
        let mut want = |granted: bool, what: String, lines: String| {
            if !granted {
                missing.push(Missing { what, lines });
            }
        };
        want(
            self.plugin == manifest.name,
            format!(
                "plugin `{}` (the grant is for `{}`)",
                manifest.name, self.plugin
            ),
            format!("plugin = \"{}\"", manifest.name),
        );
        for feed in &manifest.feeds {
            let lines = format!("feeds = [\"{}\"]", feed.name);
            want(
                self.feeds.contains(&feed.name),
                format!("feed `{}`", feed.name),
                lines,
            );
        }
        for code in &manifest.measures {
            let lines = format!("measures = [\"{code}\"]");
            want(
                self.measures.contains(code),
                format!("measure `{code}`"),
                lines,
            );
        }
        let imports = &manifest.imports;
        for name in imports.http.iter().flat_map(|http| &http.destinations) {
            let lines = format!(
                "[destinations.{name}]\naddress = \"https://…\"\nmethods = [\"GET\", \"POST\"]"
            );
            want(
                self.destinations.contains_key(name),
                format!("destination `{name}`"),
                lines,
            );
        }
        for name in imports.drop_folder.iter().flat_map(|asked| &asked.folders) {
            want(
                self.folders.contains_key(name),
                format!("folder `{name}`"),
                format!("[folders.{name}]\npath = \"/…\""),
            );
        }
        for name in imports.settings.iter().flat_map(|settings| &settings.names) {
            if let Some(destination) = self.signs_for(name) {
                let what = format!(
                    "setting `{name}` (the host signs with it for `{destination}`, and no plugin is given such a key)"
                );
                let lines = format!(
                    "# another secret under [destinations.{destination}.signature], so that `{name}` is free"
                );
                want(false, what, lines);
                continue;
            }
            let there = self.settings.contains_key(name) || self.secrets.contains_key(name);
            let lines = format!(
                "[settings]\n{name} = \"…\"\n# or, for a secret:\n[secrets.{name}]\nfile = \"…\"\ndestinations = []"
            );
            want(there, format!("setting `{name}`"), lines);
        }
        want(
            self.call || imports.call.is_none(),
            "interface `call`".to_owned(),
            "call = true".to_owned(),
        );
        want(
            self.log || imports.log.is_none(),
            "interface `log`".to_owned(),
            "log = true".to_owned(),
        );
        if !missing.is_empty() {
            return Err(GrantError::NotGranted(NotGranted {
                plugin: manifest.name.clone(),
                missing,
            }));
        }
        Ok(self.intersection(manifest))
    }

    /// The destination for which a secret is the host's signing key.
    fn signs_for(&self, secret: &str) -> Option<&str> {
        let signs = |to: &Destination| to.signature.as_ref().is_some_and(|s| s.secret == secret);
        let mut found = self.destinations.iter().filter(|(_, to)| signs(to));
        found.next().map(|(name, _)| name.as_str())
    }

    fn intersection(&self, manifest: &Manifest) -> Effective {
        let imports = &manifest.imports;
        let none = BTreeSet::new();
        let destinations = imports
            .http
            .as_ref()
            .map_or(&none, |http| &http.destinations);
        let folders = imports
            .drop_folder
            .as_ref()
            .map_or(&none, |asked| &asked.folders);
        let settings = imports
            .settings
            .as_ref()
            .map_or(&none, |asked| &asked.names);
        let destinations = chosen(&self.destinations, destinations);
        let pulls = || {
            self.intake
                .values()
                .filter_map(|intake| intake.pull.as_ref())
        };
        let pulled_from = pulls().map(|pull| pull.destination.clone()).collect();
        let pulled_from = chosen(&self.destinations, &pulled_from);
        let signing = destinations.values().chain(pulled_from.values());
        let signing = signing
            .filter_map(|to| to.signature.as_ref())
            .map(|s| s.secret.clone());
        let host_secrets = pulls().filter_map(|pull| pull.authorization.clone());
        let host_secrets = chosen(&self.secrets, &host_secrets.chain(signing).collect());
        let least = |a: u32, b: Option<u32>| b.map_or(a, |b| a.min(b));
        let bound = self.limits;
        let limits = manifest.limits;
        Effective {
            http: imports.http.is_some(),
            drop_folder: imports.drop_folder.is_some(),
            settings_interface: imports.settings.is_some(),
            call: imports.call.is_some(),
            log: imports.log.is_some(),
            destinations,
            folders: chosen(&self.folders, folders),
            settings: chosen(&self.settings, settings),
            secrets: chosen(&self.secrets, settings),
            subject: self.subject.clone(),
            intake: self.intake.clone(),
            pulled_from,
            host_secrets,
            limits: Limits {
                memory_mib: least(limits.memory_mib, bound.map(|l| l.memory_mib)),
                time_ms: least(limits.time_ms, bound.map(|l| l.time_ms)),
                output_kib: least(limits.output_kib, bound.map(|l| l.output_kib)),
                calls_in_flight: least(limits.calls_in_flight, bound.map(|l| l.calls_in_flight)),
            },
        }
    }
}

/// Those entries that were asked for.
fn chosen<T: Clone>(all: &BTreeMap<String, T>, asked: &BTreeSet<String>) -> BTreeMap<String, T> {
    let kept = all.iter().filter(|(name, _)| asked.contains(*name));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Effective {
    /// Where the value of a secret lies that the plugin or the house itself uses.
    pub fn secret(&self, name: &str) -> Option<&SecretGrant> {
        let own = self.secrets.get(name);
        own.or_else(|| self.host_secrets.get(name))
    }
}

impl Destination {
    /// Scheme, host and port, and the path below which requests stay (without a
    /// slash at its end).
    ///
    /// # Errors
    /// The rule that the address breaks.
    pub fn base(&self) -> Result<(String, String), &'static str> {
        let rule = "http:// or https://, a host, a port if need be, and a path; no user, no query";
        let url = reqwest::Url::parse(&self.address).map_err(|_| rule)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(rule);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        Ok((url.origin().ascii_serialization(), path))
    }
}

/// One thing that a plugin asked for and was not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The thing.
    pub what: String,
    /// The lines that would grant it.
    pub lines: String,
}

/// What a plugin asked for beyond its grant; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "plugin `{plugin}` asks for what it is not granted:{}\nThese lines in the grant would grant it:\n{}",
    .missing.iter().map(|m| format!("\n  {}", m.what)).collect::<String>(),
    .missing.iter().map(|m| m.lines.clone()).collect::<Vec<_>>().join("\n")
)]
pub struct NotGranted {
    /// The plugin.
    pub plugin: String,
    /// What is missing.
    pub missing: Vec<Missing>,
}

/// Why a grant and a plugin do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The plugin asks for more.
    #[error(transparent)]
    NotGranted(NotGranted),
    /// The grant takes in what the plugin does not read.
    #[error(
        "the grant takes in the feed `{feed}`, which plugin `{plugin}` does not read: take [intake.{feed}] out, or name one of the plugin's feeds"
    )]
    NoSuchFeed {
        /// The feed.
        feed: String,
        /// The plugin.
        plugin: String,
    },
}

/// What holds for one revision of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    /// Whether it may import `http`.
    pub http: bool,
    /// Whether it may import `drop-folder`.
    pub drop_folder: bool,
    /// Whether it may import `settings`.
    pub settings_interface: bool,
    /// Whether it may import `call`.
    pub call: bool,
    /// Whether it may import `log`.
    pub log: bool,
    /// Destinations by name.
    pub destinations: BTreeMap<String, Destination>,
    /// Folders by name.
    pub folders: BTreeMap<String, Folder>,
    /// Plain settings.
    pub settings: BTreeMap<String, String>,
    /// Secret settings that the plugin may use as placeholders.
    pub secrets: BTreeMap<String, SecretGrant>,
    /// What it is told of an order's subject.
    pub subject: SubjectFields,
    /// How deliveries of its feeds come in.
    pub intake: BTreeMap<String, Intake>,
    /// Where the house itself pulls deliveries from. The plugin may send there only
    /// what stands under `destinations`.
    pub pulled_from: BTreeMap<String, Destination>,
    /// Secrets that the house itself uses, for signing and for pulling.
    pub host_secrets: BTreeMap<String, SecretGrant>,
    /// What one call may consume.
    pub limits: Limits,
}

#[cfg(test)]
mod tests;
