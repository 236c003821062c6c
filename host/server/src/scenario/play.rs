//! One scenario, played: its house, its departments, its steps.
//!
//! Comes in: a folder, and a directory for everything that comes about. Goes out: what
//! each step did, under stable names. Always holds: commands run by the same
//! definition and the same desk as at a terminal, and nothing but the clock is set by
//! hand; departments are processes of their own that end with this value.
//!
//! Deliberately absent: what must come of it (`outcome`, `compare`).

use super::{
    compare::STEP,
    department::Department,
    names::Names,
    pick::picked,
    places::Places,
    set_up::lay,
    steps::{self, Pick, Source, Step, What},
    time::instant,
    voice::Voice,
};
use crate::{
    args::Line,
    commands::{self, Desk, open},
    config::Config,
    tell::{Kept, Tell},
};
use anyhow::{Context as _, anyhow, bail};
use clap::Parser as _;
use credence_pipeline::{Clock as _, House, SetClock};
use jiff::civil::date;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

/// Where a scenario begins that does not say when.
const BEGINS: jiff::civil::DateTime = date(2026, 11, 23).at(9, 0, 0, 0);

/// A scenario under way.
pub(crate) struct Play {
    /// Its folder.
    pub(super) dir: PathBuf,
    pub(super) places: Places,
    /// Where departments and files lie that come about.
    pub(super) scratch: PathBuf,
    pub(crate) data: PathBuf,
    decoders: Option<PathBuf>,
    pub(super) clock: Arc<SetClock>,
    house: Option<Arc<House>>,
    pub(super) departments: BTreeMap<String, Department>,
    /// What stands in `{…}`.
    values: BTreeMap<String, String>,
    pub(super) names: Names,
    /// What every step did.
    pub(super) told: String,
    pub(super) voice: Voice,
}

impl Play {
    /// Lays out the directories. The house opens with the first step that needs it.
    pub(crate) fn new(
        dir: &Path,
        places: Places,
        scratch: &Path,
        data: &Path,
        decoders: Option<PathBuf>,
        voice: Voice,
    ) -> anyhow::Result<Self> {
        let real = |path: &Path| {
            fs::create_dir_all(path)
                .and_then(|()| fs::canonicalize(path))
                .with_context(|| format!("cannot make the directory {}", path.display()))
        };
        let (scratch, data) = (real(scratch)?, real(data)?);
        let mut play = Self {
            dir: fs::canonicalize(dir).with_context(|| format!("no folder {}", dir.display()))?,
            scratch,
            data,
            decoders,
            clock: Arc::new(SetClock::at(instant(BEGINS)?)),
            house: None,
            departments: BTreeMap::new(),
            values: BTreeMap::new(),
            names: Names::default(),
            told: String::new(),
            voice,
            places,
        };
        let known = [
            ("here", play.dir.clone()),
            ("examples", play.places.examples.clone()),
            ("plugins", play.places.plugins.clone()),
            ("scratch", play.scratch.clone()),
            ("data", play.data.clone()),
        ];
        for (name, path) in known {
            play.know(name, &path.display().to_string());
        }
        play.lay_out()?;
        Ok(play)
    }

    /// Gives a directory or an address a name, in steps and in what is told.
    pub(super) fn know(&mut self, name: &str, text: &str) {
        self.names.call(text, name);
        self.values.insert(name.to_owned(), text.to_owned());
    }

    /// The house, once it is open.
    pub(crate) fn house(&self) -> anyhow::Result<Arc<House>> {
        let house = self.house.as_ref();
        house
            .cloned()
            .context("nothing was done in the house yet; begin with a command")
    }

    pub(super) async fn opened(&mut self) -> anyhow::Result<Arc<House>> {
        if let Some(house) = &self.house {
            return Ok(house.clone());
        }
        let config = Config::read(&self.data, None)?;
        let decoders = self.decoders.clone();
        let house = open(&self.data, config, decoders, self.clock.clone()).await?;
        // Nobody writes into a folder but what has written already.
        let house = Arc::new(house.quiet_for(Duration::ZERO));
        self.house = Some(house.clone());
        Ok(house)
    }

