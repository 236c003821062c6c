//! `plugin.toml`: what a plugin reads, what it carries out, what it asks for.
//! The one truth about it; code is never run to learn what it may do.
//!
//! Comes in: the text, packed into the component as the custom section
//! `credence:manifest`. Goes out: a checked manifest, or every fault with line,
//! field and rule. Always holds: what the host does not serve yet is refused here,
//! and not accepted in silence.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};
use toml::Spanned;

/// Name of the component's custom section that holds the manifest.
pub const SECTION: &str = "credence:manifest";

/// One fault of a manifest or grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, counted from 1.
    pub line: usize,
    /// The field.
    pub field: String,
    /// What is wrong and what would be right.
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.field, self.rule)
    }
}

/// The faults of one text; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} breaks {} rule(s):{}", .faults.len(), .faults.iter().map(|f| format!("\n  {f}")).collect::<String>())]
pub struct TextError {
    /// `plugin.toml` or the grant's name.
    pub what: String,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl TextError {
    /// A text that is not TOML of the expected shape.
    pub(crate) fn of_toml(what: &str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let fault = Fault {
            line: line_of(text, at),
            field: "syntax".into(),
            rule: error.message().into(),
        };
        Self {
            what: what.to_owned(),
            faults: vec![fault],
        }
    }
}

/// The line of a byte, counted from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

/// A checked manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's name: what the operator calls it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The department it speaks for.
    pub department: String,
    /// The contract version it was built against.
    pub contract: String,
    /// One line for people.
    pub summary: String,
    /// The feeds it reads.
    pub feeds: Vec<Feed>,
    /// Codes of the measures it carries out.
    pub measures: Vec<String>,
    /// What it asks for.
    pub imports: Imports,
    /// The limits it asks for.
    pub limits: Limits,
}

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Its name.
    pub name: String,
    /// What the department packs its text into.
    #[serde(default)]
    pub container: Container,
    /// The character encoding, by its WHATWG label.
    pub encoding: String,
    /// What the text is written in. Decides how a person token is put in, and
    /// which escapes may hide an identity number.
    #[serde(default)]
    pub framing: Framing,
    /// Whether a delivery holds changes or the complete state.
    pub delivers: Delivers,
    /// Days between two deliveries, as the department promises them: the alarm
    /// for a quiet feed counts from it. `None`: no promise, no alarm.
    #[serde(default)]
    pub interval_days: Option<u16>,
    /// Identity patterns beyond GB 11643.
    pub person_patterns: Vec<String>,
    /// Whether it carries acknowledgements of orders.
    pub acknowledgements: bool,
}

/// What a delivery is, as a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// Text in a character encoding.
    #[default]
    Text,
    /// A workbook (Office Open XML), of which a decoder makes CSV text.
    Xlsx,
}

/// What a text is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// CSV, fixed columns, plain words: what stands there is meant as it stands.
    #[default]
    Text,
    /// JSON, one document or one a line.
    Json,
    /// XML.
    Xml,
}

/// What a delivery holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivers {
    /// What is new or changed.
    Changes,
}

/// The services asked for, each with its parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imports {
    /// Requests, to these destinations.
    pub http: Option<Http>,
    /// Files, into these folders.
    #[serde(rename = "drop-folder")]
    pub drop_folder: Option<DropFolder>,
    /// Settings of these names.
    pub settings: Option<Settings>,
    /// The call's own clock and id.
    pub call: Option<Call>,
    /// Notes for the operator.
    pub log: Option<Log>,
}

/// Destinations asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Their names.
    pub destinations: BTreeSet<String>,
}

/// Folders asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropFolder {
    /// Their names.
    pub folders: BTreeSet<String>,
}

/// Settings asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Their names.
    pub names: BTreeSet<String>,
}

/// The call interface; nothing to parametrise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {}

/// The log interface; nothing to parametrise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {}

/// What one call may consume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Memory, all memories and tables of the call together.
    pub memory_mib: u32,
    /// The guest's own time, host calls not counted.
    pub time_ms: u32,
    /// What one answer or one request may hold.
    pub output_kib: u32,
    /// Calls at the same time.
    pub calls_in_flight: u32,
}

impl Limits {
    /// The most that any plugin gets, whatever it asks for.
    pub const MOST: Self = Self {
        memory_mib: 256,
        time_ms: 60_000,
        output_kib: 65_536,
        calls_in_flight: 64,
    };
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: Spanned<String>,
    version: Spanned<String>,
    department: Spanned<String>,
    contract: Spanned<String>,
    summary: String,
    #[serde(default)]
    feeds: Vec<Spanned<Feed>>,
    #[serde(default)]
    measures: Vec<MeasureRow>,
    #[serde(default = "nothing_asked")]
    imports: Spanned<Imports>,
    limits: Spanned<Limits>,
}

