//! Days and moments, in every form that departments have been seen to write.
//!
//! In comes the text of a cell; out goes a moment of Beijing time, or nothing
//! for a day that stands for none (1900-1-1, 2099-12-31). Always: a form that
//! can be read in two ways is refused as ambiguous, however likely one of them
//! is. Absent: the clock.

use crate::contract::types::{Date, Moment};
use crate::fault::{Fault, rule};
use crate::text::half_width;

#[cfg(test)]
mod tests;

/// Days that software writes where there is no day.
const NO_DAY: [(i64, u32, u32); 5] = [
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (2099, 12, 31),
    (9999, 12, 31),
];
const BEIJING_SECONDS: i64 = 8 * 3600;
const DAY_SECONDS: i64 = 86_400;
/// Days from 1899-12-30, where spreadsheets count from, to 1970-01-01.
const SPREADSHEET_EPOCH: i64 = 25_569;
/// 1980-01-01 and 2099-12-31 as a spreadsheet counts. A smaller number is no
/// day of decision, and may be anything.
const SPREADSHEET_DAYS: std::ops::RangeInclusive<i64> = 29_221..=73_050;

/// Why a text is no day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoDay {
    /// No day of the calendar, or no day at all.
    Malformed,
    /// It can be read as more than one day.
    Ambiguous,
    /// Before 1900 or after 2199.
    OutOfRange,
}

impl NoDay {
    /// The same as a fault of the cell `field`.
    pub fn at(self, field: &str) -> Fault {
        let (rule, text) = match self {
            Self::Malformed => (
                rule::MALFORMED,
                "this is no day of the calendar; write it as 2022-01-24",
            ),
            Self::Ambiguous => (
                rule::AMBIGUOUS,
                "this can be read as more than one day; write it as 2022-01-24",
            ),
            Self::OutOfRange => (
                rule::OUT_OF_RANGE,
                "the day is not between 1900 and 2199; leave the cell empty for no day",
            ),
        };
        Fault::cell(field, rule, text)
    }
}

/// Reads a cell. `Ok(None)`: a day that stands for none.
///
/// # Errors
/// [`NoDay`], for what cannot be read in exactly one way.
pub fn read(cell: &str) -> Result<Option<Moment>, NoDay> {
    let text = half_width(cell);
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let seconds = if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        read_number(text, digits)?
    } else {
        Reader(text).moment()?
    };
    let moment = Local::from_seconds(seconds);
    if NO_DAY.contains(&(moment.year, moment.month, moment.day)) {
        return Ok(None);
    }
    moment.into_contract().map(Some)
}

/// A day as `2022-01-24`, for people and for the department's system.
pub fn write_day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// Local seconds since 1970-01-01T00:00 in Beijing.
fn read_number(text: &str, digits: &str) -> Result<i64, NoDay> {
    let number: i64 = text.parse().map_err(|_| NoDay::Malformed)?;
    let negative = number < 0;
    match digits.len() {
        8 if !negative => compact(digits),
        14 if !negative => compact(digits),
        // 202201241530 is a minute of 2022 and a millisecond of 1976.
        12 if !negative && compact(&format!("{digits}00")).is_ok() => Err(NoDay::Ambiguous),
        12 | 13 => Ok(number.div_euclid(1000) + BEIJING_SECONDS),
        5 if SPREADSHEET_DAYS.contains(&number) => Ok((number - SPREADSHEET_EPOCH) * DAY_SECONDS),
        // 2022124: 24 January or 4 December. 1642953600: seconds, or a number
        // of something else. Five digits far off: no day of our time.
        5 | 6 | 7 | 9 | 10 | 11 => Err(NoDay::Ambiguous),
        _ => Err(NoDay::Malformed),
    }
}

/// `YYYYMMDD` or `YYYYMMDDHHMMSS`.
fn compact(digits: &str) -> Result<i64, NoDay> {
    let part = |from: usize, to: usize| -> Result<u32, NoDay> {
        digits
            .get(from..to)
            .map_or(Ok(0), |part| part.parse().map_err(|_| NoDay::Malformed))
    };
    Local {
        year: i64::from(part(0, 4)?),
        month: part(4, 6)?,
        day: part(6, 8)?,
        hour: part(8, 10)?,
        minute: part(10, 12)?,
        second: part(12, 14)?,
    }
    .to_seconds()
}

/// Wall-clock time in Beijing, not yet held to the contract's range.
#[derive(Debug, Clone, Copy)]
struct Local {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl Local {
    /// # Errors
    /// `Malformed`: a day or a time of day that does not exist.
    fn to_seconds(self) -> Result<i64, NoDay> {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err(NoDay::Malformed),
        };
        let exists = (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second <= 60;
        if !exists {
            return Err(NoDay::Malformed);
        }
        let time = self.hour * 3600 + self.minute * 60 + self.second.min(59);
        Ok(days_from_civil(self.year, self.month, self.day) * DAY_SECONDS + i64::from(time))
    }

