//! Whom a row is about, in both lists.
//!
//! In come the columns with names and numbers; out go the subject, and the people
//! answerable beside it. Always: one row is one subject, and numbers pass as found,
//! since the host alone checks them. Absent: matching by name; a row without any
//! number is the host's to set aside.

use credence_sdk::contract::types::{Party, Subject};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::row::Row;

/// Columns with a number of an organization, and their schemes.
const IDENTIFIERS: [(&str, &str); 3] = [
    ("统一社会信用代码", "uscc"),
    ("工商注册号", "registration-number"),
    ("组织机构代码", "organization-code"),
];
/// Roles, and the columns with the name and the number of who has them.
const PARTIES: [(&str, &str, &str); 3] = [
    ("legal-representative", "法定代表人", "法定代表人身份证号"),
    ("principal", "主要负责人", "主要负责人身份证号"),
    ("directly-responsible", "直接责任人", "直接责任人身份证号"),
];

/// The subject of a row.
///
/// # Errors
/// `ambiguous`: the row is about an organization and a person at once; else as the
/// cells are at fault.
pub(crate) fn take(row: &mut Row<'_>) -> Result<Subject, Fault> {
    let name = row.take_text("名称");
    let mut identifiers = row.take_identifiers(&IDENTIFIERS)?;
    if let Some(person) = row.take_person("身份证号")? {
        if !identifiers.is_empty() {
            return Err(Fault::cell(
                "身份证号",
                rule::AMBIGUOUS,
                "the row has the code of an organization and the number of a person; give each \
                 a row of its own, and people answerable for an organization their own columns",
            ));
        }
        identifiers.push(person);
    }
    Ok(Subject { name, identifiers })
}

/// Whether this subject is a natural person.
pub(crate) fn is_person(subject: &Subject) -> bool {
    subject.identifiers.iter().any(|id| id.scheme == "person")
}

/// The people answerable beside the subject.
pub(crate) fn take_parties(row: &mut Row<'_>) -> Vec<Party> {
    PARTIES
        .iter()
        .filter_map(|(role, name, number)| row.take_party(role, name, number))
        .collect()
}
