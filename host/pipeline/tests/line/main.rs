//! The whole line with the real tax plugin and a real tax back end: feed,
//! record, case, notice, order, effect, feedback, log. Time is set by hand.

mod calendar;
mod house;
mod intake;
mod lists;
mod orders;
mod register;
