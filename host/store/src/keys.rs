//! The keys of the house, and the files that hold them.
//!
//! Comes in: a directory. Goes out: a ring of keys. `master.key` is the root of
//! everything sealed; `log.key` is the seed of the audit log's signature, in a
//! file of its own because it can be moved to another machine. Always holds: a
//! key file is made whole or not at all, never written over, and readable by its
//! owner alone; no key is ever shown.
//!
//! A crash while a key file is made leaves either no file, or the whole one, and
//! perhaps a stray `.new` file beside it.
//!
//! Deliberately absent: changing keys, and keys held by a device (PKCS#11).

use crate::seal::Key;
use credence_audit::{KeyError, NoteSigner};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use zeroize::{Zeroize, Zeroizing};

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Reading or writing failed.
    #[error("the key file {path} cannot be read or made; look at its rights and the disk")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Not a key.
    #[error(
        "the key file {path} does not hold 64 hexadecimal digits; restore it from its backup, and do not make a new one: what was sealed under it would be lost"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner may read it.
    #[error(
        "the key file {path} can be read by others than its owner (mode {mode:03o}); run `chmod 600` on it, and think about who may have read it"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// No randomness.
    #[error("the machine gives no random bytes to make a key of")]
    Random(#[source] getrandom::Error),
}

/// The keys of the house.
#[derive(Clone)]
pub struct KeyRing {
    /// Wraps the keys of subjects.
    pub(crate) wrap: Key,
    /// Makes blind indexes: of identity numbers, of contents, of blobs.
    pub(crate) index: Key,
    /// Makes person tokens.
    pub(crate) token: Key,
    /// Seals the events of the audit log.
    pub(crate) audit: Key,
    /// Seals what is about no one subject: file names, carries, calls of adapters.
    pub(crate) house: Key,
    /// Stands in the database, so that a wrong master key is noticed.
    pub(crate) check: [u8; 32],
    log_seed: Key,
}

impl KeyRing {
    /// Reads `master.key` and `log.key` in `dir`, and makes those that are not
    /// there. `dir` must exist.
    ///
    /// # Errors
    /// [`KeyFileError`] where a file cannot be read, is malformed, or can be read
    /// by others.
    pub fn open_or_create(dir: &Path) -> Result<Self, KeyFileError> {
        let master = read_or_make(&dir.join("master.key"))?;
        let log = read_or_make(&dir.join("log.key"))?;
        Ok(Self::from_bytes(&master.0, &log.0))
    }

    /// A ring from the bytes of a master key and the seed of the log's key.
    pub fn from_bytes(master: &[u8; 32], log_seed: &[u8; 32]) -> Self {
        let derive = |label: &str| Key(hmac(&Key(*master), &[label.as_bytes()]));
        Self {
            wrap: derive("credence wrap v1"),
            index: derive("credence blind index v1"),
            token: derive("credence token v1"),
            audit: derive("credence audit seal v1"),
            house: derive("credence house seal v1"),
            check: derive("credence key check v1").0,
            log_seed: Key(*log_seed),
        }
    }

    /// The signer of the audit log named `origin`.
    ///
    /// # Errors
    /// [`KeyError::Origin`] for a name that a key cannot carry.
    pub fn log_signer(&self, origin: &str) -> Result<NoteSigner, KeyError> {
        NoteSigner::from_seed(origin, &self.log_seed.0)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(kept)")
    }
}

/// HMAC-SHA-256 over parts, each behind its length except the last.
pub(crate) fn hmac(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of every length");
    if let Some((last, first)) = parts.split_last() {
        for part in first {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.update(last);
    }
    mac.finalize().into_bytes().into()
}

fn read_or_make(path: &Path) -> Result<Key, KeyFileError> {
    match read(path) {
        Err(KeyFileError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            make(path)?;
            // Read back and not returned: another process may have been first.
            read(path)
        }
        other => other,
    }
}

fn read(path: &Path) -> Result<Key, KeyFileError> {
    let failed = |source| KeyFileError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    refuse_open(path, &file.metadata().map_err(failed)?)?;
    let text = Zeroizing::new(io::read_to_string(file).map_err(failed)?);
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim_end(), &mut bytes).map_err(|_| KeyFileError::Malformed {
        path: path.to_owned(),
    })?;
    let key = Key(bytes);
    bytes.zeroize();
    Ok(key)
}

#[cfg(unix)]
fn refuse_open(path: &Path, found: &fs::Metadata) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open(_: &Path, _: &fs::Metadata) -> Result<(), KeyFileError> {
    Ok(())
}

/// Makes a key file: whole under another name first, then linked to its own,
/// which fails where there is one already.
fn make(path: &Path) -> Result<(), KeyFileError> {
    let failed = |source| KeyFileError::File {
        path: path.to_owned(),
        source,
    };
    let key = Key::random().map_err(KeyFileError::Random)?;
    let mut tail = [0; 8];
    getrandom::fill(&mut tail).map_err(KeyFileError::Random)?;
    let draft = path.with_extension(format!("{}.new", hex::encode(tail)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = (|| {
        let mut file = options.open(&draft)?;
        file.write_all(Zeroizing::new(hex::encode(key.0)).as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    })();
    let removed = fs::remove_file(&draft);
    made.and(removed).map_err(failed)?;
    sync_dir(path).map_err(failed)
}

/// Makes the entry of a file in its directory durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        let dir = if dir.as_os_str().is_empty() {
            Path::new(".")
        } else {
            dir
        };
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_are_made_once_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let first = KeyRing::open_or_create(dir.path()).unwrap();
        let again = KeyRing::open_or_create(dir.path()).unwrap();
        assert_eq!(first.check, again.check);
        assert_eq!(first.log_seed.0, again.log_seed.0);
        assert_ne!(first.wrap.0, first.index.0);
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "no draft is left behind: {names:?}");
        assert!(!format!("{first:?}").contains(&hex::encode(first.check)));
    }

    #[cfg(unix)]
    #[test]
    fn an_unfit_key_file_is_named_and_never_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        KeyRing::open_or_create(dir.path()).unwrap();
        let path = dir.path().join("master.key");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = KeyRing::open_or_create(dir.path()).unwrap_err();
        assert!(
            matches!(error, KeyFileError::Open { mode: 0o644, .. }),
            "{error}"
        );
        assert!(error.to_string().contains("chmod 600"), "{error}");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "abc").unwrap();
        let error = KeyRing::open_or_create(dir.path()).unwrap_err();
        assert!(matches!(error, KeyFileError::Malformed { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"abc");
    }
}
