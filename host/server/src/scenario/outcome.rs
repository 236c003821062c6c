//! What a scenario led to: cases, orders and their steps, objections, notices, what
//! departments really did, and the log.
//!
//! Comes in: a scenario that was played. Goes out: text under stable names, and the
//! same in numbers. Always holds: everything is read from rows, the log and the
//! departments' own ledgers, and nothing from the steps.

use super::{compare::PART, play::Play};
use crate::{
    commands::order,
    tell::{or_blank, table},
};
use credence_audit::Event;
use credence_domain::{
    record::Exit,
    step::{Step, Verb},
};
use credence_store::{CaseFilter, OrderRow, StepRow};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Rows read of each kind: more than a scenario has.
const ALL: u32 = 100_000;

impl Play {
    /// The outcome in words.
    pub(crate) async fn outcome(&mut self) -> anyhow::Result<String> {
        let mut text = String::new();
        let parts = [
            ("cases", self.cases().await?),
            ("orders", self.orders().await?),
            ("notices", self.notices().await?),
            ("objections", self.objections().await?),
        ];
        for (name, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
            text += &format!("\n{PART}{name}\n\n{part}\n");
        }
        for (name, department) in &self.departments {
            let effects = department.effects().await?;
            let mut lines: Vec<[String; 3]> = effects
                .into_iter()
                .map(|effect| [effect.key, effect.verb, effect.measure])
                .collect();
            // What went out at once was done in any order.
            lines.sort();
            text += &format!("\n{PART}what {name} did, by its own ledger\n\n");
            text += &match lines.is_empty() {
                true => "nothing\n".to_owned(),
                false => table(["step", "verb", "measure"], lines) + "\n",
            };
        }
        text += &format!("\n{PART}log\n\n{}", self.log().await?);
        let house = self.house()?;
        self.names.learn(&text, &house).await?;
        Ok(self.names.told(&text))
    }

    async fn cases(&self) -> anyhow::Result<String> {
        let house = self.house()?;
        let mut cases = house
            .store()
            .read()
            .await?
            .cases(CaseFilter::default(), ALL)
            .await?;
        cases.sort_by_key(|case| case.id);
        if cases.is_empty() {
            return Ok(String::new());
        }
        let lines = cases.into_iter().map(|case| {
            [
                case.number,
                case.state.code().to_owned(),
                case.department,
                case.initiation.decision_number,
                case.initiation.measures.join(", "),
            ]
        });
        Ok(table(
            ["case", "state", "department", "decision", "measures"],
            lines,
        ))
    }

    async fn rows(&self) -> anyhow::Result<Vec<(OrderRow, Vec<StepRow>)>> {
        let house = self.house()?;
        let mut read = house.store().read().await?;
        let mut orders = read.orders(None, ALL).await?;
        orders.sort_by_key(|order| order.id);
        let mut rows = Vec::with_capacity(orders.len());
        for order in orders {
            let steps = read.steps_of(order.id).await?;
            rows.push((order, steps));
        }
        Ok(rows)
    }

    async fn orders(&self) -> anyhow::Result<String> {
        let rows = self.rows().await?;
        if rows.is_empty() {
            return Ok(String::new());
        }
        let mut text = order::list(rows.iter().map(|(order, _)| order));
        let steps: Vec<[String; 4]> = rows
            .iter()
            .flat_map(|(_, steps)| steps)
            .map(|step| {
                let reason = step.state.reason().map(|reason| reason.replace('\n', "; "));
                [
                    step.key.clone(),
                    step.verb.code().to_owned(),
                    step.state.code().to_owned(),
                    or_blank(reason),
                ]
            })
            .collect();
        if !steps.is_empty() {
            text += "\n\n";
            text += &table(["step", "verb", "state", "reason"], steps);
        }
        Ok(text)
    }

    async fn notices(&self) -> anyhow::Result<String> {
        let house = self.house()?;
        let mut read = house.store().read().await?;
        let mut cases = read.cases(CaseFilter::default(), ALL).await?;
        cases.sort_by_key(|case| case.id);
        let mut lines = Vec::new();
        for case in cases {
            for notice in read.notices_of(case.id).await? {
                let receipt = notice.receipt;
                lines.push([
                    case.number.clone(),
                    notice.made_on.to_string(),
                    or_blank(receipt.map(|receipt| receipt.kind.code())),
                    or_blank(receipt.map(|receipt| receipt.on)),
                ]);
            }
        }
        Ok(match lines.is_empty() {
            true => String::new(),
            false => table(["case", "made", "reached the subject", "on"], lines),
        })
    }

