//! `repair grant`: what was put right, and the measures that end with it.
//!
//! Always holds: what follows in the departments is carried out at once where it can
//! be, and shown.

use super::{Desk, order};
use crate::args::{RepairArgs, RepairCommand};
use credence_domain::time::civil_date;
use credence_pipeline::{GrantRepair, House, Swept};
use credence_store::OrderRow;
use serde::Serialize;
use std::{process::ExitCode, sync::Arc};

/// Orders that end by a repair, and what was carried out because of it.
#[derive(Serialize)]
struct Granted {
    orders: Vec<OrderRow>,
    /// `None` where the pass through everything due failed; a warning says why.
    swept: Option<Swept>,
}

pub(super) async fn run(command: RepairCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let RepairCommand::Grant(args) = command;
    let house = desk.house().await?;
    let ask = ask(&house, args).await?;
    let ended = house.grant_repair(ask, &desk.actor).await?;
    let swept = desk.carry_out(&house, "the repair is granted").await;
    let ids = ended.iter().map(|order| order.id);
    let orders = house.store().read().await?.orders_by_ids(ids).await?;
    desk.tell.show(&Granted { orders, swept }, words)?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(house: &Arc<House>, args: RepairArgs) -> anyhow::Result<GrantRepair> {
    let today = civil_date(house.now());
    Ok(GrantRepair {
        case: house.find_case(&args.case).await?.id,
        corrected_on: args.corrected_on,
        shown: args.shown,
        applies: args.applies,
        number: args.decision,
        decided_on: args.decided_on.unwrap_or(today),
        official: args.official,
    })
}

fn words(granted: &Granted) -> String {
    let mut text = "the repair is granted; every measure on the record ends\n\n".to_owned();
    text += &order::list(&granted.orders);
    if let Some(swept) = granted.swept.filter(Swept::moved) {
        text += "\n\n";
        text += &order::swept_words(&swept);
    }
    text
}
