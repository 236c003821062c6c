//! The course of an order: what it knows, and the step that follows from it.
//!
//! Comes in: facts, as they become known. Goes out: the order with the fact noted,
//! and what has to be done: make a step, take one back, tell somebody.
//!
//! The order notes facts and derives its wish from all of them ([`Order::wants`]);
//! no event asks for a step by itself. So a fact that comes twice, late or out of
//! turn does no harm.
//!
//! Always holds:
//! - Nothing is applied before the notice was received and its waiting time is over
//!   (I2), and every order carries the day after which it lapses.
//! - At most one step is under way. A second is made when the first has ended, or
//!   was taken back while surely nothing had been done.
//! - While an objection is open nothing is applied or resumed (requirement 35).
//! - Once it has to end it ends: an ending is never unset, and the first stays.
//! - A final order wants nothing. Facts that come late are taken in silence there;
//!   only what a person does in vain, and what cannot be, is an error.
//!
//! Deliberately absent: the gates. Whoever claims a step asks them beside
//! [`Order::may_claim`], in the same transaction.

use super::{Ends, ObjectionEnd, OrderEffect, OrderEvent, OrderState, Review};
use crate::{
    ids::ObjectionId,
    record::Exit,
    step::{Step, Verb},
    transition::TransitionError,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an order knows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// Where it stands.
    pub state: OrderState,
    /// The one step that has not ended.
    pub under_way: Option<UnderWay>,
    /// How many steps have been made: the number of the latest. The apply step is
    /// number 1, and the only one of its kind.
    pub steps_made: u32,
    /// From when it may be applied; known once the notice was received and its
    /// waiting time can be told for certain.
    pub first_day: Option<Date>,
    /// Objections that are open.
    pub held_by: BTreeSet<ObjectionId>,
    /// Objections that are closed, so that news of their opening which comes late
    /// does not hold the order for ever.
    pub closed: BTreeSet<ObjectionId>,
    /// Why it has to end.
    pub ending: Option<Exit>,
    /// When it ends by itself.
    pub ends: Ends,
}

/// The step under way, as far as the order must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnderWay {
    /// Its number, from 1.
    pub number: u32,
    /// What it asks.
    pub verb: Verb,
    /// How far it got.
    pub reach: Reach,
}

/// How far a step got that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Due; surely nothing was done.
    Waiting,
    /// Kept from being made while an objection is open; surely nothing was done.
    Held,
    /// The department declined it and objects; surely nothing was done.
    Disputed,
    /// The department was called, or a person looks into it: it cannot be taken back.
    Out,
}

impl Reach {
    /// How far this step got; `None` where it has ended.
    pub fn of(step: &Step) -> Option<Self> {
        match step {
            Step::Due { .. } => Some(Self::Waiting),
            Step::Held { .. } => Some(Self::Held),
            Step::Disputed { .. } => Some(Self::Disputed),
            Step::Claimed { .. }
            | Step::Pending { .. }
            | Step::Unknown { .. }
            | Step::Parked { .. } => Some(Self::Out),
            Step::Executed
            | Step::PartlyExecuted { .. }
            | Step::CouldNot { .. }
            | Step::NotApplicable { .. }
            | Step::Refused { .. }
            | Step::Withdrawn
            | Step::OutsideMandate { .. } => None,
        }
    }
}

impl Order {
    /// An order that passed the gates of opening and waits for its notice.
    pub fn prepared(ends: Ends) -> Self {
        Self {
            state: OrderState::Prepared,
            under_way: None,
            steps_made: 0,
            first_day: None,
            held_by: BTreeSet::new(),
            closed: BTreeSet::new(),
            ending: None,
            ends,
        }
    }

    /// The step that its facts call for, whether or not one is under way. This is
    /// the whole rule of the order's life.
    pub fn wants(&self) -> Option<Verb> {
        let must_end = self.ending.is_some();
        let is_held = !self.held_by.is_empty();
        match self.state {
            OrderState::Prepared if must_end || self.first_day.is_none() => None,
            OrderState::Prepared => Some(Verb::Apply),
            OrderState::InForce | OrderState::Suspended if must_end => Some(Verb::Lift),
            OrderState::InForce => is_held.then_some(Verb::Suspend),
            OrderState::Suspended => (!is_held).then_some(Verb::Resume),
            OrderState::Lifted | OrderState::Refused | OrderState::NotExecuted => None,
        }
    }

