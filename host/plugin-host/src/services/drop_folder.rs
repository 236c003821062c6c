//! Files for a department without an API, as the guest puts them.
//!
//! Always holds: the place is the grant's; a name is one of its directory and
//! carries the step's key; a question puts no file. A file is there whole or not at
//! all (`outbox`), so there is no unknown outcome.

use super::{
    CallState, Stop,
    filling::{Refused, Towards},
    names_key,
};
use crate::{
    contract::{Violation, bindings::credence::department::drop_folder},
    grant::Folder,
    journal::HostCall,
    limits::FILE_BYTES,
    ports::{FileName, NotPut, OutgoingFile},
};
use drop_folder::PutError;
use std::time::Instant;

/// Characters of a name.
const NAME: usize = 120;

impl CallState {
    /// The folder, if a file of this name and text may be put there at all.
    fn folder(&self, folder: &str, name: &str, text: &str) -> Result<Folder, String> {
        let granted = self.grant.folders.get(folder).cloned().ok_or_else(|| {
            format!(
                "folder `{folder}` is not granted; these lines would grant it:\n\
                 [folders.{folder}]\npath = \"/…\""
            )
        })?;
        if !name_is_plain(name) {
            return Err(format!(
                "a name is 1 to {NAME} of A-Z, a-z, 0-9, `.`, `_` and `-`, and does not begin \
                 with `.`"
            ));
        }
        if text.len() > FILE_BYTES {
            return Err("a file holds at most 4 MiB".to_owned());
        }
        Ok(granted)
    }

    /// What the contract asks of whoever puts a file (`measures.wit`).
    fn may_put(&self, folder: &str, name: &str) -> Result<(), Stop> {
        let rule = if self.scope.asking {
            "`query` MUST NOT change anything in the department: it puts no file"
        } else if self
            .scope
            .step_key
            .as_deref()
            .is_some_and(|key| !names_key(name, key))
        {
            "the plugin MUST pass the key of the step on: the name of the file holds it"
        } else {
            return Ok(());
        };
        Err(Stop::Broke(Violation {
            place: format!("drop-folder.put into `{folder}`"),
            rule: rule.to_owned(),
        }))
    }

    /// Everything between the grant and the file. Sets `left_house`.
    async fn deliver(
        &mut self,
        place: Folder,
        folder: &str,
        name: &str,
        text: &str,
    ) -> Result<(), PutError> {
        let towards = Towards {
            table: "folders",
            name: folder,
            persons: place.persons,
        };
        let text = match self.filling(&[text], towards).await {
            Ok(filling) => filling.fill(text),
            Err(Refused::NotGranted(text)) => return Err(PutError::NotGranted(text)),
            Err(Refused::Port(error)) => {
                tracing::error!(call = %self.head.call, %error, "vault");
                return Err(PutError::NotWritten(
                    "the host's vault is not available".into(),
                ));
            }
        };
        let call = self.head.call;
        let number = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        if let Err(error) = self.ports.journal.before_effect(call, number).await {
            tracing::error!(%call, %error, "journal");
            return Err(PutError::NotWritten(
                "the host's journal is not available".into(),
            ));
        }
        let file = OutgoingFile {
            name: FileName {
                plugin: self.head.plugin.clone(),
                folder: folder.to_owned(),
                name: name.to_owned(),
            },
            place,
            text,
        };
        // Only a file that is there has left: until then nobody can have seen it.
        match self.ports.outbox.put(call, file).await {
            Ok(()) => {
                self.left_house = true;
                Ok(())
            }
            Err(NotPut::NotGranted(text)) => Err(PutError::NotGranted(text)),
            Err(NotPut::NameTaken(text)) => Err(PutError::NameTaken(text)),
            Err(NotPut::NotWritten(text)) => Err(PutError::NotWritten(text)),
            Err(NotPut::Unsure(text)) => {
                self.left_house = true;
                Err(PutError::NotWritten(text))
            }
        }
    }
}

impl drop_folder::Host for CallState {
    async fn put(
        &mut self,
        folder: String,
        name: String,
        text: String,
    ) -> wasmtime::Result<Result<(), PutError>> {
        self.enter("drop-folder.put")?;
        self.keep(folder.len() + name.len() + text.len())?;
        self.may_put(&folder, &name)?;
        let began = Instant::now();
        let answer = match self.folder(&folder, &name, &text) {
            Ok(place) => self.deliver(place, &folder, &name, &text).await,
            Err(text) => Err(PutError::NotGranted(text)),
        };
        self.budget.waited = began.elapsed() >= crate::limits::TICK / 2;
        self.calls.push(HostCall::Put {
            folder,
            name,
            text,
            answer: answer.clone(),
        });
        Ok(answer)
    }
}

/// Whether a name is one of a file in a directory, and of no hidden one.
fn name_is_plain(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=NAME).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::name_is_plain;

    #[test]
    fn a_name_stays_in_its_folder() {
        for good in ["a", "O-1.csv", "a..b", "-", &"x".repeat(120)] {
            assert!(name_is_plain(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".a",
            "a/b",
            "a\\b",
            "a b",
            "a\0",
            "名",
            &"x".repeat(121),
        ] {
            assert!(!name_is_plain(bad), "{bad}");
        }
    }
}
