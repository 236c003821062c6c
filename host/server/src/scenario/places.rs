//! Where the parts lie that scenarios are played with.
//!
//! Comes in: the variables that `cargo xtask` sets. Goes out: paths that are there, or
//! what to run so that they are. Always holds: a command asks for no more than it uses.

use anyhow::{Context as _, bail};
use std::{
    env,
    path::{Path, PathBuf},
};

/// Where the parts lie.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(super) plugins: PathBuf,
    pub(super) back_end: PathBuf,
    pub(super) examples: PathBuf,
    pub(crate) scenarios: PathBuf,
    /// The program that makes the sample province, where there is one.
    pub(super) province: Option<PathBuf>,
}

impl Places {
    /// Finds them. `command` is what a person runs to have them.
    pub(crate) fn find(command: &str) -> anyhow::Result<Self> {
        let place = |variable: &str| {
            let path = env::var_os(variable).map(PathBuf::from).with_context(|| {
                format!(
                    "{variable} is not set: run `{command}`, which builds plugins and \
                     departments' systems and says where they are"
                )
            })?;
            match path.exists() {
                true => Ok(path),
                false => bail!("{} is not there: run `{command}`", path.display()),
            }
        };
        Ok(Self {
            plugins: place("CREDENCE_PLUGINS")?,
            back_end: place("CREDENCE_BACK_END")?,
            examples: place("CREDENCE_EXAMPLES")?,
            scenarios: place("CREDENCE_SCENARIOS")?,
            province: env::var_os("CREDENCE_PROVINCE").map(PathBuf::from),
        })
    }

    /// The directory of the scenarios alone, for what plays none.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) fn scenarios() -> anyhow::Result<PathBuf> {
        let named = env::var_os("CREDENCE_SCENARIOS").map(PathBuf::from);
        let dir = named.unwrap_or_else(|| PathBuf::from("tests/scenarios"));
        match dir.is_dir() {
            true => Ok(dir),
            false => bail!(
                "there is no directory {}; run this in the root of the repository, or name the \
                 directory of the scenarios in CREDENCE_SCENARIOS",
                dir.display()
            ),
        }
    }

    /// A file of a scenario, or the example that stands in for it.
    pub(super) fn own_or_example(&self, scenario: &Path, name: &str) -> PathBuf {
        let own = scenario.join(name);
        match own.exists() {
            true => own,
            false => self.examples.join(name),
        }
    }
}
