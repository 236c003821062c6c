//! Who holds a claim, and whether he is still alive.
//!
//! A worker that claims steps locks a file under `DATA/owners`. The lock goes
//! with the process, however it ends, so another process can tell at once that a
//! claim is abandoned and need not wait for its lease to run out. On many
//! machines over one database the lease alone decides.
//!
//! Always holds: a file that can be locked has no living owner. An owner that ends
//! leaves its file, so that whoever sweeps next can see that it is gone.

use crate::error::PipelineError;
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Before the name of an owner that is not locked yet.
const DRAFT: char = '.';

/// This process's claim on being alive.
#[derive(Debug)]
pub(crate) struct Owner {
    name: String,
    dir: PathBuf,
    /// Locked as long as this value lives.
    _lock: File,
}

impl Owner {
    /// Locks a file of its own.
    pub(crate) fn register(data: &Path, id: Uuid) -> Result<Self, PipelineError> {
        let dir = data.join("owners");
        fs::create_dir_all(&dir).map_err(PipelineError::file("cannot create", &dir))?;
        let name = id.simple().to_string();
        let path = dir.join(&name);
        // It gets its name once it is locked: unlocked under it, it would be gone.
        let draft = dir.join(format!("{DRAFT}{name}"));
        let lock = File::create(&draft).map_err(PipelineError::file("cannot create", &draft))?;
        lock.lock()
            .map_err(PipelineError::file("cannot lock", &draft))?;
        fs::rename(&draft, &path).map_err(PipelineError::file("cannot name", &path))?;
        Ok(Self {
            name,
            dir,
            _lock: lock,
        })
    }

    /// Its name in claims.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Names of owners that are gone. `forget` removes one for good, once no
    /// claim names it any more.
    pub(crate) fn gone(&self) -> Result<Vec<String>, PipelineError> {
        let entries =
            fs::read_dir(&self.dir).map_err(PipelineError::file("cannot read", &self.dir))?;
        let mut gone = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == self.name || name.starts_with(DRAFT) {
                continue;
            }
            let Ok(file) = File::open(entry.path()) else {
                continue;
            };
            match file.try_lock() {
                Ok(()) => gone.push(name),
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
            }
        }
        Ok(gone)
    }

    /// Removes the file of an owner that is gone and whose claims were settled.
    pub(crate) fn forget(&self, name: &str) {
        // Left behind, it is found gone again at the next sweep.
        let _ = fs::remove_file(self.dir.join(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_gone_when_its_process_no_longer_holds_the_lock() {
        let data = tempfile::tempdir().unwrap();
        let mine = Owner::register(data.path(), Uuid::from_u128(1)).unwrap();
        let other = Owner::register(data.path(), Uuid::from_u128(2)).unwrap();
        assert_eq!(mine.gone().unwrap(), Vec::<String>::new());
        // What a killed process leaves: its file, without a lock.
        let dead = Uuid::from_u128(3).simple().to_string();
        fs::write(data.path().join("owners").join(&dead), "").unwrap();
        assert_eq!(mine.gone().unwrap(), std::slice::from_ref(&dead));
        mine.forget(&dead);
        drop(other);
        assert_eq!(mine.gone().unwrap().len(), 1, "ended, and to be seen");
    }
}
