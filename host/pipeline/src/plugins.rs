//! Plugins: taken in, kept by digest, loaded, found by name.
//!
//! Comes in: a component and the operator's grant. Goes out: an active revision.
//! Always holds: the component file is durable before its row says that it is
//! active; which revision is active is a row, and every process follows the rows
//! by the same `refresh`, at start and later; a plugin that cannot be loaded
//! stops neither the server nor another plugin.
//!
//! Until approval by two people exists, installing activates: the grant is the
//! operator's word, and both are in the log.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    places,
};
use credence_plugin_host::{Host, Revision, grant::Grant, manifest::Manifest};
use credence_store::{RevisionRow, RevisionState, Store};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

/// A revision that takes calls.
pub(crate) struct Active {
    pub(crate) revision: Revision,
    pub(crate) row: RevisionRow,
}

/// What installing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installed {
    /// Name of the plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Digest of the component.
    pub digest: String,
    /// The digest that took calls before, if another one did.
    pub replaced: Option<String>,
    /// It was active with this very grant before; nothing was done.
    pub unchanged: bool,
}

/// What is loaded in this process.
pub(crate) struct Plugins {
    dir: PathBuf,
    host: Host,
    store: Arc<Store>,
    loaded: RwLock<Loaded>,
}

#[derive(Default)]
struct Loaded {
    active: BTreeMap<String, Arc<Active>>,
    broken: BTreeMap<String, Broken>,
}

/// A revision that should be loaded and cannot be.
struct Broken {
    digest: String,
    changes: u32,
    why: String,
}

impl Plugins {
    pub(crate) async fn load(
        data: &Path,
        store: &Arc<Store>,
        host: &Host,
    ) -> Result<Self, PipelineError> {
        let dir = data.join("plugins");
        fs::create_dir_all(&dir).map_err(PipelineError::file("cannot create", &dir))?;
        let plugins = Self {
            dir,
            host: host.clone(),
            store: store.clone(),
            loaded: RwLock::new(Loaded::default()),
        };
        plugins.refresh().await?;
        Ok(plugins)
    }

    /// The revision of a plugin that takes calls.
    pub(crate) fn active(&self, plugin: &str) -> Option<Arc<Active>> {
        self.loaded
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .active
            .get(plugin)
            .cloned()
    }

    /// Every revision that takes calls, by plugin.
    pub(crate) fn all_active(&self) -> Vec<Arc<Active>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        loaded.active.values().cloned().collect()
    }

    /// The plugin that carries out a measure for a department.
    pub(crate) fn executor(&self, department: &str, measure: &str) -> Option<Arc<Active>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let carries = |manifest: &Manifest| {
            manifest.department == department && manifest.measures.iter().any(|m| m == measure)
        };
        loaded
            .active
            .values()
            .find(|active| carries(active.revision.manifest()))
            .cloned()
    }

    pub(crate) fn not_loaded(&self) -> Vec<(String, String)> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        loaded
            .broken
            .iter()
            .map(|(name, broken)| (name.clone(), broken.why.clone()))
            .collect()
    }

    /// Loads what the rows say is active and is not loaded yet; drops the rest.
    pub(crate) async fn refresh(&self) -> Result<(), PipelineError> {
        let rows = self.store.read().await?.revisions().await?;
        let rows: Vec<RevisionRow> = rows
            .into_iter()
            .filter(|row| row.state == RevisionState::Active)
            .collect();
        let mut fresh = Vec::new();
        for row in &rows {
            if !self.is_known(row) {
                fresh.push((row.clone(), self.load_one(row).await));
            }
        }
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        loaded
            .active
            .retain(|name, _| rows.iter().any(|row| row.plugin == *name));
        loaded
            .broken
            .retain(|name, _| rows.iter().any(|row| row.plugin == *name));
        for (row, result) in fresh {
            let name = row.plugin.clone();
            match result {
                Ok(revision) => {
                    loaded.broken.remove(&name);
                    loaded
                        .active
                        .insert(name, Arc::new(Active { revision, row }));
                }
                Err(error) => {
                    tracing::error!(plugin = name, digest = row.digest, error = %chain(&error), "not loaded");
                    loaded.active.remove(&name);
                    let (digest, changes) = (row.digest, row.changes);
                    loaded.broken.insert(
                        name,
                        Broken {
                            digest,
                            changes,
                            why: chain(&error),
                        },
                    );
                }
            }
        }
        Ok(())
    }

    fn is_known(&self, row: &RevisionRow) -> bool {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let active = loaded.active.get(&row.plugin);
        let broken = loaded.broken.get(&row.plugin);
        active.is_some_and(|a| a.row.digest == row.digest && a.row.changes == row.changes)
            || broken.is_some_and(|b| b.digest == row.digest && b.changes == row.changes)
    }

    async fn load_one(&self, row: &RevisionRow) -> Result<Revision, PipelineError> {
        let path = self.path(&row.digest);
        let bytes = fs::read(&path).map_err(PipelineError::file("cannot read", &path))?;
        let grant: Grant = serde_json::from_value(row.grant.clone())
            .map_err(|error| PipelineError::Refused(format!("the grant's row: {error}")))?;
        let revision = self.host.admit(bytes, &grant).await?;
        if revision.digest() != row.digest {
            let text = format!("{} does not hold component {}", path.display(), row.digest);
            return Err(PipelineError::Refused(text));
        }
        Ok(revision)
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.dir.join(format!("{digest}.wasm"))
    }

    /// Keeps a component under its digest: whole or not at all, and durable.
    fn keep(&self, digest: &str, bytes: &[u8]) -> Result<(), PipelineError> {
        let path = self.path(digest);
        let failed = |path: &Path| PipelineError::file("cannot write", path.to_owned());
        let partial = self
            .dir
            .join(format!("{digest}.{}.partial", std::process::id()));
        let mut file = fs::File::create(&partial).map_err(failed(&partial))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed(&partial))?;
        fs::rename(&partial, &path).map_err(failed(&path))?;
        fs::File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(failed(&self.dir))
    }
}

