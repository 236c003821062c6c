//! Running a call again from its journal: the second implementation of each
//! port.
//!
//! Comes in: a journal and the revision that made it. Goes out: a verdict.
//! Always holds: nothing is opened and nothing is sent; tokens and placeholders
//! stay what they are, since that is how the journal keeps them.

use crate::{
    call::Prepared,
    contract::bindings::credence::department::{drop_folder::PutError, http},
    grant::{Destination, Folder},
    journal::{Journalled, Record, decode_record},
    ports::{
        Egress, FileName, Incoming, Journal, KnownFile, NoAnswer, NotPut, Outbox, Outgoing,
        OutgoingFile, PortError, Ports, Secret, Setting, Vault,
    },
    revision::Revision,
};
use async_trait::async_trait;
use credence_domain::ids::CallId;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// What a replay showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The same requests, the same end, on the same engine.
    Identical,
    /// The same requests and the same end, on an engine that compiles otherwise.
    IdenticalOnAnotherEngine,
    /// Something differs; the first place where.
    Diverged {
        /// Number of the host call, from 0; the number of host calls for the end.
        at: usize,
        /// What was recorded.
        recorded: String,
        /// What came now.
        now: String,
    },
    /// The journal is of another component.
    OtherComponent {
        /// The digest in the journal.
        recorded: String,
    },
    /// The new run could not be recorded, so there is nothing to compare.
    Incomplete(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identical => f.write_str("identical"),
            Self::IdenticalOnAnotherEngine => f.write_str("identical on another engine"),
            Self::Diverged { at, recorded, now } => {
                write!(f, "diverged at #{at}: recorded {recorded}; now {now}")
            }
            Self::OtherComponent { recorded } => {
                write!(f, "the journal is of component {recorded}; replay that one")
            }
            Self::Incomplete(why) => write!(f, "incomplete: {why}"),
        }
    }
}

impl Revision {
    /// Runs a recorded call again and compares every host call and the end.
    pub async fn replay(&self, recorded: &Journalled) -> Verdict {
        if recorded.head.digest != self.digest {
            return Verdict::OtherComponent {
                recorded: recorded.head.digest.clone(),
            };
        }
        let ports = Arc::new(ports(recorded));
        let prepared = Prepared {
            head: self.head(recorded.head.call, recorded.head.moment),
            args: recorded.args.clone(),
            bytes: Vec::new(),
        };
        let report = self.run(&ports, prepared).await;
        match decode_record(&report.record) {
            Ok(now) => compare(recorded, &now, &self.fingerprint),
            Err(error) => Verdict::Incomplete(error.to_string()),
        }
    }
}

fn compare(recorded: &Journalled, now: &Record, engine: &str) -> Verdict {
    let diverged =
        |at: usize, recorded: String, now: String| Verdict::Diverged { at, recorded, now };
    let longest = recorded.record.calls.len().max(now.calls.len());
    for at in 0..longest {
        let (before, after) = (recorded.record.calls.get(at), now.calls.get(at));
        if before != after {
            let show = |call: Option<_>| call.map_or("nothing".to_owned(), |c| format!("{c:?}"));
            return diverged(at, show(before), show(after));
        }
    }
    if recorded.record != *now {
        return diverged(
            longest,
            format!("{:?}", recorded.record.end),
            format!("{:?}", now.end),
        );
    }
    if recorded.head.engine == engine {
        Verdict::Identical
    } else {
        Verdict::IdenticalOnAnotherEngine
    }
}

/// Ports that answer from a journal.
fn ports(recorded: &Journalled) -> Ports {
    let settings = recorded
        .settings()
        .map(|(name, answer)| (name.to_owned(), answer))
        .collect();
    let answers = recorded.answers();
    let puts = recorded.puts();
    closed(
        settings,
        answers
            .map(|(number, answer)| (number, answer.clone()))
            .collect(),
        puts.map(|(number, answer)| (number, answer.clone()))
            .collect(),
    )
}

/// Ports behind which nothing is: for a start without a call.
pub(crate) fn nothing() -> Ports {
    closed(BTreeMap::new(), BTreeMap::new(), BTreeMap::new())
}

