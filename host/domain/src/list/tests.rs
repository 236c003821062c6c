//! The table of an entry's states and events, and the rules of requirements 9 to
//! 11.

use super::*;
use crate::{
    ids::OrderId,
    record::{Authority, Citation, Decision},
    transition::table,
};
use jiff::civil::{Date, date};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 23);
const REVIEW: Span = Span::Months(12);

fn list() -> List {
    List {
        code: "TAX-MAJOR".to_owned(),
        title: "重大税收违法失信主体名单".to_owned(),
        colour: Colour::Black,
        scope: Scope::National,
        standard: "SAT-54".to_owned(),
        decider: "tax".to_owned(),
        longest: Some(Span::Years(3)),
        exits: vec![
            ExitKind::Expiry,
            ExitKind::Repair,
            ExitKind::Correction,
            ExitKind::Revocation,
        ],
    }
}

fn decision() -> Decision {
    Decision {
        authority: Authority {
            name: "税务局".to_owned(),
            uscc: None,
        },
        number: Some("税罚1".to_owned()),
        decided_on: date(2026, 11, 2),
    }
}

fn ground() -> Ground {
    Ground {
        standard: Citation {
            code: Some("SAT-54".to_owned()),
            text: "第五条".to_owned(),
        },
        decision: decision(),
        department: "tax".to_owned(),
    }
}

fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(number))
}

fn listed(until: Until, site: Shown) -> Entry {
    Entry::Listed(Listed {
        until,
        hanging: [order(1), order(2)].into(),
        places: Places {
            department: Shown::Done {
                on: date(2026, 11, 5),
            },
            site,
            ..Places::due()
        },
    })
}

fn states() -> Vec<Entry> {
    let places = Places {
        department: Shown::ToWithdraw { since: TODAY },
        platforms: Shown::Never,
        site: Shown::Withdrawn { on: TODAY },
    };
    vec![
        Entry::Proposed,
        Entry::Told,
        listed(Until::Day(TODAY), Shown::Due),
        listed(Until::Day(date(2026, 11, 22)), Shown::Due),
        Entry::Exited {
            exit: Exit::Expiry,
            on: date(2026, 11, 20),
            places: places.clone(),
        },
        Entry::Exited {
            exit: Exit::Correction,
            on: date(2026, 11, 20),
            places,
        },
        Entry::Dropped {
            reason: "r".to_owned(),
        },
    ]
}

fn events() -> Vec<EntryEvent> {
    let on_list = |last| EntryEvent::Listed {
        first: date(2026, 11, 2),
        until: last,
    };
    vec![
        EntryEvent::Told,
        on_list(Until::Day(date(2029, 11, 1))),
        on_list(Until::Day(date(2029, 11, 2))),
        on_list(Until::Review(date(2027, 11, 1))),
        EntryEvent::Dropped("e".to_owned()),
        EntryEvent::Hung(order(3)),
        EntryEvent::Reviewed(date(2027, 11, 1)),
        EntryEvent::Exited(Exit::Expiry),
        EntryEvent::Exited(Exit::Fulfilment),
        EntryEvent::Exited(Exit::Correction),
        EntryEvent::Shown(Place::Platforms),
        EntryEvent::TakenDown(Place::Department),
        EntryEvent::DayBegan,
    ]
}

#[test]
fn every_state_and_event() {
    let list = list();
    let text = table(&states(), &events(), |state, event| {
        apply(&list, state, event, REVIEW, TODAY)
    });
    let short = text.replace("order:000000000000000000000000000000", "order:");
    insta::assert_snapshot!(short);
}

/// Requirement 9.
#[test]
fn an_entry_cites_standard_decision_decider_and_date() {
    #[track_caller]
    fn check(break_it: impl Fn(&mut Ground), expected: &str) {
        let mut ground = ground();
        break_it(&mut ground);
        let refusals = propose(&list(), &ground, TODAY).unwrap_err();
        let all: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].contains(expected), "{all:?}");
    }
    assert_eq!(propose(&list(), &ground(), TODAY), Ok(Entry::Proposed));
    check(|g| g.standard.code = None, "standard of the list, SAT-54");
    check(|g| g.standard.code = Some("TCL-63".to_owned()), "SAT-54");
    check(
        |g| g.decision.number = Some(" ".to_owned()),
        "decision by its number",
    );
    check(
        |g| g.decision.authority.name.clear(),
        "decided by department tax",
    );
    check(
        |g| g.department = "customs".to_owned(),
        "decided by department tax",
    );
    check(|g| g.decision.decided_on = date(2026, 11, 24), "lies ahead");
}

/// Requirement 10: an exit stops every measure that hangs on the entry, by name.
#[test]
fn an_exit_ends_every_measure_that_hangs_on_it() {
    let on_list = listed(Until::Day(date(2029, 11, 1)), Shown::Due);
    let ways = [
        Exit::Expiry,
        Exit::Repair(decision()),
        Exit::Correction,
        Exit::Revocation(decision()),
    ];
    for exit in ways {
        let event = EntryEvent::Exited(exit.clone());
        let (off, effects) = apply(&list(), &on_list, &event, REVIEW, TODAY).unwrap();
        assert_eq!(off.code(), "exited");
        for number in [1, 2] {
            let end = EntryEffect::EndOrder(order(number), exit.clone());
            assert!(effects.contains(&end), "{exit:?}");
        }
        let hang = apply(&list(), &off, &EntryEvent::Hung(order(3)), REVIEW, TODAY);
        assert!(hang.is_err(), "nothing hangs itself on an exited entry");
    }
}

