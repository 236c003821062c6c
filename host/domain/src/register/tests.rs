//! The register's rules as tables; its laws over random registers stand in `laws`.

mod laws;

use super::*;
use crate::identifier::normalise;
use jiff::civil::date;
use uuid::Uuid;

/// The code that begins like this, with the check character that fits.
fn checked(scheme: Scheme, body: &str) -> Identifier {
    let checks = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let mut tried = checks.map(|check| Identifier::parse(scheme, &format!("{body}{check}")));
    tried.find_map(Result::ok).expect("one of them fits")
}

fn organization_code(n: u32) -> Identifier {
    checked(Scheme::OrganizationCode, &format!("MA{n:06}"))
}

fn uscc(n: u32) -> Identifier {
    uscc_of(91, n)
}

/// The unified code of one organization under another kind of registrar.
fn uscc_of(kind: u32, n: u32) -> Identifier {
    let inner = organization_code(n);
    checked(Scheme::Uscc, &format!("{kind}350100{}", inner.value()))
}

fn registration(n: u32) -> Identifier {
    checked(Scheme::RegistrationNumber, &format!("3501004{n:07}"))
}

fn subject(n: u128) -> SubjectId {
    SubjectId(Uuid::from_u128(n))
}

fn fact(codes: &[Identifier]) -> RegisterFact {
    RegisterFact {
        codes: codes.iter().cloned().flat_map(with_inner).collect(),
        ..RegisterFact::default()
    }
}

fn event(on: Date, state: State) -> Option<Event> {
    Some(Event { on, state })
}

/// Learns facts, each under the id of its place from 1.
#[track_caller]
fn learned(facts: &[RegisterFact]) -> Register {
    let mut register = Register::default();
    for (n, fact) in (1..).zip(facts) {
        let mut lessons = Lessons::default();
        register.learn(fact, subject(n), &mut lessons).unwrap();
    }
    register
}

#[track_caller]
fn check(facts: &[RegisterFact], codes: &[Identifier], decided_on: Date, expected: &str) {
    let mut claims = Claims::default();
    for code in codes {
        claims.code(code.scheme(), code.value());
    }
    let got = match learned(facts).resolve(&claims, decided_on) {
        Resolution::One { subject, new } => {
            format!("subject {} and {} new", subject.0.as_u128(), new.len())
        }
        Resolution::New(codes) => format!("a new one with {}", codes.len()),
        Resolution::Quarantine(reason) => reason.rule().to_owned(),
    };
    assert_eq!(got, expected, "{facts:#?} {codes:?}");
}

const DAY: Date = date(2020, 6, 1);

/// Requirement 1.
#[test]
fn each_kind_of_code_leads_to_the_one_subject() {
    let one = [fact(&[uscc(1), registration(1)])];
    check(&one, &[uscc(1)], DAY, "subject 1 and 0 new");
    check(&one, &[organization_code(1)], DAY, "subject 1 and 0 new");
    check(&one, &[registration(1)], DAY, "subject 1 and 0 new");
    check(&one, &[uscc(2)], DAY, "a new one with 2");
    // A conversion that a feed states: the unified code holds the known old code.
    let old = [fact(&[organization_code(1)])];
    check(
        &old,
        &[uscc(1), registration(1)],
        DAY,
        "subject 1 and 2 new",
    );
}

/// Requirement 1.
#[test]
fn what_is_contradictory_is_quarantined_and_not_guessed() {
    let two = [fact(&[uscc(1), registration(1)]), fact(&[uscc(2)])];
    check(&two, &[uscc(1), uscc(2)], DAY, "codes-disagree");
    check(
        &two,
        &[uscc(1), organization_code(2)],
        DAY,
        "codes-disagree",
    );
    check(&two, &[uscc(3), registration(1)], DAY, "codes-disagree");
    check(&two, &[uscc(3), uscc(4)], DAY, "codes-disagree");
    check(&two, &[uscc(1), registration(2)], DAY, "codes-disagree");
    check(&two, &[], DAY, "no-identifier");
}

/// Requirement 1: two subjects of feeds, until the register links them.
#[test]
fn subjects_become_one_when_the_register_says_so() {
    let apart = [fact(&[organization_code(1)]), fact(&[registration(1)])];
    let row = [organization_code(1), registration(1)];
    check(&apart, &row, DAY, "codes-disagree");
    let [one, other] = apart;
    let linked = [one, other, fact(&[uscc(1), registration(1)])];
    check(&linked, &row, DAY, "subject 1 and 0 new");
    check(&linked, &[registration(1)], DAY, "subject 1 and 0 new");
}

