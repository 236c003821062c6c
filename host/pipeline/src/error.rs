//! What can go wrong in a verb, told to the person who asked for it.

use crate::spool::SpoolError;
use credence_domain::{
    calendar::NoticeRefused,
    catalogue::{CatalogueError, Fault},
    gates::Refusal,
    ids::ArrivalId,
};
use credence_plugin_host::{
    AdmitError, EgressError, EngineError, decoder::NoDecoder, manifest::TextError, ports::PortError,
};
use credence_store::{KeyFileError, StoreError};
use std::path::{Path, PathBuf};

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
    /// A file of a watched folder with which something cannot be done. Its name may
    /// name a person, and is not told.
    #[error("cannot {what} arrival {arrival} in {folder}", folder = folder.display())]
    Watched {
        /// What was tried.
        what: &'static str,
        /// The folder.
        folder: PathBuf,
        /// Which file it is.
        arrival: ArrivalId,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The vault cannot be asked now, such as behind a busy store.
    #[error("the vault cannot be asked now: {0}")]
    Vault(#[source] PortError),
    /// A delivery of which nothing can be read, in words for its sender.
    #[error("{0}")]
    Unreadable(String),
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
        /// It used its time up: another time it may not.
        timed_out: bool,
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

    pub(crate) fn watched(
        what: &'static str,
        file: &Path,
        arrival: ArrivalId,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
        move |source| Self::Watched {
            what,
            folder,
            arrival,
            source,
        }
    }
}
