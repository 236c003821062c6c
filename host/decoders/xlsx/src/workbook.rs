//! From a workbook to the text of its one sheet with data.

use crate::{Reason, Refusal, archive, cell::words, table::Table};
use calamine::{Reader as _, Sheet, SheetType, SheetVisible, Xlsx, XlsxError};
use std::io::Cursor;

/// Makes the text of a workbook.
///
/// # Errors
/// [`Refusal`] says what is wrong and what would be right.
pub fn decode(packed: &[u8]) -> Result<String, Refusal> {
    archive::look_through(packed)?;
    let mut workbook = Xlsx::new(Cursor::new(packed)).map_err(refused)?;
    let sheets: Vec<Sheet> = workbook.sheets_metadata().to_vec();
    let mut found: Option<Table> = None;
    let mut is_hidden = false;
    for sheet in sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
    {
        if sheet.visible != SheetVisible::Visible {
            is_hidden = true;
            continue;
        }
        let table = read(&mut workbook, &sheet.name)?;
        if table.is_empty() {
            continue;
        }
        if found.replace(table).is_some() {
            let text = "two visible sheets hold data; send each in a workbook of its own";
            return Err(Refusal::new(Reason::Unclear, text));
        }
    }
    match found {
        Some(table) => table.finish(),
        None => {
            let text = match is_hidden {
                true => "no visible sheet holds data; show the sheet that is meant",
                false => "no sheet holds data",
            };
            Err(Refusal::new(Reason::Unclear, text))
        }
    }
}

fn read(workbook: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Table, Refusal> {
    let from_1904 = workbook.has_1904_epoch();
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(refused)?;
    let mut table = Table::default();
    while let Some(cell) = cells.next_cell().map_err(refused)? {
        let (row, column) = cell.get_position();
        if let Some(words) = words(cell.get_value(), from_1904) {
            table.cell(row, column, &words)?;
        }
    }
    Ok(table)
}

/// The reader's own words quote what stands in the workbook.
fn refused(error: XlsxError) -> Refusal {
    match error {
        XlsxError::Password => {
            let text = "the workbook is encrypted; save it without a password";
            Refusal::new(Reason::Encrypted, text)
        }
        _ => Refusal::damaged(),
    }
}

#[cfg(test)]
mod tests;
