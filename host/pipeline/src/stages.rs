//! The stages of an ingest before its commit, each a task of its own: decode and
//! mask a piece, have the adapter read it.
//!
//! Comes in: an open delivery and where to go on in it. Goes out: what the
//! adapter read, chunk by chunk, over a bounded queue. Always holds: chunks are
//! read one after another, because each gets what the one before handed on; a
//! stage is at most a few chunks ahead of the next, whatever the size of the
//! delivery; when the receiver is dropped both tasks end. Nothing is durable
//! here: what was read and not committed is read again.

use crate::{
    clock::Clock,
    decode::{Piece, Pieces},
    error::PipelineError,
    house::id,
    plugins::Active,
};
use credence_domain::{
    ids::CallId,
    record::Line,
    time::civil_moment,
};
use credence_plugin_host::{
    call::{Answer, Chunk, Ended, Failure, FeedError, Function, Report},
    persons,
    ports::Ports,
};
use credence_store::{DeliveryRow, Progress};
use jiff::Timestamp;
use std::{fs::File, path::PathBuf, sync::Arc};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinSet,
};

/// Pieces that may wait before a stage.
const AHEAD: usize = 1;

/// What the stages work on.
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) pieces: Pieces<File>,
    pub(crate) active: Arc<Active>,
    pub(crate) ports: Arc<Ports>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) delivery: DeliveryRow,
    pub(crate) at: Progress,
}

/// One chunk as the adapter read it.
pub(crate) struct ReadChunk {
    pub(crate) number: u32,
    pub(crate) first_row: u32,
    pub(crate) call: CallId,
    pub(crate) started: Timestamp,
    pub(crate) function: Function,
    pub(crate) answer: Report,
    pub(crate) lines: Vec<Line>,
    pub(crate) rows: u32,
    pub(crate) carry: String,
    /// Why nothing more will come: a code and words.
    pub(crate) stopped: Option<(&'static str, String)>,
    /// No further chunk follows.
    pub(crate) last: bool,
    /// Bytes of the text up to the end of this chunk.
    pub(crate) until: u64,
    /// Bytes of the delivery read so far.
    pub(crate) read: u64,
}

/// Chunks on their way; dropping it ends the stages.
pub(crate) struct Stages {
    chunks: Receiver<Result<ReadChunk, PipelineError>>,
    _tasks: JoinSet<()>,
}

impl Stages {
    pub(crate) fn start(job: Job) -> Self {
        let (masked, to_read) = channel(AHEAD);
        let (read, chunks) = channel(AHEAD);
        let mut tasks = JoinSet::new();
        let Job {
            path,
            pieces,
            active,
            ports,
            clock,
            delivery,
            at,
        } = job;
        tasks.spawn(mask(path, pieces, delivery.plugin.clone(), ports.clone(), masked));
        let reader = Reader {
            active,
            ports,
            clock,
            delivery,
            at,
        };
        tasks.spawn(reader.run(to_read, read));
        Self {
            chunks,
            _tasks: tasks,
        }
    }

    /// The next chunk, until the last or one that stops the delivery.
    pub(crate) async fn next(&mut self) -> Option<Result<ReadChunk, PipelineError>> {
        self.chunks.recv().await
    }
}

/// Cuts and masks until the text is over, or nobody takes any more.
async fn mask(
    path: PathBuf,
    mut pieces: Pieces<File>,
    plugin: String,
    ports: Arc<Ports>,
    to: Sender<Result<Piece, PipelineError>>,
) {
    loop {
        let (rest, piece) = match tokio::task::spawn_blocking(move || {
            let piece = pieces.next();
            (pieces, piece)
        })
        .await
        {
            Ok(read) => read,
            Err(lost) => {
                let lost = PipelineError::Refused(format!("reading was lost: {lost}"));
                let _ = to.send(Err(lost)).await;
                return;
            }
        };
        pieces = rest;
        let masked = match piece {
            Ok(piece) => masked(&ports, &plugin, piece).await,
            Err(error) => Err(error.of(&path)),
        };
        let is_last = masked.as_ref().map_or(true, |piece| piece.last);
        if to.send(masked).await.is_err() || is_last {
            return;
        }
    }
}

async fn masked(ports: &Ports, plugin: &str, piece: Piece) -> Result<Piece, PipelineError> {
    let text = persons::mask(ports.vault.as_ref(), plugin, piece.text).await;
    Ok(Piece {
        text: text.map_err(|error| PipelineError::Refused(error.to_string()))?,
        ..piece
    })
}

/// Has the adapter read one piece after another.
struct Reader {
    active: Arc<Active>,
    ports: Arc<Ports>,
    clock: Arc<dyn Clock>,
    delivery: DeliveryRow,
    at: Progress,
}

impl Reader {
    async fn run(
        mut self,
        mut from: Receiver<Result<Piece, PipelineError>>,
        to: Sender<Result<ReadChunk, PipelineError>>,
    ) {
        while let Some(piece) = from.recv().await {
            let read = match piece {
                Ok(piece) => self.read(piece).await,
                Err(error) => Err(error),
            };
            let is_end = match &read {
                Ok(chunk) => chunk.last || chunk.stopped.is_some(),
                Err(_) => true,
            };
            if to.send(read).await.is_err() || is_end {
                return;
            }
        }
    }

    async fn read(&mut self, piece: Piece) -> Result<ReadChunk, PipelineError> {
        let started = self.clock.now();
        let call = CallId::from(id(started)?);
        let function = Function::Normalise(Chunk {
            feed: self.delivery.feed.clone(),
            delivery: self.delivery.name.clone(),
            received_at: civil_moment(self.delivery.received_at),
            text: piece.text,
            first_row: self.at.next_row,
            carry: std::mem::take(&mut self.at.carry),
            last: piece.last,
        });
        let revision = &self.active.revision;
        let prepared = revision.prepare(call, civil_moment(started), &function);
        let mut answer = revision.call(&self.ports, prepared).await;
        let number = self.at.next_chunk;
        let reading = reading(&self.active.row.plugin, &mut answer, number)?;
        let chunk = ReadChunk {
            number,
            first_row: self.at.next_row,
            call,
            started,
            function,
            answer,
            lines: reading.lines,
            rows: reading.rows,
            carry: reading.carry.clone(),
            last: piece.last || reading.stopped.is_some(),
            stopped: reading.stopped,
            until: piece.until,
            read: piece.read,
        };
        self.at.next_chunk += 1;
        self.at.next_row += chunk.rows;
        self.at.carry = reading.carry;
        Ok(chunk)
    }
}

/// What a chunk gave, or why nothing more will come.
struct Reading {
    lines: Vec<Line>,
    rows: u32,
    carry: String,
    stopped: Option<(&'static str, String)>,
}

/// Takes the lines out of a report: they are many, and its journal has them.
fn reading(plugin: &str, report: &mut Report, chunk: u32) -> Result<Reading, PipelineError> {
    let stopped = |code, text: &String| Reading {
        lines: Vec::new(),
        rows: 0,
        carry: String::new(),
        stopped: Some((code, text.clone())),
    };
    match &mut report.ended {
        Ended::Answered(Answer::Normalised { lines, rows, carry }) => Ok(Reading {
            lines: std::mem::take(lines),
            rows: *rows,
            carry: std::mem::take(carry),
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
