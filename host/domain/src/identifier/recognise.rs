//! What a code is that comes without a heading: typed at the command line, or from
//! a column that nobody labelled.
//!
//! Comes in: a code as written. Goes out: its scheme and whether it passes, and
//! whether it may be shown. Always holds: a resident number is looked for first; a
//! code that may be both a person's and an organization's is neither (3 in 100
//! resident numbers also pass the rules of the unified code); what may be a
//! person's number with a slip in it is not shown either.

use super::{
    Identifier, IdentifierError, Scheme, in_text::resident_numbers_in, person, written::Normal,
    written::no_code, written::normalise,
};

/// What is shown of a person's number, whatever its length.
pub(super) const MASK: &str = "******************";

/// What a bare code was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The scheme whose form it has. `None`: no scheme's, or two at once.
    pub scheme: Option<Scheme>,
    /// The identifier, or why nothing may be bound by this code.
    pub verdict: Result<Identifier, IdentifierError>,
    /// It is a person's number, or may be one: it must not be shown.
    pub personal: bool,
}

impl Recognised {
    fn organization(verdict: Result<Identifier, IdentifierError>, scheme: Scheme) -> Self {
        Self {
            scheme: Some(scheme),
            verdict,
            personal: false,
        }
    }

    fn person(verdict: Result<Identifier, IdentifierError>) -> Self {
        Self {
            scheme: Some(Scheme::ResidentNumber),
            verdict,
            personal: true,
        }
    }

    fn ambiguous(organization: Scheme) -> Self {
        Self {
            scheme: None,
            verdict: Err(IdentifierError::Ambiguous { organization }),
            personal: true,
        }
    }

    fn refused(scheme: Option<Scheme>, error: IdentifierError, written: &str) -> Self {
        Self {
            scheme,
            verdict: Err(error),
            personal: person::may_be_mistyped(&normalise(written))
                || !resident_numbers_in(written).is_empty(),
        }
    }

    /// What may be shown of the code to anyone: an organization's as it was
    /// `written`, a person's only as asterisks.
    pub fn shown<'a>(&self, written: &'a str) -> &'a str {
        if self.personal { MASK } else { written }
    }
}

/// Says what a code without a heading is.
pub fn recognise(written: &str) -> Recognised {
    let normal = Normal::of(written);
    let characters = normal.characters().unwrap_or_default();
    if let Ok(code) = <&[u8; 18]>::try_from(characters)
        && person::has_form(code)
    {
        return eighteen(code, written);
    }
    if let Ok(code) = <&[u8; 15]>::try_from(characters)
        && person::has_old_form(code)
    {
        return match Scheme::RegistrationNumber.check(code) {
            // 1 in 10 old resident numbers passes it by chance.
            Ok(()) => Recognised::ambiguous(Scheme::RegistrationNumber),
            Err(_) => Recognised::person(Err(IdentifierError::OldResidentNumber)),
        };
    }
    let scheme = match characters.len() {
        18 => Scheme::Uscc,
        15 => Scheme::RegistrationNumber,
        9 => Scheme::OrganizationCode,
        14 if characters.iter().all(u8::is_ascii_digit) => Scheme::RegistrationNumber,
        _ => {
            let found = normal.length;
            let error = no_code(written).unwrap_or(IdentifierError::NoScheme { found });
            return Recognised::refused(None, error, written);
        }
    };
    match Identifier::parse(scheme, written) {
        Ok(code) => Recognised::organization(Ok(code), scheme),
        Err(error) => {
            let scheme = Some(scheme).filter(|_| no_code(written).is_none());
            Recognised::refused(scheme, error, written)
        }
    }
}

/// 18 characters that have the form of a resident number. A unified code may have
/// it by chance, and a person's number with a slip may pass for a unified code.
fn eighteen(code: &[u8; 18], written: &str) -> Recognised {
    match Scheme::Uscc.check(code) {
        Ok(()) => Recognised::ambiguous(Scheme::Uscc),
        Err(_) => Recognised::person(Identifier::parse(Scheme::ResidentNumber, written)),
    }
}
