//! Files into folders: the live way out for a department without an API.
//!
//! Comes in: a file, filled in. Goes out: that it is there, or why not. Always
//! holds: under its name a file is there whole or not at all, and one name is one
//! file for ever, even after the department has taken it away.
//!
//! It takes three stages. What a crash behind each of them leaves, and what the
//! same `put` then does:
//!
//! | stage | left behind | the same put again |
//! |---|---|---|
//! | `stage`: the text under a hidden name, durable | a hidden file that nobody reads | begins anew |
//! | `Journal::keep_file`: the name, durable | the hidden file and the name | publishes the hidden file |
//! | `publish`: the hidden file gets its name | the file, if the department has not taken it | finds no hidden file, so it is done |
//!
//! The hidden name holds the id of the call, so that two calls never write one
//! file. Deliberately absent: making the folder, and reading it.

use crate::{
    grant::Folder,
    ports::{FileName, Journal, KnownFile, NotPut, Outbox, OutgoingFile, PortError},
};
use async_trait::async_trait;
use credence_domain::ids::CallId;
use encoding_rs::Encoding;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How long writing the hidden file may take, such as on a disk behind a network.
const WRITING: Duration = Duration::from_secs(10);

/// The live outbox.
pub struct FolderOutbox {
    journal: Arc<dyn Journal>,
}

impl FolderOutbox {
    /// With the journal that knows the names.
    pub fn new(journal: Arc<dyn Journal>) -> Self {
        Self { journal }
    }
}

#[async_trait]
impl Outbox for FolderOutbox {
    async fn put(&self, call: CallId, file: OutgoingFile) -> Result<(), NotPut> {
        let known = self.journal.file(&file.name, &file.text).await;
        let known = match known.map_err(|error| not_known(call, &error))? {
            Some(known) => known,
            None => {
                let bytes = encoded(&file)?;
                self.first(call, &file, bytes).await?
            }
        };
        if !known.same_text {
            return Err(taken());
        }
        // No time limit: once the name is kept, what becomes of it must be known.
        let staged = staged(&file.name, &file.place, known.call);
        blocking(move || publish(&staged)).await
    }

    async fn is_hidden(
        &self,
        call: CallId,
        name: &FileName,
        place: &Folder,
    ) -> Result<bool, NotPut> {
        let staged = staged(name, place, call);
        blocking(move || is_hidden(&staged)).await
    }
}

impl FolderOutbox {
    /// A name that nobody knows yet.
    async fn first(
        &self,
        call: CallId,
        file: &OutgoingFile,
        bytes: Vec<u8>,
    ) -> Result<KnownFile, NotPut> {
        let to_write = staged(&file.name, &file.place, call);
        let writing = blocking(move || stage(&to_write, &bytes));
        let written = tokio::time::timeout(WRITING, writing).await;
        written.unwrap_or_else(|_| Err(not_written("writing takes too long")))?;
        let kept = self.journal.keep_file(call, &file.name, &file.text).await;
        match kept {
            Ok(known) if known.call == call => Ok(known),
            other => {
                // Another call was first, or the name may not be durable. In the
                // second case the hidden file has to stay: the name may be.
                if other.is_ok() {
                    let stray = staged(&file.name, &file.place, call);
                    blocking(move || {
                        let _ = fs::remove_file(stray.hidden);
                        Ok(())
                    })
                    .await?;
                }
                other.map_err(|error| not_known(call, &error))
            }
        }
    }
}

/// A file on its way into a folder.
#[derive(Debug, Clone)]
struct Staged {
    dir: PathBuf,
    hidden: PathBuf,
    path: PathBuf,
}

fn staged(name: &FileName, place: &Folder, call: CallId) -> Staged {
    let dir = Path::new(&place.path);
    let name = &name.name;
    Staged {
        dir: dir.to_owned(),
        hidden: dir.join(format!(".{name}.{call}.partial")),
        path: dir.join(name),
    }
}

/// The bytes of the file in the encoding of its folder.
fn encoded(file: &OutgoingFile) -> Result<Vec<u8>, NotPut> {
    let Folder { encoding, .. } = &file.place;
    let encoding = Encoding::for_label(encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let (bytes, _, lost) = encoding.encode(file.text.expose());
    if lost {
        return Err(NotPut::NotGranted(format!(
            "the text holds a character that {} does not have; nothing was written",
            encoding.name()
        )));
    }
    Ok(bytes.into_owned())
}

/// Writes the text under its hidden name. Durable when it returns.
fn stage(file: &Staged, bytes: &[u8]) -> Result<(), NotPut> {
    match file.path.try_exists() {
        Ok(false) => {}
        Ok(true) => {
            let text = "a file of this name lies in the folder, and the house did not put it";
            return Err(NotPut::NameTaken(text.to_owned()));
        }
        Err(error) => return Err(failed(&error)),
    }
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut out = options
            .write(true)
            .create(true)
            .truncate(true)
            .open(&file.hidden)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        sync(&file.dir)
    };
    write().map_err(|error| {
        // What is half there is of no use to anybody.
        let _ = fs::remove_file(&file.hidden);
        failed(&error)
    })
}

/// Gives the hidden file its name. Where there is none, that was done before.
fn publish(file: &Staged) -> Result<(), NotPut> {
    let renamed = match fs::rename(&file.hidden, &file.path) {
        Err(error) if error.kind() == ErrorKind::NotFound && file.dir.is_dir() => Ok(()),
        renamed => renamed,
    };
    renamed.map_err(|error| failed(&error))?;
    // From here on the department can have seen it.
    sync(&file.dir).map_err(|_| {
        let text = "the folder does not say whether the file is on its disk";
        NotPut::Unsure(text.to_owned())
    })
}

/// Whether the hidden file lies there. A folder that is away tells nothing.
fn is_hidden(file: &Staged) -> Result<bool, NotPut> {
    match fs::symlink_metadata(&file.hidden) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound && file.dir.is_dir() => Ok(false),
        Err(error) => Err(failed(&error)),
    }
}

/// Makes the names in a directory durable.
fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotPut> + Send + 'static,
) -> Result<T, NotPut> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(not_written("the host is going down")))
}

/// For the guest and the journal: what is wrong, without a path of this machine.
fn failed(error: &io::Error) -> NotPut {
    not_written(match error.kind() {
        ErrorKind::NotFound => "the folder is not there",
        ErrorKind::NotADirectory => "its place is no directory",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "the house may not write there"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "its disk is full",
        _ => "writing failed",
    })
}

fn not_written(why: &str) -> NotPut {
    NotPut::NotWritten(format!("the folder cannot be written now: {why}"))
}

fn not_known(call: CallId, error: &PortError) -> NotPut {
    tracing::error!(%call, %error, "names of files");
    NotPut::NotWritten("the host's memory of files is not available".to_owned())
}

fn taken() -> NotPut {
    let text = "a file of this name and another text was put before";
    NotPut::NameTaken(text.to_owned())
}

#[cfg(test)]
mod tests;
