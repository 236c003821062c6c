//! `feed list`, `feed deliveries`, `feed report`, `feed run`: what departments
//! sent, what became of it, and what can go back to them.
//!
//! Always holds: a report that is written to a file is whole or not there; it
//! holds no person.

use super::Desk;
use crate::{
    args::FeedCommand,
    tell::{fields, moment, or_blank, table},
};
use anyhow::Context as _;
use credence_api::{
    read,
    view::{Deliveries, Feeds},
};
use credence_domain::ids::DeliveryId;
use credence_pipeline::{DeliveryReport, FeedLine, House, TakenIn, report_header, report_rows};
use serde::Serialize;
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

pub(super) async fn run(command: FeedCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    match command {
        FeedCommand::List => desk.tell.show(&read::feeds(&house).await?, feeds)?,
        FeedCommand::Deliveries => desk
            .tell
            .show(&read::deliveries(&house).await?, deliveries)?,
        FeedCommand::Report {
            delivery,
            csv: Some(file),
        } => {
            let rows = write_csv(&house, delivery, &file).await?;
            desk.tell.show(&Written { file, rows }, |written| {
                format!("{} row(s) in {}", written.rows, written.file.display())
            })?;
        }
        FeedCommand::Report {
            delivery,
            csv: None,
        } => {
            desk.tell
                .show(&house.delivery_report(delivery).await?, report)?;
        }
        FeedCommand::Run => {
            let taken = take_in(&house).await;
            desk.seal(&house).await;
            desk.tell.show(&taken?, taken_words)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Two rounds, because a file of a folder is taken at the second look.
async fn take_in(house: &House) -> anyhow::Result<TakenIn> {
    let first = house.take_in().await?;
    tokio::time::sleep(house.quiet()).await;
    Ok(first.and(house.take_in().await?))
}

/// A report that was written to a file.
#[derive(Serialize)]
struct Written {
    file: PathBuf,
    rows: u64,
}

async fn write_csv(house: &House, delivery: DeliveryId, file: &Path) -> anyhow::Result<u64> {
    // Of a delivery that is not there, no file is made.
    house.delivery_report(delivery).await?;
    let failed = || format!("cannot write {}", file.display());
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
    let mut partial =
        tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new("."))).with_context(failed)?;
    partial.write_all(&report_header()).with_context(failed)?;
    let mut rows = 0;
    let mut pages = house.report_pages(delivery);
    while let Some(page) = pages.next().await? {
        rows += page.len() as u64;
        partial
            .write_all(&report_rows(&page))
            .with_context(failed)?;
    }
    partial.as_file().sync_all().with_context(failed)?;
    let (_, path) = partial.keep().with_context(failed)?;
    fs::rename(path, file).with_context(failed)?;
    Ok(rows)
}

fn feeds(feeds: &Feeds) -> String {
    if feeds.feeds.is_empty() {
        return "no active plugin reads a feed; `credence plugin list` shows which there are"
            .to_owned();
    }
    let lines = feeds.feeds.iter().map(|feed| {
        let totals = feed.totals.clone().unwrap_or_default();
        [
            format!("{}/{}", feed.plugin, feed.feed),
            or_blank(feed.last.as_ref().map(|last| moment(last.received_at))),
            totals.rows.to_string(),
            totals.rejected.to_string(),
            totals.quarantined.to_string(),
            or_blank(feed.interval_days.map(|days| format!("{days} d"))),
            state(feed),
            ways(feed),
        ]
    });
    table(
        [
            "feed",
            "last delivery",
            "rows",
            "rejected",
            "quarantined",
            "promised every",
            "state",
            "comes by",
        ],
        lines,
    )
}

fn state(feed: &FeedLine) -> String {
    let quiet = match (feed.quiet, feed.interval_days) {
        (true, _) => "QUIET",
        (false, Some(_)) => "on time",
        (false, None) => "",
    };
    let fault = feed.pull.as_ref().and_then(|pull| {
        let fault = pull.fault.as_ref()?;
        Some(format!("pull failed {} time(s): {fault}", pull.failures))
    });
    match fault {
        Some(fault) => format!("{quiet} {fault}").trim_start().to_owned(),
        None => quiet.to_owned(),
    }
}

fn ways(feed: &FeedLine) -> String {
    let mut ways = Vec::new();
    if feed.folder.is_some() {
        ways.push("folder".to_owned());
    }
    if feed.upload {
        ways.push("upload".to_owned());
    }
    if let Some(pull) = &feed.pull {
        ways.push(match pull.due_at {
            Some(at) => format!("pull, next {}", moment(at)),
            None => "pull".to_owned(),
        });
    }
    match ways.is_empty() {
        true => "by hand".to_owned(),
        false => ways.join("; "),
    }
}

fn deliveries(deliveries: &Deliveries) -> String {
    if deliveries.deliveries.is_empty() {
        return "no deliveries".to_owned();
    }
    let lines = deliveries.deliveries.iter().map(|line| {
        let (delivery, totals) = (&line.delivery, &line.totals);
        let good = totals.recorded + totals.revised + totals.ended;
        [
            delivery.id.to_string(),
            moment(delivery.received_at),
            format!("{}/{}", delivery.plugin, delivery.feed),
            delivery.name.clone(),
            totals.rows.to_string(),
            good.to_string(),
            totals.duplicates.to_string(),
            totals.rejected.to_string(),
            totals.quarantined.to_string(),
            match (&totals.stopped, totals.finished) {
                (Some(code), _) => format!("set aside: {code}"),
                (None, true) => "read".to_owned(),
                (None, false) => "unfinished".to_owned(),
            },
        ]
    });
    let mut text = table(
        [
            "delivery",
            "arrived",
            "feed",
            "name",
            "rows",
            "accepted",
            "duplicates",
            "rejected",
            "quarantined",
            "state",
        ],
        lines,
    );
    if deliveries.more {
        text += "\n… and more";
    }
    text
}

fn report(report: &DeliveryReport) -> String {
    let totals = &report.totals;
    let mut text = fields(&[
        ("delivery", report.delivery.id.to_string()),
        (
            "feed",
            format!("{}/{}", report.delivery.plugin, report.delivery.feed),
        ),
        ("name", report.delivery.name.clone()),
        ("arrived", moment(report.delivery.received_at)),
        ("rows", totals.rows.to_string()),
        ("rejected", totals.rejected.to_string()),
        ("quarantined", totals.quarantined.to_string()),
    ]);
    if report.lines.is_empty() {
        text += "\n\nnothing was rejected and nothing waits";
        return text;
    }
    let lines = report.lines.iter().map(|line| {
        let words = match (line.zh.is_empty(), line.en.is_empty()) {
            (false, false) => format!("{} / {}", line.zh, line.en),
            _ => format!("{}{}", line.zh, line.en),
        };
        [
            line.row.to_string(),
            line.kind.to_owned(),
            line.field.clone().unwrap_or_default(),
            line.rule.clone(),
            words,
        ]
    });
    text += "\n\n";
    text += &table(["row", "what", "field", "rule", "why"], lines);
    if report.more {
        text += "\n… and more; `--csv FILE` writes all of them";
    }
    text
}

fn taken_words(taken: &TakenIn) -> String {
    if taken.elsewhere {
        return "another process on this directory takes deliveries in; nothing was done"
            .to_owned();
    }
    let counts = [
        (taken.pulled, "pulled"),
        (taken.read, "read"),
        (taken.failed, "failed"),
        (taken.put_off, "put off"),
        (taken.quiet, "feed(s) gone quiet"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<_> = said
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    match said.is_empty() {
        true => "nothing was there".to_owned(),
        false => format!("deliveries: {}", said.join(", ")),
    }
}
