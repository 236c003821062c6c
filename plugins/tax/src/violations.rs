//! The feed `violations`: the list of serious tax violations (重大税收违法失信主体),
//! one row for each listed subject.
//!
//! In comes a row; out go the list entry it states and, where the row says that the
//! subject came off the list, the end of that entry behind it. Always: the entry is
//! stated the same whether or not it has ended, so that a row sent again says
//! nothing new; how it ended is said by the department and never concluded from a
//! day. Absent: whether the list admits that way off, which the catalogue says.
//!
//! | column | what it says |
//! |---|---|
//! | 条目编号 | the department's own number of the entry: the key |
//! | 主体名称, 统一社会信用代码, 组织机构代码, 纳税人识别号, 身份证件号码 | the subject |
//! | 法定代表人(证件号码), 直接责任人(证件号码) | persons answerable beside it |
//! | 决定机关, 决定机关代码, 决定文号, 决定日期 | the decision to list |
//! | 列入依据 | the legal basis, with its article |
//! | 公布日期, 届满日期, 公布截止日期 | first and last day of force; last day of publication |
//! | 状态 | 列入 or 移出 |
//! | 移出方式, 移出日期, 移出原因 | how, from which day, in words |
//! | 移出决定机关(代码), 移出决定文号, 移出决定日期 | the decision of a repair or a revocation |
//! | 违法情形, 处理处罚情况, 列入期限, BZ | facts of the catalogue's item |
//! | 更新时间 | when the department last changed the row |

use credence_sdk::codes;
use credence_sdk::contract::types::{CreditRecord, Decision, Ending, Exit, Party, Subject, Value};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::record;
use credence_sdk::row::{Row, required};
use credence_sdk::text::half_width;

#[cfg(test)]
mod tests;

/// The item of the collection catalogue (征集目录).
const ITEM: &str = "TAX-LISTED";
/// The duty under which the record was made (履行职责).
const DUTY: &str = "公布重大税收违法失信主体信息（国家税务总局令第54号 第二条）";
/// The list (名单) and its standard (认定标准), by their codes in the registers.
const LIST: &str = "TAX-MAJOR";
const STANDARD: &str = "SAT-54";
const STANDARD_TEXT: &str = "《重大税收违法失信主体信息公布管理办法》（国家税务总局令第54号）";

/// Columns with an identifier of the subject, and their schemes.
const IDENTIFIERS: [(&str, &str); 3] = [
    ("统一社会信用代码", "uscc"),
    ("组织机构代码", "organization-code"),
    ("纳税人识别号", "tax-number"),
];
/// Columns of persons answerable beside the subject, and their roles.
const PARTIES: [(&str, &str, &str); 2] = [
    ("legal-representative", "法定代表人", "法定代表人证件号码"),
    ("directly-responsible", "直接责任人", "直接责任人证件号码"),
];
const FACTS: [&str; 4] = ["违法情形", "处理处罚情况", "列入期限", "BZ"];

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let number = required(
        row.take_code("条目编号")?,
        "条目编号",
        "the number of the entry is missing; it is what identifies the entry",
    )?;
    let source_ref = record::source_ref("条目编号", &[LIST, &codes::number_as_key(&number)])?;
    let ending = ending(&mut row, &source_ref)?;
    let statements = Statements::from(entry(row, source_ref)?);
    Ok(match ending {
        None => statements,
        Some(ending) => statements.and(ending),
    })
}

