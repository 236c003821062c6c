//! One row as cells, taken one by one by name.
//!
//! In come names and cells, from [`json`](crate::json), [`table`](crate::table) or
//! a reader of the plugin's own; out goes what the plugin asks for: a text, a code,
//! a day, an amount, a number. What is left over is what the plugin has no place for, and
//! becomes facts. Always: a number keeps the digits it was written with, a word
//! that stands for nothing (暂无, 无, /) is nothing, and a cell that cannot be
//! trusted makes a [`Fault`] that names the cell. Absent: repair of any kind.

use std::borrow::Cow;

use crate::amounts::{self, Amount, Unit};
use crate::codes;
use crate::contract::types::{Authority, Date, Fact, Identifier, Moment, Party, Subject, Value};
use crate::days;
use crate::fault::{Fault, rule};
use crate::numbers::{self, Number};
use crate::text::{self, half_width, is_token};

const NAME_CHARACTERS: usize = 64;

/// What stood in a cell, if anything did.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words, trimmed.
    Text(String),
    /// A number, digit by digit as written, by a format that tells numbers from
    /// words.
    Number(String),
    /// Yes or no, by such a format.
    Bool(bool),
}

impl Cell {
    /// The cell `field` of a format in which all is text. `Ok(None)`: nothing.
    ///
    /// # Errors
    /// As [`text::read`].
    pub fn from_text(field: &str, text: &str) -> Result<Option<Self>, Fault> {
        Ok(text::read(field, text)?.map(|text| Self::Text(text.to_owned())))
    }

    /// The words, or the digits.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Bool(true) => "true".to_owned(),
            Self::Bool(false) => "false".to_owned(),
        }
    }
}

/// A row, less the cells already taken and those that hold nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row<'a> {
    cells: Vec<(Cow<'a, str>, Cell)>,
}

impl<'a> Row<'a> {
    /// A row without cells, to be filled by [`Row::push`].
    pub fn new() -> Self {
        Self::with_capacity(32)
    }

    /// A row with room for so many cells.
    pub fn with_capacity(cells: usize) -> Self {
        Self {
            cells: Vec::with_capacity(cells),
        }
    }

    /// Adds a cell; `None` holds nothing and is left out.
    ///
    /// # Errors
    /// `damaged-text`: the name is empty, damaged or longer than 64 characters;
    /// `ambiguous`: the row has a cell of this name that holds something.
    pub fn push(&mut self, name: impl Into<Cow<'a, str>>, cell: Option<Cell>) -> Result<(), Fault> {
        let name = name.into();
        check_name(&name)?;
        if self.cells.iter().any(|(earlier, _)| *earlier == name) {
            return Err(twice(&name));
        }
        if let Some(cell) = cell {
            self.cells.push((name, cell));
        }
        Ok(())
    }

    /// Adds a cell whose name has been checked, and held against the others.
    pub(crate) fn push_unique(&mut self, name: Cow<'a, str>, cell: Cell) {
        self.cells.push((name, cell));
    }

    /// Adds a cell of a format in which all is text.
    ///
    /// # Errors
    /// As [`Row::push`] and [`text::read`].
    pub fn push_text(&mut self, name: impl Into<Cow<'a, str>>, text: &str) -> Result<(), Fault> {
        let name = name.into();
        let cell = Cell::from_text(&name, text)?;
        self.push(name, cell)
    }

    /// Nothing in any cell.
    pub fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    /// Whether the cell of this name holds something.
    pub fn has(&self, name: &str) -> bool {
        self.cells.iter().any(|(n, _)| n == name)
    }

    /// The cells still in the row, in its order.
    pub fn cells(&self) -> impl Iterator<Item = (&str, &Cell)> {
        self.cells.iter().map(|(name, cell)| (name.as_ref(), cell))
    }

    /// The cell of this name; it is then no longer in the row.
    pub fn take(&mut self, name: &str) -> Option<Cell> {
        let at = self.cells.iter().position(|(n, _)| n == name)?;
        Some(self.cells.remove(at).1)
    }

    /// Takes cells that only say what another says.
    pub fn drop_all(&mut self, names: &[&str]) {
        for name in names {
            self.take(name);
        }
    }

    /// As [`Row::take`], in words.
    pub fn take_text(&mut self, name: &str) -> Option<String> {
        self.take(name).map(Cell::into_text)
    }

