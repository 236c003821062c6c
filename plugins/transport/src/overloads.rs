//! The feed `overloads`: overload violations on public roads (公路超限运输违法), one
//! row for each document.
//!
//! In comes a row; out go the record it states and, where the row says that the
//! document no longer stands, the end of that record behind it. A row is either a
//! penalty decision (处罚), or the department's finding (认定) of repeated overloading
//! with its counts. Always: identifiers pass as found, since the host alone checks
//! them; the record is stated the same whether or not it has ended. Absent: counting.
//! How many violations a year makes is the department's finding and the catalogue's
//! rule, and never this plugin's.
//!
//! | column | what it says |
//! |---|---|
//! | 信息类别 | 处罚 or 认定 |
//! | 文书号 | number of the document: with the authority, the key |
//! | 当事人序号 | number of the party, where the document has several; part of the key |
//! | 当事人, 统一社会信用代码, 组织机构代码, 注册号, 身份证件号码 | the subject: a carrier or a driver |
//! | 法定代表人, 法定代表人证件号码 | who stands for a carrier |
//! | 违法行为, 违法事实, 处罚种类, 处罚内容, 暂扣或吊销证照 | facts of a penalty |
//! | 罚款金额（元）, 没收金额（万元） | amounts, each in the unit of its column; either may also stand in a column of the other unit |
//! | 计数期间, 违法超限次数, 涉及车辆数, 本单位货运车辆总数 | facts of a finding |
//! | 依据 | the legal basis, with its article |
//! | 决定日期, 有效期至, 公示截止期 | the decision's day; last days of force and of publication |
//! | 决定机关, 决定机关代码 | who decided |
//! | 状态 | 有效, or how it ended: 履行完毕, 信用修复, 更正, 撤销 |
//! | 变更机关, 变更文号, 变更日期 | the decision of that, and the day from which it holds |
//! | 更新时间, 备注 | when the row was last changed; remark |

use credence_sdk::amounts::Unit;
use credence_sdk::codes;
use credence_sdk::contract::types::{
    CreditRecord, Decision, Disclosure, Ending, Exit, Fact, Subject, Value,
};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::record;
use credence_sdk::row::{Row, required};
use credence_sdk::table::{Column, Layout};

#[cfg(test)]
mod tests;

/// The table as the department exports it, this year's headings and older ones.
pub(crate) static LAYOUT: Layout = Layout::new(&[
    Column::required("信息类别", &["类别"]),
    Column::required("文书号", &["决定书文号", "处罚决定书文号"]),
    Column::required("当事人", &["当事人名称", "被处罚人"]),
    Column::optional("当事人序号", &[]),
    Column::optional("统一社会信用代码", &["信用代码"]),
    Column::optional("组织机构代码", &[]),
    Column::optional("注册号", &["工商注册号"]),
    Column::optional("身份证件号码", &["身份证号", "身份证号码"]),
    Column::optional("法定代表人", &["法人代表"]),
    Column::optional("法定代表人证件号码", &[]),
    Column::optional("违法行为", &["违法行为类型"]),
    Column::optional("违法事实", &[]),
    Column::optional("依据", &["处罚依据", "认定依据"]),
    Column::optional("处罚种类", &["处罚类别"]),
    Column::optional("处罚内容", &[]),
    Column::optional(FINE.yuan, &[]),
    Column::optional(FINE.ten_thousand, &[]),
    Column::optional(CONFISCATED.yuan, &[]),
    Column::optional(CONFISCATED.ten_thousand, &[]),
    Column::optional("暂扣或吊销证照", &[]),
    Column::optional("计数期间", &[]),
    Column::optional("违法超限次数", &[]),
    Column::optional("涉及车辆数", &[]),
    Column::optional("本单位货运车辆总数", &["货运车辆总数"]),
    Column::required("决定日期", &["处罚决定日期", "认定日期"]),
    Column::optional("有效期至", &[]),
    Column::optional("公示截止期", &["公示截止日期"]),
    Column::required("决定机关", &["处罚机关", "认定机关"]),
    Column::optional("决定机关代码", &["处罚机关代码"]),
    Column::optional("状态", &[]),
    Column::optional("变更机关", &[]),
    Column::optional("变更机关代码", &[]),
    Column::optional("变更文号", &[]),
    Column::optional("变更日期", &[]),
    Column::optional("更新时间", &[]),
    Column::optional("备注", &[]),
    // Counts the rows of the sheet and says nothing of the record.
    Column::optional(SERIAL, &["编号"]),
]);

const SERIAL: &str = "序号";

/// Columns with an identifier of the subject, and their schemes.
const IDENTIFIERS: [(&str, &str); 3] = [
    ("统一社会信用代码", "uscc"),
    ("组织机构代码", "organization-code"),
    ("注册号", "registration-number"),
];

