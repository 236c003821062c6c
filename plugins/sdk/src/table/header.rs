//! The header of a table: which column is which.
//!
//! In come rows from the top; out goes, once the required columns are there, what
//! stands in each column. Always: a header is what it is by its names and never by its
//! place; names are compared without width, spaces, case and marks of obligation (*).
//! Absent: guesses; a required name that fits two columns ends the delivery.

use std::borrow::Cow;

use super::split::{self, Cells};
use super::{Column, HEADER_ROWS, Layout};
use crate::contract::feeds::FeedError;
use crate::row::check_name;
use crate::text::{half_width, says_nothing};

/// First words of a subtotal.
const SUBTOTALS: [&str; 4] = ["合计", "小计", "总计", "共计"];
/// Names shown where a header is not what was agreed.
const SHOWN_NAMES: usize = 40;
const SHOWN_CHARACTERS: usize = 400;

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Slot {
    /// A column of the layout, by its place there.
    Known(usize),
    /// A column that the layout does not know, by the header's name or its number.
    Named(String),
    /// Behind the header's last name.
    Outside,
}

/// Which column is which.
#[derive(Debug)]
pub(super) struct Header {
    slots: Vec<Slot>,
    /// The names of its one row, or of its two, for when it comes again.
    rows: Vec<Vec<String>>,
}

/// The search for the header, or what it found. Holds rows as they stand, so that a
/// carry is made of them.
#[derive(Debug)]
pub(super) struct Search<'c> {
    /// Rows with something in them so far; not counted further once it is found.
    rows: u32,
    /// While searching the row before this one; afterwards the upper row of a header
    /// of two.
    above: Cow<'c, str>,
    /// While searching the row that comes nearest; afterwards the header's row.
    row: Cow<'c, str>,
    found: Option<Header>,
    /// The header was the last row: the next may still belong to it.
    fresh: bool,
}

impl<'c> Search<'c> {
    pub(super) fn start() -> Self {
        Self {
            rows: 0,
            above: Cow::Borrowed(""),
            row: Cow::Borrowed(""),
            found: None,
            fresh: false,
        }
    }

    /// The parts of a carry: phase, rows, the two rows held.
    pub(super) fn parts(&self) -> (char, u32, &str, &str) {
        let phase = match (&self.found, self.fresh) {
            (None, _) => 's',
            (Some(_), true) => 'f',
            (Some(_), false) => 'h',
        };
        (phase, self.rows, &self.above, &self.row)
    }

    /// The search as [`Search::parts`] told it. `None`: it told no such thing.
    pub(super) fn resume(
        layout: &Layout,
        phase: char,
        rows: u32,
        above: &'c str,
        row: &'c str,
    ) -> Option<Self> {
        let mut search = Self {
            rows,
            above: Cow::Borrowed(above),
            row: Cow::Borrowed(row),
            found: None,
            fresh: phase == 'f',
        };
        if phase != 's' {
            let upper = (!above.is_empty()).then(|| names(layout, above));
            search.found = Some(matched(layout, upper, names(layout, row))?);
        }
        matches!(phase, 's' | 'f' | 'h').then_some(search)
    }

    /// How many columns the header has, once it is found.
    pub(super) fn columns(&self) -> Option<usize> {
        self.found.as_ref().map(Header::columns)
    }

    /// The header under which this row stands; `None`: the row is a title, or is of
    /// the header itself. `raw` is the row as it stands.
    ///
    /// # Errors
    /// `wrong-format`: the header should have come by now, or is not of one reading.
    pub(super) fn header(
        &mut self,
        layout: &Layout,
        cells: &Cells<'_>,
        raw: &str,
    ) -> Result<Option<&Header>, FeedError> {
        if self.found.is_none() {
            self.seek(layout, plain_names(cells), raw)?;
            return Ok(None);
        }
        if std::mem::take(&mut self.fresh) && self.above.is_empty() {
            let lower = plain_names(cells);
            if is_lower_row(layout, &lower) {
                let upper = names(layout, &self.row);
                if let Some(header) = matched(layout, Some(upper), lower) {
                    self.above = std::mem::replace(&mut self.row, Cow::Owned(raw.to_owned()));
                    self.found = Some(header);
                    return Ok(None);
                }
            }
        }
        Ok(self.found.as_ref())
    }

