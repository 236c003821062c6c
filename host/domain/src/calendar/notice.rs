//! A notice of the State Council on the holidays of a year (部分节假日安排), and how
//! it is read from a file.
//!
//! Comes in: TOML that says what the notice says, in its order: each holiday with
//! the days off from–to, weekends among them or not, and the days worked instead
//! (调休上班). Goes out: the notice, or every rule that the file breaks with its
//! line. Always holds: no day is both off and worked, and none is named twice.
//!
//! ```toml
//! year = 2026
//! notice = "国务院办公厅关于2026年部分节假日安排的通知"
//! number = "国办发明电〔2025〕7号"
//! issued_on = "2025-11-04"
//!
//! [[off]]
//! name = "春节"
//! from = "2026-02-15"
//! to = "2026-02-23"
//! worked = ["2026-02-14", "2026-02-28"]
//! ```
//!
//! A single day off has no `to`. A notice that changes an earlier one of its year
//! says `amends = true`: what it names overrides the earlier one, day by day, and
//! the rest of that one stands. Deliberately absent: whether the notice fits what
//! is known already, which is for [`Calendar::with`](super::Calendar::with).

use super::is_weekend;
use crate::catalogue::Fault;
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;

/// What the State Council published on the holidays of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolidayNotice {
    /// The year whose holidays it arranges.
    pub year: i16,
    /// Its title (标题).
    pub title: String,
    /// Its number (发文字号), where it was verified.
    pub number: Option<String>,
    /// The day on which it was issued (成文日期), where it was verified.
    pub issued_on: Option<Date>,
    /// It changes an earlier notice of the same year.
    pub amends: bool,
    /// The holidays, in its order.
    pub holidays: Vec<Holiday>,
}

/// One holiday as a notice arranges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holiday {
    /// Its name, as the notice has it.
    pub name: String,
    /// The first day off.
    pub from: Date,
    /// The last day off.
    pub to: Date,
    /// Days worked instead, before or after it.
    pub worked: Vec<Date>,
}

impl HolidayNotice {
    /// Every day that the notice names, true for worked.
    pub(super) fn days(&self) -> BTreeMap<Date, bool> {
        let off = self.holidays.iter().flat_map(Holiday::days_off);
        let worked = self.holidays.iter().flat_map(|h| h.worked.iter().copied());
        off.map(|date| (date, false))
            .chain(worked.map(|date| (date, true)))
            .collect()
    }

    /// Whether it is the same notice as another of its year, by what it says of
    /// the days. An amendment is told by its date too: a later one may return to
    /// what an earlier one said.
    pub(super) fn is_the_same_as(&self, other: &Self) -> bool {
        self.amends == other.amends
            && (!self.amends || self.issued_on == other.issued_on)
            && self.days() == other.days()
    }

    /// Sorts notices into the order in which they decide.
    pub(super) fn rank(&self) -> impl Ord + '_ {
        (self.year, self.amends, self.issued_on, &self.number)
    }
}

impl Holiday {
    fn days_off(&self) -> impl Iterator<Item = Date> {
        let to = self.to;
        self.from
            .series(1.day())
            .take_while(move |date| *date <= to)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Spanned<i16>,
    notice: Spanned<String>,
    number: Option<String>,
    issued_on: Option<Spanned<Date>>,
    #[serde(default)]
    amends: bool,
    #[serde(default)]
    off: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Spanned<String>,
    from: Spanned<Date>,
    to: Option<Spanned<Date>>,
    #[serde(default)]
    worked: Vec<Spanned<Date>>,
}

/// Reads one notice, given as the name of its file and its text.
///
/// # Errors
/// Every rule broken, in the order of the lines. A file that is not TOML, or has
/// an unknown, missing or ill-typed field, is one fault.
pub fn read_notice(file_name: &str, text: &str) -> Result<HolidayNotice, Vec<Fault>> {
    let mut reading = Reading {
        file_name,
        text,
        faults: Vec::new(),
        named: BTreeMap::new(),
    };
    let file = toml::from_str::<File>(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let rule = format!(
            "{}. A notice has `year`, `notice`, `number`, `issued_on`, `amends` and [[off]] with \
             `name`, `from`, `to`, `worked`; days are written \"2026-01-01\"",
            error.message().trim_end()
        );
        vec![reading.fault_at(at, "syntax", rule)]
    })?;
    let year = *file.year.as_ref();
    // The first measures on holidays are of December 1949.
    if !(1950..=9999).contains(&year) {
        let rule = "is no year that a notice arranges; write it as 2026";
        return Err(vec![reading.fault_at(
            file.year.span().start,
            "year",
            rule.to_owned(),
        )]);
    }
    reading.head(year, &file);
    let holidays = file
        .off
        .iter()
        .map(|row| reading.holiday(year, file.amends, row));
    let notice = HolidayNotice {
        year,
        holidays: holidays.collect(),
        title: file.notice.into_inner(),
        number: file.number,
        issued_on: file.issued_on.map(Spanned::into_inner),
        amends: file.amends,
    };
    if reading.faults.is_empty() {
        return Ok(notice);
    }
    reading.faults.sort_by_key(|fault| fault.line);
    Err(reading.faults)
}

