//! Rows of cells as CSV (RFC 4180): line feeds, and as many fields in every record
//! as the widest row has.
//!
//! Always holds: the number of a record is the number of its row, so that blank
//! rows are records too; the text has at most [`TEXT`](crate::TEXT) bytes.

use crate::{CELLS, COLUMNS, Reason, Refusal, TEXT};

/// A table that grows cell by cell, from the left to the right and from the top
/// down.
#[derive(Default)]
pub(crate) struct Table {
    text: String,
    /// For each finished row where its text ends, and its fields.
    rows: Vec<(usize, u32)>,
    /// Fields of the row that is being written.
    fields: u32,
    cells: usize,
    widest: u32,
}

impl Table {
    /// Whether no cell was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// Writes a cell; both places count from 0.
    pub(crate) fn cell(&mut self, row: u32, column: u32, words: &str) -> Result<(), Refusal> {
        if (row as usize) < self.rows.len()
            || (row as usize == self.rows.len() && column < self.fields)
        {
            let text = format!("row {}: its cells are not in order; save it again", row + 1);
            return Err(Refusal::new(Reason::Damaged, text));
        }
        if column >= COLUMNS {
            return Err(too_large(format!(
                "row {} has a cell beyond column {COLUMNS}",
                row + 1
            )));
        }
        if self.cells == CELLS {
            return Err(too_large(format!("it has more than {CELLS} cells")));
        }
        self.cells += 1;
        while self.rows.len() < row as usize {
            self.end_row()?;
        }
        for _ in self.fields.max(1)..=column {
            self.text.push(',');
        }
        self.fields = column + 1;
        self.widest = self.widest.max(self.fields);
        self.quoted(words);
        self.room(0)
    }

    fn quoted(&mut self, words: &str) {
        if !words.contains(['"', ',', '\n', '\r']) {
            self.text.push_str(words);
            return;
        }
        self.text.push('"');
        self.text.push_str(&words.replace('"', "\"\""));
        self.text.push('"');
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        self.rows.push((self.text.len(), self.fields));
        self.fields = 0;
        self.room(self.rows.len())
    }

    fn room(&self, more: usize) -> Result<(), Refusal> {
        match self.text.len() + more <= TEXT {
            true => Ok(()),
            false => Err(too_large(format!(
                "its text has more than {} MiB",
                TEXT >> 20
            ))),
        }
    }

    /// The text, every record of it as wide as the widest.
    pub(crate) fn finish(mut self) -> Result<String, Refusal> {
        self.end_row()?;
        let widest = self.widest;
        // A single empty field would be an empty line, which readers skip.
        let missing = |fields: u32| match (widest, fields) {
            (1, 0) => 2,
            _ => (widest - fields.max(1)) as usize,
        };
        let commas: usize = self
            .rows
            .iter()
            .map(|(_, fields)| missing(*fields) + 1)
            .sum();
        self.room(commas)?;
        let mut text = String::with_capacity(self.text.len() + commas);
        let mut start = 0;
        for (end, fields) in &self.rows {
            text.push_str(&self.text[start..*end]);
            start = *end;
            match (widest, fields) {
                (1, 0) => text.push_str("\"\""),
                _ => text.extend(std::iter::repeat_n(',', missing(*fields))),
            }
            text.push('\n');
        }
        Ok(text)
    }
}

fn too_large(what: String) -> Refusal {
    Refusal::new(Reason::TooLarge, format!("the sheet is too large: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[(u32, u32, &str)], expected: &str) {
        let mut table = Table::default();
        for (row, column, words) in cells {
            table.cell(*row, *column, words).unwrap();
        }
        assert_eq!(table.finish().unwrap(), expected);
    }

    #[test]
    fn every_record_is_a_row_and_as_wide_as_the_widest() {
        check(
            &[(0, 0, "a"), (0, 1, "b"), (1, 1, "c"), (3, 0, "d")],
            "a,b\n,c\n,\nd,\n",
        );
        check(&[(1, 2, "x")], ",,\n,,x\n");
        check(&[(0, 0, "a"), (2, 0, "b")], "a\n\"\"\nb\n");
        check(
            &[(0, 0, "a,b"), (0, 1, "say \"x\""), (0, 2, "1\n2")],
            "\"a,b\",\"say \"\"x\"\"\",\"1\n2\"\n",
        );
    }

    #[test]
    fn cells_that_go_back_are_refused() {
        for second in [(0, 0), (0, 1)] {
            let mut table = Table::default();
            table.cell(0, 1, "a").unwrap();
            let refusal = table.cell(second.0, second.1, "b").unwrap_err();
            assert_eq!(refusal.reason, Reason::Damaged);
        }
        let mut table = Table::default();
        table.cell(5, 0, "a").unwrap();
        assert!(
            table
                .cell(4, 9, "b")
                .unwrap_err()
                .text
                .starts_with("row 5:")
        );
    }

    #[test]
    fn a_table_has_its_limits() {
        let mut table = Table::default();
        assert_eq!(
            table.cell(0, COLUMNS, "a").unwrap_err().reason,
            Reason::TooLarge
        );
        let mut table = Table::default();
        let big = "x".repeat(TEXT);
        assert_eq!(table.cell(0, 0, &big), Ok(()));
        assert_eq!(table.finish().unwrap_err().reason, Reason::TooLarge);
        // Commas that are not written yet count too.
        let mut table = Table::default();
        table.cell(0, COLUMNS - 1, "a").unwrap();
        table.cell(40_000, 0, "b").unwrap();
        assert_eq!(table.finish().unwrap_err().reason, Reason::TooLarge);
        let mut table = Table::default();
        for row in 0..CELLS as u32 {
            table.cell(row, 0, "1").unwrap();
        }
        assert_eq!(
            table.cell(CELLS as u32, 0, "1").unwrap_err().reason,
            Reason::TooLarge
        );
    }
}
