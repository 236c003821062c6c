//! Ingest: one file of a feed becomes records.
//!
//! Comes in: a plugin, a file. Goes out: a report of what became of each row.
//! The file is decoded, cut and masked by the host; each chunk is read by the
//! adapter in a call of its own; its rows, its carry, its journal and its audit
//! entry commit together. While one chunk commits the next are on their way
//! (`stages`), so that a file of any size takes the memory of a few chunks.
//!
//! Idempotent by the department's own reference: the same file again makes only
//! duplicates. A crash leaves the chunks committed so far; the same file goes on
//! behind them, at the very row.

use crate::{
    bind::bind,
    calls::{closed, opened},
    decode::Pieces,
    error::PipelineError,
    feeds::heard,
    house::{Actor, House, event, with},
    plugins::Active,
    stages::{Job, ReadChunk, Stages},
};
use credence_audit::ObjectRef;
use credence_domain::{
    catalogue::Edition,
    ids::{ArrivalId, DeliveryId},
};
use credence_plugin_host::{manifest::Feed, persons};
use credence_store::{
    ChunkCommit, ChunkRow, DeliveryRow, EventDraft, LineKind, NewDelivery, NewLine, Progress, Read,
    Write,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Seek as _},
    path::Path,
};

/// Lines shown in a report; the store keeps all.
const SHOWN: usize = 100;

/// What became of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IngestReport {
    /// The delivery.
    pub delivery: String,
    /// Rows read.
    pub rows: u64,
    /// Rows that made a record, a new version of one, or an ending.
    pub accepted: u64,
    /// Of those, new records.
    pub recorded: u64,
    /// Of those, new versions of known records.
    pub revised: u64,
    /// Of those, endings.
    pub ended: u64,
    /// Lines that answered an order of this department.
    pub acknowledged: u64,
    /// Lines that said nothing new.
    pub duplicates: u64,
    /// Lines refused.
    pub rejected: u64,
    /// Lines kept for a person to look at.
    pub quarantined: u64,
    /// Lines that had waited, of this delivery or of earlier ones, and made their
    /// records now.
    pub freed: u64,
    /// Why the rest of the delivery was set aside, if it was.
    pub set_aside: Option<String>,
    /// Fields that the catalogue does not list; they were not kept.
    pub fields_set_aside: BTreeSet<String>,
    /// The first lines refused or kept for a person, with the reason.
    pub lines: Vec<LineReport>,
}

/// A line that made no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineReport {
    /// Row of the delivery, from 1.
    pub row: u32,
    /// `rejected` or `quarantined`.
    pub kind: String,
    /// The column at fault.
    pub field: Option<String>,
    /// Code of the rule.
    pub rule: String,
    /// What is wrong and what would be right.
    pub text: String,
}

/// A file as it was delivered.
pub(crate) struct Delivered<'p> {
    /// The file, open: what is read is what was opened, whatever takes its place.
    pub(crate) file: File,
    /// Where it lies.
    pub(crate) path: &'p Path,
    /// What the department calls it.
    pub(crate) name: String,
    /// The arrival that it is, where it came by itself.
    pub(crate) arrival: Option<ArrivalId>,
}

impl IngestReport {
    fn show(&mut self, lines: &[NewLine]) {
        let shown = lines.iter().filter(|line| line.kind != LineKind::Duplicate);
        let room = SHOWN.saturating_sub(self.lines.len());
        self.lines.extend(shown.take(room).map(|line| LineReport {
            row: line.row,
            kind: line.kind.code().to_owned(),
            field: line.field.clone(),
            rule: line.rule.clone(),
            text: line.text.clone(),
        }));
    }

    fn add(&mut self, row: &ChunkRow) {
        self.rows += u64::from(row.rows);
        self.recorded += u64::from(row.recorded);
        self.revised += u64::from(row.revised);
        self.ended += u64::from(row.ended);
        self.accepted = self.recorded + self.revised + self.ended;
        self.acknowledged += u64::from(row.acknowledged);
        self.duplicates += u64::from(row.duplicates);
        self.rejected += u64::from(row.rejected);
        self.quarantined += u64::from(row.quarantined);
    }

    /// Whether nothing at all was accepted or known: the command fails then.
    pub fn is_failure(&self) -> bool {
        let good = self.accepted + self.acknowledged + self.duplicates;
        good == 0 && self.rows > 0 || self.set_aside.is_some()
    }
}

