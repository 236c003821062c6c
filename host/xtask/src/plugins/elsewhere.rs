//! A plugin that is no member of the workspace, built as the members are.
//!
//! **In:** a directory with `plugin.toml` and Cargo.toml, outside the workspace.
//! **Out:** `NAME.wasm` beside that `plugin.toml`.
//! **Always:** the profile is the one in our root Cargo.toml; cargo builds in our
//! target directory, so that what the plugins share is compiled once.
//! **Absent:** the choice of versions, which is the crate's own lock file's.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{
    PLUGINS, PROFILE, TRIPLE, add_missing_triple, core_module, in_target, read, rustc_flags, shelve,
};
use crate::workspace::{Workspace, succeed};

/// Builds the plugin in `dir`. Fails where `dir` is none, or belongs to the workspace.
pub(crate) fn build_at(workspace: &Workspace, dir: &Path) -> Result<()> {
    let dir = &dir
        .canonicalize()
        .with_context(|| format!("there is no directory {}", dir.display()))?;
    let path = dir.join(PLUGINS.manifest);
    ensure!(
        path.is_file(),
        "{} is not there; a plugin says in it what it reads, carries out and needs",
        path.display()
    );
    let (_, source) = read(dir, &path, &PLUGINS, dir)?;
    let cargo_toml = dir.join("Cargo.toml");
    let own = Workspace::of(Some(&cargo_toml))?;
    ensure!(
        own.root != workspace.root,
        "{} is within this workspace; build it by its name, or give its Cargo.toml an empty \
         [workspace]",
        dir.display()
    );
    add_missing_triple(workspace)?;
    let (package, module) = core_module(&own, &source)?;
    let mut cargo = workspace.cargo(["build", "--target", TRIPLE, "--profile", PROFILE]);
    cargo.arg("--manifest-path").arg(&cargo_toml);
    cargo.args(["-p", package]);
    for setting in profile(&workspace.root)? {
        cargo.args(["--config", &setting]);
    }
    cargo
        .env("CARGO_TARGET_DIR", &workspace.target)
        .env("CARGO_ENCODED_RUSTFLAGS", rustc_flags(&workspace.root));
    succeed(&mut cargo)?;
    shelve(&source, &in_target(workspace, &module))
}

/// The profile of plugins, one setting a line, for a crate whose workspace lacks it.
fn profile(root: &Path) -> Result<Vec<String>> {
    let path = root.join("Cargo.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let root: toml::Table = text
        .parse()
        .with_context(|| format!("{}", path.display()))?;
    let settings = root
        .get("profile")
        .and_then(|profiles| profiles.get(PROFILE))
        .and_then(toml::Value::as_table)
        .with_context(|| format!("{} has no [profile.{PROFILE}]", path.display()))?;
    Ok(settings
        .iter()
        .map(|(name, value)| format!("profile.{PROFILE}.{name}={value}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_elsewhere_is_built_with_the_profile_of_plugins() {
        let workspace = Workspace::read().unwrap();
        let settings = profile(&workspace.root).unwrap();
        for setting in [
            "profile.plugin.inherits=\"release\"",
            "profile.plugin.codegen-units=1",
        ] {
            assert!(settings.iter().any(|one| one == setting), "{settings:?}");
        }
    }

    #[test]
    fn a_directory_that_is_no_plugin_elsewhere_is_refused_with_what_to_do() {
        let workspace = Workspace::read().unwrap();
        for (dir, words) in [
            ("no/such", "there is no directory"),
            ("host", "plugin.toml is not there"),
            ("plugins/tax", "is within this workspace"),
        ] {
            let error = build_at(&workspace, &workspace.root.join(dir)).unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains(words), "{dir}: {error}");
        }
    }
}
