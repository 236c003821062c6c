//! Ingest: one file of a feed becomes records.
//!
//! Comes in: a plugin, a file. Goes out: a report of what became of each row.
//! The file is decoded, masked and cut by the host; each chunk is read by the
//! adapter in a call of its own; its rows, its carry, its journal and its audit
//! entry commit together.
//!
//! Idempotent by the department's own reference: the same file again makes only
//! duplicates. A crash leaves the chunks committed so far; the same file goes on
//! behind them.

use crate::{
    bind::bind,
    calls::{closed, opened},
    decode::{chunks, decode},
    error::PipelineError,
    house::{Actor, House, event, with},
    plugins::Active,
};
use credence_audit::ObjectRef;
use credence_domain::{
    catalogue::Edition,
    ids::{CallId, DeliveryId},
    record::Line,
    time::civil_moment,
};
use credence_plugin_host::{
    call::{Answer, Chunk, Ended, Failure, FeedError, Function, Report},
    manifest::Feed,
    persons,
};
use credence_store::{
    ChunkCommit, DeliveryRow, EventDraft, LineKind, NewDelivery, NewLine, Progress, Read,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, path::Path};

/// Bytes of the largest delivery read in one piece.
const LARGEST: u64 = 256 << 20;
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

impl IngestReport {
    /// Whether nothing at all was accepted or known: the command fails then.
    pub fn is_failure(&self) -> bool {
        self.accepted == 0 && self.duplicates == 0 && self.rows > 0 || self.set_aside.is_some()
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
        let active = self.plugin(plugin)?;
        let feed = self.feed(&active, feed)?;
        let bytes = read_file(path).await?;
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        // A file name may name a person as any other text does.
        let name = self.masked(plugin, name).await?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let (delivery, reached) = self.delivery(&active, &feed, name, digest, actor).await?;
        let text = decode(&bytes, &feed.encoding);
        drop(bytes);
        let masked = self.masked(plugin, text).await?;
        let chunks = chunks(&masked);
        let mut report = IngestReport {
            delivery: delivery.id.to_string(),
            ..IngestReport::default()
        };
        let mut at = reached;
        for (index, text) in chunks.iter().enumerate().skip(at.next_chunk as usize - 1) {
            let last = index + 1 == chunks.len();
            at = self
                .chunk(
                    &active,
                    &feed,
                    &delivery,
                    at,
                    text,
                    last,
                    actor,
                    &mut report,
                )
                .await?;
            progress((index + 1) as f64 / chunks.len() as f64);
            if at.finished || at.stopped.is_some() {
                break;
            }
        }
        // A crash before this leaves them due, and the next sweep tries them.
        report.freed = self.retry_waiting(actor).await?;
        Ok(report)
    }

    async fn masked(&self, plugin: &str, text: String) -> Result<String, PipelineError> {
        let masked = persons::mask(self.ports.vault.as_ref(), plugin, text).await;
        masked.map_err(|error| PipelineError::Refused(error.to_string()))
    }

