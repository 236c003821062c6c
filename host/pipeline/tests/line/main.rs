//! The whole line with real plugins and real back ends: feed,
//! record, case, notice, order, effect, feedback, log. Time is set by hand.

mod arrivals;
mod calendar;
mod customs;
mod desk;
mod failures;
mod house;
mod housing;
mod intake;
mod lists;
mod objections;
mod orders;
mod province;
mod pulls;
mod register;
mod transport;
