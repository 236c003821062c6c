//! The demo, as a program reads it.

use crate::binary::{credence, department, plugins, repository};
use serde_json::{Value, json};
use std::process::Command;

fn demo(args: &[&str]) -> Command {
    let mut command = Command::new(credence());
    command.arg("demo").args(args);
    command.env("CREDENCE_PLUGINS", plugins());
    command.env("CREDENCE_BACK_END", department());
    command.env("CREDENCE_EXAMPLES", repository("examples"));
    command
}

#[test]
fn the_story_ends_in_one_object_and_leaves_a_house_that_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let output = demo(&["--json", "--keep", &kept.display().to_string()])
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}{err}");
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["records"], json!({ "accepted": 5, "rejected": 1 }));
    assert_eq!(last["cases"], 2);
    assert_eq!(
        last["orders"],
        json!({
            "executed": 1, "suspended": 0, "resumed": 0, "lifted": 1,
            "expired": 1, "refused_by_gate": 1, "dead": 0,
        })
    );
    // One apply, although its answer was lost, and one lift.
    assert_eq!(last["departments"]["tax"]["effects"], 2);
    assert_eq!(last["audit"]["verified"], true, "{last:#}");
    let verified = Command::new(credence())
        .args(["--data", &kept.display().to_string(), "audit", "verify"])
        .output()
        .unwrap();
    assert!(verified.status.success());
}

#[test]
fn without_its_parts_the_demo_says_how_to_run_it() {
    let mut command = demo(&[]);
    command.env_remove("CREDENCE_PLUGINS");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("cargo xtask demo"), "{err}");
}
