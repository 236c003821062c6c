//! The envelope of the customs: messages with a header, and `fields` in a body.
//!
//! In come lines; out go bytes in UTF-8, as one message or as several one behind
//! another. Always: words are escaped and markup is not. Absent: any check that it is
//! XML; some of it is there to be refused.

use quick_xml::escape::escape;

use crate::delivery::{Content, Line};
use crate::row::{Cell, Row};
use crate::write::rewritten;

/// How messages are written.
pub(crate) struct Messages {
    /// A byte order mark in front of the first.
    pub(crate) mark: bool,
    /// What `Profile` says.
    pub(crate) profile: &'static str,
    /// Rows of a message.
    pub(crate) rows: usize,
    /// The last message breaks off in its last row.
    pub(crate) cut_off: bool,
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

pub(crate) fn write(messages: &Messages, lines: &[Line]) -> Vec<u8> {
    let mut text = String::new();
    if messages.mark {
        text.push('\u{feff}');
    }
    for (number, rows) in (1..).zip(lines.chunks(messages.rows)) {
        text += &format!(
            "{DECLARATION}<ExchangeMessage xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n\
             <Header><MessageID>例-{number}</MessageID><Profile>{}</Profile><Total>{}</Total></Header>\n\
             <Body>\n",
            messages.profile,
            rows.len()
        );
        for line in rows {
            text += &element(line);
            text.push('\n');
        }
        text += "</Body>\n</ExchangeMessage>\n";
    }
    if messages.cut_off {
        let end = text.rfind("</fields>").unwrap_or(text.len());
        // In the middle of the row's last words.
        let within = text[..end].rfind('>').unwrap_or(end);
        text.truncate(within);
    }
    text.into_bytes()
}

fn element(line: &Line) -> String {
    match &line.content {
        Content::Row(row, change) => rewritten(fields(row), *change),
        Content::Written(text) => text.clone(),
        Content::Places(_) => "<fields/>".to_owned(),
    }
}

fn fields(row: &Row) -> String {
    let mut text = "<fields>".to_owned();
    for (name, cell) in row.cells() {
        match cell {
            Cell::Nothing => text += &format!("<{name}/>"),
            Cell::Markup(markup) => text += &format!("<{name}>{markup}</{name}>"),
            words => text += &format!("<{name}>{}</{name}>", escape(words.in_words())),
        }
    }
    text + "</fields>"
}
