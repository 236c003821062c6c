//! Remember: what the house itself knows of a step about which nobody can be asked.
//!
//! Comes in: a question that a plugin answered with `uncertain`, being granted
//! folders and no destination: it has nobody to ask. Goes out: what the memory of
//! files says. A file was put for the step, so the department has it and the step is
//! pending; none was, so there is no trace and the step is made again under its key.
//!
//! Always holds: memory speaks only where files are all that the plugin can send, so
//! that what it remembers is all that can have left the house; a put that a crash cut
//! off is finished before it counts as put; a memory that cannot be read says nothing.
//! A crash leaves the question abandoned, and it is asked again. Deliberately absent:
//! what the department made of the file, which comes as an acknowledgement.

use crate::{house::House, plugins::Active};
use credence_domain::{
    record::{Feedback, Outcome},
    step::StepEvent,
};
use credence_plugin_host::{
    call::{Ended, Failure, Report},
    ports::FileName,
};

/// When to look again at a step that waits for an acknowledgement: a day. Asking
/// sooner brings nothing, since the acknowledgement comes by itself.
const LOOK_AGAIN_S: u32 = 86_400;

/// What is known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remembered {
    /// A file was put for it.
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
            Self::Put => StepEvent::Answered(Feedback {
                outcome: Outcome::Pending(Some(LOOK_AGAIN_S)),
                at: None,
                reference: None,
                evidence: Vec::new(),
            }),
        }
    }
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
        let files = match self.store.read().await {
            Ok(mut read) => read.files_of_step(key).await,
            Err(error) => Err(error),
        };
        let files = match files {
            Ok(files) => files,
            Err(error) => {
                tracing::error!(key, %error, "the names of put files cannot be read");
                return None;
            }
        };
        for file in &files {
            // A folder that is no longer granted cannot be finished into.
            let place = grant.folders.get(&file.folder)?;
            let name = FileName {
                plugin: active.row.plugin.clone(),
                folder: file.folder.clone(),
                name: file.name.clone(),
            };
            self.ports
                .outbox
                .finish(file.call, &name, place)
                .await
                .ok()?;
        }
        Some(match files.is_empty() {
            true => Remembered::NotPut,
            false => Remembered::Put,
        })
    }
}
