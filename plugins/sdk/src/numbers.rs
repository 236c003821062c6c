//! Numbers that are no money: how many, how often, how heavy.
//!
//! In comes a cell; out go the digits as they were written. Always: no digit is added,
//! dropped or rounded. Absent: units, which the catalogue does not name yet; a column
//! says in its heading what it counts.

use crate::fault::{Fault, rule};
use crate::row::Cell;
use crate::text::half_width;

/// What a column of numbers may hold.
#[derive(Debug, PartialEq)]
pub enum Number {
    /// Digits as the contract's `number` wants them.
    Digits(String),
    /// No number, but words; the contract keeps them as text.
    Words(String),
}

/// More than anything is counted in, on both sides of the point.
const DIGITS: usize = 30;

/// Reads the cell `field`.
///
/// # Errors
/// `ambiguous`: a comma that may be a point; `damaged-text`: a spreadsheet float;
/// `malformed`: yes or no; `out-of-range`: more than 30 digits before the point or
/// behind it.
pub fn read(field: &str, cell: Cell) -> Result<Number, Fault> {
    let written = match cell {
        Cell::Number(text) | Cell::Text(text) => text,
        Cell::Bool(_) => {
            return Err(Fault::cell(
                field,
                rule::MALFORMED,
                "write a number in figures",
            ));
        }
    };
    let text = half_width(&written).replace(' ', "");
    let (sign, text) = match text.strip_prefix('-') {
        Some(positive) => ("-", positive),
        None => ("", text.as_str()),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, part) = match mantissa.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (mantissa, None),
    };
    let Some(whole) = without_commas(field, whole)? else {
        return Ok(Number::Words(written));
    };
    if !part.is_none_or(is_digits) {
        return Ok(Number::Words(written));
    }
    match exponent {
        None => {}
        Some(exponent) if is_digits(exponent.trim_start_matches(['+', '-'])) => {
            return Err(Fault::cell(
                field,
                rule::DAMAGED_TEXT,
                "a spreadsheet float may have lost digits; write the number in full",
            ));
        }
        Some(_) => return Ok(Number::Words(written)),
    }
    if whole.len() > DIGITS || part.is_some_and(|part| part.len() > DIGITS) {
        let text = "the number has more than 30 digits; look whether it is a code";
        return Err(Fault::cell(field, rule::OUT_OF_RANGE, text));
    }
    Ok(Number::Digits(match part {
        Some(part) => format!("{sign}{whole}.{part}"),
        None => format!("{sign}{whole}"),
    }))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Digits, and commas among them.
pub(crate) fn may_be_grouped(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b',')
}

/// Digits without separators of thousands; `None`: not digits.
///
/// # Errors
/// `ambiguous`: a comma that separates no thousands.
pub(crate) fn without_commas(field: &str, digits: &str) -> Result<Option<String>, Fault> {
    if !may_be_grouped(digits) {
        return Ok(None);
    }
    let groups: Vec<&str> = digits.split(',').collect();
    let well_grouped = groups.len() == 1
        || (matches!(groups[0].len(), 1..=3) && groups[1..].iter().all(|g| g.len() == 3));
    if !well_grouped {
        return Err(Fault::cell(
            field,
            rule::AMBIGUOUS,
            "the comma may separate thousands or stand for a point; write 1000.5",
        ));
    }
    Ok(Some(groups.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: Result<Number, &str>) {
        for cell in [Cell::Text(cell.to_owned()), Cell::Number(cell.to_owned())] {
            let shown = format!("{cell:?}");
            let found = read("F", cell).map_err(|fault| fault.rule());
            assert_eq!(found, expected, "{shown}");
        }
    }

    #[test]
    fn digits_stay_as_they_were_written() {
        for (cell, digits) in [
            ("4", "4"),
            ("0", "0"),
            ("007", "007"),
            ("４２", "42"),
            ("1,234,567", "1234567"),
            ("1 234", "1234"),
            ("49.50", "49.50"),
            ("0.1", "0.1"),
            ("-3", "-3"),
        ] {
            check(cell, Ok(Number::Digits(digits.to_owned())));
        }
    }

    #[test]
    fn words_stay_words() {
        for words in [
            "约30", "23人", "5至10", "1.2.3", "5.", ".5", "5E", "三", "--5", "5e+",
        ] {
            check(words, Ok(Number::Words(words.to_owned())));
        }
    }

    #[test]
    fn doubt_is_a_fault() {
        check("1,00", Err("ambiguous"));
        check("1000,5", Err("ambiguous"));
        check("9.13E+17", Err("damaged-text"));
        check("-1e3", Err("damaged-text"));
        check(&"9".repeat(31), Err("out-of-range"));
        check(&format!("0.{}", "9".repeat(31)), Err("out-of-range"));
        let fault = read("F", Cell::Bool(true)).unwrap_err();
        assert_eq!(fault.rule(), "malformed");
    }
}
