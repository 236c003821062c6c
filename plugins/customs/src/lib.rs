//! The customs' plugin.
//!
//! It reads penalties (双公示) and the levels of enterprises (海关总署令第282号), and
//! has the list of seriously untrustworthy enterprises and the facilities for
//! authorised operators (AEO) kept in the department's own system. In come chunks
//! of a feed and steps of orders; out go statements and feedback. Always: each
//! function is pure but for the services it is handed, and every module but this
//! one can be tried without a host. Absent: memory between calls, a clock, identity
//! numbers, and credentials: the host signs what is sent.
//!
//! From the feeds: `envelope` → `fields` (of `xml`) → `penalties`, `levels`. To the
//! department: `order` → the host → `answer` (of `xml`). What any department needs
//! is in `credence_sdk`.

mod answer;
mod envelope;
mod fields;
mod levels;
mod order;
mod penalties;
mod reference;
mod xml;

use credence_sdk::answer::{to_question, to_step};
use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
use credence_sdk::contract::http;
use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step, Verb};
use credence_sdk::contract::types::{Exit, Feedback};
use credence_sdk::{note, request};

use answer::Documents;

/// What the host calls.
pub struct Customs;

credence_sdk::export!(Customs);

impl feeds::Guest for Customs {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        match chunk.feed.as_str() {
            "penalties" => {
                envelope::normalise(&chunk, &["2016", "2018"], note::warning, penalties::read)
            }
            "levels" => envelope::normalise(&chunk, &["282"], note::warning, levels::read),
            _ => Err(FeedError::WrongFormat(
                "this plugin reads the feeds `penalties` and `levels`, and no other".into(),
            )),
        }
    }
}

impl measures::Guest for Customs {
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
        to_question::<Documents>(send(order::question(&inquiry.key)), &inquiry.key)
    }
}

fn make(key: &str, document: Result<String, Failure>) -> Result<Feedback, Failure> {
    to_step::<Documents>(send(order::step(key, document?)), key)
}

fn send(mut request: http::Request) -> Result<http::Response, http::SendError> {
    request::set(&mut request, "accept", order::CONTENT_TYPE);
    request::set_call_id(&mut request);
    http::send(&request)
}
