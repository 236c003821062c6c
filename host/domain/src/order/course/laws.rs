//! The laws of an order over random histories: whatever comes, in whatever order,
//! how often ever.
//!
//! Facts are drawn at random; news of steps is drawn as a department and persons
//! could give it, for the step under way. `model/` searches the same machines
//! exhaustively with a department and its messages.

use super::*;
use crate::span::Span;
use jiff::{Timestamp, ToSpan, civil::date};
use proptest::prelude::*;
use uuid::Uuid;

/// What is drawn: a fact, or news of the step under way.
#[derive(Debug, Clone)]
enum Draw {
    Fact(OrderEvent),
    News(Step),
}

fn day(offset: u16) -> Date {
    date(2026, 11, 23)
        .checked_add(i32::from(offset).days())
        .unwrap()
}

fn fact() -> impl Strategy<Value = OrderEvent> {
    let objection = || (1..4_u128).prop_map(|n| ObjectionId(Uuid::from_u128(n)));
    let end = prop_oneof![
        Just(ObjectionEnd::Upheld),
        Just(ObjectionEnd::Rejected),
        Just(ObjectionEnd::Withdrawn)
    ];
    let exit = prop_oneof![Just(Exit::Fulfilment), Just(Exit::Correction)];
    let any_day = || (0..900_u16).prop_map(day);
    prop_oneof![
        4 => Just(OrderEvent::NoticeReceived { first_day: day(7) }),
        4 => objection().prop_map(OrderEvent::ObjectionOpened),
        4 => (objection(), end).prop_map(|(id, end)| OrderEvent::ObjectionClosed(id, end)),
        1 => exit.prop_map(OrderEvent::GroundGone),
        1 => any_day().prop_map(OrderEvent::DayBegun),
        1 => any_day().prop_map(|to| OrderEvent::EndShortened { to }),
        1 => (0..900_u16, 1..366_u16).prop_filter_map("a review that can be", |(on, ahead)| {
            let review = Review::new(day(on), day(on + ahead), Span::Months(12));
            review.ok().map(OrderEvent::Reviewed)
        }),
        1 => Just(OrderEvent::BasisRepealed),
    ]
}

fn news() -> impl Strategy<Value = Step> {
    let at = Timestamp::UNIX_EPOCH;
    let reason = String::new;
    prop_oneof![
        3 => Just(Step::Claimed { asking: false }),
        1 => Just(Step::Due { at }),
        1 => Just(Step::Unknown { ask_at: at }),
        1 => Just(Step::Parked { reason: reason() }),
        1 => Just(Step::Disputed { reason: reason() }),
        4 => Just(Step::Executed),
        1 => Just(Step::PartlyExecuted { reason: reason() }),
        1 => Just(Step::CouldNot { reason: reason() }),
        1 => Just(Step::Refused { reason: reason() }),
    ]
}

fn history() -> impl Strategy<Value = Vec<Draw>> {
    let draw = prop_oneof![fact().prop_map(Draw::Fact), news().prop_map(Draw::News)];
    prop::collection::vec(draw, 0..40)
}

fn ends() -> impl Strategy<Value = Ends> {
    prop_oneof![
        (30..800_u16).prop_map(|n| Ends::OnDay(day(n))),
        (30..360_u16).prop_map(|n| Ends::OnEvent {
            review_by: day(n),
            at_latest: None
        }),
    ]
}

/// Lives through a history, and shows every transition that was taken.
fn live(
    order: Order,
    history: &[Draw],
    mut each: impl FnMut(&Order, &OrderEvent, &Order, &[OrderEffect]),
) -> Order {
    let mut order = order;
    for draw in history {
        let event = match (draw, order.under_way) {
            (Draw::Fact(fact), _) => fact.clone(),
            (Draw::News(step), Some(under_way)) => {
                // What no gate refuses and nobody disputes comes to no such state.
                let impossible = matches!(step, Step::Refused { .. } | Step::Disputed { .. });
                if impossible && !under_way.verb.burdens() {
                    continue;
                }
                OrderEvent::StepMoved {
                    number: under_way.number,
                    step: step.clone(),
                }
            }
            (Draw::News(_), None) => continue,
        };
        if let Ok((next, effects)) = apply(&order, &event) {
            each(&order, &event, &next, &effects);
            order = next;
        }
    }
    order
}

fn made(effects: &[OrderEffect]) -> Vec<(u32, Verb)> {
    let verb = |effect: &OrderEffect| match effect {
        OrderEffect::MakeStep { number, verb, .. } => Some((*number, *verb)),
        OrderEffect::WithdrawStep(_)
        | OrderEffect::HoldStep(_)
        | OrderEffect::ReleaseStep(_)
        | OrderEffect::SendStepAgain(_)
        | OrderEffect::TellInitiator
        | OrderEffect::TellSubject
        | OrderEffect::Review => None,
    };
    effects.iter().filter_map(verb).collect()
}

