//! Objections and stops: what is in force is suspended and put back, what is not
//! waits, and silence opens nothing.

use crate::house::{Line, actor, open};
use credence_domain::{
    case::CaseState,
    objection::{Door, Finding, Ground, Objection, ObjectionEvent},
    order::OrderState,
    step::{Step, Verb},
    stop::Stop,
};
use credence_pipeline::{House, Raise, Resolved};
use credence_store::ObjectionRow;
use std::sync::Arc;

impl Line {
    async fn object(&self, resolved: &Resolved) -> ObjectionRow {
        let raise = Raise {
            case: resolved.case.id,
            order: None,
            door: Door::Subject,
            ground: Ground::Facts,
            reason: "并无此事".to_owned(),
        };
        self.house.raise_objection(raise, &actor()).await.unwrap()
    }

    async fn verbs(&self) -> Vec<String> {
        let effects = self.effects().await;
        effects.into_iter().map(|effect| effect.verb).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_force_is_suspended_resumed_and_in_the_end_lifted_in_the_department() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    line.pass_days(8);
    line.settle().await;
    let first = line.object(&resolved).await;
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::Suspended);
    // A second objection holds on when the first is rejected.
    let second = line.object(&resolved).await;
    line.finding(first.id, Finding::Right("记录无误".to_owned()))
        .await;
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::Suspended);
    line.finding(second.id, Finding::Right("记录无误".to_owned()))
        .await;
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::InForce);
    let third = line.object(&resolved).await;
    line.finding(third.id, Finding::Wrong("确有错误".to_owned()))
        .await;
    line.settle().await;
    let (order, step) = line.order().await;
    assert_eq!(
        (order.course.state, step.verb),
        (OrderState::Lifted, Verb::Lift)
    );
    let verbs = line.verbs().await;
    assert_eq!(verbs.first().map(String::as_str), Some("apply"));
    assert_eq!(verbs[1..3], ["suspend", "resume"]);
    assert_eq!(verbs.last().map(String::as_str), Some("lift"));
    let case = line.house.find_case(&resolved.case.number).await.unwrap();
    assert_eq!(case.state, CaseState::Closed);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_carried_out_waits_and_silence_never_opens_the_hold() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    let objection = line.object(&resolved).await;
    let Objection::Raised { answer_by } = objection.objection else {
        panic!("raised")
    };
    // Twenty working days, as the catalogue has it.
    assert_eq!(answer_by.date.to_string(), "2026-12-21");
    line.pass_days(8);
    line.settle().await;
    let (_, step) = line.order().await;
    assert!(matches!(step.state, Step::Held { .. }), "{step:#?}");
    line.pass_days(60);
    line.settle().await;
    let [escalated] = &line.objections().await[..] else {
        panic!("one objection")
    };
    assert!(
        matches!(escalated.objection, Objection::Escalated { .. }),
        "{escalated:?}"
    );
    assert_eq!(line.effects().await, []);
    // A late defence counts only once the supervisor accepts it.
    line.finding(objection.id, Finding::Right("记录无误".to_owned()))
        .await;
    line.settle().await;
    assert_eq!(line.effects().await, []);
    let decided = ObjectionEvent::SupervisorDecided(Finding::Right("维持".to_owned()));
    line.house
        .settle_objection(objection.id, &decided, &actor())
        .await
        .unwrap();
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::InForce);
    assert_eq!(line.verbs().await, ["apply"]);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_that_is_open_holds_an_order_that_is_made_later() {
    let line = Line::start().await;
    line.ingest().await;
    let ask = line.ask("official-1", crate::house::DECISION).await;
    let case = line.house.open_case(ask, &actor()).await.unwrap();
    let raise = Raise {
        case: case.id,
        order: None,
        door: Door::Complaint,
        ground: Ground::Identity,
        reason: "同名".to_owned(),
    };
    let objection = line.house.raise_objection(raise, &actor()).await.unwrap();
    let resolved = line.house.resolve(case.id, &actor()).await.unwrap();
    assert!(resolved.orders[0].course.held_by.contains(&objection.id));
    line.receive(&resolved).await;
    line.pass_days(8);
    line.settle().await;
    assert_eq!(line.effects().await, []);
    line.house
        .settle_objection(objection.id, &ObjectionEvent::Withdrawn, &actor())
        .await
        .unwrap();
    line.settle().await;
    assert_eq!(line.verbs().await, ["apply"]);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_department_is_asked_nothing_and_a_stopped_measure_still_gives_back() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    let set = async |stop: Stop, on| {
        line.house
            .set_stop(stop, on, "演练", &actor())
            .await
            .unwrap();
    };
    let (department, measure) = (
        Stop::Department("tax".to_owned()),
        Stop::Measure("L-TAX-02".to_owned()),
    );
    set(department.clone(), true).await;
    line.pass_days(8);
    let swept = line.house.sweep_until_quiet().await.unwrap();
    assert_eq!((swept.called, swept.waiting), (0, 1));
    assert_eq!(line.requests().await, []);
    set(department.clone(), false).await;
    set(measure.clone(), true).await;
    line.settle().await;
    assert_eq!(line.effects().await, [], "the measure is stopped");
    set(measure.clone(), false).await;
    line.settle().await;
    assert_eq!(line.verbs().await, ["apply"]);
    // In force: the stop keeps no suspension back, the pause does.
    set(measure.clone(), true).await;
    set(department.clone(), true).await;
    let objection = line.object(&resolved).await;
    line.settle().await;
    assert_eq!(line.verbs().await, ["apply"]);
    set(department, false).await;
    line.settle().await;
    assert_eq!(line.verbs().await, ["apply", "suspend"]);
    // And it does keep the resumption back.
    line.finding(objection.id, Finding::Right("无误".to_owned()))
        .await;
    line.settle().await;
    assert_eq!(line.verbs().await, ["apply", "suspend"]);
    set(measure, false).await;
    line.settle().await;
    assert_eq!(line.verbs().await, ["apply", "suspend", "resume"]);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_names_what_there_is_and_says_why() {
    let line = Line::start().await;
    let set = async |stop: Stop, on, reason: &str| {
        let set = line.house.set_stop(stop, on, reason, &actor()).await;
        set.unwrap_err().to_string()
    };
    let tax = || Stop::Department("tax".to_owned());
    assert!(set(tax(), true, " ").await.contains("say why"));
    assert!(set(tax(), false, "x").await.contains("nothing to undo"));
    let none = Stop::Department("nobody".to_owned());
    assert!(set(none, true, "x").await.contains("department list"));
    let none = Stop::Measure("X-1".to_owned());
    assert!(set(none, true, "x").await.contains("X-1"));
}

/// The same house on a catalogue that knows no last day for an answer.
async fn without_a_limit(line: &Line) -> Arc<House> {
    let path = line.data().join("catalogue/bases.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let limit = text.find("code = \"objection-answer\"").unwrap();
    let (before, from_limit) = text.split_at(limit);
    let later = from_limit.replacen("from = \"2017-01-25\"", "from = \"2099-01-01\"", 1);
    assert_ne!(later, from_limit);
    std::fs::write(&path, format!("{before}{later}")).unwrap();
    open(&line.data(), &line.clock).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_in_one_part_of_a_round_keeps_no_other_from_being_done() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    line.pass_days(8);
    line.settle().await;
    line.object(&resolved).await;
    line.pass_days(40);
    let house = without_a_limit(&line).await;
    // The objection cannot be counted: its limit is gone.
    let error = house.sweep().await.unwrap_err();
    assert!(error.to_string().contains("objection-answer"), "{error}");
    assert_eq!(line.verbs().await, ["apply", "suspend"]);
    let report = house.verify().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
    assert_eq!(report.pending, 0, "what was done is sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_for_which_no_objection_can_be_opened_waits_for_a_person() {
    let (line, desk) = Line::behind_desk().await;
    line.noticed().await;
    desk.turn_away(409, "disputed", "不在名单");
    line.pass_days(8);
    let house = without_a_limit(&line).await;
    house.sweep_until_quiet().await.unwrap();
    let (_, step) = line.order().await;
    let Step::Parked { reason } = &step.state else {
        panic!("{step:?}")
    };
    assert!(reason.contains("objection-answer"), "{reason}");
    assert_eq!(line.objections().await, []);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_a_measure_names_the_departments_in_which_it_is_stopped() {
    let line = Line::start().await;
    let (everywhere, there) = (
        Stop::Measure("L-TAX-02".to_owned()),
        Stop::MeasureIn("tax".to_owned(), "L-TAX-02".to_owned()),
    );
    let set = async |stop: &Stop, on| {
        let by = actor();
        let done = line.house.set_stop(stop.clone(), on, "复核", &by);
        done.await.map_err(|error| error.to_string())
    };
    set(&there, true).await.unwrap();
    let error = set(&everywhere, false).await.unwrap_err();
    let command = "measure start L-TAX-02 --department tax";
    assert!(error.contains(command), "{error}");
    set(&there, false).await.unwrap();
    let error = set(&everywhere, false).await.unwrap_err();
    assert!(error.contains("nothing to undo"), "{error}");
}
