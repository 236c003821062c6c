//! Persons' numbers in running text: where they stand, so that they can be taken
//! out before anybody sees the text.
//!
//! Comes in: text of any length, such as a whole delivery. Goes out: the places, in
//! their order, without overlap. Always holds: one pass over the text; the check
//! character is not asked for, since a mistyped number still points at a person.
//! Deliberately absent: characters written as escapes (`\u0031`), which are decoded
//! before; where a text that is still growing may be cut (`seam`).

use super::{
    check, person,
    recognise::MASK,
    written::{is_filler, narrow},
};
use std::ops::Range;

/// An identity number found in text. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// Its normal form: 18 narrow characters, or 15 of an old number. An old one is
    /// not turned into a new one: it has no check character, so a slip in it would
    /// make another person's number.
    pub number: String,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Found({MASK})")
    }
}

/// Finds what has the form of a resident identity number, in narrow or full-width
/// characters:
///
/// - 18 digits, or 17 and an X (GB 11643-1999), with a region and a birthday that
///   can be. Single spaces or hyphens may stand between its digits
///   (`350102 19900307 123X`). Letters may touch it, further digits not.
/// - 15 digits in a row (GB 11643-1989) with region and birthday, which neither a
///   letter nor a digit touches. One that also passes as a registration number
///   (1 in 10 does, by chance) is left as it is: in text nobody can say which of
///   the two it is, and without registration numbers organizations cannot be bound.
pub fn resident_numbers_in(text: &str) -> Vec<Found> {
    resident_numbers_behind(Before::Nothing, text)
}

/// What stood before a piece of text, as far as it matters for the numbers in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Before {
    /// Nothing, or what cannot belong to a number.
    #[default]
    Nothing,
    /// A letter.
    Letter,
    /// A row of digits without anything between them, too long for a number.
    LongRow,
}

/// The same for a piece of a text that was cut by a [`seam`](super::seam).
pub fn resident_numbers_behind(before: Before, text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut chain = Chain::default();
    let mut at = match before {
        Before::Nothing | Before::Letter => 0,
        Before::LongRow => row_end(text.as_bytes(), 0),
    };
    while let Some(start) = next_digit(text.as_bytes(), at) {
        at = chain.read(text, start);
        if chain.digits.len() >= 15 {
            chain.numbers(before, text, &mut found);
        }
    }
    found
}

/// Where the row of digits that begins at this byte ends.
pub(super) fn row_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some((_, width)) = digit_at(bytes, at) {
        at += width;
    }
    at
}

/// Digits in a row.
struct Group {
    /// Which digits of the chain.
    digits: Range<usize>,
    /// Where they stand in the text.
    at: Range<usize>,
}

/// Groups of digits, one filler between each and the next; perhaps an X at the end.
#[derive(Default)]
pub(super) struct Chain {
    digits: Vec<u8>,
    groups: Vec<Group>,
    /// Where the X behind the last group ends.
    x: Option<usize>,
}

impl Chain {
    /// Reads the chain that begins with the digit at `start`; gives the place behind.
    pub(super) fn read(&mut self, text: &str, start: usize) -> usize {
        self.digits.clear();
        self.groups.clear();
        self.x = None;
        let mut at = start;
        loop {
            at = self.read_group(text.as_bytes(), at);
            let mut behind = text[at..].chars();
            let mut next = behind.next();
            if next.is_some_and(joins) {
                next = behind.next();
            }
            let beyond = text.len() - behind.as_str().len();
            match next.map(narrow) {
                Some('0'..='9') => at = beyond - next.map_or(0, char::len_utf8),
                Some('X' | 'x') => {
                    self.x = Some(beyond);
                    return beyond;
                }
                _ => return at,
            }
        }
    }