proptest! {
    /// Invariant I2: nothing is asked of a department before the notice was
    /// received, and nothing comes in force but by an apply step that was executed.
    #[test]
    fn no_path_to_an_effect_without_notice(ends in ends(), history in history()) {
        live(Order::prepared(ends), &history, |order, event, next, effects| {
            if !made(effects).is_empty() {
                assert!(next.first_day.is_some(), "{event:?}");
            }
            if next.state == OrderState::InForce && order.state == OrderState::Prepared {
                assert_eq!(order.under_way.map(|step| step.verb), Some(Verb::Apply));
            }
        });
    }

    /// Two steps of one order are never under way at once: a second is made only
    /// when the first has ended or is taken back by the same transition. The apply
    /// step is the first and the only one of its kind, since its key names the order.
    #[test]
    fn two_steps_are_never_under_way(ends in ends(), history in history()) {
        live(Order::prepared(ends), &history, |order, event, next, effects| {
            let made = made(effects);
            assert!(made.len() <= 1);
            let Some((number, verb)) = made.first().copied() else { return };
            assert_eq!((number, verb == Verb::Apply), (order.steps_made + 1, number == 1));
            assert_eq!(next.under_way.map(|step| step.number), Some(number));
            let ended = matches!(event, OrderEvent::StepMoved { step, .. } if step.is_final());
            let taken_back = effects.contains(&OrderEffect::WithdrawStep(order.steps_made));
            assert!(order.under_way.is_none() || ended || taken_back, "{event:?}");
        });
    }

    /// Requirement 35: a suspended order asks for nothing but resuming and lifting,
    /// and for no resuming while an objection is open.
    #[test]
    fn a_suspended_order_is_resumed_or_lifted(ends in ends(), history in history()) {
        live(Order::prepared(ends), &history, |_, event, next, effects| {
            for (number, verb) in made(effects) {
                if next.state == OrderState::Suspended {
                    assert!(matches!(verb, Verb::Resume | Verb::Lift), "{event:?}");
                }
                if verb.burdens() {
                    assert!(next.held_by.is_empty(), "{event:?}");
                }
                let held = !next.held_by.is_empty() && verb.burdens();
                assert!(!(held && next.may_claim(number, day(8))), "{event:?}");
            }
        });
    }

    /// Requirement 10: what has to end goes on having to end, by the first exit.
    #[test]
    fn an_ending_stays(ends in ends(), history in history()) {
        live(Order::prepared(ends), &history, |order, event, next, _| {
            if order.ending.is_some() {
                assert_eq!(&order.ending, &next.ending, "{event:?}");
            }
            assert!(
                next.ending.is_none() || next.state != OrderState::Prepared
                    || next.under_way.is_some_and(|step| step.reach == Reach::Out),
                "{event:?}"
            );
        });
    }

    /// Invariant I3: from wherever an order stands, a department that does what it
    /// is asked brings it to its end in three steps, whenever it has to end.
    #[test]
    fn every_order_can_reach_its_end(ends in ends(), history in history()) {
        let mut order = live(Order::prepared(ends), &history, |_, _, _, _| {});
        let was_in_force = matches!(order.state, OrderState::InForce | OrderState::Suspended);
        order = apply(&order, &OrderEvent::GroundGone(Exit::Fulfilment)).unwrap().0;
        for _ in 0..3 {
            let Some(step) = order.under_way else { break };
            let executed = OrderEvent::StepMoved { number: step.number, step: Step::Executed };
            order = apply(&order, &executed).unwrap().0;
        }
        prop_assert!(order.state.is_final());
        prop_assert_eq!(order.under_way, None);
        prop_assert!(!was_in_force || order.state == OrderState::Lifted);
    }

    /// A fact that comes twice does no more than one that comes once.
    #[test]
    fn a_fact_told_twice_counts_once(ends in ends(), history in history()) {
        live(Order::prepared(ends), &history, |_, event, next, _| {
            // Where a step stands is told again whenever it stands so again.
            if matches!(event, OrderEvent::StepMoved { step, .. } if !step.is_final()) {
                return;
            }
            let (again, effects) = apply(next, event).unwrap();
            assert_eq!(&again, next, "{event:?}");
            let only_review = effects.iter().all(|effect| *effect == OrderEffect::Review);
            assert!(only_review, "{event:?}: {effects:?}");
        });
    }

    /// Facts that come while no step moves lead to one standing, in whatever order
    /// they come: the steps made and taken back on the way differ, and nothing else.
    #[test]
    fn the_order_of_facts_does_not_matter(
        ends in ends(),
        history in history(),
        facts in prop::collection::vec(
            fact().prop_filter("depends on what was known before", |fact| {
                !matches!(fact, OrderEvent::Reviewed(_) | OrderEvent::DayBegun(_)
                    | OrderEvent::GroundGone(_) | OrderEvent::BasisRepealed)
            }),
            0..6,
        ).prop_shuffle(),
    ) {
        let order = live(Order::prepared(ends), &history, |_, _, _, _| {});
        let told = |facts: &mut dyn Iterator<Item = &OrderEvent>| {
            facts.fold(order.clone(), |order, fact| {
                apply(&order, fact).map_or(order, |(next, _)| next)
            })
        };
        let (one, other) = (told(&mut facts.iter()), told(&mut facts.iter().rev()));
        prop_assert_eq!(one.state, other.state);
        prop_assert_eq!(one.wants(), other.wants());
        prop_assert!(one.state.is_final() || one.ends == other.ends);
    }

    /// A final order takes no step ever, and no fact moves it.
    #[test]
    fn a_final_order_stays(ends in ends(), history in history()) {
        live(Order::prepared(ends), &history, |order, event, next, effects| {
            if order.state.is_final() {
                assert_eq!(order, next, "{event:?}");
                assert_eq!(effects, [], "{event:?}");
            }
            if next.state.is_final() {
                assert_eq!(next.wants(), None);
                assert_eq!(next.under_way, None);
            }
        });
    }
}