    /// Whether this step may be claimed today, as far as the order is concerned. To
    /// be asked in the transaction that claims, beside the gates. A step that may
    /// not stays as it is: a day that has begun unnoticed ([`OrderEvent::DayBegun`])
    /// will take it back.
    pub fn may_claim(&self, number: u32, today: Date) -> bool {
        let Some(step) = self.under_way.filter(|step| step.number == number) else {
            return false;
        };
        let in_time = match step.verb {
            Verb::Apply => self.first_day.is_some_and(|first| first <= today),
            Verb::Suspend | Verb::Resume | Verb::Lift => true,
        };
        let burden_may = self.held_by.is_empty() && today <= self.ends.last_day();
        self.wants() == Some(step.verb) && in_time && (burden_may || !step.verb.burdens())
    }

    /// In force in the department's system, suspended or not.
    fn is_in_force(&self) -> bool {
        match self.state {
            OrderState::InForce | OrderState::Suspended => true,
            OrderState::Prepared
            | OrderState::Lifted
            | OrderState::Refused
            | OrderState::NotExecuted => false,
        }
    }

    fn has_to_end(&mut self, exit: &Exit) {
        self.ending.get_or_insert_with(|| exit.clone());
    }
}

/// The order with what became known, and what follows from it.
///
/// # Errors
/// Where the event cannot be, or is a person's act that comes too late to have any
/// effect; nothing has changed then.
pub fn apply(
    order: &Order,
    event: &OrderEvent,
) -> Result<(Order, Vec<OrderEffect>), TransitionError> {
    let mut next = order.clone();
    let mut effects = Vec::new();
    let taken = next.note(event, &mut effects);
    if !taken {
        return Err(TransitionError::NotAdmitted {
            what: "order",
            state: order.state.code(),
            event: event.code(),
        });
    }
    next.follow(&mut effects);
    if next.state != order.state && next.first_day.is_some() {
        effects.push(OrderEffect::TellSubject);
    }
    Ok((next, effects))
}

impl Order {
    /// Notes what became known. `false` where it cannot be.
    fn note(&mut self, event: &OrderEvent, effects: &mut Vec<OrderEffect>) -> bool {
        let is_final = self.state.is_final();
        match event {
            OrderEvent::StepMoved { number, step } => return self.step_moved(*number, step),
            OrderEvent::Reviewed(review) => return self.reviewed(*review),
            OrderEvent::NoticeReceived { first_day } if !is_final => {
                // A receipt is entered once.
                return *self.first_day.get_or_insert(*first_day) == *first_day;
            }
            OrderEvent::ObjectionOpened(id) if !is_final => {
                if !self.closed.contains(id) {
                    self.held_by.insert(*id);
                }
            }
            OrderEvent::ObjectionClosed(id, end) if !is_final => {
                self.objection_closed(*id, *end, effects);
            }
            OrderEvent::GroundGone(exit) if !is_final => self.has_to_end(exit),
            OrderEvent::DayBegun(today) if !is_final => self.day_begun(*today, effects),
            OrderEvent::EndShortened { to } if !is_final => self.ends = self.ends.shortened(*to),
            // One not yet in force is refused by the gates when it is claimed.
            OrderEvent::BasisRepealed if self.is_in_force() && self.ending.is_none() => {
                effects.push(OrderEffect::Review);
            }
            OrderEvent::NoticeReceived { .. }
            | OrderEvent::ObjectionOpened(_)
            | OrderEvent::ObjectionClosed(..)
            | OrderEvent::GroundGone(_)
            | OrderEvent::DayBegun(_)
            | OrderEvent::EndShortened { .. }
            | OrderEvent::BasisRepealed => {}
        }
        true
    }

    /// Over its last day it has to end; where that is for want of a review, the
    /// initiator learns it.
    fn day_begun(&mut self, today: Date, effects: &mut Vec<OrderEffect>) {
        if today <= self.ends.last_day() || self.ending.is_some() {
            return;
        }
        self.has_to_end(&Exit::Expiry);
        match self.ends {
            Ends::OnDay(_) => {}
            Ends::OnEvent { .. } => effects.push(OrderEffect::TellInitiator),
        }
    }

