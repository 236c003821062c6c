//! The verbs of the house: take plugins in, import the register, ingest, open, resolve, notify,
//! dispatch, collect, acknowledge, object, expire, stop, seal.
//!
//! Comes in: what people and feeds ask for. Goes out: rows, effects in the
//! departments, the signed log. Always holds: a state change, its audit entry and
//! the intent of its effects commit in one transaction; what is due is a column
//! and a sweep finds it, so that recovering after a crash is the same pass as
//! every other. Deliberately absent: decisions of law (`domain`) and SQL
//! (`store`).

mod clock;

mod error;

mod owner;

mod calendar;

mod house;

mod live;

mod places;

mod plugins;

mod calls;

mod containers;
mod decode;

mod stages;

mod bind;

mod ingest;

mod report;

mod feeds;

mod tokens;

mod spool;

mod watched;

mod pull;

mod arrive;

mod settle;

mod register;

mod retry;

mod open;

mod resolve;

mod notify;

mod moves;

mod dispatch;

mod remember;

mod collect;

mod acknowledge;

mod flow;

mod object;

mod ground;

mod repair;

mod expire;

mod persons;

mod stop;

mod look;

mod seal;

mod sweep;

pub use acknowledge::Acknowledged;
pub use arrive::{TakenIn, Upload};
pub use calendar::{ChangedDay, Imported, calendar_of};
pub use clock::{Clock, SetClock, SystemClock};
pub use error::PipelineError;
pub use feeds::{FeedLine, PullLine};
pub use house::{Actor, House, HouseOptions};
pub use ingest::{IngestReport, LineReport};
pub use look::SubjectFile;
pub use notify::Served;
pub use object::Raise;
pub use open::OpenCase;
pub use persons::ByHand;
pub use plugins::Installed;
pub use register::{ImportReport, RowReport};
pub use repair::GrantRepair;
pub use report::{DeliveryReport, ReportLine, ReportPages, report_header, report_rows};
pub use resolve::Resolved;
pub use settle::Told;
pub use spool::SpoolError;
pub use stop::{DepartmentLine, KeptBack, MeasureLine};
pub use sweep::Swept;
pub use tokens::{Denied, Issued, MOST_DAYS};
