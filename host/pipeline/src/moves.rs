//! Moves: what one transaction changes of orders, their steps and their cases.
//!
//! Comes in: events of steps and orders. Goes out: the rows as the state machines
//! leave them, with one entry for each row, written in sets. Always holds: every
//! event of an order goes through the domain's `order::apply`, and what that asks
//! for (steps made, held, taken back; objections; stops) is written in the same
//! transaction. What the house cannot carry out itself yet, such as telling people,
//! stands in the entry as `consequence`.
//!
//! A crash before the commit leaves nothing of it. Deliberately absent: what
//! happened, which the callers say; and beginning and committing the transaction.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
};
use credence_domain::{
    ids::{CallId, CaseId, OrderId},
    order::{self, OrderEffect, OrderEvent, step_key},
    record::Feedback,
    step::{self, Step, StepEffect, StepEvent},
    stop::Stop,
};
use credence_store::{CaseRow, EventDraft, OrderRow, StepRow, Write};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

mod made;
mod written;

/// What the log says of an event beside its kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Digest of the component that took part.
    pub(crate) plugin: Option<String>,
    /// The call that took part.
    pub(crate) call: Option<CallId>,
    /// Plain facts that say nothing about a person.
    pub(crate) facts: Vec<(&'static str, String)>,
}

impl Told {
    /// One plain fact.
    pub(crate) fn fact(name: &'static str, fact: impl Into<String>) -> Self {
        Self {
            facts: vec![(name, fact.into())],
            ..Self::default()
        }
    }
}

/// A row, and how its entry will be told if it has changed.
struct Moved<T> {
    row: T,
    is_new: bool,
    draft: Option<EventDraft>,
    consequences: BTreeSet<&'static str>,
}

impl<T> Moved<T> {
    fn known(row: T) -> Self {
        Self {
            row,
            is_new: false,
            draft: None,
            consequences: BTreeSet::new(),
        }
    }

    fn told(&self) -> Option<EventDraft> {
        let draft = self.draft.clone()?;
        if self.consequences.is_empty() {
            return Some(draft);
        }
        let words: Vec<&str> = self.consequences.iter().copied().collect();
        Some(with(draft, "consequence", words.join(", ")))
    }
}

/// An executing department thinks an order wrong.
pub(crate) struct Dispute {
    pub(crate) order: OrderId,
    pub(crate) reason: String,
}

/// What one transaction moves.
pub(crate) struct Moves<'h> {
    house: &'h House,
    actor: Actor,
    now: Timestamp,
    orders: BTreeMap<OrderId, Moved<OrderRow>>,
    steps: BTreeMap<String, Moved<StepRow>>,
    /// Cases that were taken up, as they were read.
    cases: BTreeMap<CaseId, CaseRow>,
    disputes: Vec<Dispute>,
    /// Measures that a department says it may not carry out, with the step's key.
    stops: BTreeMap<Stop, String>,
    /// Cases of which a step was claimed.
    begun: BTreeSet<CaseId>,
    /// Cases of which an order came to another state.
    stirred: BTreeSet<CaseId>,
}

impl<'h> Moves<'h> {
    pub(crate) fn new(house: &'h House, actor: &Actor) -> Self {
        Self {
            house,
            actor: actor.clone(),
            now: house.now(),
            orders: BTreeMap::new(),
            steps: BTreeMap::new(),
            cases: BTreeMap::new(),
            disputes: Vec::new(),
            stops: BTreeMap::new(),
            begun: BTreeSet::new(),
            stirred: BTreeSet::new(),
        }
    }

