//! The program, as somebody runs it.

use std::path::Path;
use std::process::{Command, Output};

fn province(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_province"))
        .args(args)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_directory_is_filled_once() {
    let dir = tempfile::tempdir().unwrap();
    let here = dir.path().join("fujian");
    let args = [
        "--seed",
        "7",
        "--rows",
        "200",
        "--out",
        here.to_str().unwrap(),
    ];
    let written = province(&args);
    assert!(written.status.success(), "{written:?}");
    assert!(
        out(&written).contains("tax/penalties.json: 211 rows"),
        "{}",
        out(&written)
    );
    let expected = credence_province::Province::make(7, 200).unwrap();
    for file in &expected.files {
        let there = std::fs::read(here.join(Path::new(file.path))).unwrap();
        assert!(there == file.bytes, "{}", file.path);
    }
    let again = province(&args);
    assert!(!again.status.success());
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(
        error.contains("name a new or an empty directory with --out"),
        "{error}"
    );
}

#[test]
fn the_cast_is_shown_with_codes_decisions_and_gates() {
    let shown = out(&province(&["--cast"]));
    for member in credence_province::cast::CAST {
        assert!(
            shown.contains(member.code) && shown.contains(member.name),
            "{shown}"
        );
        for ask in member.asks {
            assert!(
                shown.contains(ask.cites) && shown.contains(ask.measure),
                "{shown}"
            );
        }
    }
    assert!(shown.contains("refused: trigger"), "{shown}");
}

#[test]
fn what_cannot_be_made_says_what_can() {
    let few = province(&["--rows", "3", "--out", "/nowhere"]);
    let error = String::from_utf8(few.stderr).unwrap();
    assert!(error.contains("ask for 200 to 9000"), "{error}");
    let nowhere = province(&[]);
    let error = String::from_utf8(nowhere.stderr).unwrap();
    assert!(error.contains("--out"), "{error}");
}