    fn step_moved(&mut self, number: u32, step: &Step) -> bool {
        let Some(known) = self.under_way.filter(|known| known.number == number) else {
            // News of an earlier step's end moves nothing; a second step that has
            // not ended cannot be.
            return (1..=self.steps_made).contains(&number) && step.is_final();
        };
        self.under_way = Reach::of(step).map(|reach| UnderWay { reach, ..known });
        self.state = self.state.after(known.verb, step);
        // What cannot lawfully be resumed is lifted.
        if let (Verb::Resume, Step::Refused { .. }) = (known.verb, step) {
            self.has_to_end(&Exit::Expiry);
        }
        true
    }

    fn objection_closed(
        &mut self,
        id: ObjectionId,
        end: ObjectionEnd,
        effects: &mut Vec<OrderEffect>,
    ) {
        let held_until_now = self.held_by.remove(&id) && self.held_by.is_empty();
        self.closed.insert(id);
        match end {
            ObjectionEnd::Upheld => self.has_to_end(&Exit::Correction),
            ObjectionEnd::Rejected | ObjectionEnd::Withdrawn => {}
        }
        let disputed = self
            .under_way
            .filter(|step| step.reach == Reach::Disputed && self.wants() == Some(step.verb));
        if let (true, Some(step)) = (held_until_now, disputed) {
            effects.push(OrderEffect::SendStepAgain(step.number));
            self.under_way = Some(UnderWay {
                reach: Reach::Waiting,
                ..step
            });
        }
    }

    /// A review made after the order lapsed, though nobody had noticed that yet, or
    /// of an order that ends on a day, is an error: whoever made it has to know that
    /// it had no effect.
    fn reviewed(&mut self, review: Review) -> bool {
        let in_time = review.on() <= self.ends.last_day();
        let may_go_on = in_time && self.ending.is_none() && !self.state.is_final();
        match self.ends {
            Ends::OnEvent {
                review_by,
                at_latest,
            } if may_go_on => {
                // An older review that comes late does not shorten.
                self.ends = Ends::OnEvent {
                    review_by: review.by().max(review_by),
                    at_latest,
                };
                true
            }
            Ends::OnDay(_) | Ends::OnEvent { .. } => false,
        }
    }

    /// What follows from the facts as they now are.
    fn follow(&mut self, effects: &mut Vec<OrderEffect>) {
        let wants = self.wants();
        let is_held = !self.held_by.is_empty();
        if let Some(step) = &mut self.under_way {
            let is_wanted = wants == Some(step.verb);
            let waits = is_held && step.verb.burdens();
            match step.reach {
                Reach::Out => return,
                Reach::Waiting | Reach::Held | Reach::Disputed if !is_wanted => {
                    effects.push(OrderEffect::WithdrawStep(step.number));
                    self.under_way = None;
                }
                Reach::Waiting if waits => {
                    effects.push(OrderEffect::HoldStep(step.number));
                    step.reach = Reach::Held;
                    return;
                }
                Reach::Held if !waits => {
                    effects.push(OrderEffect::ReleaseStep(step.number));
                    step.reach = Reach::Waiting;
                    return;
                }
                Reach::Waiting | Reach::Held | Reach::Disputed => return,
            }
        }
        match (self.state, wants) {
            (OrderState::Prepared, _) if self.ending.is_some() => {
                self.state = OrderState::NotExecuted;
                effects.push(OrderEffect::TellInitiator);
            }
            // What has not been applied waits while an objection is open.
            (OrderState::Prepared, _) if is_held => {}
            (_, Some(verb)) => self.make(verb, effects),
            (_, None) => {}
        }
    }

    fn make(&mut self, verb: Verb, effects: &mut Vec<OrderEffect>) {
        self.steps_made += 1;
        let number = self.steps_made;
        let not_before = match verb {
            Verb::Apply => self.first_day,
            Verb::Suspend | Verb::Resume | Verb::Lift => None,
        };
        effects.push(OrderEffect::MakeStep {
            number,
            verb,
            not_before,
        });
        self.under_way = Some(UnderWay {
            number,
            verb,
            reach: Reach::Waiting,
        });
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
