//! Feeds in CSV, read in pieces.
//!
//! In comes text cut anywhere between two characters; out go the rows of the table,
//! cells under the names that the plugin gave their columns, and at the end of a
//! piece a *carry* from which the next call reads on. Always: the same delivery gives
//! the same rows however it is cut, and no row longer than [`ROW_BYTES`] is ever
//! held. Absent: character encodings and workbooks, which the host turns into text;
//! repair.
//!
//! **A row is a record of the table**: a quoted cell with line breaks in it is within
//! one row, and a line without anything is a row. Rows are numbered from 1, with
//! titles, headers, blank rows and subtotals counted. A row ends at LF or CR LF.
//!
//! **The header** is the first of the first [`HEADER_ROWS`] rows that has every
//! required column, alone or together with the row above it (a merged header of two
//! rows: `当事人` over `名称` is `当事人名称`, or `名称` where that is one column alone).
//! What stands above is a title and is skipped. A header row that comes again is
//! skipped, and so are subtotals (合计, 小计, 总计, 共计): rows that begin with such a
//! word and lack a required cell.
//!
//! **What nobody named** keeps the header's name and becomes a fact; a cell under no
//! name at all is called 列 and its number.
//!
//! ```
//! use credence_sdk::contract::feeds::{Chunk, FeedError, Normalised};
//! use credence_sdk::lines::Statements;
//! use credence_sdk::table::{self, Column, Layout};
//!
//! static LAYOUT: Layout = Layout::new(&[
//!     Column::required("文号", &["决定书文号", "处罚决定书文号"]),
//!     Column::required("名称", &["当事人名称", "企业名称"]),
//!     Column::optional("金额", &["罚款金额（元）"]),
//! ]);
//!
//! fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
//!     table::normalise(&chunk, &LAYOUT, |mut row| {
//!         let number = row.take_code("文号")?;
//!         // …
//! #       let _ = number;
//!         Ok(Statements::none())
//!     })
//! }
//! ```

use crate::contract::feeds::{Chunk, FeedError, Normalised};
use crate::fault::{Fault, rule};
use crate::lines::{Lines, Statements};
use crate::row::{Cell, Row};

mod carry;
mod header;
mod split;
mod write;

#[cfg(test)]
mod tests;

pub use write::write_row;

use carry::Carry;
use header::{Header, Search, Slot};
use split::{Cells, End};

/// A row longer than this is no row: a closing quote is missing.
pub const ROW_BYTES: usize = 256 * 1024;
/// The header stands within so many rows.
pub const HEADER_ROWS: u32 = 30;

/// A column, by the name under which the plugin takes its cells.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    aliases: &'static [&'static str],
    required: bool,
}

impl Column {
    /// Without this column the table is not the feed. Width, spaces and case of a name
    /// do not matter.
    pub const fn required(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            aliases,
            required: true,
        }
    }

    /// A table without this column is read all the same.
    pub const fn optional(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            aliases,
            required: false,
        }
    }
}

/// The tables of one feed.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    columns: &'static [Column],
    delimiter: u8,
    may_lack_last_break: bool,
    may_have_short_rows: bool,
}

impl Layout {
    /// Cells parted by commas; every row ends in a line break and has as many cells as
    /// the header.
    pub const fn new(columns: &'static [Column]) -> Self {
        Self {
            columns,
            delimiter: b',',
            may_lack_last_break: false,
            may_have_short_rows: false,
        }
    }

    /// Cells parted by another ASCII character.
    #[must_use]
    pub const fn parted_by(mut self, delimiter: u8) -> Self {
        assert!(delimiter.is_ascii() && delimiter != b'"' && delimiter != b'\n');
        self.delimiter = delimiter;
        self
    }

    /// The department's software writes no line break behind the last row. Whether
    /// such a row was cut off in its last cell cannot be seen, so this is said only
    /// where it is known; else the row is `truncated`.
    #[must_use]
    pub const fn last_row_may_lack_break(mut self) -> Self {
        self.may_lack_last_break = true;
        self
    }

    /// The department's software leaves out empty cells at the end of a row. Whether a
    /// line break without quotes has torn such a row cannot be seen, so this is said
    /// only where it is known; else the row is `malformed`.
    #[must_use]
    pub const fn rows_may_be_short(mut self) -> Self {
        self.may_have_short_rows = true;
        self
    }
}

