//! Scenarios: cases of law as folders, played against a real house and departments in
//! processes of their own.
//!
//! Comes in: folders `NN-name` with `steps.txt`, their inputs and `expected.txt`. Goes
//! out: for each whether it led to what it must lead to, and the differences if not.
//! Always holds: a scenario that cannot be played to its end is never taken for good,
//! nor written down; nothing is left running. Deliberately absent: a clock that is set
//! for any other command.
//!
//! How a folder is written stands in `tests/scenarios/README.md`.

mod compare;
mod department;
mod grant;
mod names;
mod outcome;
mod pick;
mod places;
mod play;
mod set_up;
mod steps;
mod time;
mod voice;

pub(crate) use places::Places;
pub(crate) use play::Play;
pub(crate) use voice::Voice;

use crate::{commands::Desk, tell::wants_colour};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::{
    fs,
    io::{ErrorKind, IsTerminal as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub(crate) enum ScenarioCommand {
    /// Play scenarios, and hold what came against what must come
    #[command(
        after_help = "`cargo xtask scenario` builds what this needs and says where it is.\n\n\
                            Examples:\n  credence scenario run tests/scenarios/01-penalty\n  \
                            credence scenario run 01-penalty --bless\n  \
                            credence scenario run --keep kept"
    )]
    Run(RunArgs),
    /// List the scenarios with the first line of their story
    #[command(after_help = "Example:\n  credence scenario list")]
    List,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Folders, or names among the scenarios [default: all of them]
    #[arg(value_name = "DIR|NAME")]
    scenarios: Vec<PathBuf>,
    /// Write what came into expected.txt, for you to read before you commit it
    #[arg(long)]
    bless: bool,
    /// Keep what came about in DIR/NAME [default: a temporary directory, removed]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Tell the story while it is played
    #[arg(long)]
    tell: bool,
}

/// What is run so that everything is there.
const COMMAND: &str = "cargo xtask scenario";

/// What became of one scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Played {
    name: String,
    ok: bool,
    /// What became of `expected.txt` with `--bless`.
    #[serde(skip_serializing_if = "Option::is_none")]
    blessed: Option<Blessed>,
    /// Why it is not, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// What became of `expected.txt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Blessed {
    /// It holds now what came.
    Written,
    /// It held that already.
    Unchanged,
}

#[derive(Debug, Serialize)]
struct AllPlayed {
    ok: bool,
    scenarios: Vec<Played>,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    story: String,
}

pub(crate) async fn run(command: ScenarioCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    match command {
        ScenarioCommand::List => {
            let mut listed = Vec::new();
            for dir in folders(&Places::scenarios()?)? {
                let story = story(&dir)?;
                listed.push(Listed {
                    name: name_of(&dir),
                    story,
                });
            }
            desk.tell.show(&listed, |listed| {
                let line = |one: &Listed| [one.name.clone(), one.story.clone()];
                crate::tell::table(["scenario", "story"], listed.iter().map(line))
            })?;
            Ok(ExitCode::SUCCESS)
        }
        ScenarioCommand::Run(args) => run_all(args, Places::find(COMMAND)?, desk).await,
    }
}

