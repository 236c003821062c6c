//! What can go wrong between the house and its rows.
//!
//! Comes in: the errors of the database, of the seals and of the log. Goes out:
//! one small enum whose messages say what to do next. Always holds: the words of
//! the database stand only behind `source`, since they may quote what a row
//! holds. Deliberately absent: codes for the outside; `api` has those.

use crate::{keys::KeyFileError, seal::SealError};
use credence_audit::{CanonicalError, CheckpointError, ForkError, ObjectRef, TreeError};
use credence_domain::ids::CallId;
use std::path::PathBuf;

/// Why the store could not do what was asked. Nothing was changed then, unless a
/// variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database failed.
    #[error(
        "the database could not carry out a statement; look at its file, its disk and its rights"
    )]
    Database(#[source] sqlx::Error),
    /// Another process has held the write lock for longer than the busy timeout.
    #[error("another process is writing to the database and does not finish; end it or try again")]
    Busy(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error(
        "the database's schema does not fit this program; use the program that wrote it, or a newer one"
    )]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// Too old a SQLite.
    #[error(
        "this program was built with SQLite {found}, and needs at least 3.51.3; build it with the bundled one"
    )]
    OldSqlite {
        /// The version found.
        found: String,
    },
    /// A file beside the database.
    #[error("{path} cannot be read or written; look at its rights and the disk")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The keys are not those of the database.
    #[error(
        "the master key is not the one that this database was written under; put the right master.key back"
    )]
    OtherKey,
    /// A key file is unfit.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// Something sealed could not be opened, or nothing could be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A row does not read as what it should be.
    #[error("{what} cannot be read back from its row; run `audit verify`")]
    Unreadable {
        /// Which column of which table.
        what: &'static str,
        /// Why, where there is more to say.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A value has no canonical JSON, so nothing can be committed to.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A value could not be written as JSON.
    #[error("a value could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The row was changed since it was read.
    #[error(
        "{object} was changed by someone else since it was read; read it again and decide again"
    )]
    Conflict {
        /// Which row.
        object: ObjectRef,
    },
    /// There is one already.
    #[error("{object} exists already; read it and go on from there")]
    AlreadyThere {
        /// Which row.
        object: ObjectRef,
    },
    /// There is none.
    #[error("there is no {object}; check the id")]
    NotThere {
        /// Which row.
        object: ObjectRef,
    },
    /// The subject's key was shredded: what was sealed under it is gone for ever.
    #[error("the facts about {object} were erased; nothing can be read or written about it")]
    Erased {
        /// The subject.
        object: ObjectRef,
    },
    /// A transaction touched a call without an entry that names it.
    #[error(
        "call {call} was written without an audit entry that names it; give the event its call id"
    )]
    CallWithoutEntry {
        /// The call.
        call: CallId,
    },
    /// The entries of a write could not be made: the process ends, or has a defect.
    #[error("the log entries of a write were not made, and nothing of it was written; try again")]
    EntriesNotMade,
    /// The log does not go on from what was signed.
    #[error(transparent)]
    Fork(#[from] ForkError),
    /// The checkpoint outside the database is gone.
    #[error(
        "{path} is missing, and the log has been signed before: nothing was signed. Put the file back; only if you are sure that this database was not restored from a backup, write the newest checkpoint (`audit head`) into it"
    )]
    OutsideMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A checkpoint cannot be signed, or is not of this log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log's key cannot be used.
    #[error(transparent)]
    LogKey(#[from] credence_audit::KeyError),
    /// The log's stored hashes are not what they should be.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The machine gives no randomness.
    #[error("the machine gives no random bytes; nothing can be sealed without them")]
    Random(#[from] getrandom::Error),
}

/// The primary code that SQLite gives when another connection holds the lock. It
/// is the lowest byte of the extended codes.
const SQLITE_BUSY: u32 = 5;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|e| e.code()?.parse().ok());
        let busy = code.is_some_and(|code: u32| code & 0xff == SQLITE_BUSY);
        if busy {
            Self::Busy(error)
        } else {
            Self::Database(error)
        }
    }
}

impl StoreError {
    /// A column that holds what it never should.
    pub(crate) fn unreadable(what: &'static str) -> Self {
        Self::Unreadable { what, source: None }
    }

    /// A column that holds what it never should, and why.
    pub(crate) fn unreadable_for(
        what: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unreadable {
            what,
            source: Some(Box::new(source)),
        }
    }

    /// What an insertion that failed means: a row that is there already has a
    /// name of its own.
    pub(crate) fn inserting(object: &ObjectRef) -> impl FnOnce(sqlx::Error) -> Self {
        let object = object.clone();
        move |error| match error.as_database_error() {
            Some(e) if e.is_unique_violation() => Self::AlreadyThere { object },
            _ => error.into(),
        }
    }
}
