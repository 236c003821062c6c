//! What is put into folders.
//!
//! In come a name and the order, whose `subject.name` is the name of the file; out
//! goes a file of that kind. Always: an error of the service becomes the failure
//! that the contract maps it to. Absent: anything a department would understand.

use crate::orders::{first_identifier, referenced};
use crate::{text_of, unknown};
use credence_sdk::contract::drop_folder::{PutError, put};
use credence_sdk::contract::measures::{Delay, Failure, Order};
use credence_sdk::contract::settings;
use credence_sdk::contract::types::Feedback;

const MIB: usize = 1024 * 1024;

pub(crate) fn behave(behaviour: &str, order: &Order) -> Result<Feedback, Failure> {
    let name = order.subject.name.clone().unwrap_or_default();
    let (folder, text) = match behaviour {
        "put" | "put-then-panic" => ("outbox", "x".to_owned()),
        "put-other" => ("outbox", "y".to_owned()),
        "put-order" => {
            let secret = settings::get("authorization").unwrap_or_default();
            ("outbox", format!("{secret},{}", first_identifier(order)))
        }
        "put-character" => ("outbox", "\u{1f600}".to_owned()),
        "put-elsewhere" => ("elsewhere", "x".to_owned()),
        "put-huge" => ("outbox", text_of(4 * MIB + 1)),
        "put-flood" => {
            for _ in 0..16 {
                // Each is refused for its name.
                let _ = put("outbox", &format!(".{name}"), &text_of(MIB));
            }
            return Ok(referenced("16".to_owned()));
        }
        other => unknown(other),
    };
    put(folder, &name, &text).map_err(|error| match error {
        PutError::NotGranted(text) | PutError::NameTaken(text) => Failure::NeedsPerson(text),
        PutError::NotWritten(text) => Failure::Unavailable(Delay {
            retry_after: None,
            text,
        }),
    })?;
    assert!(
        behaviour != "put-then-panic",
        "asked to panic after putting"
    );
    Ok(referenced("put".to_owned()))
}
