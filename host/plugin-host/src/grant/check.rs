//! What is asked of a grant's text, before any plugin is looked at.
//!
//! Comes in: TOML. Goes out: a grant, or every fault with line, field and rule.
//! Always holds: whatever a grant names of itself (a secret, a destination) stands
//! in it.

use super::{Destination, Folder, Grant, Intake, Pull, Signature};
use crate::{
    manifest::{Fault, TextError, limit_faults, line_of},
    services::path_is_plain,
};
use std::path::Path;

/// Characters of a key's name.
const KEY_ID: usize = 100;

/// A fault's place, as the table's header has it, the field below it, the rule.
type Found = (String, String, String);

impl Grant {
    /// Reads and checks a grant.
    ///
    /// # Errors
    /// Every rule broken, with its line where it has one.
    pub fn parse(name: &str, text: &str) -> Result<Self, TextError> {
        let grant: Self =
            toml::from_str(text).map_err(|error| TextError::of_toml(name, text, &error))?;
        let mut found = Vec::new();
        grant.destination_faults(&mut found);
        grant.folder_faults(&mut found);
        grant.secret_faults(&mut found);
        grant.intake_faults(&mut found);
        for (field, rule) in grant.limits.iter().flat_map(limit_faults) {
            found.push(("limits".into(), field.to_owned(), rule));
        }
        if found.is_empty() {
            return Ok(grant);
        }
        let fault = |(table, field, rule): Found| Fault {
            // The table's header is the nearest place that TOML tells us of.
            line: line_of(text, header(text, &table)),
            field,
            rule,
        };
        Err(TextError {
            what: name.to_owned(),
            faults: found.into_iter().map(fault).collect(),
        })
    }

