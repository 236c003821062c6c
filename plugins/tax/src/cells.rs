//! One row as cells, and what a cell may hold.
//!
//! In comes the text of a row; out go its cells, taken one by one by name. What
//! is left over is what this plugin has no place for, and becomes facts. Always:
//! a number keeps the digits it was written with, a word that stands for
//! nothing (暂无, 无, /) is nothing, and a cell that cannot be trusted makes a
//! [`Fault`] that names the cell and never quotes it, since any cell may name a
//! person. Absent: repair of any kind.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::contract::credence::department::types::Rejection;

/// The contract's limit for a text.
const TEXT_CHARACTERS: usize = 8_192;
const NAME_CHARACTERS: usize = 64;
/// What departments write where they have nothing to write.
const NOTHING: [&str; 7] = ["", "/", "无", "暂无", "空", "无处罚期限", "null"];

/// Why a row gives no record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    field: Option<String>,
    rule: &'static str,
    text: String,
}

impl Fault {
    /// A fault of one cell. `text` says what is wrong and what would be right.
    pub(crate) fn cell(field: &str, rule: &'static str, text: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            rule,
            text: format!("{field}: {text}"),
        }
    }

    /// A fault of the row as a whole.
    pub(crate) fn row(rule: &'static str, text: &str) -> Self {
        Self {
            field: None,
            rule,
            text: text.to_owned(),
        }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self {
            field: fault.field,
            rule: fault.rule.to_owned(),
            text: fault.text,
        }
    }
}

/// What stood in a cell, if anything did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Words, trimmed.
    Text(String),
    /// A JSON number, digit by digit as written.
    Number(String),
    Bool(bool),
}

impl Cell {
    /// The words, or the digits.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Bool(true) => "true".to_owned(),
            Self::Bool(false) => "false".to_owned(),
        }
    }
}

/// A row, less the cells already taken and those that hold nothing.
#[derive(Debug)]
pub(crate) struct Row {
    cells: Vec<(String, Cell)>,
}

impl Row {
    /// Reads the text of a row. Blank rows come out empty.
    ///
    /// # Errors
    /// The first thing that cannot be trusted: not an object, a name twice,
    /// U+FFFD, U+0000, a cell in a cell, a text too long.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let raw: RawRow<'_> = serde_json::from_str(text).map_err(|_| {
            Fault::row(
                "malformed",
                "the row is not one JSON object; line breaks inside a text are written \\n",
            )
        })?;
        let mut cells = Vec::with_capacity(raw.0.len());
        for (at, (name, value)) in raw.0.iter().enumerate() {
            check_name(name)?;
            if raw.0[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Fault::cell(
                    name,
                    "ambiguous",
                    "the row has this field twice; send it once",
                ));
            }
            if let Some(cell) = read_cell(name, value.get())? {
                cells.push((name.clone(), cell));
            }
        }
        Ok(Self { cells })
    }

    /// Nothing in any cell.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cell of this name; it is then no longer in the row.
    pub(crate) fn take(&mut self, name: &str) -> Option<Cell> {
        let at = self.cells.iter().position(|(n, _)| n == name)?;
        Some(self.cells.remove(at).1)
    }

    /// As [`Row::take`], in words.
    pub(crate) fn take_text(&mut self, name: &str) -> Option<String> {
        self.take(name).map(Cell::into_text)
    }

    /// A code such as an identifier: as found, and proof against spreadsheets.
    ///
    /// # Errors
    /// `damaged-text`: a spreadsheet has turned the digits into a float.
    pub(crate) fn take_code(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let damaged = || {
            Fault::cell(
                name,
                "damaged-text",
                "a spreadsheet float such as 9.13E+17 has lost its digits; \
                 format the column as text and send the code in full",
            )
        };
        match self.take(name) {
            None => Ok(None),
            Some(Cell::Text(text)) if is_float(&text) => Err(damaged()),
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Number(digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(digits))
            }
            Some(Cell::Number(_)) => Err(damaged()),
            Some(Cell::Bool(_)) => Err(Fault::cell(name, "malformed", "send the code as text")),
        }
    }

    /// What nobody took, in the order of the row.
    pub(crate) fn into_rest(self) -> Vec<(String, Cell)> {
        self.cells
    }
}

