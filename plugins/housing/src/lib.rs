//! The housing department's plugin (住房城乡建设).
//!
//! It reads two lists that the department keeps as workbooks, wage defaulters in
//! construction and honours, and carries out measures in the department's system,
//! which accepts a form and acts later. In come chunks of a feed and steps of orders;
//! out go statements and feedback. Always: each function is pure but for the services
//! it is handed, and every module but this one can be tried without a host. Absent:
//! memory between calls, a clock, identity numbers, and the department's credentials,
//! which pass through as a placeholder.
//!
//! From the feed: `feed` → `wage` or `honour` (of `subject`, `removal`).
//! To the department: `order` → `http` → `answer` (of `form`).

mod answer;
mod feed;
mod form;
mod honour;
mod order;
mod removal;
mod subject;
mod wage;

use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
use credence_sdk::contract::http::{self, Request};
use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step, Verb};
use credence_sdk::contract::types::{Exit, Feedback};
use credence_sdk::request;

const DESTINATION: &str = "housing-bureau";
/// Name of the setting, and of the header it fills.
const AUTHORIZATION: &str = "authorization";
const FORM: &str = "application/x-www-form-urlencoded";

/// What the host calls.
pub struct Housing;

credence_sdk::export!(Housing);

impl feeds::Guest for Housing {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        feed::normalise(&chunk)
    }
}

impl measures::Guest for Housing {
    fn apply(order: Order) -> Result<Feedback, Failure> {
        make(&order.key, order::apply(&order)?)
    }

    fn suspend(step: Step) -> Result<Feedback, Failure> {
        make(&step.key, order::later(Verb::Suspend, &step, None)?)
    }

    fn resume(step: Step) -> Result<Feedback, Failure> {
        make(&step.key, order::later(Verb::Resume, &step, None)?)
    }

    fn lift(step: Step, exit: Exit) -> Result<Feedback, Failure> {
        make(&step.key, order::later(Verb::Lift, &step, Some(&exit))?)
    }

    fn query(inquiry: Inquiry) -> Result<Option<Feedback>, Failure> {
        // A key fits a path as it is.
        let path = format!("/receipts/{}", inquiry.key);
        let request = request::question(DESTINATION, &path);
        answer::to_question(http::send(&let_in(request)?), &inquiry.key)
    }
}

fn make(key: &str, body: String) -> Result<Feedback, Failure> {
    let request = request::step(DESTINATION, "/measures", key, FORM, body);
    answer::to_step(http::send(&let_in(request)?), key)
}

/// The request with what every request to the department carries. The secret is a
/// placeholder; the host fills it in on the way out, into this header alone.
fn let_in(mut request: Request) -> Result<Request, Failure> {
    request::set(
        &mut request,
        AUTHORIZATION,
        &request::setting(AUTHORIZATION)?,
    );
    request::set(&mut request, "accept", FORM);
    request::set_call_id(&mut request);
    Ok(request)
}
