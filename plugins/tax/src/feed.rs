//! The feed `penalties`: one chunk in, its statements out.
//!
//! In comes a chunk of the delivery; out go the lines of the rows it finished,
//! their number, and the carry. Always: the same delivery gives the same lines
//! however it is cut, and the first and only source of facts is the text.
//! Absent: everything that a call before could have left behind; a crash
//! between two chunks costs the chunk and nothing else.

use crate::contract::credence::department::types::{Rejection, Statement};
use crate::contract::exports::credence::department::feeds::{Chunk, FeedError, Line, Normalised};
use crate::envelope::{Element, End, Envelope};
use crate::record;

#[cfg(test)]
mod tests;

const FEED: &str = "penalties";
/// The contract's limit. Real rows are 300 characters and more; 1 MiB of them
/// never reaches it.
const LINES: usize = 20_000;

/// Reads one chunk. `warn` takes a note for the operator.
///
/// # Errors
/// As the contract says of `feed-error`.
pub(crate) fn normalise(chunk: &Chunk, warn: impl FnOnce(&str)) -> Result<Normalised, FeedError> {
    if chunk.feed != FEED {
        return Err(FeedError::WrongFormat(format!(
            "this plugin reads the feed `{FEED}` and no other"
        )));
    }
    let mut envelope = Envelope::resume(&chunk.carry)?;
    let mut lines = Vec::with_capacity(chunk.text.len() / 512);
    let mut rows: u32 = 0;
    envelope.read(&chunk.text, |element| {
        let statement = match element {
            Element::Row(text) => record::read(text),
            Element::TooLong => Some(rejected(
                "out-of-range",
                "the row is longer than 256 KiB, or the end of a text is missing in it; \
                 send the row again",
            )),
        };
        if let Some(statement) = statement {
            if lines.len() == LINES {
                return Err(FeedError::WrongFormat(
                    "more than 20,000 rows in 1 MiB: these are no penalties".into(),
                ));
            }
            lines.push(Line {
                row: chunk.first_row.saturating_add(rows),
                statement,
            });
        }
        rows = rows.saturating_add(1);
        Ok(())
    })?;
    if !chunk.last {
        return Ok(Normalised {
            lines,
            rows,
            carry: envelope.into_carry(),
        });
    }
    let read = u64::from(chunk.first_row - 1) + u64::from(rows);
    match envelope.finish()? {
        End::Truncated => {
            lines.push(Line {
                row: chunk.first_row.saturating_add(rows),
                statement: rejected(
                    "truncated",
                    "the delivery breaks off here; send it again whole",
                ),
            });
            rows = rows.saturating_add(1);
        }
        End::Whole { total: Some(total) } if total != read => warn(&format!(
            "the delivery says it has {total} rows and has {read}; ask the department which is right"
        )),
        End::Whole { .. } => {}
    }
    Ok(Normalised {
        lines,
        rows,
        carry: String::new(),
    })
}

fn rejected(rule: &str, text: &str) -> Statement {
    Statement::Rejected(Rejection {
        field: None,
        rule: rule.to_owned(),
        text: text.to_owned(),
    })
}
