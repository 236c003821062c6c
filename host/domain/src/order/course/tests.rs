//! The table of what an order knows and what it learns, reviewed as a snapshot, and
//! the laws that hold over random histories.

use super::*;
use crate::{
    record::{Authority, Decision},
    span::Span,
};
use jiff::civil::date;

use uuid::Uuid;

const FIRST: Date = date(2026, 11, 30);
const LAST: Date = date(2027, 11, 29);
const REVIEW: Date = date(2027, 5, 29);

fn objection(n: u128) -> ObjectionId {
    ObjectionId(Uuid::from_u128(n))
}

fn repair() -> Exit {
    Exit::Repair(Decision {
        authority: Authority {
            name: "省发展改革委".to_owned(),
            uscc: None,
        },
        number: Some("闽信修〔2026〕1号".to_owned()),
        decided_on: date(2026, 12, 1),
    })
}

fn on_event() -> Ends {
    Ends::OnEvent {
        review_by: REVIEW,
        at_latest: None,
    }
}

fn review(by: Date) -> Review {
    Review::new(date(2027, 5, 1), by, Span::Months(12)).unwrap()
}

fn noticed() -> OrderEvent {
    OrderEvent::NoticeReceived { first_day: FIRST }
}

fn step(number: u32, step: Step) -> OrderEvent {
    OrderEvent::StepMoved { number, step }
}

