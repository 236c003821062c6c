//! Canonical JSON (RFC 8785): the one spelling of a value.
//!
//! In: anything that serde can write. Out: the bytes over which commitments are
//! made. Always: two values with the same bytes are the same value, as far as JSON
//! can tell them apart. RFC 8785 rounds every number to a double, so two large
//! integers may share one spelling and a change between them would go unseen; such
//! numbers are refused here instead. Absent: reading JSON back.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// The largest magnitude of a number that has a spelling of its own: 2^53 − 1,
/// the bound of I-JSON (RFC 7493, section 2.2).
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// Serde could not write it: a NaN, an infinity, or a map whose keys are not text.
    #[error("the value cannot be written as canonical JSON; use finite numbers and text keys")]
    Unwritable(#[source] serde_json::Error),
    /// A number of a magnitude that doubles no longer tell apart.
    #[error("a number is larger than 2^53 - 1, where JSON loses digits; write it as text")]
    NumberTooLarge,
}

/// Writes `value` as RFC 8785 JSON.
///
/// # Errors
/// [`CanonicalError`] where the value has no form that is its own.
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    let bytes = serde_json_canonicalizer::to_vec(value).map_err(CanonicalError::Unwritable)?;
    // Looked for in the output: a walk over the input as a `Value` would have
    // turned NaN into null already.
    match serde_json::from_slice(&bytes).map_err(CanonicalError::Unwritable)? {
        Numbers::Exact => Ok(bytes),
        Numbers::TooLarge => Err(CanonicalError::NumberTooLarge),
    }
}

/// The numbers of a JSON text, read without keeping any of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Each is one that doubles tell apart from its neighbours.
    Exact,
    TooLarge,
}

impl Numbers {
    fn of(number: f64) -> Self {
        // The bound and all below it are exact as doubles.
        match number.abs() > MAX_NUMBER as f64 {
            true => Self::TooLarge,
            false => Self::Exact,
        }
    }

    fn and(self, other: Self) -> Self {
        match self {
            Self::Exact => other,
            Self::TooLarge => self,
        }
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumbersVisitor)
    }
}

struct NumbersVisitor;

impl<'de> Visitor<'de> for NumbersVisitor {
    type Value = Numbers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Numbers, E> {
        Ok(Numbers::Exact)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Numbers, E> {
        Ok(Numbers::Exact)
    }

    fn visit_str<E>(self, _: &str) -> Result<Numbers, E> {
        Ok(Numbers::Exact)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Numbers, E> {
        Ok(Numbers::of(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Numbers, E> {
        Ok(Numbers::of(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Numbers, E> {
        Ok(Numbers::of(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Numbers, A::Error> {
        let mut all = Numbers::Exact;
        while let Some(item) = items.next_element()? {
            all = all.and(item);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Numbers, A::Error> {
        let mut all = Numbers::Exact;
        while let Some((_, member)) = members.next_entry::<IgnoredAny, _>()? {
            all = all.and(member);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spells_as_rfc_8785_does() {
        // RFC 8785, section 3.2.3: keys are sorted as UTF-16, numbers as ECMAScript writes them.
        let value = json!({
            "\u{20ac}": "Euro Sign",
            "\r": "Carriage Return",
            "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\u{1f600}": "Emoji: Grinning Face",
            "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
            "numbers": [1e2, 4.50, 2e-3, 0.000_000_1],
        });
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\
            \"numbers\":[100,4.5,0.002,1e-7],\
            \"\u{80}\":\"Control\",\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\
            \"\u{20ac}\":\"Euro Sign\",\"\u{1f600}\":\"Emoji: Grinning Face\",\
            \"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(
            String::from_utf8(canonical(&value).unwrap()).unwrap(),
            expected
        );
    }

    #[test]
    fn refuses_what_would_lose_digits() {
        for fits in [
            json!(MAX_NUMBER),
            json!(-(MAX_NUMBER as i64)),
            json!("9007199254740993"),
        ] {
            assert!(canonical(&fits).is_ok(), "{fits}");
        }
        for lossy in [
            json!(MAX_NUMBER + 1),
            json!({"row": [{"amount": i64::MIN}]}),
            json!(u64::MAX),
        ] {
            let refused = canonical(&lossy);
            assert!(
                matches!(refused, Err(CanonicalError::NumberTooLarge)),
                "{lossy}"
            );
        }
        assert!(matches!(
            canonical(&f64::NAN),
            Err(CanonicalError::Unwritable(_))
        ));
    }
}
