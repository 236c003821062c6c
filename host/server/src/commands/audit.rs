//! `audit head`, `audit verify`: the log's signed head, and the proof that rows
//! and log fit each other.

use super::Desk;
use crate::{
    args::AuditCommand,
    tell::{fields, or_blank},
};
use credence_api::{read, view::Head};
use credence_store::VerifyReport;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{process::ExitCode, time::Duration};

/// A report with its verdict.
#[derive(Serialize)]
struct Verified<'a> {
    sound: bool,
    #[serde(flatten)]
    report: &'a VerifyReport,
}

pub(super) async fn run(command: AuditCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    match command {
        AuditCommand::Head => {
            desk.tell.show(&read::head(&house).await?, head_words)?;
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Verify => {
            // Hidden by itself where standard error is no terminal.
            let style = ProgressStyle::with_template("{spinner} recomputing the log {elapsed}")?;
            let spinner = ProgressBar::new_spinner().with_style(style);
            spinner.enable_steady_tick(Duration::from_millis(100));
            let report = house.verify().await;
            spinner.finish_and_clear();
            let report = report?;
            let verified = Verified {
                sound: report.is_sound(),
                report: &report,
            };
            desk.tell
                .show(&verified, |verified| verify_words(verified.report))?;
            Ok(if verified.sound {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

fn head_words(head: &Head) -> String {
    let mut text = fields(&[
        ("origin", head.origin.clone()),
        ("size", head.size.to_string()),
        ("root", or_blank(head.root.as_ref())),
        ("pending", head.pending.to_string()),
        ("verifier key", head.key.clone()),
    ]);
    match &head.note {
        Some(note) => text += &format!("\n\nsigned checkpoint:\n{note}"),
        None => text += "\n\nNothing is signed yet: the first command that changes something does.",
    }
    text
}

fn verify_words(report: &VerifyReport) -> String {
    let log = &report.log;
    let mut text = fields(&[
        ("entries", log.entries.to_string()),
        ("root", or_blank(log.root.map(hex::encode))),
        ("checkpoints compared", log.checkpoints.to_string()),
        ("entries not signed yet", log.unsigned.to_string()),
        ("entries pending", report.pending.to_string()),
        ("entries without their event", log.unopened.to_string()),
    ]);
    for finding in &log.findings {
        text += &format!("\n{finding}");
    }
    if log.unnamed > 0 {
        text += &format!("\nand {} more", log.unnamed);
    }
    if !report.is_sound() {
        return text
            + "\n\nNOT SOUND: rows and log do not fit. Keep a copy of the data directory, and find out who changed it.";
    }
    text += "\n\nsound: every row is what the log says, and the log is what was signed";
    if log.entries > 0 && !report.outside {
        text += "\nThe file log.checkpoint beside the database is missing: a log that was cut \
                 together with its checkpoints would pass.";
    }
    if log.entries > 0 && log.checkpoints == 0 {
        text += "\nThere was no checkpoint to compare with, so nothing is proved yet.";
    }
    text
}
