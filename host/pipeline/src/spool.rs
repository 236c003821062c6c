//! The spool: files on their way into the house, until they are read.
//!
//! Comes in: bytes of an upload or a pull. Goes out: a whole file under the id of
//! its arrival. Always holds: a file has its name only when it is whole and on
//! the disk; it is locked until its arrival is a row, so that a sweep can tell it
//! from what a killed process left; only the owner may read it, since it holds
//! what departments sent, as they sent it.
//!
//! `DATA/spool/.ID.partial` still coming · `DATA/spool/ID` waits to be read ·
//! `DATA/spool/failed/ID` could not be read; for the operator to look at and to
//! take away. A crash leaves a partial file or one without a row, which the next
//! round of intake removes, or one that waits, which it reads.

use crate::error::PipelineError;
use credence_domain::ids::ArrivalId;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};
use tokio::io::AsyncWriteExt as _;

/// Where files wait.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    dir: PathBuf,
}

/// Why a file did not come whole. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It is larger than the house takes.
    #[error(
        "the delivery has more than {most} bytes, which is what this house takes at once: split it"
    )]
    TooLarge {
        /// The limit in bytes.
        most: u64,
    },
    /// The disk is full.
    #[error("the house has no room for the delivery now; send it again later")]
    NoRoom(#[source] io::Error),
    /// The file cannot be written.
    #[error("the delivery cannot be written down; send it again later")]
    Io(#[source] io::Error),
}

impl From<io::Error> for SpoolError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoRoom(error),
            _ => Self::Io(error),
        }
    }
}

impl Spool {
    pub(crate) fn open(data: &Path) -> Result<Self, PipelineError> {
        let dir = data.join("spool");
        let failed = dir.join("failed");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&failed)
            .map_err(PipelineError::file("cannot create", &failed))?;
        Ok(Self { dir })
    }

    /// Begins a file of at most `most` bytes.
    pub(crate) fn begin(&self, id: ArrivalId, most: u64) -> Result<Spooling, SpoolError> {
        let partial = self.dir.join(format!(".{id}.partial"));
        let file = loop {
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&partial)?;
            file.lock()?;
            // A sweep that came before the lock has taken it for abandoned.
            if file.metadata()?.nlink() > 0 {
                break file;
            }
        };
        let unfinished = Unfinished(Some(partial));
        Ok(Spooling {
            file: tokio::fs::File::from_std(file),
            unfinished,
            whole: self.path(id),
            size: 0,
            most,
        })
    }

    /// Where a file lies that waits.
    pub(crate) fn path(&self, id: ArrivalId) -> PathBuf {
        self.dir.join(id.to_string())
    }

    /// Where a file lies that could not be read.
    pub(crate) fn failed_path(&self, id: ArrivalId) -> PathBuf {
        self.dir.join("failed").join(id.to_string())
    }

    /// Puts a file aside that could not be read; it may be gone already.
    pub(crate) fn put_aside(&self, id: ArrivalId) -> io::Result<()> {
        gone(fs::rename(self.path(id), self.failed_path(id)))
    }

    /// Ids of the files that could not be read.
    pub(crate) fn failed(&self) -> io::Result<Vec<ArrivalId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(self.dir.join("failed"))? {
            ids.extend(entry?.file_name().to_string_lossy().parse::<ArrivalId>());
        }
        Ok(ids)
    }

    /// Removes a file that could not be read; it may be gone already.
    pub(crate) fn remove_failed(&self, id: ArrivalId) -> io::Result<()> {
        gone(fs::remove_file(self.failed_path(id)))
    }

    /// Removes a file; it may be gone already.
    pub(crate) fn remove(&self, id: ArrivalId) -> io::Result<()> {
        gone(fs::remove_file(self.path(id)))
    }

    /// Ids of the whole files, after partial ones that nobody writes any more
    /// were removed.
    pub(crate) fn whole(&self) -> io::Result<Vec<ArrivalId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') && name.ends_with(".partial") {
                if let Some(abandoned) = Abandoned::claim(entry.path()) {
                    abandoned.remove()?;
                }
            } else if let Ok(id) = name.parse() {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// The file of this id, unless somebody is about to write its row. As long as
    /// the value lives nobody is.
    pub(crate) fn claim(&self, id: ArrivalId) -> Option<Abandoned> {
        Abandoned::claim(self.path(id))
    }
}