    fn feed(&self, active: &Active, name: Option<&str>) -> Result<Feed, PipelineError> {
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
        let progress = write.read().progress(row.id).await?;
        write.commit().await?;
        Ok((row, progress))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the state of one loop, kept in its locals"
    )]
    async fn chunk(
        &self,
        active: &Active,
        feed: &Feed,
        delivery: &DeliveryRow,
        at: Progress,
        text: &str,
        last: bool,
        actor: &Actor,
        report: &mut IngestReport,
    ) -> Result<Progress, PipelineError> {
        let call: CallId = self.new_id()?;
        let started = self.now();
        let function = Function::Normalise(Chunk {
            feed: feed.name.clone(),
            delivery: delivery.name.clone(),
            received_at: civil_moment(delivery.received_at),
            text: text.to_owned(),
            first_row: at.next_row,
            carry: at.carry.clone(),
            last,
        });
        let prepared = active
            .revision
            .prepare(call, civil_moment(started), &function);
        let answer = active.revision.call(&self.ports, prepared).await;
        let read = read_answer(&active.row.plugin, &answer, at.next_chunk)?;
        let mut write = self.store.begin().await?;
        let object = format!("{}/{}", delivery.id, at.next_chunk);
        let about = ObjectRef::new("chunk", object);
        let opened = opened(active, call, &function, about, started, answer.head.clone());
        write
            .record_call(&opened, &closed(&answer, self.now()))
            .await?;
        let bound = bind(self, delivery, &mut write.read(), read.lines).await?;
        let lines: Vec<NewLine> = bound.lines.into_iter().flatten().collect();
        let draft = EventDraft {
            plugin: Some(answer.digest.clone()),
            call: Some(call),
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
        let shown = lines.iter().filter(|line| line.kind != LineKind::Duplicate);
        report.lines.extend(
            shown
                .take(SHOWN.saturating_sub(report.lines.len()))
                .map(|line| LineReport {
                    row: line.row,
                    kind: line.kind.code().to_owned(),
                    field: line.field.clone(),
                    rule: line.rule.clone(),
                    text: line.text.clone(),
                }),
        );
        report.fields_set_aside.extend(bound.fields_set_aside);
        let commit = ChunkCommit {
            delivery: delivery.id,
            number: at.next_chunk,
            first_row: at.next_row,
            rows: read.rows,
            last: last || read.stopped.is_some(),
            carry: if last {
                String::new()
            } else {
                read.carry.clone()
            },
            stopped: read.stopped.as_ref().map(|(code, _)| (*code).to_owned()),
            call: Some(call),
            records: bound.records,
            endings: bound.endings,
            lines,
        };
        let ended = commit.endings.clone();
        let row = write.commit_chunk(commit, &draft).await?;
        self.grounds_gone(&mut write, &ended, actor).await?;
        write.commit().await?;
        report.rows += u64::from(row.rows);
        report.recorded += u64::from(row.recorded);
        report.revised += u64::from(row.revised);
        report.ended += u64::from(row.ended);
        report.accepted = report.recorded + report.revised + report.ended;
        report.duplicates += u64::from(row.duplicates);
        report.rejected += u64::from(row.rejected);
        report.quarantined += u64::from(row.quarantined);
        report.set_aside = read
            .stopped
            .as_ref()
            .map(|(code, text)| format!("{code}: {text}"));
        Ok(Progress {
            next_chunk: at.next_chunk + 1,
            next_row: at.next_row + read.rows,
            carry: read.carry,
            finished: row.last,
            stopped: row.stopped,
        })
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

/// What a chunk gave, or why nothing more will come.
struct Reading {
    lines: Vec<Line>,
    rows: u32,
    carry: String,
    stopped: Option<(&'static str, String)>,
}

fn read_answer(plugin: &str, report: &Report, chunk: u32) -> Result<Reading, PipelineError> {
    let stopped = |code, text: &String| Reading {
        lines: Vec::new(),
        rows: 0,
        carry: String::new(),
        stopped: Some((code, text.clone())),
    };
    match &report.ended {
        Ended::Answered(Answer::Normalised { lines, rows, carry }) => Ok(Reading {
            lines: lines.clone(),
            rows: *rows,
            carry: carry.clone(),
            stopped: None,
        }),
        Ended::Failed(Failure::Feed(FeedError::WrongFormat(text))) => {
            Ok(stopped("wrong-format", text))
        }
        Ended::Failed(Failure::Feed(FeedError::NewerFormat(text))) => {
            Ok(stopped("newer-format", text))
        }
        other => Err(PipelineError::Plugin {
            plugin: plugin.to_owned(),
            chunk,
            why: other.to_string(),
        }),
    }
}

async fn read_file(path: &Path) -> Result<Vec<u8>, PipelineError> {
    let size = tokio::fs::metadata(path)
        .await
        .map_err(PipelineError::file("cannot read", path))?
        .len();
    if size > LARGEST {
        return Err(PipelineError::TooLarge {
            path: path.to_owned(),
            size,
            most: LARGEST,
        });
    }
    tokio::fs::read(path)
        .await
        .map_err(PipelineError::file("cannot read", path))
}
