//! The whole table of states and events, reviewed as a snapshot, and the laws
//! that must hold in every cell.

use super::*;
use crate::record::{Feedback, Outcome};

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn states() -> Vec<Step> {
    let reason = || "r".to_owned();
    vec![
        Step::Due { at: now() },
        Step::Held { at: now() },
        Step::Claimed { asking: false },
        Step::Claimed { asking: true },
        Step::Pending { ask_at: now() },
        Step::Unknown { ask_at: now() },
        Step::Executed,
        Step::PartlyExecuted { reason: reason() },
        Step::CouldNot { reason: reason() },
        Step::NotApplicable { reason: reason() },
        Step::Refused { reason: reason() },
        Step::Withdrawn,
        Step::Disputed { reason: reason() },
        Step::OutsideMandate { reason: reason() },
        Step::Parked { reason: reason() },
    ]
}

fn feedback(outcome: Outcome) -> Feedback {
    Feedback {
        outcome,
        at: None,
        reference: None,
        evidence: vec![],
    }
}

fn events() -> Vec<StepEvent> {
    let answered = |outcome| StepEvent::Answered(feedback(outcome));
    let by_hand = |outcome| StepEvent::SettledByPerson(feedback(outcome));
    let reason = || "e".to_owned();
    vec![
        StepEvent::Claimed,
        StepEvent::GateRefused(reason()),
        StepEvent::Abandoned,
        answered(Outcome::Executed),
        answered(Outcome::PartlyExecuted(reason())),
        answered(Outcome::CouldNot(reason())),
        answered(Outcome::NotApplicable(reason())),
        answered(Outcome::Pending(Some(60))),
        answered(Outcome::Pending(None)),
        StepEvent::NoTrace,
        StepEvent::Put { ask_after: 60 },
        StepEvent::Unavailable {
            retry_after: Some(30),
        },
        StepEvent::Unavailable { retry_after: None },
        StepEvent::Uncertain,
        StepEvent::Disputed(reason()),
        StepEvent::OutsideMandate(reason()),
        StepEvent::NeedsPerson(reason()),
        StepEvent::Held,
        StepEvent::Released,
        StepEvent::Withdrawn,
        by_hand(Outcome::Executed),
        by_hand(Outcome::PartlyExecuted(reason())),
        by_hand(Outcome::CouldNot(reason())),
        by_hand(Outcome::NotApplicable(reason())),
        by_hand(Outcome::Pending(None)),
        StepEvent::SentAgain,
    ]
}

fn label(event: &StepEvent) -> String {
    match event {
        StepEvent::Answered(feedback) => format!("answered {:?}", feedback.outcome),
        StepEvent::SettledByPerson(feedback) => format!("by hand {:?}", feedback.outcome),
        StepEvent::Unavailable { retry_after } => format!("unavailable {retry_after:?}"),
        other => other.code().to_owned(),
    }
}

const VERBS: [Verb; 4] = [Verb::Apply, Verb::Resume, Verb::Suspend, Verb::Lift];

/// One line for each state, event and way on, naming the verbs that go that way;
/// what a state does not admit stands in one line at its end.
#[test]
fn every_state_and_event() {
    let mut table = String::new();
    for state in states() {
        let mut refused: Vec<String> = Vec::new();
        for event in events() {
            let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
            for verb in VERBS {
                let way = match apply(&state, &event, verb, 1, now()) {
                    Ok((next, effects)) if next == state => format!("same {effects:?}"),
                    Ok((next, effects)) => format!("{} {effects:?}", in_words(&next)),
                    Err(_) => "refused".to_owned(),
                };
                match ways.iter_mut().find(|(known, _)| *known == way) {
                    Some((_, verbs)) => verbs.push(verb.code()),
                    None => ways.push((way, vec![verb.code()])),
                }
            }
            for (way, verbs) in ways {
                let verbs = match verbs.len() {
                    4 => "any".to_owned(),
                    _ => verbs.join(" "),
                };
                match (way.as_str(), verbs.as_str()) {
                    ("refused", "any") => refused.push(label(&event)),
                    _ => {
                        table += &format!(
                            "{} | {} | {verbs} -> {way}\n",
                            in_words(&state),
                            label(&event)
                        );
                    }
                }
            }
        }
        table += &format!("{} | refused: {}\n", in_words(&state), refused.join(", "));
    }
    insta::assert_snapshot!(table);
}

/// A state in one short line.
fn in_words(step: &Step) -> String {
    format!("{step:?}").replace("2026-11-23T", "")
}

/// Runs a check on every cell of the table.
fn check(each: impl Fn(Verb, &Step, &StepEvent, Option<(Step, Vec<StepEffect>)>)) {
    for verb in VERBS {
        for state in states() {
            for event in events() {
                let next = apply(&state, &event, verb, 1, now()).ok();
                each(verb, &state, &event, next);
            }
        }
    }
}

