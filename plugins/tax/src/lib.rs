//! The tax department's plugin.
//!
//! It reads the department's penalty feed (双公示) and keeps its list of major
//! tax violators (重大税收违法失信主体). In come chunks of a feed and steps of
//! orders; out go statements and feedback. Always: each function is pure but for
//! the services it is handed, and every module but this one can be tried without
//! a host. Absent: memory between calls, a clock, identity numbers, and the
//! department's credentials, which pass through as a placeholder.
//!
//! From the feed: `envelope` → `record` (of `cells`, `days`, `amounts`) → `feed`.
//! To the department: `order` → `http` → `answer`.

mod contract;
#[cfg(target_arch = "wasm32")]
mod heap;

mod amounts;
mod answer;
mod cells;
mod days;
mod envelope;
mod feed;
mod order;
mod record;

use contract::credence::department::types::{Exit, Feedback};
use contract::credence::department::{call, http, log, settings};
use contract::exports::credence::department::feeds::{self, Chunk, FeedError, Normalised};
use contract::exports::credence::department::measures::{
    self, Failure, Inquiry, Order, Step, Verb,
};

/// What the host calls.
pub struct Tax;

impl feeds::Guest for Tax {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        feed::normalise(&chunk, |text| log::write(log::Level::Warning, text))
    }
}

impl measures::Guest for Tax {
    fn apply(order: Order) -> Result<Feedback, Failure> {
        make(&order.key, &order::apply(&order))
    }

    fn suspend(step: Step) -> Result<Feedback, Failure> {
        make(&step.key, &order::later(Verb::Suspend, &step, None))
    }

    fn resume(step: Step) -> Result<Feedback, Failure> {
        make(&step.key, &order::later(Verb::Resume, &step, None))
    }

    fn lift(step: Step, exit: Exit) -> Result<Feedback, Failure> {
        make(&step.key, &order::later(Verb::Lift, &step, Some(&exit)))
    }

    fn query(inquiry: Inquiry) -> Result<Option<Feedback>, Failure> {
        let request = order::question(&inquiry.key, &authorization()?, &call::id());
        match http::send(&request) {
            Ok(response) => answer::to_question(&response, &inquiry.key),
            Err(error) => Err(answer::unanswered(error)),
        }
    }
}

fn make(key: &str, body: &str) -> Result<Feedback, Failure> {
    let request = order::step(key, body, &authorization()?, &call::id());
    match http::send(&request) {
        Ok(response) => answer::to_step(&response, key),
        Err(error) => Err(answer::unanswered(error)),
    }
}

/// A placeholder; the host fills in the secret on the way out.
fn authorization() -> Result<String, Failure> {
    settings::get(order::AUTHORIZATION).ok_or_else(|| {
        Failure::NeedsPerson(
            "the setting `authorization` is not set; store the whole value of the header, \
             such as `Bearer …`, and have the step made again"
                .into(),
        )
    })
}
