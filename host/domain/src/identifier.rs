//! Identifiers: what kind a code is, whether it can be real, and how it is
//! shown without giving anything away.
//!
//! Comes in: codes as feeds write them, and text in which identity numbers of
//! persons may stand. Goes out: a normalised code with its scheme, or the rule
//! that failed; the places where identity numbers stand.
//!
//! Always holds: an error never quotes the code it is about, because the code
//! may be a person's number written in the wrong column. Deliberately absent:
//! names. A record is bound by identifier only (I7).

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The schemes that the register binds by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// 统一社会信用代码, GB 32100-2015: 18 characters.
    Uscc,
    /// 组织机构代码, GB 11714: 9 characters.
    OrganizationCode,
    /// 工商注册号: 15 digits.
    RegistrationNumber,
    /// 公民身份号码, GB 11643-1999. Stands in memory only on its way into the
    /// vault.
    ResidentNumber,
}

impl Scheme {
    /// The code of the scheme in the contract and in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Uscc => "uscc",
            Self::OrganizationCode => "organization-code",
            Self::RegistrationNumber => "registration-number",
            Self::ResidentNumber => "resident-number",
        }
    }

    /// The scheme of an organization with this contract code.
    pub fn of_organization(code: &str) -> Option<Self> {
        [Self::Uscc, Self::OrganizationCode, Self::RegistrationNumber]
            .into_iter()
            .find(|scheme| scheme.code() == code)
    }
}

/// A code that passed its scheme's rules, in its normal form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    scheme: Scheme,
    value: String,
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.scheme.code(), self.shown())
    }
}

/// The rule that a code breaks. Never quotes the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Wrong number of characters.
    #[error("{scheme} has {expected} characters, this one {found}", scheme = .scheme.code())]
    Length {
        /// The scheme it claims.
        scheme: Scheme,
        /// What the scheme asks for.
        expected: usize,
        /// What was given, after normalisation.
        found: usize,
    },
    /// A character outside the scheme's alphabet.
    #[error("{scheme} does not allow the character in place {place}", scheme = .scheme.code())]
    Character {
        /// The scheme it claims.
        scheme: Scheme,
        /// Counted from 1.
        place: usize,
    },
    /// The check character does not fit the others.
    #[error("{scheme}: the check character does not fit the others; compare with the original document", scheme = .scheme.code())]
    CheckCharacter {
        /// The scheme it claims.
        scheme: Scheme,
    },
    /// No such region or date of birth.
    #[error("{scheme}: no such region or day of birth", scheme = .scheme.code())]
    RegionOrBirth {
        /// The scheme it claims.
        scheme: Scheme,
    },
}

/// Whether the check character fits, or the place (from 0) of a character that
/// the scheme does not allow.
type CheckCharacter = fn(&[u8]) -> Result<bool, usize>;

