//! The plugin host against hostile guests.
//!
//! Comes in: the guest `rogue`, which breaks one rule at a time, the real tax
//! plugin, two narrow ones, components written here as text, and a department that is a real
//! server in this process. Goes out: for each behaviour how the call ended,
//! whether a retry is safe and whether anything left the house. Always holds:
//! the ports are live ones; no assertion looks at a clock. Deliberately absent:
//! the store and the pipeline, which the end-to-end suite has.

mod department;
mod guest;
mod house;
mod live;

mod admission;
mod decoding;
mod ends;
mod files;
mod grants;
mod notes;
mod places;
mod replay;
mod requests;
mod rules;
mod sdk;
mod secrecy;
mod signing;
mod time;
