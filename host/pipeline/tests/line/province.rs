//! The sample province in a real house, under the grants that we ship: each delivery
//! comes to exactly what `expected.json` says, and whoever is followed through the story
//! can be: the gates let pass what they should and stop what they should, and the
//! departments' own ledgers have the rest.

mod town;

use credence_domain::{order::OrderState, step::Verb};
use credence_pipeline::IngestReport;
use credence_province::cast::{ALL_FOUR, CAST, EXEMPLAR, EXPIRES, REPAIRS, decision};
use credence_province::expected::DeliveryExpected;
use std::collections::BTreeMap;
use town::Town;

/// Row, kind, column and rule of each line that made no record.
type Lines = Vec<(u64, String, Option<String>, String)>;

fn check(expected: &DeliveryExpected, found: &IngestReport) {
    let file = expected.file;
    assert_eq!(found.set_aside, None, "{file}");
    let said: Lines = (expected.lines.iter())
        .map(|line| {
            let field = line.field.map(str::to_owned);
            (line.row, line.kind.to_owned(), field, line.rule.to_owned())
        })
        .collect();
    let told: Lines = (found.lines.iter())
        .map(|line| {
            let row = u64::from(line.row);
            (
                row,
                line.kind.clone(),
                line.field.clone(),
                line.rule.clone(),
            )
        })
        .collect();
    let why = |row: u64| {
        let line = expected.lines.iter().find(|line| line.row == row);
        line.map_or("nothing", |line| line.why)
    };
    let unforeseen: Vec<_> = told.iter().filter(|line| !said.contains(line)).collect();
    let missed: Vec<_> = (said.iter())
        .filter(|line| !told.contains(line))
        .map(|line| (line, why(line.0)))
        .collect();
    assert!(
        unforeseen.is_empty() && missed.is_empty(),
        "{file}: not expected {unforeseen:#?}, expected {missed:#?}"
    );
    let counts = |report: &IngestReport| {
        let IngestReport {
            rows,
            accepted,
            recorded,
            revised,
            ended,
            ..
        } = *report;
        let IngestReport {
            duplicates,
            rejected,
            quarantined,
            ..
        } = *report;
        [
            rows,
            accepted,
            recorded,
            revised,
            ended,
            duplicates,
            rejected,
            quarantined,
        ]
    };
    let expected_counts = [
        expected.rows,
        expected.accepted,
        expected.recorded,
        expected.revised,
        expected.ended,
        expected.duplicates,
        expected.rejected,
        expected.quarantined,
    ];
    assert_eq!(counts(found), expected_counts, "{file}");
}

/// What two seeds make is read as they say, and a second time says nothing new.
async fn check_seed(seed: u64) {
    let town = Town::start(seed).await;
    let register = town.import_register().await;
    let expected = town.province.expected.clone();
    assert_eq!(
        (
            register.rows,
            register.new,
            register.unchanged,
            register.refused
        ),
        (
            expected.register.rows,
            expected.register.new,
            expected.register.unchanged,
            expected.register.refused
        ),
        "{:#?}",
        register.faults
    );
    for delivery in &expected.deliveries {
        check(delivery, &town.ingest(delivery).await);
    }
    for delivery in &expected.deliveries {
        let again = town.ingest(delivery).await;
        let news = (again.recorded, again.ended, again.rejected);
        assert_eq!(news, (0, 0, delivery.rejected), "{} again", delivery.file);
    }
    town.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_delivery_comes_to_what_is_expected() {
    check_seed(2026).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_seed_comes_to_what_is_expected_of_it() {
    check_seed(7).await;
}

/// Before anything is asked of a department: which gate says what of whom.
#[tokio::test(flavor = "multi_thread")]
async fn the_gates_say_of_the_cast_what_the_cast_says() {
    let town = Town::peopled(7).await;
    for member in &CAST {
        for ask in member.asks {
            let resolved = town.resolve(member, ask).await;
            let gates: Vec<&str> = resolved.refusals.iter().map(|r| r.gate.as_str()).collect();
            let expected: Vec<&str> = ask.refused_by.into_iter().collect();
            assert_eq!(
                gates, expected,
                "{} {}: {:#?}",
                member.part, ask.measure, resolved.refusals
            );
        }
    }
    town.assert_sound().await;
}

/// Every order of the cast is carried out, and one is lifted with its record.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_the_cast_is_carried_out() {
    let town = Town::peopled(7).await;
    let mut orders = BTreeMap::new();
    for member in &CAST {
        for ask in member.asks.iter().filter(|ask| ask.refused_by.is_none()) {
            let resolved = town.resolve(member, ask).await;
            town.receive(&resolved).await;
            orders.insert(resolved.orders[0].id, (member.part, ask.measure));
        }
    }
    town.pass_days(8);
    town.settle().await;
    for (id, (part, measure)) in &orders {
        assert_eq!(
            town.state(*id).await,
            OrderState::InForce,
            "{part} {measure}"
        );
    }
    let applied = |department: &'static str| town.effects(department, Verb::Apply);
    let four = ["tax", "customs", "transport", "housing"];
    let mut of_all_four = Vec::new();
    for department in four {
        let subjects = applied(department).await;
        of_all_four.push(subjects.iter().any(|who| who.contains(ALL_FOUR.code)));
    }
    assert_eq!(
        of_all_four, [true; 4],
        "each department acts on its own record"
    );
    let honoured = applied("customs").await;
    assert!(honoured.iter().any(|who| who.contains(EXEMPLAR.code)));

    town.later("housing", "later/housing/wage-arrears.xlsx")
        .await;
    town.settle().await;
    let lifted = town.effects("housing", Verb::Lift).await;
    assert_eq!(lifted.len(), 1, "{lifted:?}");
    assert!(lifted[0].contains(REPAIRS.code), "{lifted:?}");
    let record = town.record(&REPAIRS, decision::REPAIRS_HOUSING).await;
    assert!(record.ending.is_some());

    // The measure of three years ends with its last day; so do others of that length.
    let (id, _) = (orders.iter())
        .find(|(_, (part, _))| *part == EXPIRES.part)
        .unwrap();
    town.pass_to_end_of(*id).await;
    town.settle().await;
    assert_eq!(town.state(*id).await, OrderState::Lifted);
    town.assert_sound().await;
}
