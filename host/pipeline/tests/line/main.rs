//! The whole line with real plugins and real back ends: feed,
//! record, case, notice, order, effect, feedback, log. Time is set by hand.

mod arrivals;
mod calendar;
mod customs;
mod house;
mod housing;
mod intake;
mod orders;
mod pulls;
mod register;
mod transport;