#[test]
fn a_code_that_was_given_up_still_leads_to_who_had_it() {
    let changed = RegisterFact {
        former: fact(&[uscc(1)]).codes,
        coded_on: Some(date(2019, 1, 1)),
        ..fact(&[uscc(2)])
    };
    let facts = [fact(&[uscc(1), registration(1)]), changed];
    // Before the change and after it, alone and beside the new one.
    for decided_on in [date(2018, 1, 1), DAY] {
        check(&facts, &[uscc(1)], decided_on, "subject 1 and 0 new");
        check(
            &facts,
            &[uscc(1), uscc(2)],
            decided_on,
            "subject 1 and 0 new",
        );
    }
    let known = learned(&facts);
    let codes = &known.organization(subject(1)).unwrap().codes;
    assert_eq!(codes[&uscc(1)].until, Some(date(2019, 1, 1)));
    assert_eq!(codes[&uscc(2)].from, Some(date(2019, 1, 1)));
}

#[test]
fn before_a_merger_the_old_one_answers_and_from_its_day_on_the_successor() {
    let merged = RegisterFact {
        event: event(DAY, State::Merged { successor: uscc(2) }),
        ..fact(&[uscc(1)])
    };
    let without = [merged.clone()];
    check(
        &without,
        &[uscc(1)],
        date(2020, 5, 31),
        "subject 1 and 0 new",
    );
    check(&without, &[uscc(1)], DAY, "successor-unknown");
    let facts = [merged.clone(), fact(&[uscc(2)])];
    check(&facts, &[uscc(1)], date(2020, 5, 31), "subject 1 and 0 new");
    check(&facts, &[uscc(1)], DAY, "subject 2 and 0 new");
    check(&facts, &[uscc(1), uscc(2)], DAY, "subject 2 and 0 new");
    check(
        &facts,
        &[uscc(1), uscc(2)],
        date(2020, 5, 31),
        "codes-disagree",
    );
    // A number that is new could be of either: it is taught to neither.
    check(
        &facts,
        &[uscc(1), registration(9)],
        DAY,
        "subject 2 and 0 new",
    );
    let back = RegisterFact {
        event: event(DAY, State::Merged { successor: uscc(1) }),
        ..fact(&[uscc(2)])
    };
    check(&[merged, back], &[uscc(1)], DAY, "register-disagrees");
}

#[test]
fn who_is_gone_has_no_later_records_and_who_lost_the_licence_has() {
    let states = [
        (State::Registered, "subject 1 and 0 new"),
        (State::Revoked, "subject 1 and 0 new"),
        (State::Deregistered, "deregistered"),
        (
            State::Divided {
                successors: [uscc(2), uscc(3)].into(),
            },
            "divided",
        ),
    ];
    for (state, expected) in states {
        let facts = [RegisterFact {
            event: event(DAY, state),
            ..fact(&[uscc(1)])
        }];
        check(&facts, &[uscc(1)], date(2020, 5, 31), "subject 1 and 0 new");
        check(&facts, &[uscc(1)], DAY, expected);
        check(&facts, &[uscc(1)], date(2025, 1, 1), expected);
    }
}

#[test]
fn the_last_state_before_the_decision_counts() {
    let states = [
        (2018, State::Revoked),
        (2019, State::Deregistered),
        // Set aside by a court: it exists again (恢复登记).
        (2021, State::Registered),
    ];
    let facts = states.map(|(year, state)| RegisterFact {
        event: event(date(year, 1, 1), state),
        ..fact(&[uscc(1)])
    });
    check(&facts, &[uscc(1)], date(2018, 7, 1), "subject 1 and 0 new");
    check(&facts, &[uscc(1)], date(2020, 7, 1), "deregistered");
    check(&facts, &[uscc(1)], date(2022, 7, 1), "subject 1 and 0 new");
}

#[test]
fn states_of_one_day_that_contradict_each_other_bind_nothing() {
    let mut register = learned(&[fact(&[uscc(1)])]);
    for state in [State::Registered, State::Deregistered] {
        register.happened(subject(1), Event { on: DAY, state });
    }
    let got = register.resolve_codes(&[uscc(1)].into(), DAY);
    let expected = Reason::StatesDisagree { on: DAY };
    assert_eq!(got, Resolution::Quarantine(expected));
    // And the second of them is not learned in the first place.
    let mut register = learned(&[RegisterFact {
        event: event(DAY, State::Revoked),
        ..fact(&[uscc(1)])
    }]);
    let before = register.clone();
    let other = RegisterFact {
        event: event(DAY, State::Deregistered),
        ..fact(&[uscc(1), registration(1)])
    };
    let mut lessons = Lessons::default();
    let refused = register.learn(&other, subject(9), &mut lessons);
    assert_eq!(refused, Err(Conflict::AnotherState { on: DAY }));
    assert!(lessons.is_empty() && register == before);
}

