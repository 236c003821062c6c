//! The lines of one chunk, with the row of each.
//!
//! In come statements or faults, row by row; out goes what the contract wants of a
//! chunk. Always: rows are numbered from `first-row` on without a gap, a row without
//! a statement counts too, and more lines than the contract allows end the delivery.
//! Absent: any layout.

use crate::contract::feeds::{Chunk, FeedError, Line, Normalised};
use crate::contract::types::{Acknowledgement, CreditRecord, Ending, Rejection, Statement};
use crate::fault::{Fault, rule};

/// The contract's limit for a chunk. Real rows have 300 characters and more: 1 MiB
/// of them never reaches it.
const LINES: usize = 20_000;

/// What one row states: nothing, one thing, or several in their order.
#[derive(Debug, Default, PartialEq)]
pub struct Statements(Vec<Statement>);

impl Statements {
    /// Nothing: a blank row, a header, a subtotal.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// And one thing more.
    #[must_use]
    pub fn and(mut self, more: impl Into<Statements>) -> Self {
        self.0.append(&mut more.into().0);
        self
    }
}

impl From<Vec<Statement>> for Statements {
    fn from(statements: Vec<Statement>) -> Self {
        Self(statements)
    }
}

impl From<Statement> for Statements {
    fn from(statement: Statement) -> Self {
        Self(vec![statement])
    }
}

impl From<CreditRecord> for Statements {
    fn from(record: CreditRecord) -> Self {
        Statement::Recorded(record).into()
    }
}

impl From<Ending> for Statements {
    fn from(ending: Ending) -> Self {
        Statement::Ended(ending).into()
    }
}

impl From<Acknowledgement> for Statements {
    fn from(answer: Acknowledgement) -> Self {
        Statement::Acknowledged(answer).into()
    }
}

impl From<Fault> for Statements {
    fn from(fault: Fault) -> Self {
        Statement::Rejected(Rejection::from(fault)).into()
    }
}

/// The lines of one chunk, while it is read.
#[derive(Debug)]
pub struct Lines {
    first_row: u32,
    lines: Vec<Line>,
    rows: u32,
}

impl Lines {
    /// No row of this chunk has been read.
    pub fn new(chunk: &Chunk) -> Self {
        Self {
            first_row: chunk.first_row,
            lines: Vec::with_capacity(chunk.text.len() / 512),
            rows: 0,
        }
    }

    /// Number of the row that comes next.
    pub fn next_row(&self) -> u32 {
        self.first_row.saturating_add(self.rows)
    }

    /// All rows of the delivery so far.
    pub fn rows_so_far(&self) -> u64 {
        u64::from(self.first_row.saturating_sub(1)) + u64::from(self.rows)
    }

    /// A row is finished, and this is what it states.
    ///
    /// # Errors
    /// `wrong-format`: more lines than the contract allows in a chunk.
    pub fn row(&mut self, read: Result<Statements, Fault>) -> Result<(), FeedError> {
        let row = self.next_row();
        let statements = read.unwrap_or_else(Statements::from).0;
        if self.lines.len() + statements.len() > LINES {
            return Err(FeedError::WrongFormat(
                "more than 20,000 statements in 1 MiB: the rows are too short for this feed; \
                 send the file that was agreed"
                    .to_owned(),
            ));
        }
        let made = statements.into_iter();
        self.lines
            .extend(made.map(|statement| Line { row, statement }));
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    /// Rows without a statement: blank ones, headers, subtotals.
    pub fn skip(&mut self, rows: u32) {
        self.rows = self.rows.saturating_add(rows);
    }

    /// The delivery ends in the middle of a row.
    ///
    /// # Errors
    /// As [`Lines::row`].
    pub fn truncated(&mut self) -> Result<(), FeedError> {
        self.row(Err(Fault::row(
            rule::TRUNCATED,
            "the delivery breaks off here; send it again whole",
        )))
    }

    /// The chunk has been read, and the next call needs this.
    pub fn carried(self, carry: String) -> Normalised {
        Normalised {
            lines: self.lines,
            rows: self.rows,
            carry,
        }
    }

    /// The last chunk has been read.
    pub fn finished(self) -> Normalised {
        self.carried(String::new())
    }
}