/// The entry, as if it had not ended.
fn entry(mut row: Row<'_>, source_ref: String) -> Result<CreditRecord, Fault> {
    let decision = Decision {
        authority: required(
            row.take_authority("决定机关", "决定机关代码")?,
            "决定机关",
            "the authority that decided to list is missing; give its full name",
        )?,
        number: row.take_code("决定文号")?,
        decided_on: required(
            row.take_day("决定日期")?,
            "决定日期",
            "the day of the decision to list is missing; write it as 2022-01-24",
        )?,
    };
    let basis = required(
        row.take_text("列入依据"),
        "列入依据",
        "the legal basis of the listing is missing; give it with its article",
    )?;
    let mut record = record::record(ITEM, DUTY, source_ref, subject(&mut row)?, decision);
    record.listing = Some(record::listing(LIST, STANDARD, STANDARD_TEXT));
    record.basis.push(record::basis(basis));
    record.parties = parties(&mut row);
    record.revised_at = row.take_moment("更新时间")?;
    record.valid_from = row.take_day("公布日期")?;
    record.valid_until = row.take_day("届满日期")?;
    record.published_until = row.take_day("公布截止日期")?;
    for field in FACTS {
        let text = row.take_text(field);
        let fact = text.map(|text| record::fact(field, Value::Text(text)));
        record.facts.extend(fact);
    }
    row.into_facts(&mut record.facts);
    record.facts = record::facts(record.facts)?;
    Ok(record)
}

fn subject(row: &mut Row<'_>) -> Result<Subject, Fault> {
    let name = row.take_text("主体名称");
    let mut identifiers = row.take_identifiers(&IDENTIFIERS)?;
    identifiers.extend(row.take_person("身份证件号码")?);
    Ok(Subject { name, identifiers })
}

fn parties(row: &mut Row<'_>) -> Vec<Party> {
    PARTIES
        .iter()
        .filter_map(|(role, name, number)| row.take_party(role, name, number))
        .collect()
}

/// How the entry came off the list, if the row says that it did.
fn ending(row: &mut Row<'_>, source_ref: &str) -> Result<Option<Ending>, Fault> {
    let state = row.take_text("状态");
    let way = row.take_text("移出方式");
    let day = row.take_day("移出日期")?;
    let note = row.take_text("移出原因");
    let decision = removal_decision(row)?;
    let off = match state.as_deref() {
        None => way.is_some() || day.is_some(),
        Some("列入" | "公布" | "公布中") => false,
        Some("移出" | "停止公布" | "已移出") => true,
        Some(_) => {
            return Err(Fault::cell(
                "状态",
                rule::UNKNOWN_CODE,
                "write 列入 or 移出",
            ));
        }
    };
    if !off {
        return match way.is_none() && day.is_none() {
            true => Ok(None),
            false => Err(Fault::cell(
                "状态",
                rule::AMBIGUOUS,
                "the row says 列入 and gives a way or a day of removal; send one of the two",
            )),
        };
    }
    let way = required(way, "移出方式", "how the entry ended is missing")?;
    let effective_on = required(
        day,
        "移出日期",
        "the day of the removal is missing; write it as 2022-01-24",
    )?;
    let exit = exit(&way, decision)?;
    let source_ref = source_ref.to_owned();
    Ok(Some(record::ending(source_ref, exit, effective_on, note)))
}

fn removal_decision(row: &mut Row<'_>) -> Result<Option<Decision>, Fault> {
    let authority = row.take_authority("移出决定机关", "移出决定机关代码")?;
    let number = row.take_code("移出决定文号")?;
    let decided_on = row.take_day("移出决定日期")?;
    Ok(match (authority, decided_on) {
        (Some(authority), Some(decided_on)) => Some(Decision {
            authority,
            number,
            decided_on,
        }),
        _ => None,
    })
}

fn exit(way: &str, decision: Option<Decision>) -> Result<Exit, Fault> {
    let decision = || {
        required(
            decision,
            "移出决定机关",
            "a repair and a revocation rest on a decision; give 移出决定机关 and 移出决定日期",
        )
    };
    match half_width(way).as_str() {
        "期满" | "公布期满" | "到期" => Ok(Exit::Expiry),
        "履行完毕" | "缴清" => Ok(Exit::Fulfilment),
        "信用修复" | "提前停止公布" => Ok(Exit::Repair(decision()?)),
        "更正" | "列入有误" => Ok(Exit::Correction),
        "撤销" | "决定被撤销" => Ok(Exit::Revocation(decision()?)),
        _ => Err(Fault::cell(
            "移出方式",
            rule::UNKNOWN_CODE,
            "write 期满, 履行完毕, 信用修复, 更正 or 撤销",
        )),
    }
}
