//! `objection raise`, `list`, `show`, `answer`, `decide`, `withdraw`.
//!
//! Always holds: what follows in the departments (a suspension, a resumption, a lift)
//! is carried out at once where it can be, and shown.

use super::{Desk, order};
use crate::{
    args::{FindingArgs, ObjectionCommand, RaiseArgs},
    tell::{fields, moment, or_blank, table},
};
use credence_api::{
    read,
    view::{ObjectionFile, Objections},
};
use credence_domain::{
    ids::OrderId,
    objection::{Finding, Objection, ObjectionEvent},
};
use credence_pipeline::{House, Raise, Swept};
use credence_store::ObjectionRow;
use serde::Serialize;
use std::{process::ExitCode, sync::Arc};

/// An objection, and what was carried out because of it.
#[derive(Serialize)]
struct Moved {
    #[serde(flatten)]
    file: ObjectionFile,
    /// `None` where the pass through everything due failed; a warning says why.
    swept: Option<Swept>,
}

pub(super) async fn run(command: ObjectionCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    match command {
        ObjectionCommand::Raise(args) => {
            let row = raise(&house, args, desk).await?;
            moved(&house, row, desk).await?;
        }
        ObjectionCommand::List { open } => {
            desk.tell
                .show(&read::objections(&house, open).await?, list)?;
        }
        ObjectionCommand::Show { objection } => {
            let file = read::objection(&house, &objection).await?;
            desk.tell.show(&file, file_words)?;
        }
        ObjectionCommand::Answer(args) => {
            let event = ObjectionEvent::Answered(finding(&args));
            settle(&house, &args.objection, event, desk).await?;
        }
        ObjectionCommand::Decide(args) => {
            let event = ObjectionEvent::SupervisorDecided(finding(&args));
            settle(&house, &args.objection, event, desk).await?;
        }
        ObjectionCommand::Withdraw { objection } => {
            settle(&house, &objection, ObjectionEvent::Withdrawn, desk).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn raise(house: &House, args: RaiseArgs, desk: &Desk) -> anyhow::Result<ObjectionRow> {
    let order = match args.about.parse::<OrderId>() {
        Ok(id) => house.store().read().await?.order(id).await?,
        Err(_) => None,
    };
    let case = match &order {
        Some(order) => order.case,
        None => house.find_case(&args.about).await?.id,
    };
    let raise = Raise {
        case,
        order: order.map(|order| order.id),
        door: args.door,
        ground: args.ground,
        reason: args.reason,
    };
    Ok(house.raise_objection(raise, &desk.actor).await?)
}

async fn settle(
    house: &Arc<House>,
    name: &str,
    event: ObjectionEvent,
    desk: &Desk,
) -> anyhow::Result<()> {
    let row = house.find_objection(name).await?;
    let row = house.settle_objection(row.id, &event, &desk.actor).await?;
    moved(house, row, desk).await
}

async fn moved(house: &Arc<House>, row: ObjectionRow, desk: &Desk) -> anyhow::Result<()> {
    let swept = desk.carry_out(house, "the objection is entered").await;
    let file = read::objection(house, &row.id.to_string()).await?;
    desk.tell.show(&Moved { file, swept }, moved_words)
}

fn finding(args: &FindingArgs) -> Finding {
    match args.finding.as_str() {
        "wrong" => Finding::Wrong(args.reason.clone()),
        _ => Finding::Right(args.reason.clone()),
    }
}

fn moved_words(moved: &Moved) -> String {
    let mut text = file_words(&moved.file);
    if let Some(swept) = moved.swept.filter(Swept::moved) {
        text += "\n\n";
        text += &order::swept_words(&swept);
    }
    text
}

fn list(objections: &Objections) -> String {
    if objections.objections.is_empty() {
        return "no objections".to_owned();
    }
    let lines = objections.objections.iter().map(|row| {
        [
            row.id.to_string(),
            row.objection.code().to_owned(),
            row.door.code().to_owned(),
            row.ground.code().to_owned(),
            row.department.clone(),
            row.raised_on.to_string(),
            answer_by(&row.objection),
        ]
    });
    let header = [
        "objection",
        "state",
        "door",
        "ground",
        "provider",
        "raised",
        "answer by",
    ];
    let mut text = table(header, lines);
    if objections.more {
        text += "\n… and more; choose the open ones with --open";
    }
    text
}

fn answer_by(objection: &Objection) -> String {
    match objection {
        Objection::Raised { answer_by } if answer_by.provisional => {
            format!("{} (provisional)", answer_by.date)
        }
        Objection::Raised { answer_by } => answer_by.date.to_string(),
        Objection::Escalated { .. }
        | Objection::Upheld { .. }
        | Objection::Rejected { .. }
        | Objection::Withdrawn => String::new(),
    }
}

fn file_words(file: &ObjectionFile) -> String {
    let row = &file.objection;
    let answer = match &row.objection {
        Objection::Upheld { reason } | Objection::Rejected { reason } => reason.clone(),
        Objection::Escalated { late_answer } => or_blank(late_answer.as_ref()),
        Objection::Raised { .. } | Objection::Withdrawn => String::new(),
    };
    let mut text = fields(&[
        ("objection", row.id.to_string()),
        ("state", row.objection.code().to_owned()),
        ("door", row.door.code().to_owned()),
        ("ground", row.ground.code().to_owned()),
        ("reason", row.reason.clone()),
        ("record", row.record.to_string()),
        ("case", row.case.to_string()),
        ("order", or_blank(row.order)),
        ("provider", row.department.clone()),
        ("raised", moment(row.raised_at)),
        ("answer by", answer_by(&row.objection)),
        ("answer", answer),
        ("entered by", or_blank(row.settled_by.as_ref())),
    ]);
    if !file.orders.is_empty() {
        text += "\n\norders that rest on the record:\n\n";
        text += &order::list(&file.orders);
    }
    text
}
