//! `plugin check`, `install`, `list`, `show`.
//!
//! Always holds: `check` opens no house and changes nothing; nothing here prints
//! a value of a setting or secret.

use super::{Desk, read_text};
use crate::{
    args::PluginCommand,
    tell::{Failure, fields, moment, or_blank, table},
};
use anyhow::Context as _;
use credence_api::{
    read,
    view::{GrantView, PluginFile, Plugins, RevisionLine},
};
use credence_pipeline::Installed;
use credence_plugin_host::{
    Host,
    component::{Inspection, LARGEST, inspect},
    grant::Grant,
    manifest::{Feed, Limits, Manifest},
};
use serde::Serialize;
use std::{fs, path::Path, process::ExitCode};

/// What a component is, and whether a grant would admit it.
#[derive(Serialize)]
struct Checked {
    digest: String,
    /// Bytes of the file.
    size: usize,
    imports: Vec<String>,
    exports: Vec<String>,
    manifest: Manifest,
    /// `None`: no grant was named.
    admitted: Option<bool>,
    grant: Option<GrantView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

pub(super) async fn run(command: PluginCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    match command {
        PluginCommand::Check { file, grant } => check(&file, grant.as_deref(), desk).await,
        PluginCommand::Install { file, grant } => {
            let component = component(&file)?;
            let text = read_text(&grant)?;
            let house = desk.house_or_new().await?;
            let name = grant.display().to_string();
            let installed = house.install(component, &name, &text, &desk.actor).await;
            desk.seal(&house).await;
            let installed =
                installed.with_context(|| format!("{} is not installed", file.display()))?;
            desk.tell.show(&installed, installed_words)?;
            Ok(ExitCode::SUCCESS)
        }
        PluginCommand::List => {
            let house = desk.house().await?;
            desk.tell.show(&read::plugins(&house).await?, list)?;
            Ok(ExitCode::SUCCESS)
        }
        PluginCommand::Show { name } => {
            let house = desk.house().await?;
            desk.tell
                .show(&read::plugin(&house, &name).await?, file_words)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The bytes of a component. One that is far too large is not even read.
fn component(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("cannot read {}", path.display());
    let size = fs::metadata(path).with_context(failed)?.len();
    anyhow::ensure!(
        size <= LARGEST as u64,
        "{} has {size} bytes; a plugin has at most {LARGEST}",
        path.display()
    );
    fs::read(path).with_context(failed)
}

async fn check(path: &Path, grant: Option<&Path>, desk: &Desk) -> anyhow::Result<ExitCode> {
    let bytes = component(path)?;
    let inspection = inspect(&bytes).with_context(|| format!("{} is no plugin", path.display()))?;
    let admission = match grant {
        Some(grant) => Some(admit(bytes, grant).await),
        None => None,
    };
    let checked = Checked::new(inspection, admission);
    desk.tell.show(&checked, checked_words)?;
    match &checked.failure {
        Some(failure) => {
            desk.tell.failure_beside_answer(failure);
            Ok(ExitCode::FAILURE)
        }
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Compiles the component under a grant, and starts it once within its limits.
async fn admit(bytes: Vec<u8>, path: &Path) -> anyhow::Result<GrantView> {
    let grant = Grant::parse(&path.display().to_string(), &read_text(path)?)?;
    let revision = Host::start(1)?.admit(bytes, &grant).await?;
    Ok(GrantView::from(revision.grant().clone()))
}

impl Checked {
    fn new(inspection: Inspection, admission: Option<anyhow::Result<GrantView>>) -> Self {
        let admitted = admission.as_ref().map(Result::is_ok);
        let (grant, failure) = match admission {
            Some(Ok(grant)) => (Some(grant), None),
            Some(Err(error)) => {
                let error = error.context("the plugin would not be admitted under this grant");
                (None, Some(Failure::from(&error)))
            }
            None => (None, None),
        };
        let Inspection {
            digest,
            size,
            manifest,
            imports,
            exports,
        } = inspection;
        Self {
            digest,
            size,
            imports,
            exports,
            manifest,
            admitted,
            grant,
            failure,
        }
    }
}

fn checked_words(checked: &Checked) -> String {
    let manifest = &checked.manifest;
    let mut text = fields(&[
        ("plugin", format!("{} {}", manifest.name, manifest.version)),
        ("department", manifest.department.clone()),
        ("summary", manifest.summary.clone()),
        ("contract", manifest.contract.clone()),
        ("digest", checked.digest.clone()),
        ("size", format!("{} bytes", checked.size)),
        (
            "feeds",
            manifest
                .feeds
                .iter()
                .map(feed)
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        ("measures", manifest.measures.join(", ")),
        ("imports", checked.imports.join("\n")),
        ("exports", checked.exports.join("\n")),
        ("limits", limits(&manifest.limits)),
    ]);
    match (checked.admitted, &checked.grant) {
        (Some(true), Some(grant)) => {
            text += &format!(
                "\n\nIt would be admitted under this grant:\n{}",
                grant_words(grant)
            );
        }
        (None, _) => text += "\n\nWhether it would be admitted, tells --grant FILE.",
        (Some(_), _) => {}
    }
    text
}

fn installed_words(installed: &Installed) -> String {
    let Installed {
        plugin,
        version,
        digest,
        replaced,
        unchanged,
    } = installed;
    match (unchanged, replaced) {
        (true, _) => {
            format!("plugin {plugin} {version} is active with this grant already\n{digest}")
        }
        (false, Some(before)) => {
            format!("plugin {plugin} {version} takes calls now\n{digest}\nin place of\n{before}")
        }
        (false, None) => format!("plugin {plugin} {version} takes calls now\n{digest}"),
    }
}

fn list(plugins: &Plugins) -> String {
    if plugins.plugins.is_empty() {
        return "no plugins; `credence plugin install` takes one in".to_owned();
    }
    let mut text = revisions(&plugins.plugins);
    for line in &plugins.plugins {
        if let Some(why) = &line.not_loaded {
            text += &format!("\n\nplugin {} takes no calls: {why}", line.name);
        }
    }
    text
}

fn revisions(lines: &[RevisionLine]) -> String {
    let lines = lines.iter().map(|line| {
        let state = match line.not_loaded {
            Some(_) => format!("{}, not loaded", line.state),
            None => line.state.clone(),
        };
        [
            line.name.clone(),
            line.version.clone(),
            line.department.clone(),
            state,
            moment(line.installed_at),
            line.installed_by.clone(),
            line.digest.clone(),
        ]
    });
    table(
        [
            "plugin",
            "version",
            "department",
            "state",
            "installed",
            "by",
            "component",
        ],
        lines,
    )
}

fn file_words(file: &PluginFile) -> String {
    let revision = &file.revision;
    let mut text = fields(&[
        ("plugin", format!("{} {}", revision.name, revision.version)),
        ("department", revision.department.clone()),
        ("summary", file.summary.clone()),
        ("state", revision.state.clone()),
        ("takes no calls", or_blank(revision.not_loaded.as_ref())),
        (
            "since",
            format!(
                "{} by {}",
                moment(revision.installed_at),
                revision.installed_by
            ),
        ),
        ("contract", file.contract.clone()),
        ("digest", revision.digest.clone()),
        (
            "feeds",
            file.feeds.iter().map(feed).collect::<Vec<_>>().join("\n"),
        ),
        ("measures", file.measures.join(", ")),
    ]);
    text += "\n\n";
    text += &grant_words(&file.grant);
    if !file.earlier.is_empty() {
        text += "\n\n";
        text += &revisions(&file.earlier);
    }
    text
}

fn feed(feed: &Feed) -> String {
    format!("{} ({})", feed.name, feed.encoding)
}

fn limits(limits: &Limits) -> String {
    let Limits {
        memory_mib,
        time_ms,
        output_kib,
        calls_in_flight,
    } = limits;
    format!(
        "{memory_mib} MiB memory, {time_ms} ms, {output_kib} KiB output, {calls_in_flight} calls at once"
    )
}

fn grant_words(grant: &GrantView) -> String {
    let joined = |names: &mut dyn Iterator<Item = &String>| {
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let destinations = grant.destinations.iter().map(|(name, to)| {
        let mut text = format!("{name}: {} {}", joined(&mut to.methods.iter()), to.address);
        text += if to.private_network {
            " (may be private)"
        } else {
            ""
        };
        if let Some(secret) = &to.signed_with {
            text += &format!(" (signed with {secret})");
        }
        text + numbers(to.persons)
    });
    let folders = grant.folders.iter().map(|(name, folder)| {
        let (path, encoding) = (&folder.path, &folder.encoding);
        format!("{name}: {path} in {encoding}{}", numbers(folder.persons))
    });
    let intake = grant.intake.iter().map(|(feed, intake)| {
        let folder = intake.folder.as_ref().map(|path| format!("folder {path}"));
        let upload = intake.upload.then(|| "upload".to_owned());
        let pull = intake.pull.as_ref().map(|pull| {
            let (from, path, minutes) = (&pull.destination, &pull.path, pull.every_minutes);
            format!("{path} from {from} every {minutes} minutes")
        });
        let ways: Vec<String> = [folder, upload, pull].into_iter().flatten().collect();
        format!("{feed}: {}", ways.join(", "))
    });
    let secrets = grant.secrets.iter().map(|(name, secret)| {
        let place = match (&secret.env, &secret.file) {
            (Some(variable), _) => format!("variable {variable}"),
            (None, Some(file)) => format!("file {file}"),
            (None, None) => "nowhere".to_owned(),
        };
        format!(
            "{name}: from {place}, towards {}",
            joined(&mut secret.destinations.iter())
        )
    });
    let name = grant.subject.name.then(|| "name".to_owned());
    let told: Vec<String> = name
        .into_iter()
        .chain(grant.subject.schemes.iter().cloned())
        .collect();
    fields(&[
        ("may import", grant.interfaces.join(", ")),
        ("destinations", destinations.collect::<Vec<_>>().join("\n")),
        ("folders", folders.collect::<Vec<_>>().join("\n")),
        ("settings", grant.settings.join(", ")),
        ("secrets", secrets.collect::<Vec<_>>().join("\n")),
        ("told of a subject", told.join(", ")),
        ("feeds come by", intake.collect::<Vec<_>>().join("\n")),
        ("limits", limits(&grant.limits)),
    ])
}

fn numbers(may_go_there: bool) -> &'static str {
    match may_go_there {
        true => " (gets identity numbers)",
        false => "",
    }
}
