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
    case::{self, CaseEffect, CaseEvent, CaseState, Progress},
    ids::{CallId, CaseId, OrderId},
    order::{self, OrderEffect, OrderEvent, step_key},
    record::{Exit, Feedback},
    step::{self, Step, StepEffect, StepEvent, Verb},
    stop::Stop,
    time::start_of_day,
};
use credence_store::{CaseRow, EventDraft, OrderRow, StepRow, StopRow, Write};
use jiff::{Timestamp, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

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
        let now = self.now;
        let moved = self.steps.get_mut(key).ok_or_else(|| unknown_step(key))?;
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
        let mut tell = |word| {
            if let Some(moved) = self.orders.get_mut(&id) {
                moved.consequences.insert(word);
            }
        };
        let (number, event) = match effect {
            OrderEffect::MakeStep {
                number,
                verb,
                not_before,
            } => return self.make_step(id, number, verb, not_before),
            OrderEffect::TellInitiator => return Ok(tell("tell-initiator")),
            OrderEffect::TellSubject => return Ok(tell("tell-subject")),
            OrderEffect::Review => return Ok(tell("review")),
            OrderEffect::WithdrawStep(number) => (number, StepEvent::Withdrawn),
            OrderEffect::HoldStep(number) => (number, StepEvent::Held),
            OrderEffect::ReleaseStep(number) => (number, StepEvent::Released),
            OrderEffect::SendStepAgain(number) => (number, StepEvent::SentAgain),
        };
        self.step(&step_key(id, number), &event, Told::default())
    }

    fn make_step(
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

    /// Writes everything that has moved. Gives nothing back but errors: what the
    /// rows are now, [`Self::step_row`] and [`Self::order_row`] say.
    ///
    /// # Errors
    /// What the store said; the transaction must not be committed then.
    pub(crate) async fn write(mut self, write: &mut Write<'_>) -> Result<(), PipelineError> {
        // Each objection holds orders, which may be others than those taken up.
        for dispute in std::mem::take(&mut self.disputes) {
            let house = self.house;
            house.dispute(write, &mut self, dispute).await?;
        }
        self.write_stops(write).await?;
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for moved in self.steps.into_values() {
            let Some(draft) = moved.told() else { continue };
            match moved.is_new {
                true => new.push((moved.row, draft)),
                false => known.push((moved.row, draft)),
            }
        }
        write.insert_steps(&new).await?;
        write.update_steps(known).await?;
        let orders = self.orders.into_values();
        let orders = orders.filter_map(|moved| moved.told().map(|draft| (moved.row, draft)));
        write.update_orders(orders.collect()).await?;
        write_cases(write, &self.begun, &self.stirred, self.now, &self.actor).await
    }

    async fn write_stops(&mut self, write: &mut Write<'_>) -> Result<(), PipelineError> {
        for (stop, key) in std::mem::take(&mut self.stops) {
            let known = write.read().stop(&stop).await?;
            if known.as_ref().is_some_and(|row| row.on) {
                continue;
            }
            let row = StopRow {
                stop,
                on: true,
                reason: format!("step {key} was answered: outside the department's mandate"),
                set_by: self.actor.name.clone(),
                updated_at: self.now,
                changes: known.map_or(0, |row| row.changes),
            };
            let draft = with(event("stop.set", self.now, &self.actor), "step", key);
            write.set_stop(&row, &draft).await?;
        }
        Ok(())
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

/// Moves the cases whose orders moved.
async fn write_cases(
    write: &mut Write<'_>,
    begun: &BTreeSet<CaseId>,
    stirred: &BTreeSet<CaseId>,
    now: Timestamp,
    actor: &Actor,
) -> Result<(), PipelineError> {
    let touched: BTreeSet<CaseId> = begun.union(stirred).copied().collect();
    if touched.is_empty() {
        return Ok(());
    }
    let states = match stirred.is_empty() {
        true => BTreeMap::new(),
        false => write.read().order_states(stirred.iter().copied()).await?,
    };
    let mut cases = Vec::new();
    for row in write.read().cases_by_ids(touched).await? {
        let mut events = Vec::new();
        if begun.contains(&row.id) {
            events.push(CaseEvent::Dispatched);
        }
        if let Some(states) = states.get(&row.id) {
            events.push(CaseEvent::OrdersMoved(Progress::of(states.iter().copied())));
        }
        let (state, told) = moved_case(&row, &events)?;
        if state == row.state {
            continue;
        }
        let mut draft = event(&format!("case.{}", state.code()), now, actor);
        if told {
            draft = with(draft, "consequence", "tell-initiator");
        }
        cases.push((CaseRow { state, ..row }, draft));
    }
    write.update_cases(cases).await?;
    Ok(())
}

/// Where a case stands after events, and whether its initiator is to be told.
fn moved_case(row: &CaseRow, events: &[CaseEvent]) -> Result<(CaseState, bool), PipelineError> {
    let (mut state, mut told) = (row.state, false);
    for event in events {
        let (next, effects) = case::apply(state, event)
            .map_err(|error| PipelineError::Refused(format!("case {}: {error}", row.number)))?;
        state = next;
        told |= effects.contains(&CaseEffect::TellInitiator);
    }
    Ok((state, told))
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
