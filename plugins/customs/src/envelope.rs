//! The envelope `<ExchangeMessage><Header>…</Header><Body><fields>…</fields>…</Body>
//! </ExchangeMessage>`, read in pieces.
//!
//! In comes text cut anywhere between two characters; out go the `fields`, each whole
//! and still as text, and at the end of a piece a *carry* from which the next call
//! reads on. Always: the same delivery gives the same rows however it is cut, every
//! character is looked at once, and no row longer than [`ROW_BYTES`] is ever held.
//! What is wrong within one row ends with that row: its end is found without reading
//! it. Absent: any knowledge of what is in a row, and repair; an envelope that breaks
//! its form ends the delivery.
//!
//! **A delivery** holds one message or any number: one after another, each with a
//! declaration of its own if it has one, or within `<ExchangeMessages>`. Prefixes of
//! namespaces, comments, instructions and byte order marks between messages say
//! nothing. **A row** is one `fields`; rows are numbered through all messages.
//!
//! **`Header`** may hold anything. Two of its elements are read where they are there:
//! `Profile`, the layout of the rows, and `Total`, how many rows the message has.

use credence_sdk::contract::feeds::{Chunk, FeedError, Normalised};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::{Lines, Statements};
use credence_sdk::row::Row;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::fields;

mod carry;
mod extent;
#[cfg(test)]
mod tests;

use extent::Extent;

/// A row longer than this is no row. Its text is dropped unread, and it is rejected.
const ROW_BYTES: usize = 256 * 1024;
const HEADER_BYTES: usize = 64 * 1024;
/// A tag of the envelope, with its attributes.
const TAG_BYTES: usize = 4 * 1024;
const COMMENT_BYTES: usize = 64 * 1024;

