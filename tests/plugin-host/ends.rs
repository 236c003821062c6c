//! Every way in which a call ends, told apart, each with its consequence.
//!
//! Comes in: behaviours of the rogue that use no service outside. Goes out: the
//! case, whether a retry is safe; nothing leaves the house. Deliberately absent:
//! broken rules of answers (`rules`) and requests (`requests`).

use crate::{
    guest,
    house::{House, Wanted, check, time_limit},
};
use credence_domain::{
    record::{Exit, Outcome},
    step::Verb,
};
use credence_plugin_host::{
    call::{Answer, Ended, Failure, Function, Inquiry, LaterStep, Retry},
    manifest::Limits,
};
use jiff::civil::date;

fn inside<'a>(code: &'a str, says: &'a str, retry: Retry) -> Wanted<'a> {
    Wanted {
        code,
        says,
        retry,
        left_house: false,
    }
}

#[tokio::test]
async fn an_order_ends_as_the_guest_said() {
    let house = House::open().await;
    let text = || "as asked".to_owned();
    for (behaviour, outcome) in [
        ("executed", Outcome::Executed),
        ("partly", Outcome::PartlyExecuted(text())),
        ("could-not", Outcome::CouldNot(text())),
        ("not-applicable", Outcome::NotApplicable(text())),
        ("pending", Outcome::Pending(Some(1))),
    ] {
        let report = house.apply(behaviour).await;
        check(behaviour, &report, inside("answered", "", Retry::Never));
        let Ended::Answered(Answer::Step(feedback)) = report.ended else {
            panic!("{behaviour}: {}", report.ended);
        };
        assert_eq!(feedback.outcome, outcome);
    }
    for (behaviour, failure, retry) in [
        (
            "unavailable",
            Failure::Unavailable {
                retry_after: Some(1),
                text: text(),
            },
            Retry::Safe,
        ),
        ("uncertain", Failure::Uncertain(text()), Retry::AfterQuery),
        ("disputed", Failure::Disputed(text()), Retry::Never),
        (
            "outside-mandate",
            Failure::OutsideMandate(text()),
            Retry::Never,
        ),
        ("needs-person", Failure::NeedsPerson(text()), Retry::Never),
    ] {
        let report = house.apply(behaviour).await;
        check(behaviour, &report, inside("failed", "as asked", retry));
        assert_eq!(report.ended, Ended::Failed(failure));
    }
}

#[tokio::test]
async fn every_function_reaches_the_guest() {
    let house = House::open().await;
    let step = LaterStep {
        key: "x-2".into(),
        order: guest::order("executed/none", ""),
        reference: None,
        effective_on: date(2026, 12, 1),
        note: "核实期间暂不执行".into(),
    };
    let inquiry = Inquiry {
        verb: Verb::Suspend,
        key: "x-2".into(),
        order: step.order.clone(),
        reference: None,
    };
    for function in [
        Function::Suspend(step.clone()),
        Function::Resume(step.clone()),
        Function::Lift(step, Exit::Fulfilment),
    ] {
        let report = house.ask(&function).await;
        check(
            function.name(),
            &report,
            inside("answered", "", Retry::Never),
        );
    }
    let report = house.ask(&Function::Query(inquiry)).await;
    assert_eq!(report.ended, Ended::Answered(Answer::Trace(None)));
}

#[tokio::test]
async fn a_feed_ends_as_the_guest_said() {
    let house = House::open().await;
    let report = house.read("ok").await;
    check("ok", &report, inside("answered", "", Retry::Never));
    for (behaviour, says) in [
        ("wrong-format", "wrong format: as asked"),
        ("newer-format", "newer format: as asked"),
    ] {
        let report = house.read(behaviour).await;
        check(behaviour, &report, inside("failed", says, Retry::Never));
    }
}

#[tokio::test]
async fn a_guest_that_never_answers_is_ended_and_told_apart() {
    let house = House::open().await;
    let hurried = House::with(|grant| grant.limits = time_limit(50)).await;
    for (house, behaviour, code, says) in [
        (&house, "panic", "trapped", "unreachable"),
        (&house, "recurse", "trapped", "wasm trap"),
        (&house, "grow", "out-of-memory", ""),
        (&hurried, "spin", "timed-out", ""),
        (&hurried, "spin-in-log", "timed-out", ""),
    ] {
        let report = house.apply(behaviour).await;
        check(behaviour, &report, inside(code, says, Retry::Safe));
        let report = house.read(behaviour).await;
        check(behaviour, &report, inside(code, says, Retry::Safe));
    }
    let report = house.apply("executed").await;
    check(
        "after all that",
        &report,
        inside("answered", "", Retry::Never),
    );
}

#[tokio::test]
async fn memory_is_limited_by_the_grant_too() {
    // A chunk of this size fits 64 MiB and not 3.
    let mut chunk = guest::chunk("ok");
    chunk.text = "row\n".repeat(250_000);
    chunk.first_row = 1;
    let function = Function::Normalise(chunk);
    let small = Limits {
        memory_mib: 3,
        ..time_limit(2_000).expect("limits")
    };
    let house = House::with(|grant| grant.limits = Some(small)).await;
    let report = house.ask(&function).await;
    check("3 MiB", &report, inside("out-of-memory", "", Retry::Safe));
}

#[tokio::test]
async fn an_adapter_that_uses_a_service_is_denied() {
    let house = House::open().await;
    for (behaviour, service) in [
        ("send", "`http.send`"),
        ("setting", "`settings.get`"),
        ("now", "`call.now`"),
        ("id", "`call.id`"),
    ] {
        let report = house.read(behaviour).await;
        check(behaviour, &report, inside("denied", service, Retry::Safe));
    }
    assert!(house.department.seen().is_empty());
    let report = house.read("log").await;
    check("log", &report, inside("answered", "", Retry::Never));
}

#[tokio::test]
async fn services_are_not_called_without_end() {
    let house = House::open().await;
    let report = house.apply("many-settings").await;
    let says = "more than 4096 calls of services";
    check(
        "many-settings",
        &report,
        inside("denied", says, Retry::Safe),
    );
}

#[tokio::test]
async fn what_a_guest_hands_over_is_bounded_in_sum() {
    let house = House::open().await;
    let report = house.apply("send-flood").await;
    let says = "bytes of requests and names in one call";
    check("send-flood", &report, inside("denied", says, Retry::Safe));
    assert!(report.record.len() < 9 << 20, "{}", report.record.len());
}