    /// A code such as an identifier: as found, and proof against spreadsheets.
    ///
    /// # Errors
    /// `damaged-text`: a spreadsheet has turned the digits into a float.
    pub fn take_code(&mut self, name: &str) -> Result<Option<String>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some(Cell::Text(text)) => {
                codes::read(name, &text)?;
                Ok(Some(text))
            }
            Some(Cell::Number(digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(digits))
            }
            Some(Cell::Number(_)) => Err(codes::damaged(name)),
            Some(Cell::Bool(_)) => Err(Fault::cell(name, rule::MALFORMED, "send the code as text")),
        }
    }

    /// A moment in any form of [`days`]; `None` also for a day that stands for none.
    ///
    /// # Errors
    /// As [`days::read`].
    pub fn take_moment(&mut self, name: &str) -> Result<Option<Moment>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some(cell) => days::read(&cell.into_text()).map_err(|no_day| no_day.at(name)),
        }
    }

    /// The day of [`Row::take_moment`].
    ///
    /// # Errors
    /// As [`days::read`].
    pub fn take_day(&mut self, name: &str) -> Result<Option<Date>, Fault> {
        Ok(self.take_moment(name)?.map(|moment| moment.date))
    }

    /// An amount in the column's unit, as the value of a fact: yuan, or the words
    /// where there is no amount.
    ///
    /// # Errors
    /// As [`amounts::read`].
    pub fn take_amount(&mut self, name: &str, unit: Unit) -> Result<Option<Value>, Fault> {
        Ok(match self.take(name) {
            None => None,
            Some(cell) => Some(match amounts::read(name, cell, unit)? {
                Amount::Yuan(yuan) => Value::Yuan(yuan),
                Amount::Words(words) => Value::Text(words),
            }),
        })
    }

    /// A number that is no money, such as a count, as the value of a fact: the digits,
    /// or the words where there is no number.
    ///
    /// # Errors
    /// As [`numbers::read`].
    pub fn take_number(&mut self, name: &str) -> Result<Option<Value>, Fault> {
        Ok(match self.take(name) {
            None => None,
            Some(cell) => Some(match numbers::read(name, cell)? {
                Number::Digits(digits) => Value::Number(digits),
                Number::Words(words) => Value::Text(words),
            }),
        })
    }

    /// Yes or no: 是, 否, Y, N, 1, 0, true, false.
    ///
    /// # Errors
    /// `unknown-code` for anything else.
    pub fn take_flag(&mut self, name: &str) -> Result<Option<bool>, Fault> {
        let Some(cell) = self.take(name) else {
            return Ok(None);
        };
        match half_width(&cell.into_text()).to_lowercase().as_str() {
            "是" | "y" | "yes" | "1" | "true" => Ok(Some(true)),
            "否" | "n" | "no" | "0" | "false" => Ok(Some(false)),
            _ => Err(Fault::cell(name, rule::UNKNOWN_CODE, "write 是 or 否")),
        }
    }

    /// The identifiers in these columns, each with its scheme.
    ///
    /// # Errors
    /// As [`Row::take_code`].
    pub fn take_identifiers(&mut self, columns: &[(&str, &str)]) -> Result<Vec<Identifier>, Fault> {
        let mut identifiers = Vec::new();
        for (column, scheme) in columns {
            if let Some(value) = self.take_code(column)? {
                identifiers.push(Identifier {
                    scheme: (*scheme).to_owned(),
                    value,
                });
            }
        }
        Ok(identifiers)
    }

    /// The natural person whose number stands in this column: a token.
    ///
    /// # Errors
    /// `malformed`: what stands there is no token, so the host did not know it for
    /// an identity number; `damaged-text` as [`Row::take_code`].
    pub fn take_person(&mut self, name: &str) -> Result<Option<Identifier>, Fault> {
        let Some(value) = self.take_code(name)? else {
            return Ok(None);
        };
        if !is_token(&value) {
            return Err(Fault::cell(
                name,
                rule::MALFORMED,
                "this is not a resident identity number (GB 11643) in full; \
                 other papers are handled by a person, send them separately",
            ));
        }
        Ok(Some(person(value)))
    }

    /// A person with a part in the matter, from a column with the name and one with
    /// the number. A number that is no token stays behind: it may be masked
    /// (3501****1234) or a foreign paper, and names nobody.
    pub fn take_party(&mut self, role: &str, name: &str, number: &str) -> Option<Party> {
        let name = self.take_text(name);
        let number = self.take_text(number).filter(|text| is_token(text));
        if name.is_none() && number.is_none() {
            return None;
        }
        Some(Party {
            role: role.to_owned(),
            subject: Subject {
                name,
                identifiers: number.map(person).into_iter().collect(),
            },
        })
    }

    /// A public body, from a column with its name and one with its code; "" for no
    /// such column. It needs a name: a code alone says nothing to a reader. A filler
    /// such as `00000000000000000X` is no code.
    ///
    /// # Errors
    /// As [`Row::take_code`].
    pub fn take_authority(&mut self, name: &str, code: &str) -> Result<Option<Authority>, Fault> {
        let uscc = self.take_code(code)?.filter(|code| !codes::is_filler(code));
        Ok(self.take_text(name).map(|name| Authority { name, uscc }))
    }

    /// What nobody took, in the order of the row.
    pub fn into_rest(self) -> Vec<(Cow<'a, str>, Cell)> {
        self.cells
    }

    /// What nobody took, as facts: the host knows whether the catalogue lists them.
    pub fn into_facts(self, facts: &mut Vec<Fact>) {
        facts.extend(self.cells.into_iter().map(|(name, cell)| Fact {
            field: name.into_owned(),
            value: match cell {
                Cell::Bool(yes) => Value::YesNo(yes),
                cell => Value::Text(cell.into_text()),
            },
        }));
    }
}

