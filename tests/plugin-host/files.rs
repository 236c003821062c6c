//! Files into folders: what is put is there once, and what may not be put is not
//! there at all.
//!
//! Comes in: behaviours of the rogue that put. Goes out: how the call ended, and
//! what the department can fetch. Always holds: the folder is a real directory.
//! Deliberately absent: a house that dies between two stages (`outbox` in the
//! plugin host).

use crate::{
    guest,
    house::{House, Wanted, check},
};
use credence_domain::step::Verb;
use credence_plugin_host::call::{Function, Inquiry, Report, Retry};
use std::{collections::BTreeMap, sync::atomic::Ordering::Relaxed};

const ANSWERED: Wanted<'_> = Wanted {
    code: "answered",
    says: "",
    retry: Retry::Never,
    left_house: true,
};

fn inside<'a>(code: &'a str, says: &'a str, retry: Retry) -> Wanted<'a> {
    Wanted {
        code,
        says,
        retry,
        left_house: false,
    }
}

async fn put(house: &House, behaviour: &str) -> Report {
    house.send(behaviour, "x.csv").await
}

fn one(text: &[u8]) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([("x.csv".to_owned(), text.to_vec())])
}

#[tokio::test]
async fn a_file_is_there_once_whatever_the_department_does() {
    let house = House::open().await;
    check("put", &put(&house, "put").await, ANSWERED);
    assert_eq!(house.files(), one(b"x"));
    check("put again", &put(&house, "put").await, ANSWERED);
    let says = "needs a person: a file of this name and another text was put before";
    let taken = inside("failed", says, Retry::Never);
    check("put-other", &put(&house, "put-other").await, taken);
    assert_eq!(house.files(), one(b"x"));
    std::fs::remove_file(house.outbox.path().join("x.csv")).expect("fetched");
    check("put once more", &put(&house, "put").await, ANSWERED);
    check("put-other", &put(&house, "put-other").await, taken);
    assert_eq!(house.files(), BTreeMap::new());
}

#[tokio::test]
async fn a_name_is_one_of_the_folder() {
    let house = House::open().await;
    let says = "needs a person: a name is 1 to 120 of";
    let long = format!("x-{}", "a".repeat(119));
    for name in [
        ".x",
        "../x",
        "x/y",
        "x\\y",
        "/x",
        "x y",
        "x\u{540d}.csv",
        "..-x",
        &long,
    ] {
        let report = house.send("put", name).await;
        check(name, &report, inside("failed", says, Retry::Never));
    }
    assert_eq!(house.files(), BTreeMap::new());
    assert!(house.intents.noted().is_empty());
}

#[tokio::test]
async fn a_name_holds_the_key_of_the_step() {
    let house = House::open().await;
    let says = "drop-folder.put into `outbox`: the plugin MUST pass the key of the step on";
    for name in ["y.csv", "xy.csv", "", "1x"] {
        let report = house.send("put", name).await;
        check(name, &report, inside("broke-contract", says, Retry::Safe));
    }
    assert_eq!(house.files(), BTreeMap::new());
}

#[tokio::test]
async fn what_the_grant_and_the_limits_do_not_allow() {
    let house = House::open().await;
    for (behaviour, says) in [
        (
            "put-elsewhere",
            "needs a person: folder `elsewhere` is not granted; these lines would grant it:\n\
             [folders.elsewhere]\npath = \"/…\"",
        ),
        ("put-huge", "needs a person: a file holds at most 4 MiB"),
        (
            "put-character",
            "needs a person: the text holds a character that GBK does not have",
        ),
    ] {
        let wanted = inside("failed", says, Retry::Never);
        check(behaviour, &put(&house, behaviour).await, wanted);
    }
    let says = "bytes of requests and names in one call";
    let wanted = inside("denied", says, Retry::Safe);
    check("put-flood", &put(&house, "put-flood").await, wanted);
    assert_eq!(house.files(), BTreeMap::new());
}

#[tokio::test]
async fn a_folder_that_is_not_there_and_a_journal_that_is_not() {
    let house = House::open().await;
    std::fs::remove_dir(house.outbox.path()).expect("the folder goes");
    let says = "unavailable: the folder cannot be written now: the folder is not there";
    let wanted = inside("failed", says, Retry::Safe);
    check("put", &put(&house, "put").await, wanted);
    std::fs::create_dir(house.outbox.path()).expect("the folder comes back");
    house.intents.broken.store(true, Relaxed);
    let says = "unavailable: the host's journal is not available";
    let wanted = inside("failed", says, Retry::Safe);
    check("put", &put(&house, "put").await, wanted);
    assert_eq!(house.files(), BTreeMap::new());
    house.intents.broken.store(false, Relaxed);
    check("put", &put(&house, "put").await, ANSWERED);
    assert_eq!(house.files(), one(b"x"));
}

#[tokio::test]
async fn a_question_and_a_feed_put_no_file() {
    let house = House::open().await;
    let inquiry = Inquiry {
        verb: Verb::Apply,
        key: "x".into(),
        order: guest::order("executed/put", "x.csv"),
        reference: None,
    };
    let report = house.ask(&Function::Query(inquiry)).await;
    let says = "`query` MUST NOT change anything in the department: it puts no file";
    check(
        "query",
        &report,
        inside("broke-contract", says, Retry::Safe),
    );
    let report = house.read("put").await;
    check(
        "put",
        &report,
        inside("denied", "`drop-folder.put`", Retry::Safe),
    );
    assert_eq!(house.files(), BTreeMap::new());
}

#[tokio::test]
async fn a_defect_after_a_file_is_an_unknown_outcome() {
    let house = House::open().await;
    let wanted = Wanted {
        code: "trapped",
        says: "",
        retry: Retry::AfterQuery,
        left_house: true,
    };
    check(
        "put-then-panic",
        &put(&house, "put-then-panic").await,
        wanted,
    );
    assert_eq!(house.files(), one(b"x"));
}
