//! The journal of a call: everything that it is a function of, and what it gave.
//!
//! Comes in: arguments, each host call with its full answer, the end. Goes out:
//! bytes, tagged with the contract's generation, with large parts set apart by
//! their SHA-256 so that the store keeps equal ones once.
//!
//! Always holds: no identity number and no secret stands in a journal. Requests
//! are kept as the guest made them, with tokens and placeholders; answers as the
//! guest got them. Deliberately absent: wall-clock durations, which would make
//! two runs of one call differ.

use crate::{
    contract::{
        GENERATION, Violation,
        bindings::{
            credence::department::{http, log, types as wit},
            exports::credence::department::{feeds, measures},
        },
    },
    ports::Setting,
};
use credence_domain::ids::CallId;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes above which a part is set apart.
const APART: usize = 16 * 1024;

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

/// One part of a journal: in place, or by its digest.
#[derive(Serialize, Deserialize)]
enum Part {
    Here(Vec<u8>),
    Apart([u8; 32]),
}

#[derive(Serialize, Deserialize)]
struct Written {
    head: Head,
    args: Part,
    calls: Vec<HostCall>,
    log_lines_dropped: u32,
    end: Part,
}

/// A large part, to be kept under its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A journal as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The journal, large parts by their digest.
    pub bytes: Vec<u8>,
    /// The large parts.
    pub blobs: Vec<Blob>,
}

/// A journal, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Journalled {
    /// What named the call.
    pub head: Head,
    pub(crate) args: Args,
    pub(crate) calls: Vec<HostCall>,
    pub(crate) log_lines_dropped: u32,
    pub(crate) end: End,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Written by a generation of the contract that this host does not serve.
    #[error("the journal is of contract generation {0}; a newer host reads it")]
    Generation(u16),
    /// A large part is not there.
    #[error("the journal's part {0} is missing; it may have been shredded")]
    Missing(String),
    /// The bytes are no journal.
    #[error("the journal cannot be read")]
    Damaged(#[source] postcard::Error),
    /// Too short to name its generation.
    #[error("the journal is empty")]
    Empty,
}

fn part(bytes: Vec<u8>, blobs: &mut Vec<Blob>) -> Part {
    if bytes.len() <= APART {
        return Part::Here(bytes);
    }
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    blobs.push(Blob { digest, bytes });
    Part::Apart(digest)
}

/// Encodes a journal.
///
/// # Errors
/// Never for values that came through the contract's bindings; the encoder's own
/// error otherwise.
pub(crate) fn encode(
    head: &Head,
    args: &Args,
    calls: Vec<HostCall>,
    log_lines_dropped: u32,
    end: &End,
) -> Result<Encoded, postcard::Error> {
    let mut blobs = Vec::new();
    let args = part(postcard::to_stdvec(args)?, &mut blobs);
    let end = part(postcard::to_stdvec(end)?, &mut blobs);
    let written = Written {
        head: head.clone(),
        args,
        calls,
        log_lines_dropped,
        end,
    };
    let bytes = postcard::to_extend(&written, GENERATION.to_le_bytes().to_vec())?;
    Ok(Encoded { bytes, blobs })
}

/// Reads a journal back; `blob` finds a large part by its digest.
///
/// # Errors
/// [`JournalError`] names what is missing or damaged.
pub fn decode(
    bytes: &[u8],
    mut blob: impl FnMut(&[u8; 32]) -> Option<Vec<u8>>,
) -> Result<Journalled, JournalError> {
    let (generation, rest) = bytes.split_first_chunk::<2>().ok_or(JournalError::Empty)?;
    let generation = u16::from_le_bytes(*generation);
    if generation != GENERATION {
        return Err(JournalError::Generation(generation));
    }
    let written: Written = postcard::from_bytes(rest).map_err(JournalError::Damaged)?;
    let mut whole = |part: Part| match part {
        Part::Here(bytes) => Ok(bytes),
        Part::Apart(digest) => {
            blob(&digest).ok_or_else(|| JournalError::Missing(hex::encode(digest)))
        }
    };
    let args = whole(written.args)?;
    let end = whole(written.end)?;
    Ok(Journalled {
        head: written.head,
        args: postcard::from_bytes(&args).map_err(JournalError::Damaged)?,
        calls: written.calls,
        log_lines_dropped: written.log_lines_dropped,
        end: postcard::from_bytes(&end).map_err(JournalError::Damaged)?,
    })
}

impl Journalled {
    /// The recorded answers to `settings.get`, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, Option<Setting>)> {
        self.calls.iter().filter_map(|call| match call {
            HostCall::Setting { name, answer } => {
                Some((name.as_str(), answer.clone().map(Setting::Plain)))
            }
            HostCall::Send { .. } | HostCall::Now | HostCall::Id | HostCall::Log { .. } => None,
        })
    }

    /// The recorded answers to `http.send`, in order.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &Result<http::Response, http::SendError>> {
        self.calls.iter().filter_map(|call| match call {
            HostCall::Send { answer, .. } => Some(answer),
            HostCall::Setting { .. } | HostCall::Now | HostCall::Id | HostCall::Log { .. } => None,
        })
    }
}
