//! Arrive: deliveries that come by themselves are taken in.
//!
//! Comes in: watched folders, uploads, pulls that are due. Goes out: ingested
//! deliveries, files moved away, the alarm of quiet feeds. Always holds: one
//! process at a time makes a round (a locked file tells); a file is a row before
//! it is read, and read before it is moved or removed, so that a crash anywhere
//! is mended by the next round: a row that waits is read on, at its exact row,
//! and a file whose row is settled is only put away. A file that cannot be read
//! keeps no other waiting and is tried again later and later.
//!
//! What is wrong with a delivery ends it (`failed`); what is wrong with the house,
//! such as a plugin that is not loaded or a busy store, puts it off.

use crate::{
    error::PipelineError,
    house::{Actor, House, event},
    ingest::Delivered,
    report::{report_header, report_rows},
    spool::{SpoolError, Spooling},
    watched::{Into, Looks, Whole, move_away},
};
use credence_domain::ids::{ArrivalId, DeliveryId};
use credence_store::{ArrivalRow, ArrivalSource, ArrivalState, NewArrival, TokenRow};
use jiff::SignedDuration;
use serde::Serialize;
use std::{
    fs::{File, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
};

/// Arrivals read in one round.
const AT_ONCE: u32 = 100;

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

/// What became of an arrival.
enum Came {
    Read(DeliveryId),
    Failed(Option<DeliveryId>, String),
    PutOff(String),
}

impl House {
    /// One round: what waits is read, folders are looked at, pulls that are due are
    /// made, quiet feeds raise the alarm.
    ///
    /// # Errors
    /// The last thing that went wrong; the rest of the round was made all the same.
    pub async fn take_in(&self) -> Result<TakenIn, PipelineError> {
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
        match self.pull_due().await {
            Ok(pulled) => taken.pulled = pulled,
            Err(error) => faults.push(error),
        }
        if taken.pulled > 0 {
            faults.extend(self.read_waiting(&mut taken).await.err());
        }
        match self.alarm().await {
            Ok(quiet) => taken.quiet = quiet,
            Err(error) => faults.push(error),
        }
        faults.pop().map_or(Ok(taken), Err)
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
            let done = match row.map(|row| row.state) {
                None => self.spool.remove_abandoned(id),
                Some(ArrivalState::Waiting) => Ok(()),
                Some(ArrivalState::Read) => self.spool.remove(id),
                Some(ArrivalState::Failed) => self.spool.put_aside(id),
            };
            done.map_err(failed(id))?;
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
        for row in due {
            let (id, path) = (row.id, self.spool.path(row.id));
            let came = match File::open(&path) {
                Ok(file) => self.read_arrival(&row, file, &path).await,
                Err(error) => Came::PutOff(format!("the file cannot be opened: {error}")),
            };
            let row = self.settle(row, came, taken).await?;
            let done = match row.state {
                ArrivalState::Waiting => Ok(()),
                ArrivalState::Read => self.spool.remove(id),
                ArrivalState::Failed => self.spool.put_aside(id),
            };
            done.map_err(PipelineError::file("cannot put away", path))?;
        }
        Ok(())
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
                let whole = match looks.look(folder) {
                    Ok(whole) => whole,
                    Err(error) => {
                        failed = Some(PipelineError::file("cannot look into", folder)(error));
                        continue;
                    }
                };
                for file in whole {
                    let plugin = &active.row.plugin;
                    if let Err(error) = self.take_file(plugin, feed, &file, taken).await {
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
                let came = match file.open() {
                    Ok(opened) => self.read_arrival(&row, opened, &file.path).await,
                    Err(error) => Came::PutOff(format!("the file cannot be opened: {error}")),
                };
                self.settle(row, came, taken).await?
            }
            ArrivalState::Read | ArrivalState::Failed => row,
        };
        if row.state == ArrivalState::Waiting {
            return Ok(());
        }
        let report = match row.delivery {
            Some(delivery) => Some(self.report_beside(delivery, file).await?),
            None => None,
        };
        let beside: Vec<_> = report
            .iter()
            .map(|path| (".report.csv", path.as_path()))
            .collect();
        let (into, words) = match row.state {
            ArrivalState::Failed => (Into::Failed, row.fault.as_deref()),
            ArrivalState::Read | ArrivalState::Waiting => (Into::Done, None),
        };
        let tag = row.id.to_string();
        move_away(file, into, &tag, &beside, words)
            .map_err(PipelineError::file("cannot move away", &file.path))
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
        delivery: DeliveryId,
        file: &Whole,
    ) -> Result<PathBuf, PipelineError> {
        let path = file
            .path
            .with_file_name(format!(".{}.report.partial", file.name));
        let failed = || PipelineError::file("cannot write", path.clone());
        let mut report = File::create(&path).map_err(failed())?;
        report.write_all(&report_header()).map_err(failed())?;
        let mut pages = self.report_pages(delivery);
        while let Some(page) = pages.next().await? {
            report.write_all(&report_rows(&page)).map_err(failed())?;
        }
        report.sync_all().map_err(failed())?;
        Ok(path)
    }

    async fn read_arrival(&self, row: &ArrivalRow, file: File, path: &Path) -> Came {
        let what = Delivered {
            file,
            path,
            name: row.name.clone(),
        };
        let actor = Actor::intake();
        let read = self.ingest_file(&row.plugin, &row.feed, what, &actor).await;
        let delivery = match read {
            Ok(delivery) => delivery,
            Err(error) => return failed(&error),
        };
        match self.nothing_good(delivery).await {
            Ok(None) => Came::Read(delivery),
            Ok(Some(why)) => Came::Failed(Some(delivery), why),
            Err(error) => Came::PutOff(error.to_string()),
        }
    }

    /// Why a delivery that was read counts as failed, if it does.
    async fn nothing_good(&self, delivery: DeliveryId) -> Result<Option<String>, PipelineError> {
        let totals = self.store.read().await?.totals(delivery).await?;
        if let Some(code) = totals.stopped {
            let text = format!(
                "the delivery was set aside: {code}. Mend it, or have the plugin updated, and send it again"
            );
            return Ok(Some(text));
        }
        let lost = totals.rejected > 0
            && totals.recorded + totals.revised + totals.ended == 0
            && totals.acknowledged + totals.duplicates + totals.quarantined == 0;
        let text = "no row was accepted; mend the rows named in the report and send it again";
        Ok(lost.then(|| text.to_owned()))
    }

    /// Writes what became of an arrival.
    async fn settle(
        &self,
        row: ArrivalRow,
        came: Came,
        taken: &mut TakenIn,
    ) -> Result<ArrivalRow, PipelineError> {
        let now = self.now();
        let (kind, row) = match came {
            Came::Read(delivery) => {
                taken.read += 1;
                let row = ArrivalRow {
                    state: ArrivalState::Read,
                    due_at: None,
                    delivery: Some(delivery),
                    fault: None,
                    ..row
                };
                ("arrival.read", row)
            }
            Came::Failed(delivery, why) => {
                taken.failed += 1;
                tracing::warn!(arrival = %row.id, plugin = row.plugin, feed = row.feed, "a delivery failed");
                let row = ArrivalRow {
                    state: ArrivalState::Failed,
                    due_at: None,
                    delivery,
                    fault: Some(why),
                    ..row
                };
                ("arrival.failed", row)
            }
            Came::PutOff(why) => {
                taken.put_off += 1;
                tracing::warn!(arrival = %row.id, plugin = row.plugin, feed = row.feed, "a delivery is put off");
                let tries = row.tries + 1;
                let row = ArrivalRow {
                    due_at: Some(now + back_off(tries)),
                    tries,
                    fault: Some(why),
                    ..row
                };
                ("arrival.put-off", row)
            }
        };
        let mut write = self.store.begin().await?;
        let row = write
            .update_arrival(row, &event(kind, now, &Actor::intake()))
            .await?;
        write.commit().await?;
        Ok(row)
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

/// Whether an error lies in the delivery or in the house.
fn failed(error: &PipelineError) -> Came {
    let why = error.to_string();
    match error {
        PipelineError::Plugin { .. } | PipelineError::Refused(_) => Came::Failed(None, why),
        _ => Came::PutOff(why),
    }
}

/// Ten seconds, twenty, forty, … at most an hour.
fn back_off(tries: u32) -> SignedDuration {
    let seconds = 10_i64 << tries.saturating_sub(1).min(9);
    SignedDuration::from_secs(seconds.min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_put_off_is_tried_later_and_later() {
        let seconds = [1, 2, 3, 9, 10, 1000].map(|tries| back_off(tries).as_secs());
        assert_eq!(seconds, [10, 20, 40, 2560, 3600, 3600]);
    }
}
