//! Everything that can happen in the model next: facts, the department, the worker,
//! the person.
//!
//! Comes in: a world. Goes out: each world after it, or what went wrong on the way.
//! Whether a world is lawful is judged elsewhere (`Model::broken`), apart from what
//! only the moment of a claim shows.

use super::*;
use crate::step::CALLS_BEFORE_A_PERSON;

/// Ways on are collected here.
pub(super) struct Ways<'a> {
    pub(super) from: &'a World,
    pub(super) ways: Vec<(String, Next)>,
}

impl Ways<'_> {
    fn add(&mut self, what: String, change: impl FnOnce(&mut World) -> Result<(), String>) {
        let mut world = self.from.clone();
        let next = change(&mut world).map(|()| {
            world.forget();
            world
        });
        self.ways.push((what, next));
    }
}

impl House {
    /// Notice, days, objections, repair.
    pub(super) fn facts(&self, ways: &mut Ways<'_>) {
        let world = ways.from;
        if world.order.state.is_final() {
            // No fact moves it any more: `laws.rs`.
            return;
        }
        if world.order.first_day.is_none() {
            ways.add("the notice is received".to_owned(), |world| {
                let first_day = Day::Running.date();
                self.tell(world, &OrderEvent::NoticeReceived { first_day })
            });
        }
        let next_day = match world.day {
            Day::BeforeFirst => Some(Day::Running),
            Day::Running => Some(Day::AfterLast),
            Day::AfterLast => None,
        };
        if let Some(day) = next_day {
            ways.add(format!("{day:?}"), |world| {
                world.day = day;
                self.tell(world, &OrderEvent::DayBegun(day.date()))
            });
        }
        for (which, stage) in world.objections.iter().enumerate() {
            match stage {
                // The second comes after the first; the other way round is the same.
                Objection::NotYet if world.free_objection() == Some(which) => {
                    ways.add(format!("objection {which} is opened"), |world| {
                        self.open_objection(world, which)
                    });
                }
                Objection::Open => self.close_objection(ways, which),
                Objection::NotYet | Objection::Closed => {}
            }
        }
        if world.order.ending.is_none() {
            ways.add("a repair is granted".to_owned(), |world| {
                let open = world.open_step();
                if let (Some(number), true) = (open, self.has(Fault::TakeBackWhatIsOut)) {
                    world.steps[number - 1].1 = Step::Withdrawn;
                    world.order.under_way = None;
                }
                self.tell(world, &OrderEvent::GroundGone(Exit::Fulfilment))
            });
        }
    }

    fn close_objection(&self, ways: &mut Ways<'_>, which: usize) {
        let ends = [
            ObjectionEnd::Upheld,
            ObjectionEnd::Rejected,
            ObjectionEnd::Withdrawn,
        ];
        for end in ends {
            ways.add(format!("objection {which} is {end:?}"), |world| {
                world.objections[which] = Objection::Closed;
                let closed = OrderEvent::ObjectionClosed(objection(which), end);
                self.tell(world, &closed)?;
                // News of its opening, once more and too late.
                self.tell(world, &OrderEvent::ObjectionOpened(objection(which)))
            });
        }
    }

