//! A plugin that reads a feed and does nothing else.
//!
//! In come chunks of a table; out goes a rejection for each row. Always: it exports
//! `feeds` alone and imports no service. Absent: orders.

use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
use credence_sdk::fault::Fault;
use credence_sdk::table::{self, Column, Layout};

/// What the host calls.
pub struct Reader;

credence_sdk::export!(Reader as adapter);

static LAYOUT: Layout = Layout::new(&[Column::required("number", &["文号"])]);

impl feeds::Guest for Reader {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        table::normalise(&chunk, &LAYOUT, |_| {
            Err(Fault::row("as-asked", "a row was read"))
        })
    }
}
