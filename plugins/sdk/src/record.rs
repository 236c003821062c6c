//! Records, endings and what they are made of.
//!
//! In come the parts that a row has; out go the contract's records with everything
//! else absent, so that a plugin names what its department says and nothing more.
//! Always: a key is made of parts in one form, and one that is too long is refused.
//! Absent: any judgement of what a record says.

use crate::contract::types::{
    Basis, CreditRecord, Date, Decision, Disclosure, Ending, Exit, Fact, Listing, Subject, Value,
};
use crate::fault::{Fault, rule};

/// The contract's limit for a key.
const SOURCE_REF_CHARACTERS: usize = 200;
/// The contract's limit for the facts of a record.
const FACTS: usize = 200;

/// A public record with what every record has, and nothing of the rest. To be used
/// with `..`, or changed afterwards.
pub fn record(
    item: &str,
    duty: &str,
    source_ref: String,
    subject: Subject,
    decision: Decision,
) -> CreditRecord {
    CreditRecord {
        source_ref,
        revised_at: None,
        item: item.to_owned(),
        subject,
        parties: Vec::new(),
        disclosure: Disclosure::Public,
        provider: None,
        duty: duty.to_owned(),
        decision,
        basis: Vec::new(),
        listing: None,
        valid_from: None,
        valid_until: None,
        published_until: None,
        facts: Vec::new(),
    }
}

/// The end of a record: `source_ref` is that of the record.
pub fn ending(source_ref: String, exit: Exit, effective_on: Date, note: Option<String>) -> Ending {
    Ending {
        source_ref,
        exit,
        effective_on,
        note,
    }
}

/// A basis by its citation, verbatim.
pub fn basis(text: impl Into<String>) -> Basis {
    Basis {
        code: None,
        text: text.into(),
    }
}

/// An entry on a list, under a standard of the register of legal bases.
pub fn listing(list_code: &str, standard_code: &str, standard_text: &str) -> Listing {
    Listing {
        list_code: list_code.to_owned(),
        standard: Basis {
            code: Some(standard_code.to_owned()),
            text: standard_text.to_owned(),
        },
    }
}

/// One fact.
pub fn fact(field: &str, value: Value) -> Fact {
    Fact {
        field: field.to_owned(),
        value,
    }
}

/// The key of a record, of parts that do not change when its row is corrected. The
/// parts come through [`codes::as_key`](crate::codes::as_key) or
/// [`codes::number_as_key`](crate::codes::number_as_key) where they are typed by
/// hand. `field` is the column to be named when the key is too long.
///
/// # Errors
/// `missing`: every part is empty; `out-of-range`: longer than 200 characters.
pub fn source_ref(field: &str, parts: &[&str]) -> Result<String, Fault> {
    if parts.iter().all(|part| part.is_empty()) {
        return Err(Fault::missing(
            field,
            "nothing here tells this record from others; send its number",
        ));
    }
    let key = parts.join(":");
    if key.len() > SOURCE_REF_CHARACTERS && key.chars().count() > SOURCE_REF_CHARACTERS {
        return Err(Fault::cell(
            field,
            rule::OUT_OF_RANGE,
            "what makes the key of this record is longer than 200 characters; \
             give the number alone",
        ));
    }
    Ok(key)
}

/// The facts of a record, held to the contract's number.
///
/// # Errors
/// `out-of-range`: more than 200.
pub fn facts(facts: Vec<Fact>) -> Result<Vec<Fact>, Fault> {
    if facts.len() > FACTS {
        return Err(Fault::row(
            rule::OUT_OF_RANGE,
            "the row has more than 200 fields; send those that were agreed",
        ));
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_neither_empty_nor_too_long() {
        assert_eq!(source_ref("F", &["a", "b"]).unwrap(), "a:b");
        assert_eq!(source_ref("F", &["", ""]).unwrap_err().rule(), "missing");
        let long = "长".repeat(200);
        assert!(source_ref("F", &[&long]).is_ok());
        let fault = source_ref("F", &[&long, ""]).unwrap_err();
        assert_eq!((fault.field(), fault.rule()), (Some("F"), "out-of-range"));
    }

    #[test]
    fn a_record_has_no_more_facts_than_the_contract_allows() {
        let many = |n| vec![fact("F", Value::YesNo(true)); n];
        assert!(facts(many(200)).is_ok());
        assert_eq!(facts(many(201)).unwrap_err().rule(), "out-of-range");
    }
}
