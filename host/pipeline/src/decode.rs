//! From the bytes of a delivery to text, a piece at a time: decoded, without
//! U+0000, cut where no number can be.
//!
//! Comes in: a reader of bytes, the label of an encoding. Goes out: pieces of
//! text in their order, each with the place behind it in the whole text. Always
//! holds: no raw byte reaches a plugin; what cannot be decoded becomes U+FFFD,
//! which an adapter rejects. The same bytes give the same text however large the
//! pieces are, and no more than one of them is in memory. A piece ends between
//! two characters, and never inside what could be an identity number or an escape,
//! so that masking holds nothing of it back and an adapter sees it whole.
//! Deliberately absent: masking (`stages`).

use crate::error::PipelineError;
use encoding_rs::{CoderResult, Decoder, Encoding};
use std::io::{self, Read};

/// Bytes of one piece. The contract allows 1 MiB, and a token may be longer than
/// the number in whose place it stands.
pub(crate) const PIECE: usize = 512 * 1024;
/// And of one in which no place to cut was found sooner.
const LONGEST: usize = 768 * 1024;
/// Bytes read at once.
const READ: usize = 64 * 1024;

/// A piece of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Bytes of the whole text, in UTF-8, up to the end of this piece.
    pub(crate) until: u64,
    /// Nothing follows.
    pub(crate) last: bool,
    /// Bytes of the delivery read so far.
    pub(crate) read: u64,
}

/// The text of a delivery on its way in.
pub(crate) struct Pieces<R> {
    source: R,
    decoder: Decoder,
    most: usize,
    raw: Vec<u8>,
    /// Decoded, and not handed out yet.
    text: String,
    until: u64,
    read: u64,
    ended: bool,
}

impl<R: Read> Pieces<R> {
    /// `label` is a WHATWG label that the manifest's check has passed; a byte order
    /// mark wins over it. Pieces have at most `most` bytes where the text allows.
    pub(crate) fn new(source: R, label: &str, most: usize) -> Self {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        Self {
            source,
            decoder: encoding.new_decoder(),
            most,
            raw: vec![0; READ],
            text: String::new(),
            until: 0,
            read: 0,
            ended: false,
        }
    }

    /// Some of the text up to `until`, which an earlier reader of the same bytes
    /// handed out before; `None` once it is passed over.
    pub(crate) fn passed_over(&mut self, until: u64) -> io::Result<Option<String>> {
        loop {
            let left = usize::try_from(until - self.until).unwrap_or(usize::MAX);
            if left == 0 {
                return Ok(None);
            }
            let here = left.min(self.text.len());
            if here > 0 {
                if !self.text.is_char_boundary(here) {
                    return Err(another());
                }
                return Ok(Some(self.hand_out(here, false).text));
            }
            if self.ended {
                return Err(another());
            }
            self.fill()?;
        }
    }

    /// The next piece; an empty text has one, which is empty. Not to be called
    /// after the last.
    ///
    /// # Errors
    /// Where the bytes cannot be read, or hold no place at which they may be cut.
    pub(crate) fn next(&mut self) -> Result<Piece, NoPiece> {
        loop {
            if self.text.len() > self.most
                && let Some(cut) = place_to_cut(&self.text, self.most)
            {
                return Ok(self.hand_out(cut, false));
            }
            if self.ended && self.text.len() <= self.most.max(LONGEST) {
                return Ok(self.hand_out(self.text.len(), true));
            }
            if self.text.len() > self.most.max(LONGEST) {
                return Err(NoPiece::NoPlace);
            }
            self.fill()?;
        }
    }

    fn hand_out(&mut self, cut: usize, last: bool) -> Piece {
        let rest = self.text.split_off(cut);
        let text = std::mem::replace(&mut self.text, rest);
        self.until += cut as u64;
        Piece {
            text,
            until: self.until,
            last,
            read: self.read,
        }
    }