struct Reading<'a> {
    file_name: &'a str,
    text: &'a str,
    faults: Vec<Fault>,
    /// The days named so far, true for worked.
    named: BTreeMap<Date, bool>,
}

impl Reading<'_> {
    fn fault_at(&self, at: usize, field: &str, rule: String) -> Fault {
        let before = self.text.get(..at).unwrap_or(self.text);
        Fault {
            file: self.file_name.to_owned(),
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            field: field.to_owned(),
            rule,
        }
    }

    fn fault(&mut self, at: usize, field: &str, rule: impl Into<String>) {
        let fault = self.fault_at(at, field, rule.into());
        self.faults.push(fault);
    }

    /// The rules of the notice as a whole.
    fn head(&mut self, year: i16, file: &File) {
        let at = file.notice.span().start;
        if file.notice.as_ref().trim().is_empty() {
            self.fault(at, "notice", "write the notice's title here");
        }
        if let Some(other) = year_in(file.notice.as_ref()).filter(|other| *other != year) {
            let rule = format!(
                "this is a notice for {other}, but `year` is {year}; mend the one that is left from \
                 an earlier file"
            );
            self.fault(at, "notice", rule);
        }
        match &file.issued_on {
            Some(day) if !(year - 1..=year).contains(&day.as_ref().year()) => {
                let rule = format!(
                    "a notice for {year} is issued in that year or the one before; look at its date \
                     again"
                );
                self.fault(day.span().start, "issued_on", rule);
            }
            None if file.amends => {
                let rule = "an amendment needs `issued_on`: of two, the one issued later decides";
                self.fault(at, "issued_on", rule);
            }
            Some(_) | None => {}
        }
        if file.off.is_empty() {
            let rule = "the notice names no day; add an [[off]] for each holiday";
            self.fault(at, "off", rule);
        }
    }

    fn holiday(&mut self, year: i16, amends: bool, row: &Row) -> Holiday {
        let holiday = Holiday {
            name: row.name.as_ref().clone(),
            from: *row.from.as_ref(),
            to: *row.to.as_ref().unwrap_or(&row.from).as_ref(),
            worked: row.worked.iter().map(|day| *day.as_ref()).collect(),
        };
        if holiday.name.trim().is_empty() {
            let rule = "write the holiday's name as the notice has it";
            self.fault(row.name.span().start, "name", rule);
        }
        let end = row.to.as_ref().unwrap_or(&row.from);
        if holiday.to < holiday.from {
            let rule = format!("{} is before `from`, {}", holiday.to, holiday.from);
            self.fault(end.span().start, "to", rule);
        }
        let first = self.is_in_reach(year, "from", &row.from);
        let last = row
            .to
            .as_ref()
            .is_none_or(|to| self.is_in_reach(year, "to", to));
        if first && last {
            for date in holiday.days_off() {
                // One fault says enough of two holidays that overlap.
                if !self.mark(date, false, row.from.span().start) {
                    break;
                }
            }
        }
        for day in &row.worked {
            let date = *day.as_ref();
            let at = day.span().start;
            if !self.is_in_reach(year, "worked", day) {
                continue;
            }
            if !is_weekend(date) && !amends {
                let rule = format!(
                    "{date} is a {:?} and worked anyway; a notice makes Saturdays and Sundays \
                     workdays (调休上班)",
                    date.weekday()
                );
                self.fault(at, "worked", rule);
            }
            self.mark(date, true, at);
        }
        holiday
    }

    /// A notice names days of its own year, and of the December before it: the
    /// New Year's holiday reaches back (2007, 2008, 2012, 2019, 2023).
    fn is_in_reach(&mut self, year: i16, field: &str, day: &Spanned<Date>) -> bool {
        let date = *day.as_ref();
        let in_reach = date.year() == year || (date.year() == year - 1 && date.month() == 12);
        if !in_reach {
            let rule = format!(
                "{date} lies neither in {year} nor in the December before it; mend the day, or put \
                 it into the notice of {}",
                date.year()
            );
            self.fault(day.span().start, field, rule);
        }
        in_reach
    }

    /// Marks a day as off or worked; false, and a fault, where it was named before.
    fn mark(&mut self, date: Date, worked: bool, at: usize) -> bool {
        let field = if worked { "worked" } else { "from" };
        let rule = match (self.named.insert(date, worked), worked) {
            (None, _) => return true,
            (Some(before), now) if before != now => {
                format!("{date} is both off and worked; the notice can mean only one")
            }
            (Some(_), true) => format!("{date} is named as worked twice; keep it once"),
            (Some(_), false) => format!("{date} is off twice; two holidays overlap"),
        };
        self.fault(at, field, rule);
        false
    }
}

/// The year that a title names, as in 2026年部分节假日.
fn year_in(title: &str) -> Option<i16> {
    let (before, _) = title.split_once('年')?;
    let digits = before.len().checked_sub(4)?;
    before.get(digits..)?.parse().ok()
}
