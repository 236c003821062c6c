//! The demo, as a program reads it.

use crate::{binary::credence, scenarios::placed};
use serde_json::Value;
use std::{fs, process::Command};

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("{value}"));
    object.keys().map(String::as_str).collect()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn the_story_ends_in_one_object_and_leaves_a_house_that_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let output = placed()
        .args(["demo", "--json", "--keep", &kept.display().to_string()])
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}{err}");
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    shape(&last);
    let orders = |name: &str| count(&last["orders"][name]);
    // Four departments against one organization, two incentives, a person, and three more.
    assert!(orders("executed") >= 10, "{last}");
    assert!(orders("suspended") >= 1 && orders("resumed") >= 1, "{last}");
    assert!(
        orders("lifted") > orders("expired"),
        "one was repaired: {last}"
    );
    assert!(orders("expired") >= 1, "{last}");
    assert!(orders("refused_by_gate") >= 3, "{last}");
    assert_eq!(orders("dead"), 0, "{last}");
    assert!(count(&last["cases"]) >= 13, "{last}");
    assert!(count(&last["records"]["accepted"]) >= 800, "{last}");
    assert!(count(&last["records"]["rejected"]) > 0, "{last}");
    // However often an answer was lost or a department down: one effect for each step
    // that was carried out, and no other.
    let departments = last["departments"].as_object().unwrap().values();
    let effects: u64 = departments
        .map(|department| count(&department["effects"]))
        .sum();
    let steps = ["executed", "suspended", "resumed", "lifted"].map(orders);
    assert_eq!(effects, steps.iter().sum::<u64>(), "{last}");
    assert_eq!(last["audit"]["verified"], true, "{last}");
    let verified = Command::new(credence())
        .args([
            "--data",
            &kept.display().to_string(),
            "audit",
            "verify",
            "--json",
        ])
        .output()
        .unwrap();
    assert!(verified.status.success());
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified["entries"], last["audit"]["entries"]);
}

/// Exactly the names that programs read.
fn shape(last: &Value) {
    let sorted = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };
    let check = |value: &Value, names: &[&str]| {
        assert_eq!(sorted(&keys(value)), sorted(names), "{value}");
    };
    check(
        last,
        &["records", "cases", "orders", "departments", "audit"],
    );
    check(&last["records"], &["accepted", "rejected"]);
    let orders = [
        "executed",
        "suspended",
        "resumed",
        "lifted",
        "expired",
        "refused_by_gate",
        "dead",
    ];
    check(&last["orders"], &orders);
    check(
        &last["departments"],
        &["customs", "tax", "transport", "housing"],
    );
    for department in last["departments"].as_object().unwrap().values() {
        check(department, &["effects"]);
        assert!(count(&department["effects"]) >= 2, "{last}");
    }
    check(&last["audit"], &["entries", "verified", "root"]);
    assert_eq!(last["audit"]["root"].as_str().unwrap().len(), 64);
}

#[test]
fn without_its_parts_the_demo_says_how_to_run_it() {
    let output = placed()
        .arg("demo")
        .env_remove("CREDENCE_PLUGINS")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("cargo xtask demo"), "{err}");
}

#[test]
fn where_nothing_can_be_kept_is_told_before_the_story_begins() {
    let dir = tempfile::tempdir().unwrap();
    let (file, full) = (dir.path().join("file"), dir.path().join("full"));
    fs::write(&file, "words").unwrap();
    fs::create_dir(&full).unwrap();
    fs::write(full.join("words"), "words").unwrap();
    let earlier = dir.path().join("earlier");
    fs::create_dir(&earlier).unwrap();
    fs::write(earlier.join("credence.sqlite"), "rows").unwrap();
    for (kept, words) in [
        (&file, "is a file"),
        (&file.join("below"), "is a file"),
        (&full, "is not empty"),
        (&earlier, "is not empty"),
    ] {
        let output = placed()
            .args(["demo", "--keep"])
            .arg(kept)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("--keep: ") && told.contains(words), "{told}");
        assert!(output.stdout.is_empty(), "nothing is told of the story");
    }
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        3,
        "nothing is made"
    );
}