    /// Decodes some more bytes.
    fn fill(&mut self) -> io::Result<()> {
        let count = self.source.read(&mut self.raw)?;
        self.read += count as u64;
        self.ended = count == 0;
        let before = self.text.len();
        let mut rest = &self.raw[..count];
        loop {
            let room = self.decoder.max_utf8_buffer_length(rest.len());
            self.text.reserve(room.unwrap_or(READ));
            let (result, used, _) = self
                .decoder
                .decode_to_string(rest, &mut self.text, self.ended);
            rest = &rest[used..];
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if self.text[before..].contains('\0') {
            let clean = self.text[before..].replace('\0', "\u{FFFD}");
            self.text.truncate(before);
            self.text += &clean;
        }
        Ok(())
    }
}

fn another() -> io::Error {
    io::Error::other("the delivery is another one than before")
}

/// Why there is no next piece.
#[derive(Debug)]
pub(crate) enum NoPiece {
    /// The bytes cannot be read.
    Io(io::Error),
    /// Nothing but figures and letters, further than any row goes.
    NoPlace,
}

impl From<io::Error> for NoPiece {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl NoPiece {
    /// Told about a file.
    pub(crate) fn of(self, path: &std::path::Path) -> PipelineError {
        match self {
            Self::Io(error) => PipelineError::file("cannot read", path)(error),
            Self::NoPlace => PipelineError::Unreadable(format!(
                "the delivery holds more than {} KiB of figures and letters without a comma, a \
                 line break or another mark between them; this is no feed: send it again",
                LONGEST / 1024
            )),
        }
    }
}

/// Where the text may be cut: the last place up to `most`, or the first behind it.
fn place_to_cut(text: &str, most: usize) -> Option<usize> {
    let mut most = most.min(text.len());
    while !text.is_char_boundary(most) {
        most -= 1;
    }
    let (head, tail) = text.split_at(most);
    let behind = |(at, c): (usize, char)| at + c.len_utf8();
    let apart = |(_, c): &(usize, char)| parts(*c);
    let before = head.char_indices().rev().find(apart).map(behind);
    before.or_else(|| {
        let found = tail.char_indices().find(apart).map(behind)?;
        Some(most + found)
    })
}

/// Whether this character certainly parts two numbers, in an escape too: a
/// semicolon does not, since it ends `&#49;`.
fn parts(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\t' | ',' | ':' | '"' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '\u{4E00}'
            ..='\u{9FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_domain::identifier::resident_numbers_in;

    fn pieces(bytes: &[u8], label: &str, most: usize) -> Vec<Piece> {
        let mut pieces = Pieces::new(bytes, label, most);
        let mut all = Vec::new();
        loop {
            all.push(pieces.next().unwrap());
            if all.last().unwrap().last {
                return all;
            }
        }
    }

    fn text(bytes: &[u8], label: &str, most: usize) -> String {
        let pieces = pieces(bytes, label, most);
        pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn what_departments_send_becomes_text() {
        for most in [1, 3, PIECE] {
            assert_eq!(text(b"\xEF\xBB\xBF{}", "utf-8", most), "{}");
            assert_eq!(text(b"\xB8\xA3\xBD\xA8", "gb18030", most), "福建");
            assert_eq!(text(b"a\0b\xFFc", "utf-8", most), "a\u{FFFD}b\u{FFFD}c");
            assert_eq!(text(b"\xFF\xFEa\0", "utf-8", most), "a");
            assert_eq!(text(b"", "utf-8", most), "");
        }
    }

    #[test]
    fn pieces_of_every_size_make_the_same_text_and_cut_no_number() {
        let row = "法人,350000190001010017,乙某 350000 19000102 0020\n\"350000000101002\",x\r\n";
        let feed = row.repeat(40);
        let numbers = resident_numbers_in(&feed).len();
        assert_eq!(numbers, 120);
        let (gbk, _, _) = encoding_rs::GB18030.encode(&feed);
        for most in (1..200).chain([4096, PIECE]) {
            let pieces = pieces(&gbk, "gb18030", most);
            let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            assert_eq!(joined, feed, "{most}");
            let found = pieces.iter().map(|p| resident_numbers_in(&p.text).len());
            assert_eq!(found.sum::<usize>(), numbers, "{most}");
            let mut until = 0;
            for piece in &pieces {
                until += piece.text.len() as u64;
                assert_eq!(piece.until, until, "{most}");
            }
        }
    }

    #[test]
    fn a_reader_goes_on_where_another_one_stopped() {
        let feed = "福建省,91350100MA900010XU\n".repeat(5_000);
        for most in [100, 70_000, PIECE] {
            let all = pieces(feed.as_bytes(), "utf-8", most);
            let at = all[all.len() / 2].until;
            let mut rest = Pieces::new(feed.as_bytes(), "utf-8", PIECE);
            let mut passed = String::new();
            while let Some(text) = rest.passed_over(at).unwrap() {
                passed += &text;
            }
            assert_eq!(passed, feed[..at as usize], "{most}");
            let next = rest.next().unwrap();
            assert_eq!(next.text, feed[at as usize..], "{most}");
            assert!(next.last);
        }
        let mut other = Pieces::new(&b"short"[..], "utf-8", PIECE);
        assert_eq!(other.passed_over(6).unwrap().as_deref(), Some("short"));
        assert!(other.passed_over(6).is_err());
    }

    #[test]
    fn a_text_without_a_place_to_cut_is_refused() {
        let digits = "1".repeat(LONGEST + 1);
        let mut pieces = Pieces::new(digits.as_bytes(), "utf-8", PIECE);
        assert!(matches!(pieces.next(), Err(NoPiece::NoPlace)));
    }
}
