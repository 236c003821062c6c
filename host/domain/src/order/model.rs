//! The model check: an order and its steps together with everything around them,
//! searched exhaustively.
//!
//! Around them are a department with a ledger of what is really in force there,
//! messages that are lost, late and repeated, workers that die between claim and
//! answer, gates that pass or refuse, two objections, a repair, the days on which
//! the order begins and lapses, and persons who settle what is put before them.
//!
//! Taken for granted, because the contract asks it of a department: one key has one
//! effect; `none` to a query means that nothing is on its way any more; a lift can
//! be done. And of persons: they enter what the department's ledger shows, and not
//! while something is on its way.
//!
//! Deliberately absent: time between events, and how many calls were in vain. Every
//! wait may be over at once and every query in vain may be the last.

mod faults;
mod moves;
mod search;

use super::*;
use crate::{
    ids::ObjectionId,
    record::{Exit, Feedback, Outcome},
    step::{self, StepEffect, StepEvent},
};
use jiff::{Timestamp, civil::date};
use moves::Ways;
use search::Model;
use uuid::Uuid;

/// A step that a person declared undone is made anew; the model follows that so
/// many steps far.
const STEPS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
enum Day {
    BeforeFirst,
    Running,
    AfterLast,
}

impl Day {
    fn date(self) -> Date {
        match self {
            Self::BeforeFirst => date(2026, 11, 23),
            Self::Running => date(2026, 11, 30),
            Self::AfterLast => date(2027, 11, 30),
        }
    }
}

/// What the department's system shows of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Ledger {
    Nothing,
    Applied,
    Suspended,
}

/// What the department knows of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Unknown,
    OnItsWay,
    Accepted,
    Executed,
    CouldNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Objection {
    NotYet,
    Open,
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    order: Order,
    /// Every step ever made, its verb, where it stands, and the department's side.
    steps: Vec<(Verb, Step, Key)>,
    /// Whether the latest step was sent and nothing has shown since that it was not
    /// done.
    unproven: bool,
    day: Day,
    objections: [Objection; 2],
    ledger: Ledger,
    /// How often an apply took effect.
    applied: u8,
}

/// The world after something happened, or the law that broke.
type Next = Result<World, String>;

fn feedback(outcome: Outcome) -> Feedback {
    Feedback {
        outcome,
        at: None,
        reference: None,
        evidence: Vec::new(),
    }
}

fn objection(which: usize) -> ObjectionId {
    ObjectionId(Uuid::from_u128(which as u128))
}

/// The step without its times and words, so that states which differ in nothing else
/// are one.
fn plain(step: Step) -> Step {
    let at = Timestamp::UNIX_EPOCH;
    let reason = String::new();
    match step {
        Step::Due { .. } => Step::Due { at },
        Step::Held { .. } => Step::Held { at },
        Step::Pending { .. } => Step::Pending { ask_at: at },
        Step::Unknown { .. } => Step::Unknown { ask_at: at },
        Step::PartlyExecuted { .. } => Step::PartlyExecuted { reason },
        Step::CouldNot { .. } => Step::CouldNot { reason },
        Step::NotApplicable { .. } => Step::NotApplicable { reason },
        Step::Refused { .. } => Step::Refused { reason },
        Step::Disputed { .. } => Step::Disputed { reason },
        Step::OutsideMandate { .. } => Step::OutsideMandate { reason },
        Step::Parked { .. } => Step::Parked { reason },
        step @ (Step::Claimed { .. } | Step::Executed | Step::Withdrawn) => step,
    }
}

/// A bug to plant, to see that the search finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// A call without an answer is taken for one that was not sent.
    RetryBlindly,
    /// A second objection is overlooked while the first is open.
    OverlookObjection,
    /// A department says "no trace" of what is still on its way.
    QueryLags,
    /// What has to end takes its step back, though it is out.
    TakeBackWhatIsOut,
    /// A suspension that the department declined counts as done.
    TakeDeclinedForDone,
    /// A claim asks neither for the day nor for objections.
    ClaimUnasked,
    /// What a person declared undone counts as done.
    ForgetUndone,
    /// A department that answers a query with "not within our mandate" is taken to
    /// have said that nothing was done.
    BelieveFailedQuery,
    /// No person ever looks at what waits for one.
    NobodySettles,
}

