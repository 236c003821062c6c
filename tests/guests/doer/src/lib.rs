//! A plugin that carries out orders and does nothing else.
//!
//! In come steps; out goes that each is done, with the number of the call as its
//! reference. Always: it exports `measures` alone and imports the one service that it
//! uses. Absent: feeds, and any department.

use credence_sdk::answer::{State, Told, feedback_of};
use credence_sdk::contract::call;
use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step};
use credence_sdk::contract::types::{Exit, Feedback};

/// What the host calls.
pub struct Doer;

credence_sdk::export!(Doer as executor);

fn done() -> Result<Feedback, Failure> {
    let told = Told {
        state: State::Done,
        reference: Some(call::id()),
        ..Told::default()
    };
    feedback_of("the test", told, None).map_err(|why| Failure::Uncertain(why.to_owned()))
}

impl measures::Guest for Doer {
    fn apply(_: Order) -> Result<Feedback, Failure> {
        done()
    }

    fn suspend(_: Step) -> Result<Feedback, Failure> {
        done()
    }

    fn resume(_: Step) -> Result<Feedback, Failure> {
        done()
    }

    fn lift(_: Step, _: Exit) -> Result<Feedback, Failure> {
        done()
    }

    fn query(_: Inquiry) -> Result<Option<Feedback>, Failure> {
        done().map(Some)
    }
}
