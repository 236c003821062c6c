//! The table of the transport department: CSV in GB18030, with CR LF.
//!
//! In come columns and lines; out go bytes. Always: a cell with a comma, a quote or a
//! line break is quoted. A byte lost on the way stands as [`LOST`] in the words, and
//! as a byte that no character begins with in the file. Absent: other encodings.

use crate::delivery::{Content, Line};
use crate::row::{Cell, Row};

/// Stands in words where the file has a byte that means nothing.
pub(crate) const LOST: char = '\u{e5ff}';
/// No character of GB18030 begins with it.
const NO_CHARACTER: u8 = 0xff;

pub(crate) fn write(columns: &[&str], lines: &[Line]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for line in lines {
        let cells: Vec<String> = match &line.content {
            Content::Row(row, _) => in_places(columns, row),
            Content::Places(cells) => cells.iter().map(Cell::in_words).collect(),
            Content::Written(text) => vec![text.clone()],
        };
        writer.write_record(cells)?;
    }
    let text = writer.into_inner().map_err(|error| error.into_error())?;
    let text = String::from_utf8_lossy(&text);
    // The mark that editors put in front.
    let mut bytes = encoding_rs::GB18030.encode("\u{feff}").0.into_owned();
    for (at, piece) in text.split(LOST).enumerate() {
        if at > 0 {
            bytes.push(NO_CHARACTER);
        }
        bytes.extend_from_slice(&encoding_rs::GB18030.encode(piece).0);
    }
    Ok(bytes)
}

/// The cells of a row under their columns.
pub(crate) fn in_places(columns: &[&str], row: &Row) -> Vec<String> {
    columns
        .iter()
        .map(|column| row.get(column).in_words())
        .collect()
}
