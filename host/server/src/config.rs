//! The configuration of a house: which region it serves, what its log is called,
//! and how much it takes in at once.
//!
//! Comes in: `DATA/credence.toml`, or the file named with `--config`. Goes out: a
//! `Config`, or every fault with file, line and field. Always holds: a field that
//! means nothing is refused, so a slip of the pen is never passed over; without a
//! file the defaults hold. Deliberately absent: secrets (they stand where grants
//! say) and anything that a department's grant decides.

use anyhow::Context as _;
use credence_audit::Checkpoint;
use serde::Deserialize;
use std::{fmt, fs, io::ErrorKind, path::Path};
use toml::Spanned;

/// What the operator sets once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// GB/T 2260 code of the region.
    pub(crate) region: String,
    /// The log's name in every checkpoint. It stays for the life of the log.
    pub(crate) origin: String,
    /// Bytes of the largest delivery that is taken by upload or pull.
    pub(crate) largest_delivery: u64,
}

/// The largest delivery where nothing else is set, in MiB.
const LARGEST_MIB: u64 = 2048;

impl Default for Config {
    fn default() -> Self {
        Self {
            region: "350000".to_owned(),
            origin: "credence.local/log".to_owned(),
            largest_delivery: LARGEST_MIB << 20,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    region: Option<Spanned<String>>,
    origin: Option<Spanned<String>>,
    largest_delivery_mib: Option<Spanned<u64>>,
}

/// One fault, as `file:line: field: rule`.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    field: &'static str,
    rule: String,
}

/// The faults of a configuration; never empty.
#[derive(Debug)]
struct Faults {
    file: String,
    faults: Vec<Fault>,
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration breaks {} rule(s):", self.faults.len())?;
        for Fault { line, field, rule } in &self.faults {
            write!(f, "\n  {}:{line}: {field}: {rule}", self.file)?;
        }
        Ok(())
    }
}

impl Config {
    /// Reads the named file, or the one in the data directory if it is there.
    pub(crate) fn read(data: &Path, named: Option<&Path>) -> anyhow::Result<Self> {
        let usual = data.join("credence.toml");
        let path = named.unwrap_or(&usual);
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::parse(&path.display().to_string(), &text)?),
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
                Ok(Self::default())
            }
            Err(error) => Err(error).with_context(|| {
                format!(
                    "cannot read the configuration {}; it is a text file in UTF-8",
                    path.display()
                )
            }),
        }
    }

    fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let line_of = |at: usize| {
            text.as_bytes()[..at]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1
        };
        let faults = |faults| Faults {
            file: file.to_owned(),
            faults,
        };
        let read: Text = toml::from_str(text).map_err(|error| {
            let line = line_of(error.span().map_or(0, |span| span.start));
            faults(vec![Fault {
                line,
                field: "syntax",
                rule: error.message().to_owned(),
            }])
        })?;
        let mut found = Vec::new();
        if let Some(region) = &read.region
            && !is_region(region.as_ref())
        {
            let line = line_of(region.span().start);
            let rule = "six digits, a code of GB/T 2260 such as 350000".to_owned();
            found.push(Fault {
                line,
                field: "region",
                rule,
            });
        }
        // Whatever a checkpoint takes for an origin is one.
        if let Some(origin) = &read.origin
            && let Err(error) = Checkpoint::new(origin.as_ref(), 0, [0; 32])
        {
            let line = line_of(origin.span().start);
            found.push(Fault {
                line,
                field: "origin",
                rule: error.to_string(),
            });
        }
        if let Some(largest) = &read.largest_delivery_mib
            && !(1..=1 << 20).contains(largest.as_ref())
        {
            found.push(Fault {
                line: line_of(largest.span().start),
                field: "largest_delivery_mib",
                rule: "between 1 and 1048576; every delivery needs as much room on the disk"
                    .to_owned(),
            });
        }
        if !found.is_empty() {
            return Err(faults(found));
        }
        let usual = Self::default();
        Ok(Self {
            region: read.region.map_or(usual.region, Spanned::into_inner),
            origin: read.origin.map_or(usual.origin, Spanned::into_inner),
            largest_delivery: read
                .largest_delivery_mib
                .map_or(usual.largest_delivery, |mib| mib.into_inner() << 20),
        })
    }
}

fn is_region(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, faults: &[&str]) {
        let error = Config::parse("credence.toml", text)
            .unwrap_err()
            .to_string();
        for fault in faults {
            assert!(error.contains(fault), "{error}");
        }
        assert_eq!(error.lines().count(), faults.len() + 1, "{error}");
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        assert_eq!(Config::parse("c", "").unwrap(), Config::default());
        let set = Config::parse("c", "region = \"350100\"\n").unwrap();
        assert_eq!(
            set,
            Config {
                region: "350100".to_owned(),
                ..Config::default()
            }
        );
        let set = Config::parse("c", "origin = \"fj.example/log\"\n").unwrap();
        assert_eq!(set.origin, "fj.example/log");
        let set = Config::parse("c", "largest_delivery_mib = 16\n").unwrap();
        assert_eq!(set.largest_delivery, 16 << 20);
    }

    #[test]
    fn every_fault_names_file_line_and_field() {
        check(
            "\n\nregoin = \"350000\"",
            &["credence.toml:3: syntax: unknown field `regoin`"],
        );
        check(
            "region = 350000",
            &["credence.toml:1: syntax: invalid type"],
        );
        check("region = \"", &["credence.toml:1: syntax:"]);
        check(
            "largest_delivery_mib = 0",
            &["credence.toml:1: largest_delivery_mib: between 1 and"],
        );
        check(
            "# both\nregion = \"福建\"\norigin = \"our log\"\n",
            &[
                "credence.toml:2: region: six digits",
                "credence.toml:3: origin: the log's origin",
            ],
        );
    }

    #[test]
    fn a_named_file_has_to_be_there_and_the_usual_one_need_not() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Config::read(dir.path(), None).unwrap(), Config::default());
        let named = dir.path().join("other.toml");
        let error = Config::read(dir.path(), Some(&named)).unwrap_err();
        assert!(error.to_string().contains("other.toml"), "{error}");
        fs::write(dir.path().join("credence.toml"), "region = \"350200\"").unwrap();
        assert_eq!(Config::read(dir.path(), None).unwrap().region, "350200");
    }
}
