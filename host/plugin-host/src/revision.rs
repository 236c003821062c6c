//! One revision of a plugin, compiled and linked: the unit that is admitted,
//! called and later swapped.
//!
//! Comes in: a component and a grant. Goes out: a `Revision` that can be called,
//! or why it cannot. Always holds: the linker knows the interfaces granted and no
//! others; types were checked at admission, so a mismatch is found before the
//! first order and not by it.

use crate::{
    component::{ComponentError, Inspection, inspect},
    contract::{
        PACKAGE, VERSION,
        bindings::{
            credence::department::{call, drop_folder, http, log, settings},
            exports::credence::department::{feeds, measures},
        },
    },
    engine::Host,
    grant::{Effective, Grant, GrantError},
    manifest::Manifest,
    services::CallState,
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

/// A revision ready to be called.
pub struct Revision {
    pub(crate) host: Host,
    pub(crate) fingerprint: String,
    pub(crate) digest: String,
    pub(crate) manifest: Manifest,
    pub(crate) grant: Arc<Effective>,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) feeds: Option<feeds::GuestIndices>,
    pub(crate) measures: Option<measures::GuestIndices>,
    pub(crate) in_flight: Semaphore,
}

/// Why a component is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The file is no plugin.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// It asks for more than it is granted, or the grant is for another one.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The compiler refused it.
    #[error(
        "the component does not compile: it is damaged, or uses a feature this host leaves off"
    )]
    Compile(#[source] wasmtime::Error),
    /// Its imports or exports do not have the contract's types.
    #[error(
        "the component does not fit the contract {PACKAGE}@{VERSION}: build it again with the files in wit/{VERSION}"
    )]
    Types(#[source] wasmtime::Error),
    /// It could not even be instantiated within its limits.
    #[error("the component cannot be instantiated within its limits: {0}")]
    Start(String),
    /// The compiling thread was lost.
    #[error("compiling was interrupted; try again")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl Host {
    /// Checks, compiles and links a component under a grant, and instantiates it
    /// once to check its types. Blocking work runs off the async threads.
    ///
    /// # Errors
    /// [`AdmitError`]: nothing of the component stays then.
    pub async fn admit(&self, bytes: Vec<u8>, grant: &Grant) -> Result<Revision, AdmitError> {
        let inspection = inspect(&bytes)?;
        let effective = grant.effective(&inspection.manifest)?;
        let host = self.clone();
        let compiling =
            tokio::task::spawn_blocking(move || host.link(&bytes, inspection, effective));
        let revision = compiling.await.map_err(AdmitError::Interrupted)??;
        revision.rehearse_start().await?;
        Ok(revision)
    }

    fn link(
        &self,
        bytes: &[u8],
        inspection: Inspection,
        grant: Effective,
    ) -> Result<Revision, AdmitError> {
        let component = Component::from_binary(&self.engine, bytes).map_err(AdmitError::Compile)?;
        let mut linker = Linker::new(&self.engine);
        linker_for(&mut linker, &grant).map_err(AdmitError::Types)?;
        let pre = linker
            .instantiate_pre(&component)
            .map_err(AdmitError::Types)?;
        let manifest = inspection.manifest;
        let feeds = match manifest.feeds.is_empty() {
            true => None,
            false => Some(feeds::GuestIndices::new(&pre).map_err(AdmitError::Types)?),
        };
        let measures = match manifest.measures.is_empty() {
            true => None,
            false => Some(measures::GuestIndices::new(&pre).map_err(AdmitError::Types)?),
        };
        Ok(Revision {
            host: self.clone(),
            fingerprint: self.fingerprint(),
            digest: inspection.digest,
            in_flight: Semaphore::new(grant.limits.calls_in_flight as usize),
            manifest,
            grant: Arc::new(grant),
            pre,
            feeds,
            measures,
        })
    }
}

/// Links the interfaces granted, and no others.
fn linker_for(linker: &mut Linker<CallState>, grant: &Effective) -> wasmtime::Result<()> {
    // The types alone: an instance without functions.
    linker.instance(&format!("{PACKAGE}/types@{VERSION}"))?;
    if grant.http {
        http::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)?;
    }
    if grant.drop_folder {
        drop_folder::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)?;
    }
    if grant.settings_interface {
        settings::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)?;
    }
    if grant.call {
        call::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)?;
    }
    if grant.log {
        log::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)?;
    }
    Ok(())
}

impl Revision {
    /// SHA-256 of the component, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What the plugin says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What holds for it.
    pub fn grant(&self) -> &Effective {
        &self.grant
    }
}
