//! The feed `penalties`: a row of 双公示 (the 2018 profile) as a credit record.
//!
//! In comes a row; out goes the record it states, or a fault. Always: identifiers
//! pass as found, since the host alone checks them; a record comes only from a row
//! whose every cell could be read. Absent: lists, and any judgement whether the
//! penalty is right.

use credence_sdk::codes;
use credence_sdk::contract::types::{Authority, Fact, Subject};
use credence_sdk::fault::Fault;
use credence_sdk::lines::Statements;
use credence_sdk::penalty;
use credence_sdk::record;
use credence_sdk::row::Row;

#[cfg(test)]
mod tests;

/// The item of the collection catalogue (征集目录).
const ITEM: &str = "TAX-PENALTY";
/// The duty under which the record was made (履行职责).
const DUTY: &str = "税务行政处罚";

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let number = penalty::number(&mut row)?;
    let authority = penalty::authority(row.take_authority("CF_CFJG", "CF_CFJGDM")?)?;
    let party = penalty::party(&mut row)?;
    let source_ref = source_ref(&authority, &number, party.as_deref())?;
    let (decision, basis) = penalty::decision(&mut row, authority, number)?;
    let mut record = record::record(ITEM, DUTY, source_ref, subject(&mut row)?, decision);
    penalty::provenance(&mut row, &mut record)?;
    let representative = row.take_party("legal-representative", "CF_FRDB", "CF_FR_ZJHM");
    record.parties.extend(representative);
    record.basis.push(basis);
    record.valid_until = row.take_day("CF_YXQ")?;
    record.facts = facts(row)?;
    Ok(record.into())
}

fn subject(row: &mut Row<'_>) -> Result<Subject, Fault> {
    let name = row.take_text("CF_XDR_MC");
    let mut identifiers = row.take_identifiers(&penalty::IDENTIFIERS)?;
    identifiers.extend(row.take_person("CF_XDR_ZJHM")?);
    Ok(Subject { name, identifiers })
}

/// Key of the record: who decided, and the number of the document.
///
/// Not the punished party, though one document may punish several and give each a
/// row: whatever names the party in a row of the profile (name, code, token) may be
/// what a correction changes, and the corrected row would then be a second record
/// while the wrong subject kept the first. The host sets the second party's row
/// aside for a person, which loses nothing and punishes nobody by mistake. A
/// department that numbers the parties of a document sends the number as
/// `CF_XDR_XH` (当事人序号) beside the profile's columns, and each has its record.
fn source_ref(authority: &Authority, number: &str, party: Option<&str>) -> Result<String, Fault> {
    let who = match &authority.uscc {
        Some(code) => codes::as_key(code),
        None => authority.name.clone(),
    };
    let number = codes::number_as_key(number);
    match party.map(codes::as_key) {
        None => record::source_ref("CF_WSH", &[&who, &number]),
        Some(party) => record::source_ref("CF_WSH", &[&who, &number, &party]),
    }
}

fn facts(mut row: Row<'_>) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    let texts = ["CF_WFXW", "CF_SY", "CF_CFLB", "CF_NR"];
    penalty::texts(&mut row, &texts, &mut facts);
    penalty::facts(row, facts)
}
