//! Who sees what: every reader, class and sort of subject in one table, and the
//! edges of an authorisation.

use super::*;
use crate::identifier::Scheme;
use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 23);
const CLASSES: [Disclosure; 3] = [
    Disclosure::Government,
    Disclosure::Authorised,
    Disclosure::Public,
];

fn subject(number: u128) -> SubjectId {
    SubjectId(Uuid::from_u128(number))
}

fn held(whose: Whose, class: Disclosure) -> Held<'static> {
    Held {
        subject: subject(1),
        whose,
        item: "TAX-PENALTY",
        class,
        widest_about_persons: Some(Disclosure::Authorised),
        ended: None,
    }
}

fn leave() -> Authorisation {
    Authorisation {
        from: subject(1),
        grantee: "某银行".to_owned(),
        items: ["TAX-PENALTY".to_owned()].into(),
        purpose: "贷款审查".to_owned(),
        first: date(2026, 11, 1),
        last: date(2026, 11, 30),
        withdrawn_on: None,
    }
}

fn bank(authorisation: Authorisation) -> Reader {
    Reader::Authorised {
        who: "某银行".to_owned(),
        purpose: "贷款审查".to_owned(),
        authorisation,
    }
}

fn body(purpose: &str) -> Reader {
    Reader::PublicBody {
        purpose: purpose.to_owned(),
    }
}

/// Requirement 5.
#[test]
fn each_class_has_its_readers() {
    // For each sort of subject and each class, narrow to wide: may it be seen by
    // the public, with the subject's leave, and by a public body?
    #[track_caller]
    fn check(reader: &Reader, whose: Whose, expected: [bool; 3]) {
        let got = CLASSES.map(|class| may_see(reader, &held(whose, class), TODAY).is_ok());
        assert_eq!(got, expected, "{reader:?}");
    }
    for whose in [Whose::Organization, Whose::SoleTrader, Whose::Person] {
        let public_shown = whose == Whose::Organization;
        check(&Reader::Public, whose, [false, false, public_shown]);
        check(&bank(leave()), whose, [false, true, true]);
        check(&body("资质审查"), whose, [true, true, true]);
        check(&body(" "), whose, [false, false, false]);
    }
}

/// Requirement 5: persons and sole traders in public only where the persons'
/// directory says so.
#[test]
fn a_person_is_public_only_where_the_persons_directory_makes_the_item_public() {
    #[track_caller]
    fn check(widest: Option<Disclosure>, expected: bool) {
        for whose in [Whose::SoleTrader, Whose::Person] {
            let record = Held {
                widest_about_persons: widest,
                ..held(whose, Disclosure::Public)
            };
            let got = may_see(&Reader::Public, &record, TODAY);
            assert_eq!(got.is_ok(), expected, "{whose:?} {got:?}");
        }
    }
    check(Some(Disclosure::Public), true);
    check(Some(Disclosure::Authorised), false);
    check(Some(Disclosure::Government), false);
    check(None, false);
}

/// Requirements 5 and 20: scoped, expiring, from the subject itself; so a lender
/// sees nothing without it.
#[test]
fn an_authorisation_covers_what_it_says_and_no_more() {
    #[track_caller]
    fn check(change: impl Fn(&mut Authorisation), expected: Result<(), &str>) {
        let mut leave = leave();
        change(&mut leave);
        let record = held(Whose::Organization, Disclosure::Authorised);
        match (may_see(&bank(leave), &record, TODAY), expected) {
            (Ok(()), Ok(())) => {}
            (Err(refusal), Err(part)) => assert!(refusal.en.contains(part), "{refusal}"),
            (got, expected) => panic!("{got:?}, expected {expected:?}"),
        }
    }
    check(|_| {}, Ok(()));
    check(|a| a.from = subject(2), Err("only the subject itself"));
    check(|a| a.grantee = "另一银行".to_owned(), Err("another reader"));
    check(|a| a.items.clear(), Err("does not cover TAX-PENALTY"));
    check(|a| a.purpose = "营销".to_owned(), Err("not the one"));
    check(|a| a.last = TODAY, Ok(()));
    check(|a| a.last = date(2026, 11, 22), Err("is over"));
    check(|a| a.first = date(2026, 11, 24), Err("not begun"));
    check(|a| a.withdrawn_on = Some(TODAY), Err("withdrawn"));
    check(|a| a.withdrawn_on = Some(date(2026, 11, 24)), Ok(()));
}

/// Requirement 34, order 36: after repair neither published nor shared.
#[test]
fn what_was_repaired_or_taken_back_is_shown_to_nobody() {
    for reader in [Reader::Public, bank(leave()), body("资质审查")] {
        for (ended, expected) in [
            (Some(Past::Stands), true),
            (Some(Past::Closed), false),
            (Some(Past::TakenBack), false),
        ] {
            let record = Held {
                ended,
                ..held(Whose::Organization, Disclosure::Public)
            };
            let got = may_see(&reader, &record, TODAY).is_ok();
            assert_eq!(got, expected, "{reader:?} {ended:?}");
        }
    }
}

/// Requirement 5: narrower than the catalogue, never wider.
#[test]
fn a_feed_may_claim_a_narrower_class_and_never_a_wider() {
    for (at, widest) in CLASSES.into_iter().enumerate() {
        for (wide, claimed) in CLASSES.into_iter().enumerate() {
            let got = class_of(claimed, widest);
            assert_eq!(got.is_ok(), wide <= at, "{claimed:?} under {widest:?}");
        }
    }
    let refused = class_of(Disclosure::Public, Disclosure::Government).unwrap_err();
    assert!(refused.zh.contains("征集目录") && refused.en.contains("wider"));
}

#[test]
fn a_sole_trader_is_known_by_its_code() {
    let code = |written| Identifier::parse(Scheme::Uscc, written).unwrap();
    // Check character computed by GB 32100-2015.
    let trader = code("92350102MA2XXXXX0A");
    let company = code("G1610000713522976L");
    let of = |kind, codes: &[Identifier]| Whose::of(kind, codes);
    use SubjectKind::{Organization, Person};
    assert_eq!(of(Organization, &[trader]), Whose::SoleTrader);
    assert_eq!(of(Organization, &[company]), Whose::Organization);
    assert_eq!(of(Organization, &[]), Whose::Organization);
    assert_eq!(of(Person, &[]), Whose::Person);
}

proptest! {
    /// Requirement 5: government class is never public, whoever the subject and
    /// whatever the directories say.
    #[test]
    fn government_class_is_never_public(whose in 0..3_usize, widest in 0..4_usize) {
        let record = Held {
            widest_about_persons: CLASSES.get(widest).copied(),
            ..held([Whose::Organization, Whose::SoleTrader, Whose::Person][whose], Disclosure::Government)
        };
        prop_assert!(may_see(&Reader::Public, &record, TODAY).is_err());
        prop_assert!(may_see(&bank(leave()), &record, TODAY).is_err());
    }
}