fn closed(
    settings: BTreeMap<String, Option<Setting>>,
    answers: BTreeMap<u32, Answer>,
    puts: BTreeMap<u32, Result<(), PutError>>,
) -> Ports {
    let reached = Arc::new(AtomicU32::new(0));
    let out = Arc::new(Answers {
        answers,
        puts,
        reached: reached.clone(),
    });
    Ports {
        journal: Arc::new(Recorded { reached }),
        vault: Arc::new(Closed { settings }),
        egress: out.clone(),
        outbox: out,
    }
}

/// A recorded answer to `http.send`.
type Answer = Result<http::Response, http::SendError>;

/// A journal that is written already. It notes which host call is about to be
/// answered.
struct Recorded {
    reached: Arc<AtomicU32>,
}

#[async_trait]
impl Journal for Recorded {
    async fn before_effect(&self, _call: CallId, number: u32) -> Result<(), PortError> {
        self.reached.store(number, Ordering::Relaxed);
        Ok(())
    }

    async fn file(&self, _: &OutgoingFile) -> Result<Option<KnownFile>, PortError> {
        Err(PortError::new("a replay puts no file"))
    }

    async fn keep_file(&self, _: CallId, _: &OutgoingFile) -> Result<KnownFile, PortError> {
        Err(PortError::new("a replay puts no file"))
    }
}

/// A vault that stays closed.
struct Closed {
    settings: BTreeMap<String, Option<Setting>>,
}

#[async_trait]
impl Vault for Closed {
    async fn tokens(&self, _plugin: &str, _numbers: &[String]) -> Result<Vec<String>, PortError> {
        Err(PortError::new(
            "a replay makes no tokens: recorded answers are masked already",
        ))
    }

    async fn numbers(
        &self,
        _plugin: &str,
        _tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError> {
        Ok(BTreeMap::new())
    }

    async fn setting(&self, _plugin: &str, name: &str) -> Result<Option<Setting>, PortError> {
        Ok(self.settings.get(name).cloned().flatten())
    }

    /// Empty: nothing leaves, and recorded answers hold the placeholder already,
    /// so there is nothing to fill in and nothing to take out.
    async fn secret(&self, _plugin: &str, _name: &str) -> Result<Secret, PortError> {
        Ok(Secret::new(""))
    }
}

/// The recorded answers, by the number of their host call.
struct Answers {
    answers: BTreeMap<u32, Answer>,
    puts: BTreeMap<u32, Result<(), PutError>>,
    reached: Arc<AtomicU32>,
}

#[async_trait]
impl Outbox for Answers {
    async fn put(&self, _call: CallId, _file: OutgoingFile) -> Result<(), NotPut> {
        let number = self.reached.load(Ordering::Relaxed);
        match self.puts.get(&number).cloned() {
            Some(Ok(())) => Ok(()),
            Some(Err(PutError::NotGranted(text))) => Err(NotPut::NotGranted(text)),
            Some(Err(PutError::NameTaken(text))) => Err(NotPut::NameTaken(text)),
            Some(Err(PutError::NotWritten(text))) => Err(NotPut::NotWritten(text)),
            None => Err(NotPut::NotWritten(
                "the journal holds no further answer".into(),
            )),
        }
    }

    /// Never asked of a replay: only the live house remembers what it began.
    async fn is_hidden(&self, _: CallId, _: &FileName, _: &Folder) -> Result<bool, NotPut> {
        Err(NotPut::NotWritten("a replay puts nothing".into()))
    }
}

#[async_trait]
impl Egress for Answers {
    async fn send(&self, _to: &Destination, _request: Outgoing) -> Result<Incoming, NoAnswer> {
        let number = self.reached.load(Ordering::Relaxed);
        match self.answers.get(&number).cloned() {
            Some(Ok(response)) => Ok(Incoming {
                status: response.status,
                headers: response
                    .headers
                    .into_iter()
                    .map(|h| (h.name, h.value))
                    .collect(),
                body: response.body,
            }),
            Some(Err(http::SendError::NotGranted(text))) => Err(NoAnswer::NotGranted(text)),
            Some(Err(http::SendError::NotSent(text))) => Err(NoAnswer::NotSent(text)),
            Some(Err(http::SendError::NoAnswer(text))) => Err(NoAnswer::Lost(text)),
            None => Err(NoAnswer::NotSent(
                "the journal holds no further answer".into(),
            )),
        }
    }
}
