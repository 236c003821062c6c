//! `calendar add`, `import`, `show`: working days by the State Council's notices.
//!
//! Always holds: `add` and `show` write nothing and need no house; of several
//! files none is imported while one of them breaks rules.

use super::{Desk, read_text};
use crate::{args::CalendarCommand, tell::fields};
use anyhow::Context as _;
use credence_domain::{
    calendar::{Calendar, Day, Deadline, HolidayNotice, read_notice},
    span::Span,
};
use credence_pipeline::{Imported, PipelineError, calendar_of};
use jiff::civil::{Date, Weekday};
use serde::Serialize;
use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

/// A year as it is known.
#[derive(Serialize)]
struct Shown<'a> {
    year: i16,
    known: bool,
    notices: Vec<&'a HolidayNotice>,
}

pub(super) async fn run(command: CalendarCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    match command {
        CalendarCommand::Add { start, days } => {
            let calendar = calendar_of(&desk.data)?;
            let due = calendar
                .after(start, Span::WorkingDays(days))
                .with_context(|| {
                    format!("{days} working days after {start} is past the year 9999")
                })?;
            desk.tell
                .show(&due, |due| due_words(&calendar, start, *due))?;
        }
        CalendarCommand::Import { files } => import(&files, desk).await?,
        CalendarCommand::Show { year } => {
            let calendar = calendar_of(&desk.data)?;
            let shown = Shown {
                year,
                known: calendar.is_known(year),
                notices: calendar.notices_of(year).collect(),
            };
            desk.tell
                .show(&shown, |shown| year_words(&calendar, shown))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn due_words(calendar: &Calendar, start: Date, due: Deadline) -> String {
    let date = format!("{} {}", due.date, chinese(due.date.weekday()));
    if !due.provisional {
        return date;
    }
    let unknown: Vec<String> = (start.year()..=due.date.year())
        .filter(|year| !calendar.is_known(*year))
        .map(|year| year.to_string())
        .collect();
    format!(
        "{date}, provisional: the notice of {} is not known, so Monday to Friday were taken as \
         worked.\nWhen the State Council has published it: `credence calendar import FILE`.",
        unknown.join(", ")
    )
}

async fn import(files: &[PathBuf], desk: &Desk) -> anyhow::Result<()> {
    let mut texts = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for path in files {
        let (name, text) = (path.display().to_string(), read_text(path)?);
        faults.extend(read_notice(&name, &text).err().into_iter().flatten());
        texts.push((name, text));
    }
    if !faults.is_empty() {
        return Err(PipelineError::HolidayNotice(faults)).context("nothing was imported");
    }
    let house = desk.house_or_new().await?;
    let mut imported = Vec::with_capacity(texts.len());
    let mut refused = None;
    for (name, text) in &texts {
        match house.import_notice(name, text, &desk.actor).await {
            Ok(one) => imported.push(one),
            Err(error) => {
                let told = match imported.len() {
                    0 => format!("{name} is not imported"),
                    done => format!("{name} is not imported; the {done} before it are"),
                };
                refused = Some(anyhow::Error::new(error).context(told));
                break;
            }
        }
    }
    desk.seal(&house).await;
    match refused {
        Some(refused) => Err(refused),
        None => desk.tell.show(&imported, |imported| {
            imported.iter().map(imported_words).collect()
        }),
    }
}

fn imported_words(imported: &Imported) -> String {
    let Imported {
        year,
        notice,
        number,
        unchanged,
        newly_known,
        changed,
    } = imported;
    let name = cited(notice, number.as_deref());
    if *unchanged {
        return format!("{name}: known already, nothing changed\n");
    }
    let mut text = format!("{name}: imported\n");
    if *newly_known {
        text += &format!("  {year} is known now; `credence calendar show {year}` shows it\n");
    }
    for day in changed {
        let now = match day.day {
            Day::Working => "worked",
            Day::Rest => "off",
            Day::Unknown => "unknown",
        };
        text += &format!(
            "  {} {} is now {now}\n",
            day.date,
            chinese(day.date.weekday())
        );
    }
    text
}

/// The notices of a year under a picture of its months.
fn year_words(calendar: &Calendar, shown: &Shown) -> String {
    let mut text = String::new();
    for first in [1, 4, 7, 10] {
        let months = [0, 1, 2].map(|next| month(calendar, shown.year, first + next));
        let height = months.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let lines = months
                .each_ref()
                .map(|month| month.get(line).map_or("", String::as_str));
            let line = format!("{:<31}{:<31}{}", lines[0], lines[1], lines[2]);
            text += line.trim_end();
            text.push('\n');
        }
        text.push('\n');
    }
    if !shown.known {
        text += &format!(
            "The notice of {} is not known: `credence calendar import FILE` brings it in.",
            shown.year
        );
        return text;
    }
    text += "- off   + a weekend day that is worked\n";
    for notice in &shown.notices {
        text += &format!("\n{}\n", cited(&notice.title, notice.number.as_deref()));
        let holidays: Vec<(&str, String)> = notice
            .holidays
            .iter()
            .map(|holiday| {
                let mut days = holiday.from.to_string();
                if holiday.to != holiday.from {
                    days += &format!(" – {}", holiday.to);
                }
                for worked in &holiday.worked {
                    days += &format!(", + {worked}");
                }
                (holiday.name.as_str(), days)
            })
            .collect();
        text += &fields(&holidays);
        text.push('\n');
    }
    text
}

/// A month as lines, Monday first, each day with its mark.
fn month(calendar: &Calendar, year: i16, month: i8) -> Vec<String> {
    let mut lines = vec![
        format!("{year}-{month:02}"),
        "Mo  Tu  We  Th  Fr  Sa  Su".to_owned(),
    ];
    let Ok(mut date) = Date::new(year, month, 1) else {
        return lines;
    };
    let before = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    let mut line = " ".repeat(4 * before);
    while date.month() == month {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let mark = match calendar.day(date) {
            Day::Rest => '-',
            Day::Working if weekend => '+',
            Day::Working | Day::Unknown => ' ',
        };
        // Writing to a String cannot fail.
        let _ = write!(line, "{:2}{mark} ", date.day());
        if date.weekday() == Weekday::Sunday {
            lines.push(std::mem::take(&mut line));
        }
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A notice as it is cited: its title, and its number where that is known.
fn cited(title: &str, number: Option<&str>) -> String {
    match number {
        Some(number) => format!("《{title}》（{number}）"),
        None => format!("《{title}》"),
    }
}

fn chinese(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}
