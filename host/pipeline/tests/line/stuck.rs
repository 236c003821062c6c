//! Rows that cannot be moved, beside others that can.

use crate::{
    house::{InHand, Line, abandon, actor, draft, noticed_against, open, steps_of},
    told::Lines,
};
use credence_domain::{
    objection::{Door, Ground},
    order::{OrderState, Reach, UnderWay},
    step::{Step, Verb},
    time::start_of_day,
};
use credence_pipeline::{Clock as _, House, Raise};
use credence_store::{OrderRow, StepRow};
use jiff::SignedDuration;
use std::{fs, sync::Arc};

const TAXPAYERS: [&str; 2] = ["91350100MA900010XU", "91350100MA9000134H"];

/// Two orders that may go out.
async fn two() -> Line {
    let line = Line::start().await;
    line.ingest().await;
    for taxpayer in TAXPAYERS {
        noticed_against(&line.house, taxpayer, ("tax", "L-TAX-02"), Vec::new()).await;
    }
    line.pass_days(8);
    line
}

async fn orders(line: &Line) -> Vec<OrderRow> {
    let mut read = line.house.store().read().await.unwrap();
    read.orders(None, 10).await.unwrap()
}

/// The order no longer knows of the step that is under way, but of this.
async fn spoil(line: &Line, mut order: OrderRow, knows: Option<UnderWay>) {
    order.course.under_way = knows;
    let draft = draft("order.spoiled", line.clock.now());
    let mut write = line.house.store().begin().await.unwrap();
    write.update_orders(vec![(order, draft)]).await.unwrap();
    write.commit().await.unwrap();
}

/// The first that is found, and the second: whichever comes ahead of the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_cannot_be_given_up_takes_no_other_along() {
    for spoiled in [0, 1] {
        let line = two().await;
        for step in steps_of(&line.house, "tax").await {
            abandon(&line.house, InHand { step, call: None }).await;
        }
        let bad = orders(&line).await.remove(spoiled);
        let bad_id = bad.id;
        spoil(&line, bad, None).await;
        line.pass(SignedDuration::from_mins(1));
        let error = line.house.sweep().await.unwrap_err();
        assert!(error.to_string().contains("cannot take"), "{error}");
        for step in steps_of(&line.house, "tax").await {
            let is_claimed = matches!(step.state, Step::Claimed { .. });
            assert_eq!(is_claimed, step.order == bad_id, "{step:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_ended_takes_no_other_along() {
    for spoiled in [0, 1] {
        let line = two().await;
        line.settle().await;
        let before = orders(&line).await;
        let in_force = |order: &OrderRow| order.course.state == OrderState::InForce;
        assert!(before.iter().all(in_force), "{before:#?}");
        let last = before.iter().map(|order| order.terms.ends_on).max();
        let bad = before[spoiled].clone();
        let bad_id = bad.id;
        // A step that no row is of.
        let knows = UnderWay {
            number: 7,
            verb: Verb::Suspend,
            reach: Reach::Waiting,
        };
        spoil(&line, bad, Some(knows)).await;
        let over = last.unwrap().tomorrow().unwrap();
        line.clock.set(start_of_day(over).unwrap());
        let error = line.house.sweep().await.unwrap_err();
        assert!(error.to_string().contains("step"), "{error}");
        for order in orders(&line).await {
            let lifted = order.course.state == OrderState::Lifted;
            assert_eq!(lifted, order.id != bad_id, "{order:#?}");
        }
    }
}

/// Whatever rows hold these words cannot be read back any more, as if the disk had lost
/// a byte of each. Gives the house, opened again.
async fn damage(line: &Line, words: &[&str]) -> Arc<House> {
    line.house.store().close().await;
    let path = line.data().join("credence.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    for word in words {
        // Ends the text before its quotation mark does.
        let quoted = format!("\"{word}\"").into_bytes();
        let found: Vec<usize> = bytes
            .windows(quoted.len())
            .enumerate()
            .filter(|(_, window)| *window == quoted)
            .map(|(at, _)| at)
            .collect();
        assert!(!found.is_empty(), "{word}");
        found.iter().for_each(|at| bytes[at + 1] = b'"');
    }
    fs::write(&path, bytes).unwrap();
    open(&line.data(), &line.clock).await
}

#[tokio::test]
async fn a_row_that_cannot_be_read_back_is_named_once_and_takes_no_other_along() {
    let line = two().await;
    let resolved = noticed_against(
        &line.house,
        "92350500MA9A001174",
        ("tax", "L-TAX-02"),
        Vec::new(),
    )
    .await;
    let raise = Raise {
        case: resolved.case.id,
        order: None,
        door: Door::Subject,
        ground: Ground::Facts,
        reason: "canary-5582".to_owned(),
    };
    let objection = line.house.raise_objection(raise, &actor()).await.unwrap();
    let steps = steps_of(&line.house, "tax").await;
    let [_held, good, bad]: [StepRow; 3] = steps.try_into().unwrap();
    let bad = StepRow {
        note: Some("canary-4471".to_owned()),
        ..bad
    };
    for step in [bad.clone(), good.clone()] {
        abandon(&line.house, InHand { step, call: None }).await;
    }
    let house = damage(&line, &["canary-4471", "canary-5582"]).await;
    line.pass_days(60);
    let (lines, _listening) = Lines::listen();
    for _ in 0..2 {
        // What else meets the damage may say so.
        let _ = house.sweep().await;
    }
    let told = lines.with("cannot be read back and is left out");
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told.iter().any(|line| line.contains(&bad.key)), "{told:#?}");
    let id = objection.id.to_string();
    assert!(told.iter().any(|line| line.contains(&id)), "{told:#?}");
    assert_eq!(lines.with("canary"), [""; 0]);
    let good = { house.store().read().await.unwrap() }
        .step(&good.key)
        .await;
    let good = good.unwrap().unwrap();
    assert!(!matches!(good.state, Step::Claimed { .. }), "{good:#?}");
}
