//! The commands, one room for each noun.
//!
//! Comes in: a parsed line. Goes out: what `tell` prints, and a status. Always
//! holds: a command that only reads makes no house where there is none; one that
//! changed something seals the log before it ends, and says so where it could not.

mod audit;
mod calendar;
mod case;
mod catalogue;
mod department;
mod feed;
mod id;
mod ingest;
mod measure;
mod objection;
pub(crate) mod order;
mod plugin;
mod register;
mod repair;
pub(crate) mod serve;
mod subject;
mod token;

use crate::{
    args::{Command, Global, Line},
    config::Config,
    demo, scenario,
    tell::Tell,
};
use anyhow::{Context as _, bail};
use credence_pipeline::{Actor, Clock, House, HouseOptions, Swept, SystemClock};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// What every command needs besides its own arguments.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) data: PathBuf,
    config: Option<PathBuf>,
    decoders: Option<PathBuf>,
    pub(crate) actor: Actor,
    pub(crate) tell: Tell,
    /// The house of a scenario, under a clock that is set. Everywhere else there is
    /// none: each command opens its own, under the machine's clock.
    held: Option<Arc<House>>,
}

/// Carries out one command line.
pub(crate) async fn run(line: Line, tell: Tell) -> anyhow::Result<ExitCode> {
    let Global {
        data,
        config,
        decoders,
        json: _,
        actor,
    } = line.global;
    let desk = Desk {
        data,
        config,
        decoders,
        actor: Actor::operator(actor),
        tell,
        held: None,
    };
    match line.command {
        Command::Demo(args) => demo::run(args, &desk).await,
        Command::Scenario(command) => scenario::run(command, &desk).await,
        Command::Serve(args) => serve::run(args, &desk).await,
        command => perform(command, &desk).await,
    }
}

/// Carries out a command on a desk: everything but what runs a house of its own.
pub(crate) async fn perform(command: Command, desk: &Desk) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(_) | Command::Scenario(_) | Command::Serve(_) => {
            bail!("this command runs a house of its own; a scenario holds one already")
        }
        Command::Ingest(args) => ingest::run(args, desk).await,
        Command::Feed(command) => feed::run(command, desk).await,
        Command::Token(command) => token::run(command, desk).await,
        Command::Subject(command) => subject::run(command, desk).await,
        Command::Case(command) => case::run(command, desk).await,
        Command::Repair(command) => repair::run(command, desk).await,
        Command::Order(command) => order::run(command, desk).await,
        Command::Objection(command) => objection::run(command, desk).await,
        Command::Department(command) => department::run(command, desk).await,
        Command::Measure(command) => measure::run(command, desk).await,
        Command::Plugin(command) => plugin::run(command, desk).await,
        Command::Audit(command) => audit::run(command, desk).await,
        Command::Catalogue(command) => catalogue::run(command, desk),
        Command::Calendar(command) => calendar::run(command, desk).await,
        Command::Id(command) => id::run(command, desk),
    }
}

impl Desk {
    /// A desk in this house, for a scenario.
    pub(crate) fn in_house(house: Arc<House>, data: &Path, actor: &str, tell: Tell) -> Self {
        Self {
            data: data.to_owned(),
            config: None,
            decoders: None,
            actor: Actor::operator(actor),
            tell,
            held: Some(house),
        }
    }

    /// Opens the house that is there.
    async fn house(&self) -> anyhow::Result<Arc<House>> {
        if let Some(house) = &self.held {
            return Ok(house.clone());
        }
        if !self.data.join("credence.sqlite").is_file() {
            bail!(
                "there is no house in {}; name its directory with --data, or make one there with \
                 `credence plugin install` or `credence serve`",
                self.data.display()
            );
        }
        self.house_or_new().await
    }

    /// Opens the house, and makes one where there is none.
    async fn house_or_new(&self) -> anyhow::Result<Arc<House>> {
        if let Some(house) = &self.held {
            return Ok(house.clone());
        }
        let config = Config::read(&self.data, self.config.as_deref())?;
        let clock = Arc::new(SystemClock);
        let house = open(&self.data, config, self.decoders(), clock).await?;
        Ok(Arc::new(house))
    }

    /// Where the decoders lie.
    pub(crate) fn decoders(&self) -> Option<PathBuf> {
        decoders(self.decoders.as_deref())
    }

    /// Carries out what a command made due. What the command did stands either way,
    /// so this only warns; `None` then. Seals the log.
    async fn carry_out(&self, house: &Arc<House>, done: &str) -> Option<Swept> {
        match house.sweep_until_quiet().await {
            Ok(swept) => Some(swept),
            Err(error) => {
                let text = format!(
                    "{done}, but not all that is due could be carried out; mend what follows, then \
                     `credence order run`"
                );
                self.tell.warn(&anyhow::Error::new(error).context(text));
                self.seal(house).await;
                None
            }
        }
    }

    /// Seals what the command wrote. What was done stands either way, so this
    /// only warns.
    async fn seal(&self, house: &House) {
        if let Err(error) = house.seal().await {
            let text = "the command did its work, but its log entries could not be sealed yet; \
                        `credence audit verify` tells more";
            self.tell.warn(&anyhow::Error::new(error).context(text));
        }
    }
}

/// Opens a house as it is configured, under this clock.
pub(crate) async fn open(
    data: &Path,
    config: Config,
    decoders: Option<PathBuf>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<House> {
    let options = HouseOptions {
        data: data.to_owned(),
        clock,
        region: config.region,
        origin: config.origin,
    };
    let house = House::open(options).await?;
    let house = house.taking_at_most(config.largest_delivery);
    Ok(match decoders {
        Some(dir) => house.decoding_with(dir),
        None => house,
    })
}

/// Where the decoders lie: as set, else beside this program, else beside its
/// directory.
fn decoders(set: Option<&Path>) -> Option<PathBuf> {
    if let Some(dir) = set {
        return Some(dir.to_owned());
    }
    let program = std::env::current_exe().ok()?;
    let beside = program.ancestors().skip(1).take(2);
    beside
        .map(|dir| dir.join("decoders"))
        .find(|dir| dir.is_dir())
}

/// A file that the command line names, as text.
fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; it is a text file in UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use jiff::Timestamp;

    /// Whatever else a command line says, its house runs by the machine's clock: only
    /// a scenario holds a house of its own.
    #[tokio::test(flavor = "multi_thread")]
    async fn an_ordinary_command_runs_by_the_clock_of_the_machine() {
        let dir = tempfile::tempdir().unwrap();
        let desk = Desk {
            data: dir.path().to_owned(),
            config: None,
            decoders: None,
            actor: Actor::operator("test"),
            tell: Tell::new(true),
            held: None,
        };
        let house = desk.house_or_new().await.unwrap();
        let before = Timestamp::now().as_millisecond();
        let now = house.now().as_millisecond();
        assert!((before..=Timestamp::now().as_millisecond()).contains(&now));
        let scenario = Line::try_parse_from(["credence", "scenario", "list"]).unwrap();
        let error = perform(scenario.command, &desk).await.unwrap_err();
        assert!(error.to_string().contains("a house of its own"), "{error}");
    }
}
