//! The law of the house, as pure functions over plain values.
//!
//! Comes in: what a feed states, what an official decided, what a department
//! answered, the catalogue, and the time as a value. Goes out: identifiers that
//! were checked, refusals that a clerk can read, next states and the effects
//! they ask for.
//!
//! Always holds: nothing here reads a clock, a file, a database or randomness,
//! so the same values give the same answer for ever. No number that ranks a
//! person exists anywhere (invariant I1).
//!
//! Deliberately absent: storage, plugins, transport. A crash cannot leave
//! anything here, because nothing is kept here.

pub mod time;

pub mod fault;

pub mod span;

pub mod calendar;

pub mod ids;

pub mod identifier;

pub mod record;

pub mod version;

pub mod register;

pub mod catalogue;

pub mod disclosure;

pub mod publication;

pub mod case;

pub mod order;

pub mod step;

pub mod stop;

pub mod feedback;

pub mod gates;

pub mod transition;

pub mod notice;

pub mod list;

pub mod objection;

pub mod repair;

pub mod green_channel;
