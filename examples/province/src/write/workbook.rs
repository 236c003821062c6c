//! The workbooks of the housing department: one sheet, with the habits of clerks.
//!
//! In come columns and lines; out goes a workbook. Always: a number is a number, a day
//! is a day by its style, and the same lines make the same bytes. Absent: a second
//! sheet with data, which the house refuses.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError,
};

use crate::delivery::{Content, Line};
use crate::row::Cell;

/// A block of cells that shows one: first row and column, last row and column.
pub(crate) type Merged = (u32, u16, u32, u16);

/// What is done to a sheet beside its cells.
#[derive(Default)]
pub(crate) struct Habits {
    pub(crate) merged: Vec<Merged>,
    /// A column that is hidden, and says something all the same.
    pub(crate) hidden: Option<u16>,
}

pub(crate) fn write(
    columns: &[&str],
    lines: &[Line],
    habits: &Habits,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Else the moment of writing would stand in it.
    let made = ExcelDateTime::from_ymd(2026, 11, 20)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    for (first_row, first, last_row, last) in &habits.merged {
        sheet.merge_range(*first_row, *first, *last_row, *last, "", &Format::new())?;
    }
    if let Some(column) = habits.hidden {
        sheet.set_column_hidden(column)?;
    }
    for (at, line) in (0..).zip(lines) {
        match &line.content {
            Content::Row(row, _) => {
                for (column, name) in (0..).zip(columns) {
                    cell(sheet, at, column, row.get(name))?;
                }
            }
            Content::Places(cells) => {
                for (column, there) in (0..).zip(cells) {
                    cell(sheet, at, column, there)?;
                }
            }
            Content::Written(text) => cell(sheet, at, 0, &Cell::text(text))?,
        }
    }
    workbook.save_to_buffer()
}

fn cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Nothing => return Ok(()),
        Cell::Text(text) | Cell::Markup(text) => sheet.write_string(row, column, text)?,
        Cell::Number(digits) => match digits.parse::<f64>() {
            Ok(number) => sheet.write_number(row, column, number)?,
            Err(_) => sheet.write_string(row, column, digits)?,
        },
        Cell::Day(day) => {
            let at = ExcelDateTime::parse_from_str(&day.to_string())?;
            let style = Format::new().set_num_format("yyyy/m/d");
            sheet.write_datetime_with_format(row, column, &at, &style)?
        }
        Cell::Failed(shown) => {
            let formula = Formula::new("=VLOOKUP(A1,Z1:Z2,2,FALSE)").set_result(*shown);
            sheet.write_formula(row, column, formula)?
        }
    };
    Ok(())
}