    /// Plays the steps of the folder.
    pub(crate) async fn steps(&mut self) -> anyhow::Result<()> {
        let file = self.dir.join("steps.txt");
        let text = fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}; it holds the steps", file.display()))?;
        let file = file.display().to_string();
        for step in steps::parse(&file, &text)? {
            let done = self.step(&step).await;
            done.map_err(|error| steps::fault(&file, step.line, &step.text, format!("{error:#}")))?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> anyhow::Result<()> {
        match &step.what {
            What::Heading(text) => {
                self.told += &format!("\n# {text}\n");
                self.voice.step(text);
                return Ok(());
            }
            What::Said(text) => {
                self.voice.say(text);
                return Ok(());
            }
            _ => self.told += &format!("\n{STEP}{}\n", step.text),
        }
        match &step.what {
            What::Heading(_) | What::Said(_) => {}
            // It stands first: nothing was opened under another clock.
            What::At(at) => self.clock = Arc::new(SetClock::at(instant(*at)?)),
            What::Pass(passing) => {
                self.opened().await?;
                self.pass(passing).await?;
                self.voice.passed(&step.text, self.clock.now());
            }
            What::Command {
                words,
                refused,
                quiet,
            } => self.command(&step.text, words, *refused, *quiet).await?,
            What::Department { name, program } => self.start(name, program).await?,
            What::Switch {
                department,
                setting,
            } => self.switch(department, setting).await?,
            What::Grant { plugin, file } => self.grant(plugin, file.as_deref())?,
            What::Take {
                name,
                from,
                pick,
                quiet,
            } => {
                if let Some(said) = self.take(name, from, pick).await?
                    && !quiet
                {
                    self.voice.command(asked(&step.text), &said);
                }
            }
            What::Province(options) => self.province(options)?,
            What::Lay { file, into } => {
                let (file, into) = (self.filled(file)?, self.filled(into)?);
                lay(Path::new(&file), Path::new(&into))?;
            }
            What::Catalogue(file) => self.catalogue(file).await?,
        }
        Ok(())
    }

    /// Fills in what stands in `{…}`.
    pub(super) fn filled(&self, word: &str) -> anyhow::Result<String> {
        let (mut text, mut rest) = (String::new(), word);
        while let Some((before, after)) = rest.split_once('{') {
            text += before;
            let name = after
                .split_once('}')
                .filter(|(name, _)| steps::is_name(name));
            let Some((name, behind)) = name else {
                text.push('{');
                rest = after;
                continue;
            };
            let value = self.values.get(name).ok_or_else(|| {
                let known: Vec<&str> = self.values.keys().map(String::as_str).collect();
                anyhow!(
                    "nothing is called {{{name}}}; there are {}",
                    known.join(", ")
                )
            })?;
            text += value;
            rest = behind;
        }
        Ok(text + rest)
    }

    /// Runs a command as at a terminal. Gives whether it did its work, and what it said.
    async fn run(&mut self, words: &[String], json: bool) -> anyhow::Result<(bool, String)> {
        let mut line = vec!["credence".to_owned()];
        for word in words {
            line.push(self.filled(word)?);
        }
        let line = Line::try_parse_from(line).map_err(|error| {
            let text = error.to_string();
            anyhow!(
                "{}",
                text.strip_prefix("error: ").unwrap_or(&text).trim_end()
            )
        })?;
        let kept = Kept::default();
        let house = self.opened().await?;
        let tell = Tell::into(json || line.global.json, &kept);
        let desk = Desk::in_house(house.clone(), &self.data, &line.global.actor, tell);
        let ended = commands::perform(line.command, &desk).await;
        let done = match ended {
            Ok(status) => status == ExitCode::SUCCESS,
            Err(error) => {
                desk.tell.failure(&error);
                false
            }
        };
        Ok((done, kept.take()))
    }

    async fn command(
        &mut self,
        text: &str,
        words: &[String],
        refused: bool,
        quiet: bool,
    ) -> anyhow::Result<()> {
        let (done, said) = self.run(words, false).await?;
        let house = self.opened().await?;
        self.names.learn(&said, &house).await?;
        let said = self.names.told(&said);
        self.told += &said;
        if !quiet {
            self.voice.command(text, &said);
        }
        match (done, refused) {
            (true, false) | (false, true) => Ok(()),
            (true, true) => bail!("it should be refused, and did its work:\n{said}"),
            (false, false) => bail!("it should do its work, and did not:\n{said}"),
        }
    }

    /// Keeps a value. Gives what is told of it, where that may be told.
    async fn take(
        &mut self,
        name: &str,
        from: &Source,
        pick: &Pick,
    ) -> anyhow::Result<Option<String>> {
        if self.names_of_the_runner(name) {
            bail!("{{{name}}} has a meaning already; take another name");
        }
        let json = match from {
            Source::Command(words) => {
                let (done, said) = self.run(words, true).await?;
                if !done {
                    bail!("it should do its work, and did not:\n{}", in_words(&said));
                }
                said
            }
            Source::File(file) => {
                let file = self.filled(file)?;
                fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?
            }
        };
        let json: Value = serde_json::from_str(&json).context("its answer is no JSON")?;
        let condition = match &pick.condition {
            Some((pointer, text)) => Some((pointer.clone(), self.filled(text)?)),
            None => None,
        };
        let pick = Pick {
            pointer: self.filled(&pick.pointer)?,
            condition,
        };
        let value = picked(&json, &pick)?;
        if let Some(house) = &self.house {
            self.names.learn(&value, house).await?;
        }
        // A value of a file may be a person's number: only what the house drew is told.
        let said = matches!(from, Source::Command(_))
            .then(|| format!("{name} = {}", self.names.told(&value)));
        self.told += said.as_deref().unwrap_or_default();
        self.values.insert(name.to_owned(), value);
        Ok(said)
    }

    fn names_of_the_runner(&self, name: &str) -> bool {
        let department = name.split_once('.').map(|(department, _)| department);
        ["here", "examples", "plugins", "scratch", "data", "province"].contains(&name)
            || department.is_some_and(|name| self.departments.contains_key(name))
    }

    /// Closes the house. What comes afterwards opens it again.
    pub(crate) async fn close(&mut self) {
        if let Some(house) = self.house.take() {
            house.store().close().await;
        }
    }
}

/// What a command that was to answer in JSON says for people: why something was
/// refused, and what stands behind the JSON.
fn in_words(said: &str) -> String {
    let mut values = serde_json::Deserializer::from_str(said).into_iter::<Value>();
    let Some(Ok(answer)) = values.next() else {
        return said.to_owned();
    };
    let mut words = Vec::new();
    refusals(&answer, &mut words);
    words.push(said[values.byte_offset()..].trim().to_owned());
    words.join("\n")
}

fn refusals(answer: &Value, words: &mut Vec<String>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| refusals(item, words)),
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(why) if name == "refusal" => words.push(format!("refused: {why}")),
                    _ => refusals(member, words),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The command of a `take` line.
fn asked(text: &str) -> &str {
    let behind = text.split_once('=').map_or(text, |(_, behind)| behind);
    let command = behind
        .rsplit_once(" : ")
        .map_or(behind, |(command, _)| command);
    command.trim()
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn a_refusal_in_json_is_told_in_words() {
        let said = concat!(
            r#"{"case":{"id":"01","refusal":null},"orders":[{"refusal":"no mandate\nfor it"}]}"#,
            "\nerror: nothing of it can be carried out"
        );
        assert_eq!(
            in_words(said),
            "refused: no mandate\nfor it\nerror: nothing of it can be carried out"
        );
        assert_eq!(in_words("error: no house"), "error: no house");
    }
}
