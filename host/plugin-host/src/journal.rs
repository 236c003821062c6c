//! The journal of a call: everything that it is a function of, and what it gave.
//!
//! Comes in: arguments, each host call with its full answer, the end. Goes out:
//! bytes in two parts, each tagged with the contract's generation: the head,
//! which is complete before the call begins and can be made durable with its
//! intent, and the record, which is complete when it has ended.
//!
//! Always holds: no identity number and no secret stands in a journal. Requests
//! are kept as the guest made them, with tokens and placeholders; answers as the
//! guest got them. Deliberately absent: wall-clock durations, which would make
//! two runs of one call differ.

use crate::{
    contract::{
        GENERATION, Violation,
        bindings::{
            credence::department::{drop_folder, http, log, types as wit},
            exports::credence::department::{feeds, measures},
        },
    },
    ports::Setting,
};
use credence_domain::ids::CallId;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// What names a call: known before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The call.
    pub call: CallId,
    /// Name of the plugin.
    pub plugin: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// The engine that ran it: equal fingerprints compile to equal code.
    pub engine: String,
    /// The moment at which the call's clock stands.
    pub moment: DateTime,
}

/// What the guest was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Args {
    Normalise(feeds::Chunk),
    Apply(measures::Order),
    Suspend(measures::Step),
    Resume(measures::Step),
    Lift(measures::Step, wit::Exit),
    Query(measures::Inquiry),
}

/// One call of a service, with its full answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum HostCall {
    Send {
        request: http::Request,
        answer: Result<http::Response, http::SendError>,
    },
    Setting {
        name: String,
        answer: Option<String>,
    },
    Now,
    Id,
    Log {
        level: log::Level,
        text: String,
    },
    Put {
        folder: String,
        name: String,
        text: String,
        answer: Result<(), drop_folder::PutError>,
    },
}

/// What the guest returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Answer {
    Normalised(Result<feeds::Normalised, feeds::FeedError>),
    Step(Result<wit::Feedback, measures::Failure>),
    Trace(Result<Option<wit::Feedback>, measures::Failure>),
}

/// How the call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum End {
    Returned(Answer),
    Broke(Option<Answer>, Vec<Violation>),
    Trapped(String),
    TimedOut,
    OutOfMemory,
    Denied(String),
    Incompatible(String),
}

/// The head as written.
#[derive(Serialize)]
struct HeadOut<'a> {
    head: &'a Head,
    args: &'a Args,
}

#[derive(Deserialize)]
struct HeadIn {
    head: Head,
    args: Args,
}

/// The record as written.
#[derive(Serialize)]
struct RecordOut<'a> {
    calls: &'a [HostCall],
    log_lines_dropped: u32,
    end: &'a End,
}

/// What a call did and how it ended.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Record {
    pub(crate) calls: Vec<HostCall>,
    pub(crate) log_lines_dropped: u32,
    pub(crate) end: End,
}

/// A journal, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Journalled {
    /// What named the call.
    pub head: Head,
    pub(crate) args: Args,
    pub(crate) record: Record,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Written by a generation of the contract that this host does not serve.
    #[error("the journal is of contract generation {0}; a newer host reads it")]
    Generation(u16),
    /// The bytes are no journal.
    #[error("the journal cannot be read")]
    Damaged(#[source] postcard::Error),
    /// Too short to name its generation.
    #[error("the journal is empty")]
    Empty,
}

fn encode(part: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(part, GENERATION.to_le_bytes().to_vec())
}

/// Encodes the head.
///
/// # Errors
/// Never for values that came through the contract's bindings.
pub(crate) fn encode_head(head: &Head, args: &Args) -> Result<Vec<u8>, postcard::Error> {
    encode(&HeadOut { head, args })
}

/// Encodes the record.
///
/// # Errors
/// Never for values that came through the contract's bindings.
pub(crate) fn encode_record(
    calls: &[HostCall],
    log_lines_dropped: u32,
    end: &End,
) -> Result<Vec<u8>, postcard::Error> {
    encode(&RecordOut {
        calls,
        log_lines_dropped,
        end,
    })
}

fn decode_part<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, JournalError> {
    let (generation, rest) = bytes.split_first_chunk::<2>().ok_or(JournalError::Empty)?;
    let generation = u16::from_le_bytes(*generation);
    if generation != GENERATION {
        return Err(JournalError::Generation(generation));
    }
    postcard::from_bytes(rest).map_err(JournalError::Damaged)
}

/// Reads a journal back from its two parts.
///
/// # Errors
/// [`JournalError`] names what is damaged or of another generation.
pub fn decode(head: &[u8], record: &[u8]) -> Result<Journalled, JournalError> {
    let head: HeadIn = decode_part(head)?;
    Ok(Journalled {
        head: head.head,
        args: head.args,
        record: decode_record(record)?,
    })
}

pub(crate) fn decode_record(record: &[u8]) -> Result<Record, JournalError> {
    decode_part(record)
}

impl Journalled {
    /// The lines that the guest left for the operator, in order, each with its
    /// level: `debug`, `info` or `warning`.
    pub fn notes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.record.calls.iter().filter_map(|call| match call {
            HostCall::Log { level, text } => {
                let level = match level {
                    log::Level::Debug => "debug",
                    log::Level::Info => "info",
                    log::Level::Warning => "warning",
                };
                Some((level, text.as_str()))
            }
            HostCall::Send { .. }
            | HostCall::Put { .. }
            | HostCall::Setting { .. }
            | HostCall::Now
            | HostCall::Id => None,
        })
    }

    /// How many further lines were dropped, once the limit was reached.
    pub fn notes_dropped(&self) -> u32 {
        self.record.log_lines_dropped
    }

    /// The recorded answers to `settings.get`, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, Option<Setting>)> {
        self.record.calls.iter().filter_map(|call| match call {
            HostCall::Setting { name, answer } => {
                Some((name.as_str(), answer.clone().map(Setting::Plain)))
            }
            HostCall::Send { .. }
            | HostCall::Put { .. }
            | HostCall::Now
            | HostCall::Id
            | HostCall::Log { .. } => None,
        })
    }

    /// The recorded answers to `http.send`, by the number of the host call.
    pub(crate) fn answers(
        &self,
    ) -> impl Iterator<Item = (u32, &Result<http::Response, http::SendError>)> {
        self.numbered().filter_map(|(number, call)| match call {
            HostCall::Send { answer, .. } => Some((number, answer)),
            HostCall::Put { .. }
            | HostCall::Setting { .. }
            | HostCall::Now
            | HostCall::Id
            | HostCall::Log { .. } => None,
        })
    }

    /// The recorded answers to `drop-folder.put`, by the number of the host call.
    pub(crate) fn puts(&self) -> impl Iterator<Item = (u32, &Result<(), drop_folder::PutError>)> {
        self.numbered().filter_map(|(number, call)| match call {
            HostCall::Put { answer, .. } => Some((number, answer)),
            HostCall::Send { .. }
            | HostCall::Setting { .. }
            | HostCall::Now
            | HostCall::Id
            | HostCall::Log { .. } => None,
        })
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &HostCall)> {
        (0_u32..).zip(&self.record.calls)
    }
}
