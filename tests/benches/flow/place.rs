//! Houses that are thrown away: a data directory with the catalogue of the
//! examples, and what the shipped plugins are granted.

use anyhow::Context as _;
use credence_pipeline::{Actor, House, HouseOptions, SetClock};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// A house and what it stands in.
pub(crate) struct Place {
    pub(crate) house: Arc<House>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) dir: TempDir,
}

pub(crate) fn actor() -> Actor {
    Actor::operator("bench")
}

fn set(variable: &str) -> anyhow::Result<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .with_context(|| format!("{variable} is not set; run `cargo xtask bench`"))
}

/// A shipped component.
pub(crate) fn component(plugin: &str) -> anyhow::Result<Vec<u8>> {
    let path = set("CREDENCE_PLUGINS")?.join(format!("{plugin}.wasm"));
    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The grant of the examples, as it stands.
pub(crate) fn grant(plugin: &str) -> anyhow::Result<String> {
    let path = set("CREDENCE_EXAMPLES")?.join(format!("grants/{plugin}.toml"));
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

impl Place {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let dir = TempDir::new()?;
        let data = dir.path().join("data");
        copy(
            &set("CREDENCE_EXAMPLES")?.join("catalogue"),
            &data.join("catalogue"),
        )?;
        let clock = Arc::new(SetClock::at("2026-11-23T02:00:00Z".parse()?));
        let house = House::open(HouseOptions {
            data,
            clock: clock.clone(),
            region: "350000".to_owned(),
            origin: "bench/log".to_owned(),
        });
        let house = Arc::new(house.await?);
        Ok(Self { house, clock, dir })
    }

    pub(crate) async fn install(&self, plugin: &str, grant: &str) -> anyhow::Result<()> {
        let component = component(plugin)?;
        self.house
            .install(component, "grant", grant, &actor())
            .await?;
        Ok(())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.path().join("data/credence.sqlite")
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
