//! The tax department's plugin.
//!
//! It reads the department's penalties (双公示) and its list of serious violations
//! (重大税收违法失信主体), and keeps that list in the department's own system. In come
//! chunks of a feed and steps of orders; out go statements and feedback. Always:
//! each function is pure but for the services it is handed, and every module but
//! this one can be tried without a host. Absent: memory between calls, a clock,
//! identity numbers, and the department's credentials, which pass through as a
//! placeholder.
//!
//! From the feeds: `penalties`, `violations`. To the department: `order` → the host
//! → `answer`. What any department needs is in `credence_sdk`.

mod answer;
mod order;
mod penalties;
mod violations;

use credence_sdk::answer::{to_question, to_step};
use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
use credence_sdk::contract::http;
use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step, Verb};
use credence_sdk::contract::types::{Exit, Feedback};
use credence_sdk::{json, note, request};

use answer::Bodies;

/// What the host calls.
pub struct Tax;

credence_sdk::export!(Tax);

impl feeds::Guest for Tax {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        match chunk.feed.as_str() {
            "penalties" => json::normalise(&chunk, "2018", note::warning, penalties::read),
            "violations" => json::normalise(&chunk, "1", note::warning, violations::read),
            _ => Err(FeedError::WrongFormat(
                "this plugin reads the feeds `penalties` and `violations`, and no other".into(),
            )),
        }
    }
}

impl measures::Guest for Tax {
    fn apply(order: Order) -> Result<Feedback, Failure> {
        make(&order.key, order::apply(&order))
    }

    fn suspend(step: Step) -> Result<Feedback, Failure> {
        make(&step.key, order::later(Verb::Suspend, &step, None))
    }

    fn resume(step: Step) -> Result<Feedback, Failure> {
        make(&step.key, order::later(Verb::Resume, &step, None))
    }

    fn lift(step: Step, exit: Exit) -> Result<Feedback, Failure> {
        make(&step.key, order::later(Verb::Lift, &step, Some(&exit)))
    }

    fn query(inquiry: Inquiry) -> Result<Option<Feedback>, Failure> {
        let question = order::question(&inquiry.key);
        to_question::<Bodies>(send(question)?, &inquiry.key)
    }
}

fn make(key: &str, body: String) -> Result<Feedback, Failure> {
    to_step::<Bodies>(send(order::step(key, body))?, key)
}

/// With the credentials, a placeholder until the host fills them in on the way out.
fn send(mut request: http::Request) -> Result<Result<http::Response, http::SendError>, Failure> {
    let authorization = request::setting(order::AUTHORIZATION)?;
    request::set(&mut request, order::AUTHORIZATION, &authorization);
    request::set(&mut request, "accept", "application/json");
    request::set_call_id(&mut request);
    Ok(http::send(&request))
}
