//! Repair: whoever determined a record's conduct decides that it was put right
//! (信用修复), and every measure that rests on the record ends.
//!
//! Comes in: a case, what shows that the conditions are met, the decision. Goes out:
//! orders that end by repair, and lifts for those in force, in the same transaction.
//! Always holds: nothing is granted while the rule of any measure that rests on the
//! record has an obstacle on that day; a refusal names all of them and writes nothing.
//! What the house does not do by itself yet (publishing, pushing, telling) stands in
//! the entry as `consequence`.
//!
//! Deliberately absent: applications that wait. They are handed in and decided in one
//! act, so that nothing but the decision is kept.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    moves::Moves,
    resolve::{case_in, record_of},
};
use credence_domain::{
    calendar::Deadline,
    ids::{CaseId, OrderId},
    order::OrderEvent,
    record::Decision,
    repair::{self, Application, Obstacle, Repair, RepairEffect, RepairEvent, RepairRule},
};
use credence_store::{OrderRow, RecordRow};
use jiff::civil::Date;

/// A repair, as the determining department grants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRepair {
    /// A case on the record.
    pub case: CaseId,
    /// The day on which the conduct was corrected, where it was.
    pub corrected_on: Option<Date>,
    /// Needs of the rule that are met, in its words, each shown by a document.
    pub shown: Vec<String>,
    /// Exclusions of the rule that were found to apply, in its words.
    pub applies: Vec<String>,
    /// Number of the decision that grants the repair.
    pub number: String,
    /// The day of that decision.
    pub decided_on: Date,
    /// The official who signs for it.
    pub official: String,
}

impl House {
    /// Grants a repair. Durable when it returns; gives the orders that end by it.
    ///
    /// # Errors
    /// When no measure rests on the record any more, something stands in the way of
    /// the repair, or the decision cannot be. Nothing is written then.
    pub async fn grant_repair(
        &self,
        ask: GrantRepair,
        actor: &Actor,
    ) -> Result<Vec<OrderRow>, PipelineError> {
        let today = self.today();
        let mut moves = Moves::new(self, actor);
        let mut write = self.store.begin().await?;
        let case = case_in(&mut write.read(), ask.case).await?;
        let record = record_of(&mut write.read(), &case).await?;
        let decision = decision(&ask, &record, today)?;
        let mut orders = write.read().orders_on([record.id]).await?;
        orders.retain(|order| !order.course.state.is_final());
        if orders.is_empty() {
            let text = format!(
                "no measure rests on the record of case {} any more; there is nothing to repair",
                case.number
            );
            return Err(PipelineError::Refused(text));
        }
        let effects = self.decided(&ask, &record, &orders, decision)?;
        let draft = event("repair.granted", self.now(), actor);
        let draft = with(draft, "official", ask.official.as_str());
        let draft = with(draft, "consequence", others(&effects));
        write.note(record.object(), &draft)?;
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        moves.take(&mut write, orders).await?;
        for effect in effects {
            if let RepairEffect::EndOrders(exit) = effect {
                for id in &ids {
                    moves.order(*id, &OrderEvent::GroundGone(exit.clone()))?;
                }
            }
        }
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(self.store.read().await?.orders_by_ids(ids).await?)
    }

    /// The whole way of an application through its machine, under the rules of every
    /// measure that rests on the record.
    fn decided(
        &self,
        ask: &GrantRepair,
        record: &RecordRow,
        orders: &[OrderRow],
        decision: Decision,
    ) -> Result<Vec<RepairEffect>, PipelineError> {
        let (today, calendar) = (self.today(), self.calendar());
        let application = Application {
            decided_on: record.record.decision.decided_on,
            corrected_on: ask.corrected_on,
            shown: ask.shown.iter().cloned().map(Into::into).collect(),
            applies: ask.applies.iter().cloned().map(Into::into).collect(),
        };
        let rules = orders.iter().map(|order| {
            let measure = self.measure(&order.terms.measure)?;
            Ok(self.catalogue.repair_rule(measure, today))
        });
        let rules: Vec<RepairRule> = rules.collect::<Result<_, PipelineError>>()?;
        let mut obstacles: Vec<Obstacle> = Vec::new();
        for rule in &rules {
            for obstacle in repair::obstacles(rule, &application, &calendar, today) {
                if !obstacles.contains(&obstacle) {
                    obstacles.push(obstacle);
                }
            }
        }
        let times = rules.iter().map(|rule| rule.decides_within);
        let deadlines = times.filter_map(|span| calendar.after(today, span));
        let decide_by = deadlines.min().unwrap_or(Deadline {
            date: today,
            provisional: true,
        });
        let apply = |state: &Repair, event: RepairEvent| {
            repair::apply(state, &event, &obstacles, today)
                .map_err(|error| PipelineError::Refused(error.to_string()))
        };
        let (examined, _) = apply(&Repair::Applied, RepairEvent::Examined { decide_by })?;
        if let Repair::Returned { obstacles } = &examined {
            let words: Vec<String> = obstacles
                .iter()
                .map(|obstacle| obstacle.refusal().to_string())
                .collect();
            return Err(PipelineError::Refused(words.join("\n")));
        }
        let (_, effects) = apply(&examined, RepairEvent::Granted(decision))?;
        Ok(effects)
    }
}

/// The decision, by whoever determined the conduct.
fn decision(ask: &GrantRepair, record: &RecordRow, today: Date) -> Result<Decision, PipelineError> {
    let rests_on = &record.record.decision;
    if ask.decided_on > today || ask.decided_on < rests_on.decided_on {
        let text = format!(
            "the repair cannot have been decided on {}: not before the decision of {} that it \
             repairs, nor in the future",
            ask.decided_on, rests_on.decided_on
        );
        return Err(PipelineError::Refused(text));
    }
    Ok(Decision {
        authority: rests_on.authority.clone(),
        number: Some(ask.number.clone()),
        decided_on: ask.decided_on,
    })
}

/// What follows beside the end of the orders, for whoever reads the log.
fn others(effects: &[RepairEffect]) -> String {
    let words = effects.iter().filter_map(|effect| match effect {
        RepairEffect::EndOrders(_) => None,
        RepairEffect::StopPublishing => Some("stop-publishing"),
        RepairEffect::StopSharing => Some("stop-sharing"),
        RepairEffect::StopUse => Some("stop-use"),
        RepairEffect::PushEverywhere => Some("push-everywhere"),
        RepairEffect::TellSubject => Some("tell-subject"),
        RepairEffect::AskSupervisor => Some("ask-supervisor"),
    });
    words.collect::<Vec<_>>().join(", ")
}
