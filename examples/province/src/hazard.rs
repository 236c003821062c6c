//! What can be wrong with a row, in whatever form it comes.
//!
//! In come the names of a feed's columns; out go hazards: what is changed in a row, and
//! what a house makes of it then. Always: a hazard changes one thing, so that its fate
//! is of that. Absent: hazards of one form or one feed alone, which stand with it.

use crate::codes::with_wrong_check;
use crate::delivery::Fate;
use crate::organizations::Organization;
use crate::row::{Cell, Row};

/// A change, and what it comes to.
#[derive(Debug, Clone)]
pub(crate) struct Hazard {
    pub(crate) why: &'static str,
    pub(crate) fate: Fate,
    pub(crate) changes: Vec<Change>,
}

/// What is changed.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Set(&'static str, Cell),
    /// A second cell of a name.
    Add(&'static str, Cell),
    Remove(&'static str),
    Lower(&'static str),
    /// Digits, letters and brackets in full width.
    Wide(&'static str),
    /// In what is written of the row.
    Rewrite(&'static str, &'static str),
}

impl Hazard {
    pub(crate) fn of(why: &'static str, fate: Fate, changes: Vec<Change>) -> Self {
        Self { why, fate, changes }
    }

    /// One cell says something else.
    pub(crate) fn set(
        why: &'static str,
        column: &'static str,
        cell: impl Into<Cell>,
        fate: Fate,
    ) -> Self {
        Self::of(why, fate, vec![Change::Set(column, cell.into())])
    }

    /// Gives what is to be changed in what is written.
    pub(crate) fn apply(&self, row: &mut Row) -> Option<(&'static str, &'static str)> {
        let mut rewritten = None;
        for change in &self.changes {
            match change {
                Change::Set(column, cell) => row.set(column, cell.clone()),
                Change::Add(column, cell) => row.add(column, cell.clone()),
                Change::Remove(column) => row.remove(column),
                Change::Lower(column) => row.reword(column, str::to_lowercase),
                Change::Wide(column) => row.reword(column, full_width),
                Change::Rewrite(from, to) => rewritten = Some((*from, *to)),
            }
        }
        rewritten
    }
}

/// Rejected for this column.
pub(crate) fn rejected(column: &'static str, rule: &'static str) -> Fate {
    Fate::Rejected(Some(column), rule)
}

/// Days of a decision, in every spelling that departments have been seen to use.
pub(crate) fn days(column: &'static str) -> Vec<Hazard> {
    let spelled = |why, text: &str, fate| Hazard::set(why, column, text, fate);
    let read = Fate::Recorded;
    vec![
        spelled("day 2022-1-24", "2022-1-24", read),
        spelled("day with an empty time", "2019-5-22 0:00:00", read),
        spelled("day in words", "2017年1月25日", read),
        spelled("day in full width", "２０１７年１月２５日", read),
        spelled("day as 2022/1/24", "2022/1/24", read),
        spelled("day without separators", "20220124", read),
        Hazard::set(
            "day in epoch milliseconds",
            column,
            Cell::number(1_642_953_600_000_u64),
            read,
        ),
        spelled("day as a spreadsheet's serial", "44585", read),
        spelled(
            "day in two readings",
            "1/2/2022",
            rejected(column, "ambiguous"),
        ),
        spelled(
            "day of seven digits",
            "2022124",
            rejected(column, "ambiguous"),
        ),
        spelled(
            "no day of the calendar",
            "2022-02-30",
            rejected(column, "malformed"),
        ),
        spelled(
            "sentinel for no day",
            "1900-1-1",
            rejected(column, "missing"),
        ),
    ]
}

/// Amounts of a column in 万元.
pub(crate) fn ten_thousands(column: &'static str) -> Vec<Hazard> {
    let spelled = |why, text: &str, fate| Hazard::set(why, column, text, fate);
    let read = Fate::Recorded;
    vec![
        spelled("amount with comma and unit", "1,000(万元人民币)", read),
        spelled("amount with comma", "1,234.56", read),
        spelled("amount in full width", "１，０００．５", read),
        spelled("amount in words", "罚款五千元整", read),
        Hazard::set(
            "amount that floats round",
            column,
            Cell::number("0.29"),
            read,
        ),
        spelled("comma for a point", "1,00", rejected(column, "ambiguous")),
        spelled(
            "amount in another unit",
            "5000元",
            rejected(column, "ambiguous"),
        ),
        spelled(
            "amount as a float",
            "1.2E+3",
            rejected(column, "damaged-text"),
        ),
        spelled("amount below zero", "-5", rejected(column, "out-of-range")),
    ]
}

/// Names of the columns of an organization's codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeColumns {
    pub(crate) uscc: &'static str,
    /// `None`: the feed has no such column.
    pub(crate) organization: Option<&'static str>,
    pub(crate) registration: Option<&'static str>,
    /// Of persons the item is shown to fewer. A row of which nobody can say whom it is
    /// about is then refused for its class, before it would be kept for a person.
    pub(crate) narrower_for_persons: bool,
}

/// Codes of this organization, well and badly written.
pub(crate) fn codes(columns: CodeColumns, org: &Organization) -> Vec<Hazard> {
    let uscc = columns.uscc;
    let unbound = |rule| match columns.narrower_for_persons {
        true => rejected("disclosure", "too-wide"),
        false => Fate::Quarantined(rule),
    };
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    let mut hazards = vec![
        Hazard::of(
            "code in lower case",
            Fate::Recorded,
            vec![Change::Lower(uscc)],
        ),
        Hazard::of(
            "code in full width",
            Fate::Recorded,
            vec![Change::Wide(uscc)],
        ),
        Hazard::set(
            "code with spaces",
            uscc,
            spaced(&org.uscc).as_str(),
            Fate::Recorded,
        ),
        Hazard::set(
            "wrong check character",
            uscc,
            with_wrong_check(&org.uscc).as_str(),
            unbound("unbindable"),
        ),
        Hazard::set(
            "code as a spreadsheet's float",
            uscc,
            "9.13E+17",
            rejected(uscc, "damaged-text"),
        ),
        Hazard::set("no code at all", uscc, "暂无", unbound("no-identifier")),
    ];
    if let Some(column) = columns.organization {
        let (body, check) = org.organization_code.split_at(8);
        hazards.push(Hazard::of(
            "organization code with its hyphen, and no other",
            Fate::Recorded,
            vec![set(uscc, "/"), set(column, &format!("{body}-{check}"))],
        ));
    }
    if let Some(column) = columns.registration {
        hazards.push(Hazard::of(
            "registration number as digits",
            Fate::Recorded,
            vec![
                set(uscc, "无"),
                Change::Set(column, Cell::number(&org.registration)),
            ],
        ));
        hazards.push(Hazard::of(
            "registration number without its check digit",
            unbound("unbindable"),
            vec![set(uscc, "无"), set(column, &org.registration[..14])],
        ));
    }
    hazards
}

/// A number of a document, typed in other ways.
pub(crate) fn document_numbers(column: &'static str) -> Vec<Hazard> {
    vec![
        Hazard::of(
            "number in full width",
            Fate::Recorded,
            vec![Change::Wide(column)],
        ),
        Hazard::set("no number", column, "暂无", rejected(column, "missing")),
    ]
}

/// Words of a text.
pub(crate) fn texts(column: &'static str) -> Vec<Hazard> {
    vec![
        Hazard::set(
            "line break in a text",
            column,
            "第一行\r\n第二行",
            Fate::Recorded,
        ),
        Hazard::set(
            "quotes and commas in a text",
            column,
            "当事人称\"不知情\",经核查",
            Fate::Recorded,
        ),
        Hazard::set(
            "characters lost on the way",
            column,
            "在账簿\u{fffd}\u{fffd}上",
            rejected(column, "damaged-text"),
        ),
    ]
}

fn spaced(code: &str) -> String {
    let (office, rest) = code.split_at(8);
    format!(" {office} {rest} ")
}

fn full_width(text: &str) -> String {
    let wide = |c: char| match c {
        '〔' => '（',
        '〕' => '）',
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(wide).collect()
}
