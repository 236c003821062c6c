//! What surrounds the house of a scenario: departments' systems, grants, files.
//!
//! Comes in: steps that set something up. Goes out: processes, files and names for
//! them. Always holds: nothing of it lies outside the scenario's own directories.

use super::{
    department::{self, Department, Home},
    grant,
    play::Play,
    steps::Setting,
};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

impl Play {
    /// The catalogue of the scenario, or that of the examples; its configuration, if
    /// it has one.
    pub(super) fn lay_out(&self) -> anyhow::Result<()> {
        let from = self.places.own_or_example(&self.dir, "catalogue");
        let to = self.data.join("catalogue");
        let copied = fs::create_dir_all(&to).and_then(|()| {
            for file in fs::read_dir(&from)? {
                let file = file?;
                fs::copy(file.path(), to.join(file.file_name()))?;
            }
            Ok(())
        });
        copied.with_context(|| format!("cannot copy the catalogue {}", from.display()))?;
        let config = self.dir.join("credence.toml");
        match config.is_file() {
            true => lay(&config, &self.data),
            false => Ok(()),
        }
    }

    fn home(&self, department: &str) -> Home {
        Home {
            dir: self.scratch.join(department),
        }
    }

    fn secret_file(&self, department: &str) -> PathBuf {
        self.data.join("keys").join(format!("{department}-secret"))
    }

    /// Starts a department's system: one of ours, or `program`.
    pub(super) async fn start(&mut self, name: &str, program: &[String]) -> anyhow::Result<()> {
        if program.is_empty() && !department::NAMES.contains(&name) {
            let names = department::NAMES.join(", ");
            bail!(
                "there is no department `{name}` to start; there are {names}, and any other by \
                 `department {name} = PROGRAM …`"
            );
        }
        if self.departments.contains_key(name) {
            bail!("department {name} runs already");
        }
        // Departments are spoken to by what the house sets up for its own requests.
        self.opened().await?;
        // Drawn afresh, so that no credential stands in the repository.
        let nanos = Timestamp::now().as_nanosecond();
        let secret = format!("scenario-{nanos:x}-{}", process::id());
        let home = self.home(name);
        self.know(&format!("{name}.secret"), &secret);
        let department = match program {
            [] => Department::start(&self.places.back_end, name, &home, &secret)?,
            [program, arguments @ ..] => {
                let mut command = process::Command::new(self.filled(program)?);
                for argument in arguments {
                    command.arg(self.filled(argument)?);
                }
                Department::run(command, name)?
            }
        };
        let file = self.secret_file(name);
        let line = match name {
            "customs" => secret,
            _ => format!("Bearer {secret}"),
        };
        fs::create_dir_all(self.data.join("keys"))
            .and_then(|()| fs::write(&file, line))
            .with_context(|| format!("cannot write {}", file.display()))?;
        self.know(&format!("{name}.url"), &department.address);
        let mut folders = vec!["exports"];
        if name == "transport" {
            folders.extend(["orders-out", "acknowledgements-in", "overloads-in"]);
        }
        for folder in folders {
            let path = home.folder(folder)?.display().to_string();
            self.know(&format!("{name}.{folder}"), &path);
        }
        self.voice.note(&format!(
            "{name} runs its own system at {}",
            department.address
        ));
        self.departments.insert(name.to_owned(), department);
        Ok(())
    }

    pub(super) async fn switch(&self, name: &str, setting: &Setting) -> anyhow::Result<()> {
        let Some(department) = self.departments.get(name) else {
            bail!("department {name} does not run; begin with `department {name}`");
        };
        department.switch(setting).await?;
        self.voice.switched(name, &setting.mode);
        Ok(())
    }

    /// Fills the grant in, and calls the file `{PLUGIN.grant}`.
    pub(super) fn grant(&mut self, plugin: &str, file: Option<&str>) -> anyhow::Result<()> {
        let from = match file {
            Some(file) => PathBuf::from(self.filled(file)?),
            None => self
                .places
                .own_or_example(&self.dir, &format!("grants/{plugin}.toml")),
        };
        let text = fs::read_to_string(&from)
            .with_context(|| format!("there is no grant {}", from.display()))?;
        let department = self.departments.get(plugin);
        let address = department.map(|department| department.address.as_str());
        let (secret, home) = (self.secret_file(plugin), self.home(plugin));
        let filled = grant::filled(&text, address, &secret, &home)
            .with_context(|| format!("cannot fill {} in", from.display()))?;
        let to = self.scratch.join(format!("{plugin}.grant.toml"));
        fs::write(&to, filled).with_context(|| format!("cannot write {}", to.display()))?;
        self.know(&format!("{plugin}.grant"), &to.display().to_string());
        Ok(())
    }

    /// Has the sample province made, and calls its directory `{province}`.
    pub(super) fn province(&mut self, options: &[String]) -> anyhow::Result<()> {
        let program = self.places.province.as_ref();
        let program = program
            .context("CREDENCE_PROVINCE is not set: run `cargo xtask scenario`, which does")?;
        let out = self.scratch.join("province");
        let made = process::Command::new(program)
            .args(options)
            .arg("--out")
            .arg(&out)
            .stdin(process::Stdio::null())
            .output()
            .with_context(|| format!("cannot start {}", program.display()))?;
        if !made.status.success() {
            bail!("{}", String::from_utf8_lossy(&made.stderr).trim());
        }
        self.know("province", &out.display().to_string());
        Ok(())
    }

    /// Lays a file over the catalogue; the house opens again, as after a restart.
    pub(super) async fn catalogue(&mut self, file: &str) -> anyhow::Result<()> {
        let file = self.filled(file)?;
        lay(Path::new(&file), &self.data.join("catalogue"))?;
        self.close().await;
        self.opened().await?;
        Ok(())
    }
}

/// Lays a file into a directory.
pub(super) fn lay(file: &Path, into: &Path) -> anyhow::Result<()> {
    let name = file.file_name().context("name a file")?;
    if !into.is_dir() {
        bail!("{} is no directory", into.display());
    }
    let copied = fs::copy(file, into.join(name));
    copied.with_context(|| format!("cannot lay {} into {}", file.display(), into.display()))?;
    Ok(())
}
