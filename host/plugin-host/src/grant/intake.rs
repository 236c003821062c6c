//! How deliveries of one feed come into the house.
//!
//! Comes in: a table `[intake.FEED]` of a grant. Goes out: the ways that are open.
//! Always holds: a feed without such a table is taken in only by hand; what stands
//! here binds the house and lets the plugin do nothing.

use serde::{Deserialize, Serialize};

/// The ways in which deliveries of a feed come in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// A directory that is watched: absolute.
    pub folder: Option<String>,
    /// Whether a department with its token may upload deliveries.
    #[serde(default)]
    pub upload: bool,
    /// A request that fetches a delivery.
    pub pull: Option<Pull>,
}

/// A request that fetches a delivery, made again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Name of a destination of the same grant; `GET` is among its methods.
    pub destination: String,
    /// Path and query below its address.
    pub path: String,
    /// Minutes from one request to the next.
    pub every_minutes: u32,
    /// Name of the secret that goes into the header `authorization`, if one does.
    pub authorization: Option<String>,
}

impl Pull {
    /// The longest time between two requests: a week.
    pub const MOST_MINUTES: u32 = 7 * 24 * 60;
}
