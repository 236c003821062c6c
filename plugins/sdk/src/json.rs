//! Feeds in JSON: the envelope `{"total": n, "rows": [ {…}, … ]}`, read in pieces.
//!
//! In comes text cut anywhere between two characters; out go the rows, each
//! whole, and at the end of a piece a *carry* from which the next call reads on.
//! Always: the same delivery gives the same rows however it is cut, every character
//! is looked at once, and no row longer than [`ROW_BYTES`] is ever held. Absent:
//! any knowledge of what is in a row, and repair; an envelope that is not JSON ends
//! the delivery.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::contract::feeds::{Chunk, FeedError, Normalised};
use crate::fault::{Fault, rule};
use crate::lines::{Lines, Statements};
use crate::row::{Cell, Row, check_name, twice};
use crate::text;

#[cfg(test)]
mod tests;

/// Reads one chunk of a feed in this envelope. `profile` is the layout of rows that
/// the plugin reads, if the envelope names one; `warn` takes a note for the
/// operator; `read` makes statements of a row. Blank rows are counted and state
/// nothing.
///
/// # Errors
/// `wrong-format`: not this envelope; `newer-format`: another `profile`.
pub fn normalise(
    chunk: &Chunk,
    profile: &str,
    warn: impl FnOnce(&str),
    mut read: impl FnMut(Row<'_>) -> Result<Statements, Fault>,
) -> Result<Normalised, FeedError> {
    let mut envelope = Envelope::resume(profile, &chunk.carry)?;
    let mut lines = Lines::new(chunk);
    envelope.read(&chunk.text, |element| {
        lines.row(match element {
            Element::TooLong => Err(Fault::row(
                rule::OUT_OF_RANGE,
                "the row is longer than 256 KiB, or the end of a text is missing in it; \
                 send the row again",
            )),
            Element::Row(text) => match parse(text) {
                Ok(row) if row.is_blank() => Ok(Statements::none()),
                Ok(row) => read(row),
                Err(fault) => Err(fault),
            },
        })
    })?;
    if !chunk.last {
        return Ok(lines.carried(envelope.into_carry()));
    }
    match envelope.finish()? {
        End::Truncated => lines.truncated()?,
        End::Whole { total: Some(total) } if total != lines.rows_so_far() => warn(&format!(
            "the delivery says it has {total} rows and has {}; ask the department which is right",
            lines.rows_so_far()
        )),
        End::Whole { .. } => {}
    }
    Ok(lines.finished())
}

/// A row of JSON. Blank rows come out empty.
///
/// # Errors
/// The first thing that cannot be trusted: not an object, a name twice, U+FFFD,
/// U+0000, a cell in a cell, a text too long.
pub fn parse(text: &str) -> Result<Row<'_>, Fault> {
    let raw: RawRow<'_> = serde_json::from_str(text).map_err(|_| {
        Fault::row(
            rule::MALFORMED,
            "the row is not one JSON object; line breaks inside a text are written \\n",
        )
    })?;
    let mut row = Row::with_capacity(raw.0.len());
    for (at, (name, value)) in raw.0.iter().enumerate() {
        check_name(&name.0)?;
        if raw.0[..at].iter().any(|(earlier, _)| earlier.0 == name.0) {
            return Err(twice(&name.0));
        }
        if let Some(cell) = read_cell(&name.0, value.get())? {
            row.push_unique(name.0.clone(), cell);
        }
    }
    Ok(row)
}

fn read_cell(name: &str, raw: &str) -> Result<Option<Cell>, Fault> {
    let malformed = |text| Err(Fault::cell(name, rule::MALFORMED, text));
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b't') => Ok(Some(Cell::Bool(true))),
        Some(b'f') => Ok(Some(Cell::Bool(false))),
        Some(b'{' | b'[') => malformed("a cell holds one value, not an object or a list"),
        Some(b'"') => {
            let Ok(Word(word)) = serde_json::from_str(raw) else {
                return malformed("the text breaks the rules of JSON");
            };
            Ok(text::read(name, &word)?.map(|text| Cell::Text(text.to_owned())))
        }
        _ => Ok(Some(Cell::Number(raw.to_owned()))),
    }
}

/// A string, borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of a JSON object in their order, values unread. A map would
/// hide that a name stands there twice.
struct RawRow<'a>(Vec<(Word<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for RawRow<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawRow<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::with_capacity(40);
                while let Some(member) = map.next_entry::<Word<'de>, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(RawRow(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A row longer than this is no row. Its text is dropped unread, and it is rejected.
pub const ROW_BYTES: usize = 256 * 1024;
/// A member of the envelope other than `rows`, such as `total`.
const MEMBER_BYTES: usize = 64 * 1024;
/// First word of a carry; changes with its layout.
const CARRY_LAYOUT: &str = "1";

/// One element of `rows`.
#[derive(Debug, PartialEq)]
enum Element<'a> {
    /// Its text, as it stands in the delivery.
    Row(&'a str),
    /// Longer than [`ROW_BYTES`].
    TooLong,
}

