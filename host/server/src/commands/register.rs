//! `subject register import`: extracts of the register, each by itself.
//!
//! Always holds: a file that fails does not stop the others; a row that was not
//! taken decides the status, and good rows are kept all the same.

use super::Desk;
use crate::{
    args::RegisterCommand,
    tell::{Failure, Progress, table},
};
use anyhow::Context as _;
use credence_pipeline::{House, ImportReport};
use serde::Serialize;
use std::{path::Path, process::ExitCode};

/// All files of one command.
#[derive(Serialize)]
struct Files {
    ok: bool,
    files: Vec<FileReport>,
}

/// What became of one file.
#[derive(Serialize)]
struct FileReport {
    file: String,
    ok: bool,
    report: Option<ImportReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

pub(super) async fn run(command: RegisterCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let RegisterCommand::Import { files: paths } = command;
    // The register is often the first thing that a house learns.
    let house = desk.house_or_new().await?;
    let mut files = Vec::with_capacity(paths.len());
    for path in &paths {
        files.push(one(&house, path, desk).await?);
    }
    desk.seal(&house).await;
    let files = Files {
        ok: files.iter().all(|file| file.ok),
        files,
    };
    desk.tell.show(&files, words)?;
    for failure in files.files.iter().filter_map(|file| file.failure.as_ref()) {
        desk.tell.failure_beside_answer(failure);
    }
    Ok(if files.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn one(house: &House, path: &Path, desk: &Desk) -> anyhow::Result<FileReport> {
    let file = path.display().to_string();
    let bar = Progress::of(&file)?;
    let read = house
        .import_register(path, &desk.actor, &|share| bar.reached(share))
        .await;
    drop(bar);
    let read = read.with_context(|| format!("{file} was not read to its end"));
    Ok(match read {
        Ok(report) => {
            let failure = (report.refused > 0).then(|| refused(&file, report.refused));
            FileReport {
                file,
                ok: failure.is_none(),
                report: Some(report),
                failure,
            }
        }
        Err(error) => FileReport {
            file,
            ok: false,
            report: None,
            failure: Some(Failure::from(&error)),
        },
    })
}

fn refused(file: &str, rows: u64) -> Failure {
    let error = format!(
        "{file}: {rows} row(s) were not taken, the others were; mend those named and import the \
         file again"
    );
    Failure {
        error,
        causes: Vec::new(),
    }
}

fn words(files: &Files) -> String {
    let reports = || {
        let with_report = |file| {
            let FileReport { file, report, .. }: &FileReport = file;
            report.as_ref().map(|report| (file, report))
        };
        files.files.iter().filter_map(with_report)
    };
    if reports().next().is_none() {
        return String::new();
    }
    let counts = reports().map(|(file, report)| {
        let counts = [
            report.rows,
            report.new,
            report.more,
            report.joined,
            report.unchanged,
            report.refused,
            report.freed,
        ];
        let [rows, new, more, joined, unchanged, refused, freed] = counts.map(|n| n.to_string());
        let file = file.clone();
        [file, rows, new, more, joined, unchanged, refused, freed]
    });
    let header = [
        "file",
        "rows",
        "new",
        "more",
        "joined",
        "unchanged",
        "refused",
        "freed",
    ];
    let mut text = table(header, counts);
    for (file, report) in reports() {
        text += &faults(file, report);
    }
    text
}

/// The rows of a file that were not taken, and the columns that were not read.
fn faults(file: &str, report: &ImportReport) -> String {
    let mut text = String::new();
    if !report.faults.is_empty() {
        let rows = report.faults.iter().map(|fault| {
            let column = fault.column.clone().unwrap_or_default();
            let row = fault.row.to_string();
            [row, column, fault.rule.clone(), fault.text.clone()]
        });
        let table = table(["row", "column", "rule", "why"], rows);
        text += &format!("\n\n{file}:\n{table}");
        let shown = report.faults.len() as u64;
        if report.refused > shown {
            text += &format!("\n… and {} more", report.refused - shown);
        }
    }
    if !report.ignored.is_empty() {
        let ignored = report.ignored.join(", ");
        text += &format!("\n\n{file}: columns that were not read: {ignored}");
    }
    text
}