    /// What the department does with a step of its own accord: late work, late and
    /// repeated answers.
    pub(super) fn department(&self, ways: &mut Ways<'_>, number: usize) {
        let (verb, _, key) = ways.from.steps[number - 1];
        let tell = |ways: &mut Ways<'_>, said: Key| {
            ways.add(
                format!("an answer to step {number} comes: {said:?}"),
                |world| self.answer(world, number, said),
            );
        };
        match key {
            Key::Unknown => {}
            Key::OnItsWay | Key::Accepted => {
                if ways.from.can(verb) {
                    ways.add(format!("step {number} is done late"), |world| {
                        world.carry_out(number);
                        Ok(())
                    });
                }
                ways.add(format!("step {number} is declined late"), |world| {
                    world.steps[number - 1].2 = Key::CouldNot;
                    Ok(())
                });
                if key == Key::OnItsWay {
                    ways.add(format!("step {number} is lost on its way"), |world| {
                        world.steps[number - 1].2 = Key::Unknown;
                        Ok(())
                    });
                } else {
                    tell(ways, Key::Accepted);
                }
            }
            Key::Executed | Key::CouldNot => {
                tell(ways, key);
                tell(ways, Key::Accepted);
            }
        }
    }

    /// What a worker does with the step under way.
    pub(super) fn worker(&self, ways: &mut Ways<'_>, number: usize) {
        match &ways.from.steps[number - 1].1 {
            Step::Due { .. } => self.claim(ways, number),
            Step::Pending { .. } | Step::Unknown { .. } => {
                ways.add(format!("step {number} is claimed, to ask"), |world| {
                    self.step(world, number, StepEvent::Claimed)
                });
            }
            Step::Claimed { asking: false } => self.call(ways, number),
            Step::Claimed { asking: true } => self.query(ways, number),
            Step::Held { .. }
            | Step::Disputed { .. }
            | Step::Parked { .. }
            | Step::Executed
            | Step::PartlyExecuted { .. }
            | Step::CouldNot { .. }
            | Step::NotApplicable { .. }
            | Step::Refused { .. }
            | Step::Withdrawn
            | Step::OutsideMandate { .. } => {}
        }
    }

    fn claim(&self, ways: &mut Ways<'_>, number: usize) {
        let world = ways.from;
        let verb = world.steps[number - 1].0;
        let may = world
            .order
            .may_claim(u32::try_from(number).unwrap(), world.day.date());
        if !may && !self.has(Fault::ClaimUnasked) {
            return;
        }
        ways.add(
            format!("step {number} ({}) is claimed", verb.code()),
            |world| {
                if world.unproven {
                    return Err("a step is made again without proof".to_owned());
                }
                if verb.burdens() && world.objections.contains(&Objection::Open) {
                    return Err("a burden is claimed while an objection is open".to_owned());
                }
                world.unproven = true;
                self.step(world, number, StepEvent::Claimed)
            },
        );
        if verb.burdens() {
            ways.add(format!("a gate refuses step {number}"), |world| {
                self.step(world, number, StepEvent::GateRefused(String::new()))
            });
        }
    }

    /// The call that acts: sent or not, done or not, answered or not.
    fn call(&self, ways: &mut Ways<'_>, number: usize) {
        let world = ways.from;
        let verb = world.steps[number - 1].0;
        let surely_undone = |ways: &mut Ways<'_>, event: StepEvent| {
            ways.add(
                format!("call of step {number}: {}", event.code()),
                |world| {
                    world.unproven = false;
                    self.step(world, number, event)
                },
            );
        };
        surely_undone(ways, StepEvent::Unavailable { retry_after: None });
        surely_undone(ways, StepEvent::NeedsPerson(String::new()));
        surely_undone(ways, StepEvent::OutsideMandate(String::new()));
        if verb.burdens() && world.free_objection().is_some() {
            surely_undone(ways, StepEvent::Disputed(String::new()));
        }
        let kinds = [
            Key::Unknown,
            Key::OnItsWay,
            Key::Accepted,
            Key::CouldNot,
            Key::Executed,
        ];
        for kind in kinds {
            if kind == Key::Executed && !world.can(verb) {
                continue;
            }
            let arrive = |world: &mut World| match kind {
                Key::Executed => world.carry_out(number),
                Key::Unknown | Key::OnItsWay | Key::Accepted | Key::CouldNot => {
                    world.steps[number - 1].2 = kind;
                }
            };
            ways.add(
                format!("call of step {number}: {kind:?}, and no answer"),
                |world| {
                    arrive(world);
                    self.step(world, number, self.no_answer())
                },
            );
            if !matches!(kind, Key::Unknown | Key::OnItsWay) {
                ways.add(format!("call of step {number}: {kind:?}"), |world| {
                    arrive(world);
                    self.answer(world, number, kind)
                });
            }
        }
    }

    /// The worker died, or the answer was lost.
    fn no_answer(&self) -> StepEvent {
        match self.has(Fault::RetryBlindly) {
            true => StepEvent::Unavailable { retry_after: None },
            false => StepEvent::Abandoned,
        }
    }

    fn query(&self, ways: &mut Ways<'_>, number: usize) {
        let key = ways.from.steps[number - 1].2;
        let no_trace = match key {
            Key::Unknown => true,
            Key::OnItsWay => self.has(Fault::QueryLags),
            Key::Accepted | Key::Executed | Key::CouldNot => false,
        };
        if no_trace {
            ways.add(format!("query of step {number}: no trace"), |world| {
                world.unproven = false;
                self.step(world, number, StepEvent::NoTrace)
            });
        } else if key != Key::OnItsWay {
            ways.add(format!("query of step {number}: {key:?}"), |world| {
                self.answer(world, number, key)
            });
        }
        let failures = [
            StepEvent::Uncertain,
            StepEvent::OutsideMandate(String::new()),
            StepEvent::Disputed(String::new()),
        ];
        for event in failures {
            let objects = matches!(event, StepEvent::Disputed(_));
            if objects && ways.from.free_objection().is_none() {
                continue;
            }
            ways.add(
                format!("query of step {number}: {}", event.code()),
                |world| {
                    let believes = self.has(Fault::BelieveFailedQuery)
                        && matches!(event, StepEvent::OutsideMandate(_));
                    if believes {
                        let asking = false;
                        world.steps[number - 1].1 = Step::Claimed { asking };
                    }
                    self.step(world, number, event)
                },
            );
        }
        ways.add(
            format!("the last query of step {number} in vain"),
            |world| {
                let attempt = CALLS_BEFORE_A_PERSON;
                let effects = moved(world, number, &StepEvent::Uncertain, attempt)?;
                self.after_step(world, number, &effects)
            },
        );
    }

    /// What a person does about a step that waits for one.
    pub(super) fn person(&self, ways: &mut Ways<'_>, number: usize) {
        let world = ways.from;
        let (verb, step, key) = &world.steps[number - 1];
        let waits = matches!(step, Step::Parked { .. } | Step::Disputed { .. });
        let is_asked_about = matches!(step, Step::Pending { .. } | Step::Unknown { .. });
        if !(waits || is_asked_about) || self.has(Fault::NobodySettles) {
            return;
        }
        if waits {
            ways.add(format!("a person sends step {number} again"), |world| {
                self.step(world, number, StepEvent::SentAgain)
            });
        }
        let by_hand = |outcome| StepEvent::SettledByPerson(feedback(outcome));
        let is_open = matches!(key, Key::OnItsWay | Key::Accepted);
        let is_executed = *key == Key::Executed;
        if !is_open && (is_executed || world.can(*verb)) {
            ways.add(
                format!("a person sees to it that step {number} is done"),
                |world| {
                    if !is_executed {
                        world.carry_out(number);
                    }
                    self.step(world, number, by_hand(Outcome::Executed))
                },
            );
        }
        let another = *verb == Verb::Apply || world.steps.len() < STEPS;
        if !is_open && !is_executed && another {
            ways.add(
                format!("a person enters that step {number} was not done"),
                |world| {
                    if self.has(Fault::ForgetUndone) {
                        world.steps[number - 1].1 = Step::Executed;
                        return self.after_step(world, number, &[]);
                    }
                    self.step(world, number, by_hand(Outcome::CouldNot(String::new())))
                },
            );
        }
    }
}
