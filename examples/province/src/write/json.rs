//! The envelope of the tax department: `{"total": n, "rows": […]}`.
//!
//! In come lines; out go bytes in UTF-8. Always: a number keeps its digits as they were
//! given, and a name that is there twice is written twice, which no JSON library would
//! do for us. Absent: cells by their places.

use crate::delivery::{Content, Line};
use crate::row::{Cell, Row};
use crate::write::rewritten;

/// How the envelope is written.
pub(crate) struct Envelope {
    /// A byte order mark in front.
    pub(crate) mark: bool,
    /// What `profile` says, if it is there.
    pub(crate) profile: Option<&'static str>,
}

pub(crate) fn write(envelope: &Envelope, lines: &[Line]) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = String::new();
    if envelope.mark {
        text.push('\u{feff}');
    }
    text += "{\n";
    if let Some(profile) = envelope.profile {
        text += &format!("  \"profile\": {},\n", serde_json::to_string(profile)?);
    }
    text += &format!("  \"total\": {},\n  \"rows\": [\n", lines.len());
    for (at, line) in lines.iter().enumerate() {
        let row = match &line.content {
            Content::Row(row, change) => rewritten(object(row)?, *change),
            Content::Written(text) => text.clone(),
            Content::Places(_) => "null".to_owned(),
        };
        let comma = if at + 1 < lines.len() { "," } else { "" };
        text += &format!("    {row}{comma}\n");
    }
    text += "  ]\n}\n";
    Ok(text.into_bytes())
}

fn object(row: &Row) -> Result<String, serde_json::Error> {
    let mut members = Vec::with_capacity(row.cells().len());
    for (name, cell) in row.cells() {
        let value = match cell {
            Cell::Nothing => "null".to_owned(),
            Cell::Number(text) | Cell::Markup(text) => text.clone(),
            Cell::Text(_) | Cell::Day(_) | Cell::Failed(_) => {
                serde_json::to_string(&cell.in_words())?
            }
        };
        members.push(format!("{}: {value}", serde_json::to_string(name)?));
    }
    Ok(format!("{{{}}}", members.join(", ")))
}
