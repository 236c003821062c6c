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

use super::OrderState;
use crate::{
    ids::ObjectionId,
    record::Exit,
    span::Span,
    step::{Step, TransitionError, Verb},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

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

/// When an order ends by itself (I2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// After this day.
    OnDay(Date),
    /// With an event that the catalogue names, such as payment. Somebody confirms
    /// from time to time that it has not come yet.
    OnEvent {
        /// After this day it has lapsed, unless confirmed by then.
        review_by: Date,
        /// The last day where a later edition of the catalogue set one.
        at_latest: Option<Date>,
    },
}

impl Ends {
    /// The last day on which the order can be in force as things stand.
    pub fn last_day(self) -> Date {
        match self {
            Self::OnDay(day) => day,
            Self::OnEvent {
                review_by,
                at_latest,
            } => at_latest.map_or(review_by, |day| day.min(review_by)),
        }
    }

    /// The same with no later end than `to`; an end is never put off.
    fn shortened(self, to: Date) -> Self {
        match self {
            Self::OnDay(day) => Self::OnDay(day.min(to)),
            Self::OnEvent {
                review_by,
                at_latest,
            } => Self::OnEvent {
                review_by,
                at_latest: Some(at_latest.map_or(to, |day| day.min(to))),
            },
        }
    }
}

/// A review that confirmed an order which ends with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Review {
    by: Date,
}

/// A next review that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the next review has to lie after {on} and at the latest {at_most} from then; {by} does not / \
     下次复核日期应在{on}之后、自该日起{}之内，{by}不符合", at_most.zh()
)]
pub struct ReviewError {
    on: Date,
    by: Date,
    at_most: Span,
}

impl Review {
    /// Reviewed on `on`, the next time by `by`, at most `at_most` ahead. That length
    /// is data; our own floor is 12 months (I2).
    ///
    /// # Errors
    /// Where `by` is not after `on` or lies too far ahead.
    pub fn new(on: Date, by: Date, at_most: Span) -> Result<Self, ReviewError> {
        match at_most.last_day(on) {
            Some(latest) if on < by && by <= latest => Ok(Self { by }),
            Some(_) | None => Err(ReviewError { on, by, at_most }),
        }
    }

    /// The day by which it has to be reviewed again.
    pub fn by(self) -> Date {
        self.by
    }
}

/// How an objection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionEnd {
    /// The provider was wrong: the order ends as a correction.
    Upheld,
    /// The provider was right.
    Rejected,
    /// Whoever objected took it back.
    Withdrawn,
}

/// What became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderEvent {
    /// The notice was received; the order may be applied from this day. Not to be
    /// told while that day is provisional.
    NoticeReceived {
        /// The first day after every waiting time.
        first_day: Date,
    },
    /// A step of the order moved.
    StepMoved {
        /// The step's number.
        number: u32,
        /// Where it stands now.
        step: Step,
    },
    /// An objection against the order, its record or its case was opened.
    ObjectionOpened(ObjectionId),
    /// It was closed.
    ObjectionClosed(ObjectionId, ObjectionEnd),
    /// What the order stands on is gone: its record ended, was corrected, revoked or
    /// repaired, its list entry left the list, its case was withdrawn.
    GroundGone(Exit),
    /// A day has begun in China.
    DayBegun(Date),
    /// Somebody confirmed that the ending event has not come yet.
    Reviewed(Review),
    /// An edition of the catalogue gives the measure a shorter time.
    EndShortened {
        /// The last day by that edition.
        to: Date,
    },
    /// A legal basis of the measure was repealed (requirement 14).
    BasisRepealed,
}

/// What a transition asks for beside the new facts, to be committed with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderEffect {
    /// Make this step, due at once or on `not_before`. A lift carries
    /// [`Order::ending`].
    MakeStep {
        /// Its number; with the order it makes the key.
        number: u32,
        /// What it asks.
        verb: Verb,
        /// The first day on which it may be claimed.
        not_before: Option<Date>,
    },
    /// Take this step back ([`crate::step::StepEvent::Withdrawn`]).
    WithdrawStep(u32),
    /// Keep this step from being made ([`crate::step::StepEvent::Held`]).
    HoldStep(u32),
    /// Let it be made ([`crate::step::StepEvent::Released`]).
    ReleaseStep(u32),
    /// Make this disputed step again ([`crate::step::StepEvent::SentAgain`]): the
    /// provider found the order right.
    SendStepAgain(u32),
    /// Tell the initiating department what no step tells it.
    TellInitiator,
    /// Tell the subject where the order stands now.
    TellSubject,
    /// Put the order before a person who reviews whether it can stand.
    Review,
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
    /// be asked in the transaction that claims, beside the gates.
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
        return Err(TransitionError {
            state: order.state.code(),
            event: event.to_string(),
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
            OrderEvent::BasisRepealed if !is_final && self.state != OrderState::Prepared => {
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
            return number <= self.steps_made && step.is_final();
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

    /// A review that comes after the order lapsed, or of an order that ends on a
    /// day, is an error: whoever made it has to know that it had no effect.
    fn reviewed(&mut self, review: Review) -> bool {
        let may_go_on = self.ending.is_none() && !self.state.is_final();
        match self.ends {
            Ends::OnEvent {
                review_by,
                at_latest,
            } if may_go_on => {
                // An older review that comes late does not shorten.
                self.ends = Ends::OnEvent {
                    review_by: review.by.max(review_by),
                    at_latest,
                };
                true
            }
            Ends::OnDay(_) | Ends::OnEvent { .. } => false,
        }
    }

    /// What follows from the facts as they now are.
    fn follow(&mut self, effects: &mut Vec<OrderEffect>) {
        let is_held = !self.held_by.is_empty();
        let wants = self.wants();
        if let Some(step) = self.under_way {
            let moved = |reach| Some(UnderWay { reach, ..step });
            match step.reach {
                Reach::Out => return,
                Reach::Waiting if wants == Some(step.verb) => {
                    if is_held && step.verb.burdens() {
                        effects.push(OrderEffect::HoldStep(step.number));
                        self.under_way = moved(Reach::Held);
                    }
                    return;
                }
                Reach::Held if wants == Some(step.verb) => {
                    if !is_held {
                        effects.push(OrderEffect::ReleaseStep(step.number));
                        self.under_way = moved(Reach::Waiting);
                    }
                    return;
                }
                Reach::Disputed if wants == Some(step.verb) => return,
                Reach::Waiting | Reach::Held | Reach::Disputed => {
                    effects.push(OrderEffect::WithdrawStep(step.number));
                    self.under_way = None;
                }
            }
        }
        if self.state == OrderState::Prepared && self.ending.is_some() {
            self.state = OrderState::NotExecuted;
            effects.push(OrderEffect::TellInitiator);
        }
        // What has not been applied waits while an objection is open.
        let waits = self.state == OrderState::Prepared && is_held;
        if let (Some(verb), false) = (wants, waits) {
            self.make(verb, effects);
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

impl fmt::Display for OrderEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoticeReceived { .. } => "notice-received",
            Self::StepMoved { .. } => "step-moved",
            Self::ObjectionOpened(_) => "objection-opened",
            Self::ObjectionClosed(..) => "objection-closed",
            Self::GroundGone(_) => "ground-gone",
            Self::DayBegun(_) => "day-begun",
            Self::Reviewed(_) => "reviewed",
            Self::EndShortened { .. } => "end-shortened",
            Self::BasisRepealed => "basis-repealed",
        })
    }
}

#[cfg(test)]
mod tests;
