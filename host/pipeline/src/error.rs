//! What can go wrong in a verb, told to the person who asked for it.

use crate::spool::SpoolError;
use credence_domain::{
    calendar::NoticeRefused,
    catalogue::{CatalogueError, Fault},
    gates::Refusal,
};
use credence_plugin_host::{
    AdmitError, EgressError, EngineError, decoder::NoDecoder, manifest::TextError,
};
use credence_store::{KeyFileError, StoreError};
use std::path::PathBuf;

/// A verb was refused or failed. Nothing of it is left then, unless the message
/// says what is.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key files.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The log's signing key.
    #[error(transparent)]
    Signer(#[from] credence_audit::KeyError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The HTTP client.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// A component that is not admitted.
    #[error(transparent)]
    Admit(#[from] AdmitError),
    /// A decoder that is none.
    #[error(transparent)]
    Decoder(#[from] NoDecoder),
    /// A grant that breaks rules.
    #[error(transparent)]
    Grant(#[from] TextError),
    /// The catalogue.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A State Council notice whose file breaks rules.
    #[error("the notice breaks {} rule(s):{}", .0.len(), .0.iter().map(|f| format!("\n  {f}")).collect::<String>())]
    HolidayNotice(Vec<Fault>),
    /// A State Council notice that does not fit those known.
    #[error(transparent)]
    NoticeRefused(#[from] NoticeRefused),
    /// A file that cannot be read or written.
    #[error("{what} {path}", path = path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A delivery that did not come whole.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// No such thing.
    #[error("there is no {what} `{name}`; {next}")]
    Unknown {
        /// Which kind of thing.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What to do next.
        next: &'static str,
    },
    /// Not now.
    #[error("{0}")]
    Refused(String),
    /// Gates that said no.
    #[error("refused by {} gate(s):{}", .0.len(), .0.iter().map(|r| format!("\n  {r}")).collect::<String>())]
    Gates(Vec<Refusal>),
    /// The plugin did not do its work; what it had read before is kept.
    #[error(
        "plugin `{plugin}` failed on chunk {chunk}: {why}. What it had read before is kept; mend the plugin and ingest the file again"
    )]
    Plugin {
        /// The plugin.
        plugin: String,
        /// The chunk, from 1.
        chunk: u32,
        /// How the call ended.
        why: String,
    },
    /// The machine gives no randomness.
    #[error("the machine gives no randomness")]
    Random(#[source] getrandom::Error),
}

impl PipelineError {
    pub(crate) fn file(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
