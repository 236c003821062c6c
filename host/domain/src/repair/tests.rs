//! The table of a repair's states and events, and what stands in its way.

use super::*;
use crate::{
    calendar::Calendar, publication::Tier, record::Authority, span::Span, transition::table,
};
use jiff::civil::date;

const TODAY: Date = date(2026, 11, 23);

fn deadline(date: Date) -> Deadline {
    Deadline {
        date,
        provisional: false,
    }
}

fn decision() -> Decision {
    Decision {
        authority: Authority {
            name: "省税务局".to_owned(),
            uscc: None,
        },
        number: Some("闽税修〔2026〕8号".to_owned()),
        decided_on: TODAY,
    }
}

fn states() -> Vec<Repair> {
    let accepted = |last, late| Repair::Accepted {
        decide_by: deadline(last),
        late,
    };
    vec![
        Repair::Applied,
        Repair::Returned {
            obstacles: vec![Obstacle::Missing(Need::Promise)],
        },
        accepted(TODAY, false),
        accepted(date(2026, 11, 20), false),
        accepted(date(2026, 11, 20), true),
        Repair::Granted {
            decision: decision(),
        },
        Repair::Refused {
            reason: "r".to_owned(),
        },
        Repair::Withdrawn,
    ]
}

fn events() -> Vec<RepairEvent> {
    vec![
        RepairEvent::Examined {
            decide_by: deadline(date(2026, 12, 7)),
        },
        RepairEvent::Completed,
        RepairEvent::Granted(decision()),
        RepairEvent::Refused("e".to_owned()),
        RepairEvent::Refused(String::new()),
        RepairEvent::Withdrawn,
        RepairEvent::Recomputed(deadline(date(2026, 12, 8))),
        RepairEvent::DayBegan,
    ]
}

#[test]
fn every_state_and_event() {
    let nothing_in_the_way = table(&states(), &events(), |state, event| {
        apply(state, event, &[], TODAY)
    });
    let incomplete = [Obstacle::Missing(Need::Promise)];
    let promise_missing = table(&states(), &events(), |state, event| {
        apply(state, event, &incomplete, TODAY)
    });
    let text = format!(
        "== nothing stands in the way ==\n{nothing_in_the_way}\n== the promise is missing \
         ==\n{promise_missing}"
    );
    insta::assert_snapshot!(text);
}

/// Requirement 34, NDRC order 36: repair stops publishing, sharing and use, ends
/// the measures, and goes everywhere the record went.
#[test]
fn a_repair_stops_everything_at_once() {
    use RepairEffect::{EndOrders, PushEverywhere, StopPublishing, StopSharing, StopUse};
    let accepted = Repair::Accepted {
        decide_by: deadline(TODAY),
        late: false,
    };
    let (_, effects) = apply(&accepted, &RepairEvent::Granted(decision()), &[], TODAY).unwrap();
    for effect in [
        StopPublishing,
        StopSharing,
        StopUse,
        EndOrders(Exit::Repair(decision())),
        PushEverywhere,
    ] {
        assert!(effects.contains(&effect), "{effect:?}");
    }
}

#[test]
fn a_grant_names_its_decision() {
    let accepted = Repair::Accepted {
        decide_by: deadline(TODAY),
        late: false,
    };
    let unnumbered = Decision {
        number: None,
        ..decision()
    };
    let error = apply(&accepted, &RepairEvent::Granted(unnumbered), &[], TODAY).unwrap_err();
    assert!(error.to_string().contains("by its number"), "{error}");
}

/// Requirement 34: the wage list's way out, 6 months after the correction with a
/// promise, not if repeated or criminal.
fn wage_list() -> RepairRule {
    RepairRule {
        waits: vec![Wait {
            span: Span::Months(6),
            since: Since::Correction,
        }],
        needs: vec![Need::Corrected, Need::Promise],
        excluded_when: vec![Exclusion::Repeated, Exclusion::Criminal],
        decides_within: Span::WorkingDays(10),
    }
}

fn corrected(on: Date) -> Application {
    Application {
        decided_on: date(2025, 6, 1),
        corrected_on: Some(on),
        shown: vec![Need::Promise],
        applies: vec![],
    }
}

#[track_caller]
fn check(rule: &RepairRule, application: &Application, expected: &[Obstacle]) {
    let found = obstacles(rule, application, &Calendar::default(), TODAY);
    assert_eq!(found, expected);
}

