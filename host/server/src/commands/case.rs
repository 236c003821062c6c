//! `case open`, `resolve`, `notify`, `receipt`, `withdraw`, `list`, `show`.
//!
//! Always holds: opening goes as far as it can, and where it stops the message
//! says what stands and with which command to go on.

use super::{Desk, order};
use crate::{
    args::{CaseCommand, OpenArgs, ReceiptArgs},
    tell::{fields, moment, or_blank, table},
};
use anyhow::Context as _;
use credence_api::{
    read,
    view::{CaseFile, Cases},
};
use credence_domain::{
    case::{CaseState, Initiation},
    gates::{Receipt, Refusal},
    order::OrderState,
    record::Exit,
    time::civil_date,
};
use credence_pipeline::{House, OpenCase, Served, Swept};
use credence_store::{CaseRow, OrderRow};
use jiff::civil::Date;
use serde::Serialize;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

/// What became of a case that was opened or resolved.
#[derive(Serialize)]
struct Settled {
    case: CaseRow,
    orders: Vec<OrderRow>,
    refusals: Vec<Refusal>,
    notice: Option<PathBuf>,
}

/// What followed from a receipt.
#[derive(Serialize)]
struct Received {
    case: String,
    orders: Vec<DueOrder>,
    /// `None` where the pass through everything due failed; a warning says why.
    swept: Option<Swept>,
}

/// An order, and the first day on which it may be carried out.
#[derive(Serialize)]
struct DueOrder {
    order: OrderRow,
    due_on: Option<Date>,
}

