//! `order list`, `show`, `run`, `retry`, `settle`: what departments were asked, what
//! became of it, and what a person does about a step that waits for one.

use super::Desk;
use crate::{
    args::{OrderCommand, SettleArgs},
    tell::{fields, moment, or_blank, table},
};
use credence_api::{
    read,
    view::{DeadLetters, OrderFile, OrderLine, Orders, StepCalls},
};
use credence_domain::record::Outcome;
use credence_pipeline::{ByHand, House, Swept};
use credence_store::{OrderRow, StepRow};
use jiff::Timestamp;
use serde::Serialize;
use std::{process::ExitCode, sync::Arc};

pub(super) async fn run(command: OrderCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    match command {
        OrderCommand::List { dead: true, .. } => {
            desk.tell.show(&read::dead_letters(&house).await?, dead)?;
        }
        OrderCommand::List { state, dead: false } => {
            desk.tell.show(&read::orders(&house, state).await?, page)?
        }
        OrderCommand::Retry { step } => {
            let step = house.retry_step(&step, &desk.actor).await?;
            settled(&house, step, "the step is to be made again", desk).await?;
        }
        OrderCommand::Settle(args) => {
            let by_hand = by_hand(&args);
            let step = house.settle_step(&args.step, by_hand, &desk.actor).await?;
            settled(&house, step, "the feedback is entered", desk).await?;
        }
        OrderCommand::Show { order } => {
            desk.tell.show(&read::order(&house, &order).await?, file)?;
        }
        OrderCommand::Run => {
            // Each round seals the log itself.
            let swept = house.sweep_until_quiet().await?;
            let next_due = house.store().read().await?.next_due().await?;
            desk.tell.show(&Ran { swept, next_due }, ran_words)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A step that a person did something about, and what was carried out then.
#[derive(Serialize)]
struct Settled {
    step: StepRow,
    /// `None` where the pass through everything due failed; a warning says why.
    swept: Option<Swept>,
}

async fn settled(house: &Arc<House>, step: StepRow, done: &str, desk: &Desk) -> anyhow::Result<()> {
    let swept = desk.carry_out(house, done).await;
    let step = house.find_step(&step.key).await?;
    desk.tell.show(&Settled { step, swept }, |settled| {
        let mut text = steps([&settled.step]);
        if let Some(swept) = settled.swept.filter(Swept::moved) {
            text += "\n\n";
            text += &swept_words(&swept);
        }
        text
    })
}

fn by_hand(args: &SettleArgs) -> ByHand {
    let reason = args.reason.clone();
    ByHand {
        outcome: match args.outcome.as_str() {
            "executed" => Outcome::Executed,
            "partly-executed" => Outcome::PartlyExecuted(reason),
            "not-applicable" => Outcome::NotApplicable(reason),
            _ => Outcome::CouldNot(reason),
        },
        reason: args.reason.clone(),
        official: args.official.clone(),
    }
}

fn dead(letters: &DeadLetters) -> String {
    if letters.steps.is_empty() && letters.overdue.is_empty() {
        return "no step waits for a person".to_owned();
    }
    let mut text = match letters.steps.is_empty() {
        true => "no step waits for a person".to_owned(),
        false => steps(&letters.steps),
    };
    for step in &letters.steps {
        if let Some(answer) = &step.contradicted {
            text += &format!(
                "\n{}: ended as {}, and the department said afterwards: {}",
                step.key,
                step.state.code(),
                outcome(&answer.outcome)
            );
        }
    }
    if letters.more {
        text += "\n… and more";
    }
    if !letters.overdue.is_empty() {
        text += &format!(
            "\n\nOpen in their departments still, more than {} days after their first day; ask \
             there, and enter how they ended:\n{}",
            read::OVERDUE_DAYS,
            steps(&letters.overdue)
        );
    }
    text += "\n\nMake one again: credence order retry KEY\n\
             Enter how one ended: credence order settle KEY --outcome … --reason … --official …";
    text
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Executed => "executed".to_owned(),
        Outcome::PartlyExecuted(reason) => format!("partly executed: {reason}"),
        Outcome::CouldNot(reason) => format!("could not: {reason}"),
        Outcome::NotApplicable(reason) => format!("not applicable: {reason}"),
        Outcome::Pending(_) => "under way".to_owned(),
    }
}

/// What a pass through everything due did.
#[derive(Serialize)]
struct Ran {
    #[serde(flatten)]
    swept: Swept,
    /// When the next step falls due.
    next_due: Option<Timestamp>,
}

fn ran_words(ran: &Ran) -> String {
    let text = swept_words(&ran.swept);
    match ran.next_due {
        Some(at) if ran.swept.waiting == 0 => {
            format!("{text}\nthe next step falls due at {}", moment(at))
        }
        Some(_) | None => text,
    }
}

/// The same for people.
pub(super) fn swept_words(swept: &Swept) -> String {
    let mut text = match swept.moved() {
        true => format!("carried out what was due: {} call(s)", swept.called),
        false => "nothing could be done now".to_owned(),
    };
    let more = [
        (swept.expired, "term(s) over"),
        (swept.escalated, "objection(s) not answered in time"),
        (swept.refused, "step(s) refused by a gate"),
        (
            swept.reclaimed,
            "step(s) taken up from a worker that was gone",
        ),
    ];
    for (count, what) in more.into_iter().filter(|(count, _)| *count > 0) {
        text += &format!(", {count} {what}");
    }
    if swept.waiting > 0 {
        text += &format!(
            "\n{} step(s) are due and kept back; `credence department list` shows by what",
            swept.waiting
        );
    }
    text
}

fn page(orders: &Orders) -> String {
    if orders.orders.is_empty() {
        return "no orders".to_owned();
    }
    let mut text = match orders.orders.iter().any(|line| !line.waits.is_empty()) {
        true => list_with_waits(&orders.orders),
        false => list(orders.orders.iter().map(|line| &line.order)),
    };
    if orders.more {
        text += "\n… and more; choose some with --state";
    }
    text
}

const COLUMNS: [&str; 7] = [
    "order",
    "case",
    "measure",
    "department",
    "state",
    "from",
    "until",
];

/// Orders, one a line.
pub(crate) fn list<'o>(orders: impl IntoIterator<Item = &'o OrderRow>) -> String {
    table(COLUMNS, orders.into_iter().map(cells))
}

/// The same, with what keeps back a step that is due.
fn list_with_waits(lines: &[OrderLine]) -> String {
    let [order, case, measure, department, state, from, until] = COLUMNS;
    let header = [
        order, case, measure, department, state, from, until, "waits",
    ];
    let lines = lines.iter().map(|line| {
        let [order, case, measure, department, state, from, until] = cells(&line.order);
        let waits = line.waits.join("; ").replace('\n', "; ");
        [order, case, measure, department, state, from, until, waits]
    });
    table(header, lines)
}

fn cells(order: &OrderRow) -> [String; 7] {
    [
        order.id.to_string(),
        order.terms.case_number.clone(),
        order.terms.measure.clone(),
        order.department.clone(),
        order.course.state.code().to_owned(),
        order.terms.starts_on.to_string(),
        order.terms.ends_on.to_string(),
    ]
}

/// Steps, one a line.
pub(super) fn steps<'a>(steps: impl IntoIterator<Item = &'a StepRow>) -> String {
    let lines = steps.into_iter().map(|step| {
        let state = &step.state;
        let next = state.due_at().map(moment).unwrap_or_default();
        let reference = step
            .feedback
            .as_ref()
            .and_then(|feedback| feedback.reference.clone());
        [
            step.key.clone(),
            step.verb.code().to_owned(),
            state.code().to_owned(),
            step.attempt.to_string(),
            next,
            or_blank(reference),
            or_blank(state.reason().map(|reason| reason.replace('\n', "; "))),
        ]
    });
    table(
        [
            "step",
            "verb",
            "state",
            "attempt",
            "due",
            "reference",
            "reason",
        ],
        lines,
    )
}