    async fn objections(&self) -> anyhow::Result<String> {
        let house = self.house()?;
        let mut objections = house.store().read().await?.objections(false, ALL).await?;
        objections.sort_by_key(|row| row.id);
        if objections.is_empty() {
            return Ok(String::new());
        }
        let lines = objections.into_iter().map(|row| {
            [
                row.id.to_string(),
                row.case.to_string(),
                row.objection.code().to_owned(),
                row.door.code().to_owned(),
                row.ground.code().to_owned(),
                row.raised_on.to_string(),
            ]
        });
        Ok(table(
            ["objection", "case", "state", "door", "ground", "raised"],
            lines,
        ))
    }

    async fn events(&self) -> anyhow::Result<Vec<Event>> {
        Ok(self.house()?.store().events().await?)
    }

    async fn log(&self) -> anyhow::Result<String> {
        let house = self.house()?;
        house.seal().await?;
        let report = house.verify().await?;
        let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
        for event in self.events().await? {
            *kinds.entry(event.kind).or_default() += 1;
        }
        let verdict = match report.is_sound() && report.pending == 0 {
            true => "verified",
            false => "NOT SOUND",
        };
        let lines = kinds
            .into_iter()
            .map(|(kind, count)| [kind, count.to_string()]);
        let kinds = table(["event", "entries"], lines);
        Ok(format!(
            "{} entries, {verdict}\n\n{kinds}\n",
            report.log.entries
        ))
    }

    /// The outcome in numbers: each count of orders is of those that ever reached the
    /// state.
    pub(crate) async fn numbers(&self) -> anyhow::Result<Value> {
        let house = self.house()?;
        house.seal().await?;
        let parked = |event: &Event| event.kind == "step.parked";
        let parked: BTreeSet<String> = self
            .events()
            .await?
            .into_iter()
            .filter(parked)
            .map(|event| event.object.id)
            .collect();
        let mut reached = [0_u32; 7];
        for (_, steps) in self.rows().await? {
            let has = |it: &dyn Fn(&StepRow) -> bool| u32::from(steps.iter().any(it));
            let made = |verb: Verb| {
                move |step: &StepRow| {
                    step.verb == verb
                        && matches!(step.state, Step::Executed | Step::PartlyExecuted { .. })
                }
            };
            let expired =
                |step: &StepRow| made(Verb::Lift)(step) && matches!(step.exit, Some(Exit::Expiry));
            let counts = [
                has(&made(Verb::Apply)),
                has(&made(Verb::Suspend)),
                has(&made(Verb::Resume)),
                has(&made(Verb::Lift)),
                has(&expired),
                has(&|step| matches!(step.state, Step::Refused { .. })),
                has(&|step| parked.contains(&step.key)),
            ];
            for (sum, count) in reached.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let [executed, suspended, resumed, lifted, expired, refused, dead] = reached;
        let (accepted, rejected, cases) = self.counts().await?;
        let mut departments = Map::new();
        for (name, department) in &self.departments {
            let effects = department.effects().await?.len();
            departments.insert(name.clone(), json!({ "effects": effects }));
        }
        let report = house.verify().await?;
        Ok(json!({
            "records": { "accepted": accepted, "rejected": rejected },
            "cases": cases,
            "orders": {
                "executed": executed, "suspended": suspended, "resumed": resumed,
                "lifted": lifted, "expired": expired, "refused_by_gate": refused, "dead": dead,
            },
            "departments": departments,
            "audit": {
                "entries": report.log.entries,
                "verified": report.is_sound() && report.pending == 0,
                "root": report.log.root.map(hex::encode),
            },
        }))
    }

    /// Rows accepted and rejected, and cases.
    async fn counts(&self) -> anyhow::Result<(u64, u64, usize)> {
        let house = self.house()?;
        let mut read = house.store().read().await?;
        let (mut accepted, mut rejected) = (0, 0);
        for delivery in read.deliveries(ALL).await? {
            let totals = read.totals(delivery.id).await?;
            accepted += totals.recorded + totals.revised + totals.ended;
            rejected += totals.rejected;
        }
        let cases = read.cases(CaseFilter::default(), ALL).await?.len();
        Ok((accepted, rejected, cases))
    }
}
