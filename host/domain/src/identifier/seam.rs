//! Where a text that is still growing may be cut, so that whoever looks for
//! identity numbers in the pieces finds what stands in the whole.
//!
//! Comes in: the text so far, and what stood before it. Goes out: the length of
//! the piece that can be given on, and what to remember of it. Always holds: no
//! number is cut, in none of its forms; what is held back has at most
//! [`HELD`] bytes, whatever the text is.

use super::{
    in_text::{Before, Chain, joins, row_end},
    written::narrow,
};

/// The most bytes that are held back. A number and the next digit, full-width and
/// with a full-width space between each two digits, have 111.
pub(super) const HELD: usize = 256;

/// A place where a text may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seam {
    /// Bytes of the piece before it; 0 if nothing can be given on yet.
    pub at: usize,
    /// What the piece after it has to be looked at with.
    pub before: Before,
}

/// The last place where `text`, which goes on after what is known of it, may be cut.
pub fn seam(before: Before, text: &str) -> Seam {
    let free = last_free(before, text);
    let rest = &text[free.at..];
    if rest.len() <= HELD {
        return free;
    }
    let forced = forced(rest);
    Seam {
        at: free.at + forced.at,
        before: forced.before,
    }
}

/// The end of the last character that belongs to no number which may go on. Behind
/// it are digits, at most one character between each two.
fn last_free(before: Before, text: &str) -> Seam {
    let mut later = None;
    for (at, c) in text.char_indices().rev() {
        let end = at + c.len_utf8();
        // A filler is free once it is known that no digit stands before it.
        if let Some(end) = later.take()
            && !is_digit(c)
        {
            let before = Before::Nothing;
            return Seam { at: end, before };
        }
        if joins(c) {
            later = Some(end);
        } else if !is_digit(c) {
            let before = match narrow(c).is_ascii_alphabetic() {
                true => Before::Letter,
                false => Before::Nothing,
            };
            return Seam { at: end, before };
        }
    }
    // What is left of a row that was too long already belongs to no number either.
    let row = match before {
        Before::LongRow => row_end(text.as_bytes(), 0),
        Before::Nothing | Before::Letter => 0,
    };
    match (later, row) {
        (Some(at), _) => Seam {
            at,
            before: Before::Nothing,
        },
        (None, 0) => Seam { at: 0, before },
        (None, at) => Seam { at, before },
    }
}

/// A place in a chain of digits that does not end: between two numbers, or inside
/// a row which is too long for one.
fn forced(chain: &str) -> Seam {
    let mut read = Chain::default();
    read.read(chain, 0);
    match read.settled(chain) {
        Ok(at) => Seam {
            at,
            before: Before::Nothing,
        },
        Err(at) => Seam {
            at,
            before: Before::LongRow,
        },
    }
}

fn is_digit(c: char) -> bool {
    narrow(c).is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::super::{in_text::resident_numbers_behind, resident_numbers_in};
    use super::*;
    use proptest::prelude::*;

    /// What is found in the pieces of so many characters, as places in the whole.
    fn piecewise(text: &str, characters: usize) -> Vec<(usize, usize, String)> {
        let letters: Vec<char> = text.chars().collect();
        let mut found = Vec::new();
        let (mut held, mut before, mut given) = (String::new(), Before::Nothing, 0);
        let mut look = |piece: &str, before, given: usize| {
            for number in resident_numbers_behind(before, piece) {
                let at = number.at.start + given..number.at.end + given;
                found.push((at.start, at.end, number.number));
            }
        };
        for piece in letters.chunks(characters.max(1)) {
            held.extend(piece);
            let seam = seam(before, &held);
            look(&held[..seam.at], before, given);
            given += seam.at;
            held.drain(..seam.at);
            before = seam.before;
            assert!(held.len() <= HELD, "{} bytes are held", held.len());
        }
        look(&held, before, given);
        found
    }

    fn whole(text: &str) -> Vec<(usize, usize, String)> {
        let found = resident_numbers_in(text).into_iter();
        let place = |f: super::super::Found| (f.at.start, f.at.end, f.number);
        found.map(place).collect()
    }

    #[test]
    fn every_form_is_found_whatever_the_pieces_are() {
        let forms = [
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２Ｘ",
            "350000 19000101 001X",
            "3 5 0 0 0 0 1 9 0 0 0 1 0 1 0 0 1 X",
            "３５００００　１９０００１０１　００１－Ｘ",
            "350000000101002",
        ];
        for form in forms {
            let text = format!("甲 {form}, {form}\n法人{form}，A{form} {form}A7 {form} 7-{form}");
            assert!(whole(&text).len() >= 3, "{text}");
            for characters in 1..=text.chars().count() {
                assert_eq!(piecewise(&text, characters), whole(&text), "{characters}");
            }
        }
    }

    #[test]
    fn a_text_without_a_place_to_rest_is_cut_all_the_same() {
        let number = "110105194912310021";
        let rows = "7".repeat(5_000);
        let spaced = "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 1 ".repeat(300);
        let hex = "1A".repeat(3_000);
        for text in [
            format!("{rows} {number} {rows} {number}"),
            format!("{rows}{number},{number}"),
            format!("{rows}A{number}"),
            format!("{rows}X350000000101002"),
            spaced.clone(),
            format!("7 {spaced}{rows}"),
            format!("{hex}350000000101002 {number}"),
            "110105194912310021 ".repeat(500),
            "１".repeat(2_000),
        ] {
            for characters in [1, 17, 18, 19, 250, 256, 257, 1_000, 4_096] {
                assert_eq!(piecewise(&text, characters), whole(&text));
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_give_what_the_whole_gives(
            parts in prop::collection::vec(
                prop_oneof![
                    "[0-9]{1,20}",
                    "[0-9 -]{1,30}",
                    "[XxＸaA,\"\n福０-９ \u{3000}-]{1,6}",
                    Just("110105194912310021".to_owned()),
                    Just("350000 19000101 001X".to_owned()),
                    Just("350000000101002".to_owned()),
                    Just("1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 1".to_owned()),
                ],
                0..40,
            ),
            characters in 1_usize..80,
        ) {
            let text = parts.concat();
            prop_assert_eq!(piecewise(&text, characters), whole(&text));
        }
    }
}
