//! What this crate needs from outside, and nothing else: a journal that is
//! durable, a vault that knows persons and secrets, and the two ways out to the
//! departments, requests and files.
//!
//! Each port has two implementations. Live ones stand on the store and the
//! network; those of `replay` answer from a recorded journal, so that a call can
//! be run again years later without either (architecture, rule 9).

use crate::grant::{Destination, Folder};
use async_trait::async_trait;
use credence_domain::ids::CallId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A port could not do its work. Says why for the operator; the guest is told
/// only that the service is unavailable.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl PortError {
    /// A failure without a cause further down.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// A failure with its cause.
    pub fn caused(
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            message: message.into(),
            source: Some(Box::new(source)),
        }
    }
}

/// A value that is never shown: an identity number, a credential, a request with
/// either filled in.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A setting as its operator made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// The guest sees the value.
    Plain(String),
    /// The guest sees a placeholder.
    Secret,
}

/// The record under every call.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Called before each request leaves the house, `number` counting the
    /// call's host calls from 0. When it returns, the intent to make this call's
    /// effect is durable.
    ///
    /// # Errors
    /// When it is not: nothing is sent then.
    async fn before_effect(&self, call: CallId, number: u32) -> Result<(), PortError>;

    /// The file that was put under this name, if one was.
    ///
    /// # Errors
    /// When that cannot be read.
    async fn file(&self, file: &OutgoingFile) -> Result<Option<KnownFile>, PortError>;

    /// Keeps for ever that `call` puts this text under this name, and where, unless a
    /// file of that name is known. When it returns, that is durable. Gives what is
    /// known then.
    ///
    /// # Errors
    /// When it is not durable, or may not be.
    async fn keep_file(&self, call: CallId, file: &OutgoingFile) -> Result<KnownFile, PortError>;
}

/// The name of a file that a plugin puts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    /// Whose plugin puts it.
    pub plugin: String,
    /// Name of the folder in its manifest.
    pub folder: String,
    /// Name in the folder.
    pub name: String,
}

/// A file that was put before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFile {
    /// The call that put it.
    pub call: CallId,
    /// Whether its text is the one asked about.
    pub same_text: bool,
    /// Whether its folder lay at the place asked about.
    pub same_place: bool,
}

/// Who is behind a token, and what is behind a placeholder.
#[async_trait]
pub trait Vault: Send + Sync {
    /// The plugin's tokens for identity numbers in normal form, in their order.
    /// The same number has the same token in every call of one plugin.
    ///
    /// # Errors
    /// When the tokens cannot be made durable.
    async fn tokens(&self, plugin: &str, numbers: &[String]) -> Result<Vec<String>, PortError>;

    /// The numbers behind those of these tokens that are this plugin's.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn numbers(
        &self,
        plugin: &str,
        tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError>;

    /// The setting of this name, if the operator made it.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn setting(&self, plugin: &str, name: &str) -> Result<Option<Setting>, PortError>;

    /// The value of a secret setting.
    ///
    /// # Errors
    /// When it cannot be read, or is not there.
    async fn secret(&self, plugin: &str, name: &str) -> Result<Secret, PortError>;
}

/// A request ready to leave: everything filled in.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Path and query below the destination's address.
    pub path: Secret,
    /// Header fields.
    pub headers: Vec<(String, Secret)>,
    /// The body, if any.
    pub body: Option<Secret>,
    /// What it is signed with, if the destination asks for a signature.
    pub signing: Option<Signing>,
}

/// The key of a signature, by the scheme that the destination names.
#[derive(Debug, Clone)]
pub struct Signing {
    /// Name of the key at the department.
    pub key_id: String,
    /// The key.
    pub key: Secret,
}

/// An answer, decoded but not yet masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoAnswer {
    /// The grant does not allow it; nothing was sent.
    NotGranted(String),
    /// No connection; nothing was sent.
    NotSent(String),
    /// Something went out, and no complete answer came back.
    Lost(String),
}

/// The way out.
#[async_trait]
pub trait Egress: Send + Sync {
    /// Sends one request once, within the contract's 10 seconds, and repeats
    /// nothing.
    ///
    /// # Errors
    /// [`NoAnswer`] says whether anything left the house.
    async fn send(&self, to: &Destination, request: Outgoing) -> Result<Incoming, NoAnswer>;
}

/// A file ready to leave: everything filled in.
#[derive(Debug, Clone)]
pub struct OutgoingFile {
    /// Its name.
    pub name: FileName,
    /// The folder, bound to a place.
    pub place: Folder,
    /// What it says.
    pub text: Secret,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPut {
    /// It may not be put, or cannot be written in the folder's encoding.
    NotGranted(String),
    /// A file of this name and another text was put before.
    NameTaken(String),
    /// The folder cannot be written now. Nothing is there.
    NotWritten(String),
    /// The file has its name, but a crash may take it back. The same put again tells.
    Unsure(String),
}

/// The way out for files.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts one file, whole or not at all; the same name with the same text is one
    /// file, even after the department has taken it away.
    ///
    /// # Errors
    /// [`NotPut`]: no file of this text is there because of this call.
    async fn put(&self, call: CallId, file: OutgoingFile) -> Result<(), NotPut>;

    /// Whether the file of this name that `call` put is still hidden, so that nobody
    /// outside has seen it. The same put again publishes it.
    ///
    /// # Errors
    /// [`NotPut::NotWritten`]: the folder cannot be read now.
    async fn is_hidden(
        &self,
        call: CallId,
        name: &FileName,
        place: &Folder,
    ) -> Result<bool, NotPut>;
}

/// The ports of one call.
#[derive(Clone)]
pub struct Ports {
    /// The record.
    pub journal: std::sync::Arc<dyn Journal>,
    /// Persons and secrets.
    pub vault: std::sync::Arc<dyn Vault>,
    /// The way out for requests.
    pub egress: std::sync::Arc<dyn Egress>,
    /// The way out for files.
    pub outbox: std::sync::Arc<dyn Outbox>,
}