/// What a row is: an item of the collection catalogue (征集目录), the duty under
/// which its records are made (履行职责), and the facts that the item lists, each
/// with the column it stands in.
struct Kind {
    item: &'static str,
    duty: &'static str,
    texts: &'static [(&'static str, &'static str)],
    counts: &'static [&'static str],
    amounts: &'static [Money],
}

/// A fact in money, and the columns it may stand in, by their unit.
struct Money {
    field: &'static str,
    yuan: &'static str,
    ten_thousand: &'static str,
}

const FINE: Money = Money {
    field: "CF_NR_FK",
    yuan: "罚款金额（元）",
    ten_thousand: "罚款金额（万元）",
};
const CONFISCATED: Money = Money {
    field: "CF_NR_WFFF",
    yuan: "没收金额（元）",
    ten_thousand: "没收金额（万元）",
};

const PENALTY: Kind = Kind {
    item: "TRANSPORT-PENALTY",
    duty: "公路超限运输行政处罚（公路安全保护条例 第三条）",
    texts: &[
        ("CF_WFXW", "违法行为"),
        ("CF_SY", "违法事实"),
        ("CF_CFLB", "处罚种类"),
        ("CF_NR", "处罚内容"),
        ("CF_NR_ZKDX", "暂扣或吊销证照"),
    ],
    counts: &[],
    amounts: &[FINE, CONFISCATED],
};
const FINDING: Kind = Kind {
    item: "OVERLOADING",
    duty: "公路保护监督管理（公路安全保护条例 第三条、第六十六条）",
    texts: &[("计数期间", "计数期间")],
    counts: &["违法超限次数", "涉及车辆数", "本单位货运车辆总数"],
    amounts: &[],
};

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let kind = kind(&mut row)?;
    let decision = decision(&mut row)?;
    let party = row.take_code("当事人序号")?;
    let source_ref = source_ref(kind, &decision, party.as_deref())?;
    let ending = ending(&mut row, &source_ref, &decision)?;
    let statements = Statements::from(record(kind, row, source_ref, decision)?);
    Ok(match ending {
        None => statements,
        Some(ending) => statements.and(ending),
    })
}

fn kind(row: &mut Row<'_>) -> Result<&'static Kind, Fault> {
    let word = required(
        row.take_text("信息类别"),
        "信息类别",
        "what the row is about is missing; write 处罚 or 认定",
    )?;
    match word.as_str() {
        "处罚" | "行政处罚" => Ok(&PENALTY),
        "认定" | "超限认定" => Ok(&FINDING),
        _ => Err(Fault::cell(
            "信息类别",
            rule::UNKNOWN_CODE,
            "write 处罚 for a penalty decision, 认定 for a finding of repeated overloading",
        )),
    }
}

fn decision(row: &mut Row<'_>) -> Result<Decision, Fault> {
    let number = required(
        row.take_code("文书号")?,
        "文书号",
        "the number of the document is missing; it is what identifies the record",
    )?;
    let authority = required(
        row.take_authority("决定机关", "决定机关代码")?,
        "决定机关",
        "the authority that decided is missing; give its full name",
    )?;
    let decided_on = required(
        row.take_day("决定日期")?,
        "决定日期",
        "the day of the decision is missing; write it as 2022-01-24",
    )?;
    Ok(Decision {
        authority,
        number: Some(number),
        decided_on,
    })
}

/// Key of the record: what it is, who decided, and the number of the document. Not
/// the subject: it may be what a correction changes, and the corrected row would
/// then be a second record while the wrong subject kept the first. A document that
/// punishes a carrier and its driver has a row for each, told apart by 当事人序号.
fn source_ref(kind: &Kind, decision: &Decision, party: Option<&str>) -> Result<String, Fault> {
    let authority = &decision.authority;
    let who = match &authority.uscc {
        Some(code) => codes::as_key(code),
        None => authority.name.clone(),
    };
    let number = codes::number_as_key(decision.number.as_deref().unwrap_or_default());
    match party.map(codes::as_key) {
        None => record::source_ref("文书号", &[kind.item, &who, &number]),
        Some(party) => record::source_ref("文书号", &[kind.item, &who, &number, &party]),
    }
}

/// The record, as if it had not ended.
fn record(
    kind: &Kind,
    mut row: Row<'_>,
    source_ref: String,
    decision: Decision,
) -> Result<CreditRecord, Fault> {
    let basis = required(
        row.take_text("依据"),
        "依据",
        "the legal basis is missing; an adverse record needs one, with its article",
    )?;
    let subject = subject(&mut row)?;
    let class = disclosure(kind, &subject);
    let mut record = record::record(kind.item, kind.duty, source_ref, subject, decision);
    record.disclosure = class;
    record.basis.push(record::basis(basis));
    let representative = row.take_party("legal-representative", "法定代表人", "法定代表人证件号码");
    record.parties.extend(representative);
    record.revised_at = row.take_moment("更新时间")?;
    record.valid_until = row.take_day("有效期至")?;
    record.published_until = row.take_day("公示截止期")?;
    record.facts = facts(kind, row)?;
    Ok(record)
}

fn subject(row: &mut Row<'_>) -> Result<Subject, Fault> {
    let name = row.take_text("当事人");
    let mut identifiers = row.take_identifiers(&IDENTIFIERS)?;
    identifiers.extend(row.take_person("身份证件号码")?);
    Ok(Subject { name, identifiers })
}

/// Penalties on organizations are published; drivers and findings are not.
fn disclosure(kind: &Kind, subject: &Subject) -> Disclosure {
    let is_person = subject.identifiers.iter().any(|id| id.scheme == "person");
    match kind.item == PENALTY.item && !is_person {
        true => Disclosure::Public,
        false => Disclosure::Government,
    }
}

fn facts(kind: &Kind, mut row: Row<'_>) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    for (field, column) in kind.texts {
        let text = row.take_text(column);
        facts.extend(text.map(|text| record::fact(field, Value::Text(text))));
    }
    for field in kind.counts {
        facts.extend(count(&mut row, field)?);
    }
    for money in kind.amounts {
        facts.extend(amount(&mut row, money)?);
    }
    row.drop_all(&[SERIAL]);
    let remark = row.take_text("备注");
    facts.extend(remark.map(|text| record::fact("BZ", Value::Text(text))));
    // What this plugin has no place for is not lost: the host knows whether the
    // catalogue lists it.
    row.into_facts(&mut facts);
    record::facts(facts)
}

