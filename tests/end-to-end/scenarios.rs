//! The scenarios of `tests/scenarios`, each found by its folder, and the runner itself:
//! what it writes, what it reports, and that nothing of it is left running.

use crate::binary::{credence, department, plugins, province, repository};
use serde_json::Value;
use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The program, knowing where everything is.
pub(crate) fn placed() -> Command {
    let mut command = Command::new(credence());
    command.env("CREDENCE_PLUGINS", plugins());
    command.env("CREDENCE_BACK_END", department());
    command.env("CREDENCE_EXAMPLES", repository("examples"));
    command.env("CREDENCE_SCENARIOS", repository("tests/scenarios"));
    command.env("CREDENCE_PROVINCE", province());
    let decoders = std::env::var_os("CREDENCE_DECODERS");
    command.env(
        "CREDENCE_DECODERS",
        decoders.unwrap_or_else(|| repository("target/decoders").into()),
    );
    command
}

fn run(args: &[&str]) -> Output {
    placed()
        .args(["scenario", "run"])
        .args(args)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    out + &String::from_utf8_lossy(&output.stderr)
}

/// A scenario of its own with these steps.
fn scenario(steps: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("01-case");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("steps.txt"), steps).unwrap();
    let name = folder.display().to_string();
    (dir, name)
}