    /// Takes up these steps, their orders, and whatever is under way of those.
    /// Keys that no step has are left out.
    pub(crate) async fn take_steps(
        &mut self,
        write: &mut Write<'_>,
        keys: &[String],
    ) -> Result<(), PipelineError> {
        let unknown = |key: &&String| !self.steps.contains_key(*key);
        let keys: Vec<String> = keys.iter().filter(unknown).cloned().collect();
        if keys.is_empty() {
            return Ok(());
        }
        let steps = write.read().steps(&keys).await?;
        let orders: BTreeSet<OrderId> = steps.iter().map(|step| step.order).collect();
        for step in steps {
            self.steps.insert(step.key.clone(), Moved::known(step));
        }
        self.take_orders(write, orders).await
    }

    /// Takes up these orders, and the step under way of each.
    pub(crate) async fn take_orders(
        &mut self,
        write: &mut Write<'_>,
        ids: impl IntoIterator<Item = OrderId>,
    ) -> Result<(), PipelineError> {
        let unknown = |id: &OrderId| !self.orders.contains_key(id);
        let ids: BTreeSet<OrderId> = ids.into_iter().filter(unknown).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let orders = write.read().orders_by_ids(ids).await?;
        self.take(write, orders).await
    }

    /// Takes up orders that were read in this transaction, and the step under way
    /// of each.
    pub(crate) async fn take(
        &mut self,
        write: &mut Write<'_>,
        orders: Vec<OrderRow>,
    ) -> Result<(), PipelineError> {
        let mut keys = Vec::new();
        for order in orders {
            let under_way = order.course.under_way.map(|step| step.number);
            let key = under_way.map(|number| step_key(order.id, number));
            keys.extend(key.filter(|key| !self.steps.contains_key(key)));
            self.orders
                .entry(order.id)
                .or_insert_with(|| Moved::known(order));
        }
        if !keys.is_empty() {
            for step in write.read().steps(&keys).await? {
                self.steps.insert(step.key.clone(), Moved::known(step));
            }
        }
        Ok(())
    }

    /// Takes up the cases of all orders that were taken up.
    pub(crate) async fn take_cases(&mut self, write: &mut Write<'_>) -> Result<(), PipelineError> {
        let of_orders = self.orders.values().map(|moved| moved.row.case);
        let unknown = of_orders.filter(|case| !self.cases.contains_key(case));
        let unknown: BTreeSet<CaseId> = unknown.collect();
        if !unknown.is_empty() {
            let cases = write.read().cases_by_ids(unknown).await?;
            self.cases
                .extend(cases.into_iter().map(|case| (case.id, case)));
        }
        Ok(())
    }

    /// A case that was taken up, as it was read.
    pub(crate) fn case_row(&self, id: CaseId) -> Option<&CaseRow> {
        self.cases.get(&id)
    }

    /// A step that was taken up, as it stands now.
    pub(crate) fn step_row(&self, key: &str) -> Option<&StepRow> {
        self.steps.get(key).map(|moved| &moved.row)
    }

    /// An order that was taken up, as it stands now.
    pub(crate) fn order_row(&self, id: OrderId) -> Result<&OrderRow, PipelineError> {
        let moved = self.orders.get(&id);
        moved.map(|moved| &moved.row).ok_or_else(|| missing(id))
    }

    /// Every order that was taken up.
    pub(crate) fn orders(&self) -> impl Iterator<Item = &OrderRow> {
        self.orders.values().map(|moved| &moved.row)
    }

    /// A worker takes a step: state, claim and call.
    pub(crate) fn claim(
        &mut self,
        key: &str,
        lease_until: Timestamp,
        told: Told,
    ) -> Result<(), PipelineError> {
        let call = told.call;
        self.step(key, &StepEvent::Claimed, told)?;
        let Some(moved) = self.steps.get_mut(key) else {
            return Ok(());
        };
        moved.row.attempt += 1;
        moved.row.claimed_by = Some(self.house.owner.name().to_owned());
        moved.row.lease_until = Some(lease_until);
        moved.row.call = call;
        let order = moved.row.order;
        let case = self.order_row(order)?.case;
        self.begun.insert(case);
        Ok(())
    }

