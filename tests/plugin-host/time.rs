//! Guest time: a guest pays for its own work and for nothing else, and shares
//! its thread while it works.
//!
//! Comes in: slow departments and spinning guests. Goes out: who is answered.
//! Always holds: no assertion measures time; what is asserted is who ended
//! before whom.

use crate::house::{House, Wanted, check, time_limit};
use credence_plugin_host::call::Retry;
use std::sync::Arc;

#[tokio::test]
async fn waiting_for_a_slow_department_costs_the_guest_nothing() {
    let house = House::with(|grant| grant.limits = time_limit(50)).await;
    let report = house.send("send", "/slow/300/x").await;
    let wanted = Wanted {
        code: "answered",
        says: "",
        retry: Retry::Never,
        left_house: true,
    };
    check("slow", &report, wanted);
    // Sixteen waits, each longer than a tick, where there are five ticks.
    let report = house.send("send-many", "/slow/30/x").await;
    check("many times slow", &report, wanted);
    let report = house.send("send-then-spin", "/slow/300/x").await;
    let wanted = Wanted {
        code: "timed-out",
        retry: Retry::AfterQuery,
        ..wanted
    };
    check("slow, then spinning", &report, wanted);
}

/// Two guests spin, one for each thread there is; a third is answered meanwhile.
async fn a_third_is_answered() {
    let house = Arc::new(House::open().await);
    let call = |behaviour: &'static str| {
        let house = house.clone();
        tokio::spawn(async move { house.apply(behaviour).await })
    };
    let spinning = [call("send-then-spin"), call("send-then-spin")];
    house.department.arrived(2).await;
    let third = call("executed").await.expect("the call ends");
    assert_eq!(third.ended.code(), "answered", "{}", third.ended);
    for guest in spinning {
        assert!(
            !guest.is_finished(),
            "the third waited for a guest that spins"
        );
        guest.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_spinning_guests_do_not_hold_two_threads() {
    a_third_is_answered().await;
}

#[tokio::test(flavor = "current_thread")]
async fn two_spinning_guests_do_not_hold_the_only_thread() {
    a_third_is_answered().await;
}