impl Identifier {
    /// Normalises a code and checks it under the scheme that it claims: full-width
    /// characters become narrow, letters upper case, hyphens and spaces go.
    ///
    /// # Errors
    /// The first rule broken: length, alphabet, region and birth, check character.
    pub fn parse(scheme: Scheme, written: &str) -> Result<Self, IdentifierError> {
        let value = normalise(written);
        let (expected, check): (usize, CheckCharacter) = match scheme {
            Scheme::Uscc => (18, uscc_fits),
            Scheme::OrganizationCode => (9, organization_code_fits),
            Scheme::RegistrationNumber => (15, registration_number_fits),
            Scheme::ResidentNumber => (18, resident_number_fits),
        };
        let found = value.chars().count();
        if found != expected {
            return Err(IdentifierError::Length {
                scheme,
                expected,
                found,
            });
        }
        let bytes = value.as_bytes();
        if bytes.len() != expected {
            let place = value
                .chars()
                .position(|c| !c.is_ascii())
                .map_or(1, |p| p + 1);
            return Err(IdentifierError::Character { scheme, place });
        }
        let fits = check(bytes).map_err(|at| IdentifierError::Character {
            scheme,
            place: at + 1,
        })?;
        if scheme == Scheme::ResidentNumber && !region_and_birth_fit(bytes) {
            return Err(IdentifierError::RegionOrBirth { scheme });
        }
        if !fits {
            return Err(IdentifierError::CheckCharacter { scheme });
        }
        Ok(Self { scheme, value })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The normal form. A resident number's must not be shown, logged or kept bare.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What may be shown to anyone: an organization's code whole, a person's
    /// number only as asterisks.
    pub fn shown(&self) -> &str {
        match self.scheme {
            Scheme::ResidentNumber => "******************",
            Scheme::Uscc | Scheme::OrganizationCode | Scheme::RegistrationNumber => &self.value,
        }
    }

    /// The organization code that stands inside a unified social credit code, in
    /// places 9 to 17 (GB 32100-2015): the bridge from old records to new ones.
    pub fn inner_organization_code(&self) -> Option<Identifier> {
        match self.scheme {
            Scheme::Uscc => Self::parse(Scheme::OrganizationCode, &self.value[8..17]).ok(),
            Scheme::OrganizationCode | Scheme::RegistrationNumber | Scheme::ResidentNumber => None,
        }
    }
}

/// Full-width forms made narrow, letters upper case, spaces and hyphens gone.
pub fn normalise(written: &str) -> String {
    written
        .chars()
        .map(narrow)
        .filter(|c| !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}') && !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The ASCII form of a full-width character; any other as it is.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from((c as u32 - 0xFEE0) as u8),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// GB 32100-2015: 31 characters, weights 3^i mod 31.
fn uscc_fits(code: &[u8]) -> Result<bool, usize> {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    let value = |at: usize| ALPHABET.iter().position(|c| *c == code[at]).ok_or(at);
    let mut sum = 0;
    for (at, weight) in WEIGHTS.iter().enumerate() {
        sum += value(at)? * weight;
    }
    Ok(value(17)? == (31 - sum % 31) % 31)
}

/// GB 11714: 8 characters of digits and capitals, check = 11 − Σ mod 11 (10 → X).
fn organization_code_fits(code: &[u8]) -> Result<bool, usize> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (at, weight) in WEIGHTS.iter().enumerate() {
        sum += char::from(code[at]).to_digit(36).ok_or(at)? * weight;
    }
    let check = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    };
    if !code[8].is_ascii_alphanumeric() {
        return Err(8);
    }
    Ok(code[8] == check)
}

/// 15 digits, ISO 7064 MOD 11,10.
fn registration_number_fits(code: &[u8]) -> Result<bool, usize> {
    let mut product = 10;
    for (at, digit) in code.iter().enumerate() {
        let digit = char::from(*digit).to_digit(10).ok_or(at)?;
        if at == 14 {
            return Ok((product + digit) % 10 == 1);
        }
        let sum = (product + digit) % 10;
        product = (if sum == 0 { 10 } else { sum } * 2) % 11;
    }
    Ok(false)
}

/// GB 11643-1999: 17 digits and a check character, ISO 7064 MOD 11-2.
fn resident_number_fits(code: &[u8]) -> Result<bool, usize> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (at, weight) in WEIGHTS.iter().enumerate() {
        sum += char::from(code[at]).to_digit(10).ok_or(at)? * weight;
    }
    if !matches!(code[17], b'0'..=b'9' | b'X') {
        return Err(17);
    }
    Ok(code[17] == b"10X98765432"[sum as usize % 11])
}

/// A province of GB/T 2260 (residence permits of Hong Kong, Macao and Taiwan
/// included) and a day that existed.
fn region_and_birth_fit(code: &[u8]) -> bool {
    const PROVINCES: [u32; 35] = [
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51,
        52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
    ];
    let number = |range: Range<usize>| {
        code[range].iter().fold(0_u32, |n, digit| {
            n * 10 + u32::from(digit.wrapping_sub(b'0'))
        })
    };
    let (year, month, day) = (number(6..10), number(10..12), number(12..14));
    PROVINCES.contains(&number(0..2))
        && (1800..=2199).contains(&year)
        && jiff::civil::Date::new(year as i16, month as i8, day as i8).is_ok()
}

/// An identity number found in text.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// Its normal form: 18 narrow characters.
    pub number: String,
}

