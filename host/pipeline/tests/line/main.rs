//! The whole line with the real tax plugin and a real tax back end: feed,
//! record, case, notice, order, effect, feedback, log. Time is set by hand.

mod arrivals;
mod calendar;
mod desk;
mod failures;
mod house;
mod intake;
mod objections;
mod orders;
mod pulls;
mod register;
