//! One row of the penalty feed as a credit record.
//!
//! In comes the text of a row with the fields of 双公示 (the 2018 profile); out
//! goes the record it states, a rejection, or nothing for a blank row. Always:
//! identifiers pass as found, since the host alone checks them; a record comes
//! only from a row whose every cell could be read. Absent: lists, and any
//! judgement whether the penalty is right.

use crate::amounts::{self, Amount};
use crate::cells::{Cell, Fault, Row, half_width, is_token};
use crate::contract::credence::department::types::{
    Authority, Basis, CreditRecord, Date, Decision, Disclosure, Fact, Identifier, Moment, Party,
    Statement, Subject, Value,
};
use crate::days;

/// The item of the collection catalogue (征集目录).
const ITEM: &str = "TAX-PENALTY";
/// The duty under which the record was made (履行职责).
const DUTY: &str = "税务行政处罚";
const SOURCE_REF_CHARACTERS: usize = 200;
const FACTS: usize = 200;

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

/// Reads one row. `None`: it is blank.
pub(crate) fn read(text: &str) -> Option<Statement> {
    let row = match Row::parse(text) {
        Ok(row) if row.is_blank() => return None,
        Ok(row) => row,
        Err(fault) => return Some(Statement::Rejected(fault.into())),
    };
    Some(match record(row) {
        Ok(record) => Statement::Recorded(record),
        Err(fault) => Statement::Rejected(fault.into()),
    })
}

fn record(mut row: Row) -> Result<CreditRecord, Fault> {
    let number = required(
        row.take_code("CF_WSH")?,
        "CF_WSH",
        "the number of the decision (文书号) is missing; it is what identifies the record",
    )?;
    let authority = authority(&mut row, "CF_CFJG", "CF_CFJGDM")?;
    let authority = required(
        authority,
        "CF_CFJG",
        "the authority that decided (处罚机关) is missing; give its full name",
    )?;
    let source_ref = source_ref(&authority, &number)?;
    let decided_on = required(
        day(&mut row, "CF_JDRQ")?,
        "CF_JDRQ",
        "the day of the decision (处罚决定日期) is missing; write it as 2022-01-24",
    )?;
    let basis = required(
        row.take_text("CF_YJ"),
        "CF_YJ",
        "the legal basis (处罚依据) is missing; an adverse record needs one, with its article",
    )?;
    for column in SAID_ELSEWHERE {
        row.take(column);
    }
    Ok(CreditRecord {
        source_ref,
        revised_at: revised_at(&mut row)?,
        item: ITEM.to_owned(),
        subject: subject(&mut row)?,
        parties: legal_representative(&mut row).into_iter().collect(),
        disclosure: Disclosure::Public,
        provider: self::authority(&mut row, "CF_SJLY", "CF_SJLYDM")?,
        duty: DUTY.to_owned(),
        decision: Decision {
            authority,
            number: Some(number),
            decided_on,
        },
        basis: vec![Basis {
            code: None,
            text: basis,
        }],
        listing: None,
        valid_from: None,
        valid_until: day(&mut row, "CF_YXQ")?,
        published_until: day(&mut row, "CF_GSJZQ")?,
        facts: facts(row)?,
    })
}

fn required<T>(found: Option<T>, field: &str, text: &str) -> Result<T, Fault> {
    found.ok_or_else(|| Fault::cell(field, "missing", text))
}

fn subject(row: &mut Row) -> Result<Subject, Fault> {
    let name = row.take_text("CF_XDR_MC");
    let mut identifiers = Vec::new();
    for (column, scheme) in IDENTIFIERS {
        if let Some(value) = row.take_code(column)? {
            identifiers.push(Identifier {
                scheme: scheme.to_owned(),
                value,
            });
        }
    }
    if let Some(value) = row.take_code("CF_XDR_ZJHM")? {
        if !is_token(&value) {
            return Err(Fault::cell(
                "CF_XDR_ZJHM",
                "malformed",
                "this is not a resident identity number (GB 11643) in full; \
                 other papers are handled by a person, send them separately",
            ));
        }
        identifiers.push(Identifier {
            scheme: "person".to_owned(),
            value,
        });
    }
    Ok(Subject { name, identifiers })
}

/// The legal representative (法定代表人), if the row has one. A number that is
/// no token stays behind: it may be masked (3501****1234) or a foreign paper,
/// and names nobody.
fn legal_representative(row: &mut Row) -> Option<Party> {
    let name = row.take_text("CF_FRDB");
    let number = row.take_text("CF_FR_ZJHM").filter(|text| is_token(text));
    if name.is_none() && number.is_none() {
        return None;
    }
    Some(Party {
        role: "legal-representative".to_owned(),
        subject: Subject {
            name,
            identifiers: number
                .map(|value| Identifier {
                    scheme: "person".to_owned(),
                    value,
                })
                .into_iter()
                .collect(),
        },
    })
}

