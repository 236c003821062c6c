//! One call: a fresh store and instance, run to its end, told apart from every
//! other way of ending.
//!
//! Comes in: what is asked, the ports, the call's id and moment. Goes out: a
//! `Report` with the end, whether anything left the house, whether a retry is
//! safe, and the journal. Always holds: a call gives a report, whatever the guest
//! does; the store is dropped at its end, whatever the end was.
//!
//! A crash of the host inside a call leaves what the store has: an intent without
//! an outcome, which is asked about and never repeated blindly.

mod ended;
mod run;

pub use ended::{Answer, Ended, Failure, FeedError, Retry};

use crate::{
    contract::{
        bindings::exports::credence::department::{feeds, measures},
        convert,
    },
    journal::{self, Args, Head},
    ports::Ports,
    revision::Revision,
};
use credence_domain::{ids::CallId, order::Terms, record::Exit, step::Verb};
use jiff::civil::{Date, DateTime};
use std::sync::Arc;

/// A piece of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Name of the feed in the manifest.
    pub feed: String,
    /// Name of the file delivered.
    pub delivery: String,
    /// When it arrived, in Beijing time.
    pub received_at: DateTime,
    /// At most 1 MiB, decoded and masked.
    pub text: String,
    /// Number of the first row not yet finished.
    pub first_row: u32,
    /// What the call before returned.
    pub carry: String,
    /// Nothing follows.
    pub last: bool,
}

/// A step in the life of an order, after `apply`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterStep {
    /// Key of the step.
    pub key: String,
    /// The order.
    pub order: Terms,
    /// The department's latest reference.
    pub reference: Option<String>,
    /// First day of the new state.
    pub effective_on: Date,
    /// Reason in words.
    pub note: String,
}

/// A question about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Which step.
    pub verb: Verb,
    /// Its key.
    pub key: String,
    /// The order.
    pub order: Terms,
    /// The department's latest reference.
    pub reference: Option<String>,
}

/// What a plugin can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Function {
    /// Read one chunk of a feed.
    Normalise(Chunk),
    /// Put a measure in force.
    Apply(Terms),
    /// Stop its effect for the time being.
    Suspend(LaterStep),
    /// Put it back in force.
    Resume(LaterStep),
    /// End it for good.
    Lift(LaterStep, Exit),
    /// What the department knows of a step.
    Query(Inquiry),
}

impl Function {
    /// The name of the contract's function.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Normalise(_) => "normalise",
            Self::Apply(_) => "apply",
            Self::Suspend(_) => "suspend",
            Self::Resume(_) => "resume",
            Self::Lift(..) => "lift",
            Self::Query(_) => "query",
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The call.
    pub call: CallId,
    /// The component that ran, in hexadecimal: exactly one.
    pub digest: String,
    /// How it ended.
    pub ended: Ended,
    /// Whether any request left the house.
    pub left_house: bool,
    /// The head of its journal, as it was when the call was prepared.
    pub head: Vec<u8>,
    /// The record of its journal.
    pub record: Vec<u8>,
}

impl Report {
    /// Whether the call may simply be made again.
    pub fn retry(&self) -> Retry {
        self.ended.retry(self.left_house)
    }
}

/// A call that is ready to be made, with the head of its journal: what has to be
/// durable before it is made, if it can act outside the house.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(crate) head: Head,
    pub(crate) args: Args,
    pub(crate) bytes: Vec<u8>,
}

impl Prepared {
    /// The head of the journal.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Revision {
    /// Prepares a call whose clock stands at `moment`, Beijing time.
    pub fn prepare(&self, call: CallId, moment: DateTime, function: &Function) -> Prepared {
        let head = self.head(call, moment);
        let args = args(function);
        let bytes = run::written(&head, journal::encode_head(&head, &args));
        Prepared { head, args, bytes }
    }

    /// Makes one call. Waits for a free place first, at most `calls_in_flight`
    /// of this revision running at once.
    pub async fn call(&self, ports: &Arc<Ports>, prepared: Prepared) -> Report {
        self.run(ports, prepared).await
    }
}

fn step_out(step: &LaterStep) -> measures::Step {
    measures::Step {
        key: step.key.clone(),
        order: convert::order_out(&step.order),
        reference: step.reference.clone(),
        effective_on: convert::date_out(step.effective_on),
        note: step.note.clone(),
    }
}

fn args(function: &Function) -> Args {
    match function {
        Function::Normalise(chunk) => Args::Normalise(feeds::Chunk {
            feed: chunk.feed.clone(),
            delivery: chunk.delivery.clone(),
            received_at: convert::moment_out(chunk.received_at),
            text: chunk.text.clone(),
            first_row: chunk.first_row,
            carry: chunk.carry.clone(),
            last: chunk.last,
        }),
        Function::Apply(terms) => Args::Apply(convert::order_out(terms)),
        Function::Suspend(step) => Args::Suspend(step_out(step)),
        Function::Resume(step) => Args::Resume(step_out(step)),
        Function::Lift(step, exit) => Args::Lift(step_out(step), convert::exit_out(exit)),
        Function::Query(inquiry) => Args::Query(measures::Inquiry {
            verb: convert::verb_out(inquiry.verb),
            key: inquiry.key.clone(),
            order: convert::order_out(&inquiry.order),
            reference: inquiry.reference.clone(),
        }),
    }
}