/// The same characters in their ASCII form: full-width digits, letters, signs
/// and spaces. For codes, days and amounts that are about to be read.
pub(crate) fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// The form of a person token: `Z` and 17 of `0`-`9` and `A`-`Z`.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() == 18
        && text.starts_with('Z')
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// `9.13E+17`, `9E+17`, `350100.0`. Not `9135E17`: a code may hold a letter E.
fn is_float(text: &str) -> bool {
    let text = half_width(text);
    let mantissa_ends = text.find(['e', 'E']).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(mantissa_ends);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let signed = exponent.get(1..).is_some_and(|e| e.starts_with(['+', '-']));
    let exponent_fits = exponent.is_empty() || digits(exponent[1..].trim_start_matches(['+', '-']));
    match mantissa.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part) && exponent_fits,
        None => digits(mantissa) && signed && exponent_fits,
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    let fits = !name.is_empty()
        && name.chars().count() <= NAME_CHARACTERS
        && !name.chars().any(|c| c.is_control() || c == '\u{fffd}');
    if fits {
        return Ok(());
    }
    Err(Fault::row(
        "damaged-text",
        "the name of a field is empty, damaged or longer than 64 characters",
    ))
}

fn read_cell(name: &str, raw: &str) -> Result<Option<Cell>, Fault> {
    let malformed = |text| Err(Fault::cell(name, "malformed", text));
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b't') => Ok(Some(Cell::Bool(true))),
        Some(b'f') => Ok(Some(Cell::Bool(false))),
        Some(b'{' | b'[') => malformed("a cell holds one value, not an object or a list"),
        Some(b'"') => {
            let Ok(text) = serde_json::from_str::<String>(raw) else {
                return malformed("the text breaks the rules of JSON");
            };
            if text.contains('\u{fffd}') {
                return Err(Fault::cell(
                    name,
                    "damaged-text",
                    "characters were lost on the way (U+FFFD); \
                     send the row again in the character encoding agreed",
                ));
            }
            if text.contains('\0') {
                return malformed("the text holds a null character; send it without");
            }
            let text = text.trim();
            if NOTHING.contains(&text) || text == "NULL" {
                return Ok(None);
            }
            if text.chars().count() > TEXT_CHARACTERS {
                return Err(Fault::cell(
                    name,
                    "out-of-range",
                    "the text is longer than 8,192 characters; shorten it",
                ));
            }
            Ok(Some(Cell::Text(text.to_owned())))
        }
        _ => Ok(Some(Cell::Number(raw.to_owned()))),
    }
}

/// The members of a JSON object in their order, values unread. A map would
/// hide that a name stands there twice.
struct RawRow<'a>(Vec<(String, &'a RawValue)>);

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
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(RawRow(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_float(text: &str, expected: bool) {
        assert_eq!(is_float(text), expected, "{text}");
    }

    #[test]
    fn floats_are_told_from_codes_with_a_letter_e() {
        check_float("9.13E+17", true);
        check_float("9.13501E17", true);
        check_float("9E+17", true);
        check_float("9.13e+17", true);
        check_float("350100.0", true);
        check_float("９.１３E+17", true);
        check_float("913501007573E12345", false);
        check_float("350100400012345", false);
        check_float("MA2EL626-6", false);
        check_float("E", false);
        check_float("", false);
        check_float("9E+", false);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let mut row = Row::parse(r#"{"a":0.10,"b":330200400070010,"c":1E3,"d":true}"#).unwrap();
        assert_eq!(row.take_text("a").as_deref(), Some("0.10"));
        assert_eq!(row.take_code("b"), Ok(Some("330200400070010".to_owned())));
        assert_eq!(row.take_code("c").unwrap_err().rule, "damaged-text");
        assert_eq!(row.into_rest(), [("d".to_owned(), Cell::Bool(true))]);
    }

    #[test]
    fn tokens_have_one_form() {
        assert!(is_token("Z0123456789ABCDEFG"));
        assert!(!is_token("Z0123456789abcdefg"));
        assert!(!is_token("Y0123456789ABCDEFG"));
        assert!(!is_token("Z0123456789ABCDEF"));
    }

    #[test]
    fn half_width_touches_nothing_else() {
        assert_eq!(half_width("９１ＡＢ（〔2022〕）　号"), "91AB(〔2022〕) 号");
    }
}
