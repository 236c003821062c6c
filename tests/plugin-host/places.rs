//! Places: how many calls run at once, and that the others wait for theirs.
//!
//! Comes in: more calls than places. Goes out: all of them are answered, and no
//! more were inside at once than there are places.

use crate::{
    guest,
    house::{House, rogue_grant, time_limit},
};
use credence_plugin_host::{Host, manifest::Limits};
use std::sync::Arc;

/// Four calls that each stay inside for a while.
async fn four_calls(house: House) {
    let house = Arc::new(house);
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let house = house.clone();
            tokio::spawn(async move { house.send("send", "/slow/30/x").await })
        })
        .collect();
    for call in calls {
        let report = call.await.expect("the call ends");
        assert_eq!(report.ended.code(), "answered", "{}", report.ended);
    }
    assert_eq!(house.department.most_inside(), 1);
}

#[tokio::test]
async fn calls_of_one_plugin_wait_for_its_places() {
    let one = time_limit(2_000).map(|limits| Limits {
        calls_in_flight: 1,
        ..limits
    });
    four_calls(House::with(|grant| grant.limits = one).await).await;
}

#[tokio::test]
async fn calls_of_all_plugins_wait_for_the_places_of_the_host() {
    let host = Host::start(1).expect("the engine starts");
    four_calls(House::on(&host).await).await;
}

#[tokio::test]
async fn a_plugin_is_admitted_while_every_place_is_taken() {
    let host = Host::start(1).expect("the engine starts");
    let house = Arc::new(House::on(&host).await);
    let busy = {
        let house = house.clone();
        tokio::spawn(async move { house.send("send", "/slow/300/x").await })
    };
    house.department.arrived(1).await;
    let grant = rogue_grant(house.department.address);
    let admitted = host.admit(guest::rogue(), &grant).await;
    assert!(admitted.is_ok(), "{:?}", admitted.err());
    let report = busy.await.expect("the call ends");
    assert_eq!(report.ended.code(), "answered", "{}", report.ended);
}
