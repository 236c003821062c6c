//! Codes as people and spreadsheets write them.
//!
//! Comes in: the text of a cell. Goes out: its normal form — narrow characters,
//! capitals, no spaces or hyphens — or what makes it no code at all. Always holds:
//! nothing is mended that would have to be guessed: digits that a spreadsheet has
//! rounded away, or a check digit that is missing, stay missing.

use super::IdentifierError;

/// Characters of the longest code.
pub(super) const LONGEST: usize = 18;

/// Full-width forms made narrow, letters upper case, spaces and hyphens gone.
pub fn normalise(written: &str) -> String {
    normal(written).collect()
}

/// The same, character by character.
fn normal(written: &str) -> impl Iterator<Item = char> {
    written
        .chars()
        .filter(|c| !is_filler(*c))
        .map(|c| narrow(c).to_ascii_uppercase())
}

/// The ASCII form of a full-width character; any other as it is.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from((c as u32 - 0xFEE0) as u8),
        other => other,
    }
}

/// What may stand between the characters of a code without a meaning: spaces,
/// hyphens and dashes, and marks that nobody sees, such as a byte order mark.
pub(super) fn is_filler(c: char) -> bool {
    match c {
        '0'..='9' | 'A'..='Z' | 'a'..='z' => false,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}' => true,
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => true,
        other => other.is_whitespace(),
    }
}

/// A code in its normal form, without an allocation.
pub(super) struct Normal {
    /// Its first characters. One outside ASCII stands here as 0xFF, which no scheme
    /// allows.
    pub(super) code: [u8; LONGEST],
    /// How many characters it has, those beyond the longest code included.
    pub(super) length: usize,
}

impl Normal {
    pub(super) fn of(written: &str) -> Self {
        let mut code = [0; LONGEST];
        let mut length = 0;
        for c in normal(written) {
            if let Some(place) = code.get_mut(length) {
                *place = if c.is_ascii() { c as u8 } else { 0xFF };
            }
            length += 1;
        }
        Self { code, length }
    }

    /// The characters, unless there are more than any code has.
    pub(super) fn characters(&self) -> Option<&[u8]> {
        self.code.get(..self.length)
    }
}

/// What feeds write where there is no code.
const NOTHING: [&str; 14] = [
    "", "无", "暂无", "没有", "不详", "未知", "空", "/", "//", "\\", "NULL", "NONE", "NA", "N/A",
];

/// Why a text that passed no scheme's rules is no code in the first place; `None`
/// where it is one, only a wrong one.
pub(super) fn no_code(written: &str) -> Option<IdentifierError> {
    let normal = normalise(written);
    if NOTHING.contains(&normal.as_str()) {
        return Some(IdentifierError::Missing);
    }
    if normal.contains('\u{FFFD}') {
        return Some(IdentifierError::Damaged);
    }
    if is_float(&normal) {
        return Some(IdentifierError::DigitsLost);
    }
    // Departments' own codes are filled up as `00000000000000000X`.
    let body = normal.strip_suffix('X').unwrap_or(&normal);
    if !body.is_empty() && body.bytes().all(|c| c == b'0') {
        return Some(IdentifierError::Zeros);
    }
    None
}

/// Whether a spreadsheet wrote this number with an exponent: `9.13E+17`. Without a
/// point and without a sign it may as well be a code.
fn is_float(normal: &str) -> bool {
    let Some((mantissa, exponent)) = normal.split_once('E') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let power = exponent.strip_prefix('+').unwrap_or(exponent);
    digits(whole)
        && digits(fraction)
        && digits(power)
        && (mantissa.contains('.') || exponent.starts_with('+'))
}
