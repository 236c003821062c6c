//! Remember: what the house itself knows of a step about which nobody can be asked.
//!
//! Comes in: a question that a plugin answered with `uncertain`, being granted
//! folders and no destination: it has nobody to ask. Goes out: what the memory of
//! files says. A file was published for the step, so the department has it and the
//! step is pending; none was, so there is no trace and the step is due again.
//!
//! Always holds: memory speaks only where files are all that the plugin can send, and
//! says that nothing was put only where the same component made every call and the
//! department never spoke of the step, so that what it remembers is all that can have
//! left the house. Nothing is published here: a put that a crash cut off counts as
//! none, and the step passes its gates and stops before the same put finishes it. A
//! memory that cannot be read, or that holds half of a step, says nothing; nor does
//! one of a folder that has been moved since, unless the step was answered, which
//! proves that its put had come to an end.
//!
//! A crash leaves the question abandoned, and it is asked again. Deliberately absent:
//! what the department made of the file, which comes as an acknowledgement.

use crate::{house::House, plugins::Active};
use credence_domain::step::StepEvent;
use credence_plugin_host::{
    call::{Ended, Failure, Report},
    places,
    ports::FileName,
};
use credence_store::{FileOfStep, StoreError};
use std::collections::BTreeSet;

/// When to look again at a step that waits for an acknowledgement: a day. Asking
/// sooner brings nothing, since the acknowledgement comes by itself.
const LOOK_AGAIN_S: u32 = 86_400;

/// What is known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remembered {
    /// A file was published for it; the department has not been asked.
    Put,
    /// Nothing has left the house for it.
    NotPut,
}

impl Remembered {
    /// The word in entries.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::NotPut => "not-put",
        }
    }

    /// What that means for the step.
    pub(crate) fn event(self) -> StepEvent {
        match self {
            Self::NotPut => StepEvent::NoTrace,
            Self::Put => StepEvent::Put {
                ask_after: LOOK_AGAIN_S,
            },
        }
    }
}

/// What the rows say of a step.
struct Memory {
    /// Each with whether its folder, as it is granted now, lies where it lay.
    files: Vec<(FileOfStep, bool)>,
    /// Components that were called to make it.
    digests: BTreeSet<String>,
    /// The department spoke of it.
    answered: bool,
}

impl House {
    /// What is known of the step of this key, after its plugin was asked about it.
    /// `None`: the plugin answered, or may know more than the house, or the memory
    /// cannot be used now.
    pub(crate) async fn remembered(
        &self,
        key: &str,
        active: &Active,
        report: &Report,
    ) -> Option<Remembered> {
        let grant = active.revision.grant();
        let only_files = grant.drop_folder && !grant.http;
        if !only_files || !matches!(report.ended, Ended::Failed(Failure::Uncertain(_))) {
            return None;
        }
        let memory = match self.memory(key, active).await {
            Ok(memory) => memory,
            Err(error) => {
                tracing::error!(key, %error, "the memory of put files cannot be read");
                return None;
            }
        };
        let mut hidden = 0;
        for (file, lies_there) in &memory.files {
            // A folder that is no longer granted cannot be looked into.
            let place = grant.folders.get(&file.folder)?;
            let name = FileName {
                plugin: active.row.plugin.clone(),
                folder: file.folder.clone(),
                name: file.name.clone(),
            };
            let outbox = &self.ports.outbox;
            if outbox.is_hidden(file.call, &name, place).await.ok()? {
                hidden += 1;
            } else if !lies_there && !memory.answered {
                // It may be hidden still where the folder was.
                return None;
            }
        }
        match memory.files.len() - hidden {
            // The department may know more than the files say.
            0 if memory.answered || memory.digests.iter().any(|by| *by != report.digest) => None,
            0 => Some(Remembered::NotPut),
            _ if hidden > 0 => None,
            _ => Some(Remembered::Put),
        }
    }

    async fn memory(&self, key: &str, active: &Active) -> Result<Memory, StoreError> {
        let mut read = self.store.read().await?;
        let step = read.step(key).await?;
        let calls = read.calls_of_step(key).await?;
        let folders = &active.revision.grant().folders;
        let files = read.files_of_step(key).await?;
        let mut placed = Vec::new();
        for file in files {
            let lies_there = match folders.get(&file.folder) {
                None => false,
                Some(now) => {
                    let place = places::look(now.path.clone()).await;
                    read.place_digest(&place) == file.place
                }
            };
            placed.push((file, lies_there));
        }
        Ok(Memory {
            files: placed,
            digests: calls
                .into_iter()
                .filter(|call| !call.asking)
                .map(|call| call.digest)
                .collect(),
            answered: step.is_none_or(|step| step.feedback.is_some()),
        })
    }
}