impl House {
    /// Reads one file with the feed of that name, or with the plugin's only feed.
    /// `progress` is told the share of the file that is done, 0 to 1.
    ///
    /// # Errors
    /// When the file cannot be read, the plugin is not there or fails; chunks
    /// committed before stay.
    pub async fn ingest(
        &self,
        plugin: &str,
        feed: Option<&str>,
        path: &Path,
        actor: &Actor,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<IngestReport, PipelineError> {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let file = File::open(path).map_err(PipelineError::file("cannot read", path))?;
        let arrival = None;
        let what = Delivered {
            file,
            path,
            name,
            arrival,
        };
        let read = self.ingest_delivered(plugin, feed, what, actor, progress);
        Ok(read.await?.1)
    }

    /// The same of an open file that may lie under another name.
    pub(crate) async fn ingest_file(
        &self,
        plugin: &str,
        feed: &str,
        what: Delivered<'_>,
        actor: &Actor,
    ) -> Result<DeliveryId, PipelineError> {
        let read = self.ingest_delivered(plugin, Some(feed), what, actor, &|_| ());
        Ok(read.await?.0)
    }

    async fn ingest_delivered(
        &self,
        plugin: &str,
        feed: Option<&str>,
        what: Delivered<'_>,
        actor: &Actor,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<(DeliveryId, IngestReport), PipelineError> {
        let active = self.plugin(plugin)?;
        let feed = self.feed(&active, feed)?;
        // A file name may name a person as any other text does.
        let name = self.masked(plugin, what.name).await?;
        let (digest, size, file) = digest_of(what.path, what.file).await?;
        // What no text can be made of leaves no delivery.
        let source = self
            .containers
            .unpacked(feed.container, what.path, file)
            .await?;
        let (delivery, reached) = self
            .delivery(&active, &feed, name, digest, what.arrival, actor)
            .await?;
        let mut report = IngestReport {
            delivery: delivery.id.to_string(),
            ..IngestReport::default()
        };
        let mut stages = Stages::start(Job {
            path: what.path.to_owned(),
            pieces: Pieces::new(source, &feed.encoding, self.piece),
            framing: feed.framing,
            active: active.clone(),
            ports: self.ports.clone(),
            clock: self.clock.clone(),
            delivery: delivery.clone(),
            at: reached,
        });
        while let Some(chunk) = stages.next().await {
            let chunk = chunk?;
            let read = chunk.read;
            self.commit(&active, &delivery, chunk, actor, &mut report)
                .await?;
            // Of a packed delivery the text is longer than the file.
            progress((read as f64 / size.max(1) as f64).min(1.0));
        }
        // A crash before this, or a fault in it, leaves them due, and the next sweep
        // tries them: the delivery was read all the same.
        match self.retry_waiting(actor).await {
            Ok(freed) => report.freed = freed,
            Err(error) => tracing::warn!(%error, "lines that wait are tried at the next sweep"),
        }
        Ok((delivery.id, report))
    }

    async fn masked(&self, plugin: &str, text: String) -> Result<String, PipelineError> {
        let masked = persons::mask(self.ports.vault.as_ref(), plugin, text).await;
        masked.map_err(PipelineError::Vault)
    }

    pub(crate) fn feed(&self, active: &Active, name: Option<&str>) -> Result<Feed, PipelineError> {
        let manifest = active.revision.manifest();
        let found = match (name, manifest.feeds.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), _) => manifest.feed(name),
        };
        found.cloned().ok_or_else(|| PipelineError::Unknown {
            what: "feed",
            name: name.unwrap_or("(none named)").to_owned(),
            next: "`plugin show` lists the plugin's feeds; name one with --feed",
        })
    }

    /// The delivery to go on with: an unfinished one of the same bytes, or a new one.
    async fn delivery(
        &self,
        active: &Active,
        feed: &Feed,
        name: String,
        digest: [u8; 32],
        arrival: Option<ArrivalId>,
        actor: &Actor,
    ) -> Result<(DeliveryRow, Progress), PipelineError> {
        let manifest = active.revision.manifest();
        let mut write = self.store.begin().await?;
        let known = write
            .read()
            .delivery_by_digest(&manifest.name, &feed.name, &digest)
            .await?;
        if let Some(known) = known {
            let progress = write.read().progress(known.id).await?;
            let unfinished = !progress.finished && progress.stopped.is_none();
            if unfinished && read_by(&mut write.read(), known.id, active).await? {
                self.names(&mut write, arrival, known.id, actor).await?;
                write.commit().await?;
                return Ok((known, progress));
            }
        }
        let new = NewDelivery {
            id: self.new_id::<DeliveryId>()?,
            plugin: manifest.name.clone(),
            feed: feed.name.clone(),
            name,
            digest,
            department: manifest.department.clone(),
            region: self.region.clone(),
        };
        let draft = event("delivery.arrived", self.now(), actor);
        let row = write.open_delivery(&new, &draft).await?;
        heard(&mut write, &manifest.name, &feed.name, self.now(), actor).await?;
        self.names(&mut write, arrival, row.id, actor).await?;
        let progress = write.read().progress(row.id).await?;
        write.commit().await?;
        Ok((row, progress))
    }

