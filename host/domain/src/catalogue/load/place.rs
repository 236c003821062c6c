//! Where in the files something stands, and the faults found there.
//!
//! Comes in: texts. Goes out: rows that know their lines. Always holds: a fault
//! found in a field names the field's line; one found in what is missing names
//! the line of the entry's code.

use super::super::Fault;
use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults(Vec<(usize, Fault)>);

impl Faults {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By file as they were given, then by line.
    pub(super) fn in_order(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|(file, fault)| (*file, fault.line));
        self.0.into_iter().map(|(_, fault)| fault).collect()
    }

    /// A rule broken in a field of a row. A dotted field lies deeper: `repair.words`.
    pub(super) fn add(&mut self, row: &Row<'_>, field: &str, rule: impl Into<String>) {
        self.add_at(row.sheet, row.offset(field), field, rule.into());
    }

    fn add_at(&mut self, sheet: &Sheet<'_>, at: usize, field: &str, rule: String) {
        let fault = Fault {
            file: sheet.name.to_owned(),
            line: sheet.line(at),
            field: field.to_owned(),
            rule,
        };
        self.0.push((sheet.number, fault));
    }
}

/// One file, taken apart.
pub(super) struct Sheet<'a> {
    number: usize,
    pub(super) name: &'a str,
    text: &'a str,
    tables: DeTable<'a>,
}

/// The tables that a file may hold.
const TABLES: [&str; 9] = [
    "edition", "bases", "domains", "limits", "notices", "lists", "items", "measures", "mandates",
];

impl<'a> Sheet<'a> {
    /// Takes a file apart. What is no TOML is one fault; so is each table that
    /// nobody reads.
    pub(super) fn read(
        number: usize,
        name: &'a str,
        text: &'a str,
        faults: &mut Faults,
    ) -> Option<Self> {
        let mut sheet = Self {
            number,
            name,
            text,
            tables: DeTable::new(),
        };
        match DeTable::parse(text) {
            Ok(tables) => sheet.tables = tables.into_inner(),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                faults.add_at(&sheet, at, "syntax", error.message().to_owned());
                return None;
            }
        }
        for key in sheet.tables.keys() {
            let table = key.as_ref().as_ref();
            if !TABLES.contains(&table) {
                let rule = format!("no table of a catalogue; those are {}", TABLES.join(", "));
                faults.add_at(&sheet, key.span().start, table, rule);
            }
        }
        Some(sheet)
    }

    /// The rows of a table: `[[bases]]` has as many as it says, `[edition]` one.
    pub(super) fn rows(&'a self, table: &'static str) -> Vec<Row<'a>> {
        let row = |value| Row {
            sheet: self,
            table,
            value,
        };
        match self.tables.get(table) {
            None => Vec::new(),
            Some(value) => match value.as_ref().as_array() {
                Some(rows) => rows.iter().map(row).collect(),
                // `[edition]`; a table with one row may be written so as well.
                None => vec![row(value)],
            },
        }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }
}

/// One entry as it stands in a file.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) sheet: &'a Sheet<'a>,
    table: &'static str,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Row<'a> {
    /// The row as an entry, or the fault that keeps it from being one.
    pub(super) fn read<T: DeserializeOwned>(&self, faults: &mut Faults) -> Option<T> {
        match T::deserialize(ValueDeserializer::from(self.value.clone())) {
            Ok(entry) => Some(entry),
            Err(error) => {
                let at = error.span().map(|span| span.start);
                // What is missing has no place of its own.
                let (at, field) = match at.and_then(|at| Some((at, self.field_at(at)?))) {
                    Some(found) => found,
                    None => (self.offset("code"), self.table),
                };
                faults.add_at(self.sheet, at, field, error.message().to_owned());
                None
            }
        }
    }

    /// The line of a field; the entry's own where the field is missing.
    pub(super) fn line(&self, field: &str) -> usize {
        self.sheet.line(self.offset(field))
    }

    /// The values of the row, each under its dotted field.
    pub(super) fn values(&self) -> Vec<(String, &'a Spanned<DeValue<'a>>)> {
        let mut values = Vec::new();
        collect(String::new(), self.value, &mut values);
        values
    }

    fn offset(&self, field: &str) -> usize {
        let mut value = self.value;
        for part in field.split('.') {
            match value.as_ref().as_table().and_then(|table| table.get(part)) {
                Some(inner) => value = inner,
                None if field == "code" => return value.span().start,
                None => return self.offset("code"),
            }
        }
        value.span().start
    }

    fn field_at(&self, at: usize) -> Option<&'a str> {
        let table = self.value.as_ref().as_table()?;
        let (key, _) = table
            .iter()
            .find(|(key, value)| key.span().start <= at && at < value.span().end)?;
        Some(key.as_ref().as_ref())
    }
}

fn collect<'a>(
    field: String,
    value: &'a Spanned<DeValue<'a>>,
    values: &mut Vec<(String, &'a Spanned<DeValue<'a>>)>,
) {
    if let Some(table) = value.as_ref().as_table() {
        for (key, inner) in table {
            let dot = if field.is_empty() { "" } else { "." };
            collect(format!("{field}{dot}{}", key.as_ref()), inner, values);
        }
    } else if let Some(array) = value.as_ref().as_array() {
        for inner in array.iter() {
            collect(field.clone(), inner, values);
        }
    } else {
        values.push((field, value));
    }
}
