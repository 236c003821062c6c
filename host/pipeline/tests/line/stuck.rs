//! Rows that cannot be moved, beside others that can.

use crate::house::{InHand, Line, abandon, draft, noticed_against, steps_of};
use credence_domain::{
    order::{OrderState, Reach, UnderWay},
    step::{Step, Verb},
    time::start_of_day,
};
use credence_pipeline::Clock as _;
use credence_store::OrderRow;
use jiff::SignedDuration;

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