/// An authority needs a name; a code without one says nothing to a reader.
fn authority(row: &mut Row, name: &str, code: &str) -> Result<Option<Authority>, Fault> {
    let uscc = row.take_code(code)?.filter(|code| !is_filler(code));
    Ok(row.take_text(name).map(|name| Authority { name, uscc }))
}

/// `00000000000000000X` and its like: a code for nobody.
fn is_filler(code: &str) -> bool {
    let code = half_width(code);
    let zeros = code.strip_suffix(['X', 'x']).unwrap_or(&code);
    zeros.bytes().all(|b| b == b'0')
}

/// Key of the record: who decided, and the number of the document. The number
/// is typed by hand, so its brackets, spaces and width are made one.
fn source_ref(authority: &Authority, number: &str) -> Result<String, Fault> {
    let who = match &authority.uscc {
        Some(code) => half_width(code).to_uppercase(),
        None => authority.name.clone(),
    };
    let number: String = half_width(number)
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '(' | '[' | '【' => '〔',
            ')' | ']' | '】' => '〕',
            other => other,
        })
        .collect();
    let key = format!("{who}:{number}");
    if key.chars().count() > SOURCE_REF_CHARACTERS {
        return Err(Fault::cell(
            "CF_WSH",
            "out-of-range",
            "authority and number together are longer than 200 characters; \
             give the number of the decision alone",
        ));
    }
    Ok(key)
}

fn moment(row: &mut Row, column: &str) -> Result<Option<Moment>, Fault> {
    match row.take(column) {
        None => Ok(None),
        Some(cell) => days::read(&cell.into_text()).map_err(|no_day| no_day.at(column)),
    }
}

fn day(row: &mut Row, column: &str) -> Result<Option<Date>, Fault> {
    Ok(moment(row, column)?.map(|moment| moment.date))
}

/// When the department last changed the row: 更新时间, or else its time stamp.
fn revised_at(row: &mut Row) -> Result<Option<Moment>, Fault> {
    let stamp = moment(row, "SJC")?;
    Ok(moment(row, "GXSJ")?.or(stamp))
}

fn facts(mut row: Row) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    let mut push = |field: &str, value| {
        facts.push(Fact {
            field: field.to_owned(),
            value,
        });
    };
    for field in ["CF_WFXW", "CF_SY", "CF_CFLB", "CF_NR"] {
        if let Some(text) = row.take_text(field) {
            push(field, Value::Text(text));
        }
    }
    for field in ["CF_NR_FK", "CF_NR_WFFF"] {
        if let Some(cell) = row.take(field) {
            push(
                field,
                match amounts::read(field, cell)? {
                    Amount::Yuan(yuan) => Value::Yuan(yuan),
                    Amount::Words(words) => Value::Text(words),
                },
            );
        }
    }
    for field in ["CF_NR_ZKDX", "BZ"] {
        if let Some(text) = row.take_text(field) {
            push(field, Value::Text(text));
        }
    }
    // What this plugin has no place for is not lost: the host knows whether the
    // catalogue lists it.
    for (field, cell) in row.into_rest() {
        push(
            &field,
            match cell {
                Cell::Bool(yes) => Value::YesNo(yes),
                cell => Value::Text(cell.into_text()),
            },
        );
    }
    if facts.len() > FACTS {
        return Err(Fault::row(
            "out-of-range",
            "the row has more than 200 fields; send those of the 2018 profile",
        ));
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_filler(code: &str, expected: bool) {
        assert_eq!(is_filler(code), expected, "{code}");
    }

    #[test]
    fn fillers_are_codes_for_nobody() {
        check_filler("00000000000000000X", true);
        check_filler("０００００００００００００００００Ｘ", true);
        check_filler("000000000000000000", true);
        check_filler("11350000003591037R", false);
        check_filler("0000000000000000X0", false);
    }

    #[test]
    fn a_number_typed_in_another_way_keeps_its_key() {
        let authority = Authority {
            name: "某税务局".into(),
            uscc: None,
        };
        let key = source_ref(&authority, "榕税罚〔2022〕3号").unwrap();
        assert_eq!(key, "某税务局:榕税罚〔2022〕3号");
        for number in [
            "榕税罚[2022]3号",
            "榕税罚（２０２２）３号",
            " 榕税罚【2022】 3 号",
        ] {
            assert_eq!(source_ref(&authority, number), Ok(key.clone()), "{number}");
        }
    }
}
