//! A row of the list of honours (守信典型、优质工程).
//!
//! In come the cells of a row; out go the honour that it states and, where it was
//! taken back or is over, its end. Always: an honour names the source that it comes
//! from (闽政〔2017〕3号（十）), and only that which housing answers for becomes a
//! record. Absent: a grade, place or score of anybody (I1); what a column of that
//! kind holds, the catalogue does not list.

use credence_sdk::codes;
use credence_sdk::contract::types::{CreditRecord, Decision, Disclosure, Fact, Value};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::record::{self, fact};
use credence_sdk::row::{Row, required};
use credence_sdk::table::{Column, Layout};

use crate::removal::{self, Columns, Way};
use crate::subject;

/// The item of the collection catalogue (征集目录).
const ITEM: &str = "HONOUR-WORKS";
const DUTY: &str = "信用分类监管（闽政〔2017〕3号（十））";
const REMOVAL: Columns = Columns {
    on: "撤销日期",
    why: "撤销原因",
    authority: "撤销决定机关",
    number: "撤销决定文号",
    ways: &[Way::Expiry, Way::Revocation, Way::Correction],
    words: "撤销、期满、更正",
};
/// The plan's five sources, in the words of the lists, and whether housing answers
/// for it.
const SOURCES: [(&str, bool); 5] = [
    ("信用分类监管", true),
    ("诚信道德模范", false),
    ("优秀青年志愿者", false),
    ("行业协会商会推荐", false),
    ("新闻媒体挖掘", false),
];

/// The columns, and what else a header calls them.
pub(crate) static LAYOUT: Layout = Layout::new(&[
    Column::required("荣誉编号", &["编号"]),
    Column::required("名称", &["获奖主体名称", "单位名称", "单位(个人)名称"]),
    Column::required("荣誉名称", &[]),
    Column::required("来源", &["来源类别"]),
    Column::required("授予机关", &[]),
    Column::required("授予日期", &[]),
    Column::optional("统一社会信用代码", &[]),
    Column::optional("工商注册号", &["注册号"]),
    Column::optional("组织机构代码", &[]),
    Column::optional("身份证号", &[]),
    Column::optional("荣誉类别", &[]),
    Column::optional("推荐单位", &[]),
    Column::optional("工程名称", &[]),
    Column::optional("授予机关代码", &[]),
    Column::optional("授予文号", &["授予文书号"]),
    Column::optional("有效期至", &[]),
    Column::optional("撤销日期", &[]),
    Column::optional("撤销原因", &[]),
    Column::optional("撤销决定机关", &[]),
    Column::optional("撤销决定文号", &["撤销决定文书号"]),
    Column::optional("更新时间", &[]),
    Column::optional("备注", &[]),
])
.rows_may_be_short();

/// What one row states.
///
/// # Errors
/// The cell at fault.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    // The place in the sheet, and what the numbers say better.
    row.drop_all(&["序号", "对象类型"]);
    let number = required(
        row.take_code("荣誉编号")?,
        "荣誉编号",
        "the number of the honour is missing; it is what tells honours apart",
    )?;
    let key = record::source_ref("荣誉编号", &["honour", &codes::number_as_key(&number)])?;
    let decision = decision(&mut row)?;
    let removal = removal::take(&mut row, &REMOVAL, &decision)?;
    let honour = Statements::from(honour(row, key.clone(), decision)?);
    Ok(match removal {
        None => honour,
        Some(removal) => honour.and(removal.ending(key)),
    })
}

fn decision(row: &mut Row<'_>) -> Result<Decision, Fault> {
    let authority = required(
        row.take_authority("授予机关", "授予机关代码")?,
        "授予机关",
        "the authority that gave the honour is missing; give its full name",
    )?;
    let decided_on = required(
        row.take_day("授予日期")?,
        "授予日期",
        "the day of the decision is missing; write it as 2022-01-24",
    )?;
    Ok(Decision {
        authority,
        number: row.take_code("授予文号")?,
        decided_on,
    })
}

fn honour(mut row: Row<'_>, key: String, decision: Decision) -> Result<CreditRecord, Fault> {
    let subject = subject::take(&mut row)?;
    let mut facts = vec![source(&mut row)?];
    let name = required(
        row.take_text("荣誉名称"),
        "荣誉名称",
        "the name of the honour is missing; write it in full",
    )?;
    facts.push(fact("荣誉名称", Value::Text(name)));
    let disclosure = if subject::is_person(&subject) {
        Disclosure::Authorised
    } else {
        Disclosure::Public
    };
    Ok(CreditRecord {
        revised_at: row.take_moment("更新时间")?,
        disclosure,
        valid_until: row.take_day("有效期至")?,
        facts: self::facts(row, facts)?,
        ..record::record(ITEM, DUTY, key, subject, decision)
    })
}

/// Where the honour comes from, as it goes into the record: each is attributed.
fn source(row: &mut Row<'_>) -> Result<Fact, Fault> {
    let source = required(
        row.take_text("来源"),
        "来源",
        "the source of the honour is missing; write 信用分类监管, if it is that",
    )?;
    match SOURCES.iter().find(|(words, _)| *words == source) {
        Some((_, true)) => Ok(fact("来源", Value::Text(source))),
        Some((_, false)) => Err(Fault::cell(
            "来源",
            rule::UNKNOWN_CODE,
            "another body answers for honours from this source and sends them itself; leave the \
             row out here",
        )),
        None => Err(Fault::cell(
            "来源",
            rule::UNKNOWN_CODE,
            "this is none of the plan's sources of positive records; for housing's own write \
             信用分类监管",
        )),
    }
}

fn facts(mut row: Row<'_>, mut facts: Vec<Fact>) -> Result<Vec<Fact>, Fault> {
    for field in ["荣誉类别", "推荐单位", "工程名称"] {
        facts.extend(
            row.take_text(field)
                .map(|text| fact(field, Value::Text(text))),
        );
    }
    facts.extend(
        row.take_text("备注")
            .map(|text| fact("BZ", Value::Text(text))),
    );
    row.into_facts(&mut facts);
    record::facts(facts)
}
