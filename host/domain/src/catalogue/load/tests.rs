//! Every rule of the loader, broken alone, with the line it names.
//!
//! `good/` is a small sound catalogue. A test changes one place in it and says
//! which fault it expects, where, and in which words.

mod accepted;
mod editions;
mod law;
mod measures;
mod remarks;
mod rows;

use super::*;
use crate::catalogue::{Remark, RemarkSort};

/// The sound catalogue, with something changed.
#[derive(Clone)]
struct Files(Vec<(String, String)>);

fn good() -> Files {
    let files = [
        ("bases.toml", include_str!("tests/good/bases.toml")),
        (
            "organizations.toml",
            include_str!("tests/good/organizations.toml"),
        ),
        ("persons.toml", include_str!("tests/good/persons.toml")),
        ("measures.toml", include_str!("tests/good/measures.toml")),
    ];
    Files(
        files
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into(),
    )
}

impl Files {
    /// Puts other words in the one place where these stand.
    #[track_caller]
    fn with(mut self, words: &str, instead: &str) -> Self {
        let times: usize = self
            .0
            .iter()
            .map(|(_, text)| text.matches(words).count())
            .sum();
        assert_eq!(times, 1, "`{words}` stands there {times} times");
        for (_, text) in &mut self.0 {
            *text = text.replace(words, instead);
        }
        self
    }

    /// The same within one entry, for words that stand in several.
    #[track_caller]
    fn with_in(mut self, code: &str, words: &str, instead: &str) -> Self {
        let head = format!("code = \"{code}\"\n");
        for (_, text) in &mut self.0 {
            if let Some(start) = text.find(&head) {
                let length = text[start..].find("\n\n").unwrap_or(text.len() - start);
                let entry = text[start..start + length].to_owned();
                assert!(entry.contains(words), "`{code}` does not say `{words}`");
                text.replace_range(start..start + length, &entry.replacen(words, instead, 1));
                return self;
            }
        }
        panic!("no entry `{code}`");
    }

    fn and(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.to_owned(), text.to_owned()));
        self
    }

    /// File and line of the first line that begins with these words.
    #[track_caller]
    fn place(&self, words: &str) -> (String, usize) {
        self.0
            .iter()
            .find_map(|(name, text)| {
                let line = text.lines().position(|line| line.starts_with(words))?;
                Some((name.clone(), line + 1))
            })
            .unwrap_or_else(|| panic!("no line begins with `{words}`"))
    }

    fn faults(&self) -> Vec<Fault> {
        match load(&self.0) {
            Ok(_) => Vec::new(),
            Err(CatalogueError(faults)) => faults,
        }
    }

    #[track_caller]
    fn sound(&self) -> Catalogue {
        load(&self.0).unwrap_or_else(|error| panic!("{error}"))
    }

    fn remarks(&self, sort: RemarkSort) -> Vec<Remark> {
        let remarks = self.sound().remarks;
        remarks
            .into_iter()
            .filter(|remark| remark.sort == sort)
            .collect()
    }
}

/// Expects one fault and no other: at the line that begins with `line`, of this
/// field, in these words.
#[track_caller]
fn check(files: Files, line: &str, field: &str, words: &str) {
    let faults = files.faults();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 1, "{told:#?}");
    assert_eq!(faults[0].field, field, "{told:#?}");
    assert!(faults[0].rule.contains(words), "{told:#?}");
    let found = (faults[0].file.clone(), faults[0].line);
    assert_eq!(found, files.place(line), "{told:#?}");
}
