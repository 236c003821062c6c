//! The rows of the house: where everything acknowledged is durable.
//!
//! Comes in: rows and sets of rows from `pipeline`, each change with a draft of
//! its audit event. Goes out: rows, journal bytes, audit batches and the report
//! of a verification.
//!
//! Always holds:
//! - a change of state, its pending audit entry and the intent of its effects
//!   commit together or not at all ([`Write`]);
//! - facts about persons lie sealed under the person's own key, and the schema
//!   refuses them bare;
//! - what may only be added (versions, chunks, entries) refuses change;
//! - every row can be held against the log, and the log against what was signed
//!   ([`Store::verify`]).
//!
//! A crash at any point leaves the last committed transaction, and there is no
//! special start-up: what was under way shows in rows (open calls, claimed
//! steps, pending entries, unfinished deliveries) that every normal pass reads.
//!
//! Deliberately absent: decisions. Which state follows which is `domain`'s, when
//! is `pipeline`'s. Nothing here reads a clock. No SQL leaves this crate, and no
//! words of the database leave it but behind an error's `source`.

mod error;
mod keys;
mod seal;

mod columns;
mod content;
mod rows;
mod statements;

mod store;

mod entry;
mod insert;
mod objects;
mod set_rows;
mod update;
mod write;
mod writer;

mod persons;
mod readable;

mod register;
mod subjects;

mod arrivals;
mod deliveries;
mod feeds;
mod ingest;
mod records;
mod tokens;
mod versions;
mod waiting;

mod cases;
mod notices;
mod objections;
mod orders;
mod steps;
mod stops;

mod journal;
mod plugins;
mod put_files;

mod entries;
mod outside;
mod sequencer;
mod verify;
mod verify_rows;

pub use arrivals::NewArrival;
pub use cases::CaseFilter;
pub use deliveries::{LinePlace, NewDelivery, Progress};
pub use entry::EventDraft;
pub use error::StoreError;
pub use ingest::{ChunkCommit, EndRecord, KnownRecord, LineKind, NewLine, NewVersion};
pub use journal::{CallRow, CloseCall, OpenCall};
pub use keys::{KeyFileError, KeyRing};
pub use objects::StoredRow;
pub use persons::{BoundPerson, SecretNumber};
pub use put_files::{FileOfStep, NamedText, PutFile};
pub use readable::Readable;
pub use records::ContentDigest;
pub use rows::{
    ArrivalRow, ArrivalSource, ArrivalState, CaseRow, ChunkRow, Code, DeliveryRow, DeliveryTotals,
    FeedStateRow, LineRow, NoticeRow, ObjectionRow, OrderRow, RecordRow, RecordState, RevisionRow,
    RevisionState, StepRow, StopRow, SubjectEvent, SubjectRow, TokenRow,
};
pub use seal::SealError;
pub use sequencer::{BATCH, LogHead, Sealed};
pub use steps::{Claimable, Queue};
pub use store::{Read, Store};
pub use tokens::NewToken;
pub use verify::VerifyReport;
pub use waiting::{Awaited, DueLine, RetryCommit, TriedLine};
pub use write::Write;
