//! Finds the component crates, builds them, shelves the artefacts.
//!
//! **In:** directories that hold both `plugin.toml` and Cargo.toml; of a decoder,
//! `decoder.toml` and Cargo.toml.
//! **Out:** `plugins/*` as `target/plugins/NAME.wasm`, `tests/guests/*` as
//! `target/guests/NAME.wasm`, `host/decoders/*` as `target/decoders/NAME.wasm`; NAME
//! is the `name` in that file.
//! **Always:** an artefact is replaced whole, and only when it changed; it holds
//! no path of the machine that built it, so that the same source gives the same
//! digest elsewhere; the caller's `RUSTFLAGS` have no part in it.
//! **Absent:** outside tools; any reading of the manifest beyond its `name`.
//! **A crash** may leave a temporary file `.NAME.wasm.PID` beside the artefact.

mod elsewhere;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::component;
use crate::workspace::{Workspace, succeed};

pub(crate) use elsewhere::build_at;

const TRIPLE: &str = "wasm32-unknown-unknown";
/// In the root Cargo.toml.
const PROFILE: &str = "plugin";
/// Every plugin starts with 1 MiB of memory, so that an ordinary call never
/// grows it: growing costs a fresh call more than all the rest. Pages that a
/// call does not touch cost nothing.
const INITIAL_MEMORY_BYTES: u32 = 1024 * 1024;
/// Rust's own choice, 1 MiB, would be the whole of it. The stack lies at the
/// bottom of the memory, so that an overflow traps.
const STACK_BYTES: u32 = 128 * 1024;

/// A directory of component crates and where their artefacts go.
pub(crate) struct Shelf {
    /// Below the root of the workspace.
    source: &'static str,
    /// Below the target directory.
    artefacts: &'static str,
    /// The file that names a component.
    manifest: &'static str,
    /// Whether that file is packed into the component.
    is_packed: bool,
}

/// What the house ships.
const PLUGINS: Shelf = Shelf {
    source: "plugins",
    artefacts: "plugins",
    manifest: "plugin.toml",
    is_packed: true,
};
/// What makes text of binary containers.
const DECODERS: Shelf = Shelf {
    source: "host/decoders",
    artefacts: "decoders",
    manifest: "decoder.toml",
    is_packed: false,
};
/// What the tests set on the host.
const GUESTS: Shelf = Shelf {
    source: "tests/guests",
    artefacts: "guests",
    manifest: "plugin.toml",
    is_packed: true,
};
/// What a demonstration needs.
pub(crate) const SHIPPED: [Shelf; 2] = [PLUGINS, DECODERS];
/// What tests and benchmarks need.
pub(crate) const ALL: [Shelf; 3] = [PLUGINS, DECODERS, GUESTS];

/// A component crate, found but not built.
#[derive(Debug)]
struct Source {
    dir: PathBuf,
    /// What is packed into the component, if anything is.
    manifest: Option<String>,
    artefact: PathBuf,
}

/// The one field of the file that is needed here.
#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Builds the plugins of `names` on these shelves; all of them when empty.
pub(crate) fn build(workspace: &Workspace, shelves: &[Shelf], names: &[String]) -> Result<()> {
    let mut sources = BTreeMap::new();
    for shelf in shelves {
        let out = workspace.target.join(shelf.artefacts);
        find(&workspace.root, shelf, &out, &mut sources)?;
    }
    if !names.is_empty() {
        for name in names {
            ensure!(
                sources.contains_key(name),
                "no plugin.toml or decoder.toml has the name `{name}`; there are: {}",
                sources.keys().cloned().collect::<Vec<_>>().join(", ")
            );
        }
        sources.retain(|name, _| names.contains(name));
    }
    if sources.is_empty() {
        return Ok(());
    }
    let modules = compile(workspace, sources.values())?;
    for (source, module) in sources.values().zip(modules) {
        shelve(source, &module)?;
    }
    Ok(())
}

