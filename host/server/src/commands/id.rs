//! `id check`: what a code is, whether it is valid, and the rule that failed.
//!
//! Comes in: codes as arguments, or one a line on standard input, of any number.
//! Goes out: a line each, and status 1 if any is not valid. Always holds: what is or
//! may be a person's number is shown as asterisks only; lists are answered as they
//! are read and never held whole. Deliberately absent: the house. No data directory
//! is opened, and nobody is looked up.

use super::Desk;
use crate::{args::IdCommand, tell::table};
use anyhow::Context as _;
use credence_domain::identifier::{Recognised, Scheme, recognise};
use serde::Serialize;
use std::{
    io::{self, BufRead as _, BufReader},
    process::ExitCode,
};

/// Codes answered at once, at most.
const AT_ONCE: usize = 1_000;

/// What is said of one code. Its words are the command's contract.
#[derive(Serialize)]
struct Answer {
    code: String,
    kind: Option<&'static str>,
    valid: bool,
    rule: Option<String>,
}

impl Answer {
    fn on(written: &str) -> Self {
        let recognised = recognise(written);
        let Recognised {
            scheme, verdict, ..
        } = &recognised;
        Self {
            code: recognised.shown(written).to_owned(),
            kind: scheme.map(kind),
            valid: verdict.is_ok(),
            rule: verdict.as_ref().err().map(ToString::to_string),
        }
    }

    fn row(&self) -> [String; 4] {
        let verdict = if self.valid { "valid" } else { "not valid" };
        // A list may hold anything: nothing of it may steer the terminal.
        let code = self.code.replace(char::is_control, "\u{FFFD}");
        [
            code,
            self.kind.unwrap_or("-").to_owned(),
            verdict.to_owned(),
            self.rule.clone().unwrap_or_default(),
        ]
    }
}

fn kind(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Uscc => "uscc",
        Scheme::OrganizationCode => "org-code",
        Scheme::RegistrationNumber => "registration",
        Scheme::ResidentNumber => "resident-id",
    }
}

pub(super) fn run(command: IdCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let IdCommand::Check { codes } = command;
    let mut check = Check {
        desk,
        answers: Vec::new(),
        all_valid: true,
        somebody_reads: true,
    };
    for code in &codes {
        match code.as_str() {
            "-" => check.standard_input()?,
            code => check.code(code)?,
        }
    }
    check.tell()?;
    Ok(match check.all_valid {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

struct Check<'d> {
    desk: &'d Desk,
    /// Not told yet.
    answers: Vec<Answer>,
    all_valid: bool,
    /// Nobody does any more once a pipe was closed: then there is no more to do.
    somebody_reads: bool,
}

impl Check<'_> {
    fn code(&mut self, written: &str) -> anyhow::Result<()> {
        let answer = Answer::on(written);
        self.all_valid &= answer.valid;
        self.answers.push(answer);
        match self.answers.len() < AT_ONCE {
            true => Ok(()),
            false => self.tell(),
        }
    }

    /// One code a line; empty lines are none. Whenever the input pauses, what has
    /// been read is answered.
    fn standard_input(&mut self) -> anyhow::Result<()> {
        let mut input = BufReader::new(io::stdin().lock());
        let mut line = Vec::new();
        while self.somebody_reads {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            if read.context("cannot read standard input")? == 0 {
                break;
            }
            // Bytes that are no UTF-8 become U+FFFD, which has a rule of its own.
            let written = String::from_utf8_lossy(&line);
            if !written.trim().is_empty() {
                self.code(written.trim())?;
            }
            if input.buffer().is_empty() {
                self.tell()?;
            }
        }
        Ok(())
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        if self.answers.is_empty() {
            return Ok(());
        }
        let text = match self.desk.tell.is_for_programs() {
            true => {
                let lines: Result<Vec<_>, _> =
                    self.answers.iter().map(serde_json::to_string).collect();
                lines
                    .context("an answer cannot be written as JSON")?
                    .join("\n")
            }
            false => table(
                ["code", "kind", "verdict", "rule"],
                self.answers.iter().map(Answer::row),
            ),
        };
        self.answers.clear();
        self.somebody_reads = self.desk.tell.lines(&text)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, json: &str) {
        let answer = serde_json::to_string(&Answer::on(written)).unwrap();
        let (rule, plain) = match answer.split_once("\"rule\":\"") {
            Some((before, rule)) => (rule, format!("{before}\"rule\":…")),
            None => ("", answer.clone()),
        };
        assert_eq!(plain, json, "{answer}");
        assert_eq!(rule.contains(" / "), !rule.is_empty(), "{answer}");
    }

    #[test]
    fn a_line_for_programs_has_exactly_four_fields() {
        check(
            "91350100MA900010XU",
            r#"{"code":"91350100MA900010XU","kind":"uscc","valid":true,"rule":null}"#,
        );
        check(
            "MA2EL626-6",
            r#"{"code":"MA2EL626-6","kind":"org-code","valid":true,"rule":null}"#,
        );
        check(
            "330200400070011",
            r#"{"code":"330200400070011","kind":"registration","valid":false,"rule":…"#,
        );
        check(
            "11010519491231002X",
            r#"{"code":"******************","kind":"resident-id","valid":true,"rule":null}"#,
        );
        // Mistyped; of the old kind; an organization's as well as a person's.
        check(
            "110105194912310021",
            r#"{"code":"******************","kind":"resident-id","valid":false,"rule":…"#,
        );
        check(
            "350000000101002",
            r#"{"code":"******************","kind":"resident-id","valid":false,"rule":…"#,
        );
        check(
            "35000019000101021X",
            r#"{"code":"******************","kind":null,"valid":false,"rule":…"#,
        );
        check("", r#"{"code":"","kind":null,"valid":false,"rule":…"#);
    }

    #[test]
    fn nothing_in_a_list_steers_the_terminal() {
        let row = Answer::on("\u{1b}[2J\u{7}x").row();
        assert!(!row.concat().contains(char::is_control), "{row:?}");
    }
}
