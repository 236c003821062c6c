//! Arrive: deliveries that come by themselves are taken in.
//!
//! Comes in: watched folders, uploads, pulls that are due. Goes out: ingested
//! deliveries, files moved away, the alarm of quiet feeds. Always holds: one
//! process at a time makes a round (a locked file tells); a file is a row before
//! it is read, and read before it is moved or removed, so that a crash anywhere
//! is mended by the next round: a row that waits is read on, at its exact row,
//! and a file whose row is settled is only put away. A file that cannot be read
//! keeps no other waiting and is tried again later and later. What became of each
//! is written by `settle`.

use crate::{
    error::PipelineError,
    house::{Actor, House, event},
    ingest::Delivered,
    report::{report_header, report_rows},
    settle::{Came, Fault, Told as _},
    spool::{SpoolError, Spooling},
    watched::{Into, Looks, Whole, move_away},
};
use credence_domain::ids::{ArrivalId, DeliveryId};
use credence_store::{ArrivalRow, ArrivalSource, ArrivalState, NewArrival, TokenRow};
use serde::Serialize;
use std::{
    fs::{File, TryLockError},
    io::{self, ErrorKind, Write as _},
    path::Path,
};
use tempfile::NamedTempFile;

/// Arrivals read in one round.
const AT_ONCE: u32 = 100;
/// Files kept of a feed that could not be read.
const KEPT: usize = 20;

/// What one process knows of the folders it watches.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    looks: Looks,
    /// Held from the first round on, by one process of those on this directory.
    lock: Option<File>,
}

/// What a round of intake did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TakenIn {
    /// Deliveries read to their end.
    pub read: u32,
    /// Deliveries that could not be read, or of which nothing was good.
    pub failed: u32,
    /// Deliveries put off for a reason of the house's own.
    pub put_off: u32,
    /// Deliveries fetched from departments' systems.
    pub pulled: u32,
    /// Feeds that have gone quiet since the last round.
    pub quiet: u32,
    /// Another process does the rounds.
    pub elsewhere: bool,
}

impl TakenIn {
    /// This round and one after it.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        Self {
            read: self.read + next.read,
            failed: self.failed + next.failed,
            put_off: self.put_off + next.put_off,
            pulled: self.pulled + next.pulled,
            quiet: self.quiet + next.quiet,
            elsewhere: next.elsewhere,
        }
    }
}

impl House {
    /// One round: what waits is read, folders are looked at, pulls that are due are
    /// made, quiet feeds raise the alarm.
    ///
    /// # Errors
    /// The last thing that went wrong; the rest of the round was made all the same.
    pub async fn take_in(&self) -> Result<TakenIn, PipelineError> {
        let here = self.take_in_here().await;
        let pulled = self.pull_in().await;
        Ok(here?.and(pulled?))
    }

    /// The part of a round that waits for no department: what waits is read, folders
    /// are looked at, quiet feeds raise the alarm.
    ///
    /// # Errors
    /// As [`House::take_in`].
    pub async fn take_in_here(&self) -> Result<TakenIn, PipelineError> {
        let mut intake = self.intake.lock().await;
        let mut taken = TakenIn::default();
        if !intake.claim(&self.data)? {
            taken.elsewhere = true;
            return Ok(taken);
        }
        let mut faults = Vec::new();
        faults.extend(self.sweep_spool().await.err());
        faults.extend(self.read_waiting(&mut taken).await.err());
        faults.extend(self.watch(&mut intake.looks, &mut taken).await.err());
        match self.alarm().await {
            Ok(quiet) => taken.quiet = quiet,
            Err(error) => faults.push(error),
        }
        faults.pop().map_or(Ok(taken), Err)
    }

