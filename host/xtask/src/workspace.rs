//! The workspace as cargo sees it, and cargo itself as a child process.
//!
//! **In:** `cargo metadata --no-deps` of the directory the command runs in, or of a
//! crate outside the workspace.
//! **Out:** the root, the target directory, the packages; commands ready to run.
//! **Always:** children run in the root, whatever directory the caller stands
//! in, with the cargo and the toolchain that run this program.
//! **Absent:** knowledge of the dependency graph; of plugins.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// What `cargo metadata` says of the workspace, as far as it matters here.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    /// Where the root Cargo.toml stands.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// Where cargo builds; `CARGO_TARGET_DIR` and configuration respected.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    /// Name for `cargo build -p`.
    pub(crate) name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

impl Workspace {
    /// Asks cargo. Fails outside a workspace, with cargo's own words.
    pub(crate) fn read() -> Result<Self> {
        Self::of(None)
    }

    /// The workspace of the crate with this Cargo.toml; `None`: of the directory the
    /// command runs in.
    pub(crate) fn of(cargo_toml: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(cargo());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(cargo_toml) = cargo_toml {
            command.arg("--manifest-path").arg(cargo_toml);
        }
        let output = command
            .output()
            .context("cannot start cargo; call this program as `cargo xtask`")?;
        if !output.status.success() {
            bail!(
                "cargo cannot read the workspace:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata has an unknown form")
    }

    /// The member whose Cargo.toml stands in `dir`.
    pub(crate) fn member(&self, dir: &Path) -> Option<&Package> {
        self.packages
            .iter()
            .find(|package| package.manifest_path.parent() == Some(dir))
    }

    /// A cargo command, to be run in the root.
    pub(crate) fn cargo<I: Into<OsString>>(&self, args: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(cargo());
        command
            .args(args.into_iter().map(Into::into))
            .current_dir(&self.root);
        command
    }
}

impl Package {
    /// File name, without suffix, of the core module that this package builds;
    /// `None` when it has no `cdylib`.
    pub(crate) fn core_module(&self) -> Option<String> {
        self.targets
            .iter()
            .find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
            .map(|target| target.name.replace('-', "_"))
    }
}

/// Runs to the end. The error names the command and how it ended.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}); its own words stand above");
    }
    Ok(())
}

/// The command as a person would type it.
fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