/// I7: what cannot be told apart is never made one.
#[test]
fn a_row_cannot_make_two_organization_codes_one_without_saying_so() {
    let two = [fact(&[uscc(1), registration(1)]), fact(&[uscc(2)])];
    let mut register = learned(&two);
    let before = register.clone();
    let mut lessons = Lessons::default();
    let slip = fact(&[uscc(2), registration(1)]);
    let refused = register.learn(&slip, subject(9), &mut lessons);
    assert_eq!(refused, Err(Conflict::TwoOrganizationCodes));
    assert!(lessons.is_empty() && register == before);
    // The same organization code under another registrar is no contradiction.
    let moved = fact(&[uscc_of(12, 1), registration(1)]);
    let change = register.learn(&moved, subject(9), &mut lessons);
    assert_eq!(change, Ok(Change::More { joined: 0 }));
}

#[test]
fn persons_are_told_from_organizations_and_from_each_other() {
    let whom = |make: fn(&mut Claims)| {
        let mut claims = Claims::default();
        make(&mut claims);
        match claims.whom() {
            Ok(Whom::Person(person)) => format!("person {}", person.0.as_u128()),
            Ok(Whom::Organization(codes)) => format!("{} codes", codes.len()),
            Err(reason) => reason.rule().to_owned(),
        }
    };
    let person = |claims: &mut Claims| claims.person(Some(subject(7)), true);
    assert_eq!(whom(person), "person 7");
    assert_eq!(whom(|c| c.person(Some(subject(7)), false)), "unbindable");
    assert_eq!(whom(|c| c.person(None, true)), "unbindable");
    assert_eq!(whom(|c| c.masked(true)), "unbindable");
    let mixed: [fn(&mut Claims); 4] = [
        |c| c.code(Scheme::Uscc, "G1610000713522976L"),
        |c| c.code(Scheme::Uscc, "G1610000713522977L"),
        |c| c.person(Some(subject(8)), true),
        |c| c.masked(false),
    ];
    let expected = ["ambiguous", "unbindable", "ambiguous", "unbindable"];
    for (other, expected) in mixed.into_iter().zip(expected) {
        for person_first in [true, false] {
            let mut claims = Claims::default();
            if person_first {
                person(&mut claims);
            }
            other(&mut claims);
            if !person_first {
                person(&mut claims);
            }
            assert_eq!(claims.whom().unwrap_err().rule(), expected);
        }
    }
    // A wrong code beside a right one is passed over.
    let both = |c: &mut Claims| {
        c.code(Scheme::Uscc, "G1610000713522976L");
        c.code(Scheme::RegistrationNumber, "33020040007001");
    };
    assert_eq!(whom(both), "2 codes");
}

/// Every reason, as a clerk reads it.
#[test]
fn every_reason_says_what_to_do_in_two_languages() {
    let error = Identifier::parse(Scheme::Uscc, "G1610000713522977L").unwrap_err();
    let reasons = [
        Reason::NoIdentifier,
        Reason::Unbindable(vec![
            Wrong::Code(error),
            Wrong::PersonNumber,
            Wrong::Token,
            Wrong::NumberForCode,
            Wrong::CodeOrNumber,
        ]),
        Reason::OrganizationAndPerson,
        Reason::SeveralPersons,
        Reason::TwoOfOneKind(Scheme::Uscc),
        Reason::AnotherOfKind(Scheme::RegistrationNumber),
        Reason::DifferentSubjects,
        Reason::Deregistered { on: DAY },
        Reason::Divided {
            on: DAY,
            successors: vec![uscc(2), uscc(3)],
        },
        Reason::SuccessorUnknown { successor: uscc(2) },
        Reason::StatesDisagree { on: DAY },
        Reason::SuccessorsInCircle,
        Reason::OtherSubject,
    ];
    let lines =
        reasons.map(|reason| format!("{}\n  {}\n  {}", reason.rule(), reason.zh(), reason.en()));
    insta::assert_snapshot!(lines.join("\n"));
}

#[track_caller]
fn read(cells: &[(Column, &str)]) -> Result<RegisterFact, RowFault> {
    RegisterFact::read(2, &cells.iter().copied().collect())
}