/// Reads one chunk of a feed in this envelope. `profiles` are the layouts of rows
/// that the plugin reads; `warn` takes notes for the operator; `read` makes
/// statements of a row. Blank rows are counted and state nothing.
///
/// # Errors
/// `wrong-format`: not this envelope; `newer-format`: another profile, or an element
/// that the envelope did not have.
pub(crate) fn normalise(
    chunk: &Chunk,
    profiles: &[&str],
    warn: impl Fn(&str),
    mut read: impl FnMut(Row<'_>) -> Result<Statements, Fault>,
) -> Result<Normalised, FeedError> {
    let mut envelope = Envelope::resume(&chunk.carry)?;
    let mut lines = Lines::new(chunk);
    envelope.read(&chunk.text, |part| match part {
        Part::Header(text) => header(text, profiles),
        Part::Row(text) => {
            lines.row(match fields::read(text) {
                Ok(row) if row.is_blank() => Ok(Statements::none()),
                Ok(row) => read(row),
                Err(fault) => Err(fault),
            })?;
            Ok(None)
        }
        Part::TooLong => {
            lines.row(Err(Fault::row(
                rule::OUT_OF_RANGE,
                "the message is longer than 256 KiB, or the end of a comment or a CDATA \
                 section is missing in it; send it again",
            )))?;
            Ok(None)
        }
        Part::Miscounted { total, rows } => {
            warn(&format!(
                "a message says it has {total} rows and has {rows}; \
                 ask the department which is right"
            ));
            Ok(None)
        }
    })?;
    if !chunk.last {
        return Ok(lines.carried(envelope.into_carry()));
    }
    if envelope.finish()? == End::Truncated {
        lines.truncated()?;
    }
    Ok(lines.finished())
}

/// A part of the delivery that is whole.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    /// A `Header`, as it stands in the delivery. Its `Total` is to be told.
    Header(&'a str),
    /// A `fields`, as it stands in the delivery.
    Row(&'a str),
    /// A `fields` longer than [`ROW_BYTES`].
    TooLong,
    /// A message ends that announced another number of rows.
    Miscounted { total: u32, rows: u32 },
}

/// How a delivery ended.
#[derive(Debug, PartialEq)]
enum End {
    /// Every message was closed.
    Whole,
    /// It broke off in a message, or in the list of them.
    Truncated,
}

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    /// Between messages.
    Outside,
    /// In a message, beside its parts.
    Message,
    /// In a body, between rows.
    Body,
    /// In a header.
    Header,
    /// In a row.
    Row,
}

/// A reader between two characters of a delivery.
#[derive(Debug)]
struct Envelope {
    place: Place,
    /// Within `<ExchangeMessages>`.
    listed: bool,
    /// There has been a message, or a list of them.
    seen: bool,
    /// What the header of this message said its number of rows is.
    total: Option<u32>,
    /// Rows of this message so far.
    rows: u32,
    /// The row is too long, and its text has been dropped.
    dropped: bool,
    /// Where the header or row will end.
    extent: Extent,
    /// The unfinished tag, comment, header or row.
    piece: String,
}

impl Envelope {
    /// Reads one chunk and hands over each part that it finishes. `on_part` answers
    /// with the number of rows that a header announces.
    ///
    /// # Errors
    /// As [`FeedError`] says; a part handed over before stays handed over.
    fn read(
        &mut self,
        text: &str,
        mut on_part: impl FnMut(Part<'_>) -> Result<Option<u32>, FeedError>,
    ) -> Result<(), FeedError> {
        let mut rest = text;
        loop {
            if self.piece.is_empty() && !self.dropped {
                rest = rest.trim_start_matches(is_nothing);
                if !(rest.is_empty() || rest.starts_with('<')) {
                    return Err(broken("words stand beside its elements"));
                }
            }
            let Some(at) = rest.find('>') else { break };
            let (segment, behind) = rest.split_at(at + 1);
            rest = behind;
            self.piece.push_str(segment);
            match self.place {
                Place::Header | Place::Row => self.in_element(&mut on_part)?,
                Place::Outside | Place::Message | Place::Body => self.beside(&mut on_part)?,
            }
        }
        self.piece.push_str(rest);
        self.hold()
    }

    /// The piece ends with `>`, in a header or row.
    fn in_element(
        &mut self,
        on_part: &mut impl FnMut(Part<'_>) -> Result<Option<u32>, FeedError>,
    ) -> Result<(), FeedError> {
        let ends = self.extent.ends(&self.piece);
        self.hold()?;
        if !ends {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece);
        let dropped = std::mem::take(&mut self.dropped);
        if self.place == Place::Header {
            self.place = Place::Message;
            self.total = on_part(Part::Header(&piece))?;
        } else {
            self.place = Place::Body;
            self.rows = self.rows.saturating_add(1);
            on_part(match dropped {
                true => Part::TooLong,
                false => Part::Row(&piece),
            })?;
        }
        Ok(())
    }

    /// The piece ends with `>`, and begins with what stands beside the rows.
    fn beside(
        &mut self,
        on_part: &mut impl FnMut(Part<'_>) -> Result<Option<u32>, FeedError>,
    ) -> Result<(), FeedError> {
        self.hold()?;
        if !is_whole(&self.piece)? {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece);
        let mut reader = Reader::from_str(&piece);
        // A tag by itself closes what another opened.
        reader.config_mut().allow_unmatched_ends = true;
        let event = reader.read_event();
        let event = event.map_err(|_| broken("a tag breaks the rules of XML"))?;
        match event {
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Ok(()),
            Event::Start(tag) => {
                let (name, local) = (tag.name(), tag.local_name());
                self.opens(name.into_inner(), local.into_inner(), &piece)
            }
            Event::Empty(tag) => {
                let (name, local) = (tag.name(), tag.local_name());
                self.opens(name.into_inner(), local.into_inner(), "")?;
                match self.place {
                    Place::Row => {
                        self.place = Place::Body;
                        self.rows = self.rows.saturating_add(1);
                        on_part(Part::Row(&piece)).map(|_| ())
                    }
                    Place::Header => {
                        self.place = Place::Message;
                        Ok(())
                    }
                    _ => self.closes(local.into_inner(), on_part),
                }
            }
            Event::End(tag) => self.closes(tag.local_name().into_inner(), on_part),
            _ => Err(broken("a tag breaks the rules of XML")),
        }
    }

    /// `tag` is the whole tag: the beginning of a header or row.
    fn opens(&mut self, name: &str, local: &str, tag: &str) -> Result<(), FeedError> {
        self.place = match (self.place, local) {
            (Place::Outside, "ExchangeMessages") if !self.listed => {
                (self.listed, self.seen) = (true, true);
                Place::Outside
            }
            (Place::Outside, "ExchangeMessage") => {
                (self.seen, self.total, self.rows) = (true, None, 0);
                Place::Message
            }
            (Place::Message, "Header") => self.element(Place::Header, name, tag),
            (Place::Message, "Body") => Place::Body,
            (Place::Body, "fields") => self.element(Place::Row, name, tag),
            (Place::Outside, _) => {
                return Err(broken(
                    "its root is neither ExchangeMessage nor a list of them",
                ));
            }
            (Place::Message | Place::Body, _) => {
                return Err(FeedError::NewerFormat(
                    "a message holds an element that this plugin does not know beside Header, \
                     Body and fields; it is held until a revision of the plugin reads it"
                        .into(),
                ));
            }
            // Tags in headers and rows are not looked at here.
            (Place::Header | Place::Row, _) => self.place,
        };
        Ok(())
    }

    fn element(&mut self, place: Place, name: &str, tag: &str) -> Place {
        self.extent = Extent::of(name, tag.len());
        self.piece.push_str(tag);
        place
    }

    fn closes(
        &mut self,
        local: &str,
        on_part: &mut impl FnMut(Part<'_>) -> Result<Option<u32>, FeedError>,
    ) -> Result<(), FeedError> {
        match (self.place, local) {
            (Place::Body, "Body") => self.place = Place::Message,
            (Place::Message, "ExchangeMessage") => {
                self.place = Place::Outside;
                let rows = self.rows;
                if let Some(total) = self.total.take_if(|total| *total != rows) {
                    on_part(Part::Miscounted { total, rows })?;
                }
            }
            (Place::Outside, "ExchangeMessages") if self.listed => self.listed = false,
            _ => {
                return Err(broken(
                    "an end tag stands where nothing of its name is open",
                ));
            }
        }
        Ok(())
    }

    /// Holds the piece to its limit: a row that is longer is dropped, anything else
    /// is no part of this envelope.
    fn hold(&mut self) -> Result<(), FeedError> {
        match self.place {
            Place::Row => {
                self.dropped |= self.piece.len() > ROW_BYTES;
                if self.dropped {
                    self.extent.forget(&mut self.piece);
                }
                Ok(())
            }
            Place::Header if self.piece.len() > HEADER_BYTES => {
                Err(broken("a Header is longer than 64 KiB"))
            }
            Place::Header => Ok(()),
            _ if self.piece.len() <= TAG_BYTES => Ok(()),
            _ if self.piece.starts_with("<!--") && self.piece.len() <= COMMENT_BYTES => Ok(()),
            _ => Err(broken("a tag or a comment beside the rows is too long")),
        }
    }

    /// Says how the delivery ended, after its last chunk.
    ///
    /// # Errors
    /// `wrong-format`: no message ever came.
    fn finish(&self) -> Result<End, FeedError> {
        match (self.place, self.seen) {
            (Place::Outside, false) if self.piece.is_empty() => Err(broken("it is empty")),
            (_, false) => Err(broken("it breaks off before its first message")),
            (Place::Outside, true) if self.piece.is_empty() && !self.listed => Ok(End::Whole),
            _ => Ok(End::Truncated),
        }
    }
}

/// White space, and the byte order marks of files put one behind another.
fn is_nothing(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{feff}'
}

/// Whether markup that ends with `>` is complete. A comment ends with `-->`, an
/// instruction with `?>`, and in a tag a `>` may stand in quotes.
fn is_whole(piece: &str) -> Result<bool, FeedError> {
    if let Some(comment) = piece.strip_prefix("<!--") {
        return Ok(comment.ends_with("-->"));
    }
    if let Some(instruction) = piece.strip_prefix("<?") {
        return Ok(instruction.ends_with("?>"));
    }
    if piece.starts_with("<![CDATA[") {
        return Err(broken("words stand beside its elements"));
    }
    if piece.starts_with("<!") {
        return Err(broken(
            "it has a document type, which is refused because of what it can bring in",
        ));
    }
    let mut quote = None;
    for c in piece.chars() {
        match quote {
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
    }
    Ok(quote.is_none())
}

/// What a header says that matters here: how many rows its message has.
fn header(text: &str, profiles: &[&str]) -> Result<Option<u32>, FeedError> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut total = None;
    loop {
        let event = reader.read_event();
        let words = match event.map_err(|_| broken("a Header breaks the rules of XML"))? {
            Event::Start(tag) => {
                path.push(tag.local_name().into_inner().to_owned());
                continue;
            }
            Event::End(_) => {
                path.pop();
                continue;
            }
            Event::Text(words) => words.xml10_content(),
            Event::CData(words) => words.xml10_content(),
            Event::Eof => return Ok(total),
            _ => continue,
        };
        let words = words.trim();
        match path.get(1).filter(|_| path.len() == 2).map(String::as_str) {
            Some("Profile") if !(words.is_empty() || profiles.contains(&words)) => {
                return Err(FeedError::NewerFormat(format!(
                    "Header/Profile is none of {}, the layouts of rows that this plugin reads",
                    profiles.join(", ")
                )));
            }
            Some("Total") => total = words.parse().ok().or(total),
            _ => {}
        }
    }
}

fn broken(what: &str) -> FeedError {
    FeedError::WrongFormat(format!(
        "the delivery is not <ExchangeMessage><Header>…</Header><Body><fields>…</fields></Body>\
         </ExchangeMessage>: {what}; send it again whole"
    ))
}
