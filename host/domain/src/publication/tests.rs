//! The days of publication: due, late, over, withdrawn (requirement 12).

use super::*;
use jiff::{ToSpan, civil::date};
use proptest::prelude::*;

fn by(date: Date) -> Deadline {
    Deadline {
        date,
        provisional: false,
    }
}

/// A penalty decided on 2026-11-02, due on 11-11, shown for a year.
fn penalty() -> Matter {
    Matter {
        may_be_public: true,
        touches_privacy: false,
        due: by(date(2026, 11, 11)),
        until: ShownUntil::Day(date(2027, 11, 1)),
        published_on: None,
        repaired_on: None,
        overturned: None,
    }
}

#[track_caller]
fn check(matter: &Matter, on: Date, expected: Status) {
    assert_eq!(status(matter, on), expected, "{on}");
}

/// Requirement 12: seven working days, or what a statute sets instead.
#[test]
fn the_due_day_is_the_general_one_unless_a_statute_sets_another() {
    let calendar = Calendar::default();
    let decided = date(2026, 11, 2);
    let general = Span::WorkingDays(7);
    let due = due_by(decided, general, None, &calendar).unwrap();
    assert_eq!(due.date, date(2026, 11, 11));
    assert!(
        due.provisional,
        "the year is not known to an empty calendar"
    );
    let own = Some(Span::WorkingDays(20));
    let due = due_by(decided, general, own, &calendar).unwrap();
    assert_eq!(due.date, date(2026, 11, 30));
}

/// Requirement 12: on time on day 7, late on day 8.
#[test]
fn on_time_on_the_last_day_and_late_on_the_next() {
    let matter = penalty();
    let (day_7, day_8) = (date(2026, 11, 11), date(2026, 11, 12));
    check(&matter, date(2026, 11, 2), Status::DueBy(matter.due));
    check(&matter, day_7, Status::DueBy(matter.due));
    check(&matter, day_8, Status::LateSince(day_8));
    check(&matter, date(2026, 11, 30), Status::LateSince(day_8));
    assert_eq!(punctuality(matter.due, day_7), Punctuality::OnTime);
    assert_eq!(punctuality(matter.due, day_8), Punctuality::Late);
}

#[test]
fn nobody_is_late_on_a_provisional_day() {
    let due = Deadline {
        provisional: true,
        ..penalty().due
    };
    let matter = Matter { due, ..penalty() };
    check(&matter, date(2026, 11, 30), Status::DueBy(due));
    assert_eq!(punctuality(due, date(2026, 11, 30)), Punctuality::NotKnown);
}

/// Requirement 12: penalties touching privacy are excluded, and what may not be
/// public is not.
#[test]
fn what_touches_privacy_is_not_published() {
    let private = Matter {
        touches_privacy: true,
        ..penalty()
    };
    let closed = Matter {
        may_be_public: false,
        ..penalty()
    };
    let on = date(2026, 11, 30);
    check(&private, on, Status::NotPublic(Why::Privacy));
    check(&closed, on, Status::NotPublic(Why::Class));
    // Already up, by mistake: down at once.
    let up = Matter {
        published_on: Some(date(2026, 11, 5)),
        ..private
    };
    check(&up, on, Status::TakeDown(Why::Privacy));
}

/// Requirement 12, 行政处罚法 48: withdrawn within the working days, late after.
#[test]
fn what_was_overturned_comes_down_in_time() {
    let last = date(2026, 12, 3);
    let up = Matter {
        published_on: Some(date(2026, 11, 5)),
        overturned: Some(by(last)),
        ..penalty()
    };
    check(&up, last, Status::WithdrawBy(by(last)));
    let next = date(2026, 12, 4);
    check(&up, next, Status::WithdrawalLateSince(next));
    let down = Matter {
        published_on: None,
        ..up
    };
    check(&down, next, Status::NotPublic(Why::Overturned));
}

/// NDRC order 36: stops by itself at the maximum, and at once on repair.
#[test]
fn publicity_stops_at_its_last_day_and_on_repair() {
    let up = Matter {
        published_on: Some(date(2026, 11, 5)),
        ..penalty()
    };
    let last = date(2027, 11, 1);
    check(&up, last, Status::Published(ShownUntil::Day(last)));
    check(&up, date(2027, 11, 2), Status::TakeDown(Why::Over));
    let repaired = Matter {
        repaired_on: Some(date(2027, 3, 1)),
        ..up.clone()
    };
    check(&repaired, date(2027, 2, 28), Status::Published(up.until));
    check(&repaired, date(2027, 3, 1), Status::TakeDown(Why::Repaired));
    // Never published, and its days are over: nobody is late any more.
    check(&penalty(), date(2027, 11, 2), Status::NotPublic(Why::Over));
    let licence = Matter {
        until: ShownUntil::Open,
        ..up
    };
    check(
        &licence,
        date(2099, 1, 1),
        Status::Published(ShownUntil::Open),
    );
}