/// Makes the component of a module, and lays it where it belongs.
fn shelve(source: &Source, module: &Path) -> Result<()> {
    let module = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let component = component::pack(&module, source.manifest.as_deref())
        .with_context(|| format!("cannot make a component of {}", source.dir.display()))?;
    let news = if replace(&source.artefact, &component)? {
        "built"
    } else {
        "unchanged"
    };
    let kib = component.len().div_ceil(1024);
    eprintln!("{news} {} ({kib} KiB)", source.artefact.display());
    Ok(())
}

/// Adds every component crate of a shelf below `root`, under its manifest's name.
fn find(
    root: &Path,
    shelf: &Shelf,
    out: &Path,
    sources: &mut BTreeMap<String, Source>,
) -> Result<()> {
    let dir = &root.join(shelf.source);
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot list {}", dir.display()))?,
    };
    for entry in entries {
        let dir = entry
            .with_context(|| format!("cannot list {}", dir.display()))?
            .path();
        let path = dir.join(shelf.manifest);
        if !path.is_file() || !dir.join("Cargo.toml").is_file() {
            continue;
        }
        let (name, source) = read(&dir, &path, shelf, out)?;
        if let Some(other) = sources.insert(name.clone(), source) {
            bail!(
                "{}: field `name`: `{name}` is taken by {}; choose another",
                path.display(),
                other.dir.join(shelf.manifest).display()
            );
        }
    }
    Ok(())
}

/// The component crate in `dir`, and the name in its manifest at `path`.
fn read(dir: &Path, path: &Path, shelf: &Shelf, out: &Path) -> Result<(String, Source)> {
    let manifest = fs::read_to_string(path)
        .with_context(|| format!("cannot read {} as UTF-8", path.display()))?;
    let Named { name } =
        toml::from_str(&manifest).with_context(|| format!("{}", path.display()))?;
    // The name becomes a file name: nothing that leads out of the shelf.
    ensure!(
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        "{}: field `name`: `{name}` must be of a-z, 0-9 and -, and not empty",
        path.display()
    );
    let source = Source {
        dir: dir.to_owned(),
        manifest: shelf.is_packed.then_some(manifest),
        artefact: out.join(format!("{name}.wasm")),
    };
    Ok((name, source))
}

/// Compiles all in one run of cargo. Gives the core modules in the same order.
fn compile<'a>(
    workspace: &Workspace,
    sources: impl Iterator<Item = &'a Source>,
) -> Result<Vec<PathBuf>> {
    add_missing_triple(workspace)?;
    let mut cargo = workspace.cargo(["build", "--target", TRIPLE, "--profile", PROFILE]);
    let mut modules = Vec::new();
    for source in sources {
        let (package, module) = core_module(workspace, source)?;
        cargo.args(["-p", package]);
        modules.push(in_target(workspace, &module));
    }
    // The encoded form wins over RUSTFLAGS and over configuration, and takes
    // paths with spaces.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rustc_flags(&workspace.root));
    succeed(&mut cargo)?;
    Ok(modules)
}

/// Name of the package of a source, and of the core module that it builds.
fn core_module<'w>(workspace: &'w Workspace, source: &Source) -> Result<(&'w str, String)> {
    let package = workspace.member(&source.dir).with_context(|| {
        format!(
            "{} is no member of the workspace; add it to `members` in the root Cargo.toml",
            source.dir.display()
        )
    })?;
    let module = package.core_module().with_context(|| {
        format!(
            "{} builds no module; give it [lib] crate-type = [\"cdylib\"]",
            source.dir.join("Cargo.toml").display()
        )
    })?;
    Ok((&package.name, module))
}

/// Where cargo puts a core module.
fn in_target(workspace: &Workspace, module: &str) -> PathBuf {
    let built = workspace.target.join(TRIPLE).join(PROFILE);
    built.join(module).with_extension("wasm")
}

