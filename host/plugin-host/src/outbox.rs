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
//! file. A put that is refused leaves none behind. Where the folder lies is kept with
//! the name: in a folder that was moved, no hidden file proves nothing, and a person
//! is told. Deliberately absent: making the folder, and reading it.

use crate::{
    grant::Folder,
    places,
    ports::{FileName, Journal, KnownFile, NotPut, Outbox, OutgoingFile, PortError},
};
use async_trait::async_trait;
use credence_domain::ids::CallId;
use encoding_rs::Encoding;
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long writing the hidden file may take, such as on a disk behind a network.
const WRITING: Duration = Duration::from_secs(10);

/// The live outbox.
pub struct FolderOutbox {
    journal: Arc<dyn Journal>,
    writing: Duration,
    under_way: Writings,
}

impl FolderOutbox {
    /// With the journal that knows the names.
    pub fn new(journal: Arc<dyn Journal>) -> Self {
        Self {
            journal,
            writing: WRITING,
            under_way: Writings::default(),
        }
    }
}

#[async_trait]
impl Outbox for FolderOutbox {
    async fn put(&self, call: CallId, mut file: OutgoingFile) -> Result<(), NotPut> {
        file.place.path = places::look(file.place.path).await;
        let known = self.journal.file(&file).await;
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
        blocking(move || publish(&staged, known.same_place)).await
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
        let hidden = staged(&file.name, &file.place, call);
        self.write(hidden.clone(), bytes).await?;
        let kept = self.journal.keep_file(call, file).await;
        let holds = match &kept {
            Ok(known) => Some(*known),
            // The name may be kept all the same. Where that cannot be told either,
            // the hidden file has to stay.
            Err(_) => match self.journal.file(file).await {
                Ok(Some(known)) => Some(known),
                Ok(None) => None,
                Err(error) => return Err(not_known(call, &error)),
            },
        };
        if holds.is_none_or(|known| known.call != call) {
            // The name is another call's, or nobody's.
            blocking(move || {
                remove(&hidden);
                Ok(())
            })
            .await?;
        }
        kept.map_err(|error| not_known(call, &error))
    }

    /// Writes the hidden file, within [`WRITING`]. What comes later is removed.
    async fn write(&self, file: Staged, bytes: Vec<u8>) -> Result<(), NotPut> {
        let Some(writing) = Writing::begin(&self.under_way, &file.hidden) else {
            return Err(not_written("an earlier try is not over yet"));
        };
        // Whoever comes second learns that the other was first.
        let over = Arc::new(AtomicBool::new(false));
        let given_up = over.clone();
        let mut written = std::pin::pin!(blocking(move || {
            let written = stage(&file, &bytes);
            if written.is_ok() && given_up.swap(true, Ordering::AcqRel) {
                remove(&file);
            }
            drop(writing);
            written
        }));
        match tokio::time::timeout(self.writing, &mut written).await {
            Ok(written) => written,
            Err(_) if over.swap(true, Ordering::AcqRel) => written.await,
            Err(_) => Err(not_written("writing takes too long")),
        }
    }
}

/// Hidden files that are being written, also by those whom nobody waits for any more.
type Writings = Arc<Mutex<BTreeSet<PathBuf>>>;

/// One of them, as long as this value lives.
struct Writing {
    all: Writings,
    hidden: PathBuf,
}

impl Writing {
    /// `None` where somebody is writing it.
    fn begin(all: &Writings, hidden: &Path) -> Option<Self> {
        let mut writings = all.lock().unwrap_or_else(PoisonError::into_inner);
        writings.insert(hidden.to_owned()).then(|| Self {
            all: all.clone(),
            hidden: hidden.to_owned(),
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut writings = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        writings.remove(&self.hidden);
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
        remove(file);
        failed(&error)
    })
}

/// Removes the hidden file of a put that is refused.
fn remove(file: &Staged) {
    // Left behind, nobody reads it.
    let _ = fs::remove_file(&file.hidden);
}

/// Gives the hidden file its name. Where there is none, that was done before, if the
/// folder lies where it lay then.
fn publish(file: &Staged, same_place: bool) -> Result<(), NotPut> {
    let renamed = match fs::rename(&file.hidden, &file.path) {
        Err(error) if error.kind() == ErrorKind::NotFound && file.dir.is_dir() => {
            match same_place {
                true => Ok(()),
                false => return Err(moved()),
            }
        }
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

fn moved() -> NotPut {
    let text = "the folder has been moved since this file was begun in it, and whether the \
                department has it only the old place tells: grant the folder its old place and \
                let the step be made again, or enter the feedback by hand";
    NotPut::NotGranted(text.to_owned())
}

fn taken() -> NotPut {
    let text = "a file of this name and another text was put before";
    NotPut::NameTaken(text.to_owned())
}

#[cfg(test)]
mod tests;
