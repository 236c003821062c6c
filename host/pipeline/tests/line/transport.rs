//! The department without an interface, from its feed to its acknowledgements, under
//! every way in which it misbehaves: one effect per key, whatever happens, and the
//! number of a driver in the order file alone.

pub(crate) mod yard;

use crate::house::{self, InHand, actor, draft};
use credence_domain::{
    objection::{Door, Finding, Ground, ObjectionEvent},
    order::OrderState,
    record::{Feedback, Outcome},
    step::{Step, Verb},
    time::start_of_day,
};
use credence_pipeline::{Actor, ByHand, Clock as _, Raise};
use credence_plugin_host::places;
use credence_store::{NamedText, StepRow};
use jiff::SignedDuration;
use std::{fs, path::Path};
use yard::{CARRIER, CARRIER_NAME, DRIVER, DRIVER_NAME, Yard, names};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_lives_through_files_from_the_feed_to_its_end() {
    let yard = Yard::start().await;
    let resolved = yard.due().await;
    yard.sweep().await;
    let (order, step) = yard.order().await;
    let file = format!("order-{}.csv", step.key);
    assert_eq!(names(&yard.folder("orders-out")), [file.as_str()]);
    assert!(matches!(step.state, Step::Pending { .. }), "{step:?}");
    assert_eq!(order.course.state, OrderState::Prepared);
    let bytes = fs::read(yard.folder("orders-out").join(&file)).unwrap();
    let (text, _, damaged) = encoding_rs::GB18030.decode(&bytes);
    assert!(!damaged && text.contains(CARRIER_NAME) && text.contains(CARRIER));

    yard.rounds(2).await;
    let (order, step) = yard.order().await;
    assert_eq!(order.course.state, OrderState::InForce, "{step:?}");
    assert_eq!(order.reference.as_deref(), Some("R-000001"));

    let raise = Raise {
        case: resolved.case.id,
        order: Some(order.id),
        door: Door::Subject,
        ground: Ground::Facts,
        reason: "该车已于处罚前转让".to_owned(),
    };
    let objection = yard.house.raise_objection(raise, &actor()).await.unwrap();
    yard.rounds(2).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::Suspended);

    let upheld = ObjectionEvent::Answered(Finding::Right("转让未办理登记".to_owned()));
    let by = actor();
    let settled = yard.house.settle_objection(objection.id, &upheld, &by);
    settled.await.unwrap();
    yard.rounds(2).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);

    let day_after = order.terms.ends_on.tomorrow().unwrap();
    yard.clock.set(start_of_day(day_after).unwrap());
    yard.rounds(3).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::Lifted);
    let done: Vec<_> = yard.steps(order.id).await;
    let verbs: Vec<Verb> = done.iter().map(|step| step.verb).collect();
    assert_eq!(
        verbs,
        [Verb::Apply, Verb::Suspend, Verb::Resume, Verb::Lift]
    );
    let effects = yard.effects().await;
    let keys: Vec<&str> = effects.iter().map(|effect| effect.key.as_str()).collect();
    let given: Vec<&str> = done.iter().map(|step| step.key.as_str()).collect();
    assert_eq!(keys, given, "one effect for each step, in their order");
    yard.assert_sound().await;
}

