//! Seal: pending audit entries get their place in the tree, and its head is
//! signed.
//!
//! Always holds: one sequencer at a time (the store's own transaction sees to
//! it); the head kept outside the database is compared before anything is signed.

use crate::{error::PipelineError, house::House};
use credence_store::{LogHead, VerifyReport};
use std::{io::ErrorKind, path::PathBuf};

impl House {
    /// Where the log's last signed head is kept, outside the database.
    pub fn checkpoint_file(&self) -> PathBuf {
        self.data.join("log.checkpoint")
    }

    /// Seals everything that waits. Gives how many entries.
    ///
    /// # Errors
    /// When the database does not go on from the head kept outside: a restored
    /// backup must not fork the log.
    pub async fn seal(&self) -> Result<u64, PipelineError> {
        let mut entries = 0;
        while let Some(sealed) = self
            .store
            .seal_batch(&self.signer, &self.checkpoint_file())
            .await?
        {
            entries += sealed.entries;
        }
        Ok(entries)
    }

    /// The head of the log.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn log_head(&self) -> Result<LogHead, PipelineError> {
        Ok(self.store.read().await?.log_head().await?)
    }

    /// The key with which anyone can check the log's heads, in the form of a
    /// signed note's verifier key.
    pub fn log_key(&self) -> &str {
        self.signer.vkey()
    }

    /// Recomputes the whole log from the rows, both ways.
    ///
    /// # Errors
    /// When the store cannot be read at all. What is merely wrong is in the report.
    pub async fn verify(&self) -> Result<VerifyReport, PipelineError> {
        let path = self.checkpoint_file();
        let outside = match std::fs::read_to_string(&path) {
            Ok(note) => Some(note),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(PipelineError::file("cannot read", &path)(error)),
        };
        Ok(self
            .store
            .verify(&self.signer.verifier(), outside.as_deref())
            .await?)
    }
}
