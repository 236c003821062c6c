//! `ingest`: files of a feed, each by itself.
//!
//! Always holds: a file that fails does not stop the others; its failure stands
//! in the answer and decides the status.

use super::Desk;
use crate::{
    args::IngestArgs,
    tell::{Failure, Progress, table},
};
use anyhow::Context as _;
use credence_pipeline::{House, IngestReport};
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
    report: Option<IngestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

pub(super) async fn run(args: IngestArgs, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    if house.catalogue().items.is_empty() {
        let empty = anyhow::anyhow!(
            "the catalogue lists no item that may be collected, so every record is refused; copy \
             its files into {}",
            desk.data.join("catalogue").display()
        );
        desk.tell.warn(&empty);
    }
    let mut files = Vec::with_capacity(args.files.len());
    for path in &args.files {
        files.push(one(&house, &args, path, desk).await?);
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

async fn one(
    house: &House,
    args: &IngestArgs,
    path: &Path,
    desk: &Desk,
) -> anyhow::Result<FileReport> {
    let file = path.display().to_string();
    let bar = Progress::of(&file)?;
    let read = house
        .ingest(
            &args.plugin,
            args.feed.as_deref(),
            path,
            &desk.actor,
            &|share| bar.reached(share),
        )
        .await;
    drop(bar);
    let read = read.with_context(|| format!("{file} was not read to its end"));
    Ok(match read {
        Ok(report) => {
            let failure = report.is_failure().then(|| nothing_good(&file, &report));
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

fn nothing_good(file: &str, report: &IngestReport) -> Failure {
    let error = match &report.set_aside {
        Some(why) => {
            format!(
                "{file}: the rest of the delivery was set aside: {why}. Mend it, or update the plugin, and ingest it again"
            )
        }
        None => format!("{file}: no row was accepted; mend the rows named and ingest it again"),
    };
    Failure {
        error,
        causes: Vec::new(),
    }
}

fn words(files: &Files) -> String {
    let with_report = |file: &FileReport| {
        file.report
            .clone()
            .map(|report| (file.file.clone(), report))
    };
    let reports: Vec<_> = files.files.iter().filter_map(with_report).collect();
    let counts = reports.iter().map(|(file, report)| {
        let numbers = [
            report.rows,
            report.recorded,
            report.revised,
            report.ended,
            report.acknowledged,
            report.duplicates,
            report.rejected,
            report.quarantined,
            report.freed,
        ];
        let [
            rows,
            recorded,
            revised,
            ended,
            acknowledged,
            duplicates,
            rejected,
            quarantined,
            freed,
        ] = numbers.map(|number| number.to_string());
        [
            file.clone(),
            rows,
            recorded,
            revised,
            ended,
            acknowledged,
            duplicates,
            rejected,
            quarantined,
            freed,
        ]
    });
    let mut text = match reports.is_empty() {
        true => String::new(),
        false => table(
            [
                "file",
                "rows",
                "recorded",
                "revised",
                "ended",
                "acknowledged",
                "duplicates",
                "rejected",
                "quarantined",
                "freed",
            ],
            counts,
        ),
    };
    for (file, report) in &reports {
        text += &refused(file, report);
    }
    text
}

/// The lines of a file that made no record.
fn refused(file: &str, report: &IngestReport) -> String {
    let mut text = String::new();
    if !report.lines.is_empty() {
        let lines = report.lines.iter().map(|line| {
            let field = line.field.clone().unwrap_or_default();
            let row = line.row.to_string();
            [
                row,
                line.kind.clone(),
                field,
                line.rule.clone(),
                line.text.clone(),
            ]
        });
        text += &format!(
            "\n\n{file}:\n{}",
            table(["row", "what", "field", "rule", "why"], lines)
        );
        let shown = report.lines.len() as u64;
        let all = report.rejected + report.quarantined;
        if all > shown {
            text += &format!("\n… and {} more", all - shown);
        }
        if report.accepted + report.acknowledged + report.duplicates > 0 {
            text += "\nThe good rows of the file are kept. Mend these and deliver them again.";
        }
    }
    if !report.fields_set_aside.is_empty() {
        let fields: Vec<&str> = report.fields_set_aside.iter().map(String::as_str).collect();
        text += &format!(
            "\n\n{file}: not kept, because the catalogue does not list them: {}",
            fields.join(", ")
        );
    }
    text
}
