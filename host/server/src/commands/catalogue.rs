//! `catalogue check`: every rule that catalogue files break, with its line, or
//! what the sound catalogue holds and what is left for a person to settle.
//!
//! Comes in: files and directories. Goes out: faults and status 1, or a summary
//! and status 0. Always holds: nothing is changed and no house is needed.

use super::{Desk, read_text};
use crate::{
    args::CatalogueCommand,
    tell::{Failure, fields, or_blank, table},
};
use anyhow::{Context as _, ensure};
use credence_domain::catalogue::{
    self, Catalogue, Edition, Fault, Kind, Lack, Measure, Readiness, Remark,
};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The answer where every rule is kept.
#[derive(Serialize)]
struct Checked {
    sound: bool,
    editions: Vec<Edition>,
    bases: usize,
    domains: usize,
    limits: usize,
    notices: usize,
    lists: usize,
    items: usize,
    measures: usize,
    mandates: usize,
    entries: Vec<Entry>,
    remarks: Vec<Remark>,
}

/// A measure in one edition.
#[derive(Serialize)]
struct Entry {
    code: String,
    title: String,
    kind: Kind,
    executor: String,
    /// Name of the edition.
    edition: String,
    state: Readiness,
    /// What keeps it from being dispatched; empty if nothing does.
    lacks: Vec<Lack>,
}

/// The answer where rules are broken.
#[derive(Serialize)]
struct Broken {
    sound: bool,
    #[serde(flatten)]
    failure: Failure,
    faults: Vec<Fault>,
}

