//! Why a code is not taken, in words for the clerk who has to mend it.
//!
//! Always holds: no word quotes the code, and no text has four figures in a row,
//! so nobody can mistake one for a piece of a person's number.

use super::Scheme;

/// The rule that a code breaks, and what to do. Chinese, then English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing, or what feeds write for it: `暂无`, `无`, `/`.
    #[error("没有代码；请按证照填写 / there is no code; enter the one on the document")]
    Missing,
    /// U+FFFD stands in it.
    #[error(
        "文字已损坏；请以正确的编码重新导出 / a character is damaged; export the file again in its own encoding"
    )]
    Damaged,
    /// `9.13E+17`.
    #[error(
        "电子表格已把代码变成浮点数，末尾数字已丢失；请把该列设为文本后重新导出 / a spreadsheet made a float of it and its last digits are lost; make the column text and export it again"
    )]
    DigitsLost,
    /// `00000000000000000X`.
    #[error(
        "全为零，只是占位；请按证照填写代码 / nothing but zeros holds a place and is no code; enter the one on the document"
    )]
    Zeros,
    /// Wrong number of characters.
    #[error(
        "{zh}应为{expected}位，现为{found}位；请与证照核对 / a {en} has {expected} characters, this one {found}; compare it with the document",
        zh = .scheme.zh(), en = .scheme.en()
    )]
    Length {
        /// The scheme it claims.
        scheme: Scheme,
        /// What the scheme asks for.
        expected: usize,
        /// What was given, after normalisation.
        found: usize,
    },
    /// As many characters as no scheme has; of a code without a column's heading.
    #[error(
        "共{found}位，不是任何一种代码；请与证照核对 / {found} characters are no kind of code (unified 18, organization 9, registration number 15, resident 18); compare it with the document"
    )]
    NoScheme {
        /// What was given, after normalisation.
        found: usize,
    },
    /// A registration number of 14 digits. The missing one is never computed: it is
    /// there to show a slip in the others.
    #[error(
        "工商注册号缺校验位（应为15位，现为14位）；请按营业执照填写 / a registration number has 15 digits, this one 14: its check digit is missing; take it from the licence"
    )]
    CheckDigitMissing,
    /// A resident number of 15 digits (GB 11643-1989). Nothing would show a slip in
    /// it, so nothing is bound by it.
    #[error(
        "15位旧居民身份证号码没有校验码，不能据以归集；请提供18位号码 / an old resident number of 15 digits has no check character and binds nothing; ask for the one of 18"
    )]
    OldResidentNumber,
    /// A character outside the scheme's alphabet.
    #[error(
        "{zh}第{place}位不能用这个字符；请与证照核对 / a {en} does not allow the character in place {place}; compare it with the document",
        zh = .scheme.zh(), en = .scheme.en()
    )]
    Character {
        /// The scheme it claims.
        scheme: Scheme,
        /// Counted from 1.
        place: usize,
    },
    /// No such region or date of birth.
    #[error(
        "{zh}中的地区或出生日期不存在；请与证件核对 / {en}: no such region or day of birth; compare it with the document",
        zh = .scheme.zh(), en = .scheme.en()
    )]
    RegionOrBirth {
        /// The scheme it claims.
        scheme: Scheme,
    },
    /// The check character does not fit the others.
    #[error(
        "{zh}的校验码与其他各位不符；请与证照核对 / {en}: the check character does not fit the others; compare it with the document",
        zh = .scheme.zh(), en = .scheme.en()
    )]
    CheckCharacter {
        /// The scheme it claims.
        scheme: Scheme,
    },
    /// A person's number and an organization's code at once: a person has to look.
    #[error(
        "既可能是居民身份证号码，又可能是{zh}；不予显示，请人工与证照核对 / it is a possible resident number and a possible {en} at once; it is not shown, and a person has to compare it with the document",
        zh = .organization.zh(), en = .organization.en()
    )]
    Ambiguous {
        /// The scheme that it passes beside the form of a resident number.
        organization: Scheme,
    },
}
