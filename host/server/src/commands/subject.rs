//! `subject show`: what is held about one subject. `subject register` has a room
//! of its own.

use super::Desk;
use crate::{
    args::SubjectCommand,
    tell::{fields, moment, or_blank, table},
};
use credence_pipeline::SubjectFile;
use credence_store::{Code, RecordRow, RecordState, SubjectEvent};
use std::process::ExitCode;

pub(super) async fn run(command: SubjectCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let (code, purpose) = match command {
        SubjectCommand::Show { code, purpose } => (code, purpose),
        SubjectCommand::Register(command) => return super::register::run(command, desk).await,
    };
    let house = desk.house().await?;
    let file = house.look(&code, purpose.as_deref(), &desk.actor).await;
    desk.seal(&house).await;
    desk.tell.show(&file?, words)?;
    Ok(ExitCode::SUCCESS)
}

fn words(file: &SubjectFile) -> String {
    let subject = &file.subject;
    let mut text = fields(&[
        ("name", or_blank(subject.name.as_ref())),
        ("kind", subject.kind.code().to_owned()),
        ("codes", lines(subject.codes.iter().map(code))),
        ("became", lines(subject.events.iter().map(event))),
        ("region", or_blank(subject.region.as_ref())),
        ("id", subject.id.to_string()),
        ("same as", or_blank(subject.same_as)),
        (
            "also",
            lines(subject.aliases.iter().map(ToString::to_string)),
        ),
        ("known since", moment(subject.created_at)),
    ]);
    text += "\n\n";
    text += &match file.records.is_empty() {
        true => "no records to show".to_owned(),
        false => table(
            [
                "record", "item", "decision", "decided", "state", "version", "plugin",
            ],
            file.records.iter().map(record),
        ),
    };
    if file.withheld > 0 {
        text += &format!(
            "\n\n{} record(s) are not shown without a purpose: add --purpose \"…\"",
            file.withheld
        );
    }
    if !file.cases.is_empty() {
        let cases = file.cases.iter().map(|case| {
            let state = case.state.code().to_owned();
            [
                case.number.clone(),
                state,
                case.department.clone(),
                case.opened_on.to_string(),
            ]
        });
        text += "\n\n";
        text += &table(["case", "state", "department", "opened"], cases);
    }
    if !file.orders.is_empty() {
        text += "\n\n";
        text += &super::order::list(&file.orders);
    }
    text
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// `uscc 91350100MA900010XU, from 2016-05-03`.
fn code(code: &Code) -> String {
    let mut text = format!("{} {}", code.scheme, code.value);
    if let Some(from) = code.from {
        text += &format!(", from {from}");
    }
    if let Some(until) = code.until {
        text += &format!(", given up on {until}");
    }
    text
}

/// `2025-10-15 merged into 91350100MA900010XU`.
fn event(event: &SubjectEvent) -> String {
    let mut text = format!("{} {}", event.on, event.state);
    if !event.successors.is_empty() {
        text += &format!(" into {}", event.successors.join(", "));
    }
    text
}

fn record(row: &RecordRow) -> [String; 7] {
    let state = match row.state {
        RecordState::Current => "current",
        RecordState::Ended => "ended",
    };
    [
        row.id.to_string(),
        row.record.item.clone(),
        or_blank(row.record.decision.number.as_ref()),
        row.record.decision.decided_on.to_string(),
        state.to_owned(),
        row.version.to_string(),
        row.plugin.clone(),
    ]
}
