//! A delivery in the making: lines in their order, and what each comes to.
//!
//! In come rows, each with its fate; out goes what is expected of the file as a whole.
//! Always: a line that makes no record says why it is there. Absent: the bytes, which a
//! writer of `write` makes.

use crate::chance::Chance;
use crate::expected::{DeliveryExpected, LineExpected};
use crate::hazard::Hazard;
use crate::row::{Cell, Row};

/// What a house makes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It states nothing: a title, a header, a subtotal, a blank.
    Silent,
    Recorded,
    Revised,
    /// An end of a record, and nothing else.
    Ended,
    /// A record, and the end of one: of this, or of an earlier.
    RecordedAndEnded,
    /// Nothing new.
    Duplicate,
    /// The record is known, and ends.
    DuplicateAndEnded,
    /// The column, and the rule.
    Rejected(Option<&'static str>, &'static str),
    Quarantined(&'static str),
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A row by its columns, and a change in what is written of it.
    Row(Row, Option<(&'static str, &'static str)>),
    /// Cells by their places; tables only.
    Places(Vec<Cell>),
    /// As it stands; JSON and XML only.
    Written(String),
}

/// One line of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) content: Content,
    pub(crate) fate: Fate,
    /// What was done to it; "" where nothing was.
    pub(crate) why: &'static str,
}

/// A file, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) path: &'static str,
    pub(crate) plugin: &'static str,
    pub(crate) feed: &'static str,
    pub(crate) lines: Vec<Line>,
    pub(crate) bytes: Vec<u8>,
}

/// What a place among the rows of a feed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// An ordinary row.
    Plain,
    /// The hazard of this number.
    Hazard(usize),
    /// The row of the cast of this number.
    Cast(usize),
}

/// Places for so many rows: hazards and cast strewn among ordinary ones.
pub(crate) fn places(chance: &mut Chance, rows: u32, hazards: usize, cast: usize) -> Vec<Place> {
    let special = (0..hazards)
        .map(Place::Hazard)
        .chain((0..cast).map(Place::Cast));
    let mut places: Vec<Place> = special.collect();
    while places.len() < rows as usize {
        places.push(Place::Plain);
    }
    chance.shuffle(&mut places);
    places
}

impl Line {
    /// A row with nothing to tell of it.
    pub(crate) fn plain(row: Row, fate: Fate) -> Self {
        Self::of(row, fate, "")
    }

    /// A row to which something was done.
    pub(crate) fn of(row: Row, fate: Fate, why: &'static str) -> Self {
        Self {
            content: Content::Row(row, None),
            fate,
            why,
        }
    }

    /// A row to which this hazard is done.
    pub(crate) fn hazardous(mut row: Row, hazard: &Hazard) -> Self {
        let rewritten = hazard.apply(&mut row);
        Self {
            content: Content::Row(row, rewritten),
            fate: hazard.fate,
            why: hazard.why,
        }
    }

    /// Cells by their places, which state nothing.
    pub(crate) fn silent<C: Into<Cell>>(cells: impl IntoIterator<Item = C>) -> Self {
        Self {
            content: Content::Places(cells.into_iter().map(Into::into).collect()),
            fate: Fate::Silent,
            why: "",
        }
    }

    /// As it stands.
    pub(crate) fn written(text: &str, fate: Fate, why: &'static str) -> Self {
        Self {
            content: Content::Written(text.to_owned()),
            fate,
            why,
        }
    }
}

impl Delivery {
    pub(crate) fn expected(&self) -> DeliveryExpected {
        let mut expected = DeliveryExpected {
            file: self.path,
            plugin: self.plugin,
            feed: self.feed,
            ..DeliveryExpected::default()
        };
        for line in &self.lines {
            expected.rows += 1;
            expected.count(line);
        }
        expected.accepted = expected.recorded + expected.revised + expected.ended;
        expected
    }
}

impl DeliveryExpected {
    fn count(&mut self, line: &Line) {
        match line.fate {
            Fate::Silent => {}
            Fate::Recorded => self.recorded += 1,
            Fate::Revised => self.revised += 1,
            Fate::Ended => self.ended += 1,
            Fate::Duplicate => self.duplicates += 1,
            Fate::RecordedAndEnded => {
                self.recorded += 1;
                self.ended += 1;
            }
            Fate::DuplicateAndEnded => {
                self.duplicates += 1;
                self.ended += 1;
            }
            Fate::Rejected(field, rule) => {
                self.rejected += 1;
                self.refuse("rejected", field, rule, line.why);
            }
            Fate::Quarantined(rule) => {
                self.quarantined += 1;
                self.refuse("quarantined", None, rule, line.why);
            }
        }
    }

    fn refuse(
        &mut self,
        kind: &'static str,
        field: Option<&'static str>,
        rule: &'static str,
        why: &'static str,
    ) {
        *self.rules.entry(rule).or_default() += 1;
        self.lines.push(LineExpected {
            row: self.rows,
            kind,
            field,
            rule,
            why,
        });
    }
}
