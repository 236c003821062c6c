//! What one chunk of a table hands to the next.
//!
//! In comes the header, or the rows in which it is sought, and the unfinished row;
//! out goes one text, and back. Always: what was written is read back as it was, and
//! never "", so that it differs from a start. Absent: anything of finished rows.

use super::Layout;
use super::header::Search;
use crate::contract::feeds::FeedError;

/// First word of a carry; changes with its layout.
const LAYOUT: &str = "table-1";

/// A carry, taken apart.
pub(super) struct Carry<'c> {
    words: Option<Words<'c>>,
    /// The unfinished row.
    pub(super) tail: &'c str,
}

struct Words<'c> {
    phase: char,
    rows: u32,
    above: &'c str,
    row: &'c str,
}

/// The state of the search and the unfinished row.
pub(super) fn written(search: &Search<'_>, tail: &str) -> String {
    let (phase, rows, above, row) = search.parts();
    format!(
        "{LAYOUT} {phase} {rows} {} {}\n{above}{row}{tail}",
        above.len(),
        row.len()
    )
}

impl<'c> Carry<'c> {
    /// Takes a carry apart; "" starts a delivery.
    ///
    /// # Errors
    /// `wrong-format` for a carry that this revision of the plugin did not write.
    pub(super) fn parse(carry: &'c str) -> Result<Self, FeedError> {
        if carry.is_empty() {
            return Ok(Self {
                words: None,
                tail: "",
            });
        }
        Self::taken_apart(carry).ok_or_else(foreign)
    }

    fn taken_apart(carry: &'c str) -> Option<Self> {
        let (head, rest) = carry.split_once('\n')?;
        let mut words = head.split(' ');
        if words.next()? != LAYOUT {
            return None;
        }
        let phase = words.next()?.parse().ok()?;
        let rows = words.next()?.parse().ok()?;
        let above_length: usize = words.next()?.parse().ok()?;
        let row_length: usize = words.next()?.parse().ok()?;
        let above = rest.get(..above_length)?;
        let rest = &rest[above_length..];
        let row = rest.get(..row_length)?;
        Some(Self {
            words: Some(Words {
                phase,
                rows,
                above,
                row,
            }),
            tail: &rest[row_length..],
        })
    }

    /// The search as it stood.
    ///
    /// # Errors
    /// As [`Carry::parse`].
    pub(super) fn search(&self, layout: &Layout) -> Result<Search<'c>, FeedError> {
        match &self.words {
            None => Ok(Search::start()),
            Some(words) => Search::resume(layout, words.phase, words.rows, words.above, words.row)
                .ok_or_else(foreign),
        }
    }
}

fn foreign() -> FeedError {
    FeedError::WrongFormat(
        "the first part of this delivery was read by another revision of the plugin; \
         deliver it again from the start"
            .into(),
    )
}