    /// Writes on an arrival which delivery it is read as, so that after a crash it is
    /// known whether it was read to its end.
    async fn names(
        &self,
        write: &mut Write<'_>,
        arrival: Option<ArrivalId>,
        delivery: DeliveryId,
        actor: &Actor,
    ) -> Result<(), PipelineError> {
        let Some(arrival) = arrival else {
            return Ok(());
        };
        let row = write.read().arrival(arrival).await?;
        let Some(mut row) = row.filter(|row| row.delivery != Some(delivery)) else {
            return Ok(());
        };
        row.delivery = Some(delivery);
        let draft = event("arrival.opened", self.now(), actor);
        write.update_arrival(row, &draft).await?;
        Ok(())
    }

    /// Binds what the adapter read and commits it whole.
    async fn commit(
        &self,
        active: &Active,
        delivery: &DeliveryRow,
        chunk: ReadChunk,
        actor: &Actor,
        report: &mut IngestReport,
    ) -> Result<(), PipelineError> {
        let mut write = self.store.begin().await?;
        let object = format!("{}/{}", delivery.id, chunk.number);
        let about = ObjectRef::new("chunk", object);
        let digest = chunk.answer.digest.clone();
        let mut opened = opened(
            active,
            chunk.call,
            &chunk.function,
            about,
            chunk.started,
            Vec::new(),
        );
        let mut answer = chunk.answer;
        opened.head = std::mem::take(&mut answer.head);
        write
            .record_call(&opened, &closed(&answer, self.now()))
            .await?;
        drop((opened, answer));
        let mut bound = bind(self, delivery, &mut write.read(), chunk.lines).await?;
        let acknowledged = self
            .acknowledge_lines(&mut write, delivery, &mut bound, actor)
            .await?;
        let lines: Vec<NewLine> = bound.lines.into_iter().flatten().collect();
        let draft = EventDraft {
            plugin: Some(digest),
            call: Some(chunk.call),
            ..with(
                event("chunk.ingested", self.now(), actor),
                "catalogue",
                self.editions(),
            )
        };
        let register = event("register.learned", self.now(), actor);
        write
            .learn(&bound.lessons, &bound.touched, &register)
            .await?;
        report.show(&lines);
        report.fields_set_aside.extend(bound.fields_set_aside);
        let commit = ChunkCommit {
            delivery: delivery.id,
            number: chunk.number,
            first_row: chunk.first_row,
            rows: chunk.rows,
            reached: chunk.until,
            last: chunk.last,
            carry: chunk.carry,
            stopped: chunk.stopped.as_ref().map(|(code, _)| (*code).to_owned()),
            call: Some(chunk.call),
            records: bound.records,
            endings: bound.endings,
            acknowledged,
            lines,
        };
        let ended = commit.endings.clone();
        let row = write.commit_chunk(commit, &draft).await?;
        self.grounds_gone(&mut write, &ended, actor).await?;
        write.commit().await?;
        report.add(&row);
        report.set_aside = chunk.stopped.map(|(code, text)| format!("{code}: {text}"));
        Ok(())
    }

    /// The editions of the catalogue in force, for the log.
    pub(crate) fn editions(&self) -> String {
        let today = self.today();
        let in_force = |edition: &&Edition| edition.is_in_force(today);
        let editions = self.catalogue.editions.iter().filter(in_force);
        let names = editions.map(|edition| format!("{} {}", edition.series, edition.name));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// Whether this very revision read the chunks so far: another one may not
/// understand what they handed on, and begins anew.
async fn read_by(
    read: &mut Read<'_>,
    delivery: DeliveryId,
    active: &Active,
) -> Result<bool, PipelineError> {
    let Some(call) = read
        .chunks(delivery)
        .await?
        .pop()
        .and_then(|chunk| chunk.call)
    else {
        return Ok(true);
    };
    let call = read.call(call).await?;
    Ok(call.is_some_and(|call| call.digest == active.revision.digest()))
}

/// SHA-256 over the bytes of a file, how many they are, and the file again.
pub(crate) async fn digest_of(
    path: &Path,
    mut file: File,
) -> Result<([u8; 32], u64, File), PipelineError> {
    let failed = PipelineError::file("cannot read", path);
    let digest = move || -> io::Result<_> {
        let mut digest = Sha256::new();
        let size = io::copy(&mut file, &mut digest)?;
        file.rewind()?;
        Ok((digest.finalize().into(), size, file))
    };
    apart(digest).await.map_err(failed)
}

/// Reads a file on a thread where waiting for the disk holds nobody up.
async fn apart<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let read = tokio::task::spawn_blocking(read);
    read.await
        .map_err(|_| io::Error::other("reading was given up"))?
}