    fn read_group(&mut self, bytes: &[u8], start: usize) -> usize {
        let first = self.digits.len();
        let mut at = start;
        while let Some((digit, width)) = digit_at(bytes, at) {
            self.digits.push(digit);
            at += width;
        }
        self.groups.push(Group {
            digits: first..self.digits.len(),
            at: start..at,
        });
        at
    }

    /// The numbers in this chain, from left to right.
    fn numbers(&self, before: Before, text: &str, found: &mut Vec<Found>) {
        let mut first = 0;
        while first < self.groups.len() {
            first = match self.number_from(first, before, text) {
                Some((last, number)) => {
                    found.push(number);
                    last + 1
                }
                None => first + 1,
            };
        }
    }

    /// The number that begins with this group, and the group that it ends with.
    fn number_from(&self, first: usize, before: Before, text: &str) -> Option<(usize, Found)> {
        self.number_of_18(first).or_else(|| {
            let old = self.old_number(first, before, text)?;
            Some((first, old))
        })
    }

    /// The place behind the last numbers in this chain about which more digits can
    /// change nothing; `Err`: where its last row ends, which is too long for a
    /// number.
    pub(super) fn settled(&self, text: &str) -> Result<usize, usize> {
        let mut first = 0;
        while let Some(group) = self.groups.get(first) {
            if self.digits.len() - group.digits.start <= 18 {
                return Ok(group.at.start);
            }
            let number = self.number_from(first, Before::Nothing, text);
            first = number.map_or(first, |(last, _)| last) + 1;
        }
        Err(self.groups.last().map_or(0, |group| group.at.end))
    }

    /// The number of 18 that begins with this group, and the group that it ends with.
    fn number_of_18(&self, first: usize) -> Option<(usize, Found)> {
        let start = self.groups[first].digits.start;
        for (last, group) in self.groups.iter().enumerate().skip(first) {
            let digits = &self.digits[start..group.digits.end];
            let is_last = last + 1 == self.groups.len();
            let (x, end) = match (digits.len(), self.x) {
                (18, _) => ("", group.at.end),
                (17, Some(end)) if is_last => ("X", end),
                (19.., _) => return None,
                _ => continue,
            };
            if person::region_and_birth_fit(digits) {
                let at = self.groups[first].at.start..end;
                let number = text_of(digits) + x;
                return Some((last, Found { at, number }));
            }
        }
        None
    }

    /// This group as an old number that stands alone.
    fn old_number(&self, place: usize, before: Before, text: &str) -> Option<Found> {
        let group = &self.groups[place];
        let code = <&[u8; 15]>::try_from(&self.digits[group.digits.clone()]).ok()?;
        let is_letter = |c: char| narrow(c).is_ascii_alphabetic();
        let touched = text[..group.at.start].ends_with(is_letter)
            || text[group.at.end..].starts_with(is_letter)
            || (group.at.start == 0 && before == Before::Letter);
        let is_old = person::has_old_form(code) && check::registration_number(code) != Ok(true);
        (is_old && !touched).then(|| Found {
            at: group.at.clone(),
            number: text_of(code),
        })
    }
}

fn text_of(digits: &[u8]) -> String {
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// Whether a character can be one of a number, stand between two of them, or decide
/// by touching it whether it is one.
pub fn belongs_to_numbers(c: char) -> bool {
    narrow(c).is_ascii_alphanumeric() || joins(c)
}

/// Whether this character may stand once between the digits of one number: a space
/// or a hyphen. The end of a line or of a cell may not.
pub(super) fn joins(c: char) -> bool {
    is_filler(c) && !c.is_control()
}

/// The place of the next digit from `at` on.
fn next_digit(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        // A full-width digit begins with 0xEF, as many other characters do.
        at += bytes
            .get(at..)?
            .iter()
            .position(|b| b.is_ascii_digit() || *b == 0xEF)?;
        if digit_at(bytes, at).is_some() {
            return Some(at);
        }
        at += 1;
    }
}