/// How a delivery ended.
#[derive(Debug, PartialEq)]
enum End {
    /// The envelope was closed. Holds what it said its number of rows is.
    Whole { total: Option<u64> },
    /// It broke off in or after the rows.
    Truncated,
}

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Start,
    Members,
    FirstRow,
    NextRow,
    InRow,
    AfterRow,
    AfterRows,
    End,
}

const PLACES: [Place; 8] = [
    Place::Start,
    Place::Members,
    Place::FirstRow,
    Place::NextRow,
    Place::InRow,
    Place::AfterRow,
    Place::AfterRows,
    Place::End,
];

/// A reader between two characters of a delivery.
#[derive(Debug)]
struct Envelope<'p> {
    /// The layout of rows that the plugin reads.
    profile: &'p str,
    place: Place,
    /// Open brackets within the member or row.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The row is too long, and its text has been dropped.
    dropped: bool,
    rows_seen: bool,
    total: Option<u64>,
    /// The unfinished member or row.
    piece: String,
}

#[derive(Deserialize)]
struct Member<'a> {
    #[serde(borrow)]
    total: Option<&'a RawValue>,
    profile: Option<serde_json::Value>,
    rows: Option<serde::de::IgnoredAny>,
}

impl<'p> Envelope<'p> {
    /// Reads on from a carry; "" starts a delivery.
    ///
    /// # Errors
    /// `wrong-format` for a carry that this revision of the plugin did not write.
    fn resume(profile: &'p str, carry: &str) -> Result<Self, FeedError> {
        if carry.is_empty() {
            return Ok(Self {
                profile,
                place: Place::Start,
                depth: 0,
                in_string: false,
                escaped: false,
                dropped: false,
                rows_seen: false,
                total: None,
                piece: String::new(),
            });
        }
        Self::parse_carry(profile, carry).ok_or_else(|| {
            FeedError::WrongFormat(
                "the first part of this delivery was read by another revision of the plugin; \
                 deliver it again from the start"
                    .into(),
            )
        })
    }

    fn parse_carry(profile: &'p str, carry: &str) -> Option<Self> {
        let (head, piece) = carry.split_once('\n')?;
        let mut words = head.split(' ');
        if words.next()? != CARRY_LAYOUT {
            return None;
        }
        let place = *PLACES.get(words.next()?.parse::<usize>().ok()?)?;
        let depth = words.next()?.parse().ok()?;
        let mut flag = || match words.next() {
            Some("1") => Some(true),
            Some("0") => Some(false),
            _ => None,
        };
        let (in_string, escaped, dropped, rows_seen) = (flag()?, flag()?, flag()?, flag()?);
        let total = match words.next()? {
            "-" => None,
            digits => Some(digits.parse().ok()?),
        };
        Some(Self {
            profile,
            place,
            depth,
            in_string,
            escaped,
            dropped,
            rows_seen,
            total,
            piece: piece.to_owned(),
        })
    }

    /// What the next call needs. Never "", so that it differs from a start.
    fn into_carry(self) -> String {
        let total = self.total.map_or("-".to_owned(), |n| n.to_string());
        format!(
            "{CARRY_LAYOUT} {} {} {} {} {} {} {total}\n{}",
            self.place as usize,
            self.depth,
            u8::from(self.in_string),
            u8::from(self.escaped),
            u8::from(self.dropped),
            u8::from(self.rows_seen),
            self.piece
        )
    }

