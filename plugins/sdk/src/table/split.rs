//! One record of CSV (RFC 4180) at the beginning of a text.
//!
//! In comes text; out go the places of its cells, and where the record ends. Always:
//! a quote opens a cell only as its first character, elsewhere it is a character; what
//! a record is does not depend on what follows it. Absent: what cells mean; copies of
//! cells, until they are asked for.

use std::borrow::Cow;

/// Where a record ends.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    /// Behind so many bytes, its line break among them.
    Break(usize),
    /// The text ends first.
    Open,
}

/// The cells of the record that was read last.
#[derive(Debug, Default)]
pub(super) struct Cells<'t> {
    text: &'t str,
    places: Vec<Place>,
    /// The text ended within quotes.
    open: bool,
    /// Something stands behind a closing quote.
    damaged: bool,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    /// Holds doubled quotes.
    doubled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// Behind a quote within quotes: it closes them, or is doubled.
    Quote,
}

impl<'t> Cells<'t> {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The cell as it was meant: without its quotes, doubled ones single.
    pub(super) fn text(&self, at: usize) -> Cow<'t, str> {
        let Some(place) = self.places.get(at) else {
            return Cow::Borrowed("");
        };
        let text = &self.text[place.start..place.end];
        match place.doubled {
            false => Cow::Borrowed(text),
            true => Cow::Owned(text.replace("\"\"", "\"")),
        }
    }

    /// Nothing but space in any cell.
    pub(super) fn are_blank(&self) -> bool {
        let mut places = self.places.iter();
        places.all(|place| self.text[place.start..place.end].trim().is_empty())
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn are_damaged(&self) -> bool {
        self.damaged
    }
}

/// Reads the record at the beginning of `text`. Of an unfinished one `cells` holds
/// what is there.
pub(super) fn record<'t>(text: &'t str, delimiter: u8, cells: &mut Cells<'t>) -> End {
    cells.text = text;
    cells.places.clear();
    cells.open = false;
    cells.damaged = false;
    let mut state = State::Start;
    let mut place = Place {
        start: 0,
        end: 0,
        doubled: false,
    };
    // All places are at ASCII bytes or behind them, so they fall between characters.
    for (at, byte) in text.bytes().enumerate() {
        match state {
            State::Quoted => {
                if byte == b'"' {
                    place.end = at;
                    state = State::Quote;
                }
                continue;
            }
            State::Quote if byte == b'"' => {
                place.doubled = true;
                state = State::Quoted;
                continue;
            }
            _ => {}
        }
        let is_break = byte == b'\n';
        if is_break || byte == delimiter {
            if state != State::Quote {
                place.end = at;
            }
            cells.places.push(place);
            if is_break {
                cells.drop_carriage_return(state);
                return End::Break(at + 1);
            }
            place = Place {
                start: at + 1,
                end: at + 1,
                doubled: false,
            };
            state = State::Start;
        } else if state == State::Start {
            if byte == b'"' {
                place.start = at + 1;
                state = State::Quoted;
            } else {
                state = State::Plain;
            }
        } else if state == State::Quote && !byte.is_ascii_whitespace() {
            cells.damaged = true;
        }
    }
    if state != State::Quote {
        place.end = text.len();
    }
    cells.open = state == State::Quoted;
    cells.places.push(place);
    End::Open
}

impl Cells<'_> {
    /// CR LF ends a row as LF does.
    fn drop_carriage_return(&mut self, state: State) {
        if let Some(last) = self.places.last_mut()
            && state != State::Quote
            && self.text[last.start..last.end].ends_with('\r')
        {
            last.end -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str], end: End) {
        let mut cells = Cells::default();
        assert_eq!(record(text, b',', &mut cells), end, "{text:?}");
        let found: Vec<String> = (0..cells.len())
            .map(|at| cells.text(at).into_owned())
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn cells_and_their_quotes() {
        check("a,b\nc", &["a", "b"], End::Break(4));
        check("a,b\r\n", &["a", "b"], End::Break(5));
        check("\n", &[""], End::Break(1));
        check(",\n", &["", ""], End::Break(2));
        check("\"a,b\",c\n", &["a,b", "c"], End::Break(8));
        check("\"a\r\nb\"\r\n", &["a\r\nb"], End::Break(8));
        check("\"a\"\"b\"\n", &["a\"b"], End::Break(7));
        check("5\"管,x\n", &["5\"管", "x"], End::Break(8));
        check("\"\",\"\"\"\"\n", &["", "\""], End::Break(8));
        check("\"a\" ,b\n", &["a", "b"], End::Break(7));
        check("福州,厦门\n", &["福州", "厦门"], End::Break(14));
    }

    #[test]
    fn a_record_without_its_break_is_open() {
        check("a,b", &["a", "b"], End::Open);
        check("a,\"b\n", &["a", "b\n"], End::Open);
        check("a\r", &["a\r"], End::Open);
        check("", &[""], End::Open);
        let mut cells = Cells::default();
        record("a,\"b", b',', &mut cells);
        assert!(cells.is_open());
        record("a,\"b\"", b',', &mut cells);
        assert!(!cells.is_open());
    }

    #[test]
    fn text_behind_a_closing_quote_is_damage() {
        let mut cells = Cells::default();
        record("\"a\"b,c\n", b',', &mut cells);
        assert!(cells.are_damaged());
        record("\"a\" ,c\r\n", b',', &mut cells);
        assert!(!cells.are_damaged());
    }
}
