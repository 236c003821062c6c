//! One row of a feed, before it has a form.
//!
//! In come cells by the names of their columns; out goes what a writer of `write` puts
//! into JSON, XML, CSV or a sheet. Always: the cells stand in the order in which they
//! were first set. Absent: how a cell looks in a form, which is the writer's.

use jiff::civil::Date;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing: `null`, an empty element, a blank cell.
    Nothing,
    /// Words.
    Text(String),
    /// Digits, as a number where the form has numbers.
    Number(String),
    /// As it stands, in a form that could not say it otherwise.
    Markup(String),
    /// A day: by its style in a sheet, else 2026-01-24.
    Day(Date),
    /// A formula that failed, and what the sheet shows.
    Failed(&'static str),
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn number(digits: impl ToString) -> Self {
        Self::Number(digits.to_string())
    }

    /// What it says, in a form that knows words alone.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) | Self::Number(text) | Self::Markup(text) => text.clone(),
            Self::Day(day) => day.to_string(),
            Self::Failed(shown) => (*shown).to_owned(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        match text {
            "" => Self::Nothing,
            text => Self::text(text),
        }
    }
}

/// A row, cell by cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    cells: Vec<(&'static str, Cell)>,
}

impl Row {
    /// A row of these cells.
    pub(crate) fn of(cells: impl IntoIterator<Item = (&'static str, Cell)>) -> Self {
        Self {
            cells: cells.into_iter().collect(),
        }
    }

    pub(crate) fn cells(&self) -> &[(&'static str, Cell)] {
        &self.cells
    }

    pub(crate) fn get(&self, name: &str) -> &Cell {
        let found = self.cells.iter().find(|(there, _)| *there == name);
        found.map_or(&Cell::Nothing, |(_, cell)| cell)
    }

    /// Sets the cell of this name, or adds it.
    pub(crate) fn set(&mut self, name: &'static str, cell: Cell) {
        match self.cells.iter_mut().find(|(there, _)| *there == name) {
            Some((_, there)) => *there = cell,
            None => self.add(name, cell),
        }
    }

    /// Adds a cell, though one of its name may be there.
    pub(crate) fn add(&mut self, name: &'static str, cell: Cell) {
        self.cells.push((name, cell));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.cells.retain(|(there, _)| *there != name);
    }

    /// Changes the words of a cell.
    pub(crate) fn reword(&mut self, name: &'static str, change: impl FnOnce(&str) -> String) {
        let words = change(&self.get(name).in_words());
        self.set(name, Cell::Text(words));
    }
}