fn due() -> Step {
    Step::Due {
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn held() -> Step {
    Step::Held {
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn claimed() -> Step {
    Step::Claimed { asking: false }
}

fn for_reason(step: fn(String) -> Step) -> Step {
    step("r".to_owned())
}

fn disputed() -> Step {
    for_reason(|reason| Step::Disputed { reason })
}

fn refused() -> Step {
    for_reason(|reason| Step::Refused { reason })
}

fn could_not() -> Step {
    for_reason(|reason| Step::CouldNot { reason })
}

/// An order with this history behind it.
fn after(history: &[OrderEvent]) -> Order {
    history
        .iter()
        .fold(Order::prepared(Ends::OnDay(LAST)), |order, event| {
            apply(&order, event).unwrap().0
        })
}

/// One order for each kind of standing that the rules tell apart.
fn orders() -> Vec<(&'static str, Order)> {
    let opened = || OrderEvent::ObjectionOpened(objection(1));
    let rejected = || OrderEvent::ObjectionClosed(objection(1), ObjectionEnd::Rejected);
    let gone = || OrderEvent::GroundGone(Exit::Fulfilment);
    let in_force = [noticed(), step(1, claimed()), step(1, Step::Executed)];
    let suspended = [&in_force[..], &[opened(), step(2, Step::Executed)]].concat();
    let with = |history: &[OrderEvent], more: &[OrderEvent]| after(&[history, more].concat());
    vec![
        ("no notice yet", after(&[])),
        ("no notice yet, held", after(&[opened()])),
        ("apply due", after(&[noticed()])),
        ("apply held", after(&[noticed(), opened()])),
        ("apply out", after(&[noticed(), step(1, claimed())])),
        (
            "apply out, held",
            after(&[noticed(), step(1, claimed()), opened()]),
        ),
        (
            "apply out, ending",
            after(&[noticed(), step(1, claimed()), gone()]),
        ),
        (
            "apply disputed, held",
            after(&[noticed(), step(1, claimed()), step(1, disputed()), opened()]),
        ),
        ("in force", after(&in_force)),
        (
            "in force until an event",
            Order {
                ends: on_event(),
                ..after(&in_force)
            },
        ),
        ("suspend due", with(&in_force, &[opened()])),
        (
            "suspend out",
            with(&in_force, &[opened(), step(2, claimed())]),
        ),
        ("lift due", with(&in_force, &[gone()])),
        ("lift out", with(&in_force, &[gone(), step(2, claimed())])),
        ("suspended", after(&suspended)),
        ("resume due", with(&suspended, &[rejected()])),
        (
            "resume out",
            with(&suspended, &[rejected(), step(3, claimed())]),
        ),
        (
            "resume disputed",
            with(&suspended, &[rejected(), step(3, disputed())]),
        ),
        ("lift due from suspended", with(&suspended, &[gone()])),
        (
            "lifted",
            with(&in_force, &[gone(), step(2, Step::Executed)]),
        ),
        ("refused", after(&[noticed(), step(1, refused())])),
        ("not executed", after(&[noticed(), step(1, could_not())])),
    ]
}

/// Events; a step's news is of the latest step.
fn events(order: &Order) -> Vec<(String, OrderEvent)> {
    let latest = order.steps_made.max(1);
    let steps = [
        due(),
        held(),
        claimed(),
        Step::Executed,
        for_reason(|reason| Step::PartlyExecuted { reason }),
        could_not(),
        refused(),
        Step::Withdrawn,
        disputed(),
    ];
    let closed = |n, end| OrderEvent::ObjectionClosed(objection(n), end);
    let mut events = vec![
        ("notice received".to_owned(), noticed()),
        (
            "notice received, another day".to_owned(),
            OrderEvent::NoticeReceived { first_day: LAST },
        ),
    ];
    for moved in steps {
        events.push((format!("step is {}", moved.code()), step(latest, moved)));
    }
    let facts = [
        (
            "an earlier step is executed",
            step(latest - 1, Step::Executed),
        ),
        ("a later step is claimed", step(latest + 1, claimed())),
        (
            "objection 1 opened",
            OrderEvent::ObjectionOpened(objection(1)),
        ),
        (
            "objection 2 opened",
            OrderEvent::ObjectionOpened(objection(2)),
        ),
        ("objection 1 upheld", closed(1, ObjectionEnd::Upheld)),
        ("objection 1 rejected", closed(1, ObjectionEnd::Rejected)),
        ("objection 1 withdrawn", closed(1, ObjectionEnd::Withdrawn)),
        ("repair granted", OrderEvent::GroundGone(repair())),
        ("the last day begins", OrderEvent::DayBegun(LAST)),
        (
            "the day after begins",
            OrderEvent::DayBegun(LAST.tomorrow().unwrap()),
        ),
        ("reviewed", OrderEvent::Reviewed(review(date(2027, 8, 1)))),
        (
            "end shortened",
            OrderEvent::EndShortened {
                to: date(2027, 1, 31),
            },
        ),
        ("basis repealed", OrderEvent::BasisRepealed),
    ];
    events.extend(facts.map(|(name, event)| (name.to_owned(), event)));
    events
}

fn shown(order: &Order) -> String {
    let mut text = order.state.code().to_owned();
    if let Some(step) = order.under_way {
        text += &format!(" #{} {} {:?}", step.number, step.verb.code(), step.reach);
    }
    for id in &order.held_by {
        text += &format!(" held-by-{}", id.0.as_u128());
    }
    if let Some(exit) = &order.ending {
        let words = format!("{exit:?}");
        text += &format!(" ending-{}", words.split('(').next().unwrap());
    }
    if order.ends != Ends::OnDay(LAST) {
        text += &format!(" until {}", order.ends.last_day());
    }
    text.to_lowercase()
}

/// Requirements 10, 34, 35, 36: what every fact does to every order.
#[test]
fn every_order_and_event() {
    let mut table = String::new();
    for (name, order) in orders() {
        let mut same = Vec::new();
        let mut refused = Vec::new();
        table += &format!("{name}: {}\n", shown(&order));
        for (event_name, event) in events(&order) {
            match apply(&order, &event) {
                Err(_) => refused.push(event_name),
                Ok((next, effects)) if next == order && effects.is_empty() => same.push(event_name),
                Ok((next, effects)) => {
                    let effects = effects.iter().map(effect).collect::<Vec<_>>().join(", ");
                    table += &format!("  {event_name} -> {} [{effects}]\n", shown(&next));
                }
            }
        }
        table += &format!("  nothing new: {}\n", same.join("; "));
        table += &format!("  refused: {}\n\n", refused.join("; "));
    }
    insta::assert_snapshot!(table);
}

fn effect(effect: &OrderEffect) -> String {
    match effect {
        OrderEffect::MakeStep {
            number,
            verb,
            not_before,
        } => match not_before {
            Some(day) => format!("make #{number} {} from {day}", verb.code()),
            None => format!("make #{number} {}", verb.code()),
        },
        OrderEffect::WithdrawStep(n) => format!("withdraw #{n}"),
        OrderEffect::HoldStep(n) => format!("hold #{n}"),
        OrderEffect::ReleaseStep(n) => format!("release #{n}"),
        OrderEffect::SendStepAgain(n) => format!("send #{n} again"),
        OrderEffect::TellInitiator => "tell initiator".to_owned(),
        OrderEffect::TellSubject => "tell subject".to_owned(),
        OrderEffect::Review => "review".to_owned(),
    }
}

/// Invariant I2: an order that ends with an event is reviewed within its span, and
/// lapses where it is not.
#[test]
fn a_review_reaches_twelve_months_at_most() {
    let on = date(2026, 11, 23);
    let year = Span::Months(12);
    assert!(Review::new(on, date(2027, 11, 22), year).is_ok());
    assert!(Review::new(on, date(2027, 11, 23), year).is_err());
    assert!(Review::new(on, on, year).is_err());
    assert!(Review::new(on, date(2026, 11, 25), Span::WorkingDays(5)).is_err());

    let order = Order {
        ends: on_event(),
        ..after(&[noticed(), step(1, Step::Executed)])
    };
    let lapsed = OrderEvent::DayBegun(REVIEW.tomorrow().unwrap());
    let (next, effects) = apply(&order, &lapsed).unwrap();
    assert_eq!(next.wants(), Some(Verb::Lift));
    assert!(effects.contains(&OrderEffect::TellInitiator));
    // Too late: whoever reviews it learns that it had no effect.
    assert!(apply(&next, &OrderEvent::Reviewed(review(date(2027, 8, 1)))).is_err());
    let late = Review::new(REVIEW.tomorrow().unwrap(), date(2027, 8, 1), year).unwrap();
    assert!(apply(&order, &OrderEvent::Reviewed(late)).is_err());
    let (reviewed, _) = apply(&order, &OrderEvent::Reviewed(review(date(2027, 8, 1)))).unwrap();
    assert_eq!(apply(&reviewed, &lapsed).unwrap().0.ending, None);
}

/// A shorter end stays, whatever reviews come later; an end is never put off.
#[test]
fn an_end_is_never_put_off_by_an_edition() {
    let to = date(2027, 1, 31);
    let later = date(2028, 1, 31);
    for ends in [Ends::OnDay(LAST), on_event()] {
        let order = Order::prepared(ends);
        let (order, _) = apply(&order, &OrderEvent::EndShortened { to: later }).unwrap();
        assert_eq!(order.ends.last_day(), ends.last_day());
        let (order, _) = apply(&order, &OrderEvent::EndShortened { to }).unwrap();
        assert_eq!(order.ends.last_day(), to);
        let reviewed = apply(&order, &OrderEvent::Reviewed(review(date(2027, 8, 1))));
        assert!(reviewed.is_err() || reviewed.unwrap().0.ends.last_day() == to);
    }
}

/// Invariant I2, requirement 35: not before its first day, not after its last, not
/// while an objection is open.
#[test]
fn a_claim_needs_its_day_and_no_open_objection() {
    let order = after(&[noticed()]);
    let check = |order: &Order, number, day, may| {
        assert_eq!(order.may_claim(number, day), may, "{number} {day}");
    };
    check(&order, 1, FIRST.yesterday().unwrap(), false);
    check(&order, 1, FIRST, true);
    check(&order, 1, LAST, true);
    check(&order, 1, LAST.tomorrow().unwrap(), false);
    check(&order, 2, FIRST, false);
    check(&after(&[]), 1, FIRST, false);
    let objected = OrderEvent::ObjectionOpened(objection(1));
    check(&after(&[noticed(), objected.clone()]), 1, FIRST, false);
    let in_force = [noticed(), step(1, Step::Executed), objected];
    check(&after(&in_force), 2, LAST.tomorrow().unwrap(), true);
}