    /// The part of a round that asks departments: pulls that are due are made, and
    /// what they brought is read. Files and uploads are taken in meanwhile.
    ///
    /// # Errors
    /// As [`House::take_in`].
    pub async fn pull_in(&self) -> Result<TakenIn, PipelineError> {
        let _one_at_a_time = self.pulls.lock().await;
        let mut taken = TakenIn::default();
        if !self.intake.lock().await.claim(&self.data)? {
            taken.elsewhere = true;
            return Ok(taken);
        }
        let mut faults = Vec::new();
        match self.pull_due().await {
            Ok(pulled) => taken.pulled = pulled,
            Err(error) => faults.push(error),
        }
        if taken.pulled > 0 {
            let _intake = self.intake.lock().await;
            faults.extend(self.read_waiting(&mut taken).await.err());
        }
        faults.pop().map_or(Ok(taken), Err)
    }

    /// Reads uploads that wait, and looks nowhere else.
    ///
    /// # Errors
    /// When the rows cannot be read or written.
    pub async fn read_uploads(&self) -> Result<TakenIn, PipelineError> {
        let mut intake = self.intake.lock().await;
        let mut taken = TakenIn::default();
        match intake.claim(&self.data)? {
            true => self.read_waiting(&mut taken).await?,
            false => taken.elsewhere = true,
        }
        Ok(taken)
    }

    /// Begins a delivery that somebody sends.
    ///
    /// # Errors
    /// [`SpoolError`].
    pub fn begin_upload(&self) -> Result<Upload, PipelineError> {
        let id = self.new_id()?;
        let spooling = self.spool.begin(id, self.most_bytes)?;
        Ok(Upload { id, spooling })
    }

    /// Bytes of the largest delivery that is taken from outside.
    pub fn most_bytes(&self) -> u64 {
        self.most_bytes
    }

    /// Takes an upload that came whole: durable, and a row, when it returns.
    ///
    /// # Errors
    /// When it cannot be made durable; nothing is left then.
    pub async fn uploaded(
        &self,
        upload: Upload,
        name: String,
        token: &TokenRow,
    ) -> Result<ArrivalRow, PipelineError> {
        let spooled = upload.spooling.finish().await?;
        let new = NewArrival {
            id: upload.id,
            plugin: token.plugin.clone(),
            feed: token.feed.clone(),
            source: ArrivalSource::Upload,
            name,
            mark: None,
            size: spooled.size,
            token: Some(token.id),
        };
        let mut write = self.store.begin().await?;
        let draft = event("arrival.uploaded", self.now(), &Actor::token(token.id));
        let row = write.insert_arrival(&new, &draft).await?;
        write.commit().await?;
        Ok(row)
    }

    /// An arrival.
    ///
    /// # Errors
    /// When there is none, or its row cannot be read.
    pub async fn arrival(&self, id: ArrivalId) -> Result<ArrivalRow, PipelineError> {
        let row = self.store.read().await?.arrival(id).await?;
        row.ok_or_else(|| PipelineError::Unknown {
            what: "arrival",
            name: id.to_string(),
            next: "its id is in the answer to the upload",
        })
    }

    /// Puts files away whose rows are settled, and those that have no row.
    async fn sweep_spool(&self) -> Result<(), PipelineError> {
        let failed = |id: ArrivalId| PipelineError::file("cannot put away", self.spool.path(id));
        let whole = self.spool.whole();
        let whole = whole.map_err(PipelineError::file("cannot read", self.data.join("spool")))?;
        for id in whole {
            let row = self.store.read().await?.arrival(id).await?;
            let Some(row) = row else {
                // Its row may be written this moment: only who has the lock knows.
                if let Some(claimed) = self.spool.claim(id)
                    && self.store.read().await?.arrival(id).await?.is_none()
                {
                    claimed.remove().map_err(failed(id))?;
                }
                continue;
            };
            self.put_away(&row).await?;
        }
        Ok(())
    }

    /// Takes a file out of the spool whose row is settled.
    async fn put_away(&self, row: &ArrivalRow) -> Result<(), PipelineError> {
        let done = match row.state {
            ArrivalState::Waiting => return Ok(()),
            ArrivalState::Read => self.spool.remove(row.id),
            ArrivalState::Failed => self.spool.put_aside(row.id),
        };
        done.map_err(PipelineError::file(
            "cannot put away",
            self.spool.path(row.id),
        ))?;
        match row.state {
            ArrivalState::Failed => self.keep_the_newest(row).await,
            ArrivalState::Waiting | ArrivalState::Read => Ok(()),
        }
    }

