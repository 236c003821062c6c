//! Persons' numbers in running text: where they stand, so that they can be taken
//! out before anybody sees the text.
//!
//! Comes in: text of any length, such as a whole delivery. Goes out: the places, in
//! their order, without overlap. Always holds: one pass over the text; the check
//! character is not asked for, since a mistyped number still points at a person.
//! Deliberately absent: characters written as escapes (`\u0031`), which are decoded
//! before.

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
    let mut found = Vec::new();
    let mut chain = Chain::default();
    let mut at = 0;
    while let Some(start) = next_digit(text.as_bytes(), at) {
        at = chain.read(text, start);
        if chain.digits.len() >= 15 {
            chain.numbers(text, &mut found);
        }
    }
    found
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
struct Chain {
    digits: Vec<u8>,
    groups: Vec<Group>,
    /// Where the X behind the last group ends.
    x: Option<usize>,
}

impl Chain {
    /// Reads the chain that begins with the digit at `start`; gives the place behind.
    fn read(&mut self, text: &str, start: usize) -> usize {
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
    fn numbers(&self, text: &str, found: &mut Vec<Found>) {
        let mut first = 0;
        while first < self.groups.len() {
            let number = self.number_of_18(first).or_else(|| {
                let old = self.old_number(first, text)?;
                Some((first, old))
            });
            match number {
                Some((last, number)) => {
                    found.push(number);
                    first = last + 1;
                }
                None => first += 1,
            }
        }
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
    fn old_number(&self, place: usize, text: &str) -> Option<Found> {
        let group = &self.groups[place];
        let code = <&[u8; 15]>::try_from(&self.digits[group.digits.clone()]).ok()?;
        let is_letter = |c: char| narrow(c).is_ascii_alphabetic();
        let touched = text[..group.at.start].ends_with(is_letter)
            || text[group.at.end..].starts_with(is_letter);
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

/// Whether this character may stand once between the digits of one number: a space
/// or a hyphen. The end of a line or of a cell may not.
fn joins(c: char) -> bool {
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