/// Order 58, then order 36 from 2026-04-01, for one seriousness.
fn tiers(then: Option<Span>) -> [Tier; 2] {
    let change = date(2026, 4, 1);
    [
        Tier {
            at_least: Some(Span::Months(3)),
            at_most: Some(Span::Years(3)),
            from: date(2023, 5, 1),
            until: Some(change),
        },
        Tier {
            at_least: None,
            at_most: then,
            from: change,
            until: None,
        },
    ]
}

/// NDRC orders 58 and 36: the clock starts on the day of the document; a later rule
/// shortens and never lengthens.
#[test]
fn the_last_day_shown_is_the_earliest_of_every_rule_since_the_decision() {
    #[track_caller]
    fn check(then: Option<Span>, decided: Date, today: Date, expected: ShownUntil) {
        let got = shown_until(&tiers(then), decided, None, None, today);
        assert_eq!(got, expected);
    }
    let (old, new) = (date(2025, 6, 1), date(2026, 6, 1));
    let (before, after) = (date(2026, 3, 31), date(2026, 6, 1));
    let year = Some(Span::Years(1));
    check(year, old, before, ShownUntil::Day(date(2028, 5, 31)));
    check(year, old, after, ShownUntil::Day(date(2026, 5, 31)));
    check(year, new, after, ShownUntil::Day(date(2027, 5, 31)));
    // A longer rule does not reach back, and holds for what comes after it.
    let five = Some(Span::Years(5));
    check(five, old, after, ShownUntil::Day(date(2028, 5, 31)));
    check(five, new, after, ShownUntil::Day(date(2031, 5, 31)));
    // Not shown at all, or no rule.
    check(None, new, after, ShownUntil::NotShown);
    check(
        year,
        date(2020, 1, 1),
        date(2022, 1, 1),
        ShownUntil::NotShown,
    );
}

#[test]
fn a_document_may_end_earlier_and_an_uncorrected_sector_rule_holds_instead() {
    let tiers = tiers(Some(Span::Years(1)));
    let (decided, today) = (date(2026, 6, 1), date(2026, 6, 2));
    let shown = |own, sector| shown_until(&tiers, decided, own, sector, today);
    let (early, late) = (date(2026, 9, 1), date(2028, 1, 1));
    assert_eq!(shown(Some(early), None), ShownUntil::Day(early));
    assert_eq!(shown(Some(late), None), ShownUntil::Day(date(2027, 5, 31)));
    assert_eq!(shown(None, Some(late)), ShownUntil::Day(late));
}

proptest! {
    /// No rule that comes into force later lengthens what is shown.
    #[test]
    fn as_time_goes_by_the_last_day_shown_never_moves_away(
        months in prop::collection::vec(prop::option::of(1..60_u32), 1..5),
        decided in 0..1500_i64,
        days in prop::collection::vec(0..900_i64, 2),
    ) {
        let start = date(2022, 1, 1);
        let year = |n: i16| date(2022 + n, 1, 1);
        let count = months.len() as i16;
        let tiers: Vec<Tier> = months
            .into_iter()
            .zip(0..)
            .map(|(months, n)| Tier {
                at_least: None,
                at_most: months.map(Span::Months),
                from: year(n),
                until: (n + 1 < count).then(|| year(n + 1)),
            })
            .collect();
        let decided = start.checked_add(decided.days()).unwrap();
        let first = decided.checked_add(days[0].days()).unwrap();
        let later = first.checked_add(days[1].days()).unwrap();
        let last = |today| match shown_until(&tiers, decided, None, None, today) {
            ShownUntil::NotShown => None,
            ShownUntil::Day(day) => Some(day),
            ShownUntil::Open => unreachable!("something adverse always ends"),
        };
        // `None`, not shown at all, is the least.
        prop_assert!(last(later) <= last(first));
    }
}

#[test]
fn every_why_is_said_in_both_languages() {
    for why in [
        Why::Class,
        Why::Privacy,
        Why::NotShown,
        Why::Over,
        Why::Repaired,
        Why::Overturned,
    ] {
        let refusal = why.refusal();
        assert!(!refusal.zh.is_ascii() && refusal.en.is_ascii(), "{refusal}");
    }
}
