//! Stable names for what is drawn anew in every run.
//!
//! Comes in: what a command printed. Goes out: the same with `order-1` for an id,
//! `digest-1` for a digest, `{scratch}` for a directory, the day alone for a moment:
//! names in the order of first appearance, tables laid out anew for them; `…` for how
//! often the log was signed. Always holds: one thing has one name, and an id that the
//! house does not know is `id-1`.

use credence_domain::ids::{CaseId, DeliveryId, ObjectionId, OrderId, RecordId, SubjectId};
use credence_pipeline::House;
use std::collections::BTreeMap;

/// The names given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, u32>,
    /// Texts that stand for themselves, such as directories and addresses.
    texts: Vec<(String, String)>,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Plain(&'t str),
    /// 32 hexadecimal digits.
    Id(&'t str),
    /// 64 hexadecimal digits.
    Digest(&'t str),
    /// Number of a case.
    Case(&'t str),
    /// Reference of a department; the letters that it begins with.
    Reference(&'t str),
    /// The time of a day, behind the day.
    Time,
}

/// What begins the number of a case.
const CASE: &str = "闽信联";

impl Names {
    /// From now on `text` is called `{name}`.
    pub(super) fn call(&mut self, text: &str, name: &str) {
        self.texts.push((text.to_owned(), format!("{{{name}}}")));
        // The longest first, since one directory lies in another.
        self.texts.sort_by_key(|(text, _)| usize::MAX - text.len());
    }

    /// Finds out what the ids of a text are.
    pub(super) async fn learn(&mut self, text: &str, house: &House) -> anyhow::Result<()> {
        for part in parts(text) {
            match part {
                Part::Id(id) if !self.known.contains_key(id) => {
                    let kind = self.kind(id, house).await?;
                    if !self.known.contains_key(id) {
                        self.give(kind, id);
                    }
                }
                Part::Case(number) if !self.known.contains_key(number) => {
                    let case = house.store().read().await?.case_by_number(number).await?;
                    let name = self.give("case", number);
                    if let Some(case) = case {
                        self.known.insert(case.id.to_string(), name);
                    }
                }
                Part::Digest(digest) if !self.known.contains_key(digest) => {
                    self.give("digest", digest);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn give(&mut self, kind: &'static str, what: &str) -> String {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = format!("{kind}-{count}");
        self.known.insert(what.to_owned(), name.clone());
        name
    }

    async fn kind(&mut self, id: &str, house: &House) -> anyhow::Result<&'static str> {
        fn of<T: std::str::FromStr>(id: &str) -> Option<T> {
            id.parse().ok()
        }
        let mut read = house.store().read().await?;
        if let Some(id) = of::<OrderId>(id)
            && read.order(id).await?.is_some()
        {
            return Ok("order");
        }
        if let Some(case) = of::<CaseId>(id)
            && let Some(case) = read.case(case).await?
        {
            // Its number may have been met before.
            let name = self.known.get(&case.number).cloned();
            let name = name.unwrap_or_else(|| self.give("case", &case.number));
            self.known.insert(id.to_owned(), name);
            return Ok("case");
        }
        if let Some(id) = of::<RecordId>(id)
            && read.record(id).await?.is_some()
        {
            return Ok("record");
        }
        if let Some(id) = of::<ObjectionId>(id)
            && read.objection(id).await?.is_some()
        {
            return Ok("objection");
        }
        if let Some(id) = of::<DeliveryId>(id)
            && read.delivery(id).await?.is_some()
        {
            return Ok("delivery");
        }
        if let Some(id) = of::<SubjectId>(id)
            && read.subject(id).await?.is_some()
        {
            return Ok("subject");
        }
        if let Some(call) = of(id)
            && read.call(call).await?.is_some()
        {
            return Ok("call");
        }
        Ok("id")
    }

    /// The text under the names that are known, its tables laid out anew.
    pub(super) fn told(&self, text: &str) -> String {
        let mut told = String::new();
        let lines: Vec<&str> = text.lines().collect();
        for block in lines.split_inclusive(|line| line.trim().is_empty()) {
            self.block(block, &mut told);
        }
        told
    }

    /// Lines that stand together: columns are where all of them have two blanks.
    fn block(&self, lines: &[&str], told: &mut String) {
        let blank = lines.last().is_some_and(|line| line.trim().is_empty());
        let lines = &lines[..lines.len() - usize::from(blank)];
        let cells: Vec<Vec<String>> = cells(lines)
            .into_iter()
            .map(|row| row.iter().map(|cell| self.cell(cell)).collect())
            .map(without_pace)
            .collect();
        let count = cells.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |at: usize| {
            cells
                .iter()
                .filter_map(|row| row.get(at))
                .map(|c| width(c))
                .max()
        };
        let widths: Vec<usize> = (0..count).map(|at| widest(at).unwrap_or(0)).collect();
        for row in &cells {
            let mut line = String::new();
            for (cell, wide) in row.iter().zip(&widths) {
                line += cell;
                line += &" ".repeat(wide.saturating_sub(width(cell)) + 2);
            }
            *told += line.trim_end();
            told.push('\n');
        }
        if blank {
            told.push('\n');
        }
    }

    fn cell(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.texts {
            text = text.replace(from, to);
        }
        let named = |what: &str| self.known.get(what).cloned();
        parts(&text)
            .into_iter()
            .map(|part| match part {
                Part::Plain(text) => text.to_owned(),
                Part::Id(what) | Part::Digest(what) | Part::Case(what) => {
                    named(what).unwrap_or_else(|| what.to_owned())
                }
                Part::Reference(letters) => format!("{letters}-…"),
                Part::Time => "T…".to_owned(),
            })
            .collect()
    }
}

/// The label of `credence audit verify` whose value tells how quick the machine was:
/// how often entries were signed together is a matter of time, not of what happened.
const PACE: &str = "checkpoints compared:";

fn without_pace(mut row: Vec<String>) -> Vec<String> {
    if let [label, value] = row.as_mut_slice()
        && label == PACE
    {
        *value = "…".to_owned();
    }
    row
}

/// Columns that a character takes on a terminal.
fn wide(c: char) -> usize {
    match u32::from(c) {
        0x2e80..=0xffdc => 2,
        0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

pub(super) fn width(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// The cells of lines that stand together.
fn cells(lines: &[&str]) -> Vec<Vec<String>> {
    let most = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let mut filled = vec![false; most];
    for line in lines {
        let mut at = 0;
        for c in line.chars() {
            for place in &mut filled[at..at + wide(c)] {
                *place |= c != ' ';
            }
            at += wide(c);
        }
    }
    // A column begins behind two blanks or more; what all lines are indented by is
    // part of the first.
    let first = filled.iter().position(|filled| *filled).unwrap_or(0);
    let begins = |at: &usize| *at >= first + 2 && filled[*at] && !filled[at - 1] && !filled[at - 2];
    let starts: Vec<usize> = (0..most).filter(begins).collect();
    let cut = |line: &&str| {
        let mut row = vec![String::new()];
        let mut at = 0;
        for c in line.chars() {
            if starts.contains(&at) {
                row.push(String::new());
            }
            if let Some(cell) = row.last_mut() {
                cell.push(c);
            }
            at += wide(c);
        }
        row.iter().map(|cell| cell.trim_end().to_owned()).collect()
    };
    lines.iter().map(cut).collect()
}

/// The parts of a text.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain, mut at) = (0, 0);
    let mut before = ' ';
    while at < text.len() {
        let rest = &text[at..];
        let found = part(rest, before, &text[plain..at]);
        let step = match &found {
            Some((_, length)) => *length,
            None => rest.chars().next().map_or(1, char::len_utf8),
        };
        if let Some((part, _)) = found {
            parts.push(Part::Plain(&text[plain..at]));
            parts.push(part);
            plain = at + step;
        }
        before = text[at..at + step].chars().next_back().unwrap_or(' ');
        at += step;
    }
    parts.push(Part::Plain(&text[plain..]));
    parts.retain(|part| *part != Part::Plain(""));
    parts
}

/// What begins here, and its length.
fn part<'t>(rest: &'t str, before: char, plain: &str) -> Option<(Part<'t>, usize)> {
    let hex = |text: &str| {
        let is = |c: &u8| c.is_ascii_digit() || (b'a'..=b'f').contains(c);
        text.bytes().take_while(|c| is(c)).count()
    };
    if let Some(tail) = rest.strip_prefix(CASE)
        && let Some((year, tail)) = tail.split_once('-')
        && year.len() == 4
        && hex(tail) == 8
    {
        let length = CASE.len() + 4 + 1 + 8;
        return Some((Part::Case(&rest[..length]), length));
    }
    if before.is_alphanumeric() && !(rest.starts_with('T') && before.is_ascii_digit()) {
        return None;
    }
    let ends = |length: usize| !rest[length..].starts_with(|c: char| c.is_alphanumeric());
    match hex(rest) {
        32 if ends(32) => return Some((Part::Id(&rest[..32]), 32)),
        64 if ends(64) => return Some((Part::Digest(&rest[..64]), 64)),
        _ => {}
    }
    let count = |text: &str, is: fn(&u8) -> bool| text.bytes().take_while(is).count();
    let letters = count(rest, u8::is_ascii_uppercase);
    if (1..=2).contains(&letters)
        && let Some(tail) = rest[letters..].strip_prefix('-')
        && count(tail, u8::is_ascii_digit) == 6
    {
        return Some((Part::Reference(&rest[..letters]), letters + 7));
    }
    const TIME: usize = "T09:00:00+08:00".len();
    let is_day = plain.len() >= 10 && plain.is_char_boundary(plain.len() - 10) && {
        let day = &plain[plain.len() - 10..];
        day.parse::<jiff::civil::Date>().is_ok()
    };
    let is_time = is_day
        && rest.starts_with('T')
        && rest
            .get(..TIME)
            .is_some_and(|time| time.ends_with("+08:00"));
    is_time.then_some((Part::Time, TIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a205eabe807738adcd08e33a71a7bc";

    fn names() -> Names {
        let mut names = Names::default();
        names.give("order", ID);
        names.give("case", "闽信联2026-f294b061");
        names.give("digest", &"ab".repeat(32));
        names.call("/tmp/x", "scratch");
        names.call("/tmp/x/data", "data");
        names
    }

    #[test]
    fn what_is_drawn_has_a_name_and_the_rest_stays() {
        let text = format!(
            "step {ID}-1 of 闽信联2026-f294b061 (R-000012, HC-000003, L-TAX-02) at 2026-12-01T09:00:02+08:00 in \
             /tmp/x/data/notices, {} 91350100MA900010XU",
            "ab".repeat(32)
        );
        assert_eq!(
            names().told(&text),
            "step order-1-1 of case-1 (R-…, HC-…, L-TAX-02) at 2026-12-01T… in {data}/notices, digest-1 \
             91350100MA900010XU\n"
        );
    }

    #[test]
    fn how_often_the_log_was_signed_is_left_out() {
        assert_eq!(
            names().told("entries:               314\ncheckpoints compared:  68\n"),
            "entries:               314\ncheckpoints compared:  …\n"
        );
    }

    #[test]
    fn tables_are_laid_out_anew() {
        let text = format!(
            "  ORDER                             名称  N\n  {ID}  甲    1\n  x                                       22\n\nprose  stays"
        );
        assert_eq!(
            names().told(&text),
            "  ORDER    名称  N\n  order-1  甲    1\n  x              22\n\nprose  stays\n"
        );
    }
}