fn file(file: &OrderFile) -> String {
    let order = &file.order;
    let terms = &order.terms;
    let told = terms
        .subject
        .identifiers
        .iter()
        .map(|id| format!("{} {}", id.scheme, id.value));
    let told: Vec<String> = terms.subject.name.iter().cloned().chain(told).collect();
    let basis: Vec<&str> = terms
        .basis
        .iter()
        .map(|basis| basis.text.as_str())
        .collect();
    let number = terms.decision.number.as_deref().unwrap_or("");
    let mut text = fields(&[
        ("order", order.id.to_string()),
        ("state", order.course.state.code().to_owned()),
        ("case", terms.case_number.clone()),
        ("measure", format!("{} {}", terms.measure, terms.title)),
        ("subject", told.join(", ")),
        (
            "decision",
            format!(
                "{} {number}, {}",
                terms.decision.authority.name, terms.decision.decided_on
            ),
        ),
        ("basis", basis.join("; ")),
        ("term", format!("{} to {}", terms.starts_on, terms.ends_on)),
        (
            "department",
            format!("{} (plugin {})", order.department, order.plugin),
        ),
        ("reference", or_blank(order.reference.as_ref())),
        ("waits", file.waits.join("\n")),
        ("opened", moment(order.opened_at)),
    ]);
    if file.steps.is_empty() {
        return text
            + "\n\nno steps yet: the receipt of the notice is not entered (`credence case receipt`)";
    }
    text += "\n\n";
    text += &steps(file.steps.iter().map(|step| &step.step));
    if file.steps.iter().any(|step| !step.calls.is_empty()) {
        text += "\n\n";
        text += &calls(&file.steps);
    }
    text
}

fn calls(steps: &[StepCalls]) -> String {
    let lines = steps.iter().flat_map(|step| &step.calls).map(|call| {
        let left = match call.left_house {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        [
            call.id.to_string(),
            or_blank(call.step_key.as_ref()),
            call.function.clone(),
            call.outcome.clone().unwrap_or_else(|| "open".to_owned()),
            left.to_owned(),
            moment(call.started_at),
            call.digest.clone(),
        ]
    });
    table(
        [
            "call",
            "step",
            "function",
            "outcome",
            "left the house",
            "started",
            "component",
        ],
        lines,
    )
}
