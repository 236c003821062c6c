//! The table of an objection's states and events, and the rules of requirements
//! 35 to 37.

use super::*;
use crate::transition::table;
use jiff::civil::date;

const TODAY: Date = date(2026, 11, 23);
const DOORS: [Door; 3] = [Door::Executor, Door::Subject, Door::Complaint];

fn until(date: Date) -> Deadline {
    Deadline {
        date,
        provisional: false,
    }
}

fn raised(answer_by: Deadline) -> Objection {
    Objection::Raised { answer_by }
}

fn states() -> Vec<Objection> {
    let reason = || "r".to_owned();
    vec![
        raised(until(TODAY)),
        raised(until(date(2026, 11, 22))),
        raised(Deadline {
            date: date(2026, 11, 22),
            provisional: true,
        }),
        Objection::Escalated { late_answer: None },
        Objection::Escalated {
            late_answer: Some(reason()),
        },
        Objection::Upheld { reason: reason() },
        Objection::Rejected { reason: reason() },
        Objection::Withdrawn,
    ]
}

fn events() -> Vec<ObjectionEvent> {
    let findings = || {
        [
            Finding::Wrong("e".to_owned()),
            Finding::Right("e".to_owned()),
            Finding::Right(" ".to_owned()),
        ]
    };
    let mut events: Vec<ObjectionEvent> = findings().map(ObjectionEvent::Answered).into();
    events.extend(findings().map(ObjectionEvent::SupervisorDecided));
    events.extend([
        ObjectionEvent::Withdrawn,
        ObjectionEvent::Recomputed(until(date(2026, 11, 25))),
        ObjectionEvent::DayBegan,
    ]);
    events
}

#[test]
fn every_state_and_event() {
    let of = |door| {
        table(&states(), &events(), |state, event| {
            apply(state, event, door, TODAY)
        })
    };
    insta::assert_snapshot!(of(Door::Complaint));
    assert_eq!(of(Door::Executor), of(Door::Complaint));
    assert_eq!(
        of(Door::Subject),
        of(Door::Complaint).replace(", TellRaiser", "")
    );
}

/// Requirement 35: by every door, the measure is not executed meanwhile.
#[test]
fn an_objection_holds_the_orders_until_it_is_settled() {
    let (objection, effects) = raise(Ground::Facts, "金额有误", until(TODAY), &[]).unwrap();
    assert!(objection.holds());
    assert!(effects.contains(&ObjectionEffect::HoldOrders));
    for door in DOORS {
        for state in states() {
            for event in events() {
                let Ok((next, effects)) = apply(&state, &event, door, TODAY) else {
                    continue;
                };
                let lets_go = effects.iter().any(|effect| {
                    matches!(
                        effect,
                        ObjectionEffect::ReleaseOrders | ObjectionEffect::EndOrders(_)
                    )
                });
                assert_eq!(
                    lets_go,
                    state.holds() && !next.holds(),
                    "{state:?} {event:?}"
                );
                assert!(state.holds() || !next.holds(), "{state:?} {event:?}");
            }
        }
    }
}

/// Requirement 36.
#[test]
fn an_answer_on_the_last_day_is_in_time_and_the_next_day_it_escalates() {
    let open = raised(until(TODAY));
    let (same, effects) = apply(&open, &ObjectionEvent::DayBegan, Door::Subject, TODAY).unwrap();
    assert_eq!((same, effects), (open.clone(), vec![]));
    let next = TODAY.tomorrow().unwrap();
    let (late, effects) = apply(&open, &ObjectionEvent::DayBegan, Door::Subject, next).unwrap();
    assert_eq!(late, Objection::Escalated { late_answer: None });
    assert!(late.holds());
    assert_eq!(effects, [ObjectionEffect::AskSupervisor]);
}

/// Requirement 36: upheld or rejected, the subject is told and the result pushed.
#[test]
fn whatever_is_decided_is_told_and_pushed() {
    use ObjectionEffect::{PushEverywhere, TellSubject};
    for state in states() {
        for event in events() {
            let Ok((next, effects)) = apply(&state, &event, Door::Executor, TODAY) else {
                continue;
            };
            let decided = matches!(next, Objection::Upheld { .. } | Objection::Rejected { .. });
            if decided && next != state {
                assert!(effects.contains(&TellSubject), "{state:?} {event:?}");
                assert!(effects.contains(&PushEverywhere), "{state:?} {event:?}");
            }
        }
    }
}

/// Requirement 36: a late answer that defends the record needs the supervisor; one
/// that admits the error counts at once.
#[test]
fn a_late_answer_counts_at_once_only_for_the_subject() {
    // Escalated already, and not yet swept.
    for late in [
        Objection::Escalated { late_answer: None },
        raised(until(date(2026, 11, 22))),
    ] {
        let answer = |finding| {
            let event = ObjectionEvent::Answered(finding);
            apply(&late, &event, Door::Subject, TODAY).unwrap().0
        };
        assert!(answer(Finding::Right("无误".to_owned())).holds());
        let admitted = answer(Finding::Wrong("录入错误".to_owned()));
        assert_eq!(admitted.code(), "upheld");
    }
}

#[test]
fn a_repeated_objection_holds_as_well_and_is_flagged() {
    #[track_caller]
    fn check(before: Objection, ground: Ground, flagged: bool) {
        let earlier = Earlier {
            ground: Ground::Facts,
            objection: before,
        };
        let (objection, effects) = raise(ground, "金额有误", until(TODAY), &[earlier]).unwrap();
        assert!(objection.holds());
        assert!(effects.contains(&ObjectionEffect::HoldOrders));
        assert_eq!(effects.contains(&ObjectionEffect::FlagRepeated), flagged);
    }
    let reason = || "r".to_owned();
    check(
        Objection::Rejected { reason: reason() },
        Ground::Facts,
        true,
    );
    check(
        Objection::Rejected { reason: reason() },
        Ground::Term,
        false,
    );
    check(Objection::Upheld { reason: reason() }, Ground::Facts, false);
    check(Objection::Withdrawn, Ground::Facts, false);
}

/// Requirement 35.
#[test]
fn an_objection_gives_a_reason() {
    let error = raise(Ground::Facts, " ", until(TODAY), &[]).unwrap_err();
    assert!(error.zh.contains("说明理由"));
}

/// Requirement 37.
#[test]
fn a_restoration_closes_only_with_proof() {
    let refused = restore(&Restoration::Open, "  ").unwrap_err();
    assert!(refused.en.contains("proof"));
    let closed = restore(&Restoration::Open, "更正公告〔2026〕3号").unwrap();
    assert_eq!(restore(&closed, "").unwrap(), closed);
}

#[test]
fn words_in_rows_read_back() {
    for door in DOORS {
        assert_eq!(Door::from_code(door.code()), Some(door));
    }
    for code in ["identity", "facts", "basis", "term"] {
        assert_eq!(Ground::from_code(code).unwrap().code(), code);
    }
}
