//! The feed `penalties`: a row of 双公示, in either profile, as a credit record.
//!
//! In comes a row; out goes the record it states, its end, or a fault. Always:
//! identifiers pass as found, since the host alone checks them; a record comes only
//! from a row whose every cell could be read; what the two profiles call by two names
//! is read from whichever stands there, and a row that says it twice and differently
//! is refused. Absent: lists, and any judgement whether the penalty is right.
//!
//! | | 2016 | 2018 and later |
//! |---|---|---|
//! | number | `CF_WSH` | the same |
//! | authority | `CF_XZJG` | `CF_CFJG`, `CF_CFJGDM` |
//! | subject | `CF_XDR_MC` or `CF_XDR`, `_SHXYM`, `_ZDM`, `_GSDJ`, `_SWDJ`, `_SFZ` | `CF_XDR_MC`, `_SHXYM`, `_GSZC`, `_ZZJG`, `_SWDJ`, `_SYDW`, `_SHZZ`, `_ZJHM` |
//! | representative | `CF_FR` | `CF_FRDB`, `CF_FR_ZJHM` |
//! | kinds | `CF_CFLB1`, `CF_CFLB2`, as words or as digits | `CF_CFLB` |
//! | content | `CF_JG` | `CF_NR`, `CF_NR_FK`, `CF_NR_WFFF` (万元), `CF_NR_ZKDX` |
//! | in force | `CF_SXQ`, `CF_JZQ` | `CF_YXQ` |
//! | state | `CF_ZT` | |
//! | changed | `SJC` | `GXSJ` |
//!
//! `CF_AJMC`, `CF_CFMC`, `CF_BM` and `DFBM` of 2016 have no field in the catalogue; as
//! facts they are set aside by the host, which reports them.
//!
//! One document that punishes several gives each a row and a number of its own in
//! `CF_XDR_XH` (当事人序号); where it gives none, the host sets the second row aside
//! for a person, which punishes nobody by mistake.

use credence_sdk::contract::types::{
    CreditRecord, Date, Disclosure, Exit, Fact, Identifier, Party, Subject, Value,
};
use credence_sdk::days::write_day;
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::penalty;
use credence_sdk::record;
use credence_sdk::row::{Row, required};
use credence_sdk::text::half_width;

use crate::reference::source_ref;

#[cfg(test)]
mod tests;

/// The item of the collection catalogue (征集目录).
const ITEM: &str = "CUSTOMS-PENALTY";
/// The duty under which the record was made (履行职责).
const DUTY: &str = "海关行政处罚（海关法 第八十二条、第八十六条）";

/// Columns with an identifier of the subject that only the profile of 2016 has, and
/// their schemes.
const OF_2016: [(&str, &str); 2] = [
    ("CF_XDR_GSDJ", "registration-number"),
    ("CF_XDR_ZDM", "organization-code"),
];
/// Kinds of penalty, as the profile of 2016 numbers them.
const KINDS: [&str; 7] = [
    "警告",
    "罚款",
    "没收违法所得、没收非法财物",
    "责令停产停业",
    "暂扣或者吊销许可证、暂扣或者吊销执照",
    "行政拘留",
    "其他",
];

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let number = penalty::number(&mut row)?;
    let party = penalty::party(&mut row)?;
    let source_ref = source_ref("penalty", "CF_WSH", &number, party.as_deref())?;
    if is_set_aside(&mut row)? {
        return set_aside(row, source_ref);
    }
    Ok(in_force(row, source_ref, number)?.into())
}

fn in_force(mut row: Row<'_>, source_ref: String, number: String) -> Result<CreditRecord, Fault> {
    let of_2016 = row.take_authority("CF_XZJG", "")?;
    let of_2018 = row.take_authority("CF_CFJG", "CF_CFJGDM")?;
    let authority = one("CF_XZJG", of_2018, of_2016, |authority| &authority.name)?;
    let authority = penalty::authority(authority)?;
    let (decision, basis) = penalty::decision(&mut row, authority, number)?;
    let mut record = record::record(ITEM, DUTY, source_ref, subject(&mut row)?, decision);
    if record.subject.identifiers.iter().any(is_person) {
        // The persons' directory shows such a penalty to public bodies alone.
        record.disclosure = Disclosure::Government;
    }
    penalty::provenance(&mut row, &mut record)?;
    record.parties.extend(representative(&mut row)?);
    record.basis.push(basis);
    record.valid_from = row.take_day("CF_SXQ")?;
    record.valid_until = either_day(&mut row, "CF_YXQ", "CF_JZQ")?;
    record.facts = facts(row)?;
    Ok(record)
}

