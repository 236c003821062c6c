//! `measure list`, `stop`, `start`: the stop switch of each measure.

use super::Desk;
use crate::{
    args::{MeasureCommand, StopArgs},
    tell::table,
};
use credence_domain::stop::Stop;
use credence_pipeline::MeasureLine;
use credence_store::StopRow;
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Measures {
    measures: Vec<MeasureLine>,
}

pub(super) async fn run(command: MeasureCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    match command {
        MeasureCommand::List => {
            let house = desk.house().await?;
            let measures = house.measure_lines().await?;
            desk.tell.show(&Measures { measures }, list)?;
        }
        MeasureCommand::Stop(args) => set(args, true, desk).await?,
        MeasureCommand::Start(args) => set(args, false, desk).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(args: StopArgs, on: bool, desk: &Desk) -> anyhow::Result<()> {
    let house = desk.house().await?;
    let stop = match args.department {
        Some(department) => Stop::MeasureIn(department, args.measure),
        None => Stop::Measure(args.measure),
    };
    let row = house.set_stop(stop, on, &args.reason, &desk.actor).await?;
    desk.seal(&house).await;
    desk.tell.show(&row, words)
}

fn words(row: &StopRow) -> String {
    let measure = row.stop.measure().unwrap_or_default();
    let place = match row.stop.department() {
        Some(department) => format!(" in department {department}"),
        None => String::new(),
    };
    match row.on {
        true => format!(
            "measure {measure} is stopped{place}: nobody is put under it any more; suspending and \
             lifting go on"
        ),
        false => {
            format!("measure {measure} is started again{place}; what is due goes out by itself")
        }
    }
}

fn list(measures: &Measures) -> String {
    let lines = measures.measures.iter().map(|line| {
        let stops = line.stops.iter().map(|row| match row.stop.department() {
            Some(department) => format!("stopped in {department}: {}", row.reason),
            None => format!("stopped: {}", row.reason),
        });
        [
            line.measure.clone(),
            line.department.clone(),
            line.title.clone(),
            stops.collect::<Vec<_>>().join("; "),
        ]
    });
    table(["measure", "department", "title", "stopped"], lines)
}
