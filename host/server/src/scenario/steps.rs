//! The steps of a scenario, as they stand in `steps.txt`.
//!
//! Comes in: the text. Goes out: steps with their lines, or the first fault as
//! `file:line`, the line, the rule and what to write instead. Always holds: a text
//! with a fault is not begun. Deliberately absent: whether a command is one; it is
//! asked by the program's own definition when its turn comes, since what stands in
//! `{…}` is not known before.

use anyhow::{anyhow, bail};
use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
};
use std::fmt;

/// One line, or several joined by `\` at their ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Line on which it begins, from 1.
    pub(super) line: usize,
    /// As written.
    pub(super) text: String,
    pub(super) what: What,
}

/// What a step asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A heading of the story.
    Heading(String),
    /// A sentence of the story.
    Said(String),
    /// When the story begins.
    At(DateTime),
    /// Time passes, with the house at work.
    Pass(Passing),
    /// A command of the program.
    Command {
        words: Vec<String>,
        /// It has to be refused.
        refused: bool,
        /// The story does not show what it prints.
        quiet: bool,
    },
    /// A department's own system is started.
    Department {
        name: String,
        /// What starts it, where it is none of ours.
        program: Vec<String>,
    },
    /// How a department's system behaves from now on.
    Switch {
        department: String,
        setting: Setting,
    },
    /// The grant of a plugin is filled in.
    Grant {
        plugin: String,
        file: Option<String>,
    },
    /// A value is kept under a name.
    Take {
        name: String,
        from: Source,
        pick: Pick,
        /// The story does not show it.
        quiet: bool,
    },
    /// The sample province is made.
    Province(Vec<String>),
    /// A file is laid into a directory.
    Lay { file: String, into: String },
    /// A file takes its place in the catalogue, and the house is opened again.
    Catalogue(String),
}

/// How much time passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passing {
    For(SignedDuration),
    WorkingDays(u32),
    Until(DateTime),
}

/// A setting of a department's switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) mode: String,
    pub(super) times: Option<u32>,
    pub(super) ms: u32,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The answer of a command, as JSON.
    Command(Vec<String>),
    /// A JSON file.
    File(String),
}

/// Which value: a JSON pointer in which `*` is every element of a list; the one where
/// another pointer, from that element, gives the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) pointer: String,
    pub(super) condition: Option<(String, String)>,
}

/// What lines may be, for whoever wrote one that is none.
const WORDS: &str = "a line begins with `credence`, `! credence`, `quiet credence`, `at`, `pass`, \
                     `department`, `switch`, `grant`, `take`, `province`, `lay`, `catalogue`, or \
                     with `#` (heading), `>` (sentence) or `//` (remark)";

/// A step that cannot be carried out.
pub(super) fn fault(file: &str, line: usize, text: &str, rule: impl fmt::Display) -> anyhow::Error {
    anyhow!("{file}:{line}: {rule}\n  {text}")
}

/// Reads the steps. `file` is what faults call it.
pub(super) fn parse(file: &str, text: &str) -> anyhow::Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, first)) = lines.next() {
        let mut whole = first.trim().to_owned();
        while let Some(more) = whole.strip_suffix('\\') {
            let Some((_, next)) = lines.next() else {
                return Err(fault(
                    file,
                    at + 1,
                    first,
                    "nothing follows the `\\`; take it away",
                ));
            };
            whole = format!("{} {}", more.trim_end(), next.trim());
        }
        if whole.is_empty() || whole.starts_with("//") {
            continue;
        }
        let what = what(&whole).map_err(|rule| fault(file, at + 1, &whole, rule))?;
        let begun = steps
            .iter()
            .any(|step| !matches!(step.what, What::Heading(_) | What::Said(_)));
        if matches!(what, What::At(_)) && begun {
            let rule =
                "`at` says when the story begins, and stands first; later write `pass until …`";
            return Err(fault(file, at + 1, &whole, rule));
        }
        steps.push(Step {
            line: at + 1,
            text: whole,
            what,
        });
    }
    match steps.is_empty() {
        true => Err(fault(file, 1, "", format!("there are no steps; {WORDS}"))),
        false => Ok(steps),
    }
}

