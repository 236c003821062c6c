//! The whole line with real plugins and real back ends: feed,
//! record, case, notice, order, effect, feedback, log. Time is set by hand.

mod calendar;
mod customs;
mod desk;
mod failures;
mod house;
mod intake;
mod objections;
mod orders;
mod register;
