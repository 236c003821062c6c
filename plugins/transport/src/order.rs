//! A step of an order as the file that the transport department's system reads.
//!
//! In come the contract's orders and steps; out go a name and a text: CSV with a
//! header and one row, for the host to encode and to put. Always: the key of the
//! step stands in the name and in the first column; the same step makes the same
//! text, so that a put repeated is the same put; the row says what the order says
//! and nothing more. Absent: identity numbers; a token stands there, and the host
//! fills in the number towards a folder granted for persons.
//!
//! | # | column | holds |
//! |---|---|---|
//! | 1, 2 | 步骤编号, 命令编号 | key of the step, key of its order |
//! | 3 | 办理事项 | 执行, 中止, 恢复 or 解除 |
//! | 4, 5 | 措施编码, 措施名称 | the measure |
//! | 6–9 | 对象名称, 统一社会信用代码, 注册号, 身份证件号码 | the subject |
//! | 10 | 案号 | the joint case |
//! | 11–13 | 决定机关, 决定文号, 决定日期 | the decision it rests on |
//! | 14 | 依据 | legal bases, joined by `；` |
//! | 15–17 | 开始日期, 结束日期, 生效日期 | first and last day, first day of the new state |
//! | 18 | 前次文号 | the department's latest reference |
//! | 19, 20 | 退出方式, 退出决定文号 | in 解除: the way out, and the decision behind it |
//! | 21 | 参数 | `FIELD=value`, joined by `；` |
//! | 22 | 说明 | reason in words |

use credence_sdk::contract::measures::{Failure, Order, Step, Verb};
use credence_sdk::contract::types::{Date, Exit, Fact, Subject, Value};
use credence_sdk::days::write_day;
use credence_sdk::table::write_row;

#[cfg(test)]
mod tests;

/// Name of the folder in the manifest; the operator binds it to a place.
pub(crate) const FOLDER: &str = "orders-out";

const HEADER: [&str; 22] = [
    "步骤编号",
    "命令编号",
    "办理事项",
    "措施编码",
    "措施名称",
    "对象名称",
    "统一社会信用代码",
    "注册号",
    "身份证件号码",
    "案号",
    "决定机关",
    "决定文号",
    "决定日期",
    "依据",
    "开始日期",
    "结束日期",
    "生效日期",
    "前次文号",
    "退出方式",
    "退出决定文号",
    "参数",
    "说明",
];
/// Schemes of the subject that the file has a column for, in their order.
const SCHEMES: [&str; 3] = ["uscc", "registration-number", "person"];

/// A file to be put.
#[derive(Debug, PartialEq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The file of the apply step, whose key is the order's.
///
/// # Errors
/// `needs-person`: the file has no column for what the order says.
pub(crate) fn apply(order: &Order) -> Result<File, Failure> {
    file(&Said {
        key: &order.key,
        verb: Verb::Apply,
        order,
        effective_on: order.starts_on,
        reference: None,
        exit: None,
        note: "",
    })
}

/// The file of a later step; `exit` with `lift`.
///
/// # Errors
/// As [`apply`].
pub(crate) fn later(verb: Verb, step: &Step, exit: Option<&Exit>) -> Result<File, Failure> {
    file(&Said {
        key: &step.key,
        verb,
        order: &step.order,
        effective_on: step.effective_on,
        reference: step.reference.as_deref(),
        exit,
        note: &step.note,
    })
}

/// What one row says.
struct Said<'a> {
    key: &'a str,
    verb: Verb,
    order: &'a Order,
    effective_on: Date,
    reference: Option<&'a str>,
    exit: Option<&'a Exit>,
    note: &'a str,
}

fn file(said: &Said<'_>) -> Result<File, Failure> {
    let order = said.order;
    let [uscc, registration, person] = identifiers(&order.subject)?;
    let bases: Vec<&str> = order.basis.iter().map(|b| b.text.as_str()).collect();
    let parameters: Vec<String> = order.parameters.iter().map(parameter).collect();
    let (exit, exit_decision) = said.exit.map_or(("", ""), exit_words);
    let cells: [&str; 22] = [
        said.key,
        &order.key,
        verb_word(said.verb),
        &order.measure,
        &order.title,
        order.subject.name.as_deref().unwrap_or_default(),
        uscc,
        registration,
        person,
        &order.case_number,
        &order.decision.authority.name,
        order.decision.number.as_deref().unwrap_or_default(),
        &write_day(order.decision.decided_on),
        &bases.join("；"),
        &write_day(order.starts_on),
        &write_day(order.ends_on),
        &write_day(said.effective_on),
        said.reference.unwrap_or_default(),
        exit,
        exit_decision,
        &parameters.join("；"),
        said.note,
    ];
    let mut text = String::new();
    write_row(&mut text, &HEADER);
    write_row(&mut text, &cells);
    Ok(File {
        name: format!("order-{}.csv", said.key),
        text,
    })
}

/// The subject's codes, one for each of [`SCHEMES`]; "" for none.
fn identifiers(subject: &Subject) -> Result<[&str; 3], Failure> {
    let mut found = [""; 3];
    for id in &subject.identifiers {
        let column = SCHEMES.iter().position(|scheme| *scheme == id.scheme);
        match column.map(|column| &mut found[column]) {
            Some(cell) if cell.is_empty() => *cell = &id.value,
            // A code that is not sent makes the order no wider: the others name
            // the same subject.
            None => {}
            Some(_) => {
                return Err(cannot_say(
                    "the subject has two codes of one scheme, and the order file has one \
                     column for it",
                ));
            }
        }
    }
    if found.iter().all(|code| code.is_empty()) {
        return Err(cannot_say(
            "the order file names its subject by 统一社会信用代码, 注册号 or 身份证件号码, and \
             the order has none of them; grant the schemes under [subject]",
        ));
    }
    Ok(found)
}

fn cannot_say(why: &str) -> Failure {
    Failure::NeedsPerson(format!("{why}; tell the transport department by letter"))
}

fn verb_word(verb: Verb) -> &'static str {
    match verb {
        Verb::Apply => "执行",
        Verb::Suspend => "中止",
        Verb::Resume => "恢复",
        Verb::Lift => "解除",
    }
}

/// The way out, and the number of the decision behind it.
fn exit_words(exit: &Exit) -> (&'static str, &str) {
    let (word, decision) = match exit {
        Exit::Expiry => ("到期", None),
        Exit::Fulfilment => ("履行完毕", None),
        Exit::Repair(decision) => ("信用修复", Some(decision)),
        Exit::Correction => ("更正", None),
        Exit::Revocation(decision) => ("撤销", Some(decision)),
    };
    let number = decision.and_then(|decision| decision.number.as_deref());
    (word, number.unwrap_or_default())
}

fn parameter(fact: &Fact) -> String {
    let value = match &fact.value {
        Value::Text(text) => text.clone(),
        Value::Number(digits) => digits.clone(),
        Value::Yuan(digits) => format!("{digits}元"),
        Value::Day(date) => write_day(*date),
        Value::YesNo(true) => "是".to_owned(),
        Value::YesNo(false) => "否".to_owned(),
    };
    format!("{}={value}", fact.field)
}