    fn from_seconds(seconds: i64) -> Self {
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY_SECONDS));
        let time = u32::try_from(seconds.rem_euclid(DAY_SECONDS)).unwrap_or(0);
        Self {
            year,
            month,
            day,
            hour: time / 3600,
            minute: time / 60 % 60,
            second: time % 60,
        }
    }

    /// # Errors
    /// `OutOfRange`: outside 1900 to 2199.
    fn into_contract(self) -> Result<Moment, NoDay> {
        let byte = |n: u32| u8::try_from(n).map_err(|_| NoDay::Malformed);
        if !(1900..=2199).contains(&self.year) {
            return Err(NoDay::OutOfRange);
        }
        Ok(Moment {
            date: Date {
                year: u16::try_from(self.year).map_err(|_| NoDay::OutOfRange)?,
                month: byte(self.month)?,
                day: byte(self.day)?,
            },
            hour: byte(self.hour)?,
            minute: byte(self.minute)?,
            second: byte(self.second)?,
        })
    }
}

/// Days since 1970-01-01 in the Gregorian calendar (Hinnant's algorithm: years
/// begin in March, so that the leap day is the last).
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    // Both are small and positive by construction.
    (year, month as u32, day as u32)
}

/// What is still to be read of a written day.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    /// Local seconds, as [`read_number`].
    fn moment(mut self) -> Result<i64, NoDay> {
        let (year, year_digits) = self.number().ok_or(NoDay::Malformed)?;
        if year_digits != 4 {
            // 1/24/2022 and 22-1-24: the order of the parts is a guess.
            let like_a_day = year_digits <= 2 && self.0.starts_with(['-', '/']);
            return Err(if like_a_day {
                NoDay::Ambiguous
            } else {
                NoDay::Malformed
            });
        }
        let (between, behind) = match self.0.chars().next() {
            Some(sign @ ('-' | '/' | '.')) => (sign, ""),
            Some('年') => ('月', "日"),
            _ => return Err(NoDay::Malformed),
        };
        self.0 = &self.0[self.0.chars().next().map_or(0, char::len_utf8)..];
        let month = self.short_number()?;
        self.expect(between)?;
        let day = self.short_number()?;
        if !behind.is_empty() {
            self.expect('日')?;
        }
        let mut local = Local {
            year: i64::from(year),
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
        };
        if self.0.is_empty() {
            return local.to_seconds();
        }
        if !self.eat('T') && self.0 == self.0.trim_start() {
            return Err(NoDay::Malformed);
        }
        self.0 = self.0.trim_start();
        self.time(&mut local)?;
        let offset = self.offset()?;
        Ok(local.to_seconds()? - offset + BEIJING_SECONDS)
    }

    fn time(&mut self, local: &mut Local) -> Result<(), NoDay> {
        local.hour = self.short_number()?;
        self.expect(':')?;
        local.minute = self.short_number()?;
        if self.eat(':') {
            local.second = self.short_number()?;
            if self.eat('.') {
                self.number().ok_or(NoDay::Malformed)?;
            }
        }
        Ok(())
    }

    /// Seconds east of Greenwich; a time without offset is Beijing's.
    fn offset(&mut self) -> Result<i64, NoDay> {
        let rest = self.0.trim();
        if rest.is_empty() {
            return Ok(BEIJING_SECONDS);
        }
        if rest == "Z" {
            return Ok(0);
        }
        let sign = match rest.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return Err(NoDay::Malformed),
        };
        let digits = rest[1..].replace(':', "");
        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NoDay::Malformed);
        }
        let number: i64 = digits.parse().map_err(|_| NoDay::Malformed)?;
        Ok(sign * (number / 100 * 3600 + number % 100 * 60))
    }

    /// A number and how many digits it has.
    fn number(&mut self) -> Option<(u32, usize)> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        Some((digits.get(..length.min(9))?.parse().ok()?, length))
    }

    fn short_number(&mut self) -> Result<u32, NoDay> {
        match self.number() {
            Some((number, 1 | 2)) => Ok(number),
            _ => Err(NoDay::Malformed),
        }
    }

    fn eat(&mut self, sign: char) -> bool {
        let rest = self.0.strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, sign: char) -> Result<(), NoDay> {
        if self.eat(sign) {
            Ok(())
        } else {
            Err(NoDay::Malformed)
        }
    }
}