async fn run_all(args: RunArgs, places: Places, desk: &Desk) -> anyhow::Result<ExitCode> {
    let dirs = match args.scenarios.is_empty() {
        true => folders(&places.scenarios)?,
        false => chosen(&args.scenarios, &places)?,
    };
    if let Some(keep) = &args.keep {
        dirs.iter()
            .try_for_each(|dir| can_keep_in(&keep.join(name_of(dir))))?;
    }
    let mut scenarios = Vec::with_capacity(dirs.len());
    for dir in dirs {
        scenarios.push(one(&dir, &args, &places, desk).await?);
    }
    let all = AllPlayed {
        ok: scenarios.iter().all(|played| played.ok),
        scenarios,
    };
    desk.tell.show(&all, words)?;
    Ok(match all.ok {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Folders among the scenarios, by name.
fn folders(scenarios: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(scenarios).with_context(|| format!("cannot read {}", scenarios.display()))?;
    let mut dirs: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("steps.txt").is_file())
        .collect();
    dirs.sort();
    match dirs.is_empty() {
        true => bail!("no folder of {} holds a steps.txt", scenarios.display()),
        false => Ok(dirs),
    }
}

fn chosen(named: &[PathBuf], places: &Places) -> anyhow::Result<Vec<PathBuf>> {
    let find = |name: &PathBuf| {
        let among = places.scenarios.join(name);
        let found = [name, &among]
            .into_iter()
            .find(|dir| dir.join("steps.txt").is_file());
        found.cloned().with_context(|| {
            format!(
                "{} holds no steps.txt; `credence scenario list` shows which scenarios there are",
                name.display()
            )
        })
    };
    named.iter().map(find).collect()
}

/// Whether everything can be kept in a directory: to be asked before anything is done.
///
/// # Errors
/// When it is there and holds something, or is no directory.
pub(crate) fn can_keep_in(dir: &Path) -> anyhow::Result<()> {
    let shown = dir.display();
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => bail!(
            "--keep: {shown} is a file or lies below one; name a directory that is empty or not \
             there yet"
        ),
        Err(error) => return Err(error).context(format!("--keep: cannot look into {shown}")),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    bail!("--keep: {shown} is not empty; name a directory that is empty or not there yet")
}

fn name_of(dir: &Path) -> String {
    let whole = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let name = whole.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The first heading of a scenario.
fn story(dir: &Path) -> anyhow::Result<String> {
    let file = dir.join("steps.txt");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let heading = text.lines().find_map(|line| line.strip_prefix('#'));
    Ok(heading.unwrap_or_default().trim().to_owned())
}

/// Plays one. An error is one of the runner's surroundings; what is wrong with the
/// scenario stands in the answer.
async fn one(dir: &Path, args: &RunArgs, places: &Places, desk: &Desk) -> anyhow::Result<Played> {
    let name = name_of(dir);
    let temporary = tempfile::tempdir().context("cannot make a scratch directory")?;
    let scratch = match &args.keep {
        Some(keep) => keep.join(&name),
        None => temporary.path().to_owned(),
    };
    let data = scratch.join("data");
    let voice = match args.tell && !desk.tell.is_for_programs() {
        true => Voice {
            silent: false,
            colour: wants_colour(std::io::stdout().is_terminal()),
        },
        false => Voice::SILENT,
    };
    voice.title(&name);
    let came = came(dir, places, &scratch, &data, desk.decoders(), voice).await;
    let file = dir.join("expected.txt");
    let mut blessed = None;
    let why = match came {
        Err(error) => Some(format!("{error:#}")),
        Ok(came) if args.bless => {
            blessed = Some(bless(&file, &came)?);
            None
        }
        Ok(came) => match fs::read_to_string(&file) {
            Ok(expected) => compare::difference(&expected, &came),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(format!(
                "{} is not there: play it with --bless, and read what is written",
                file.display()
            )),
            Err(error) => Some(format!("cannot read {}: {error}", file.display())),
        },
    };
    Ok(Played {
        blessed,
        ok: why.is_none(),
        name,
        why,
    })
}

/// Makes a file hold what came; one that does already is left alone.
fn bless(file: &Path, came: &str) -> anyhow::Result<Blessed> {
    if fs::read_to_string(file).is_ok_and(|expected| expected == came) {
        return Ok(Blessed::Unchanged);
    }
    fs::write(file, came).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Blessed::Written)
}

/// Plays one scenario, and gives what it led to.
async fn came(
    dir: &Path,
    places: &Places,
    scratch: &Path,
    data: &Path,
    decoders: Option<PathBuf>,
    voice: Voice,
) -> anyhow::Result<String> {
    let mut play = Play::new(dir, places.clone(), scratch, data, decoders, voice)?;
    let led = async {
        play.steps().await?;
        let outcome = play.outcome().await?;
        Ok(format!("{HEAD}{}{outcome}", play.told))
    };
    let led = led.await;
    play.close().await;
    led
}

/// Stands over every outcome.
const HEAD: &str = "What this scenario must lead to. `cargo xtask scenario NAME --bless` writes it \
                    anew;\nread the change before you commit it.\n";

fn words(all: &AllPlayed) -> String {
    let mut text = String::new();
    for Played {
        name,
        ok,
        blessed,
        why,
    } in &all.scenarios
    {
        let word = match (ok, blessed) {
            (true, Some(Blessed::Written)) => "written",
            (true, Some(Blessed::Unchanged)) => "unchanged",
            (true, None) => "ok",
            (false, _) => "NOT AS EXPECTED",
        };
        text += &format!("{name}: {word}\n");
        if let Some(why) = why {
            let lines = why.trim_end().lines().map(|line| format!("  {line}\n"));
            text += &lines.collect::<String>();
        }
    }
    let failed = all.scenarios.iter().filter(|played| !played.ok).count();
    text + &format!(
        "{} scenario(s), {failed} not as expected",
        all.scenarios.len()
    )
}
