//! What a department's plugin is made of.
//!
//! In comes what every department needs and none should write again; out goes a
//! plugin that says only what its own department's format means. Always: every
//! function is pure but for [`note`] and the services in [`contract`], so a plugin
//! is tried natively, without a host; what cannot be read in exactly one way is a
//! [`Fault`](fault::Fault) that names the column and never quotes the cell. Absent:
//! any department, memory between calls, a clock, identity numbers.
//!
//! A feed: [`json`] or [`table`] → [`row`] (of [`days`], [`amounts`], [`codes`],
//! [`text`]) → [`record`] → [`lines`]. An order: [`request`] → the host →
//! [`answer`].

pub mod contract;
#[cfg(target_arch = "wasm32")]
mod heap;

pub mod amounts;
pub mod codes;
pub mod days;
pub mod fault;
#[cfg(feature = "json")]
pub mod json;
pub mod lines;
pub mod record;
pub mod row;
pub mod table;
pub mod text;

pub mod answer;
pub mod note;
pub mod request;

#[cfg(all(feature = "testing", not(target_arch = "wasm32")))]
pub mod testing;
