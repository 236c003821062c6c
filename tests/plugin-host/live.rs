//! The journal and the vault of these tests: live ones, kept in memory.
//!
//! Comes in: what the host asks of its ports. Goes out: answers, and for tests
//! what was asked and when. Always holds: each can be told to fail, as a store
//! can. Deliberately absent: the egress; the tests use the real one.

use async_trait::async_trait;
use credence_domain::ids::CallId;
use credence_plugin_host::ports::{
    FileName, Journal, KnownFile, OutgoingFile, PortError, Secret, Setting, Vault,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use tokio::sync::watch;

/// Intents, each with how many requests the department had seen by then.
pub(crate) struct Intents {
    department: watch::Receiver<usize>,
    noted: Mutex<Vec<Intent>>,
    files: Mutex<BTreeMap<FileName, (CallId, OutgoingFile)>>,
    pub(crate) broken: AtomicBool,
}

/// One call of `before_effect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) call: CallId,
    pub(crate) number: u32,
    pub(crate) seen_by_then: usize,
}

impl Intents {
    pub(crate) fn new(department: watch::Receiver<usize>) -> Self {
        Self {
            department,
            noted: Mutex::default(),
            files: Mutex::default(),
            broken: AtomicBool::new(false),
        }
    }

    pub(crate) fn noted(&self) -> Vec<Intent> {
        self.noted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Journal for Intents {
    async fn before_effect(&self, call: CallId, number: u32) -> Result<(), PortError> {
        if self.broken.load(Relaxed) {
            return Err(PortError::new("the disk is full"));
        }
        let seen_by_then = *self.department.borrow();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.push(Intent {
            call,
            number,
            seen_by_then,
        });
        Ok(())
    }

    async fn file(&self, file: &OutgoingFile) -> Result<Option<KnownFile>, PortError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let known = files.get(&file.name);
        Ok(known.map(|(call, kept)| known_file(*call, kept, file)))
    }

    async fn keep_file(&self, call: CallId, file: &OutgoingFile) -> Result<KnownFile, PortError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let first = || (call, file.clone());
        let (call, kept) = files.entry(file.name.clone()).or_insert_with(first);
        Ok(known_file(*call, kept, file))
    }
}

fn known_file(call: CallId, kept: &OutgoingFile, asked: &OutgoingFile) -> KnownFile {
    KnownFile {
        call,
        same_text: kept.text == asked.text,
        same_place: kept.place == asked.place,
    }
}

/// Persons and settings.
#[derive(Default)]
pub(crate) struct Register {
    tokens: Mutex<BTreeMap<String, String>>,
    secrets: BTreeMap<String, String>,
    pub(crate) broken: AtomicBool,
}

impl Register {
    /// Knows no one, and these secrets.
    pub(crate) fn with(secrets: [(&str, &str); 2]) -> Self {
        let owned = |(name, secret): (&str, &str)| (name.to_owned(), secret.to_owned());
        Self {
            secrets: secrets.into_iter().map(owned).collect(),
            ..Self::default()
        }
    }

    /// The token of this number, made if need be.
    pub(crate) fn token(&self, number: &str) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let next = format!("Z{:017}", tokens.len() + 1);
        tokens.entry(number.to_owned()).or_insert(next).clone()
    }

    fn works(&self) -> Result<(), PortError> {
        match self.broken.load(Relaxed) {
            true => Err(PortError::new("the vault is locked")),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Vault for Register {
    async fn tokens(&self, _plugin: &str, numbers: &[String]) -> Result<Vec<String>, PortError> {
        self.works()?;
        Ok(numbers.iter().map(|number| self.token(number)).collect())
    }

    async fn numbers(
        &self,
        _plugin: &str,
        tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError> {
        self.works()?;
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().filter(|(_, token)| tokens.contains(token));
        Ok(found
            .map(|(number, token)| (token.clone(), Secret::new(number)))
            .collect())
    }

    async fn setting(&self, _plugin: &str, name: &str) -> Result<Option<Setting>, PortError> {
        self.works()?;
        Ok(self.secrets.contains_key(name).then_some(Setting::Secret))
    }

    async fn secret(&self, _plugin: &str, name: &str) -> Result<Secret, PortError> {
        self.works()?;
        let value = self.secrets.get(name).map(Secret::new);
        value.ok_or_else(|| PortError::new("no such secret"))
    }
}