/// Memory layout, and neutral names for the paths that panic messages carry.
fn rustc_flags(root: &Path) -> OsString {
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")));
    let mut flags = OsString::from(format!(
        "-Clink-arg=--initial-memory={INITIAL_MEMORY_BYTES}\x1f-Clink-arg=-zstack-size={STACK_BYTES}"
    ));
    // rustc applies the last one that fits, and a root may lie below a home.
    for (from, to) in [(cargo_home.as_deref(), "cargo"), (Some(root), "credence")] {
        if let Some(from) = from {
            flags.push("\x1f--remap-path-prefix=");
            flags.push(from);
            flags.push("=");
            flags.push(to);
        }
    }
    flags
}

/// Adds the plugins' target to the toolchain that this command runs under, which
/// cargo and rustup find in `RUSTUP_TOOLCHAIN`.
fn add_missing_triple(workspace: &Workspace) -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TRIPLE])
        .current_dir(&workspace.root)
        .output()
        .context("cannot start rustc; install Rust by https://rustup.rs")?;
    let libraries = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    eprintln!("adding the target {TRIPLE} to the toolchain");
    succeed(
        Command::new("rustup")
            .args(["target", "add", TRIPLE])
            .current_dir(&workspace.root),
    )
    .with_context(|| {
        format!("the toolchain lacks the target {TRIPLE}; install Rust by https://rustup.rs, or add that target by the toolchain's own means")
    })
}

/// Puts `bytes` at `path`, whole or not at all. `false`: they stood there already.
fn replace(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        bail!("{} is no path of a file", path.display());
    };
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", process::id()));
    let temporary = dir.join(temporary);
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(&temporary, bytes))
        .and_then(|()| fs::rename(&temporary, path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shelf of plugins with one directory per (directory, plugin.toml).
    fn found(plugins: &[(&str, &str)]) -> Result<Vec<String>> {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join(PLUGINS.source);
        fs::create_dir(&dir).unwrap();
        for (name, manifest) in plugins {
            let dir = dir.join(name);
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("plugin.toml"), manifest).unwrap();
            fs::write(dir.join("Cargo.toml"), "").unwrap();
        }
        fs::write(dir.join("README.md"), "").unwrap();
        fs::create_dir(dir.join("sdk")).unwrap();
        fs::write(dir.join("sdk/Cargo.toml"), "").unwrap();
        let mut sources = BTreeMap::new();
        find(root.path(), &PLUGINS, Path::new("out"), &mut sources)?;
        Ok(sources
            .into_values()
            .map(|source| source.artefact.display().to_string())
            .collect())
    }

    #[test]
    fn component_crates_are_found_by_their_manifest() {
        assert_eq!(
            found(&[("b", "name = \"tax\""), ("a", "name = \"zoll-2\"\nx = 1")]).unwrap(),
            ["out/tax.wasm", "out/zoll-2.wasm"]
        );
        let mut none = BTreeMap::new();
        let nowhere = Path::new("no/such/root");
        find(nowhere, &DECODERS, Path::new("out"), &mut none).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn manifest_at_fault_is_refused_with_file_and_field() {
        for (manifest, words) in [
            ("version = \"1\"", ["plugin.toml", "missing field `name`"]),
            (
                "name = \"../tax\"",
                ["plugin.toml", "field `name`: `../tax`"],
            ),
            ("name = \"\"", ["plugin.toml", "field `name`"]),
            ("name = tax", ["plugin.toml", "line 1"]),
        ] {
            let error = format!("{:#}", found(&[("a", manifest)]).unwrap_err());
            for word in words {
                assert!(error.contains(word), "{manifest}: {error}");
            }
        }
    }

    #[test]
    fn one_name_twice_is_refused_with_both_files() {
        let error = found(&[("a", "name = \"tax\""), ("b", "name = \"tax\"")]).unwrap_err();
        let error = format!("{error:#}");
        for word in ["a/plugin.toml", "b/plugin.toml", "`tax` is taken"] {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn artefact_is_replaced_only_when_it_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plugins/tax.wasm");
        assert!(replace(&path, b"one").unwrap());
        assert!(!replace(&path, b"one").unwrap());
        assert!(replace(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "a temporary file stayed behind");
    }
}