fn nothing_asked() -> Spanned<Imports> {
    Spanned::new(0..0, Imports::default())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureRow {
    code: String,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// Every rule broken, with its line.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let what = "plugin.toml";
        let read: Text =
            toml::from_str(text).map_err(|error| TextError::of_toml(what, text, &error))?;
        let mut faults = Vec::new();
        let mut fault = |at: usize, field: &str, rule: String| {
            faults.push(Fault {
                line: line_of(text, at),
                field: field.to_owned(),
                rule,
            });
        };
        for (field, value) in [("name", &read.name), ("department", &read.department)] {
            if !is_name(value.as_ref()) {
                let rule = "1 to 40 of a-z, 0-9 and -, beginning with a letter".to_owned();
                fault(value.span().start, field, rule);
            }
        }
        if !is_version(read.version.as_ref()) {
            let rule = "three numbers with dots, such as 1.4.0".to_owned();
            fault(read.version.span().start, "version", rule);
        }
        if !crate::contract::is_served(read.contract.as_ref()) {
            let rule = format!(
                "this host serves contract {} and older 0.1 versions; build against one of them",
                crate::contract::VERSION
            );
            fault(read.contract.span().start, "contract", rule);
        }
        let mut names = BTreeSet::new();
        for feed in &read.feeds {
            for (field, rule) in feed_faults(feed.as_ref(), &mut names) {
                fault(feed.span().start, field, rule);
            }
        }
        for (field, rule) in folder_faults(read.imports.as_ref()) {
            fault(read.imports.span().start, field, rule);
        }
        for (field, rule) in limit_faults(read.limits.as_ref()) {
            fault(read.limits.span().start, field, rule);
        }
        if read.feeds.is_empty() && read.measures.is_empty() {
            let rule = "a plugin reads a feed, carries out a measure, or both".to_owned();
            fault(0, "feeds", rule);
        }
        if !faults.is_empty() {
            return Err(TextError {
                what: what.to_owned(),
                faults,
            });
        }
        Ok(Self {
            name: read.name.into_inner(),
            version: read.version.into_inner(),
            department: read.department.into_inner(),
            contract: read.contract.into_inner(),
            summary: read.summary,
            feeds: read.feeds.into_iter().map(Spanned::into_inner).collect(),
            measures: read.measures.into_iter().map(|row| row.code).collect(),
            imports: read.imports.into_inner(),
            limits: read.limits.into_inner(),
        })
    }

    /// The feed of this name.
    pub fn feed(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.name == name)
    }
}

fn feed_faults<'a>(feed: &'a Feed, names: &mut BTreeSet<&'a str>) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if !is_name(&feed.name) || !names.insert(&feed.name) {
        faults.push(("feeds.name", "a name of its own: a-z, 0-9 and -".to_owned()));
    }
    if encoding_rs::Encoding::for_label(feed.encoding.as_bytes()).is_none() {
        let rule = format!(
            "`{}` is no character encoding; try utf-8 or gb18030",
            feed.encoding
        );
        faults.push(("feeds.encoding", rule));
    }
    if feed.container == Container::Xlsx {
        if feed.encoding != "utf-8" {
            let rule = "a workbook names its own encoding; write utf-8";
            faults.push(("feeds.encoding", rule.to_owned()));
        }
        if feed.framing != Framing::Text {
            let rule = "of a workbook comes CSV, which is text; leave the line out";
            faults.push(("feeds.framing", rule.to_owned()));
        }
    }
    if feed
        .interval_days
        .is_some_and(|days| !(1..=366).contains(&days))
    {
        faults.push(("feeds.interval_days", "between 1 and 366".to_owned()));
    }
    if !feed.person_patterns.is_empty() {
        let rule = "patterns beyond GB 11643 are not masked by this version; leave the list empty";
        faults.push(("feeds.person_patterns", rule.to_owned()));
    }
    faults
}

fn folder_faults(imports: &Imports) -> Vec<(&'static str, String)> {
    let asked = imports.drop_folder.iter();
    let wrong = asked.filter(|asked| {
        asked.folders.is_empty() || asked.folders.iter().any(|name| !is_name(name))
    });
    let rule = "at least one folder, each a name: a-z, 0-9 and -, beginning with a letter";
    wrong
        .map(|_| ("imports.drop-folder.folders", rule.to_owned()))
        .collect()
}

pub(crate) fn limit_faults(limits: &Limits) -> Vec<(&'static str, String)> {
    let most = Limits::MOST;
    let bounds = [
        ("limits.memory_mib", limits.memory_mib, 1, most.memory_mib),
        ("limits.time_ms", limits.time_ms, 10, most.time_ms),
        ("limits.output_kib", limits.output_kib, 64, most.output_kib),
        (
            "limits.calls_in_flight",
            limits.calls_in_flight,
            1,
            most.calls_in_flight,
        ),
    ];
    bounds
        .into_iter()
        .filter(|(_, value, least, most)| value < least || value > most)
        .map(|(field, _, least, most)| (field, format!("between {least} and {most}")))
        .collect()
}

/// A name that is safe in paths, tables and logs.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests;