/// How often, how many: a whole number, and nothing else.
fn count(row: &mut Row<'_>, field: &str) -> Result<Option<Fact>, Fault> {
    let is_count = |digits: &str| digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    match row.take_number(field)? {
        None => Ok(None),
        Some(Value::Number(digits)) if is_count(&digits) => {
            Ok(Some(record::fact(field, Value::Number(digits))))
        }
        Some(_) => Err(Fault::cell(
            field,
            rule::MALFORMED,
            "this is no count; write it in figures, without a unit",
        )),
    }
}

fn amount(row: &mut Row<'_>, money: &Money) -> Result<Option<Fact>, Fault> {
    let yuan = row.take_amount(money.yuan, Unit::Yuan)?;
    let ten_thousand = row.take_amount(money.ten_thousand, Unit::TenThousandYuan)?;
    match (yuan, ten_thousand) {
        (Some(_), Some(_)) => Err(Fault::cell(
            money.yuan,
            rule::AMBIGUOUS,
            "the amount stands in a column of 元 and in one of 万元; fill in one of the two",
        )),
        (found, None) | (None, found) => Ok(found.map(|value| record::fact(money.field, value))),
    }
}

/// How the record ended, if the row says that it did.
fn ending(
    row: &mut Row<'_>,
    source_ref: &str,
    decision: &Decision,
) -> Result<Option<Ending>, Fault> {
    let state = row.take_text("状态");
    let authority = row.take_authority("变更机关", "变更机关代码")?;
    let number = row.take_code("变更文号")?;
    let day = row.take_day("变更日期")?;
    let word = match state.as_deref() {
        None | Some("有效" | "正常") => {
            return match day {
                None => Ok(None),
                Some(_) => Err(Fault::cell(
                    "状态",
                    rule::AMBIGUOUS,
                    "the row has a day of change and no state that changed; \
                     write 履行完毕, 信用修复, 更正 or 撤销, or leave 变更日期 empty",
                )),
            };
        }
        Some(word) => word,
    };
    let effective_on = required(
        day,
        "变更日期",
        "the day from which the new state holds is missing; write it as 2022-01-24",
    )?;
    // Whoever decided first decides on repair and revocation too, unless the row
    // names another, such as a court.
    let by = || Decision {
        authority: authority.unwrap_or_else(|| decision.authority.clone()),
        number,
        decided_on: effective_on,
    };
    let exit = match word {
        "履行完毕" => Exit::Fulfilment,
        "信用修复" | "已修复" => Exit::Repair(by()),
        "更正" | "已更正" => Exit::Correction,
        "撤销" | "已撤销" => Exit::Revocation(by()),
        _ => {
            return Err(Fault::cell(
                "状态",
                rule::UNKNOWN_CODE,
                "write 有效, 履行完毕, 信用修复, 更正 or 撤销",
            ));
        }
    };
    Ok(Some(record::ending(
        source_ref.to_owned(),
        exit,
        effective_on,
        None,
    )))
}