    fn destination_faults(&self, found: &mut Vec<Found>) {
        for (name, destination) in &self.destinations {
            let table = format!("destinations.{name}");
            let mut fault = |field: &str, rule: &str| {
                found.push((table.clone(), format!("{table}.{field}"), rule.to_owned()));
            };
            if let Err(rule) = destination.base() {
                fault("address", rule);
            }
            if !can_write(&destination.encoding) {
                fault(
                    "encoding",
                    "is no character encoding to write in; try utf-8",
                );
            }
            let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];
            if !destination
                .methods
                .iter()
                .all(|m| known.contains(&m.as_str()))
            {
                fault("methods", "GET, POST, PUT, PATCH or DELETE, in capitals");
            }
            let Some(signature) = &destination.signature else {
                continue;
            };
            for (field, rule) in self.signature_faults(name, signature) {
                let table = format!("{table}.signature");
                found.push((table.clone(), format!("{table}.{field}"), rule));
            }
        }
    }

    fn signature_faults(&self, to: &str, signature: &Signature) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        if let Err(rule) = self.secret_for(&signature.secret, to) {
            faults.push(("secret", rule));
        }
        let key_id = &signature.key_id;
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
        if !(1..=KEY_ID).contains(&key_id.len()) || !key_id.bytes().all(plain) {
            let rule = format!("1 to {KEY_ID} visible ASCII characters without \" and \\");
            faults.push(("key_id", rule));
        }
        faults
    }

    /// Whether a secret stands in this grant and may go to a destination.
    fn secret_for(&self, secret: &str, to: &str) -> Result<(), String> {
        match self.secrets.get(secret) {
            None => Err(format!("there is no [secrets.{secret}]")),
            Some(granted) if !granted.destinations.contains(to) => Err(format!(
                "add \"{to}\" to `destinations` under [secrets.{secret}]"
            )),
            Some(_) => Ok(()),
        }
    }

    fn folder_faults(&self, found: &mut Vec<Found>) {
        for (name, folder) in &self.folders {
            let table = format!("folders.{name}");
            let mut fault = |field: &str, rule: &str| {
                found.push((table.clone(), format!("{table}.{field}"), rule.to_owned()));
            };
            if !Path::new(&folder.path).is_absolute() {
                fault(
                    "path",
                    "the directory from the root on, such as /srv/outbox",
                );
            }
            if !can_write(&folder.encoding) {
                fault(
                    "encoding",
                    "is no character encoding to write in; try gb18030",
                );
            }
            let same = |other: &Folder| Path::new(&other.path) == Path::new(&folder.path);
            if self
                .folders
                .iter()
                .any(|(n, other)| n < name && same(other))
            {
                fault(
                    "path",
                    "another folder is bound to this place; give each its own",
                );
            }
            if self.destinations.contains_key(name) {
                fault(
                    "name",
                    "a destination has this name; a folder needs its own",
                );
            }
        }
    }

    fn secret_faults(&self, found: &mut Vec<Found>) {
        for (name, secret) in &self.secrets {
            let table = format!("secrets.{name}");
            let mut fault = |field: String, rule: &str| {
                found.push((table.clone(), field, rule.to_owned()));
            };
            if secret.env.is_some() == secret.file.is_some() {
                let rule = "name either `env` or `file`, not both and not neither";
                fault(table.clone(), rule);
            }
            if self.settings.contains_key(name) {
                fault(
                    table.clone(),
                    "stands under [settings] too; keep it here only",
                );
            }
            let there =
                |to: &String| self.destinations.contains_key(to) || self.folders.contains_key(to);
            if !secret.destinations.iter().all(there) {
                let rule = "names a destination or folder that is not granted";
                fault(format!("{table}.destinations"), rule);
            }
        }
    }

    fn intake_faults(&self, found: &mut Vec<Found>) {
        for (feed, intake) in &self.intake {
            let table = format!("intake.{feed}");
            let mut fault = |field: &str, rule: String| {
                found.push((table.clone(), format!("{table}{field}"), rule));
            };
            if *intake == Intake::default() {
                fault(
                    "",
                    "name a way in: `folder`, `upload = true` or `pull`".into(),
                );
            }
            if !self.feeds.contains(feed) {
                fault(
                    "",
                    format!("add \"{feed}\" to `feeds`, which grants the feed"),
                );
            }
            if let Some(folder) = &intake.folder {
                let folder = Path::new(folder);
                if !folder.is_absolute() {
                    let rule = "the directory from the root on, such as /srv/inbox";
                    fault(".folder", rule.into());
                }
                if self
                    .folders
                    .values()
                    .any(|out| Path::new(&out.path) == folder)
                {
                    let rule = "files are put there under [folders]; watch another directory";
                    fault(".folder", rule.into());
                }
                let before = self.intake.iter().take_while(|(name, _)| *name != feed);
                let mut before = before.filter_map(|(_, other)| other.folder.as_deref());
                if before.any(|other| Path::new(other) == folder) {
                    let rule = "another feed comes in there; give each its own";
                    fault(".folder", rule.into());
                }
            }
            let Some(pull) = &intake.pull else { continue };
            for (field, rule) in self.pull_faults(pull) {
                let table = format!("{table}.pull");
                found.push((table.clone(), format!("{table}.{field}"), rule));
            }
        }
    }

    fn pull_faults(&self, pull: &Pull) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let to = &pull.destination;
        let gets = |to: &Destination| to.methods.contains("GET");
        match self.destinations.get(to) {
            None => faults.push(("destination", format!("there is no [destinations.{to}]"))),
            Some(granted) if !gets(granted) => {
                let rule = format!("add \"GET\" to `methods` under [destinations.{to}]");
                faults.push(("destination", rule));
            }
            Some(_) => {}
        }
        if !path_is_plain(&pull.path) {
            let rule = "begins with `/`, is percent-encoded, and has no `..`";
            faults.push(("path", rule.to_owned()));
        }
        if !(1..=Pull::MOST_MINUTES).contains(&pull.every_minutes) {
            faults.push((
                "every_minutes",
                format!("between 1 and {}", Pull::MOST_MINUTES),
            ));
        }
        if let Some(secret) = &pull.authorization
            && let Err(rule) = self.secret_for(secret, to)
        {
            faults.push(("authorization", rule));
        }
        faults
    }
}

/// Whether this is the label of an encoding that text can be brought into; UTF-16
/// can only be read.
fn can_write(label: &str) -> bool {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes());
    encoding.is_some_and(|encoding| encoding.output_encoding() == encoding)
}

/// Where a table begins: its header, or else whatever names it first.
fn header(text: &str, table: &str) -> usize {
    let found = text.find(&format!("[{table}]"));
    found.or_else(|| text.find(table)).unwrap_or(0)
}
