//! The last signed checkpoint, kept in a file outside the database.
//!
//! Comes in: a path and a note. Goes out: the note that lies there. Always holds:
//! the file is replaced whole (written beside, synced, renamed, the directory
//! synced), so a crash leaves the old note or the new one. Deliberately absent:
//! what the note says (`sequencer`).

use crate::{error::StoreError, keys::sync_dir};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
};

/// The note in the file; `None` where there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, StoreError> {
    match fs::read_to_string(path) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::File {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Replaces the note in the file. Durable when it returns.
pub(crate) fn replace(path: &Path, note: &str) -> Result<(), StoreError> {
    // The name holds the process, so that two of them never write into one draft.
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        sync_dir(path)
    };
    write().map_err(|source| StoreError::File {
        path: path.to_owned(),
        source,
    })
}
