//! The table of a case's states and events, reviewed as a snapshot.

use super::*;

const STATES: [CaseState; 7] = [
    CaseState::Opened,
    CaseState::Resolved,
    CaseState::Dispatched,
    CaseState::Answered,
    CaseState::Closed,
    CaseState::Refused,
    CaseState::Withdrawn,
];

const ORDERS: [OrderState; 6] = [
    OrderState::Prepared,
    OrderState::InForce,
    OrderState::Suspended,
    OrderState::Lifted,
    OrderState::Refused,
    OrderState::NotExecuted,
];

#[test]
fn every_state_and_event() {
    let mut table = String::new();
    let events = [
        CaseEvent::OrdersMoved(Progress::AllRefused),
        CaseEvent::OrdersMoved(Progress::Waiting),
        CaseEvent::OrdersMoved(Progress::Answered),
        CaseEvent::OrdersMoved(Progress::Ended),
        CaseEvent::Dispatched,
        CaseEvent::Withdrawn(Exit::Correction),
    ];
    for state in STATES {
        for event in &events {
            let way = match apply(state, event) {
                Ok((next, effects)) => format!("{} {effects:?}", next.code()),
                Err(_) => "refused by the machine".to_owned(),
            };
            table += &format!("{} | {event:?} -> {way}\n", state.code());
        }
    }
    insta::assert_snapshot!(table);
}

/// Requirement 22: only an official opens a case; no event brings one back to its
/// opening, nor out of its end.
#[test]
fn nothing_opens_a_case() {
    let progress = [
        Progress::AllRefused,
        Progress::Waiting,
        Progress::Answered,
        Progress::Ended,
    ];
    let mut events: Vec<CaseEvent> = progress.map(CaseEvent::OrdersMoved).into();
    events.push(CaseEvent::Dispatched);
    events.push(CaseEvent::Withdrawn(Exit::Fulfilment));
    for state in STATES {
        for event in &events {
            let Ok((next, _)) = apply(state, event) else {
                continue;
            };
            assert_ne!(next, CaseState::Opened, "{state:?} {event:?}");
            if let CaseState::Closed | CaseState::Refused | CaseState::Withdrawn = state {
                assert_eq!(next, state, "{event:?}");
            }
        }
    }
}

/// Requirement 30: a case is answered when every order has come to a first end, and
/// closed when every one is at its last.
#[test]
fn a_case_is_as_far_as_its_slowest_order() {
    let check = |orders: &[OrderState], progress| {
        assert_eq!(Progress::of(orders.iter().copied()), progress, "{orders:?}");
        let turned = orders.iter().rev().copied();
        assert_eq!(Progress::of(turned), progress, "{orders:?}");
    };
    use OrderState::{InForce, Lifted, NotExecuted, Prepared, Refused, Suspended};
    check(&[], Progress::AllRefused);
    check(&[Refused, Refused], Progress::AllRefused);
    check(&[Refused, NotExecuted], Progress::Ended);
    check(&[Lifted, Refused], Progress::Ended);
    check(&[Lifted, InForce, Refused], Progress::Answered);
    check(&[Suspended, NotExecuted], Progress::Answered);
    for order in ORDERS {
        check(&[order, Prepared], Progress::Waiting);
    }
}

#[test]
fn words_of_states_read_back() {
    for state in STATES {
        assert_eq!(CaseState::from_code(state.code()), Some(state));
    }
}
