//! The envelope `{"total": n, "rows": [ {…}, … ]}`, read in pieces.
//!
//! In comes text cut anywhere between two characters; out go the rows, each
//! whole and still as text, and at the end of a piece a *carry* from which the
//! next call reads on. Always: the same delivery gives the same rows however it
//! is cut, every character is looked at once, and no row longer than
//! [`ROW_BYTES`] is ever held. Absent: any knowledge of what is in a row, and
//! repair; an envelope that is not JSON ends the delivery.

use serde::Deserialize;

use crate::contract::exports::credence::department::feeds::FeedError;

#[cfg(test)]
mod tests;

/// A row longer than this is not a penalty. Its text is dropped unread.
pub(crate) const ROW_BYTES: usize = 256 * 1024;
/// A member of the envelope other than `rows`, such as `total`.
const MEMBER_BYTES: usize = 64 * 1024;
/// First word of a carry; changes with its layout.
const CARRY_LAYOUT: &str = "1";
/// The layout of rows that this plugin reads.
const PROFILE: &str = "2018";

/// One element of `rows`.
#[derive(Debug, PartialEq)]
pub(crate) enum Element<'a> {
    /// Its text, as it stands in the delivery.
    Row(&'a str),
    /// Longer than [`ROW_BYTES`].
    TooLong,
}

/// How a delivery ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
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
pub(crate) struct Envelope {
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
    total: Option<&'a serde_json::value::RawValue>,
    profile: Option<serde_json::Value>,
    rows: Option<serde::de::IgnoredAny>,
}

impl Envelope {
    /// Reads on from a carry; "" starts a delivery.
    ///
    /// # Errors
    /// `wrong-format` for a carry that this revision of the plugin did not write.
    pub(crate) fn resume(carry: &str) -> Result<Self, FeedError> {
        if carry.is_empty() {
            return Ok(Self {
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
        Self::parse_carry(carry).ok_or_else(|| {
            FeedError::WrongFormat(
                "the first part of this delivery was read by another revision of the plugin; \
                 deliver it again from the start"
                    .into(),
            )
        })
    }

    fn parse_carry(carry: &str) -> Option<Self> {
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
    pub(crate) fn into_carry(self) -> String {
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
    pub(crate) fn read(
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
            Some(profile) if profile == PROFILE => {}
            Some(_) => {
                return Err(FeedError::NewerFormat(format!(
                    "`profile` is not {PROFILE}, the only layout of rows that this plugin reads"
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
    pub(crate) fn finish(&self) -> Result<End, FeedError> {
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