    /// Something happened to a step that was taken up.
    ///
    /// # Errors
    /// Where its state does not admit the event, or the order's does not.
    pub(crate) fn step(
        &mut self,
        key: &str,
        event: &StepEvent,
        told: Told,
    ) -> Result<(), PipelineError> {
        let (now, house) = (self.now, self.house);
        let moved = self.steps.get_mut(key).ok_or_else(|| unknown_step(key))?;
        let for_person = match moved.row.verb.burdens() {
            true => house.without_objection(event),
            false => None,
        };
        let event = for_person.as_ref().unwrap_or(event);
        let before = moved.row.state.clone();
        let (state, effects) = step::apply(&before, event, moved.row.verb, moved.row.attempt, now)
            .map_err(|error| PipelineError::Refused(format!("step {key}: {error}")))?;
        let state = step::spread(state, key, moved.row.attempt, now);
        let has_moved = state != before;
        let (order, number) = (moved.row.order, moved.row.number);
        if !has_moved && effects.is_empty() && told.call.is_none() {
            return Ok(());
        }
        note_feedback(&mut moved.row, event, &before, &effects);
        moved.row.state = state.clone();
        if !matches!(state, Step::Claimed { .. }) {
            moved.row.claimed_by = None;
            moved.row.lease_until = None;
        }
        let kind = match event {
            StepEvent::Abandoned => "step.abandoned".to_owned(),
            _ => format!("step.{}", state.code()),
        };
        let reason = state.reason().unwrap_or_default().to_owned();
        let draft = drafted(moved.draft.take(), &kind, now, &self.actor, told);
        moved.draft = Some(draft);
        for effect in effects {
            match effect {
                StepEffect::Call => {}
                StepEffect::TellInitiator => _ = moved.consequences.insert("tell-initiator"),
                StepEffect::AskPerson => _ = moved.consequences.insert("ask-person"),
                StepEffect::OpenObjection => self.disputes.push(Dispute {
                    order,
                    reason: reason.clone(),
                }),
                StepEffect::StopDispatch => {
                    let row = self.orders.get(&order).ok_or_else(|| missing(order))?;
                    let stop =
                        Stop::MeasureIn(row.row.department.clone(), row.row.terms.measure.clone());
                    self.stops.insert(stop, key.to_owned());
                }
            }
        }
        self.note_reference(order, event)?;
        if has_moved {
            self.order(
                order,
                &OrderEvent::StepMoved {
                    number,
                    step: state,
                },
            )?;
        }
        Ok(())
    }

    /// The department's reference of the order is that of its newest answer.
    fn note_reference(&mut self, order: OrderId, event: &StepEvent) -> Result<(), PipelineError> {
        let (StepEvent::Answered(Feedback { reference, .. })
        | StepEvent::SettledByPerson(Feedback { reference, .. })) = event
        else {
            return Ok(());
        };
        let (now, actor) = (self.now, self.actor.clone());
        let moved = self.orders.get_mut(&order).ok_or_else(|| missing(order))?;
        if reference.is_some() && moved.row.reference != *reference {
            moved.row.reference.clone_from(reference);
            let draft = moved.draft.take();
            let draft = drafted(draft, "order.referenced", now, &actor, Told::default());
            moved.draft = Some(draft);
        }
        Ok(())
    }

    /// Something became known to an order that was taken up.
    ///
    /// # Errors
    /// Where its state does not admit the event.
    pub(crate) fn order(&mut self, id: OrderId, event: &OrderEvent) -> Result<(), PipelineError> {
        let moved = self.orders.get_mut(&id).ok_or_else(|| missing(id))?;
        let (course, effects) = order::apply(&moved.row.course, event)
            .map_err(|error| PipelineError::Refused(format!("order {id}: {error}")))?;
        if course == moved.row.course && effects.is_empty() {
            return Ok(());
        }
        let kind = if course.state != moved.row.course.state {
            self.stirred.insert(moved.row.case);
            format!("order.{}", course.state.code())
        } else {
            format!("order.{}", event.code())
        };
        moved.row.course = course;
        let told = Told::fact("event", event.code());
        let draft = drafted(moved.draft.take(), &kind, self.now, &self.actor, told);
        moved.draft = Some(draft);
        for effect in effects {
            self.follow(id, effect)?;
        }
        Ok(())
    }