/// Finds what has the form of a resident identity number (GB 11643): a run of
/// 18 digits, or of 17 and an X, with a region and a birthday that can be, in
/// narrow or full-width characters. Letters may touch it, further digits not.
///
/// The check character is not asked for: a mistyped number still points at a
/// person, so it must not reach a plugin either. The register asks for it when
/// it binds.
pub fn resident_numbers_in(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut run = String::new();
    let mut start = 0;
    // The end of the text closes a run as any other character does.
    let places = text.char_indices().chain([(text.len(), ' ')]);
    for (at, c) in places {
        let plain = narrow(c).to_ascii_uppercase();
        if plain.is_ascii_digit() {
            if run.is_empty() {
                start = at;
            }
            // One digit too many already says that this is no number.
            if run.len() <= 18 {
                run.push(plain);
            }
            continue;
        }
        let mut end = at;
        if run.len() == 17 && plain == 'X' {
            run.push('X');
            end += c.len_utf8();
        }
        if run.len() == 18 && region_and_birth_fit(run.as_bytes()) {
            found.push(Found {
                at: start..end,
                number: std::mem::take(&mut run),
            });
        }
        run.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scheme: Scheme, written: &str, expected: Result<&str, &str>) {
        let got = Identifier::parse(scheme, written);
        match (got, expected) {
            (Ok(id), Ok(normal)) => assert_eq!(id.value(), normal, "{written}"),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{written}: {error}");
            }
            (got, expected) => panic!("{written}: {got:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn codes_of_organizations() {
        use Scheme::{OrganizationCode, RegistrationNumber, Uscc};
        check(Uscc, "G1610000713522976L", Ok("G1610000713522976L"));
        check(Uscc, "ｇ1610000713522976l", Ok("G1610000713522976L"));
        check(Uscc, "G1610000713522977L", Err("check character"));
        check(Uscc, "G161000071352297", Err("18 characters"));
        check(Uscc, "G161000071352297OL", Err("place 17"));
        check(OrganizationCode, "71352297-6", Ok("713522976"));
        check(OrganizationCode, "71352297-7", Err("check character"));
        check(RegistrationNumber, "330200400070010", Ok("330200400070010"));
        check(
            RegistrationNumber,
            "330200400070011",
            Err("check character"),
        );
        check(RegistrationNumber, "33020040007001", Err("15 characters"));
    }

    #[test]
    fn a_unified_code_holds_its_organization_code() {
        let uscc = Identifier::parse(Scheme::Uscc, "G1610000713522976L").unwrap();
        assert_eq!(uscc.inner_organization_code().unwrap().value(), "713522976");
    }

    #[test]
    fn a_resident_number_needs_region_birthday_and_check_character() {
        // The example printed in GB 11643-1999.
        check(
            Scheme::ResidentNumber,
            "11010519491231002x",
            Ok("11010519491231002X"),
        );
        check(
            Scheme::ResidentNumber,
            "110105194912310021",
            Err("check character"),
        );
        check(
            Scheme::ResidentNumber,
            "110105194913310020",
            Err("day of birth"),
        );
        check(Scheme::ResidentNumber, "990105194912310020", Err("region"));
    }

    #[test]
    fn a_resident_number_is_never_shown() {
        let id = Identifier::parse(Scheme::ResidentNumber, "11010519491231002X").unwrap();
        assert!(!format!("{id:?} {}", id.shown()).contains("1949"));
    }

    #[test]
    fn identity_numbers_are_found_in_text() {
        let numbers = |text: &str| -> Vec<String> {
            resident_numbers_in(text)
                .into_iter()
                .map(|f| {
                    assert_eq!(normalise(&text[f.at]), f.number);
                    f.number
                })
                .collect()
        };
        assert_eq!(
            numbers("法人11010519491231002x，男"),
            ["11010519491231002X"]
        );
        assert_eq!(
            numbers("１１０１０５１９４９１２３１００２Ｘ"),
            ["11010519491231002X"]
        );
        // Mistyped: still a person.
        assert_eq!(numbers("\"110105194912310021\""), ["110105194912310021"]);
        assert_eq!(numbers("11010519491231002X/110105194912310021").len(), 2);
        assert_eq!(numbers("ID110105194912310021A"), ["110105194912310021"]);
        // Part of a longer number, too short, or no such birthday.
        assert_eq!(numbers("1101051949123100219"), [""; 0]);
        assert_eq!(numbers("330200400070010"), [""; 0]);
        assert_eq!(numbers("110105194913310021"), [""; 0]);
    }
}
