//! The calendar of this house: what the domain publishes, and the notices that
//! an operator imported for the years after.
//!
//! Comes in: a notice's file. Goes out: the days that it changed. Always holds:
//! every imported notice that counts is an entry of the log, with its digest; of
//! two imports at once, in whatever processes, one is refused; a notice imported
//! again changes nothing. `DATA/calendar/` holds each notice under its year and
//! digest; other processes take it up at their next sweep.
//!
//! The entry is committed before the file gets its name. A crash in between
//! leaves an entry and a year still unknown; importing again enters it again and
//! leaves the file. A crash before leaves at most a draft that nobody reads.
//!
//! Deliberately absent: moving stored due instants. A step is made once its first
//! day is certain (`expire`), and the gate asks this calendar again at the claim, so
//! that it never starts too early; the last day for the answer to an objection is
//! counted again on the day after it (`object`).

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
};
use credence_audit::ObjectRef;
use credence_domain::calendar::{Calendar, Day, HolidayNotice, read_notice};
use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// What importing a notice did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The year that the notice arranges.
    pub year: i16,
    /// Its title.
    pub notice: String,
    /// Its number, if the file names one.
    pub number: Option<String>,
    /// Nothing was done: its days were known already.
    pub unchanged: bool,
    /// The year was unknown before.
    pub newly_known: bool,
    /// Days known before that are otherwise now, ascending.
    pub changed: Vec<ChangedDay>,
}

/// A day that a notice changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChangedDay {
    /// The day.
    pub date: Date,
    /// What it is now.
    pub day: Day,
}

/// The calendar of a data directory, without opening the house. Writes nothing;
/// where there is no directory, it is the published one.
///
/// # Errors
/// When an imported notice cannot be read or does not fit.
pub fn calendar_of(data: &Path) -> Result<Calendar, PipelineError> {
    let dir = data.join("calendar");
    read(&notices_in(&dir)?)
}

/// What is loaded in this process.
pub(crate) struct KnownCalendar {
    dir: PathBuf,
    loaded: RwLock<Loaded>,
}

struct Loaded {
    /// Named by digest: while the names are the same, so are the notices.
    files: Vec<PathBuf>,
    calendar: Arc<Calendar>,
}

impl Loaded {
    fn read(files: Vec<PathBuf>) -> Result<Self, PipelineError> {
        let calendar = Arc::new(read(&files)?);
        Ok(Self { files, calendar })
    }
}

impl KnownCalendar {
    pub(crate) fn load(data: &Path) -> Result<Self, PipelineError> {
        let dir = data.join("calendar");
        let loaded = RwLock::new(Loaded::read(notices_in(&dir)?)?);
        Ok(Self { dir, loaded })
    }

    /// Takes up what another process imported since. Whatever cannot be read is
    /// told once and leaves the calendar as it was: it must not stop a sweep.
    pub(crate) fn refresh(&self) {
        let told = |error| tracing::error!(%error, "imported notices are not taken up");
        match notices_in(&self.dir) {
            Ok(files) if files == self.loaded().files => {}
            Ok(files) => match Loaded::read(files.clone()) {
                Ok(loaded) => *self.loaded_mut() = loaded,
                Err(error) => {
                    told(error);
                    self.loaded_mut().files = files;
                }
            },
            Err(error) => told(error),
        }
    }

    fn reread(&self) -> Result<(), PipelineError> {
        *self.loaded_mut() = Loaded::read(notices_in(&self.dir)?)?;
        Ok(())
    }

    fn loaded(&self) -> RwLockReadGuard<'_, Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn loaded_mut(&self) -> RwLockWriteGuard<'_, Loaded> {
        self.loaded.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a notice its name under the directory: whole or not at all, and
    /// durable.
    fn keep(&self, draft: &Path, name: &str) -> Result<(), PipelineError> {
        let path = self.dir.join(name);
        fs::rename(draft, &path).map_err(PipelineError::file("cannot name", &path))?;
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(PipelineError::file("cannot write", &self.dir))
    }

    fn draft(&self, text: &str) -> Result<PathBuf, PipelineError> {
        let path = self.dir.join("draft");
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(PipelineError::file("cannot write", &path))?;
        Ok(path)
    }

    /// One import at a time. Ends with the file that it gives.
    fn lock(&self) -> Result<File, PipelineError> {
        fs::create_dir_all(&self.dir).map_err(PipelineError::file("cannot create", &self.dir))?;
        let path = self.dir.join("lock");
        let file = File::create(&path).map_err(PipelineError::file("cannot create", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(PipelineError::Refused(
                "another notice is being imported at this moment; try again".to_owned(),
            )),
            Err(TryLockError::Error(error)) => {
                Err(PipelineError::file("cannot lock", &path)(error))
            }
        }
    }
}

impl House {
    /// The calendar as it is known now.
    pub fn calendar(&self) -> Arc<Calendar> {
        self.calendar.loaded().calendar.clone()
    }

    /// Imports a State Council notice, given as the name of its file and its text.
    /// Durable when it returns; a notice whose days are known changes nothing.
    ///
    /// # Errors
    /// Every rule that the file breaks; a second notice of a year that does not
    /// amend the first. Nothing is left then.
    pub async fn import_notice(
        &self,
        file_name: &str,
        text: &str,
        actor: &Actor,
    ) -> Result<Imported, PipelineError> {
        let notice = read_notice(file_name, text).map_err(PipelineError::HolidayNotice)?;
        let _lock = self.calendar.lock()?;
        // Another process may have imported since this one looked.
        self.calendar.reread()?;
        let before = self.calendar();
        let after = before.with(notice.clone())?;
        let imported = Imported::of(&notice, &before, &after);
        if imported.unchanged {
            return Ok(imported);
        }
        let digest = hex::encode(Sha256::digest(text));
        let draft = self.calendar.draft(text)?;
        let mut entry = event("calendar.imported", self.now(), actor);
        entry = with(entry, "digest", digest.as_str());
        entry = with(entry, "notice", notice.title.as_str());
        if let Some(number) = &notice.number {
            entry = with(entry, "number", number.as_str());
        }
        let mut write = self.store.begin().await?;
        write.note(ObjectRef::new("calendar", notice.year.to_string()), &entry)?;
        write.commit().await?;
        let name = format!("{}-{digest}.toml", notice.year);
        self.calendar.keep(&draft, &name)?;
        self.calendar.reread()?;
        Ok(imported)
    }
}

impl Imported {
    fn of(notice: &HolidayNotice, before: &Calendar, after: &Calendar) -> Self {
        let changed = before.days_changed_by(after).into_iter();
        Self {
            year: notice.year,
            notice: notice.title.clone(),
            number: notice.number.clone(),
            unchanged: before == after,
            newly_known: !before.is_known(notice.year),
            changed: changed
                .map(|(date, day)| ChangedDay { date, day })
                .collect(),
        }
    }
}

/// The files of imported notices, in the order of their names; none where there
/// is no directory.
fn notices_in(dir: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(PipelineError::file("cannot read", dir)(error)),
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(PipelineError::file("cannot read", dir))?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    Ok(files)
}

fn read(files: &[PathBuf]) -> Result<Calendar, PipelineError> {
    let mut notices = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for path in files {
        let text = fs::read_to_string(path).map_err(PipelineError::file("cannot read", path))?;
        match read_notice(&path.display().to_string(), &text) {
            Ok(notice) => notices.push(notice),
            Err(broken) => faults.extend(broken),
        }
    }
    if faults.is_empty() {
        Ok(Calendar::published().with_all(notices)?)
    } else {
        Err(PipelineError::HolidayNotice(faults))
    }
}
