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
mod lanes;
mod lists;
mod manifest;
mod objections;
mod orders;
mod places;
mod province;
mod pulls;
mod register;
mod stuck;
mod told;
mod transport;