    /// Reads one chunk and hands over each row that it finishes.
    ///
    /// # Errors
    /// As [`FeedError`] says; a row handed over before stays handed over.
    fn read(
        &mut self,
        text: &str,
        mut on_row: impl FnMut(Element<'_>) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        // Where the unfinished member or row begins in `text`. All cuts are at
        // ASCII bytes, so they fall between characters.
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match self.place {
                Place::InRow => self.in_row(text, &mut from, at, byte, &mut on_row)?,
                Place::Members => self.in_members(text, &mut from, at, byte)?,
                _ => self.between(&mut from, at, byte)?,
            }
        }
        match self.place {
            Place::InRow => self.keep(&text[from..], ROW_BYTES),
            Place::Members => {
                self.keep(&text[from..], MEMBER_BYTES);
                if self.dropped {
                    return Err(broken("a member beside `rows` is longer than 64 KiB"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, rest: &str, limit: usize) {
        if self.piece.len() + rest.len() > limit {
            self.dropped = true;
            self.piece = String::new();
        } else if !self.dropped {
            self.piece.push_str(rest);
        }
    }

    fn in_row(
        &mut self,
        text: &str,
        from: &mut usize,
        at: usize,
        byte: u8,
        on_row: &mut impl FnMut(Element<'_>) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        let (end, next) = match byte {
            b'"' => {
                self.in_string = true;
                return Ok(());
            }
            b'{' | b'[' => {
                self.depth = self.depth.saturating_add(1);
                return Ok(());
            }
            b'}' | b']' if self.depth > 1 => {
                self.depth -= 1;
                return Ok(());
            }
            b'}' | b']' if self.depth == 1 => (at + 1, Place::AfterRow),
            // An element that is no object: the row is bad, the envelope is not.
            b',' if self.depth == 0 => (at, Place::NextRow),
            b']' => (at, Place::AfterRows),
            b'}' => return Err(broken("a bracket closes what was never opened")),
            _ => return Ok(()),
        };
        self.depth = 0;
        self.place = next;
        self.keep(&text[*from..end], ROW_BYTES);
        *from = end;
        let piece = std::mem::take(&mut self.piece);
        if std::mem::take(&mut self.dropped) {
            on_row(Element::TooLong)
        } else {
            on_row(Element::Row(piece.trim_end()))
        }
    }

    fn in_members(
        &mut self,
        text: &str,
        from: &mut usize,
        at: usize,
        byte: u8,
    ) -> Result<(), FeedError> {
        match byte {
            b'"' => self.in_string = true,
            b'[' if self.depth == 0 && self.names_rows(&text[*from..at]) => {
                if std::mem::replace(&mut self.rows_seen, true) {
                    return Err(broken("`rows` stands in it twice"));
                }
                self.piece = String::new();
                self.place = Place::FirstRow;
            }
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' if self.depth > 0 => self.depth -= 1,
            b',' if self.depth == 0 => {
                self.finish_member(&text[*from..at])?;
                *from = at + 1;
            }
            b'}' => {
                self.finish_member(&text[*from..at])?;
                self.place = Place::End;
            }
            b']' => return Err(broken("a bracket closes what was never opened")),
            _ => {}
        }
        Ok(())
    }

    fn between(&mut self, from: &mut usize, at: usize, byte: u8) -> Result<(), FeedError> {
        if byte.is_ascii_whitespace() {
            return Ok(());
        }
        *from = at + 1;
        self.place = match (self.place, byte) {
            (Place::Start, b'{') | (Place::AfterRows, b',') => Place::Members,
            (Place::FirstRow | Place::AfterRow, b']') => Place::AfterRows,
            (Place::AfterRow, b',') => Place::NextRow,
            (Place::AfterRows, b'}') => Place::End,
            (Place::FirstRow | Place::NextRow, byte) if !b",]}".contains(&byte) => {
                *from = at;
                self.in_string = byte == b'"';
                self.depth = u32::from(byte == b'{' || byte == b'[');
                Place::InRow
            }
            (Place::Start, _) => return Err(broken("it does not begin with `{`")),
            (Place::End, _) => return Err(broken("something follows its last `}`")),
            _ => {
                return Err(broken(
                    "a comma or a bracket is out of place among its rows",
                ));
            }
        };
        Ok(())
    }

    fn names_rows(&self, rest: &str) -> bool {
        let name = format!("{}{rest}", self.piece);
        name.trim()
            .strip_prefix("\"rows\"")
            .is_some_and(|rest| rest.trim() == ":")
    }

    fn finish_member(&mut self, rest: &str) -> Result<(), FeedError> {
        self.keep(rest, MEMBER_BYTES);
        if std::mem::take(&mut self.dropped) {
            return Err(broken("a member beside `rows` is longer than 64 KiB"));
        }
        let piece = std::mem::take(&mut self.piece);
        if piece.trim().is_empty() {
            return Err(broken(if self.rows_seen {
                "a comma is out of place behind its rows"
            } else {
                "it has no `rows`"
            }));
        }
        let object = format!("{{{piece}}}");
        let member: Member<'_> = serde_json::from_str(&object)
            .map_err(|_| broken("a member beside `rows` is not JSON"))?;
        if member.rows.is_some() {
            return Err(broken("`rows` is not a list"));
        }
        match member.profile {
            None | Some(serde_json::Value::Null) => {}
            Some(profile) if profile == self.profile => {}
            Some(_) => {
                return Err(FeedError::NewerFormat(format!(
                    "`profile` is not {}, the only layout of rows that this plugin reads",
                    self.profile
                )));
            }
        }
        if let Some(total) = member.total {
            self.total = total.get().parse().ok();
        }
        Ok(())
    }

    /// Says how the delivery ended, after its last chunk.
    ///
    /// # Errors
    /// `wrong-format`: no `rows` ever came.
    fn finish(&self) -> Result<End, FeedError> {
        match self.place {
            Place::Start => Err(broken("it is empty")),
            Place::Members | Place::End if !self.rows_seen => Err(broken("it has no `rows`")),
            Place::End => Ok(End::Whole { total: self.total }),
            _ => Ok(End::Truncated),
        }
    }
}

fn broken(what: &str) -> FeedError {
    FeedError::WrongFormat(format!(
        "the delivery is not {{\"total\": n, \"rows\": [{{…}}, …]}}: {what}; send it again whole"
    ))
}
