//! The feed `penalties`: a row of 双公示 (the 2018 profile) as a credit record.
//!
//! In comes a row; out goes the record it states, or a fault. Always: identifiers
//! pass as found, since the host alone checks them; a record comes only from a row
//! whose every cell could be read. Absent: lists, and any judgement whether the
//! penalty is right.

use credence_sdk::amounts::Unit;
use credence_sdk::codes;
use credence_sdk::contract::types::{Authority, Decision, Fact, Moment, Subject, Value};
use credence_sdk::fault::Fault;
use credence_sdk::lines::Statements;
use credence_sdk::record;
use credence_sdk::row::{Row, required};

#[cfg(test)]
mod tests;

/// The item of the collection catalogue (征集目录).
const ITEM: &str = "TAX-PENALTY";
/// The duty under which the record was made (履行职责).
const DUTY: &str = "税务行政处罚";

/// Columns with an identifier of the subject, and their schemes.
const IDENTIFIERS: [(&str, &str); 6] = [
    ("CF_XDR_SHXYM", "uscc"),
    ("CF_XDR_GSZC", "registration-number"),
    ("CF_XDR_ZZJG", "organization-code"),
    ("CF_XDR_SWDJ", "tax-number"),
    ("CF_XDR_SYDW", "institution-number"),
    ("CF_XDR_SHZZ", "association-number"),
];
/// Columns that only say what another column holds: the schemes say it here.
const SAID_ELSEWHERE: [&str; 3] = ["CF_XDR_LB", "CF_XDR_ZJLX", "CF_FR_ZJLX"];

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let number = required(
        row.take_code("CF_WSH")?,
        "CF_WSH",
        "the number of the decision (文书号) is missing; it is what identifies the record",
    )?;
    let authority = required(
        row.take_authority("CF_CFJG", "CF_CFJGDM")?,
        "CF_CFJG",
        "the authority that decided (处罚机关) is missing; give its full name",
    )?;
    let party = row.take_code("CF_XDR_XH")?;
    let source_ref = source_ref(&authority, &number, party.as_deref())?;
    let decided_on = required(
        row.take_day("CF_JDRQ")?,
        "CF_JDRQ",
        "the day of the decision (处罚决定日期) is missing; write it as 2022-01-24",
    )?;
    let basis = required(
        row.take_text("CF_YJ"),
        "CF_YJ",
        "the legal basis (处罚依据) is missing; an adverse record needs one, with its article",
    )?;
    row.drop_all(&SAID_ELSEWHERE);
    let decision = Decision {
        authority,
        number: Some(number),
        decided_on,
    };
    let revised_at = revised_at(&mut row)?;
    let mut record = record::record(ITEM, DUTY, source_ref, subject(&mut row)?, decision);
    record.revised_at = revised_at;
    let representative = row.take_party("legal-representative", "CF_FRDB", "CF_FR_ZJHM");
    record.parties.extend(representative);
    record.provider = row.take_authority("CF_SJLY", "CF_SJLYDM")?;
    record.basis.push(record::basis(basis));
    record.valid_until = row.take_day("CF_YXQ")?;
    record.published_until = row.take_day("CF_GSJZQ")?;
    record.facts = facts(row)?;
    Ok(record.into())
}

fn subject(row: &mut Row<'_>) -> Result<Subject, Fault> {
    let name = row.take_text("CF_XDR_MC");
    let mut identifiers = row.take_identifiers(&IDENTIFIERS)?;
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

/// When the department last changed the row: 更新时间, or else its time stamp.
fn revised_at(row: &mut Row<'_>) -> Result<Option<Moment>, Fault> {
    let stamp = row.take_moment("SJC")?;
    Ok(row.take_moment("GXSJ")?.or(stamp))
}

fn facts(mut row: Row<'_>) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    take_texts(
        &mut row,
        &["CF_WFXW", "CF_SY", "CF_CFLB", "CF_NR"],
        &mut facts,
    );
    for field in ["CF_NR_FK", "CF_NR_WFFF"] {
        let amount = row.take_amount(field, Unit::TenThousandYuan)?;
        facts.extend(amount.map(|value| record::fact(field, value)));
    }
    take_texts(&mut row, &["CF_NR_ZKDX", "BZ"], &mut facts);
    // What this plugin has no place for is not lost: the host knows whether the
    // catalogue lists it.
    row.into_facts(&mut facts);
    record::facts(facts)
}

fn take_texts(row: &mut Row<'_>, fields: &[&str], facts: &mut Vec<Fact>) {
    for field in fields {
        let text = row.take_text(field);
        facts.extend(text.map(|text| record::fact(field, Value::Text(text))));
    }
}
