//! A penalty by the profile of 2018 of 双公示: what its rows have in common, whichever
//! department sends them.
//!
//! In comes a row; out go the parts of a record that its columns hold. Always: the
//! words of a refusal name the column by its Chinese name. Absent: what each department
//! has of its own, such as the key of the record, another profile, and who may see it.

use crate::amounts::Unit;
use crate::contract::types::{Authority, Basis, CreditRecord, Decision, Fact, Value};
use crate::fault::Fault;
use crate::record;
use crate::row::{Row, required};

/// Columns with an identifier of the subject, and their schemes.
pub const IDENTIFIERS: [(&str, &str); 6] = [
    ("CF_XDR_SHXYM", "uscc"),
    ("CF_XDR_GSZC", "registration-number"),
    ("CF_XDR_ZZJG", "organization-code"),
    ("CF_XDR_SWDJ", "tax-number"),
    ("CF_XDR_SYDW", "institution-number"),
    ("CF_XDR_SHZZ", "association-number"),
];
/// Columns that only say what another column holds: the schemes say it here.
const SAID_ELSEWHERE: [&str; 3] = ["CF_XDR_LB", "CF_XDR_ZJLX", "CF_FR_ZJLX"];

/// The number of the document (文书号).
///
/// # Errors
/// `missing`, or as [`Row::take_code`].
pub fn number(row: &mut Row<'_>) -> Result<String, Fault> {
    required(
        row.take_code("CF_WSH")?,
        "CF_WSH",
        "the number of the decision (文书号) is missing; it is what identifies the record",
    )
}

/// The department's own number of a party to the document (当事人序号), which it may
/// send beside the profile's columns.
///
/// # Errors
/// As [`Row::take_code`].
pub fn party(row: &mut Row<'_>) -> Result<Option<String>, Fault> {
    row.take_code("CF_XDR_XH")
}

/// The authority that decided (处罚机关), as it was found.
///
/// # Errors
/// `missing`.
pub fn authority(found: Option<Authority>) -> Result<Authority, Fault> {
    required(
        found,
        "CF_CFJG",
        "the authority that decided (处罚机关) is missing; give its full name",
    )
}

/// The decision of this authority, and its basis. Takes what the row says twice.
///
/// # Errors
/// `missing`: day or basis; or as [`Row::take_day`].
pub fn decision(
    row: &mut Row<'_>,
    authority: Authority,
    number: String,
) -> Result<(Decision, Basis), Fault> {
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
    Ok((decision, record::basis(basis)))
}

/// Adds to the record when the department last changed the row (更新时间, or else its
/// time stamp), who sent it, and until when it is published.
///
/// # Errors
/// As [`Row::take_moment`] and [`Row::take_authority`].
pub fn provenance(row: &mut Row<'_>, record: &mut CreditRecord) -> Result<(), Fault> {
    let stamp = row.take_moment("SJC")?;
    record.revised_at = row.take_moment("GXSJ")?.or(stamp);
    record.provider = row.take_authority("CF_SJLY", "CF_SJLYDM")?;
    record.published_until = row.take_day("CF_GSJZQ")?;
    Ok(())
}

/// Adds what these columns say, word for word.
pub fn texts(row: &mut Row<'_>, fields: &[&str], facts: &mut Vec<Fact>) {
    for field in fields {
        let text = row.take_text(field);
        facts.extend(text.map(|text| record::fact(field, Value::Text(text))));
    }
}

/// The facts so far, with fine, forfeiture and licence, and whatever nobody took: the
/// host knows whether the catalogue lists it.
///
/// # Errors
/// As [`Row::take_amount`] and [`record::facts`].
pub fn facts(mut row: Row<'_>, mut facts: Vec<Fact>) -> Result<Vec<Fact>, Fault> {
    for field in ["CF_NR_FK", "CF_NR_WFFF"] {
        let amount = row.take_amount(field, Unit::TenThousandYuan)?;
        facts.extend(amount.map(|value| record::fact(field, value)));
    }
    texts(&mut row, &["CF_NR_ZKDX", "BZ"], &mut facts);
    row.into_facts(&mut facts);
    record::facts(facts)
}