/// What must be there.
///
/// # Errors
/// `missing`, with these words.
pub fn required<T>(found: Option<T>, field: &str, text: &str) -> Result<T, Fault> {
    found.ok_or_else(|| Fault::missing(field, text))
}

fn person(token: String) -> Identifier {
    Identifier {
        scheme: "person".to_owned(),
        value: token,
    }
}

pub(crate) fn twice(name: &str) -> Fault {
    Fault::cell(
        name,
        rule::AMBIGUOUS,
        "the row has this field twice; send it once",
    )
}

pub(crate) fn check_name(name: &str) -> Result<(), Fault> {
    let fits = !name.is_empty()
        && (name.len() <= NAME_CHARACTERS || name.chars().count() <= NAME_CHARACTERS)
        && !name.chars().any(|c| c.is_control() || c == '\u{fffd}');
    if fits {
        return Ok(());
    }
    Err(Fault::row(
        rule::DAMAGED_TEXT,
        "the name of a field is empty, damaged or longer than 64 characters",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&'static str, &str)]) -> Row<'static> {
        let mut row = Row::new();
        for (name, text) in cells {
            row.push_text(*name, text).unwrap();
        }
        row
    }

    #[test]
    fn what_nobody_took_becomes_facts() {
        let mut row = row(&[("A", "1"), ("B", "无"), ("C", "words")]);
        assert!(row.has("A") && !row.has("B"));
        assert_eq!(row.take_text("A").as_deref(), Some("1"));
        assert_eq!(row.take_text("A"), None);
        let mut facts = Vec::new();
        row.into_facts(&mut facts);
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].value, Value::Text("words".to_owned()));
    }

    #[test]
    fn a_number_is_one_or_its_words_or_a_fault() {
        let mut row = row(&[("A", "１,２３４"), ("B", "约30人"), ("C", "1,00")]);
        row.push("D", Some(Cell::Number("4.50".to_owned())))
            .unwrap();
        let number = |digits: &str| Ok(Some(Value::Number(digits.to_owned())));
        assert_eq!(row.take_number("A"), number("1234"));
        let words = Value::Text("约30人".to_owned());
        assert_eq!(row.take_number("B"), Ok(Some(words)));
        let fault = row.take_number("C").unwrap_err();
        assert_eq!((fault.field(), fault.rule()), (Some("C"), "ambiguous"));
        assert_eq!(row.take_number("D"), number("4.50"));
        assert_eq!(row.take_number("D"), Ok(None));
        assert!(row.is_blank());
    }

    #[test]
    fn a_name_twice_is_ambiguous() {
        let mut row = row(&[("A", "1")]);
        assert_eq!(row.push_text("A", "2").unwrap_err().rule(), "ambiguous");
        assert_eq!(row.push_text("", "2").unwrap_err().rule(), "damaged-text");
    }

    #[test]
    fn flags_are_yes_or_no() {
        let mut row = row(&[("A", "是"), ("B", "０"), ("C", "可能")]);
        assert_eq!(row.take_flag("A"), Ok(Some(true)));
        assert_eq!(row.take_flag("B"), Ok(Some(false)));
        assert_eq!(row.take_flag("C").unwrap_err().rule(), "unknown-code");
        assert_eq!(row.take_flag("D"), Ok(None));
    }

    #[test]
    fn a_person_is_a_token_or_a_fault() {
        let mut row = row(&[
            ("A", "Z0123456789ABCDEFG"),
            ("B", "E12345678"),
            ("N", "甲某"),
        ]);
        assert_eq!(row.take_person("A").unwrap().unwrap().scheme, "person");
        assert_eq!(
            row.clone().take_person("B").unwrap_err().rule(),
            "malformed"
        );
        let party = row.take_party("principal", "N", "B").unwrap();
        assert_eq!(party.subject.name.as_deref(), Some("甲某"));
        assert!(party.subject.identifiers.is_empty());
        assert_eq!(row.take_party("principal", "N", "B"), None);
    }

    #[test]
    fn a_filler_is_no_code() {
        let mut row = row(&[("N", "某局"), ("C", "00000000000000000X")]);
        let authority = row.take_authority("N", "C").unwrap().unwrap();
        assert_eq!((authority.name.as_str(), authority.uscc), ("某局", None));
    }
}
