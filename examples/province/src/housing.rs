//! What the housing department delivers: the list of wage defaulters in construction
//! (拖欠农民工工资失信联合惩戒对象名单) and honours (守信典型、优质工程).
//!
//! In come chance and society; out go deliveries as workbooks, with the habits of
//! clerks: titles, headers of two rows that are merged and come again, subtotals, a
//! hidden column, failed formulas. Always: the hazards of real feeds that a sheet can have
//! are in one of them. Absent: who belongs on the list, which human resources decides.

mod honour;
mod wage;

pub(crate) use honour::honours;
pub(crate) use wage::{removal, wage_arrears};

use crate::write::workbook::Merged;

/// Group over column; the same group is merged.
type Columns = [(&'static str, &'static str)];

/// The merged cells of a header of two rows, of which the upper is `row`: a group over
/// its columns, and a column that stands alone over both rows.
fn merged_header(columns: &Columns, row: u32) -> Vec<Merged> {
    let mut merged = Vec::new();
    let mut at = 0;
    while at < columns.len() {
        let (group, column) = columns[at];
        let same = columns[at..]
            .iter()
            .take_while(|(other, _)| *other == group);
        let last = at + same.count() - 1;
        if last > at {
            merged.push((row, place(at), row, place(last)));
        } else if column.is_empty() {
            merged.push((row, place(at), row + 1, place(at)));
        }
        at = last + 1;
    }
    merged
}

/// A column's place, as a workbook counts.
fn place(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}
