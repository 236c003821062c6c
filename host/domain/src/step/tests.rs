//! The whole table of states and events, reviewed as a snapshot, and the laws
//! that must hold in every cell.

use super::*;
use crate::record::Outcome;

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn states() -> Vec<Step> {
    let reason = || "r".to_owned();
    vec![
        Step::Due { at: now() },
        Step::Claimed { asking: false },
        Step::Claimed { asking: true },
        Step::Pending { ask_at: now() },
        Step::Unknown { ask_at: now() },
        Step::Executed,
        Step::PartlyExecuted { reason: reason() },
        Step::CouldNot { reason: reason() },
        Step::NotApplicable { reason: reason() },
        Step::Refused { reason: reason() },
        Step::Disputed { reason: reason() },
        Step::OutsideMandate { reason: reason() },
        Step::Parked { reason: reason() },
    ]
}

fn events() -> Vec<StepEvent> {
    let answered = |outcome| {
        StepEvent::Answered(Feedback {
            outcome,
            at: None,
            reference: None,
            evidence: vec![],
        })
    };
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
        StepEvent::Unavailable {
            retry_after: Some(30),
        },
        StepEvent::Unavailable { retry_after: None },
        StepEvent::Uncertain,
        StepEvent::Disputed(reason()),
        StepEvent::OutsideMandate(reason()),
        StepEvent::NeedsPerson(reason()),
    ]
}

fn label(event: &StepEvent) -> String {
    match event {
        StepEvent::Answered(feedback) => format!("answered {:?}", feedback.outcome),
        StepEvent::Unavailable { retry_after } => format!("unavailable {retry_after:?}"),
        other => other.to_string(),
    }
}

#[test]
fn every_state_and_event() {
    let mut table = String::new();
    for verb in [Verb::Apply, Verb::Lift] {
        for state in states() {
            for event in events() {
                let Ok((next, effects)) = apply(&state, &event, verb, 1, now()) else {
                    continue;
                };
                let cell = serde_json_line(&next);
                table += &format!(
                    "{:5} | {} | {} -> {cell} {effects:?}\n",
                    verb.code(),
                    serde_json_line(&state),
                    label(&event)
                );
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// A state in one short line, without pulling a JSON library in.
fn serde_json_line(step: &Step) -> String {
    format!("{step:?}").replace("2026-11-23T", "")
}

#[test]
fn nothing_acts_twice_without_proof() {
    for state in states() {
        for event in events() {
            let Ok((next, _)) = apply(&state, &event, Verb::Apply, 1, now()) else {
                continue;
            };
            if matches!(next, Step::Due { .. }) {
                // Back to acting only where surely nothing was done.
                let sure = matches!(
                    (&state, &event),
                    (Step::Claimed { asking: true }, StepEvent::NoTrace)
                        | (
                            Step::Claimed { asking: false },
                            StepEvent::Unavailable { .. }
                        )
                );
                assert!(sure, "{state:?} {event:?}");
            }
        }
    }
}

#[test]
fn a_final_step_takes_no_event() {
    for state in states().into_iter().filter(Step::is_final) {
        for event in events() {
            assert!(
                apply(&state, &event, Verb::Lift, 1, now()).is_err(),
                "{state:?} {event:?}"
            );
        }
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
    let pending = Feedback {
        outcome: Outcome::Pending(Some(0)),
        at: None,
        reference: None,
        evidence: vec![],
    };
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
