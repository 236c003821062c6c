//! What one cell says, in words.
//!
//! Comes in: a value as the workbook keeps it. Goes out: text. Always holds: a
//! number is written as a spreadsheet shows it, with 15 digits at most, because it
//! keeps no more; from 10^15 on it stands with an exponent (`3.50102E+17`), so that
//! a reader sees that digits were lost, and nobody takes what is left of an
//! identity number for one.

use calamine::{DataRef, ExcelDateTime};
use std::borrow::Cow;

/// From here on a spreadsheet has lost digits of a whole number.
const DIGITS_LOST: f64 = 1e15;
const SECONDS_A_DAY: f64 = 86_400.0;
/// Serial numbers from here on are no days (10000-01-01).
const LAST_DAY: f64 = 2_958_466.0;
/// Days between the two date systems.
const FROM_1904: f64 = 1_462.0;

/// The words of a cell; `None` where it holds nothing.
pub(crate) fn words<'v>(value: &'v DataRef<'_>, from_1904: bool) -> Option<Cow<'v, str>> {
    let text: Cow<'v, str> = match value {
        DataRef::Empty => return None,
        DataRef::String(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Int(number) => number.to_string().into(),
        DataRef::Float(number) => number_words(*number).into(),
        DataRef::Bool(true) => "TRUE".into(),
        DataRef::Bool(false) => "FALSE".into(),
        DataRef::DateTime(moment) => moment_words(moment, from_1904).into(),
        DataRef::DateTimeIso(text) => iso_words(text).into(),
        DataRef::DurationIso(text) => text.as_str().into(),
        DataRef::Error(error) => error.to_string().into(),
    };
    (!text.is_empty()).then_some(text)
}

fn number_words(number: f64) -> String {
    if number.abs() >= DIGITS_LOST {
        let text = format!("{number:.5E}");
        let (digits, power) = text.split_once('E').unwrap_or((&text, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}E+{power}");
    }
    // Through 15 digits and back: 0.1 + 0.2 is shown as 0.3.
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{}", if shown == 0.0 { 0.0 } else { shown })
}

/// A day, with its time where it has one; a time alone; or a length of time.
fn moment_words(moment: &ExcelDateTime, from_1904: bool) -> String {
    let serial = moment.as_f64();
    let in_1900 = if from_1904 {
        serial + FROM_1904
    } else {
        serial
    };
    let seconds = (serial.abs() * SECONDS_A_DAY).round();
    let clock = |seconds: u64| {
        let (hours, rest) = (seconds / 3_600, seconds % 3_600);
        format!("{hours:02}:{:02}:{:02}", rest / 60, rest % 60)
    };
    if serial < 0.0 || in_1900 >= LAST_DAY || !serial.is_finite() {
        return number_words(serial);
    }
    let total = seconds as u64;
    if moment.is_duration() || (total < SECONDS_A_DAY as u64 && !from_1904) {
        return clock(total);
    }
    let day = (in_1900 * SECONDS_A_DAY).round() / SECONDS_A_DAY;
    let date = day_words(day.floor() as i64);
    match total % (SECONDS_A_DAY as u64) {
        0 => date,
        time => format!("{date} {}", clock(time)),
    }
}

/// The day of a serial number of the 1900 system, in which 29 February 1900 is
/// day 60, though there was none.
fn day_words(serial: i64) -> String {
    if serial == 60 {
        return "1900-02-29".to_owned();
    }
    // Days since 1970-01-01; then the civil calendar, by eras of 400 years.
    let since_1970 = serial - 25_569 + i64::from(serial < 60);
    let days = since_1970 + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn iso_words(text: &str) -> String {
    let text = text.strip_suffix('Z').unwrap_or(text).replacen('T', " ", 1);
    let text = text.strip_suffix(".000").unwrap_or(&text);
    text.strip_suffix(" 00:00:00").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-12.5, "-12.5"),
            (0.1 + 0.2, "0.3"),
            (1_234.56_f64.next_down(), "1234.56"),
            (0.000_000_1, "0.0000001"),
            (330_200_400_070_010.0, "330200400070010"),
            (999_999_999_999_999.0, "999999999999999"),
            (350_102_199_003_071_234.0, "3.50102E+17"),
            (-1e15, "-1E+15"),
            (9.13e17, "9.13E+17"),
        ] {
            assert_eq!(number_words(number), expected);
        }
    }

    #[test]
    fn days_and_times_of_both_systems() {
        let in_1900 = |serial: f64, expected: &str| {
            let moment = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false);
            assert_eq!(moment_words(&moment, false), expected, "{serial}");
        };
        in_1900(1.0, "1900-01-01");
        in_1900(59.0, "1900-02-28");
        in_1900(60.0, "1900-02-29");
        in_1900(61.0, "1900-03-01");
        in_1900(42_760.0, "2017-01-25");
        in_1900(42_760.5, "2017-01-25 12:00:00");
        // A second is the grain; what is rounded up takes the next day.
        in_1900(42_760.999_999_9, "2017-01-26");
        in_1900(43_586.388_888_888_89, "2019-05-01 09:20:00");
        in_1900(0.75, "18:00:00");
        in_1900(2_958_465.0, "9999-12-31");
        in_1900(2_958_466.0, "2958466");
        in_1900(-1.0, "-1");
        let moment = ExcelDateTime::new(41_298.0, ExcelDateTimeType::DateTime, true);
        assert_eq!(moment_words(&moment, true), "2017-01-25");
        let moment = ExcelDateTime::new(0.0, ExcelDateTimeType::DateTime, true);
        assert_eq!(moment_words(&moment, true), "1904-01-01");
        let length = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(moment_words(&length, false), "36:00:00");
        assert_eq!(iso_words("2022-01-24T00:00:00"), "2022-01-24");
        assert_eq!(iso_words("2022-01-24T08:30:00Z"), "2022-01-24 08:30:00");
    }
}