/// Requirement 10: expiry on the day after the last, and an unreviewed entry lapses.
#[test]
fn every_entry_ends_by_itself() {
    let mut list = list();
    let day = |list: &List, until, today| {
        let entry = listed(until, Shown::Due);
        apply(list, &entry, &EntryEvent::DayBegan, REVIEW, today)
            .unwrap()
            .0
    };
    let tomorrow = TODAY.tomorrow().unwrap();
    assert_eq!(day(&list, Until::Day(TODAY), TODAY).code(), "listed");
    assert_eq!(day(&list, Until::Day(TODAY), tomorrow).code(), "exited");
    list.longest = None;
    assert_eq!(day(&list, Until::Review(TODAY), TODAY).code(), "listed");
    assert_eq!(day(&list, Until::Review(TODAY), tomorrow).code(), "exited");
}

/// Requirement 10, invariant I2: no entry without an end or a review in time.
#[test]
fn an_entry_lasts_no_longer_than_its_list_allows() {
    #[track_caller]
    fn check(longest: Option<Span>, until: Until, expected: bool) {
        let list = List { longest, ..list() };
        let event = EntryEvent::Listed {
            first: date(2026, 11, 2),
            until,
        };
        let got = apply(&list, &Entry::Told, &event, REVIEW, TODAY);
        assert_eq!(got.is_ok(), expected, "{got:?}");
    }
    let years = Some(Span::Years(3));
    check(years, Until::Day(date(2029, 11, 1)), true);
    check(years, Until::Day(date(2029, 11, 2)), false);
    check(years, Until::Day(date(2026, 11, 1)), false);
    check(years, Until::Review(date(2027, 11, 1)), false);
    check(None, Until::Review(date(2027, 11, 1)), true);
    check(None, Until::Review(date(2027, 11, 2)), false);
    check(None, Until::Day(date(2027, 11, 1)), false);
}

#[test]
fn a_review_moves_only_an_entry_without_a_fixed_term() {
    let list = List {
        longest: None,
        ..list()
    };
    let entry = listed(Until::Review(date(2026, 12, 1)), Shown::Due);
    let review = |day| apply(&list, &entry, &EntryEvent::Reviewed(day), REVIEW, TODAY);
    assert!(review(date(2027, 11, 22)).is_ok());
    assert!(
        review(date(2027, 11, 23)).is_err(),
        "over twelve months ahead"
    );
}

/// Requirement 9, 国办发〔2020〕49号: told before a black list; a red list praises.
#[test]
fn nobody_comes_onto_a_black_list_untold() {
    let event = EntryEvent::Listed {
        first: date(2026, 11, 2),
        until: Until::Day(date(2027, 11, 1)),
    };
    let mut list = list();
    let error = apply(&list, &Entry::Proposed, &event, REVIEW, TODAY).unwrap_err();
    assert!(error.to_string().contains("reasons, basis and rights"));
    list.colour = Colour::Red;
    assert!(apply(&list, &Entry::Proposed, &event, REVIEW, TODAY).is_ok());
}

/// Requirement 11: three states, each tracked; on the exit each that was up comes
/// down, and a receipt that crosses the exit is not lost.
#[test]
fn what_was_shown_anywhere_comes_down_there() {
    let list = list();
    let on_list = listed(Until::Day(date(2029, 11, 1)), Shown::Due);
    let step = |entry: &Entry, event| apply(&list, entry, &event, REVIEW, TODAY).unwrap();
    let (on_list, _) = step(&on_list, EntryEvent::Shown(Place::Site));
    let (off, effects) = step(&on_list, EntryEvent::Exited(Exit::Expiry));
    let down: Vec<&EntryEffect> = effects
        .iter()
        .filter(|effect| matches!(effect, EntryEffect::TakeDown(_)))
        .collect();
    let expected = [
        EntryEffect::TakeDown(Place::Department),
        EntryEffect::TakeDown(Place::Site),
    ];
    assert_eq!(down, expected.iter().collect::<Vec<_>>());
    let (off, _) = step(&off, EntryEvent::TakenDown(Place::Department));
    let (off, effects) = step(&off, EntryEvent::Shown(Place::Platforms));
    assert_eq!(effects, [EntryEffect::TakeDown(Place::Platforms)]);
    let Entry::Exited { places, .. } = off else {
        panic!("{off:?}");
    };
    assert_eq!(places.department, Shown::Withdrawn { on: TODAY });
    assert_eq!(places.platforms, Shown::ToWithdraw { since: TODAY });
    assert_eq!(places.site, Shown::ToWithdraw { since: TODAY });
}

/// Requirement 10: whatever a list names, what was wrong comes off it.
#[test]
fn correction_and_revocation_are_ways_off_every_list() {
    let bare = List {
        exits: vec![],
        ..list()
    };
    assert!(bare.admits(ExitKind::Correction));
    assert!(bare.admits(ExitKind::Revocation));
    assert!(bare.admits(ExitKind::Expiry));
    assert!(!bare.admits(ExitKind::Repair));
    assert!(!bare.admits(ExitKind::Fulfilment));
}

#[test]
fn words_in_rows_read_back() {
    for place in Place::ALL {
        assert_eq!(Place::from_code(place.code()), Some(place));
    }
}