/// Reads one chunk. `read` makes statements of a row.
///
/// # Errors
/// `wrong-format`: a required column is missing or there twice, or a row has no end.
pub fn normalise(
    chunk: &Chunk,
    layout: &Layout,
    mut read: impl FnMut(Row<'_>) -> Result<Statements, Fault>,
) -> Result<Normalised, FeedError> {
    let carry = Carry::parse(&chunk.carry)?;
    let joined;
    let text = if carry.tail.is_empty() {
        chunk.text.as_str()
    } else {
        joined = [carry.tail, &chunk.text].concat();
        &joined
    };
    let mut table = Table {
        layout,
        search: carry.search(layout)?,
        lines: Lines::new(chunk),
    };
    let mut cells = Cells::default();
    let mut at = 0;
    let unfinished = loop {
        match split::record(&text[at..], layout.delimiter, &mut cells) {
            End::Break(length) => {
                table.row(&cells, &text[at..at + length], &mut read)?;
                at += length;
            }
            End::Open => break &text[at..],
        }
    };
    if unfinished.len() > ROW_BYTES {
        return Err(FeedError::WrongFormat(format!(
            "row {} is longer than 256 KiB: a quote is opened in it and not closed; \
             mend that row and send the delivery again whole",
            table.lines.next_row()
        )));
    }
    if !chunk.last {
        let carry = carry::written(&table.search, unfinished);
        return Ok(table.lines.carried(carry));
    }
    table.end(&cells, unfinished, &mut read)
}

/// A table while it is read.
struct Table<'l, 'c> {
    layout: &'l Layout,
    search: Search<'c>,
    lines: Lines,
}

impl Table<'_, '_> {
    /// One whole row, with its line break.
    fn row(
        &mut self,
        cells: &Cells<'_>,
        raw: &str,
        read: &mut impl FnMut(Row<'_>) -> Result<Statements, Fault>,
    ) -> Result<(), FeedError> {
        if cells.are_blank() {
            self.lines.skip(1);
            return Ok(());
        }
        let Some(header) = self.search.header(self.layout, cells, raw)? else {
            self.lines.skip(1);
            return Ok(());
        };
        if header.comes_again(cells) || header.is_subtotal(self.layout, cells) {
            self.lines.skip(1);
            return Ok(());
        }
        match row_of(self.layout, header, cells) {
            Ok(row) if row.is_blank() => {
                self.lines.skip(1);
                Ok(())
            }
            Ok(row) => self.lines.row(read(row)),
            Err(fault) => self.lines.row(Err(fault)),
        }
    }

    /// What stands behind the last line break of the delivery.
    fn end(
        mut self,
        cells: &Cells<'_>,
        unfinished: &str,
        read: &mut impl FnMut(Row<'_>) -> Result<Statements, Fault>,
    ) -> Result<Normalised, FeedError> {
        let Some(columns) = self.search.columns() else {
            return Err(self.search.not_found(self.layout));
        };
        if cells.are_blank() {
            self.lines.skip(u32::from(!unfinished.is_empty()));
        } else if self.layout.may_lack_last_break && !cells.is_open() && cells.len() >= columns {
            self.row(cells, unfinished, read)?;
        } else {
            self.lines.row(Err(Fault::row(
                rule::TRUNCATED,
                "the delivery breaks off in this row, or a quote is opened in it and not \
                 closed; send it again whole, with a line break behind the last row",
            )))?;
        }
        Ok(self.lines.finished())
    }
}

/// The cells under their names.
fn row_of<'h>(layout: &Layout, header: &'h Header, cells: &Cells<'_>) -> Result<Row<'h>, Fault> {
    if cells.are_damaged() {
        return Err(Fault::row(
            rule::MALFORMED,
            "text stands behind a closing quote; double a quote that is within a cell",
        ));
    }
    if cells.len() < header.columns() && !layout.may_have_short_rows {
        return Err(Fault::row(
            rule::MALFORMED,
            "the row has fewer cells than the header; \
             put a cell that holds a line break between quotes",
        ));
    }
    let mut row = Row::with_capacity(cells.len());
    for at in 0..cells.len() {
        let text = cells.text(at);
        if text.is_empty() {
            continue;
        }
        let slot = header.slot(at);
        let name = match slot {
            Slot::Known(column) => layout.columns[*column].name,
            Slot::Named(name) => name,
            Slot::Outside => {
                if crate::text::says_nothing(text.trim()) {
                    continue;
                }
                return Err(Fault::row(
                    rule::MALFORMED,
                    "the row has more cells than the header; \
                     put a cell that holds a comma between quotes",
                ));
            }
        };
        if let Some(cell) = Cell::from_text(name, &text)? {
            row.push_unique(name.into(), cell);
        }
    }
    Ok(row)
}
