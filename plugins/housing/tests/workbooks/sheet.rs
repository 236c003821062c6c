//! One sheet, as a program writes it and as the decoder reads it.
//!
//! In come cells with their kinds; out go a workbook and a text. Always: both say
//! the same. Absent: formulas that are worked out, several sheets, and colours.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet};

/// From here on a sheet keeps no digit behind the fifteenth.
const SHOWN_WHOLE: f64 = 1e15;

/// What stands in a cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Blank,
    /// Words, or a number stored as text.
    Text(String),
    /// A number without a style.
    Number(f64),
    /// A day by its style: `2025-03-12`.
    Day(&'static str),
    /// A moment by its style: `2025-03-12 08:30:00`.
    Moment(&'static str),
    /// A formula that failed, and what the sheet shows.
    Failed(&'static str),
    /// The number of a person, invented, and what the host puts in its place.
    Person(&'static str, &'static str),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A sheet, row by row.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    columns: usize,
    rows: Vec<Vec<Cell>>,
    merged: Vec<[usize; 4]>,
    hidden: Vec<usize>,
}

impl Sheet {
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    /// A row of cells, blank behind the last one given.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let mut row: Vec<Cell> = cells.into_iter().collect();
        row.resize(self.columns, Cell::Blank);
        self.rows.push(row);
    }

    /// Words over the whole width, merged.
    pub(crate) fn title(&mut self, words: &str) {
        self.row([words.into()]);
        self.merge(0, 0, self.columns - 1);
    }

    /// Merges cells of the latest row with those `up` rows above.
    pub(crate) fn merge(&mut self, up: usize, first: usize, last: usize) {
        let row = self.rows.len() - 1;
        self.merged.push([row - up, first, row, last]);
    }

    pub(crate) fn hide(&mut self, column: usize) {
        self.hidden.push(column);
    }

    /// The text of the decoder: a line for each row, dates by their style, numbers
    /// in their shortest form, and with an exponent where a sheet has lost digits.
    pub(crate) fn csv(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| quoted(&cell.shown())).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    pub(crate) fn xlsx(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let made = ExcelDateTime::from_ymd(2026, 6, 1).unwrap();
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let sheet = workbook.add_worksheet();
        for [first_row, first, last_row, last] in &self.merged {
            sheet
                .merge_range(
                    u32::try_from(*first_row).unwrap(),
                    u16::try_from(*first).unwrap(),
                    u32::try_from(*last_row).unwrap(),
                    u16::try_from(*last).unwrap(),
                    "",
                    &Format::new(),
                )
                .unwrap();
        }
        for column in &self.hidden {
            sheet
                .set_column_hidden(u16::try_from(*column).unwrap())
                .unwrap();
        }
        for (row, cells) in (0..).zip(&self.rows) {
            for (column, cell) in (0..).zip(cells) {
                cell.write(sheet, row, column);
            }
        }
        workbook.save_to_buffer().unwrap()
    }
}

impl Cell {
    fn shown(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) if number.abs() >= SHOWN_WHOLE => {
                let text = format!("{number:.5E}");
                let (digits, power) = text.split_once('E').unwrap();
                let digits = digits.trim_end_matches('0').trim_end_matches('.');
                format!("{digits}E+{power}")
            }
            Self::Number(number) => number.to_string(),
            Self::Day(shown) | Self::Moment(shown) | Self::Failed(shown) => (*shown).to_owned(),
            Self::Person(_, token) => (*token).to_owned(),
        }
    }

    fn write(&self, sheet: &mut Worksheet, row: u32, column: u16) {
        let written = match self {
            Self::Blank => return,
            Self::Text(text) => sheet.write_string(row, column, text),
            Self::Person(number, _) => sheet.write_string(row, column, *number),
            Self::Number(number) => sheet.write_number(row, column, *number),
            Self::Day(day) => dated(sheet, row, column, day, "yyyy/m/d"),
            Self::Moment(moment) => dated(sheet, row, column, moment, "yyyy-mm-dd hh:mm:ss"),
            Self::Failed(shown) => {
                let formula = Formula::new("=VLOOKUP(A1,Z1:Z2,2,FALSE)").set_result(*shown);
                sheet.write_formula(row, column, formula)
            }
        };
        written.unwrap();
    }
}

fn dated<'s>(
    sheet: &'s mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    style: &str,
) -> Result<&'s mut Worksheet, rust_xlsxwriter::XlsxError> {
    let at = ExcelDateTime::parse_from_str(text)?;
    sheet.write_datetime_with_format(row, column, &at, &Format::new().set_num_format(style))
}

/// RFC 4180.
fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// An invented code with right check characters (GB 32100 around GB 11714).
pub(crate) fn uscc(number: u32) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("MA91{number:04}");
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        _ => u32::from(c - b'A') + 10,
    };
    let weighted: u32 = body
        .bytes()
        .zip([3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(c, weight)| value(c) * weight)
        .sum();
    let organization = match 11 - weighted % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap(),
    };
    let code = format!("91350100{body}{organization}");
    let mut weight = 1;
    let mut sum = 0;
    for c in code.bytes() {
        let place = ALPHABET.iter().position(|&known| known == c).unwrap();
        sum += place * weight;
        weight = weight * 3 % 31;
    }
    let check = char::from(ALPHABET[(31 - sum % 31) % 31]);
    format!("{code}{check}")
}