pub(super) fn run(command: CatalogueCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let CatalogueCommand::Check { files } = command;
    match catalogue::load(&named_texts(&files)?) {
        Ok(catalogue) => {
            desk.tell.show(&Checked::from(catalogue), words)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let failure = Failure {
                error: error.to_string(),
                causes: Vec::new(),
            };
            desk.tell.failure_beside_answer(&failure);
            desk.tell.show_to_programs(&Broken {
                sound: false,
                failure,
                faults: error.0,
            })?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The files named, and those of each directory named, as a house would read
/// them.
fn named_texts(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for path in paths {
        let files = match path.is_dir() {
            true => files_of(path)?,
            false => vec![path.clone()],
        };
        for file in files {
            texts.push((file.display().to_string(), read_text(&file)?));
        }
    }
    Ok(texts)
}

fn files_of(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read the directory {}", dir.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    ensure!(
        !files.is_empty(),
        "{} holds no catalogue; its files end in .toml",
        dir.display()
    );
    files.sort();
    Ok(files)
}

impl From<Catalogue> for Checked {
    fn from(catalogue: Catalogue) -> Self {
        let measures = catalogue.measures.values().flatten();
        let entries = measures.map(|measure| entry(&catalogue, measure)).collect();
        Self {
            sound: true,
            entries,
            bases: catalogue.bases.len(),
            domains: catalogue.domains.len(),
            limits: catalogue.limits.len(),
            notices: catalogue.notices.len(),
            lists: catalogue.lists.len(),
            items: catalogue.items.len(),
            measures: catalogue.measures.len(),
            mandates: catalogue.mandates.values().map(Vec::len).sum(),
            editions: catalogue.editions,
            remarks: catalogue.remarks,
        }
    }
}

fn entry(catalogue: &Catalogue, measure: &Measure) -> Entry {
    Entry {
        code: measure.code.clone(),
        title: measure.title.clone(),
        kind: measure.kind,
        executor: measure.executor.clone(),
        edition: catalogue.editions[measure.edition].name.clone(),
        state: catalogue.readiness(measure),
        lacks: catalogue.lacks(measure),
    }
}

fn words(checked: &Checked) -> String {
    let ready = |state| {
        let entries = checked.entries.iter();
        entries.filter(|entry| entry.state == state).count()
    };
    let counts = fields(&[
        ("catalogue", "sound".to_owned()),
        ("bases", checked.bases.to_string()),
        ("domains", checked.domains.to_string()),
        ("limits", checked.limits.to_string()),
        ("notices", checked.notices.to_string()),
        ("lists", checked.lists.to_string()),
        ("items", checked.items.to_string()),
        ("measures", checked.measures.to_string()),
        ("mandates", checked.mandates.to_string()),
        ("dispatchable", ready(Readiness::Dispatchable).to_string()),
        ("referral", ready(Readiness::Referral).to_string()),
        ("drafts", ready(Readiness::Draft).to_string()),
        ("idle", ready(Readiness::Idle).to_string()),
        ("remarks", checked.remarks.len().to_string()),
    ]);
    let mut parts = vec![counts];
    if !checked.editions.is_empty() {
        parts.push(table(
            ["series", "edition", "from", "until"],
            checked.editions.iter().map(edition_row),
        ));
    }
    if !checked.entries.is_empty() {
        parts.push(table(
            [
                "measure", "edition", "title", "kind", "executor", "state", "lacks",
            ],
            checked.entries.iter().map(entry_row),
        ));
    }
    if !checked.remarks.is_empty() {
        let lines: Vec<String> = checked.remarks.iter().map(remark_line).collect();
        parts.push(format!("For a person to settle:\n{}", lines.join("\n")));
    }
    parts.join("\n\n")
}

fn edition_row(edition: &Edition) -> [String; 4] {
    [
        edition.series.clone(),
        edition.name.clone(),
        edition.in_force_from.to_string(),
        or_blank(edition.until),
    ]
}

fn entry_row(entry: &Entry) -> [String; 7] {
    let lacks: Vec<&str> = entry.lacks.iter().map(|lack| lack.code()).collect();
    [
        entry.code.clone(),
        entry.edition.clone(),
        entry.title.clone(),
        entry.kind.code().to_owned(),
        entry.executor.clone(),
        entry.state.code().to_owned(),
        lacks.join(", "),
    ]
}

fn remark_line(remark: &Remark) -> String {
    let Remark {
        file,
        line,
        code,
        sort,
        text,
        edition: _,
    } = remark;
    format!("{file}:{line}: {code}: {}: {text}", sort.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/catalogue")
    }

    fn checked() -> Checked {
        let texts = named_texts(&[sample()]).unwrap();
        catalogue::load(&texts).unwrap().into()
    }

    #[test]
    fn a_sound_catalogue_is_told_with_its_measures_and_what_is_left_to_settle() {
        let told = words(&checked());
        let measure = told.lines().find(|line| line.starts_with("L-TAX-02"));
        assert!(
            measure.is_some_and(|line| line.ends_with("dispatchable")),
            "{told}"
        );
        let draft = told.lines().find(|line| line.starts_with("S-TRN-02"));
        assert!(
            draft.is_some_and(|line| line.ends_with("held-back")),
            "{told}"
        );
        assert!(told.contains("fujian-measures"), "{told}");
        let remark = told
            .lines()
            .find(|line| line.contains(": S-TRN-02: draft: "));
        assert!(
            remark.is_some_and(|line| line.contains("measures.toml:")),
            "{told}"
        );
    }

    #[test]
    fn programs_read_every_count_entry_and_remark() {
        let json = serde_json::to_value(checked()).unwrap();
        assert_eq!(json["sound"], true);
        for table in ["bases", "items", "measures", "mandates", "lists", "limits"] {
            assert!(
                json[table].as_u64().is_some_and(|count| count > 0),
                "{table}: {json:#}"
            );
        }
        let entries = json["entries"].as_array().unwrap();
        let draft = entries
            .iter()
            .find(|entry| entry["code"] == "S-TRN-02")
            .unwrap();
        assert_eq!(draft["state"], "draft");
        assert_eq!(draft["lacks"][0], "held-back");
        assert_eq!(json["editions"][0]["until"], serde_json::Value::Null);
        assert!(json["remarks"][0]["line"].as_u64().is_some(), "{json:#}");
    }

    #[test]
    fn a_directory_without_a_catalogue_is_told_so() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let error = named_texts(&[here]).unwrap_err().to_string();
        assert!(error.contains("files end in .toml"), "{error}");
    }
}
