//! The key of a record: the number of the document on which it rests.
//!
//! In comes the number as a clerk typed it; out goes the key. Always: the number alone
//! makes it, and not the office beside it, because the profile of 2016 sends the
//! office by name and that of 2018 by code, and one penalty sent in both must stay
//! one record. A number of the customs begins with its office's short name (榕关缉违字);
//! one that does not would be another office's too, and is refused. Absent: the
//! subject, which a correction may change.

use credence_sdk::codes;
use credence_sdk::fault::{Fault, rule};
use credence_sdk::record;

/// `kind` keeps the keys of the two feeds apart; `field` is the number's column;
/// `party` is the department's own number of a subject within the document, if it
/// gives one.
///
/// # Errors
/// `ambiguous`: the number does not name its office; `out-of-range`: it is too long.
pub(crate) fn source_ref(
    kind: &str,
    field: &str,
    number: &str,
    party: Option<&str>,
) -> Result<String, Fault> {
    let number = codes::number_as_key(number);
    if !number.starts_with(char::is_alphabetic) {
        return Err(Fault::cell(
            field,
            rule::AMBIGUOUS,
            "the number lacks the short name of its office, such as 榕关缉违字; \
             send the number in full",
        ));
    }
    match party.map(codes::as_key) {
        None => record::source_ref(field, &[kind, &number]),
        Some(party) => record::source_ref(field, &[kind, &number, &party]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: &str, party: Option<&str>, expected: Result<&str, &str>) {
        let found = source_ref("penalty", "CF_WSH", number, party);
        let found = found.as_deref().map_err(|fault| fault.rule());
        assert_eq!(found, expected, "{number}");
    }

    #[test]
    fn one_document_is_one_key_however_it_is_typed() {
        let key = Ok("penalty:榕关缉违字〔2026〕0012号");
        check("榕关缉违字〔2026〕0012号", None, key);
        check("榕关缉违字[2026]0012号", None, key);
        check(" 榕关缉违字（２０２６） 0012号", None, key);
        let second = Ok("penalty:榕关缉违字〔2026〕0012号:2");
        check("榕关缉违字〔2026〕0012号", Some("２"), second);
    }

    #[test]
    fn a_number_without_its_office_is_refused() {
        check("〔2026〕0012号", None, Err("ambiguous"));
        check("20260012", None, Err("ambiguous"));
        check(&"长".repeat(200), None, Err("out-of-range"));
    }
}
