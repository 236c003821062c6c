//! `department list`, `pause`, `resume`: what waits for departments, and why.

use super::Desk;
use crate::{
    args::{DepartmentCommand, PauseArgs},
    tell::table,
};
use credence_domain::stop::Stop;
use credence_pipeline::DepartmentLine;
use credence_store::StopRow;
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Departments {
    departments: Vec<DepartmentLine>,
}

pub(super) async fn run(command: DepartmentCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    match command {
        DepartmentCommand::List => {
            let house = desk.house().await?;
            let departments = house.department_lines().await?;
            desk.tell.show(&Departments { departments }, list)?;
        }
        DepartmentCommand::Pause(args) => set(args, true, desk).await?,
        DepartmentCommand::Resume(args) => set(args, false, desk).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(args: PauseArgs, on: bool, desk: &Desk) -> anyhow::Result<()> {
    let house = desk.house().await?;
    let stop = Stop::Department(args.department);
    let row = house.set_stop(stop, on, &args.reason, &desk.actor).await?;
    desk.seal(&house).await;
    desk.tell.show(&row, words)
}

fn words(row: &StopRow) -> String {
    let department = row.stop.department().unwrap_or_default();
    match row.on {
        true => format!(
            "department {department} is paused: it is asked nothing until `credence department \
             resume {department}`; what is due stays due"
        ),
        false => format!("department {department} goes on; what is due goes out by itself"),
    }
}

fn list(departments: &Departments) -> String {
    let lines = departments.departments.iter().map(|line| {
        let waiting: u64 = line.kept_back.iter().map(|kept| kept.queue.steps).sum();
        let paused = line.paused.as_ref();
        [
            line.department.clone(),
            line.plugins.join(", "),
            if paused.is_some() { "paused" } else { "" }.to_owned(),
            line.due.to_string(),
            waiting.to_string(),
            paused.map(|row| row.reason.clone()).unwrap_or_default(),
        ]
    });
    let header = ["department", "plugins", "state", "due", "waiting", "reason"];
    let mut text = table(header, lines);
    let kept_back = departments
        .departments
        .iter()
        .flat_map(|line| &line.kept_back);
    let kept_back: Vec<[String; 5]> = kept_back
        .map(|kept| {
            [
                kept.queue.department.clone(),
                kept.queue.measure.clone(),
                kept.queue.verb.code().to_owned(),
                kept.queue.steps.to_string(),
                kept.why.clone(),
            ]
        })
        .collect();
    if !kept_back.is_empty() {
        text += "\n\n";
        text += &table(
            ["department", "measure", "verb", "waiting", "because"],
            kept_back,
        );
    }
    text
}