/// The house and its surroundings, with one bug or none.
struct House {
    fault: Option<Fault>,
}

impl House {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Tells the order something and does what follows.
    fn tell(&self, world: &mut World, event: &OrderEvent) -> Result<(), String> {
        let (order, effects) = apply(&world.order, event).map_err(|error| error.to_string())?;
        world.order = order;
        for effect in effects {
            match effect {
                OrderEffect::MakeStep { number, verb, .. } => {
                    let at = Timestamp::UNIX_EPOCH;
                    world.steps.push((verb, Step::Due { at }, Key::Unknown));
                    world.unproven = false;
                    if number as usize != world.steps.len() {
                        return Err(format!("step {number} is out of turn"));
                    }
                }
                OrderEffect::WithdrawStep(n) => quietly(world, n, &StepEvent::Withdrawn)?,
                OrderEffect::HoldStep(n) => quietly(world, n, &StepEvent::Held)?,
                OrderEffect::ReleaseStep(n) => quietly(world, n, &StepEvent::Released)?,
                OrderEffect::SendStepAgain(n) => quietly(world, n, &StepEvent::SentAgain)?,
                OrderEffect::TellInitiator | OrderEffect::TellSubject | OrderEffect::Review => {}
            }
        }
        Ok(())
    }

    /// Moves a step, tells the order, and opens the objection that it may ask for.
    fn step(&self, world: &mut World, number: usize, event: StepEvent) -> Result<(), String> {
        let effects = moved(world, number, &event, 1)?;
        self.after_step(world, number, &effects)
    }

    fn after_step(
        &self,
        world: &mut World,
        number: usize,
        effects: &[StepEffect],
    ) -> Result<(), String> {
        let step = world.steps[number - 1].1.clone();
        let number = u32::try_from(number).unwrap();
        self.tell(world, &OrderEvent::StepMoved { number, step })?;
        if effects.contains(&StepEffect::OpenObjection) {
            let free = world.free_objection().ok_or("no objection is free")?;
            self.open_objection(world, free)?;
        }
        Ok(())
    }

    fn open_objection(&self, world: &mut World, which: usize) -> Result<(), String> {
        let is_first = !world.objections.contains(&Objection::Open);
        world.objections[which] = Objection::Open;
        if self.has(Fault::OverlookObjection) && !is_first {
            return Ok(());
        }
        self.tell(world, &OrderEvent::ObjectionOpened(objection(which)))
    }

    /// The department answers; the answer may be its first, a late one, or one told
    /// again.
    fn answer(&self, world: &mut World, number: usize, key: Key) -> Result<(), String> {
        let declined = self.has(Fault::TakeDeclinedForDone)
            && (world.steps[number - 1].0, key) == (Verb::Suspend, Key::CouldNot);
        let outcome = match key {
            Key::Executed => Outcome::Executed,
            Key::CouldNot if declined => Outcome::Executed,
            Key::CouldNot => Outcome::CouldNot(String::new()),
            Key::Accepted => Outcome::Pending(None),
            Key::Unknown | Key::OnItsWay => return Err("there is no answer yet".to_owned()),
        };
        self.step(world, number, StepEvent::Answered(feedback(outcome)))
    }
}

/// Moves a step and keeps what it asks for.
fn moved(
    world: &mut World,
    number: usize,
    event: &StepEvent,
    attempt: u32,
) -> Result<Vec<StepEffect>, String> {
    let (verb, step, _) = &mut world.steps[number - 1];
    let (next, effects) = step::apply(step, event, *verb, attempt, Timestamp::UNIX_EPOCH)
        .map_err(|error| error.to_string())?;
    *step = plain(next);
    Ok(effects)
}

/// Moves a step as the order asked, which therefore knows it already.
fn quietly(world: &mut World, number: u32, event: &StepEvent) -> Result<(), String> {
    moved(world, number as usize, event, 1).map(drop)
}