    /// Removes the oldest of the files of a feed that could not be read, beyond
    /// [`KEPT`]: a department may send what is refused for years.
    async fn keep_the_newest(&self, row: &ArrivalRow) -> Result<(), PipelineError> {
        let dir = self.data.join("spool").join("failed");
        let failed = || PipelineError::file("cannot clear", dir.clone());
        let mut read = self.store.read().await?;
        let mut of_feed = Vec::new();
        for id in self.spool.failed().map_err(failed())? {
            let other = read.arrival(id).await?;
            if other.is_some_and(|other| (&other.plugin, &other.feed) == (&row.plugin, &row.feed)) {
                of_feed.push(id);
            }
        }
        // An id begins with the instant at which it was made.
        of_feed.sort_by(|a, b| b.bytes().cmp(a.bytes()));
        for id in of_feed.drain(KEPT.min(of_feed.len())..) {
            self.spool.remove_failed(id).map_err(failed())?;
            tracing::warn!(arrival = %id, plugin = row.plugin, feed = row.feed,
                "a file that could not be read was removed: only the newest are kept");
        }
        Ok(())
    }

    /// Reads what lies in the spool and is due.
    async fn read_waiting(&self, taken: &mut TakenIn) -> Result<(), PipelineError> {
        let due = self
            .store
            .read()
            .await?
            .due_arrivals(self.now(), AT_ONCE)
            .await?;
        let mut failed = None;
        for row in due {
            let path = self.spool.path(row.id);
            let came = match self.came_before(&row).await? {
                Some(came) => came,
                None => match File::open(&path) {
                    Ok(file) => self.read_arrival(&row, file, &path).await,
                    Err(error) => not_opened(&error),
                },
            };
            let row = self.settle(row.id, came, taken).await?;
            // It keeps no other waiting; the next sweep puts it away.
            failed = self.put_away(&row).await.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    /// Looks at every watched folder and takes in what is whole.
    async fn watch(&self, looks: &mut Looks, taken: &mut TakenIn) -> Result<(), PipelineError> {
        let mut failed = None;
        for active in self.plugins.all_active() {
            for (feed, intake) in &active.revision.grant().intake {
                let Some(folder) = &intake.folder else {
                    continue;
                };
                let folder = Path::new(folder);
                let whole = match looks.look(folder, self.quiet) {
                    Ok(whole) => whole,
                    Err(error) => {
                        failed = Some(PipelineError::file("cannot look into", folder)(error));
                        continue;
                    }
                };
                for file in whole {
                    let plugin = &active.row.plugin;
                    if let Err(error) = self.take_file(plugin, feed, &file, taken).await {
                        looks.put_off(&file, self.quiet);
                        failed = Some(error);
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Reads one file of a folder, unless it was read before, and moves it away.
    async fn take_file(
        &self,
        plugin: &str,
        feed: &str,
        file: &Whole,
        taken: &mut TakenIn,
    ) -> Result<(), PipelineError> {
        let mark = file.mark.bytes();
        let known = self.store.read().await?.arrival_by_mark(mark).await?;
        let row = match known {
            Some(row) => row,
            None => self.file_arrived(plugin, feed, file).await?,
        };
        let is_due = row.due_at.is_some_and(|due| due <= self.now());
        let row = match row.state {
            ArrivalState::Waiting if !is_due => return Ok(()),
            ArrivalState::Waiting => {
                let came = match self.came_before(&row).await? {
                    Some(came) => came,
                    None => self.read_file(&row, file).await,
                };
                self.settle(row.id, came, taken).await?
            }
            ArrivalState::Read | ArrivalState::Failed => row,
        };
        if row.state == ArrivalState::Waiting {
            return Ok(());
        }
        let report = match row.delivery {
            Some(delivery) => Some(self.report_beside(row.id, delivery, file).await?),
            None => None,
        };
        let words = row.told();
        let (into, words) = match row.state {
            ArrivalState::Failed => (Into::Failed, words.as_deref()),
            ArrivalState::Read | ArrivalState::Waiting => (Into::Done, None),
        };
        let tag = row.id.to_string();
        move_away(file, into, &tag, report, words).map_err(PipelineError::watched(
            "move away",
            &file.path,
            row.id,
        ))
    }

    /// Reads a file of a folder, and looks whether it was left alone meanwhile.
    async fn read_file(&self, row: &ArrivalRow, file: &Whole) -> Came {
        let opened = match file.open().and_then(|file| Ok((file.try_clone()?, file))) {
            Ok(opened) => opened,
            Err(error) => return not_opened(&error),
        };
        let (again, opened) = opened;
        let came = self.read_arrival(row, opened, &file.path).await;
        match file.is_unchanged(&again) {
            Ok(true) => came,
            Ok(false) => Came::Failed(came.delivery(), Fault::changed()),
            Err(error) => Came::PutOff(Fault::put_off(error.to_string())),
        }
    }

    async fn file_arrived(
        &self,
        plugin: &str,
        feed: &str,
        file: &Whole,
    ) -> Result<ArrivalRow, PipelineError> {
        let new = NewArrival {
            id: self.new_id()?,
            plugin: plugin.to_owned(),
            feed: feed.to_owned(),
            source: ArrivalSource::Folder,
            name: file.name.clone(),
            mark: Some(file.mark.bytes().to_vec()),
            size: file.size,
            token: None,
        };
        let mut write = self.store.begin().await?;
        let draft = event("arrival.found", self.now(), &Actor::intake());
        let row = write.insert_arrival(&new, &draft).await?;
        write.commit().await?;
        Ok(row)
    }

    /// The report on a delivery, in a hidden file beside the file it is about.
    async fn report_beside(
        &self,
        arrival: ArrivalId,
        delivery: DeliveryId,
        file: &Whole,
    ) -> Result<NamedTempFile, PipelineError> {
        let failed = || PipelineError::watched("write the report on", &file.path, arrival);
        let mut report = file.beside().map_err(failed())?;
        report.write_all(&report_header()).map_err(failed())?;
        let mut pages = self.report_pages(delivery);
        while let Some(page) = pages.next().await? {
            report.write_all(&report_rows(&page)).map_err(failed())?;
        }
        report.as_file().sync_all().map_err(failed())?;
        Ok(report)
    }

    async fn read_arrival(&self, row: &ArrivalRow, file: File, path: &Path) -> Came {
        let what = Delivered {
            file,
            path,
            name: row.name.clone(),
            arrival: Some(row.id),
        };
        let actor = Actor::intake();
        let read = self.ingest_file(&row.plugin, &row.feed, what, &actor).await;
        match read {
            Ok(delivery) => self.judged(delivery).await,
            Err(error) => Came::of(&error, row.tries),
        }
    }
}

/// A file that is gone comes back only from its sender.
fn not_opened(error: &io::Error) -> Came {
    match error.kind() {
        ErrorKind::NotFound => Came::Failed(None, Fault::gone()),
        _ => Came::PutOff(Fault::put_off(format!(
            "the file cannot be opened: {error}"
        ))),
    }
}

/// An upload that is still coming. Dropped, it is gone.
#[derive(Debug)]
pub struct Upload {
    id: ArrivalId,
    spooling: Spooling,
}

impl Upload {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// [`SpoolError`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        self.spooling.write(bytes).await
    }
}

impl Intake {
    /// Whether this process makes the rounds.
    fn claim(&mut self, data: &Path) -> Result<bool, PipelineError> {
        if self.lock.is_some() {
            return Ok(true);
        }
        let path = data.join("intake.lock");
        let file = File::create(&path).map_err(PipelineError::file("cannot create", &path))?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => {
                Err(PipelineError::file("cannot lock", &path)(error))
            }
        }
    }
}
