//! The sandbox in which departments' plugins run.
//!
//! Comes in: components with their manifests, the operator's grants, calls. Goes
//! out: reports of calls, each with a journal from which it can be run again.
//!
//! Always holds: a fresh store and instance per call; everything that a guest can
//! import is granted by name; everything that it can consume has a limit; what it
//! answers is checked before it is used; nothing it does takes the host down.
//! Deliberately absent: any database. What must be durable goes through the ports
//! `Journal`, `Vault`, `Egress` and `Outbox`, of which the live and the replaying ones
//! are the two implementations.
//!
//! What a crash leaves: nothing here. A call that had begun is an intent without
//! an outcome in whatever stands behind the journal.

pub mod manifest;

pub mod grant;

pub mod component;

pub mod contract;

mod limits;

mod engine;

pub mod ports;

pub mod persons;

mod services;

pub mod journal;

mod revision;

pub mod call;

mod egress;

mod download;

mod outbox;

pub mod places;

pub mod decoder;

pub mod replay;

pub use download::{Download, Downloaded, Patience, Sink};
pub use egress::{EgressError, HttpEgress};
pub use engine::{EngineError, Host, config};
pub use limits::TICK;
pub use outbox::FolderOutbox;
pub use revision::{AdmitError, Revision};