/// Requirement 34.
#[test]
fn what_stands_in_the_way_is_said_one_by_one() {
    let rule = wage_list();
    let ready = corrected(date(2026, 5, 22));
    check(&rule, &ready, &[]);
    // Six months from 05-23 end today: tomorrow it may be asked for.
    let today_last = Obstacle::TooEarly(deadline(TODAY));
    check(&rule, &corrected(date(2026, 5, 23)), &[today_last]);
    let bare = Application {
        corrected_on: None,
        shown: vec![],
        ..ready.clone()
    };
    let missing = [
        Obstacle::Missing(Need::Corrected),
        Obstacle::Missing(Need::Promise),
    ];
    check(&rule, &bare, &missing);
    let criminal = Application {
        applies: vec![Exclusion::Criminal, Exclusion::FalsePapers],
        ..ready.clone()
    };
    // False papers do not exclude under this rule.
    check(&rule, &criminal, &[Obstacle::Excluded(Exclusion::Criminal)]);
    // A correction promised for tomorrow is none.
    let tomorrow = corrected(date(2026, 11, 24));
    let found = obstacles(&rule, &tomorrow, &Calendar::default(), TODAY);
    assert_eq!(found[0], Obstacle::Missing(Need::Corrected));
}

/// Requirement 34, order 36: the shortest time of publicity counts from the
/// decision, beside the measure's own wait.
#[test]
fn every_wait_has_to_be_over() {
    let mut rule = wage_list();
    let serious = Tier {
        at_least: Some(Span::Years(1)),
        at_most: Some(Span::Years(3)),
        from: date(2026, 4, 1),
        until: None,
    };
    rule.waits.extend(Wait::of_tier(&serious));
    let early = Application {
        decided_on: date(2025, 12, 1),
        ..corrected(date(2026, 5, 1))
    };
    let last = Obstacle::TooEarly(deadline(date(2026, 12, 1)));
    check(&rule, &early, &[last]);
    check(&rule, &corrected(date(2026, 5, 1)), &[]);
}

#[test]
fn a_wait_in_unpublished_working_days_says_so() {
    let mut rule = wage_list();
    rule.waits[0].span = Span::WorkingDays(10);
    let found = obstacles(
        &rule,
        &corrected(date(2026, 11, 20)),
        &Calendar::default(),
        TODAY,
    );
    let refusal = found[0].refusal();
    assert!(refusal.zh.contains("暂定"), "{refusal}");
    assert!(
        refusal.en.contains("after 2026-12-04 (provisional"),
        "{refusal}"
    );
}

/// Requirement 34: what is in the way is said in Chinese and English.
#[test]
fn obstacles_read_in_both_languages() {
    let words = Need::from("书面报告".to_owned());
    assert_eq!(words, Need::InWords("书面报告".to_owned()));
    let refusal = Obstacle::Missing(words).refusal();
    assert_eq!(
        refusal.to_string(),
        "repair: 缺少：书面报告 / missing: 书面报告"
    );
    let refusal = Obstacle::Excluded("repeated".to_owned().into()).refusal();
    assert!(refusal.zh.contains("再次发生") && refusal.en.contains("repeated"));
    let refusal = Obstacle::TooEarly(deadline(TODAY)).refusal();
    assert!(refusal.en.ends_with("after 2026-11-23"), "{refusal}");
}

/// Requirement 34: corrected in time, no longer a target.
#[test]
fn a_correction_on_the_last_day_is_in_time() {
    let by = deadline(TODAY);
    assert!(corrected_in_time(by, Some(TODAY)));
    assert!(!corrected_in_time(by, TODAY.tomorrow().ok()));
    assert!(!corrected_in_time(by, None));
}

#[test]
fn a_late_decision_is_reminded_of_once() {
    let late = Repair::Accepted {
        decide_by: deadline(date(2026, 11, 20)),
        late: false,
    };
    let (reminded, effects) = apply(&late, &RepairEvent::DayBegan, &[], TODAY).unwrap();
    assert_eq!(effects, [RepairEffect::AskSupervisor]);
    let (same, effects) = apply(&reminded, &RepairEvent::DayBegan, &[], TODAY).unwrap();
    assert_eq!((same, effects), (reminded, vec![]));
}

#[test]
fn words_of_the_catalogue_read_back() {
    for word in ["corrected", "harm-undone", "promise", "书面信用承诺"] {
        assert_eq!(String::from(Need::from(word.to_owned())), word);
    }
    for word in ["repeated", "criminal", "false-papers", "因犯罪被列入"] {
        assert_eq!(String::from(Exclusion::from(word.to_owned())), word);
    }
}
