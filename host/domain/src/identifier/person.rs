//! The form of a resident identity number: region, birthday, sequence.
//!
//! Comes in: characters of a code. Goes out: whether they can be a person's
//! number. Always holds: the check character is not asked for here, since a
//! mistyped number still points at a person. Deliberately absent: what day it is;
//! a birthday in the future has the form of one, too.

use jiff::civil::Date;

/// Provinces of GB/T 2260, and the codes of residence permits for Hong Kong, Macao
/// and Taiwan.
static PROVINCES: [bool; 100] = {
    const CODES: [usize; 35] = [
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51,
        52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
    ];
    let mut provinces = [false; 100];
    let mut at = 0;
    while at < CODES.len() {
        provinces[CODES[at]] = true;
        at += 1;
    }
    provinces
};

/// Whether these are 17 digits and a digit or X (GB 11643-1999), with a province
/// and a day that existed.
pub(super) fn has_form(code: &[u8; 18]) -> bool {
    code[..17].iter().all(u8::is_ascii_digit)
        && matches!(code[17], b'0'..=b'9' | b'X')
        && region_and_birth_fit(code)
}

/// Whether 17 digits begin with a province and have a birthday in places 7 to 14.
/// Anything may follow.
pub(super) fn region_and_birth_fit(digits: &[u8]) -> bool {
    province_fits(digits) && day_fits(number(&digits[6..10]), &digits[10..14])
}

/// Whether these are the 15 digits of a number under GB 11643-1989: the birthday
/// has two digits for a year of the 20th century, and there is no check character.
pub(super) fn has_old_form(code: &[u8; 15]) -> bool {
    code.iter().all(u8::is_ascii_digit) && old_region_and_birth_fit(code)
}

fn old_region_and_birth_fit(digits: &[u8]) -> bool {
    province_fits(digits) && day_fits(1900 + number(&digits[6..8]), &digits[8..12])
}

/// Whether a code that passes no scheme's rules may still be a person's number with
/// a slip: a character too many, too few or misread, or a birthday that cannot be.
/// Asked before such a code is shown, and generous for that reason. A slip leaves
/// either the province or the birthday as it was.
pub(super) fn may_be_mistyped(code: &str) -> bool {
    let length = code.chars().count();
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let code = code.as_bytes();
    // The check character may be an X, and one more may be misread.
    let keeps_province = (16..=19).contains(&length) && length - digits <= 2 && province_fits(code);
    let is_birthday = |eight: &[u8]| {
        eight.iter().all(u8::is_ascii_digit) && day_fits(number(&eight[..4]), &eight[4..])
    };
    let keeps_birthday = length >= 14 && code.windows(8).any(is_birthday);
    let leading = code.iter().take_while(|c| c.is_ascii_digit()).count();
    let keeps_old = (14..=16).contains(&leading) && old_region_and_birth_fit(code);
    keeps_province || keeps_birthday || keeps_old
}

fn province_fits(digits: &[u8]) -> bool {
    PROVINCES
        .get(number(&digits[..2]) as usize)
        .is_some_and(|known| *known)
}

/// Whether month and day, two digits each, existed in the year. Years are those of
/// anybody alive or dead whose papers may still be about.
fn day_fits(year: u32, month_and_day: &[u8]) -> bool {
    let (month, day) = (number(&month_and_day[..2]), number(&month_and_day[2..4]));
    (1800..=2199).contains(&year) && Date::new(year as i16, month as i8, day as i8).is_ok()
}

/// The value of a few digits.
fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |n, digit| n * 10 + u32::from(digit.wrapping_sub(b'0')))
}
