//! Laws of the register over random countries: the order of codes and of rows
//! does not matter, and what is learned never moves a record.

use super::*;
use proptest::prelude::*;

/// An organization as it is in truth.
#[derive(Debug, Clone)]
struct Truth {
    codes: Vec<Identifier>,
    former: Vec<Identifier>,
    event: Option<Event>,
}

/// A country of up to four organizations, the rows of its register, and rows of
/// feeds: each a choice of codes and a day. One in four rows mixes codes of two.
fn country() -> impl Strategy<Value = (Vec<RegisterFact>, Vec<(Vec<Identifier>, Date)>)> {
    let truth = (
        any::<bool>(),
        any::<bool>(),
        0..5_u8,
        2015..2025_i16,
        1..5_u32,
    );
    let truths = prop::collection::vec(truth, 1..5).prop_map(|drawn| {
        let all = drawn.len() as u32;
        let make =
            |(n, (second, changed, fate, year, other)): (u32, (bool, bool, u8, i16, u32))| {
                let mut codes = vec![uscc(n), organization_code(n), registration(n)];
                if second {
                    codes.push(uscc_of(12, n));
                }
                let former = if changed {
                    vec![uscc(n + 50)]
                } else {
                    Vec::new()
                };
                let successor = uscc(1 + (n + other) % all);
                let state = match fate {
                    0 => Some(State::Deregistered),
                    1 => Some(State::Revoked),
                    2 if !codes.contains(&successor) => Some(State::Merged { successor }),
                    _ => None,
                };
                let event = state.map(|state| Event {
                    on: date(year, 1, 1),
                    state,
                });
                Truth {
                    codes,
                    former,
                    event,
                }
            };
        (1..).zip(drawn).map(make).collect::<Vec<Truth>>()
    });
    truths.prop_flat_map(|truths| {
        let count = truths.len();
        let rows = prop::collection::vec((0..count, any::<u8>(), any::<bool>()), 1..12);
        let feeds =
            prop::collection::vec((0..count, 0..count * 4, any::<u16>(), 2014..2026_i16), 1..8);
        (Just(truths), rows, feeds).prop_map(|(truths, rows, feeds)| {
            let mut facts: Vec<RegisterFact> = rows
                .into_iter()
                .map(|row| register_row(&truths, row))
                .collect();
            // The register says of every change of code that it was one. Where it
            // does not, it contradicts itself, and what came second is refused.
            facts.extend(truths.iter().filter_map(change_of_code));
            let feeds = feeds
                .into_iter()
                .map(|row| feed_row(&truths, row))
                .collect();
            (facts, feeds)
        })
    })
}

/// A row of the register: some of the codes that an organization has.
fn register_row(truths: &[Truth], (n, choice, old): (usize, u8, bool)) -> RegisterFact {
    let truth = &truths[n];
    let chosen = chosen(&truth.codes, u16::from(choice) | 1 << (choice % 3));
    let mut row = fact(&chosen);
    // The old code in a row of its own was true once.
    if old && !truth.former.is_empty() {
        row = fact(&[truth.former[0].clone(), truth.codes[2].clone()]);
    }
    if choice % 2 == 0 {
        row.event = truth.event.clone();
    }
    row
}

fn change_of_code(truth: &Truth) -> Option<RegisterFact> {
    (!truth.former.is_empty()).then(|| RegisterFact {
        former: fact(&truth.former).codes,
        coded_on: Some(date(2019, 1, 1)),
        ..fact(&truth.codes[..1])
    })
}

fn feed_row(
    truths: &[Truth],
    (n, other, choice, year): (usize, usize, u16, i16),
) -> (Vec<Identifier>, Date) {
    let mut codes = chosen(&truths[n].codes, choice);
    if let Some(other) = truths.get(other) {
        codes.extend(chosen(&other.codes, choice >> 8));
    }
    codes.extend(
        truths[n]
            .former
            .iter()
            .filter(|_| choice & 64 != 0)
            .cloned(),
    );
    (codes, date(year, 6, 1))
}

fn chosen(codes: &[Identifier], choice: u16) -> Vec<Identifier> {
    let mut places = codes.iter().enumerate();
    places
        .by_ref()
        .filter(|(place, _)| choice >> place & 1 == 1)
        .map(|(_, code)| code.clone())
        .collect()
}

fn claims(codes: &[Identifier]) -> Claims {
    let mut claims = Claims::default();
    for code in codes {
        claims.code(code.scheme(), code.value());
    }
    // Feeds write codes in many ways, and wrong ones beside them.
    claims.code(Scheme::Uscc, "x");
    claims
}

/// Learns all facts, and those refused again until none of them teaches anything,
/// as the import does. The ids count up from `first`. Gives how many are left.
fn all_learned(register: &mut Register, facts: &[RegisterFact], first: u128) -> usize {
    let mut id = first;
    let mut left: Vec<&RegisterFact> = facts.iter().collect();
    loop {
        let before = left.len();
        left.retain(|fact| {
            id += 1;
            let learned = register.learn(fact, subject(id), &mut Lessons::default());
            learned.is_err()
        });
        if left.is_empty() || left.len() == before {
            return left.len();
        }
    }
}