#[test]
fn a_row_is_read_as_registers_write_it() {
    use Column::*;
    let uscc_1 = uscc(1);
    let written = format!(" {} ", uscc_1.value().to_lowercase());
    let cells = [
        (Name, "虚构公司"),
        (Uscc, written.as_str()),
        (OrganizationCode, "无"),
        (RegistrationNumber, ""),
        (Region, "350100"),
        (State, "存续（在营、开业、在册）"),
        (ChangedOn, "1900-1-1"),
    ];
    let got = read(&cells).unwrap();
    assert_eq!(got.codes, [uscc(1), organization_code(1)].into());
    assert_eq!((got.region.as_deref(), got.event), (Some("350100"), None));
    for day in [
        "2020-6-1",
        "2020/06/01",
        "2020.6.1",
        "20200601",
        "2020年6月1日",
        "2020-6-1 0:00:00",
    ] {
        let got = read(&[
            (Uscc, uscc_1.value()),
            (State, "吊销，未注销"),
            (ChangedOn, day),
        ]);
        assert_eq!(
            got.unwrap().event,
            event(DAY, super::State::Revoked),
            "{day}"
        );
    }
    let (two, three) = (uscc(2), uscc(3));
    let both = format!("{}；{}", two.value(), three.value());
    let got = read(&[
        (Uscc, uscc_1.value()),
        (State, "分立"),
        (ChangedOn, "2020-6-1"),
        (Successors, &both),
    ]);
    let successors = [two.clone(), three].into();
    assert_eq!(
        got.unwrap().event,
        event(DAY, super::State::Divided { successors })
    );
    let got = read(&[
        (Uscc, uscc_1.value()),
        (FormerCodes, two.value()),
        (CodedOn, "2019-1-1"),
    ]);
    assert_eq!(got.unwrap().former, [two, organization_code(2)].into());
}

#[test]
fn a_bad_row_names_column_and_rule_and_no_person() {
    use Column::*;
    let (one, two) = (uscc(1), uscc(2));
    let (one, two) = (one.value(), two.value());
    let both = format!("{two};{one}");
    type Case<'a> = (&'a [(Column, &'a str)], Option<Column>, &'a str);
    let cases: &[Case<'_>] = &[
        (&[(Name, "虚构公司")], None, "no-code"),
        (&[(Uscc, "91350100MA900010XX")], Some(Uscc), "malformed"),
        (
            &[(RegistrationNumber, "35010040009901")],
            Some(RegistrationNumber),
            "malformed",
        ),
        (
            &[(Uscc, one), (OrganizationCode, "71352297-6")],
            Some(OrganizationCode),
            "codes-disagree",
        ),
        (
            &[(Uscc, one), (FormerCodes, "x"), (CodedOn, "2019-1-1")],
            Some(FormerCodes),
            "malformed",
        ),
        (&[(Uscc, one), (FormerCodes, two)], Some(CodedOn), "missing"),
        (&[(Uscc, one), (Region, "福州")], Some(Region), "malformed"),
        (
            &[(Uscc, one), (State, "冻结")],
            Some(State),
            "unknown-state",
        ),
        (
            &[(Uscc, one), (ChangedOn, "2020-6-1")],
            Some(State),
            "missing",
        ),
        (&[(Uscc, one), (State, "注销")], Some(ChangedOn), "missing"),
        (
            &[(Uscc, one), (State, "注销"), (ChangedOn, "2020-13-1")],
            Some(ChangedOn),
            "malformed",
        ),
        (
            &[(Uscc, one), (State, "合并"), (ChangedOn, "2020-6-1")],
            Some(Successors),
            "successors",
        ),
        (
            &[
                (Uscc, one),
                (State, "合并"),
                (ChangedOn, "2020-6-1"),
                (Successors, one),
            ],
            Some(Successors),
            "successors",
        ),
        (
            &[
                (Uscc, one),
                (State, "分立"),
                (ChangedOn, "2020-6-1"),
                (Successors, two),
            ],
            Some(Successors),
            "successors",
        ),
        (
            &[
                (Uscc, one),
                (State, "分立"),
                (ChangedOn, "2020-6-1"),
                (Successors, &both),
            ],
            Some(Successors),
            "successors",
        ),
        (
            &[(Uscc, one), (State, "存续"), (Successors, two)],
            Some(Successors),
            "successors",
        ),
        (
            &[(Uscc, one), (Name, "张三11010519491231002X")],
            Some(Name),
            "identity-number",
        ),
        (
            &[(Uscc, "11010519491231002X")],
            Some(Uscc),
            "identity-number",
        ),
    ];
    for (cells, column, rule) in cases {
        let fault = read(cells).unwrap_err();
        assert_eq!(
            (fault.row, fault.column, fault.rule),
            (2, *column, *rule),
            "{cells:?}"
        );
        assert!(!fault.to_string().contains("1949"), "{fault}");
    }
}

#[test]
fn headers_are_known_in_both_languages() {
    for column in Column::ALL {
        for header in column.headers() {
            assert_eq!(Column::of_header(header), Some(column));
        }
    }
    assert_eq!(
        Column::of_header("\u{feff}统一社会信用代码 "),
        Some(Column::Uscc)
    );
    assert_eq!(
        Column::of_header("Organization Code"),
        Some(Column::OrganizationCode)
    );
    assert_eq!(Column::of_header("备注"), None);
}

#[test]
fn codes_of_the_tests_are_valid() {
    assert_eq!(normalise(uscc(1).value()), uscc(1).value());
    assert_eq!(
        uscc(1).inner_organization_code(),
        Some(organization_code(1))
    );
}
