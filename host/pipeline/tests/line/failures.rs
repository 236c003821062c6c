//! Failures that are no answer, and what follows from each: an objection, a stop, a
//! person; late, repeated and contradictory answers by another way.

use crate::house::{Line, TOKEN, actor};
use credence_domain::{
    case::CaseState,
    objection::{Door, Finding, ObjectionEvent},
    order::OrderState,
    record::{Acknowledgement, Exit, Feedback, Outcome},
    step::Step,
    stop::Stop,
};
use credence_pipeline::{Acknowledged, ByHand};
use std::fs;

fn feedback(outcome: Outcome) -> Feedback {
    Feedback {
        outcome,
        at: None,
        reference: None,
        evidence: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_an_objection_in_the_departments_name_and_is_sent_again_once_rejected() {
    let (line, desk) = Line::behind_desk().await;
    line.noticed().await;
    line.pass_days(8);
    desk.turn_away(409, "disputed", "不在名单");
    line.settle().await;
    let (order, step) = line.order().await;
    assert!(matches!(step.state, Step::Disputed { .. }), "{step:#?}");
    assert_eq!(order.course.state, OrderState::Prepared);
    let [objection] = &line.objections().await[..] else {
        panic!("one objection")
    };
    assert_eq!(objection.door, Door::Executor);
    assert_eq!(objection.order, Some(order.id));
    assert!(objection.reason.contains("不在名单"), "{objection:?}");
    assert!(order.course.held_by.contains(&objection.id));
    assert_eq!(line.effects().await, []);
    line.finding(objection.id, Finding::Right("记录无误".to_owned()))
        .await;
    line.settle().await;
    let (order, again) = line.order().await;
    assert_eq!(order.course.state, OrderState::InForce, "{again:#?}");
    assert_eq!(again.key, step.key, "the same key");
    assert_eq!(line.effects().await.len(), 1);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_upheld_ends_the_order_before_it_began() {
    let (line, desk) = Line::behind_desk().await;
    let resolved = line.noticed().await;
    line.pass_days(8);
    desk.turn_away(409, "disputed", "主体有误");
    line.settle().await;
    let objection = line.objections().await.remove(0);
    line.finding(objection.id, Finding::Wrong("主体有误".to_owned()))
        .await;
    line.settle().await;
    let (order, step) = line.order().await;
    assert_eq!(order.course.state, OrderState::NotExecuted);
    assert_eq!(step.state, Step::Withdrawn);
    let case = line.house.find_case(&resolved.case.number).await.unwrap();
    assert_eq!(case.state, CaseState::Closed);
    assert_eq!(line.effects().await, []);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_mandate_stops_the_measure_there_until_somebody_starts_it() {
    let (line, desk) = Line::behind_desk().await;
    line.noticed().await;
    line.pass_days(8);
    desk.turn_away(422, "outside-mandate", "非本部门职权");
    line.settle().await;
    let (order, step) = line.order().await;
    assert!(
        matches!(step.state, Step::OutsideMandate { .. }),
        "{step:#?}"
    );
    assert_eq!(order.course.state, OrderState::NotExecuted);
    let stop = Stop::MeasureIn("tax".to_owned(), "L-TAX-02".to_owned());
    let mut read = line.house.store().read().await.unwrap();
    let row = read.stop(&stop).await.unwrap().unwrap();
    drop(read);
    assert!(row.on && row.reason.contains(&step.key), "{row:?}");
    // The next order of the measure waits, and says why.
    line.noticed_again().await;
    line.pass_days(8);
    let swept = line.house.sweep_until_quiet().await.unwrap();
    assert_eq!((swept.called, swept.waiting), (0, 1));
    let lines = line.house.department_lines().await.unwrap();
    let tax = lines.iter().find(|line| line.department == "tax").unwrap();
    assert!(tax.kept_back[0].why.contains("is stopped"), "{tax:#?}");
    line.house
        .set_stop(stop, false, "目录已更正", &actor())
        .await
        .unwrap();
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::InForce);
    assert_eq!(line.effects().await.len(), 1);
    line.assert_sound().await;
}

/// A token that the department does not take: a person has to act first.
async fn parked() -> Line {
    let line = Line::start().await;
    line.noticed().await;
    fs::write(line.secret(), "Bearer wrong\n").unwrap();
    line.pass_days(8);
    line.settle().await;
    let (order, step) = line.order().await;
    assert!(matches!(step.state, Step::Parked { .. }), "{step:#?}");
    assert_eq!(order.course.state, OrderState::Prepared);
    let mut read = line.house.store().read().await.unwrap();
    assert_eq!(read.steps_for_persons(10).await.unwrap(), [step]);
    drop(read);
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_waits_for_a_person_is_made_again_under_its_key_after_asking() {
    let line = parked().await;
    let key = line.order().await.1.key;
    fs::write(line.secret(), format!("Bearer {TOKEN}\n")).unwrap();
    let step = line.house.retry_step(&key, &actor()).await.unwrap();
    assert!(matches!(step.state, Step::Unknown { .. }), "{step:#?}");
    line.settle().await;
    let (order, step) = line.order().await;
    assert_eq!(order.course.state, OrderState::InForce, "{step:#?}");
    let effects = line.effects().await;
    assert_eq!((effects.len(), &effects[0].key), (1, &key));
    let seen = line.requests().await;
    assert_eq!((seen[0].posts, seen[0].queries), (1, 1), "asked first");
    let error = line.house.retry_step(&key, &actor()).await.unwrap_err();
    assert!(error.to_string().contains("cannot take"), "{error}");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_by_hand_ends_a_step_and_an_answer_that_contradicts_it_is_for_a_person() {
    let line = parked().await;
    let order = line.order().await.0;
    let by_hand = |outcome| ByHand {
        outcome,
        reason: "register, entry 7".to_owned(),
        official: "official-9".to_owned(),
    };
    // By the order's id as well.
    let name = order.id.to_string();
    let entered = by_hand(Outcome::CouldNot("无法执行".to_owned()));
    let step = line
        .house
        .settle_step(&name, entered, &actor())
        .await
        .unwrap();
    assert!(matches!(step.state, Step::CouldNot { .. }), "{step:#?}");
    assert_eq!(line.order().await.0.course.state, OrderState::NotExecuted);
    let late = |outcome| Acknowledgement {
        key: step.key.clone(),
        feedback: feedback(outcome),
    };
    let could_not = || Outcome::CouldNot("x".to_owned());
    line.acknowledge("tax", &[late(could_not())]).await;
    let dead = async || {
        let mut read = line.house.store().read().await.unwrap();
        read.steps_for_persons(10).await.unwrap()
    };
    assert_eq!(dead().await, [], "the same again is nothing new");
    line.acknowledge("tax", &[late(Outcome::Executed)]).await;
    let [contradicted] = &dead().await[..] else {
        panic!("it waits for a person")
    };
    assert_eq!(contradicted.state, step.state, "a final step never changes");
    let error = line
        .house
        .settle_step(&step.key, by_hand(Outcome::Executed), &actor())
        .await
        .unwrap_err();
    let error = error.to_string();
    assert!(error.contains("never changes"), "{error}");
    // Its order is over: withdrawing the case would lift nothing.
    assert!(!error.contains("case withdraw"), "{error}");
    assert!(error.contains("open a new case"), "{error}");
    let upheld = ByHand {
        reason: "register, entry 8".to_owned(),
        ..by_hand(could_not())
    };
    let upheld = line.house.settle_step(&step.key, upheld, &actor()).await;
    let kept = upheld.unwrap().feedback.unwrap().evidence;
    let words = format!("{kept:?}");
    assert!(
        words.contains("entry 7") && words.contains("entry 8"),
        "{words}"
    );
    assert_eq!(dead().await, []);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledgements_count_for_keys_that_the_department_was_given() {
    let line = Line::start().await;
    line.noticed().await;
    line.switch(r#"{"mode":"late","ms":86400000,"times":1}"#)
        .await;
    line.pass_days(8);
    line.house.sweep_until_quiet().await.unwrap();
    let (order, step) = line.order().await;
    assert!(matches!(step.state, Step::Pending { .. }), "{step:#?}");
    let answer = Acknowledgement {
        key: step.key.clone(),
        feedback: Feedback {
            reference: Some("台账-7".to_owned()),
            ..feedback(Outcome::Executed)
        },
    };
    let unknown = Acknowledgement {
        key: "00000000000000000000000000000007-1".to_owned(),
        ..answer.clone()
    };
    let other = line
        .acknowledge("customs", std::slice::from_ref(&answer))
        .await;
    assert_eq!(other, [Acknowledged::UnknownKey], "not its key");
    assert_eq!(line.order().await, (order, step));
    let taken = line
        .acknowledge("tax", &[answer.clone(), unknown, answer])
        .await;
    assert_eq!(
        taken,
        [
            Acknowledged::Taken,
            Acknowledged::UnknownKey,
            Acknowledged::Taken
        ]
    );
    let (order, step) = line.order().await;
    assert_eq!(step.state, Step::Executed);
    assert_eq!(order.course.state, OrderState::InForce);
    assert_eq!(order.reference.as_deref(), Some("台账-7"));
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_withdrawn_is_lifted_where_it_is_in_force() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    line.pass_days(8);
    line.settle().await;
    let withdraw = async |reason| {
        let exit = Exit::Correction;
        line.house
            .withdraw_case(resolved.case.id, exit, "official-1", reason, &actor())
            .await
    };
    assert!(withdraw(" ").await.is_err());
    let case = withdraw("决定书有误").await.unwrap();
    assert_eq!(case.state, CaseState::Withdrawn);
    line.settle().await;
    let (order, step) = line.order().await;
    assert_eq!(order.course.state, OrderState::Lifted);
    assert_eq!(step.exit, Some(Exit::Correction));
    let effects = line.effects().await;
    assert_eq!(effects.len(), 2);
    assert_eq!(effects[1].verb, "lift");
    let error = withdraw("决定书有误").await.unwrap_err();
    assert!(error.to_string().contains("withdrawn"), "{error}");
    let served = line.house.notify(resolved.case.id, &actor()).await;
    let error = served.unwrap_err().to_string();
    assert!(error.contains("nothing to notify"), "{error}");
    line.assert_sound().await;
}

/// The department is called, and does not hear of it twice: its answer by another
/// way wins, and the call that hangs changes nothing any more.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_overtakes_its_call_settles_the_step() {
    let line = Line::start().await;
    line.noticed().await;
    line.switch(r#"{"mode":"hang-after","times":1}"#).await;
    line.pass_days(8);
    let house = line.house.clone();
    let sweeping = tokio::spawn(async move { house.sweep().await });
    while line.effects().await.is_empty() {
        tokio::task::yield_now().await;
    }
    let (_, step) = line.order().await;
    assert!(matches!(step.state, Step::Claimed { .. }), "{step:#?}");
    let answer = Acknowledgement {
        key: step.key,
        feedback: feedback(Outcome::Executed),
    };
    line.acknowledge("tax", &[answer]).await;
    sweeping.await.unwrap().unwrap();
    line.settle().await;
    let (order, step) = line.order().await;
    assert_eq!(
        (order.course.state, step.state),
        (OrderState::InForce, Step::Executed)
    );
    assert_eq!(line.effects().await.len(), 1);
    line.assert_sound().await;
}

impl Line {
    pub(crate) async fn finding(&self, id: credence_domain::ids::ObjectionId, finding: Finding) {
        let event = ObjectionEvent::Answered(finding);
        self.house
            .settle_objection(id, &event, &actor())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_was_told_to_stop_begins_nothing_more() {
    let line = Line::start().await;
    line.noticed().await;
    line.pass_days(8);
    line.house.flow_until(async {}).await;
    assert_eq!(line.effects().await, []);
    let (_, step) = line.order().await;
    assert_eq!((step.attempt, step.state.code()), (0, "due"));
    line.settle().await;
    assert_eq!(line.effects().await.len(), 1);
}

/// The house put no file for it, and that says nothing: this department is reached by
/// requests.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_questions_are_lost_is_asked_about_and_not_made_again() {
    let line = Line::start().await;
    line.noticed().await;
    line.switch(r#"{"mode":"drop-after"}"#).await;
    line.pass_days(8);
    for _ in 0..4 {
        line.house.sweep_until_quiet().await.unwrap();
        line.pass(jiff::SignedDuration::from_mins(1));
    }
    let (_, step) = line.order().await;
    assert!(matches!(step.state, Step::Unknown { .. }), "{step:#?}");
    let seen = line.requests().await;
    assert_eq!(seen[0].posts, 1);
    assert!(seen[0].queries > 1, "{seen:#?}");
    line.switch(r#"{"mode":"normal"}"#).await;
    line.settle().await;
    assert_eq!(line.order().await.0.course.state, OrderState::InForce);
    assert_eq!(line.effects().await.len(), 1);
    line.assert_sound().await;
}
