//! A row of the list of wage defaulters (拖欠农民工工资失信联合惩戒对象名单), for works.
//!
//! In come the cells of a row; out go the entry that it states and, where the entry
//! has been removed, its end. Always: a row whose removal cannot be read states
//! nothing at all, so that nobody is listed by a row that means to take them off;
//! the removal's cells do not change the entry. Absent: who belongs on the list,
//! which human resources decides (条例 第四十八条).

use credence_sdk::amounts::Unit;
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
const ITEM: &str = "WAGE-LISTED-WORKS";
const DUTY: &str = "工程建设行业监管和依法限制（保障农民工工资支付条例 第七条第二款、第四十八条）";
const LIST: &str = "WAGE-ARREARS";
/// The standard by which the list is kept (认定标准).
const STANDARD: (&str, &str) = (
    "HRSS-45",
    "《拖欠农民工工资失信联合惩戒对象名单管理暂行办法》（人力资源社会保障部令第45号）",
);
const REMOVAL: Columns = Columns {
    on: "移出日期",
    why: "移出原因",
    authority: "移出决定机关",
    number: "移出决定文书号",
    ways: &[Way::Expiry, Way::Repair, Way::Revocation, Way::Correction],
    words: "期满、信用修复、撤销、更正",
};
/// Columns of amounts, and what their header says of the unit.
const AMOUNTS: [(&str, Option<Unit>); 3] = [
    ("拖欠金额(万元)", Some(Unit::TenThousandYuan)),
    ("拖欠金额(元)", Some(Unit::Yuan)),
    ("拖欠金额", None),
];

/// The columns, and what else a header calls them. A header of two rows gives both
/// words at once: `列入对象` over `名称`.
pub(crate) static LAYOUT: Layout = Layout::new(&[
    Column::required("名单编号", &["编号"]),
    Column::required(
        "名称",
        &["列入对象名称", "用人单位名称", "单位名称", "失信主体名称"],
    ),
    Column::required("统一社会信用代码", &["列入对象统一社会信用代码"]),
    Column::required("列入决定机关", &[]),
    Column::required("列入决定文书号", &["列入决定文号"]),
    Column::required("列入日期", &[]),
    Column::optional("工商注册号", &["列入对象工商注册号", "注册号"]),
    Column::optional("组织机构代码", &["列入对象组织机构代码"]),
    Column::optional("身份证号", &["列入对象身份证号"]),
    Column::optional("法定代表人", &["法定代表人姓名"]),
    Column::optional("法定代表人身份证号", &[]),
    Column::optional("主要负责人", &["主要负责人姓名"]),
    Column::optional("主要负责人身份证号", &[]),
    Column::optional("直接责任人", &["直接责任人姓名"]),
    Column::optional("直接责任人身份证号", &[]),
    Column::optional("列入决定机关代码", &[]),
    Column::optional("列入事由", &[]),
    Column::optional("列入依据", &[]),
    Column::optional("列入期限", &[]),
    Column::optional("有效期至", &["列入期限至"]),
    Column::optional("公示截止日期", &[]),
    Column::optional("工程名称", &[]),
    Column::optional("涉及人数", &[]),
    Column::optional("拖欠金额(万元)", &["拖欠工资金额(万元)"]),
    Column::optional("拖欠金额(元)", &["拖欠工资金额(元)"]),
    Column::optional("拖欠金额", &["拖欠工资金额"]),
    Column::optional("移出日期", &[]),
    Column::optional("移出原因", &[]),
    Column::optional("移出决定机关", &[]),
    Column::optional("移出决定文书号", &["移出决定文号"]),
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
    let key = source_ref(&mut row)?;
    let decision = decision(&mut row)?;
    let removal = removal::take(&mut row, &REMOVAL, &decision)?;
    let entry = Statements::from(entry(row, key.clone(), decision)?);
    Ok(match removal {
        None => entry,
        Some(removal) => entry.and(removal.ending(key)),
    })
}

/// The department's own number of the entry; the prefix keeps it apart from those
/// of the other feed.
fn source_ref(row: &mut Row<'_>) -> Result<String, Fault> {
    let number = required(
        row.take_code("名单编号")?,
        "名单编号",
        "the number of the entry is missing; it is what tells entries apart",
    )?;
    record::source_ref("名单编号", &["wage", &codes::number_as_key(&number)])
}

fn decision(row: &mut Row<'_>) -> Result<Decision, Fault> {
    let authority = required(
        row.take_authority("列入决定机关", "列入决定机关代码")?,
        "列入决定机关",
        "the authority that decided is missing; give its full name",
    )?;
    let number = required(
        row.take_code("列入决定文书号")?,
        "列入决定文书号",
        "the number of the decision is missing; an entry rests on a decision",
    )?;
    let decided_on = required(
        row.take_day("列入日期")?,
        "列入日期",
        "the day of the decision is missing; write it as 2022-01-24",
    )?;
    Ok(Decision {
        authority,
        number: Some(number),
        decided_on,
    })
}

fn entry(mut row: Row<'_>, key: String, decision: Decision) -> Result<CreditRecord, Fault> {
    let subject = subject::take(&mut row)?;
    let parties = subject::take_parties(&mut row);
    let basis = required(
        row.take_text("列入依据"),
        "列入依据",
        "the legal basis is missing; an adverse record needs one, with its article",
    )?;
    Ok(CreditRecord {
        revised_at: row.take_moment("更新时间")?,
        parties,
        // Who decided publishes the list; this is a copy for public bodies.
        disclosure: Disclosure::Government,
        basis: vec![record::basis(basis)],
        listing: Some(record::listing(LIST, STANDARD.0, STANDARD.1)),
        valid_until: row.take_day("有效期至")?,
        published_until: row.take_day("公示截止日期")?,
        facts: facts(row)?,
        ..record::record(ITEM, DUTY, key, subject, decision)
    })
}

fn facts(mut row: Row<'_>) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    for field in ["列入事由", "列入期限", "工程名称"] {
        facts.extend(
            row.take_text(field)
                .map(|text| fact(field, Value::Text(text))),
        );
    }
    facts.extend(
        row.take_number("涉及人数")?
            .map(|number| fact("涉及人数", number)),
    );
    facts.extend(amount(&mut row)?);
    facts.extend(
        row.take_text("备注")
            .map(|text| fact("BZ", Value::Text(text))),
    );
    row.into_facts(&mut facts);
    record::facts(facts)
}

/// What is owed, from the one column of amounts that holds something.
fn amount(row: &mut Row<'_>) -> Result<Option<Fact>, Fault> {
    let mut found = None;
    for (column, unit) in AMOUNTS {
        if !row.has(column) {
            continue;
        }
        let unit = unit.ok_or_else(|| {
            Fault::cell(
                column,
                rule::AMBIGUOUS,
                "the header does not say whether this is 元 or 万元; write it there",
            )
        })?;
        let value = row.take_amount(column, unit)?;
        let value = value.map(|value| fact("拖欠金额", value));
        if found.is_some() && value.is_some() {
            return Err(Fault::cell(
                column,
                rule::AMBIGUOUS,
                "the row has two amounts; give one, and leave the other cell empty",
            ));
        }
        found = found.or(value);
    }
    Ok(found)
}