fn what(text: &str) -> anyhow::Result<What> {
    for (mark, is) in [
        ('#', What::Heading as fn(String) -> What),
        ('>', What::Said),
    ] {
        if let Some(rest) = text.strip_prefix(mark) {
            return Ok(is(rest.trim().to_owned()));
        }
    }
    let words = split(text)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["credence", rest @ ..] => command(rest, false, false),
        ["!", "credence", rest @ ..] => command(rest, true, false),
        ["quiet", "credence", rest @ ..] => command(rest, false, true),
        ["quiet", "take", name, "=", rest @ ..] => take(name, rest, true),
        ["!" | "quiet", ..] => bail!("a command follows: `! credence case open …`"),
        ["at", day] => Ok(What::At(moment(day, None)?)),
        ["at", day, time] => Ok(What::At(moment(day, Some(time))?)),
        ["at", ..] => bail!("write `at 2026-11-23 09:00`"),
        ["pass", rest @ ..] => passing(rest).map(What::Pass),
        ["department", name] => department(name, &[]),
        ["department", name, "=", program @ ..] if !program.is_empty() => department(name, program),
        ["department", ..] => {
            bail!(
                "write `department tax`, one a line, or `department toy = {{here}}/toy --data DIR`"
            )
        }
        ["switch", department, rest @ ..] => Ok(What::Switch {
            department: (*department).to_owned(),
            setting: setting(rest)?,
        }),
        ["switch"] => bail!("write `switch tax drop-after 1`"),
        ["grant", plugin] => Ok(What::Grant {
            plugin: (*plugin).to_owned(),
            file: None,
        }),
        ["grant", plugin, file] => Ok(What::Grant {
            plugin: (*plugin).to_owned(),
            file: Some((*file).to_owned()),
        }),
        ["grant", ..] => bail!("write `grant tax`, or `grant tax {{here}}/narrow.toml`"),
        ["take", name, "=", rest @ ..] => take(name, rest, false),
        ["take", ..] => bail!("write `take NAME = credence subject show CODE : /records/0/id`"),
        ["province", rest @ ..] => Ok(What::Province(owned(rest))),
        ["lay", file, "into", into] => Ok(What::Lay {
            file: (*file).to_owned(),
            into: (*into).to_owned(),
        }),
        ["lay", ..] => bail!("write `lay {{here}}/overloads.csv into {{transport.overloads-in}}`"),
        ["catalogue", file] => Ok(What::Catalogue((*file).to_owned())),
        ["catalogue", ..] => bail!("write `catalogue {{here}}/bases.toml`"),
        [word, ..] => bail!("`{word}` begins no step: {WORDS}"),
        [] => bail!("{WORDS}"),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn department(name: &str, program: &[&str]) -> anyhow::Result<What> {
    if !is_name(name) || name.contains('.') {
        bail!("`{name}` is no name of a department: small letters, digits and `-`, a letter first");
    }
    Ok(What::Department {
        name: name.to_owned(),
        program: owned(program),
    })
}

fn command(words: &[&str], refused: bool, quiet: bool) -> anyhow::Result<What> {
    may_be_run(words)?;
    Ok(What::Command {
        words: owned(words),
        refused,
        quiet,
    })
}

/// What belongs to the runner is not for a line to say.
fn may_be_run(words: &[&str]) -> anyhow::Result<()> {
    if let [] | ["demo" | "serve" | "scenario", ..] = words {
        bail!("write a command with its words; `demo`, `serve` and `scenario` cannot stand here");
    }
    if words.starts_with(&["id", "check"]) && words.contains(&"-") {
        bail!("a step has no standard input; write the codes on the line");
    }
    let option = words.iter().find(|word| {
        let name = word.split('=').next().unwrap_or_default();
        ["--data", "--config", "--decoders"].contains(&name)
    });
    match option {
        Some(option) => bail!("`{option}` is the runner's to say; leave it out"),
        None => Ok(()),
    }
}

fn day(text: &str) -> anyhow::Result<Date> {
    text.parse()
        .map_err(|_| anyhow!("`{text}` is no day; write 2026-11-23"))
}

fn moment(day_text: &str, time: Option<&str>) -> anyhow::Result<DateTime> {
    let time = match time {
        None => Time::midnight(),
        Some(text) => Time::strptime("%H:%M", text)
            .map_err(|_| anyhow!("`{text}` is no time of the day; write 09:00"))?,
    };
    Ok(day(day_text)?.to_datetime(time))
}

fn passing(words: &[&str]) -> anyhow::Result<Passing> {
    let rule = "write `pass 5 working days`, `pass 20 days`, `pass 3 hours`, `pass 10 minutes` or \
                `pass until 2029-12-01 09:00`";
    let count = |text: &str| -> anyhow::Result<u32> { text.parse().map_err(|_| anyhow!("{rule}")) };
    match words {
        ["until", day] => Ok(Passing::Until(moment(day, None)?)),
        ["until", day, time] => Ok(Passing::Until(moment(day, Some(time))?)),
        [number, "working", "day" | "days"] => Ok(Passing::WorkingDays(count(number)?)),
        [number, unit] => {
            let minutes = match *unit {
                "minute" | "minutes" => 1,
                "hour" | "hours" => 60,
                "day" | "days" => 24 * 60,
                _ => bail!("{rule}"),
            };
            let minutes = i64::from(count(number)?) * minutes;
            Ok(Passing::For(SignedDuration::from_mins(minutes)))
        }
        _ => bail!("{rule}"),
    }
}

fn setting(words: &[&str]) -> anyhow::Result<Setting> {
    let rule = "write `switch tax down`, `switch tax drop-after 1` (for so many requests) or \
                `switch tax late 1 ms 0`";
    let number =
        |text: &str| -> anyhow::Result<u32> { text.parse().map_err(|_| anyhow!("{rule}")) };
    let (mode, times, ms) = match words {
        [mode] => (mode, None, 0),
        [mode, times] => (mode, Some(number(times)?), 0),
        [mode, "ms", ms] => (mode, None, number(ms)?),
        [mode, times, "ms", ms] => (mode, Some(number(times)?), number(ms)?),
        _ => bail!("{rule}"),
    };
    Ok(Setting {
        mode: (*mode).to_owned(),
        times,
        ms,
    })
}

fn take(name: &str, words: &[&str], quiet: bool) -> anyhow::Result<What> {
    let rule = "write `take NAME = credence COMMAND… : POINTER` or `take NAME = FILE.json : \
                POINTER`, and behind it, to choose among a list, `where POINTER = TEXT`";
    if !is_name(name) {
        bail!("`{name}` is no name: small letters, digits, `-`, `.` and `_`, a letter first");
    }
    let place = words.iter().rposition(|word| *word == ":");
    let (from, pick) = match place {
        Some(place) => (&words[..place], &words[place + 1..]),
        None => bail!("{rule}"),
    };
    let from = match from {
        ["credence", rest @ ..] => {
            may_be_run(rest)?;
            Source::Command(owned(rest))
        }
        [file] => Source::File((*file).to_owned()),
        _ => bail!("{rule}"),
    };
    let (pointer, condition) = match pick {
        [pointer] => (pointer, None),
        [pointer, "where", from, "=", text] => {
            (pointer, Some(((*from).to_owned(), (*text).to_owned())))
        }
        _ => bail!("{rule}"),
    };
    if !pointer.starts_with('/') {
        bail!("`{pointer}` is no pointer; it begins with `/`, such as /records/0/id");
    }
    if condition.is_some() && pointer.matches("/*").count() != 1 {
        bail!("`where` chooses among a list: put one `*` into the pointer, such as /records/*/id");
    }
    Ok(What::Take {
        name: name.to_owned(),
        from,
        pick: Pick {
            pointer: (*pointer).to_owned(),
            condition,
        },
        quiet,
    })
}

/// Whether a text can name a value.
pub(super) fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(inside)
}

/// Words of a line, parted at blanks; what stands between quotes is one.
fn split(text: &str) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut open, mut quote) = (String::new(), false, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(mark), _) if mark == c => quote = None,
            (Some(_), _) => word.push(c),
            (None, '"' | '\'') => (quote, open) = (Some(c), true),
            (None, _) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (None, _) => word.push(c),
        }
    }
    if let Some(mark) = quote {
        bail!("the quote {mark} is not closed");
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests;
