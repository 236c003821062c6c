//! The guide to a first plugin, `plugins/README.md`, done as it says.
//!
//! In come the guide's own words; what is checked is that a newcomer who writes its
//! files and types its commands gets through, and sees what it shows. Always: nothing
//! is written but into a directory of the test, and what cargo builds; cargo fetches
//! nothing. Absent: any file or command of the test's own.

use crate::binary::repository;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// A part of the guide, in its order.
enum Part<'g> {
    /// A file to be written: its name below `$PLUGIN`, and its text.
    File(&'g str, &'g str),
    /// Commands, and what each one shows, if the guide shows it.
    Commands(Vec<(&'g str, Vec<&'g str>)>),
}

/// What the guide tells its reader to do.
fn parts(guide: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut name = None;
    // Prose and blocks by turns.
    for (number, piece) in guide.split("\n```").enumerate() {
        if number % 2 == 0 {
            let paragraph = piece.trim_end().rsplit("\n\n").next().unwrap();
            name = paragraph
                .strip_prefix("`$PLUGIN/")
                .and_then(|rest| rest.split_once("`:"))
                .map(|(name, _)| name);
            continue;
        }
        let (kind, text) = piece.split_once('\n').unwrap();
        match (kind, name) {
            ("console", None) => parts.push(Part::Commands(commands(text))),
            (_, Some(name)) => parts.push(Part::File(name, text)),
            _ => panic!("a block of `{kind}` that is neither commands nor a named file:\n{text}"),
        }
    }
    parts
}

fn commands(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command, Vec::new())),
            None => commands
                .last_mut()
                .unwrap_or_else(|| panic!("`{line}` belongs to no command"))
                .1
                .push(line),
        }
    }
    commands
}

/// One shell for all of it, so that what is exported stays; what each command prints
/// lies in `N.out` thereafter, and the first that fails ends it.
fn script(parts: &[Part<'_>], plugin: &Path, out: &Path) -> String {
    let mut script = "set -e\n".to_owned();
    let mut number = 0;
    for part in parts {
        match part {
            Part::File(name, text) => {
                let path = plugin.join(name);
                let dir = path.parent().unwrap().display();
                script += &format!(
                    "mkdir -p '{dir}'\ncat > '{}' <<'END OF FILE'\n{text}\nEND OF FILE\n",
                    path.display()
                );
            }
            Part::Commands(commands) => {
                for (command, _) in commands {
                    let file = out.join(format!("{number}.out"));
                    script += &format!("{{ {command}\n}} > '{}' 2>&1\n", file.display());
                    number += 1;
                }
            }
        }
    }
    script
}

/// Whether a line is as the guide shows it, where `…` stands for anything and columns
/// may be wider or narrower.
fn is_shown(shown: &str, line: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shown, line) = (words(shown), words(line));
    let mut pieces = shown.split('…');
    let Some(mut rest) = line.strip_prefix(pieces.next().unwrap_or("")) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        let found = match pieces.peek() {
            Some(_) => rest.find(piece),
            None => rest
                .rfind(piece)
                .filter(|at| at + piece.len() == rest.len()),
        };
        match found {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

/// Holds an output against what the guide shows of it; a line `…` stands for any lines.
fn holds(shown: &[&str], lines: &[&str]) -> Result<(), String> {
    match (shown, lines) {
        ([], []) => Ok(()),
        (["…"], _) => Ok(()),
        (["…", next, ..], _) => {
            let at = lines.iter().position(|line| is_shown(next, line));
            let at = at.ok_or_else(|| format!("no line is as shown: {next}"))?;
            holds(&shown[1..], &lines[at..])
        }
        ([first, shown @ ..], [line, lines @ ..]) if is_shown(first, line) => holds(shown, lines),
        ([first, ..], [line, ..]) => Err(format!("shown:   {first}\nprinted: {line}")),
        ([first, ..], []) => Err(format!("shown, and not printed: {first}")),
        ([], [line, ..]) => Err(format!("printed, and not shown: {line}")),
    }
}

#[test]
fn the_guide_leads_from_an_empty_directory_to_a_department_in_a_house() {
    let guide = fs::read_to_string(repository("plugins/README.md")).unwrap();
    let parts = parts(&guide);
    let dir = tempfile::tempdir().unwrap();
    let (plugin, out) = (dir.path().join("water"), dir.path().join("out"));
    fs::create_dir(&out).unwrap();
    let status = Command::new("sh")
        .arg("-c")
        .arg(script(&parts, &plugin, &out))
        .current_dir(repository("."))
        .env("PLUGIN", &plugin)
        .env("CARGO_NET_OFFLINE", "true")
        .stdin(Stdio::null())
        .status()
        .unwrap();

    let shown = parts.iter().filter_map(|part| match part {
        Part::File(..) => None,
        Part::Commands(commands) => Some(commands),
    });
    let mut typed = 0;
    for (number, (command, shown)) in shown.flatten().enumerate() {
        let Ok(printed) = fs::read_to_string(out.join(format!("{number}.out"))) else {
            break;
        };
        typed += 1;
        let is_last = !out.join(format!("{}.out", number + 1)).exists();
        assert!(
            status.success() || !is_last,
            "`{command}` failed:\n{printed}"
        );
        if !shown.is_empty() {
            let lines: Vec<&str> = printed.lines().collect();
            holds(shown, &lines)
                .unwrap_or_else(|why| panic!("`{command}`: {why}\n\nall of it:\n{printed}"));
        }
    }
    assert!(status.success(), "{status}");
    assert!(typed > 15, "the guide has only {typed} commands");
}

#[test]
fn a_line_that_differs_from_what_is_shown_is_found() {
    let printed = ["built /x/water.wasm (211 KiB)", "a  b", "c"];
    for shown in [
        &["built …/water.wasm (… KiB)", "a b", "c"][..],
        &["…", "c"],
        &["built …", "…"],
    ] {
        assert_eq!(holds(shown, &printed), Ok(()), "{shown:?}");
    }
    for shown in [
        &["built …/tax.wasm (… KiB)", "…"][..],
        &["…", "d"],
        &["built …", "a b"],
        &["built …", "a b", "c", "d"],
        &["built", "a b", "c"],
    ] {
        assert!(holds(shown, &printed).is_err(), "{shown:?}");
    }
}