/// An error with its causes, for the operator.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

impl House {
    /// An active plugin by name.
    pub(crate) fn plugin(&self, name: &str) -> Result<Arc<Active>, PipelineError> {
        self.plugins
            .active(name)
            .ok_or_else(|| PipelineError::Unknown {
                what: "active plugin",
                name: name.to_owned(),
                next: "`plugin list` shows which there are; `plugin install` takes one in",
            })
    }

    /// Takes a component in under a grant and makes it the active revision of its
    /// plugin. Durable when it returns; the same component with the same grant
    /// again changes nothing.
    ///
    /// # Errors
    /// [`PipelineError::Admit`] where the component is refused,
    /// [`PipelineError::Refused`] where a directory of the grant is another's: no row
    /// is written then.
    pub async fn install(
        &self,
        component: Vec<u8>,
        grant_name: &str,
        grant: &str,
        actor: &Actor,
    ) -> Result<Installed, PipelineError> {
        let grant = Grant::parse(grant_name, grant)?;
        let revision = self.host.admit(component.clone(), &grant).await?;
        let manifest = revision.manifest();
        let digest = revision.digest().to_owned();
        let granted = serde_json::to_value(&grant)
            .map_err(|error| PipelineError::Refused(format!("the grant: {error}")))?;
        self.plugins.keep(&digest, &component)?;
        let revisions = self.store.read().await?.revisions().await?;
        let real = places::look(&grant, &revisions).await;
        let now = self.now();
        let mut write = self.store.begin().await?;
        let active = write.read().active_revision(&manifest.name).await?;
        let known = write.read().revision(&manifest.name, &digest).await?;
        let mut installed = Installed {
            plugin: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: digest.clone(),
            replaced: None,
            unchanged: false,
        };
        if let Some(active) = active {
            if active.digest == digest && active.grant == granted {
                installed.unchanged = true;
                return Ok(installed);
            }
            installed.replaced = Some(active.digest.clone()).filter(|before| *before != digest);
            if active.digest != digest {
                let retired = RevisionRow {
                    state: RevisionState::Retired,
                    ..active
                };
                let draft = with(event("plugin.retired", now, actor), "by", digest.as_str());
                write.update_revision(retired, &draft).await?;
            }
        }
        places::each_its_own(&grant, &write.read().revisions().await?, &real)?;
        let draft = with(
            event("plugin.installed", now, actor),
            "version",
            manifest.version.as_str(),
        );
        match known {
            Some(row) if row.state == RevisionState::Revoked => {
                let text = format!("component {digest} was revoked and takes no calls any more");
                return Err(PipelineError::Refused(text));
            }
            Some(row) => {
                let row = RevisionRow {
                    state: RevisionState::Active,
                    grant: granted,
                    ..row
                };
                write.update_revision(row, &draft).await?;
            }
            None => {
                let row = RevisionRow {
                    plugin: manifest.name.clone(),
                    digest,
                    version: manifest.version.clone(),
                    department: manifest.department.clone(),
                    contract: manifest.contract.clone(),
                    state: RevisionState::Active,
                    manifest: serde_json::to_string(manifest).map_err(|error| {
                        PipelineError::Refused(format!("the manifest: {error}"))
                    })?,
                    grant: granted,
                    installed_at: now,
                    installed_by: actor.name.clone(),
                    updated_at: now,
                    changes: 0,
                };
                write.insert_revision(&row, &draft).await?;
            }
        }
        write.commit().await?;
        self.plugins.refresh().await?;
        Ok(installed)
    }
}
