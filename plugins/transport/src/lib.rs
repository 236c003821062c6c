//! The transport department's plugin.
//!
//! It reads the department's overload feed (公路超限运输违法) and the
//! acknowledgements that the department writes back, and puts one order file for
//! each step of an order. In come chunks of feeds and steps of orders; out go
//! statements, and files in GB18030 for a department that has no API. Always: each
//! function is pure but for the one service it is handed, and every module but this
//! one can be tried without a host. Absent: the network, memory between calls, a
//! clock, identity numbers.
//!
//! From the feeds: `credence_sdk::table` → `overloads`, `acknowledgements`. To the
//! department: `order` → the host's drop folder.
//!
//! # What a question can be answered
//!
//! Nothing: there is nobody to ask, and a question must not put anything. Whether a
//! file was put is known to the host, which remembers every put; what became of it
//! comes as an acknowledgement. So `query` says `uncertain`, the contract's word for
//! a department that cannot be asked by key and state, and leaves the rest to whoever
//! remembers. The two answers that a plugin could make up instead are both wrong in
//! one of the two cases in which it is asked:
//!
//! - `none`, surely no trace, is wrong while a file lies in the folder or with the
//!   department: the host would then take an order back as never made.
//! - `pending` is wrong after a crash before the put: no file lies there, and no
//!   acknowledgement would ever come.
//!
//! A host that remembers its puts settles the step from that: a file of this key was
//! put, so the step is with the department and pending; none was, so there is no
//! trace and the step is made again. Putting twice is harmless either way: the same
//! name with the same text is one file. A host that does not remember puts the step
//! before a person, who can look into the folder.

mod acknowledgements;
#[cfg(test)]
mod fixtures;
mod order;
mod overloads;

use credence_sdk::answer::to_file;
use credence_sdk::contract::drop_folder;
use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step, Verb};
use credence_sdk::contract::types::{Exit, Feedback};
use credence_sdk::table;

/// What the host calls.
pub struct Transport;

credence_sdk::export!(Transport);

impl feeds::Guest for Transport {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        match chunk.feed.as_str() {
            "overloads" => table::normalise(&chunk, &overloads::LAYOUT, overloads::read),
            "acknowledgements" => {
                table::normalise(&chunk, &acknowledgements::LAYOUT, acknowledgements::read)
            }
            _ => Err(FeedError::WrongFormat(
                "this plugin reads the feeds `overloads` and `acknowledgements`, and no other"
                    .into(),
            )),
        }
    }
}

impl measures::Guest for Transport {
    fn apply(order: Order) -> Result<Feedback, Failure> {
        put(order::apply(&order)?)
    }

    fn suspend(step: Step) -> Result<Feedback, Failure> {
        put(order::later(Verb::Suspend, &step, None)?)
    }

    fn resume(step: Step) -> Result<Feedback, Failure> {
        put(order::later(Verb::Resume, &step, None)?)
    }

    fn lift(step: Step, exit: Exit) -> Result<Feedback, Failure> {
        put(order::later(Verb::Lift, &step, Some(&exit))?)
    }

    fn query(_: Inquiry) -> Result<Option<Feedback>, Failure> {
        Err(Failure::Uncertain(
            "the transport department has no interface to ask; its answer comes as an \
             acknowledgement file, and whether the order file was put is in the host's memory of \
             the folder"
                .into(),
        ))
    }
}

fn put(file: order::File) -> Result<Feedback, Failure> {
    to_file(drop_folder::put(order::FOLDER, &file.name, &file.text))
}