/// A resolution without ids: a subject is its codes.
fn by_codes(register: &Register, codes: &[Identifier], on: Date) -> String {
    match register.resolve(&claims(codes), on) {
        Resolution::One { subject, new } => {
            format!("{:?} new {new:?}", register.organization(subject))
        }
        Resolution::New(codes) => format!("a new one: {codes:?}"),
        Resolution::Quarantine(reason) => reason.to_string(),
    }
}

proptest! {
    /// Requirement 1.
    #[test]
    fn the_order_of_codes_in_a_row_does_not_matter((facts, rows) in country()) {
        let mut register = Register::default();
        all_learned(&mut register, &facts, 100);
        for (codes, on) in rows {
            let mut turned = codes.clone();
            turned.reverse();
            prop_assert_eq!(by_codes(&register, &codes, on), by_codes(&register, &turned, on));
        }
    }

    /// Requirement 1.
    #[test]
    fn the_order_in_which_rows_were_learned_does_not_matter(
        ((facts, rows), shuffled) in country()
            .prop_flat_map(|(facts, rows)| {
                let shuffled = Just(facts.clone()).prop_shuffle();
                (Just((facts, rows)), shuffled)
            }),
    ) {
        let (mut one, mut other) = (Register::default(), Register::default());
        prop_assert_eq!(all_learned(&mut one, &facts, 100), 0);
        prop_assert_eq!(all_learned(&mut other, &shuffled, 900), 0);
        for (codes, on) in rows {
            prop_assert_eq!(by_codes(&one, &codes, on), by_codes(&other, &codes, on));
        }
    }

    /// Requirement 1: one subject for each code, one set of codes for each subject.
    #[test]
    fn a_code_is_never_of_two_subjects_and_facts_twice_teach_nothing((facts, rows) in country()) {
        let mut register = Register::default();
        for (n, (codes, on)) in (1..).zip(&rows) {
            bind(&mut register, codes, *on, subject(n));
        }
        all_learned(&mut register, &facts, 100);
        let codes: Vec<&Identifier> = register.organizations.values().flat_map(|o| o.codes.keys()).collect();
        let distinct: BTreeSet<&Identifier> = codes.iter().copied().collect();
        prop_assert_eq!(codes.len(), distinct.len());
        prop_assert_eq!(distinct, register.holders.keys().collect());
        for (subject, organization) in &register.organizations {
            prop_assert_eq!(register.canonical(*subject), *subject);
            prop_assert!(register.same_as.iter().all(|(alias, to)| to < alias && alias != subject));
            for code in organization.codes.keys() {
                prop_assert_eq!(register.holder(code), Some(*subject));
            }
        }
        let before = register.clone();
        all_learned(&mut register, &facts, 500);
        prop_assert_eq!(register, before);
    }

    /// What was bound stays with its organization, whatever is learned after it.
    #[test]
    fn learning_more_never_moves_a_record((facts, rows) in country()) {
        let mut register = Register::default();
        let mut bound: Vec<(SubjectId, &[Identifier], Date)> = Vec::new();
        let mut facts = facts.iter();
        for (n, (codes, on)) in (1..).zip(&rows) {
            if let Some(subject) = bind(&mut register, codes, *on, subject(n)) {
                bound.push((subject, codes, *on));
            }
            for fact in facts.by_ref().take(2) {
                let _ = register.learn(fact, subject(n + 100), &mut Lessons::default());
                for (subject, codes, on) in &bound {
                    let again = register.resolve(&claims(codes), *on);
                    let moved = match &again {
                        Resolution::One { subject: now, .. } => register.stays(*subject, *now).is_err(),
                        Resolution::New(_) => true,
                        Resolution::Quarantine(_) => false,
                    };
                    // Only a merger that was learned too late makes a restated
                    // record another's, and then it is quarantined (`stays`).
                    let known = register.organization(*subject).unwrap();
                    let merged = known.newest_events(*on).any(|e| matches!(e.state, State::Merged { .. }));
                    prop_assert!(!moved || merged, "{again:?}");
                    if known.newest_events(*on).next().is_none() {
                        prop_assert!(matches!(again, Resolution::One { .. }), "{again:?}");
                    }
                }
            }
        }
    }
}

/// What a feed's row does: it is bound, and teaches what is new.
fn bind(
    register: &mut Register,
    codes: &[Identifier],
    on: Date,
    id: SubjectId,
) -> Option<SubjectId> {
    let (subject, new) = match register.resolve(&claims(codes), on) {
        Resolution::One { subject, new } => (subject, new),
        Resolution::New(codes) => (id, codes),
        Resolution::Quarantine(_) => return None,
    };
    register.learn_from_feed(subject, new, &mut Lessons::default());
    Some(subject)
}
