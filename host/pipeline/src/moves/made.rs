//! Steps that an order asks for: what each says to the department.
//!
//! Comes in: an order, a verb, the first day on which the step may be claimed. Goes
//! out: the step, due. Always holds: a lift says why the order ends, and a measure
//! that lapsed ends on the day after its last.

use super::{Moved, Moves};
use crate::{
    error::PipelineError,
    house::{House, event, with},
};
use credence_domain::{
    ids::OrderId,
    order::step_key,
    record::Exit,
    step::{Step, Verb},
    time::start_of_day,
};
use credence_store::{OrderRow, StepRow};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeSet;

impl Moves<'_> {
    pub(super) fn make_step(
        &mut self,
        id: OrderId,
        number: u32,
        verb: Verb,
        not_before: Option<Date>,
    ) -> Result<(), PipelineError> {
        let order = self.order_row(id)?;
        let at = not_before.and_then(start_of_day).unwrap_or(self.now);
        let step = self.house.step_of(order, number, verb, at);
        let draft = event("step.due", self.now, &self.actor);
        let draft = match not_before {
            Some(day) => with(draft, "not_before", day.to_string()),
            None => draft,
        };
        let moved = Moved {
            row: step,
            is_new: true,
            draft: Some(with(draft, "verb", verb.code())),
            consequences: BTreeSet::new(),
        };
        self.steps.insert(moved.row.key.clone(), moved);
        Ok(())
    }
}

impl House {
    /// A new step of an order.
    pub(crate) fn step_of(
        &self,
        order: &OrderRow,
        number: u32,
        verb: Verb,
        at: Timestamp,
    ) -> StepRow {
        let ending = order.course.ending.as_ref();
        let note = match verb {
            Verb::Apply => None,
            Verb::Suspend => {
                Some("异议核实期间暂不执行 / suspended while an objection is verified")
            }
            Verb::Resume => Some("异议不成立，恢复执行 / the objection was not upheld"),
            Verb::Lift => Some(lift_note(ending)),
        };
        StepRow {
            subject: order.subject,
            order: order.id,
            number,
            key: step_key(order.id, number),
            department: order.department.clone(),
            region: order.region.clone(),
            verb,
            state: Step::Due { at },
            effective_on: self.effective_on(order, verb),
            note: note.map(str::to_owned),
            exit: ending.filter(|_| verb == Verb::Lift).cloned(),
            attempt: 0,
            claimed_by: None,
            lease_until: None,
            call: None,
            feedback: None,
            contradicted: None,
            updated_at: self.now(),
            changes: 0,
        }
    }

    /// The first day of the new state: of a measure that lapsed the day after its
    /// last, of everything else today.
    fn effective_on(&self, order: &OrderRow, verb: Verb) -> Date {
        let today = self.today();
        let last_day = order.course.ends.last_day();
        match (verb, &order.course.ending) {
            (Verb::Apply, _) => order.terms.starts_on,
            (Verb::Lift, Some(Exit::Expiry)) if last_day < today => {
                last_day.tomorrow().unwrap_or(today)
            }
            (Verb::Suspend | Verb::Resume | Verb::Lift, _) => today,
        }
    }
}

fn lift_note(ending: Option<&Exit>) -> &'static str {
    match ending {
        None | Some(Exit::Expiry) => "期限届满，自动解除 / the term is over",
        Some(Exit::Fulfilment) => "义务已履行完毕 / the obligation has been met",
        Some(Exit::Repair(_)) => "信用修复 / credit was repaired",
        Some(Exit::Correction) => "所依据的记录有误，予以更正 / it was wrong from the start",
        Some(Exit::Revocation(_)) => "所依据的决定已被撤销 / the decision was set aside",
    }
}
