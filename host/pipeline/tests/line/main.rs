//! The whole line with real plugins and real back ends: feed,
//! record, case, notice, order, effect, feedback, log. Time is set by hand.

mod calendar;
mod customs;
mod house;
mod intake;
mod orders;
mod register;