    fn seek(&mut self, layout: &Layout, row: Vec<String>, raw: &str) -> Result<(), FeedError> {
        self.rows += 1;
        if let Some(header) = matched(layout, None, row.clone()) {
            self.above = Cow::Borrowed("");
            self.found = Some(header);
        } else if !self.above.is_empty() {
            self.found = matched(layout, Some(names(layout, &self.above)), row.clone());
        }
        if self.found.is_some() {
            self.row = Cow::Owned(raw.to_owned());
            self.fresh = true;
            return Ok(());
        }
        let nearest = known(layout, &names(layout, &self.row));
        if self.row.is_empty() || known(layout, &row) > nearest {
            self.row = Cow::Owned(raw.to_owned());
        }
        if self.rows == HEADER_ROWS {
            return Err(self.not_found(layout));
        }
        self.above = Cow::Owned(raw.to_owned());
        Ok(())
    }

    /// Why no row was the header. Quotes names only from a row that has some of those
    /// sought: any other may be data.
    pub(super) fn not_found(&self, layout: &Layout) -> FeedError {
        if self.rows == 0 {
            return FeedError::WrongFormat(
                "the delivery is empty; send the table with its header".to_owned(),
            );
        }
        let nearest = names(layout, &self.row);
        let missing: Vec<&str> = layout
            .columns
            .iter()
            .filter(|column| column.required && !nearest.iter().any(|name| is(column, name)))
            .map(|column| column.name)
            .collect();
        if missing.is_empty() {
            let twice = layout
                .columns
                .iter()
                .filter(|column| nearest.iter().filter(|name| is(column, name)).count() > 1)
                .map(|column| column.name);
            return FeedError::WrongFormat(format!(
                "a column stands in the header twice, or under two of its names; \
                 send the table with one of them: {}",
                twice.collect::<Vec<_>>().join(", ")
            ));
        }
        if known(layout, &nearest) == 0 {
            return FeedError::WrongFormat(format!(
                "no row at the top has the names of the columns; send the table with the \
                 header {}",
                missing.join(", ")
            ));
        }
        let found: Vec<String> = nearest.into_iter().filter(|n| !n.is_empty()).collect();
        let found: String = found[..found.len().min(SHOWN_NAMES)].join(", ");
        let found: String = found.chars().take(SHOWN_CHARACTERS).collect();
        FeedError::WrongFormat(format!(
            "the table has no column {}; its header has {found}",
            missing.join(", ")
        ))
    }
}

impl Header {
    pub(super) fn columns(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn slot(&self, at: usize) -> &Slot {
        self.slots.get(at).unwrap_or(&Slot::Outside)
    }

    /// Whether a row is one of the header's, printed again.
    pub(super) fn comes_again(&self, cells: &Cells<'_>) -> bool {
        self.rows.iter().any(|names| {
            let mut told = 0;
            for at in 0..cells.len() {
                let text = cells.text(at);
                if text.trim().is_empty() {
                    continue;
                }
                let same = names
                    .get(at)
                    .is_some_and(|name| !name.is_empty() && *name == plain(&text));
                if !same {
                    return false;
                }
                told += 1;
            }
            told > 1 || told == self.columns()
        })
    }

    /// Whether a row only sums up others.
    pub(super) fn is_subtotal(&self, layout: &Layout, cells: &Cells<'_>) -> bool {
        let first = (0..cells.len())
            .map(|at| cells.text(at))
            .find(|text| !text.trim().is_empty());
        let Some(first) = first else { return false };
        if !first.contains('计') {
            return false;
        }
        let first = plain(&first);
        let sums_up = SUBTOTALS.iter().any(|word| {
            first
                .strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic()))
        });
        let is_empty = |(at, slot): (usize, &Slot)| match slot {
            Slot::Known(column) => {
                layout.columns[*column].required && says_nothing(cells.text(at).trim())
            }
            Slot::Named(_) | Slot::Outside => false,
        };
        sums_up && self.slots.iter().enumerate().any(is_empty)
    }
}

/// The names of a row as it stands.
fn names(layout: &Layout, raw: &str) -> Vec<String> {
    let mut cells = Cells::default();
    split::record(raw, layout.delimiter, &mut cells);
    plain_names(&cells)
}

