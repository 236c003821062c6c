//! `catalogue check`: every rule that catalogue files break, with its line.

use super::{Desk, read_text};
use crate::{
    args::CatalogueCommand,
    tell::{Failure, fields},
};
use credence_domain::catalogue::{self, Catalogue};
use serde::Serialize;
use std::{path::Path, process::ExitCode};

#[derive(Serialize)]
struct Checked {
    sound: bool,
    editions: Vec<String>,
    bases: usize,
    items: usize,
    measures: usize,
    mandates: usize,
}

/// The answer where rules are broken.
#[derive(Serialize)]
struct Broken {
    sound: bool,
    #[serde(flatten)]
    failure: Failure,
    faults: Vec<FaultLine>,
}

#[derive(Serialize)]
struct FaultLine {
    file: String,
    line: usize,
    field: String,
    rule: String,
}

pub(super) fn run(command: CatalogueCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let CatalogueCommand::Check { files } = command;
    let files: Vec<(String, String)> = files
        .iter()
        .map(|path| named_text(path))
        .collect::<Result<_, _>>()?;
    match catalogue::load(&files) {
        Ok(catalogue) => {
            desk.tell.show(&Checked::from(catalogue), words)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let faults = error.0.iter().map(|fault| FaultLine {
                file: fault.file.clone(),
                line: fault.line,
                field: fault.field.clone(),
                rule: fault.rule.clone(),
            });
            let faults = faults.collect();
            let failure = Failure {
                error: error.to_string(),
                causes: Vec::new(),
            };
            desk.tell.failure_beside_answer(&failure);
            desk.tell.show_to_programs(&Broken {
                sound: false,
                failure,
                faults,
            })?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn named_text(path: &Path) -> anyhow::Result<(String, String)> {
    Ok((path.display().to_string(), read_text(path)?))
}

impl From<Catalogue> for Checked {
    fn from(catalogue: Catalogue) -> Self {
        Self {
            sound: true,
            editions: catalogue.editions,
            bases: catalogue.bases.len(),
            items: catalogue.items.len(),
            measures: catalogue.measures.len(),
            mandates: catalogue.mandates.len(),
        }
    }
}

fn words(checked: &Checked) -> String {
    fields(&[
        ("catalogue", "sound".to_owned()),
        ("editions", checked.editions.join(", ")),
        ("bases", checked.bases.to_string()),
        ("items", checked.items.to_string()),
        ("measures", checked.measures.to_string()),
        ("mandates", checked.mandates.to_string()),
    ])
}