fn subject(row: &mut Row<'_>) -> Result<Subject, Fault> {
    let name = either_text(row, "CF_XDR_MC", "CF_XDR")?;
    let mut identifiers = row.take_identifiers(&penalty::IDENTIFIERS)?;
    for identifier in row.take_identifiers(&OF_2016)? {
        // The two profiles name some schemes twice.
        if !identifiers.contains(&identifier) {
            identifiers.push(identifier);
        }
    }
    // In one order, whichever profile has them.
    identifiers.sort_by_key(|id| {
        let mut schemes = penalty::IDENTIFIERS.iter();
        schemes.position(|(_, scheme)| *scheme == id.scheme)
    });
    let of_2016 = row.take_person("CF_XDR_SFZ")?;
    let of_2018 = row.take_person("CF_XDR_ZJHM")?;
    identifiers.extend(one("CF_XDR_SFZ", of_2018, of_2016, |id| &id.value)?);
    Ok(Subject { name, identifiers })
}

fn is_person(identifier: &Identifier) -> bool {
    identifier.scheme == "person"
}

/// The legal representative (法定代表人), if the row has one.
fn representative(row: &mut Row<'_>) -> Result<Option<Party>, Fault> {
    let role = "legal-representative";
    let of_2016 = row.take_party(role, "CF_FR", "");
    let of_2018 = row.take_party(role, "CF_FRDB", "CF_FR_ZJHM");
    one("CF_FR", of_2018, of_2016, |party| &party.subject.name)
}

/// What two columns say, one of either profile; `second` is the other's name.
fn one<T, K: PartialEq>(
    second: &str,
    first: Option<T>,
    other: Option<T>,
    key: impl Fn(&T) -> &K,
) -> Result<Option<T>, Fault> {
    if let (Some(first), Some(other)) = (&first, &other)
        && key(first) != key(other)
    {
        return Err(Fault::cell(
            second,
            rule::AMBIGUOUS,
            "the columns of the two profiles say two different things; send one of them",
        ));
    }
    Ok(first.or(other))
}

fn either_text(row: &mut Row<'_>, first: &str, second: &str) -> Result<Option<String>, Fault> {
    let (a, b) = (row.take_text(first), row.take_text(second));
    one(second, a, b, |text| text)
}

fn either_day(row: &mut Row<'_>, first: &str, second: &str) -> Result<Option<Date>, Fault> {
    let (a, b) = (row.take_day(first)?, row.take_day(second)?);
    one(second, a, b, |day| day)
}

/// 当前状态: whether the penalty has been set aside (撤销).
fn is_set_aside(row: &mut Row<'_>) -> Result<bool, Fault> {
    let Some(state) = row.take_text("CF_ZT") else {
        return Ok(false);
    };
    match half_width(&state).as_str() {
        "0" | "正常" => Ok(false),
        "1" | "撤销" => Ok(true),
        "2" | "3" | "异议" | "其他" => Err(Fault::cell(
            "CF_ZT",
            "needs-person",
            "the department says that the penalty is under objection, or in another state \
             than its profile names; a person of the department settles it first",
        )),
        _ => Err(Fault::cell(
            "CF_ZT",
            rule::UNKNOWN_CODE,
            "write 0 (正常), 1 (撤销), 2 (异议) or 3 (其他)",
        )),
    }
}

/// The end of a penalty that was set aside. The profile has no column for the decision
/// that did so; `correction` has the same consequences and asks for none.
fn set_aside(mut row: Row<'_>, source_ref: String) -> Result<Statements, Fault> {
    let since = required(
        row.take_day("SJC")?,
        "SJC",
        "the day since when the penalty is set aside is missing; write it as 2022-01-24",
    )?;
    let note = format!("当前状态：撤销（{}）", write_day(since));
    Ok(record::ending(source_ref, Exit::Correction, since, Some(note)).into())
}

fn facts(mut row: Row<'_>) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    penalty::texts(&mut row, &["CF_WFXW", "CF_SY", "CF_CFLB"], &mut facts);
    for column in ["CF_CFLB1", "CF_CFLB2"] {
        let kind = row.take_text(column);
        facts.extend(kind.map(|kind| record::fact("CF_CFLB", Value::Text(in_words(kind)))));
    }
    let content = either_text(&mut row, "CF_NR", "CF_JG")?;
    facts.extend(content.map(|words| record::fact("CF_NR", Value::Text(words))));
    penalty::facts(row, facts)
}

/// A kind in words, where the profile of 2016 numbers it.
fn in_words(kind: String) -> String {
    let digit = half_width(&kind).parse::<usize>().ok();
    let words = digit.and_then(|digit| KINDS.get(digit));
    words.map_or(kind, |words| (*words).to_owned())
}
