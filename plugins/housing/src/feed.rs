//! Both lists: one chunk of a sheet's text in, its statements out.
//!
//! In comes the text that the host's decoder made of a workbook, cut anywhere; out
//! go the lines of the rows it finished. Always: the same delivery gives the same
//! lines however it is cut; a row in which a formula failed states nothing, since
//! what the cell was to say is not known. Absent: workbooks themselves, and anything
//! that a call before could have left behind.

use credence_sdk::contract::feeds::{Chunk, FeedError, Normalised};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::row::{Cell, Row};
use credence_sdk::table;
use credence_sdk::text::half_width;

use crate::{honour, wage};

/// What a spreadsheet shows where a formula failed.
const FAILED: [&str; 10] = [
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#DATA!",
];
/// First words of what clerks write below a sheet: who filled it in, who checked.
const NOTES: [&str; 7] = ["填报", "填表", "制表", "审核", "注:", "备注:", "说明:"];

/// Reads one chunk.
///
/// # Errors
/// As the contract says of `feed-error`.
pub(crate) fn normalise(chunk: &Chunk) -> Result<Normalised, FeedError> {
    match chunk.feed.as_str() {
        "wage-arrears" => table::normalise(chunk, &wage::LAYOUT, |row| read(row, wage::read)),
        "honours" => table::normalise(chunk, &honour::LAYOUT, |row| read(row, honour::read)),
        _ => Err(FeedError::WrongFormat(
            "this plugin reads the feeds `wage-arrears` and `honours` and no other".to_owned(),
        )),
    }
}

fn read<'r>(
    row: Row<'r>,
    read: impl FnOnce(Row<'r>) -> Result<Statements, Fault>,
) -> Result<Statements, Fault> {
    if is_note(&row) {
        return Ok(Statements::none());
    }
    for (name, cell) in row.cells() {
        if let Cell::Text(text) = cell
            && FAILED.contains(&text.as_str())
        {
            return Err(Fault::cell(
                name,
                rule::DAMAGED_TEXT,
                "the formula in this cell failed; paste the column as values and send it again",
            ));
        }
    }
    read(row)
}

/// A line below the sheet: one cell, which begins as such lines do.
fn is_note(row: &Row<'_>) -> bool {
    let mut cells = row.cells();
    match (cells.next(), cells.next()) {
        (Some((_, Cell::Text(text))), None) => {
            let text = half_width(text);
            NOTES.iter().any(|words| text.starts_with(words))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