    fn follow(&mut self, id: OrderId, effect: OrderEffect) -> Result<(), PipelineError> {
        let told = match effect {
            OrderEffect::TellInitiator => Some("tell-initiator"),
            OrderEffect::TellSubject => Some("tell-subject"),
            OrderEffect::Review => Some("review"),
            OrderEffect::MakeStep { .. }
            | OrderEffect::WithdrawStep(_)
            | OrderEffect::HoldStep(_)
            | OrderEffect::ReleaseStep(_)
            | OrderEffect::SendStepAgain(_) => None,
        };
        if let (Some(word), Some(moved)) = (told, self.orders.get_mut(&id)) {
            moved.consequences.insert(word);
        }
        let (number, event) = match effect {
            OrderEffect::MakeStep {
                number,
                verb,
                not_before,
            } => return self.make_step(id, number, verb, not_before),
            OrderEffect::TellInitiator | OrderEffect::TellSubject | OrderEffect::Review => {
                return Ok(());
            }
            OrderEffect::WithdrawStep(number) => (number, StepEvent::Withdrawn),
            OrderEffect::HoldStep(number) => (number, StepEvent::Held),
            OrderEffect::ReleaseStep(number) => (number, StepEvent::Released),
            OrderEffect::SendStepAgain(number) => (number, StepEvent::SentAgain),
        };
        self.step(&step_key(id, number), &event, Told::default())
    }
}

/// What a step's row keeps of an answer, and how its calls are counted: since the
/// department last answered.
fn note_feedback(row: &mut StepRow, event: &StepEvent, before: &Step, effects: &[StepEffect]) {
    match event {
        StepEvent::Answered(feedback) if before.is_final() => {
            // It ended as it ended; an answer that says otherwise is for a person.
            if effects.contains(&StepEffect::AskPerson) {
                row.contradicted = Some(feedback.clone());
            }
        }
        StepEvent::Answered(feedback) | StepEvent::SettledByPerson(feedback) => {
            row.feedback = Some(feedback.clone());
            row.attempt = 0;
        }
        StepEvent::SentAgain => row.attempt = 0,
        StepEvent::Claimed
        | StepEvent::GateRefused(_)
        | StepEvent::Abandoned
        | StepEvent::NoTrace
        | StepEvent::Put { .. }
        | StepEvent::Unavailable { .. }
        | StepEvent::Uncertain
        | StepEvent::Disputed(_)
        | StepEvent::OutsideMandate(_)
        | StepEvent::NeedsPerson(_)
        | StepEvent::Held
        | StepEvent::Released
        | StepEvent::Withdrawn => {}
    }
}

/// The draft of a row's entry, or what an earlier event of this transaction began,
/// with what this one adds.
fn drafted(
    known: Option<EventDraft>,
    kind: &str,
    now: Timestamp,
    actor: &Actor,
    told: Told,
) -> EventDraft {
    let mut draft = known.unwrap_or_else(|| event(kind, now, actor));
    draft.kind = kind.to_owned();
    draft.plugin = told.plugin.or(draft.plugin);
    draft.call = told.call.or(draft.call);
    let facts = told.facts.into_iter();
    facts.fold(draft, |draft, (name, fact)| with(draft, name, fact))
}

fn unknown_step(key: &str) -> PipelineError {
    PipelineError::Unknown {
        what: "step",
        name: key.to_owned(),
        next: "`order show` lists the steps of an order with their keys",
    }
}

fn missing(order: OrderId) -> PipelineError {
    PipelineError::Unknown {
        what: "order of a step",
        name: order.to_string(),
        next: "run `audit verify`: a row that a step rests on is missing",
    }
}