/// The narrow form of the digit that begins at this byte, and its width in bytes.
fn digit_at(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match *bytes.get(at..)? {
        [digit @ b'0'..=b'9', ..] => Some((digit, 1)),
        // U+FF10 to U+FF19.
        [0xEF, 0xBC, last @ 0x90..=0x99, ..] => Some((last - 0x90 + b'0', 3)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        normalise,
        tests::{NUMBER, OLD, OLD_OR_REGISTRATION},
    };
    use super::*;

    /// What is found, as its normal forms.
    #[track_caller]
    fn found(text: &str, expected: &[&str]) {
        let found = resident_numbers_in(text);
        let numbers: Vec<&str> = found.iter().map(|f| f.number.as_str()).collect();
        assert_eq!(numbers, expected, "{text}");
        for number in &found {
            assert_eq!(normalise(&text[number.at.clone()]), number.number, "{text}");
        }
        let apart = |two: &[Found]| two[0].at.end <= two[1].at.start;
        assert!(found.windows(2).all(apart), "{text}");
    }

    #[test]
    fn identity_numbers_are_found_in_text() {
        found("法人11010519491231002x，男", &[NUMBER]);
        found("１１０１０５１９４９１２３１００２Ｘ", &[NUMBER]);
        // Mistyped: still a person.
        found("\"110105194912310021\"", &["110105194912310021"]);
        found(
            "11010519491231002X/110105194912310021",
            &[NUMBER, "110105194912310021"],
        );
        found(
            "11010519491231002X110105194912310021",
            &[NUMBER, "110105194912310021"],
        );
        found("ID110105194912310021A", &["110105194912310021"]);
        // Part of a longer number, too short, or no such birthday.
        found("1101051949123100219", &[]);
        found("11010519491231002", &[]);
        found("330200400070010", &[]);
        found("110105194913310021", &[]);
        found("", &[]);
    }

    #[test]
    fn identity_numbers_are_found_with_single_spaces_or_hyphens_inside() {
        found("350000 19000101 001X", &["35000019000101001X"]);
        found("350000-1900-0101-0010", &["350000190001010010"]);
        found("3500 0019 0001 0100 1x，男", &["35000019000101001X"]);
        found(
            "3 5 0 0 0 0 1 9 0 0 0 1 0 1 0 0 1 X",
            &["35000019000101001X"],
        );
        found(
            "３５００００　１９０００１０１　００１－Ｘ",
            &["35000019000101001X"],
        );
        found("350000\u{A0}19000101—0010", &["350000190001010010"]);
        // Beside other figures, with a single space between.
        found("2025-1-24 350000 19000101 0010 7", &["350000190001010010"]);
        found(
            "11010519491231002X 350000190001010010 11010519491231002X",
            &[NUMBER, "350000190001010010", NUMBER],
        );
        found("7 110105194912310021 7", &["110105194912310021"]);
        // Two fillers, or the end of a line or a cell, end a number.
        found("350000  19000101 0010", &[]);
        found("350000\n19000101 0010", &[]);
        found("350000\t19000101\t0010", &[]);
        found("350000,19000101,0010", &[]);
        found("2025-01-24 2026-01-24 0:00:00", &[]);
        found("0591-87654321 13800138000", &[]);
    }

    #[test]
    fn old_numbers_are_found_where_they_stand_alone() {
        found(OLD, &[OLD]);
        found("法人350000000101002，男", &[OLD]);
        found("３５００００００１０１００２", &[]);
        found("３５０００００００１０１００２", &[OLD]);
        found("350000000101002 350000000101003", &[OLD, "350000000101003"]);
        // Also a registration number: left, or organizations could not be bound.
        found(OLD_OR_REGISTRATION, &[]);
        // Touched, in two pieces, of another length, or no birthday.
        found("A350000000101002", &[]);
        found("350000000101002X", &[]);
        found("350000000101002ｘ", &[]);
        found("3500000001 01002", &[]);
        found("3500000001010021", &[]);
        found("350000001301002", &[]);
    }
}
