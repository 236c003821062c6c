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
    containers::Source,
    decode::{Piece, Pieces},
    error::PipelineError,
    house::id,
    plugins::Active,
};
use async_trait::async_trait;
use credence_domain::{ids::CallId, record::Line, time::civil_moment};
use credence_plugin_host::{
    call::{Answer, Chunk, Ended, Failure, FeedError, Function, Report},
    manifest::Framing,
    persons::Masker,
    ports::{PortError, Ports, Secret, Setting, Vault},
};
use credence_store::{DeliveryRow, Progress};
use jiff::Timestamp;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinSet,
};

/// Pieces that may wait before a stage.
const AHEAD: usize = 1;

/// What the stages work on.
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) pieces: Pieces<Source>,
    pub(crate) framing: Framing,
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
            framing,
            active,
            ports,
            clock,
            delivery,
            at,
        } = job;
        let cutter = Cutter {
            path,
            pieces,
            masker: Masker::new(framing),
            plugin: delivery.plugin.clone(),
            ports: ports.clone(),
        };
        tasks.spawn(cutter.run(at.reached, masked));
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

/// Cuts and masks. The file is read in place: a piece takes a millisecond, and
/// nothing else of this task waits for it.
struct Cutter {
    path: PathBuf,
    pieces: Pieces<Source>,
    masker: Masker,
    plugin: String,
    ports: Arc<Ports>,
}

impl Cutter {
    /// Goes on until the text is over, or nobody takes any more.
    async fn run(mut self, reached: u64, to: Sender<Result<Piece, PipelineError>>) {
        if let Err(error) = self.pass_over(reached).await {
            let _ = to.send(Err(error)).await;
            return;
        }
        loop {
            let masked = match self.pieces.next() {
                Ok(piece) => self.masked(piece).await,
                Err(error) => Err(error.of(&self.path)),
            };
            let is_last = masked.as_ref().map_or(true, |piece| piece.last);
            if to.send(masked).await.is_err() || is_last {
                return;
            }
        }
    }

    /// What was committed before is read again only for what masking remembers of
    /// it: whether a string of JSON goes on. Nobody is asked for tokens.
    async fn pass_over(&mut self, reached: u64) -> Result<(), PipelineError> {
        let failed = |path: &PathBuf| PipelineError::file("cannot read", path.clone());
        while let Some(text) = self
            .pieces
            .passed_over(reached)
            .map_err(failed(&self.path))?
        {
            let passed = self.masker.push(&Unasked, &self.plugin, text, false).await;
            passed.map_err(PipelineError::Vault)?;
        }
        Ok(())
    }

    async fn masked(&mut self, piece: Piece) -> Result<Piece, PipelineError> {
        let vault = self.ports.vault.as_ref();
        let text = self
            .masker
            .push(vault, &self.plugin, piece.text, piece.last)
            .await;
        Ok(Piece {
            text: text.map_err(PipelineError::Vault)?,
            ..piece
        })
    }
}

/// Stands in for the vault where the text is thrown away.
struct Unasked;

#[async_trait]
impl Vault for Unasked {
    async fn tokens(&self, _plugin: &str, numbers: &[String]) -> Result<Vec<String>, PortError> {
        Ok(vec![String::new(); numbers.len()])
    }

    async fn numbers(
        &self,
        _plugin: &str,
        _tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError> {
        Ok(BTreeMap::new())
    }

    async fn setting(&self, _plugin: &str, _name: &str) -> Result<Option<Setting>, PortError> {
        Ok(None)
    }

    async fn secret(&self, _plugin: &str, name: &str) -> Result<Secret, PortError> {
        Err(PortError::new(format!("no secret `{name}` is kept here")))
    }
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
            timed_out: matches!(other, Ended::TimedOut),
        }),
    }
}