/// Misbehaves, and behaves again after some rounds: one effect, and in force.
async fn check_recovers(setting: &str, seen: i64) -> Yard {
    let yard = Yard::start().await;
    yard.due().await;
    yard.switch(setting).await;
    yard.rounds(2).await;
    yard.switch(r#"{"mode":"normal"}"#).await;
    yard.rounds(3).await;
    let (order, step) = yard.order().await;
    assert_eq!(
        order.course.state,
        OrderState::InForce,
        "{setting}: {step:#?}"
    );
    assert_eq!(yard.effects().await.len(), 1, "{setting}");
    assert_eq!(yard.seen(&step.key).await, seen, "{setting}");
    yard.assert_sound().await;
    yard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_is_slow() {
    check_recovers(r#"{"mode":"slow","ms":300000}"#, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_does_not_look_at_its_inbox() {
    check_recovers(r#"{"mode":"down"}"#, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_fails_before_acting() {
    check_recovers(r#"{"mode":"fail","times":1}"#, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_loses_its_acknowledgement_after_acting() {
    check_recovers(r#"{"mode":"drop-after"}"#, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_acknowledges_twice() {
    check_recovers(r#"{"mode":"twice","times":1}"#, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_acts_late() {
    check_recovers(r#"{"mode":"late","ms":300000,"times":1}"#, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_whose_official_decides_later() {
    check_recovers(r#"{"mode":"person","ms":300000,"times":1}"#, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_answers_for_another_key() {
    let yard = check_recovers(r#"{"mode":"other-key"}"#, 1).await;
    assert_eq!(reported(&yard, "unknown-key"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_lies_is_not_believed() {
    let yard = check_recovers(r#"{"mode":"lie"}"#, 2).await;
    assert_eq!(reported(&yard, "unknown-code"), 1);
}

/// Lines of the reports beside the acknowledgement files that name this rule. A file
/// of which no line could be taken has failed.
fn reported(yard: &Yard, rule: &str) -> usize {
    let inbox = yard.folder("acknowledgements-in");
    let places = ["done", "failed"].map(|place| inbox.join(place));
    let reports = places
        .iter()
        .filter(|place| place.is_dir())
        .flat_map(|place| names(place).into_iter().map(|name| place.join(name)))
        .filter(|path| path.to_string_lossy().ends_with(".report.csv"));
    let texts = reports.map(|path| fs::read_to_string(path).unwrap());
    texts.map(|text| text.matches(rule).count()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withheld_comes_when_the_clerk_is_asked() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.switch(r#"{"mode":"hang-after","times":1}"#).await;
    yard.rounds(3).await;
    let (order, step) = yard.order().await;
    assert_eq!(order.course.state, OrderState::Prepared);
    assert!(matches!(step.state, Step::Pending { .. }), "{step:?}");
    yard.telephone().await;
    yard.rounds(2).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(yard.effects().await.len(), 1);
    yard.assert_sound().await;
}

/// The department will not: the order ends with its words, and nothing was done.
async fn check_not_executed(setting: &str, words: &str) {
    let yard = Yard::start().await;
    yard.due().await;
    yard.switch(setting).await;
    yard.rounds(3).await;
    let (order, step) = yard.order().await;
    assert_eq!(order.course.state, OrderState::NotExecuted, "{setting}");
    let Step::CouldNot { reason } = &step.state else {
        panic!("{setting}: {step:?}");
    };
    assert!(reason.starts_with(words), "{reason}");
    assert_eq!(yard.effects().await, []);
    yard.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_thinks_the_order_wrong_says_so_in_a_file() {
    check_not_executed(r#"{"mode":"dispute"}"#, "有异议").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_without_the_mandate_says_so_in_a_file() {
    check_not_executed(r#"{"mode":"outside-mandate"}"#, "不属职责").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_refuses() {
    check_not_executed(r#"{"mode":"refuse"}"#, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_is_silent_is_waited_for_and_put_before_nobody() {
    let yard = Yard::start().await;
    yard.due().await;
    for _ in 0..200 {
        yard.sweep().await;
        yard.pass(SignedDuration::from_hours(1));
    }
    let (_, step) = yard.order().await;
    assert!(matches!(step.state, Step::Pending { .. }), "{step:?}");
    let file = format!("order-{}.csv", step.key);
    assert_eq!(names(&yard.folder("orders-out")), [file]);
    let mut read = yard.house.store().read().await.unwrap();
    let calls = read.calls_of_step(&step.key).await.unwrap();
    // The put, the first question, and one for each day.
    assert!((8..=11).contains(&calls.len()), "{}", calls.len());
    drop(read);
    // Its acknowledgement is lost; somebody has telephoned.
    let by_hand = ByHand {
        outcome: Outcome::Executed,
        reason: "台账第7页".to_owned(),
        official: "official-9".to_owned(),
    };
    let settled = yard.house.settle_step(&step.key, by_hand, &actor()).await;
    assert_eq!(settled.unwrap().state, Step::Executed);
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
}

/// What a process leaves that dies with this step in its hands, of which the
/// department has said this.
async fn abandon_answered(yard: &Yard, feedback: Option<Feedback>) -> StepRow {
    abandon_by(yard, None, feedback).await
}

async fn abandon(yard: &Yard) -> StepRow {
    abandon_answered(yard, None).await
}

/// The same, after a call of this component.
async fn abandon_by(yard: &Yard, digest: Option<&str>, feedback: Option<Feedback>) -> StepRow {
    let (_, step) = yard.order().await;
    let in_hand = InHand {
        step: StepRow { feedback, ..step },
        call: digest.map(|digest| ("transport", digest)),
    };
    let step = house::abandon(&yard.house, in_hand).await;
    yard.pass(SignedDuration::from_mins(1));
    step
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_claim_and_put_is_made_good_without_a_person() {
    let yard = Yard::start().await;
    yard.due().await;
    let step = abandon(&yard).await;
    assert_eq!(names(&yard.folder("orders-out")), [""; 0]);
    yard.rounds(4).await;
    let (order, now) = yard.order().await;
    assert_eq!(
        (order.course.state, &now.key),
        (OrderState::InForce, &step.key)
    );
    assert_eq!(yard.effects().await.len(), 1);
    yard.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_behind_the_put_puts_nothing_twice() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.sweep().await;
    // Taken away, and not acted upon yet.
    let file = names(&yard.folder("orders-out")).remove(0);
    let kept = yard.folder("kept.csv");
    fs::rename(yard.folder("orders-out").join(&file), &kept).unwrap();
    abandon(&yard).await;
    yard.rounds(4).await;
    let (_, step) = yard.order().await;
    assert!(matches!(step.state, Step::Pending { .. }), "{step:?}");
    assert_eq!(names(&yard.folder("orders-out")), [""; 0]);
    fs::rename(kept, yard.folder("orders-out").join(&file)).unwrap();
    yard.rounds(2).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(
        (yard.effects().await.len(), yard.seen(&step.key).await),
        (1, 1)
    );
    yard.assert_sound().await;
}

/// As if the process had died before the file of this step got its name.
async fn hide(yard: &Yard) -> StepRow {
    let out = yard.folder("orders-out");
    let file = names(&out).remove(0);
    let call = yard.order().await.1.call.unwrap();
    let hidden = out.join(format!(".{file}.{call}.partial"));
    fs::rename(out.join(&file), hidden).unwrap();
    abandon(yard).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_the_put_is_finished() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.sweep().await;
    hide(&yard).await;
    yard.rounds(4).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(yard.effects().await.len(), 1);
    yard.assert_sound().await;
}

/// Nobody outside saw the file, so a question must not show it: the burden is held.
#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_was_cut_off_is_not_finished_behind_an_objection() {
    let yard = Yard::start().await;
    let resolved = yard.due().await;
    yard.sweep().await;
    hide(&yard).await;
    let raise = Raise {
        case: resolved.case.id,
        order: None,
        door: Door::Subject,
        ground: Ground::Facts,
        reason: "该车已于处罚前转让".to_owned(),
    };
    let objection = yard.house.raise_objection(raise, &actor()).await.unwrap();
    yard.rounds(4).await;
    let (_, step) = yard.order().await;
    assert!(matches!(step.state, Step::Held { .. }), "{step:?}");
    assert_eq!(names(&yard.folder("orders-out")), [""; 0]);
    assert_eq!(yard.effects().await, []);

    let answer = ObjectionEvent::Answered(Finding::Right("转让未办理登记".to_owned()));
    let by = actor();
    let settled = yard.house.settle_objection(objection.id, &answer, &by);
    settled.await.unwrap();
    yard.rounds(4).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(yard.effects().await.len(), 1);
    yard.assert_sound().await;
}

/// The house remembers no file, and yet it is no witness: another component was
/// called for the step.
#[tokio::test(flavor = "multi_thread")]
async fn memory_says_nothing_of_what_another_component_did() {
    let yard = Yard::start().await;
    yard.due().await;
    let step = abandon_by(&yard, Some("sha256:00"), None).await;
    yard.rounds(2).await;
    let (_, now) = yard.order().await;
    assert_eq!((now.attempt > 1, &now.key), (true, &step.key));
    assert!(matches!(now.state, Step::Unknown { .. }), "{now:?}");
    assert_eq!(names(&yard.folder("orders-out")), [""; 0]);
}

/// It waits to be asked about, and no file was put for it.
async fn assert_unknown(yard: &Yard) {
    let (_, step) = yard.order().await;
    assert!(matches!(step.state, Step::Unknown { .. }), "{step:?}");
    assert!(step.attempt > 1, "asked");
    assert_eq!(names(&yard.folder("orders-out")), [""; 0]);
}

fn pending() -> Feedback {
    Feedback {
        outcome: Outcome::Pending(None),
        at: None,
        reference: Some("R-000007".to_owned()),
        evidence: Vec::new(),
    }
}

/// The house remembers no file, and yet the department knows of the step: by whatever
/// way it does, it must not be put again blindly.
#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_deny_what_the_department_spoke_of() {
    let yard = Yard::start().await;
    yard.due().await;
    abandon_answered(&yard, Some(pending())).await;
    yard.rounds(2).await;
    assert_unknown(&yard).await;
}

/// The file is out, so the step is under way; but nobody has answered.
#[tokio::test(flavor = "multi_thread")]
async fn what_memory_says_is_no_answer_of_the_department() {
    for answered in [None, Some(pending())] {
        let yard = Yard::start().await;
        yard.due().await;
        yard.sweep().await;
        abandon_answered(&yard, answered.clone()).await;
        yard.sweep().await;
        yard.pass(SignedDuration::from_mins(2));
        yard.sweep().await;
        let (_, step) = yard.order().await;
        assert!(matches!(step.state, Step::Pending { .. }), "{step:?}");
        assert_eq!((step.attempt, step.feedback), (2, answered));
        yard.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_says_nothing_of_a_folder_that_is_away() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.sweep().await;
    abandon(&yard).await;
    let (out, away) = (yard.folder("orders-out"), yard.folder("away"));
    fs::rename(&out, &away).unwrap();
    for _ in 0..3 {
        yard.sweep().await;
        yard.pass(SignedDuration::from_mins(2));
    }
    let (_, step) = yard.order().await;
    assert!(matches!(step.state, Step::Unknown { .. }), "{step:?}");
    fs::rename(&away, &out).unwrap();
    yard.rounds(3).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(yard.effects().await.len(), 1);
}

/// One of its files is out and one is not.
#[tokio::test(flavor = "multi_thread")]
async fn memory_says_nothing_of_half_a_step() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.sweep().await;
    let mut read = yard.house.store().read().await.unwrap();
    let calls = read.calls_of_step(&yard.order().await.1.key).await.unwrap();
    drop(read);
    let step = abandon_by(&yard, Some(&calls[0].digest), None).await;
    let out = yard.folder("orders-out");
    let name = format!("more-{}.csv", step.key);
    let place = places::real(out.to_str().unwrap());
    let file = NamedText {
        plugin: "transport",
        folder: "orders-out",
        name: &name,
        place: &place,
        text: "half",
    };
    let call = step.call.unwrap();
    let mut write = yard.house.store().begin().await.unwrap();
    let put = draft("file.put", yard.clock.now());
    write.keep_put_file(call, file, &put).await.unwrap();
    write.commit().await.unwrap();
    fs::write(out.join(format!(".{name}.{call}.partial")), "half").unwrap();
    fs::remove_file(out.join(format!("order-{}.csv", step.key))).unwrap();
    yard.rounds(2).await;
    assert_unknown(&yard).await;
}

/// The folder's place, as the grant has it from now on.
async fn move_folder(yard: &Yard, to: &str) {
    let (from, to) = ("orders-out\"\n", format!("{to}\"\n"));
    yard.reinstall(|grant| {
        assert!(grant.contains(from));
        grant.replace(from, &to)
    })
    .await;
}

/// In its new place nothing is hidden, and yet nobody saw the file.
#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_was_cut_off_is_not_done_where_the_folder_was_moved_to() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.sweep().await;
    hide(&yard).await;
    fs::create_dir(yard.folder("new-out")).unwrap();
    move_folder(&yard, "new-out").await;
    yard.rounds(3).await;
    assert_unknown(&yard).await;
    assert_eq!(names(&yard.folder("new-out")), [""; 0]);
    // Back where it was, it is finished.
    move_folder(&yard, "orders-out").await;
    yard.rounds(4).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(yard.effects().await.len(), 1);
    yard.assert_sound().await;
}

/// What was put to its end stays put, wherever the folder lies later.
#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_was_answered_is_known_where_the_folder_was_moved_to() {
    let yard = Yard::start().await;
    yard.due().await;
    yard.sweep().await;
    let before = yard.order().await.1;
    assert!(before.feedback.is_some(), "{before:?}");
    fs::rename(yard.folder("orders-out"), yard.folder("new-out")).unwrap();
    fs::remove_file(
        yard.folder("new-out")
            .join(format!("order-{}.csv", before.key)),
    )
    .unwrap();
    move_folder(&yard, "new-out").await;
    yard.pass(SignedDuration::from_hours(24));
    yard.sweep().await;
    let (_, step) = yard.order().await;
    assert!(step.changes > before.changes, "asked");
    assert!(matches!(step.state, Step::Pending { .. }), "{step:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_a_driver_stands_in_the_order_file_and_nowhere_else() {
    let yard = Yard::start().await;
    yard.ingest(DRIVER_NAME, "", DRIVER).await;
    yard.due_against(DRIVER).await;
    yard.sweep().await;
    let file = names(&yard.folder("orders-out")).remove(0);
    assert!(!file.contains(DRIVER));
    let bytes = fs::read(yard.folder("orders-out").join(&file)).unwrap();
    assert!(found(&bytes, DRIVER), "the department is told whom");
    yard.rounds(2).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    yard.assert_sound().await;
    yard.house.store().close().await;
    let mut looked_at = 0;
    for place in ["data", "acknowledgements-in"] {
        looked_at += assert_absent(&yard.folder(place));
    }
    let reports = yard.folder("overloads-in").join("done");
    for name in names(&reports)
        .iter()
        .filter(|n| n.ends_with(".report.csv"))
    {
        let report = fs::read(reports.join(name)).unwrap();
        assert!(!found(&report, DRIVER), "{name}");
    }
    assert!(looked_at > 3);
}

fn found(bytes: &[u8], text: &str) -> bool {
    let windows = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    windows(text.as_bytes()) || windows(&encoding_rs::GB18030.encode(text).0)
}

/// How many files were looked at.
fn assert_absent(dir: &Path) -> u32 {
    let mut files = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += assert_absent(&path);
            continue;
        }
        files += 1;
        let bytes = fs::read(&path).unwrap();
        for canary in [DRIVER, DRIVER_NAME] {
            assert!(!found(&bytes, canary), "{canary} in {}", path.display());
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_against_a_driver_waits_where_the_folder_is_not_granted_for_persons() {
    let yard = Yard::start().await;
    yard.ingest(DRIVER_NAME, "", DRIVER).await;
    yard.reinstall(|grant| grant.replace("persons = true", "persons = false"))
        .await;
    yard.due_against(DRIVER).await;
    yard.rounds(2).await;
    let (_, step) = yard.order().await;
    let Step::Parked { reason } = &step.state else {
        panic!("{step:?}");
    };
    assert!(reason.contains("persons = true"), "{reason}");
    assert_eq!(names(&yard.folder("orders-out")), [""; 0]);
    // The operator grants it, and a person has the step made again.
    yard.reinstall(str::to_owned).await;
    yard.house
        .retry_step(&step.key, &Actor::operator("official-1"))
        .await
        .unwrap();
    yard.rounds(4).await;
    assert_eq!(yard.order().await.0.course.state, OrderState::InForce);
    assert_eq!(yard.effects().await.len(), 1);
}
