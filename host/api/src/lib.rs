//! The reads of the house: their JSON shapes, and the same over HTTP; and the one
//! thing that comes in by HTTP, deliveries of departments.
//!
//! Comes in: an open house; requests from this machine. Goes out: views, which
//! the command line prints and HTTP answers with; problems (RFC 9457) with
//! stable codes.
//!
//! Always holds: a shape is built in one place, so both doors show the same; no
//! text of the database leaves; no value of a setting or secret leaves; the
//! server listens on this machine alone, because access control is not there
//! yet.
//!
//! Deliberately absent: anything else that changes the house, sessions and users,
//! the public site. A crash of a read leaves nothing: the one thing it writes is
//! the log entry of a look-up, and that commits before the answer is made; of an
//! upload, see `uploads`.

pub mod view;

pub mod read;

mod problem;

mod nearby;

mod uploads;

mod routes;

mod server;

pub use nearby::{ListenError, Loopback};
pub use routes::routes;
pub use server::Server;
