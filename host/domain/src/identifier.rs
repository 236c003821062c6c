//! Identifiers: what kind a code is, whether it can be real, and how it is
//! shown without giving anything away.
//!
//! Comes in: codes as feeds write them, and text in which identity numbers of
//! persons may stand. Goes out: a normalised code with its scheme, or the rule
//! that failed; the places where identity numbers stand.
//!
//! Always holds: nothing here quotes a code that may be a person's number: no
//! error, no `Debug`, nothing that is made to be shown. Deliberately absent:
//! names. A record is bound by identifier only (I7).

mod check;

mod person;

mod written;

mod error;

mod recognise;

mod in_text;

mod seam;

pub use error::IdentifierError;
pub use in_text::{
    Before, Found, belongs_to_numbers, resident_numbers_behind, resident_numbers_in,
};
pub use recognise::{Recognised, recognise};
pub use seam::{Seam, seam};
pub use written::normalise;

use serde::{Deserialize, Serialize};
use written::{LONGEST, Normal, no_code};

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
    /// 公民身份号码, GB 11643-1999: 18 characters. Stands in memory only on its way
    /// into the vault.
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

    /// Its name, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Uscc => "统一社会信用代码",
            Self::OrganizationCode => "组织机构代码",
            Self::RegistrationNumber => "工商注册号",
            Self::ResidentNumber => "公民身份号码",
        }
    }

    /// Its name, in English.
    pub fn en(self) -> &'static str {
        match self {
            Self::Uscc => "unified social credit code",
            Self::OrganizationCode => "organization code",
            Self::RegistrationNumber => "registration number",
            Self::ResidentNumber => "resident number",
        }
    }

    /// Characters of a code.
    pub fn length(self) -> usize {
        match self {
            Self::Uscc | Self::ResidentNumber => 18,
            Self::OrganizationCode => 9,
            Self::RegistrationNumber => 15,
        }
    }

    /// Checks a code that stands in its normal form already; [`Identifier::parse`]
    /// takes one as it was written.
    ///
    /// # Errors
    /// The first rule broken: length, alphabet, region and birth, check character,
    /// all zeros.
    pub fn check(self, code: &[u8]) -> Result<(), IdentifierError> {
        let length = |_| IdentifierError::Length {
            scheme: self,
            expected: self.length(),
            found: code.len(),
        };
        let fits = match self {
            Self::Uscc => check::unified_code(code.try_into().map_err(length)?),
            Self::OrganizationCode => check::organization_code(code.try_into().map_err(length)?),
            Self::RegistrationNumber => {
                check::registration_number(code.try_into().map_err(length)?)
            }
            Self::ResidentNumber => check::resident_number(code.try_into().map_err(length)?),
        };
        let fits = fits.map_err(|at| IdentifierError::Character {
            scheme: self,
            place: at + 1,
        })?;
        if self == Self::ResidentNumber && !person::region_and_birth_fit(code) {
            return Err(IdentifierError::RegionOrBirth { scheme: self });
        }
        if !fits {
            return Err(IdentifierError::CheckCharacter { scheme: self });
        }
        // The sums of nothing but zeros fit, too.
        if code.iter().all(|c| *c == b'0') {
            return Err(IdentifierError::Zeros);
        }
        Ok(())
    }
}

/// A code that passed its scheme's rules, in its normal form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    scheme: Scheme,
    /// As many characters as the scheme has, then zero bytes.
    code: [u8; LONGEST],
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.scheme.code(), self.shown())
    }
}

impl Identifier {
    /// Normalises a code and checks it under the scheme that it claims: full-width
    /// characters become narrow, letters upper case, hyphens and spaces go.
    ///
    /// # Errors
    /// What makes the text no code at all (nothing, damaged, a float, zeros); then
    /// the first rule broken, as [`Scheme::check`] has them.
    pub fn parse(scheme: Scheme, written: &str) -> Result<Self, IdentifierError> {
        let normal = Normal::of(written);
        match normal.characters().map(|code| scheme.check(code)) {
            Some(Ok(())) => Ok(Self {
                scheme,
                code: normal.code,
            }),
            Some(Err(error)) => Err(why_not(scheme, written, &normal, error)),
            None => {
                let error = IdentifierError::Length {
                    scheme,
                    expected: scheme.length(),
                    found: normal.length,
                };
                Err(why_not(scheme, written, &normal, error))
            }
        }
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The normal form. A resident number's must not be shown, logged or kept bare.
    pub fn value(&self) -> &str {
        str::from_utf8(&self.code[..self.scheme.length()]).expect("every scheme's code is ASCII")
    }

    /// What may be shown to anyone: an organization's code whole, a person's
    /// number only as asterisks.
    pub fn shown(&self) -> &str {
        match self.scheme {
            Scheme::ResidentNumber => recognise::MASK,
            Scheme::Uscc | Scheme::OrganizationCode | Scheme::RegistrationNumber => self.value(),
        }
    }

    /// The organization code that stands inside a unified social credit code, in
    /// places 9 to 17 (GB 32100-2015): the bridge from old records to new ones.
    pub fn inner_organization_code(&self) -> Option<Identifier> {
        match self.scheme {
            Scheme::Uscc => Self::parse(Scheme::OrganizationCode, &self.value()[8..17]).ok(),
            Scheme::OrganizationCode | Scheme::RegistrationNumber | Scheme::ResidentNumber => None,
        }
    }

    /// Whether the code is a sole trader's (个体工商户; a unified code that begins
    /// with 92): a natural person in business, whose data are disclosed as a person's.
    pub fn is_sole_trader(&self) -> bool {
        self.scheme == Scheme::Uscc && self.code.starts_with(b"92")
    }
}

/// The most telling reason why a code is not taken.
#[cold]
fn why_not(
    scheme: Scheme,
    written: &str,
    normal: &Normal,
    error: IdentifierError,
) -> IdentifierError {
    let digits = |length| {
        let characters = normal.characters().unwrap_or_default();
        characters.len() == length && characters.iter().all(u8::is_ascii_digit)
    };
    if let Some(error) = no_code(written) {
        return error;
    }
    match scheme {
        Scheme::RegistrationNumber if digits(14) => IdentifierError::CheckDigitMissing,
        Scheme::ResidentNumber if digits(15) => IdentifierError::OldResidentNumber,
        Scheme::Uscc
        | Scheme::OrganizationCode
        | Scheme::RegistrationNumber
        | Scheme::ResidentNumber => error,
    }
}

#[cfg(test)]
mod tests;