#[test]
fn nothing_acts_twice_without_proof() {
    check(|verb, state, event, next| {
        let Some((Step::Due { .. }, _)) = next else {
            return;
        };
        // Back to acting only where surely nothing was done.
        let sure = matches!(
            (state, event),
            (Step::Claimed { asking: true }, StepEvent::NoTrace)
                | (
                    Step::Claimed { asking: false },
                    StepEvent::Unavailable { .. }
                )
                | (Step::Disputed { .. }, StepEvent::SentAgain)
                | (Step::Held { .. }, StepEvent::Released)
        );
        assert!(sure, "{verb:?} {state:?} {event:?}");
    });
}

/// Requirement 30: feedback that comes twice or late changes nothing; where it says
/// otherwise than the first, a person is asked.
#[test]
fn a_final_step_never_changes() {
    check(|_, state, event, next| {
        if !state.is_final() {
            return;
        }
        match (event, next) {
            (StepEvent::Answered(_), Some((next, effects))) => {
                assert_eq!(&next, state);
                assert!(effects.is_empty() || effects == [StepEffect::AskPerson]);
            }
            (event, next) => assert_eq!(next, None, "{state:?} {event:?}"),
        }
    });
    let twice = |state: Step, outcome| {
        let event = StepEvent::Answered(feedback(outcome));
        apply(&state, &event, Verb::Apply, 1, now()).unwrap().1
    };
    let reason = || "r".to_owned();
    assert_eq!(twice(Step::Executed, Outcome::Executed), []);
    assert_eq!(twice(Step::Executed, Outcome::Pending(None)), []);
    let other = twice(Step::Executed, Outcome::CouldNot(reason()));
    assert_eq!(other, [StepEffect::AskPerson]);
    let undone = twice(Step::Withdrawn, Outcome::Executed);
    assert_eq!(undone, [StepEffect::AskPerson]);
}

/// Only `executed` is taken from a department as the end of what undoes (I3).
#[test]
fn no_undo_is_lost_silently() {
    check(|verb, state, event, next| {
        let Some((next, effects)) = next else { return };
        let declined = next.is_final()
            && !matches!(
                next,
                Step::Executed | Step::Withdrawn | Step::Refused { .. }
            );
        let by_person = matches!(event, StepEvent::SettledByPerson(_));
        if verb != Verb::Apply && !state.is_final() && declined {
            assert!(by_person, "{verb:?} {state:?} {event:?}");
        }
        if let (Step::Parked { .. }, false) = (&next, matches!(state, Step::Parked { .. })) {
            assert!(effects.contains(&StepEffect::AskPerson), "{event:?}");
        }
    });
}

/// No gate stands in the way of what gives something back (I3), and no objection.
#[test]
fn relief_is_neither_refused_nor_held() {
    check(|verb, state, event, next| {
        // A burden that came to be refused or held is another step.
        if verb.burdens() || matches!(state, Step::Refused { .. } | Step::Held { .. }) {
            return;
        }
        let stopped = matches!(next, Some((Step::Refused { .. } | Step::Held { .. }, _)));
        assert!(!stopped, "{verb:?} {state:?} {event:?}");
    });
}

#[test]
fn every_waiting_state_has_a_way_on() {
    for state in states().into_iter().filter(|state| !state.is_final()) {
        let on = events().into_iter().any(|event| {
            let next = apply(&state, &event, Verb::Lift, 1, now());
            next.is_ok_and(|(next, _)| next != state)
        });
        assert!(on, "{state:?}");
    }
}

#[test]
fn asking_in_vain_ends_before_a_person() {
    let asking = Step::Claimed { asking: true };
    let few = apply(&asking, &StepEvent::Uncertain, Verb::Apply, 2, now()).unwrap();
    assert!(matches!(few.0, Step::Unknown { .. }));
    let many = apply(
        &asking,
        &StepEvent::Uncertain,
        Verb::Apply,
        CALLS_BEFORE_A_PERSON,
        now(),
    )
    .unwrap();
    assert_eq!(many.1, [StepEffect::AskPerson]);
}

#[test]
fn waits_double_up_to_an_hour() {
    let seconds: Vec<i64> = [1, 2, 5, 12, 4_000_000]
        .map(|n| back_off(n).as_secs())
        .into();
    assert_eq!(seconds, [2, 4, 32, 3600, 3600]);
}

#[test]
fn no_answer_keeps_a_step_hot() {
    let pending = feedback(Outcome::Pending(Some(0)));
    let cases = [
        (false, StepEvent::Answered(pending)),
        (
            false,
            StepEvent::Unavailable {
                retry_after: Some(0),
            },
        ),
        (true, StepEvent::NoTrace),
    ];
    for (asking, event) in cases {
        let (next, _) = apply(&Step::Claimed { asking }, &event, Verb::Apply, 3, now()).unwrap();
        let wait = next.due_at().unwrap().duration_since(now());
        assert_eq!(wait, back_off(3), "{event:?}");
    }
}