pub(super) async fn run(command: CaseCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    match command {
        CaseCommand::Open(args) => open(&house, args, desk).await,
        CaseCommand::Resolve { case } => {
            let case = house.find_case(&case).await?;
            settle(&house, case, desk).await
        }
        CaseCommand::Notify { case } => {
            let case = house.find_case(&case).await?;
            let served = house.notify(case.id, &desk.actor).await;
            desk.seal(&house).await;
            desk.tell
                .show(&served?, |served| served_words(&case, served))?;
            Ok(ExitCode::SUCCESS)
        }
        CaseCommand::Receipt(args) => receipt(&house, args, desk).await,
        CaseCommand::Withdraw(args) => {
            let case = house.find_case(&args.case).await?;
            let exit = match args.as_correction {
                true => Exit::Correction,
                false => Exit::Fulfilment,
            };
            let (official, reason) = (&args.official, &args.reason);
            let case = house
                .withdraw_case(case.id, exit, official, reason, &desk.actor)
                .await?;
            desk.carry_out(&house, "the case is withdrawn").await;
            let file_now = read::case(&house, &case.number).await?;
            desk.tell.show(&file_now, file)?;
            Ok(ExitCode::SUCCESS)
        }
        CaseCommand::List { state } => {
            desk.tell.show(&read::cases(&house, state).await?, list)?;
            Ok(ExitCode::SUCCESS)
        }
        CaseCommand::Show { case } => {
            desk.tell.show(&read::case(&house, &case).await?, file)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn open(house: &House, args: OpenArgs, desk: &Desk) -> anyhow::Result<ExitCode> {
    let ask = OpenCase {
        record: args.record,
        initiation: Initiation {
            department: args.department,
            official: args.official,
            decision_number: args.decision,
            measures: args.measures,
            second_official: args.agreed_by,
            proofs: args.proofs,
        },
    };
    let case = house.open_case(ask, &desk.actor).await?;
    settle(house, case, desk).await
}

/// Makes the orders and the notice of an opened case.
async fn settle(house: &House, case: CaseRow, desk: &Desk) -> anyhow::Result<ExitCode> {
    let number = case.number.clone();
    let settled = orders_and_notice(house, case, desk).await;
    desk.seal(house).await;
    let settled = settled?;
    desk.tell.show(&settled, settled_words)?;
    match settled.case.state {
        CaseState::Refused => {
            let error = format!("case {number} is refused: no measure of it can be carried out");
            let failure = crate::tell::Failure {
                error,
                causes: Vec::new(),
            };
            desk.tell.failure_beside_answer(&failure);
            Ok(ExitCode::FAILURE)
        }
        CaseState::Opened
        | CaseState::Resolved
        | CaseState::Dispatched
        | CaseState::Answered
        | CaseState::Closed
        | CaseState::Withdrawn => Ok(ExitCode::SUCCESS),
    }
}

async fn orders_and_notice(house: &House, case: CaseRow, desk: &Desk) -> anyhow::Result<Settled> {
    let CaseRow {
        id, number, state, ..
    } = case;
    let resolved = house.resolve(id, &desk.actor).await;
    let resolved = resolved.with_context(|| match state {
        CaseState::Opened => format!(
            "case {number} is opened and has no orders; mend what follows, then `credence case resolve {number}`"
        ),
        _ => format!("case {number} cannot be resolved"),
    })?;
    let prepared = resolved
        .orders
        .iter()
        .any(|order| order.course.state == OrderState::Prepared);
    let notice = match prepared {
        true => {
            let served = house.notify(id, &desk.actor).await;
            let served = served.with_context(|| {
                format!("case {number} has its orders and no notice; then `credence case notify {number}`")
            })?;
            Some(served.file)
        }
        false => None,
    };
    Ok(Settled {
        case: resolved.case,
        orders: resolved.orders,
        refusals: resolved.refusals,
        notice,
    })
}

async fn receipt(house: &Arc<House>, args: ReceiptArgs, desk: &Desk) -> anyhow::Result<ExitCode> {
    let case = house.find_case(&args.case).await?;
    let receipt = Receipt {
        kind: args.kind,
        on: args.on,
    };
    let waiting = house
        .receive(case.id, receipt, args.proof, &desk.actor)
        .await?;
    let mut orders = Vec::with_capacity(waiting.len());
    let mut read = house.store().read().await?;
    for order in waiting {
        let steps = read.steps_of(order.id).await?;
        let due_on = steps
            .iter()
            .find_map(|step| step.state.due_at())
            .map(civil_date);
        orders.push(DueOrder { order, due_on });
    }
    drop(read);
    let swept = desk.carry_out(house, "the receipt is entered").await;
    let received = Received {
        case: case.number,
        orders,
        swept,
    };
    desk.tell.show(&received, received_words)?;
    Ok(ExitCode::SUCCESS)
}

fn settled_words(settled: &Settled) -> String {
    let number = &settled.case.number;
    let mut text = fields(&[
        ("case", number.clone()),
        ("state", settled.case.state.code().to_owned()),
        ("id", settled.case.id.to_string()),
    ]);
    text += "\n\n";
    text += &order::list(&settled.orders);
    for refusal in &settled.refusals {
        text += &format!(
            "\n\nrefused by gate `{}`:\n  {}\n  {}",
            refusal.gate, refusal.zh, refusal.en
        );
    }
    if let Some(notice) = &settled.notice {
        text += "\n\n";
        text += &notice_words(number, notice);
    }
    text
}

fn notice_words(number: &str, file: &std::path::Path) -> String {
    format!(
        "notice: {}\nServe it on the subject, then enter the receipt:\n  credence case receipt {number} --kind delivered --on YYYY-MM-DD --proof \"…\"",
        file.display()
    )
}

fn served_words(case: &CaseRow, served: &Served) -> String {
    notice_words(&case.number, &served.file)
}

fn received_words(received: &Received) -> String {
    let lines = received.orders.iter().map(|due| {
        let order = &due.order;
        let measure = order.terms.measure.clone();
        [
            order.id.to_string(),
            measure,
            order.department.clone(),
            or_blank(due.due_on),
        ]
    });
    let mut text = format!("the receipt of case {} is entered", received.case);
    if !received.orders.is_empty() {
        text += "\n\n";
        text += &table(["order", "measure", "department", "due on"], lines);
    }
    if let Some(swept) = received.swept.filter(Swept::moved) {
        text += "\n\n";
        text += &order::swept_words(&swept);
    }
    text += "\n\n`credence serve` carries each order out when it falls due; `credence order run` does so once.";
    text
}

fn list(cases: &Cases) -> String {
    if cases.cases.is_empty() {
        return "no cases".to_owned();
    }
    let lines = cases.cases.iter().map(|case| {
        [
            case.number.clone(),
            case.state.code().to_owned(),
            case.department.clone(),
            case.initiation.measures.join(", "),
            case.opened_on.to_string(),
        ]
    });
    let mut text = table(["case", "state", "department", "measures", "opened"], lines);
    if cases.more {
        text += "\n… and more; choose some with --state";
    }
    text
}

fn file(file: &CaseFile) -> String {
    let case = &file.case;
    let mut text = fields(&[
        ("case", case.number.clone()),
        ("state", case.state.code().to_owned()),
        ("id", case.id.to_string()),
        ("subject", case.subject.to_string()),
        (
            "record",
            format!("{} (version {})", case.record, case.record_version),
        ),
        ("department", case.department.clone()),
        ("official", case.initiation.official.clone()),
        ("decision", case.initiation.decision_number.clone()),
        ("measures", case.initiation.measures.join(", ")),
        ("opened", moment(case.opened_at)),
        ("refused", or_blank(case.refusal.as_ref())),
    ]);
    if let Some(notice) = &file.notice {
        let receipt = notice
            .receipt
            .map(|receipt| format!("{} on {}", receipt.kind.code(), receipt.on));
        text += "\n\n";
        text += &fields(&[
            ("notice", format!("made on {}", notice.made_on)),
            (
                "receipt",
                receipt.unwrap_or_else(|| "not entered yet (`credence case receipt`)".to_owned()),
            ),
            ("proof", or_blank(notice.proof.as_ref())),
        ]);
    }
    if !file.orders.is_empty() {
        let orders: Vec<OrderRow> = file
            .orders
            .iter()
            .map(|order| order.order.clone())
            .collect();
        text += "\n\n";
        text += &order::list(&orders);
    }
    if file.orders.iter().any(|order| !order.steps.is_empty()) {
        text += "\n\n";
        text += &order::steps(file.orders.iter().flat_map(|order| &order.steps));
    }
    text
}
