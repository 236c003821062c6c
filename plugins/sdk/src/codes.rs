//! Codes: identifiers of subjects, codes of authorities, numbers of documents.
//!
//! In comes the text of a cell; out goes the code as found, since the host alone
//! normalises and checks identifiers: lower case, hyphens, full width and 14-digit
//! registration numbers pass. Always: digits that a spreadsheet has lost are told
//! and never passed on. Absent: check characters.

use crate::fault::{Fault, rule};
use crate::text::half_width;

/// The code in the cell `field`, as found.
///
/// # Errors
/// `damaged-text`: a spreadsheet has turned the digits into a float.
pub fn read<'t>(field: &str, text: &'t str) -> Result<&'t str, Fault> {
    if is_float(text) {
        return Err(damaged(field));
    }
    Ok(text)
}

pub(crate) fn damaged(field: &str) -> Fault {
    Fault::cell(
        field,
        rule::DAMAGED_TEXT,
        "a spreadsheet float such as 9.13E+17 has lost its digits; \
         format the column as text and send the code in full",
    )
}

/// `9.13E+17`, `9E+17`, `350100.0`. Not `9135E17`: a code may hold a letter E.
pub fn is_float(text: &str) -> bool {
    // Nearly every code is let go here, without a copy.
    if !text.contains(['.', 'e', 'E', '．', 'ｅ', 'Ｅ']) {
        return false;
    }
    let text = half_width(text);
    let mantissa_ends = text.find(['e', 'E']).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(mantissa_ends);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let signed = exponent.get(1..).is_some_and(|e| e.starts_with(['+', '-']));
    let exponent_fits = exponent.is_empty() || digits(exponent[1..].trim_start_matches(['+', '-']));
    match mantissa.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part) && exponent_fits,
        None => digits(mantissa) && signed && exponent_fits,
    }
}

/// `00000000000000000X` and its like: a code for nobody.
pub fn is_filler(code: &str) -> bool {
    let code = half_width(code);
    let zeros = code.strip_suffix(['X', 'x']).unwrap_or(&code);
    zeros.bytes().all(|b| b == b'0')
}

/// A code in the one form in which it may stand in a key: half width, no space,
/// upper case.
pub fn as_key(code: &str) -> String {
    half_width(code)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase()
}

/// The number of a document (文号) in the one form in which it may stand in a key.
/// It is typed by hand: its brackets, spaces and width are made one.
pub fn number_as_key(number: &str) -> String {
    half_width(number)
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '(' | '[' | '【' => '〔',
            ')' | ']' | '】' => '〕',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_float(text: &str, expected: bool) {
        assert_eq!(is_float(text), expected, "{text}");
    }

    #[test]
    fn floats_are_told_from_codes_with_a_letter_e() {
        check_float("9.13E+17", true);
        check_float("9.13501E17", true);
        check_float("9E+17", true);
        check_float("9.13e+17", true);
        check_float("350100.0", true);
        check_float("９.１３E+17", true);
        check_float("913501007573E12345", false);
        check_float("350100400012345", false);
        check_float("MA2EL626-6", false);
        check_float("E", false);
        check_float("", false);
        check_float("9E+", false);
    }

    fn check_filler(code: &str, expected: bool) {
        assert_eq!(is_filler(code), expected, "{code}");
    }

    #[test]
    fn fillers_are_codes_for_nobody() {
        check_filler("00000000000000000X", true);
        check_filler("０００００００００００００００００Ｘ", true);
        check_filler("000000000000000000", true);
        check_filler("11350000003591037R", false);
        check_filler("0000000000000000X0", false);
    }

    #[test]
    fn a_number_typed_in_another_way_is_one_key() {
        for number in [
            "榕税罚〔2022〕3号",
            "榕税罚[2022]3号",
            "榕税罚（２０２２）３号",
            " 榕税罚【2022】 3 号",
        ] {
            assert_eq!(number_as_key(number), "榕税罚〔2022〕3号", "{number}");
        }
        assert_eq!(as_key(" 91350100ma９００010xu"), "91350100MA900010XU");
    }
}
