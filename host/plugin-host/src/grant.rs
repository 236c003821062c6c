//! What the operator grants a plugin, and what follows from it together with
//! what the plugin asked for.
//!
//! Comes in: a grant as TOML and a manifest. Goes out: the effective grant,
//! which is the intersection. Always holds: what is not granted by name does not
//! exist for the plugin; an address is bound by the operator and never chosen by
//! the guest.

use crate::manifest::{Fault, Limits, Manifest, TextError, limit_faults, line_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

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
    /// Settings with their values.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secret settings: where the value lies and where it may go.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretGrant>,
    /// Which facts about the subject of an order it is told.
    #[serde(default)]
    pub subject: SubjectFields,
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
    /// Destinations towards which it is filled in.
    pub destinations: BTreeSet<String>,
}

impl Grant {
    /// Reads and checks a grant.
    ///
    /// # Errors
    /// Every rule broken, with its line where it has one.
    pub fn parse(name: &str, text: &str) -> Result<Self, TextError> {
        let spanned: Spanned<Self> =
            toml::from_str(text).map_err(|error| TextError::of_toml(name, text, &error))?;
        let grant = spanned.into_inner();
        let mut faults = Vec::new();
        let mut fault = |key: &str, field: String, rule: &str| {
            // The table's header is the nearest place that TOML tells us of.
            let at = text.find(key).unwrap_or(0);
            faults.push(Fault {
                line: line_of(text, at),
                field,
                rule: rule.to_owned(),
            });
        };
        for (name, destination) in &grant.destinations {
            let key = format!("destinations.{name}");
            if let Err(rule) = destination.base() {
                fault(&key, format!("{key}.address"), rule);
            }
            if encoding_rs::Encoding::for_label(destination.encoding.as_bytes()).is_none() {
                fault(
                    &key,
                    format!("{key}.encoding"),
                    "is no character encoding; try utf-8",
                );
            }
            let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];
            if !destination
                .methods
                .iter()
                .all(|m| known.contains(&m.as_str()))
            {
                fault(
                    &key,
                    format!("{key}.methods"),
                    "GET, POST, PUT, PATCH or DELETE, in capitals",
                );
            }
        }
        for (name, secret) in &grant.secrets {
            let key = format!("secrets.{name}");
            if secret.env.is_some() == secret.file.is_some() {
                fault(
                    &key,
                    key.clone(),
                    "name either `env` or `file`, not both and not neither",
                );
            }
            if grant.settings.contains_key(name) {
                fault(
                    &key,
                    key.clone(),
                    "stands under [settings] too; keep it here only",
                );
            }
            if !secret
                .destinations
                .iter()
                .all(|d| grant.destinations.contains_key(d))
            {
                fault(
                    &key,
                    format!("{key}.destinations"),
                    "names a destination that is not granted",
                );
            }
        }
        for (field, rule) in grant.limits.iter().flat_map(limit_faults) {
            fault("[limits]", field.to_owned(), &rule);
        }
        if faults.is_empty() {
            Ok(grant)
        } else {
            Err(TextError {
                what: name.to_owned(),
                faults,
            })
        }
    }

    /// What holds for a plugin: asked for and granted.
    ///
    /// # Errors
    /// Each thing asked for and not granted, and the lines that would grant it.
    pub fn effective(&self, manifest: &Manifest) -> Result<Effective, NotGranted> {
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
        for name in imports.settings.iter().flat_map(|settings| &settings.names) {
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
            return Err(NotGranted {
                plugin: manifest.name.clone(),
                missing,
            });
        }
        Ok(self.intersection(manifest))
    }

    fn intersection(&self, manifest: &Manifest) -> Effective {
        let imports = &manifest.imports;
        let asked = |name: &String| {
            imports
                .http
                .as_ref()
                .is_some_and(|http| http.destinations.contains(name))
        };
        let wanted = |name: &String| {
            imports
                .settings
                .as_ref()
                .is_some_and(|settings| settings.names.contains(name))
        };
        let least = |a: u32, b: Option<u32>| b.map_or(a, |b| a.min(b));
        let bound = self.limits;
        let limits = manifest.limits;
        Effective {
            http: imports.http.is_some(),
            settings_interface: imports.settings.is_some(),
            call: imports.call.is_some(),
            log: imports.log.is_some(),
            destinations: self
                .destinations
                .iter()
                .filter(|(name, _)| asked(name))
                .map(|(name, destination)| (name.clone(), destination.clone()))
                .collect(),
            settings: self
                .settings
                .iter()
                .filter(|(name, _)| wanted(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            secrets: self
                .secrets
                .iter()
                .filter(|(name, _)| wanted(name))
                .map(|(name, secret)| (name.clone(), secret.clone()))
                .collect(),
            subject: self.subject.clone(),
            limits: Limits {
                memory_mib: least(limits.memory_mib, bound.map(|l| l.memory_mib)),
                time_ms: least(limits.time_ms, bound.map(|l| l.time_ms)),
                output_kib: least(limits.output_kib, bound.map(|l| l.output_kib)),
                calls_in_flight: least(limits.calls_in_flight, bound.map(|l| l.calls_in_flight)),
            },
        }
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

/// What holds for one revision of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    /// Whether it may import `http`.
    pub http: bool,
    /// Whether it may import `settings`.
    pub settings_interface: bool,
    /// Whether it may import `call`.
    pub call: bool,
    /// Whether it may import `log`.
    pub log: bool,
    /// Destinations by name.
    pub destinations: BTreeMap<String, Destination>,
    /// Plain settings.
    pub settings: BTreeMap<String, String>,
    /// Secret settings.
    pub secrets: BTreeMap<String, SecretGrant>,
    /// What it is told of an order's subject.
    pub subject: SubjectFields,
    /// What one call may consume.
    pub limits: Limits,
}

#[cfg(test)]
mod tests;
