//! Words in cells: width, words that say nothing, characters that were lost.
//!
//! In comes the text of a cell; out goes what it says, or that it says nothing.
//! Always: what stays keeps its words, spaces around it apart. Absent: repair of
//! any kind, and any knowledge of columns.

use crate::fault::{Fault, rule};

/// The contract's limit for a text.
pub const TEXT_CHARACTERS: usize = 8_192;
/// What departments write where they have nothing to write.
const NOTHING: [&str; 12] = [
    "",
    "/",
    "-",
    "--",
    "—",
    "——",
    "无",
    "暂无",
    "空",
    "无处罚期限",
    "null",
    "NULL",
];

/// The same characters in their ASCII form: full-width digits, letters, signs
/// and spaces. For codes, days and amounts that are about to be read.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// Whether a trimmed text stands for nothing: 暂无, 无, /, 无处罚期限, …
pub fn says_nothing(text: &str) -> bool {
    NOTHING.contains(&text)
}

/// The form of a person token: `Z` and 17 of `0`-`9` and `A`-`Z`.
pub fn is_token(text: &str) -> bool {
    text.len() == 18
        && text.starts_with('Z')
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// What the cell `field` says, trimmed. `Ok(None)`: nothing.
///
/// # Errors
/// `damaged-text`: U+FFFD; `malformed`: U+0000; `out-of-range`: longer than the
/// contract's limit for a text.
pub fn read<'t>(field: &str, text: &'t str) -> Result<Option<&'t str>, Fault> {
    if text.contains('\u{fffd}') {
        return Err(Fault::cell(
            field,
            rule::DAMAGED_TEXT,
            "characters were lost on the way (U+FFFD); \
             send the row again in the character encoding agreed",
        ));
    }
    if text.contains('\0') {
        return Err(Fault::cell(
            field,
            rule::MALFORMED,
            "the text holds a null character; send it without",
        ));
    }
    let text = text.trim();
    if says_nothing(text) {
        return Ok(None);
    }
    if text.len() > TEXT_CHARACTERS && text.chars().count() > TEXT_CHARACTERS {
        return Err(Fault::cell(
            field,
            rule::OUT_OF_RANGE,
            "the text is longer than 8,192 characters; shorten it",
        ));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_one_form() {
        assert!(is_token("Z0123456789ABCDEFG"));
        assert!(!is_token("Z0123456789abcdefg"));
        assert!(!is_token("Y0123456789ABCDEFG"));
        assert!(!is_token("Z0123456789ABCDEF"));
    }

    #[test]
    fn half_width_touches_nothing_else() {
        assert_eq!(half_width("９１ＡＢ（〔2022〕）　号"), "91AB(〔2022〕) 号");
    }

    fn check(cell: &str, expected: Result<Option<&str>, &str>) {
        let found = read("F", cell);
        let found = found
            .as_ref()
            .map(|text| *text)
            .map_err(|fault| fault.rule());
        assert_eq!(found, expected, "{cell:.20}");
    }

    #[test]
    fn words_that_say_nothing_are_nothing() {
        for nothing in [
            "",
            " ",
            "　",
            "暂无",
            "无",
            " / ",
            "无处罚期限",
            "NULL",
            "--",
        ] {
            check(nothing, Ok(None));
        }
        check(" 无照经营 ", Ok(Some("无照经营")));
    }

    #[test]
    fn lost_characters_are_told() {
        check("福州\u{fffd}公司", Err("damaged-text"));
        check("a\0b", Err("malformed"));
        check(&"长".repeat(8_192), Ok(Some("长".repeat(8_192).as_str())));
        check(&"长".repeat(8_193), Err("out-of-range"));
    }
}