#[test]
fn every_scenario_leads_to_what_it_must() {
    let output = run(&["--json"]);
    let all: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let played = all["scenarios"].as_array().unwrap();
    let folders = fs::read_dir(repository("tests/scenarios")).unwrap();
    let folders = folders.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(played.len(), folders.count(), "every folder is a scenario");
    let failed = played.iter().filter(|one| one["ok"] != true);
    let failed: Vec<String> = failed
        .map(|one| format!("{}:\n{}", one["name"], one["why"].as_str().unwrap_or("?")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn what_was_blessed_is_clean_and_a_difference_stands_under_its_step() {
    let (dir, name) = scenario("# 一 / one\ncredence order list\ncredence case list\n");
    let missing = run(&[&name]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing).contains("--bless"), "{}", text(&missing));
    let file = dir.path().join("01-case/expected.txt");
    let blessed = |word: &str| {
        let output = run(&[&name, "--bless"]);
        let told = text(&output);
        assert!(output.status.success(), "{told}");
        assert!(told.contains(&format!("01-case: {word}\n")), "{told}");
        fs::read_to_string(&file).unwrap()
    };
    let expected = blessed("written");
    assert_eq!(blessed("unchanged"), expected);
    assert!(run(&[&name]).status.success());
    fs::write(&file, expected.replace("no cases", "case-1  opened")).unwrap();
    let different = run(&[&name]);
    assert_eq!(different.status.code(), Some(1));
    let told = text(&different);
    for part in ["@@ $ credence case list @@", "-case-1  opened", "+no cases"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(blessed("written"), expected);
}

#[test]
fn a_step_that_goes_another_way_ends_it_and_is_never_blessed() {
    for (steps, line, words) in [
        ("credence case show 7\n", 1, "it should do its work"),
        ("\n! credence case list\n", 2, "it should be refused"),
        ("credence case lst\n", 1, "unrecognized subcommand"),
        ("credence case show {case}\n", 1, "nothing is called {case}"),
        ("switch tax down\n", 1, "begin with `department tax`"),
        ("department taxes\n", 1, "there are tax, customs"),
        ("grant tax\n", 1, "begin with `department NAME`"),
        ("department tax\nswitch tax dwn\n", 2, "no mode `dwn`"),
        (
            "take x = credence case list : /cases/0/id\n",
            1,
            "nothing is at /cases/0/id",
        ),
        (
            "take data = credence case list : /more\n",
            1,
            "has a meaning already",
        ),
        (
            "credence case list\npass until 2020-01-01\n",
            2,
            "time does not go back",
        ),
        (
            "pass 40 working days\n",
            1,
            "working days are published to the end of",
        ),
        ("lay {here}/steps.txt into {here}/no\n", 1, "no directory"),
        (
            "at 2026-11-23 09:00\nat 2026-11-24 09:00\n",
            2,
            "stands first",
        ),
    ] {
        let (dir, name) = scenario(steps);
        let output = run(&[&name, "--bless"]);
        let told = text(&output);
        assert_eq!(output.status.code(), Some(1), "{steps}: {told}");
        assert!(
            told.contains(&format!("steps.txt:{line}: ")),
            "{steps}: {told}"
        );
        assert!(told.contains(words), "{steps}: {told}");
        assert!(!told.contains("panicked"), "{told}");
        assert!(!dir.path().join("01-case/expected.txt").exists(), "{steps}");
    }
}

#[test]
fn a_department_of_ones_own_takes_part() {
    let program = department().display().to_string();
    let (dir, name) = scenario(&format!(
        "department fire = {program} tax --ends-with-input --token {{fire.secret}} \\\n\
         --data {{scratch}}/fire-data\n\
         switch fire down\n\
         credence order list\n"
    ));
    let output = run(&[&name, "--bless"]);
    assert!(output.status.success(), "{}", text(&output));
    let expected = fs::read_to_string(dir.path().join("01-case/expected.txt")).unwrap();
    let part = "== what fire did, by its own ledger\n\nnothing\n";
    assert!(expected.contains(part), "{expected}");
}

/// Where the tax department of a kept scenario listened.
fn address(kept: &Path) -> Option<String> {
    let grant = fs::read_to_string(kept.join("01-case/tax.grant.toml")).ok()?;
    let (_, behind) = grant.split_once("http://")?;
    behind
        .split_once('"')
        .map(|(address, _)| address.to_owned())
}

#[test]
fn nothing_is_left_running_after_a_failure() {
    let (dir, name) = scenario("department tax\ngrant tax\ncredence case show 7\n");
    let kept = dir.path().join("kept");
    let output = run(&[&name, "--keep", &kept.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let address = address(&kept).expect("the department ran");
    assert!(
        TcpStream::connect(&address).is_err(),
        "{address} answers still"
    );
}

#[test]
fn nothing_is_left_running_when_the_runner_is_killed() {
    let (dir, name) = scenario(
        "department tax\n\
         grant tax\n\
         credence plugin install {plugins}/tax.wasm --grant {tax.grant}\n\
         credence ingest --plugin tax --feed penalties {examples}/feeds/tax-penalties.json\n\
         take record = credence subject show 91350100MA900010XU --purpose x : /records/0/id\n\
         take case = credence case open --record {record} --measure L-TAX-02 --department tax \
         --official o --decision 榕税稽罚〔2025〕1号 : /case/number\n\
         credence case receipt {case} --kind delivered --on 2026-11-23\n\
         switch tax hang-after\n\
         pass 8 days\n",
    );
    let kept = dir.path().join("kept");
    let mut child = placed()
        .args([
            "scenario",
            "run",
            &name,
            "--keep",
            &kept.display().to_string(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let reached = |wanted: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !wanted() {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "it never came to that"
            );
            std::thread::yield_now();
        }
    };
    reached(&|| address(&kept).is_some());
    let address = address(&kept).unwrap();
    assert!(TcpStream::connect(&address).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    reached(&|| TcpStream::connect(&address).is_err());
}

#[test]
fn scenarios_are_listed_with_their_stories() {
    // From anywhere where the variable says it, and in the repository without any:
    // nothing is played, so that nothing else is asked for.
    let listed = |command: &mut Command| {
        let output = command.args(["scenario", "list"]).output().unwrap();
        let told = text(&output);
        assert!(output.status.success(), "{told}");
        assert!(
            told.contains("01-penalty") && told.contains("One penalty"),
            "{told}"
        );
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let scenarios = repository("tests/scenarios").canonicalize().unwrap();
    let named = ("CREDENCE_SCENARIOS", scenarios);
    listed(bare(elsewhere.path()).env(named.0, &named.1));
    listed(&mut bare(&repository(".")));
    let nowhere = bare(elsewhere.path())
        .args(["scenario", "list"])
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere).contains("CREDENCE_SCENARIOS"));
}

/// The program in a directory, told of nothing.
fn bare(dir: &Path) -> Command {
    let mut command = Command::new(credence().canonicalize().unwrap());
    command.current_dir(dir);
    for variable in ["PLUGINS", "BACK_END", "EXAMPLES", "SCENARIOS", "PROVINCE"] {
        command.env_remove(format!("CREDENCE_{variable}"));
    }
    command
}

#[test]
fn where_nothing_can_be_kept_is_told_before_anything_is_played() {
    let (dir, name) = scenario("credence case list\n");
    let (file, full) = (dir.path().join("file"), dir.path().join("full"));
    fs::write(&file, "words").unwrap();
    fs::create_dir_all(full.join("01-case")).unwrap();
    fs::write(full.join("01-case/words"), "words").unwrap();
    for (kept, words) in [(&file, "is a file"), (&full, "is not empty")] {
        let kept = kept.display().to_string();
        let told = text(&run(&[&name, "--bless", "--keep", &kept]));
        assert!(told.contains("--keep: ") && told.contains(words), "{told}");
    }
    assert!(!dir.path().join("01-case/expected.txt").exists());
}