fn plain_names(cells: &Cells<'_>) -> Vec<String> {
    (0..cells.len()).map(|at| plain(&cells.text(at))).collect()
}

/// A name without what does not matter.
fn plain(name: &str) -> String {
    let name: String = half_width(name)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
        .collect();
    name.trim_matches(['*', ':']).to_owned()
}

fn is(column: &Column, name: &str) -> bool {
    is_one_of(&spellings(column), name)
}

/// The names of a column, as a header's are compared with them.
fn spellings(column: &Column) -> Vec<String> {
    let names = column.aliases.iter().chain([&column.name]);
    names.map(|name| plain(name)).collect()
}

fn is_one_of(spelled: &[String], name: &str) -> bool {
    !name.is_empty() && spelled.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// How many columns of the layout a row names.
fn known(layout: &Layout, names: &[String]) -> usize {
    let named = |column: &&Column| names.iter().any(|name| is(column, name));
    layout.columns.iter().filter(named).count()
}

/// Whether a row holds names of columns and nothing else: the second row of a header
/// whose first one has all that is required.
fn is_lower_row(layout: &Layout, names: &[String]) -> bool {
    let mut told = names.iter().filter(|name| !name.is_empty()).peekable();
    told.peek().is_some()
        && told.all(|name| {
            layout
                .columns
                .iter()
                .any(|column| is(column, name) || ends_with(column, name))
        })
}

/// Whether `名称` is the lower half of `当事人名称`.
fn ends_with(column: &Column, name: &str) -> bool {
    let mut names = column.aliases.iter().chain([&column.name]);
    names.any(|alias| plain(alias).ends_with(name))
}

/// The names that a column may go by, best first: of a header of two rows both
/// together, the lower one, and the upper one where nothing is below it.
fn candidates(upper: Option<&[String]>, lower: &[String]) -> Vec<[String; 2]> {
    let Some(upper) = upper else {
        return lower.iter().map(|n| [n.clone(), String::new()]).collect();
    };
    let mut group = "";
    (0..lower.len().max(upper.len()))
        .map(|at| {
            let above = upper.get(at).map_or("", String::as_str);
            let below = lower.get(at).map_or("", String::as_str);
            if !above.is_empty() {
                group = above;
            }
            if below.is_empty() {
                [above.to_owned(), String::new()]
            } else {
                [format!("{group}{below}"), below.to_owned()]
            }
        })
        .collect()
}

/// Finds the columns of the layout among the names. `None`: a required one is
/// missing, or one fits two columns.
fn matched(layout: &Layout, upper: Option<Vec<String>>, lower: Vec<String>) -> Option<Header> {
    let names = candidates(upper.as_deref(), &lower);
    let last = names.iter().rposition(|name| !name[0].is_empty())?;
    let mut slots: Vec<Option<Slot>> = vec![None; last + 1];
    for (place, column) in layout.columns.iter().enumerate() {
        let spelled = spellings(column);
        let at_level = |level: usize| -> Vec<usize> {
            let fits = |at: &usize| is_one_of(&spelled, &names[*at][level]);
            (0..slots.len()).filter(fits).collect()
        };
        let mut places = at_level(0);
        if places.is_empty() {
            places = at_level(1);
        }
        match places.as_slice() {
            [] if column.required => return None,
            [] => {}
            [at] if slots[*at].is_none() => slots[*at] = Some(Slot::Known(place)),
            _ => return None,
        }
    }
    let mut taken: Vec<String> = Vec::new();
    let mut unknown = |at: usize| {
        let name = names[at][0].clone();
        let is_free = check_name(&name).is_ok()
            && !taken.contains(&name)
            && !layout.columns.iter().any(|column| column.name == name);
        let name = match is_free {
            true => name,
            false => format!("列{}", at + 1),
        };
        taken.push(name.clone());
        Slot::Named(name)
    };
    let slots = slots
        .into_iter()
        .enumerate()
        .map(|(at, slot)| slot.unwrap_or_else(|| unknown(at)))
        .collect();
    let rows = upper.into_iter().chain([lower]).collect();
    Some(Header { slots, rows })
}