impl World {
    fn free_objection(&self) -> Option<usize> {
        self.objections
            .iter()
            .position(|stage| *stage == Objection::NotYet)
    }

    /// The number of the step that has not ended.
    fn open_step(&self) -> Option<usize> {
        let at = self.steps.iter().rposition(|(_, step, _)| !step.is_final());
        at.map(|at| at + 1)
    }

    /// Whether the department can do this now.
    fn can(&self, verb: Verb) -> bool {
        match verb {
            Verb::Apply | Verb::Lift => true,
            Verb::Suspend | Verb::Resume => self.ledger != Ledger::Nothing,
        }
    }

    /// Makes states one that differ in nothing which could still matter: why the
    /// order ends, and what became of the steps before the last two.
    fn forget(&mut self) {
        if self.order.ending.is_some() {
            self.order.ending = Some(Exit::Expiry);
        }
        let before_last_two = self.steps.len().saturating_sub(2);
        for (verb, step, key) in &mut self.steps[..before_last_two] {
            if step.is_final() && !matches!(key, Key::OnItsWay | Key::Accepted) {
                (*verb, *step, *key) = (Verb::Apply, Step::Withdrawn, Key::Unknown);
            }
        }
    }

    /// The department does what a step asks.
    fn carry_out(&mut self, number: usize) {
        let (verb, _, key) = &mut self.steps[number - 1];
        *key = Key::Executed;
        self.ledger = match verb {
            Verb::Apply => {
                self.applied += 1;
                Ledger::Applied
            }
            Verb::Suspend => Ledger::Suspended,
            Verb::Resume => Ledger::Applied,
            Verb::Lift => Ledger::Nothing,
        };
    }
}

impl Model for House {
    type State = World;

    fn first(&self) -> World {
        World {
            order: Order::prepared(Ends::OnDay(date(2027, 11, 29))),
            steps: Vec::new(),
            unproven: false,
            day: Day::BeforeFirst,
            objections: [Objection::NotYet; 2],
            ledger: Ledger::Nothing,
            applied: 0,
        }
    }

    fn ways(&self, world: &World) -> Vec<(String, Next)> {
        let mut ways = Ways {
            from: world,
            ways: Vec::new(),
        };
        self.facts(&mut ways);
        for number in 1..=world.steps.len() {
            self.department(&mut ways, number);
        }
        if let Some(number) = world.open_step() {
            self.worker(&mut ways, number);
            self.person(&mut ways, number);
        }
        ways.ways
    }

    fn broken(&self, world: &World) -> Option<String> {
        let order = &world.order;
        let open: Vec<usize> = (1..=world.steps.len())
            .filter(|n| !world.steps[n - 1].1.is_final())
            .collect();
        let known = order
            .under_way
            .map(|step| (step.number as usize, Some(step.reach)));
        let real = open.first().map(|n| (*n, Reach::of(&world.steps[n - 1].1)));
        let settled = order.under_way.is_none();
        let has_effect = world.ledger != Ledger::Nothing;
        let law = if open.len() > 1 {
            "two steps are under way"
        } else if has_effect && order.state.is_final() {
            "the ledger shows an effect of an order that was lifted or never executed"
        } else if has_effect && (order.first_day.is_none() || world.day == Day::BeforeFirst) {
            "the ledger shows an effect before the notice and its waiting time"
        } else if settled
            && order.state == OrderState::Suspended
            && world.ledger != Ledger::Suspended
        {
            "the order is suspended and the ledger is not"
        } else if settled && order.state == OrderState::InForce && world.ledger != Ledger::Applied {
            "the order is in force and the ledger does not show it"
        } else if world.applied > 1 {
            "the order was applied twice"
        } else if known != real {
            "the order knows its step otherwise than it is"
        } else {
            return None;
        };
        Some(law.to_owned())
    }

    fn goal(&self, world: &World) -> bool {
        let quiet = |key: &Key| !matches!(key, Key::OnItsWay | Key::Accepted);
        world.order.state.is_final()
            && world.ledger == Ledger::Nothing
            && world.steps.iter().all(|(_, _, key)| quiet(key))
    }
}