/// A file whose lock nobody held any more, and which is held here.
#[derive(Debug)]
pub(crate) struct Abandoned {
    path: PathBuf,
    _lock: File,
}

impl Abandoned {
    fn claim(path: PathBuf) -> Option<Self> {
        let lock = File::open(&path).ok()?;
        lock.try_lock().ok()?;
        Some(Self { path, _lock: lock })
    }

    /// Removes it while it is held.
    pub(crate) fn remove(self) -> io::Result<()> {
        gone(fs::remove_file(&self.path))
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A name that goes with this value, unless the file got its own.
#[derive(Debug)]
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Left behind, it is swept away as a killed process's is.
            let _ = fs::remove_file(path);
        }
    }
}

/// A file that is still coming. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Spooling {
    file: tokio::fs::File,
    unfinished: Unfinished,
    whole: PathBuf,
    size: u64,
    most: u64,
}

/// A whole file, on the disk; locked until its row is written.
#[derive(Debug)]
pub(crate) struct Spooled {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    _lock: File,
}

impl Spooling {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// [`SpoolError::TooLarge`] beyond the limit; nothing more may be written then.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        self.size += bytes.len() as u64;
        if self.size > self.most {
            return Err(SpoolError::TooLarge { most: self.most });
        }
        Ok(self.file.write_all(bytes).await?)
    }

    /// Gives the file its name, durably.
    pub(crate) async fn finish(mut self) -> Result<Spooled, SpoolError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let lock = self.file.into_std().await;
        if let Some(partial) = self.unfinished.0.take() {
            let named = fs::rename(&partial, &self.whole).and_then(|()| sync_dir(&self.whole));
            if let Err(error) = named {
                self.unfinished.0 = Some(partial);
                return Err(error.into());
            }
        }
        Ok(Spooled {
            path: self.whole,
            size: self.size,
            _lock: lock,
        })
    }
}

/// Makes the names in a file's directory durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn spool() -> (tempfile::TempDir, Spool) {
        let data = tempfile::tempdir().unwrap();
        let spool = Spool::open(data.path()).unwrap();
        (data, spool)
    }

    fn names(data: &Path) -> Vec<String> {
        let entries = fs::read_dir(data.join("spool")).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name != "failed").collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_file_has_its_name_when_it_is_whole() {
        let (data, spool) = spool();
        let id = ArrivalId(Uuid::from_u128(7));
        let mut coming = spool.begin(id, 10).unwrap();
        coming.write(b"12345").await.unwrap();
        assert_eq!(spool.whole().unwrap(), []);
        assert_eq!(
            names(data.path()),
            [format!(".{id}.partial")],
            "it is not swept"
        );
        let spooled = coming.finish().await.unwrap();
        assert_eq!(spooled.size, 5);
        assert_eq!(fs::read(&spooled.path).unwrap(), b"12345");
        assert_eq!(spool.whole().unwrap(), [id]);
        assert!(spool.claim(id).is_none(), "its row may be on its way");
        let path = spooled.path.clone();
        drop(spooled);
        let claimed = spool.claim(id).unwrap();
        assert!(spool.claim(id).is_none(), "it is held until it is gone");
        claimed.remove().unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_is_too_large_or_abandoned_leaves_nothing() {
        let (data, spool) = spool();
        let mut coming = spool.begin(ArrivalId(Uuid::from_u128(8)), 3).unwrap();
        coming.write(b"123").await.unwrap();
        let error = coming.write(b"4").await.unwrap_err();
        assert!(matches!(error, SpoolError::TooLarge { most: 3 }), "{error}");
        drop(coming);
        assert_eq!(names(data.path()), Vec::<String>::new());
        // What a killed process leaves: a partial file without a lock.
        fs::write(data.path().join("spool").join(".x.partial"), "half").unwrap();
        assert_eq!(spool.whole().unwrap(), []);
        assert_eq!(names(data.path()), Vec::<String>::new());
    }
}
