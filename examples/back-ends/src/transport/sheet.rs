//! The sheets of transport, read strictly and written.
//!
//! In come the bytes of an order file; out goes its step, or the first column at
//! fault; and the bytes of acknowledgement files. Always: the header is the one
//! agreed, column by column. Absent: folders.

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::GB18030;
use serde_json::json;

use crate::ledger::owed::Owed;
use crate::ledger::{Feedback, Step, Verb};
use crate::order::{Draft, Invalid, Names};

/// Columns of an order file.
pub(crate) const ORDER: [&str; 22] = [
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
/// Columns of an acknowledgement file.
const ACKNOWLEDGEMENT: [&str; 5] = ["步骤编号", "办理结果", "原因", "文号", "办理时间"];
/// State of a step whose file could not be read. Never in the ledger.
pub(super) const RETURNED: &str = "returned";

const NAMES: Names = Names {
    key: "步骤编号",
    order_key: "命令编号",
    verb: "办理事项",
    verbs: "执行, 中止, 恢复, 解除",
    measure: "措施编码",
    identifiers: "统一社会信用代码",
    authority: "决定机关",
    decided_on: "决定日期",
    basis: "依据",
    starts_on: "开始日期",
    ends_on: "结束日期",
    effective_on: "生效日期",
};
const NUMBERS: [(&str, &str); 3] = [
    ("统一社会信用代码", "uscc"),
    ("注册号", "registration-number"),
    ("身份证件号码", "person"),
];

/// Reads an order file whose name holds `key`.
pub(super) fn read(bytes: &[u8], key: &str) -> Result<Step, Invalid> {
    let text = GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| Invalid::new("(file)", "write it in GBK or GB18030"))?;
    let row = only_row(&text)?;
    let cell = |name: &str| {
        let at = ORDER.iter().position(|column| *column == name)?;
        row.get(at).filter(|text| !text.is_empty())
    };
    let identifiers: Vec<_> = NUMBERS
        .into_iter()
        .filter_map(|(column, scheme)| {
            cell(column).map(|value| json!({ "scheme": scheme, "value": value }))
        })
        .collect();
    let step = Draft {
        key: cell("步骤编号"),
        order_key: cell("命令编号"),
        verb: cell("办理事项").and_then(verb),
        measure: cell("措施编码"),
        subject: json!({ "name": cell("对象名称"), "identifiers": identifiers }),
        authority: cell("决定机关"),
        decided_on: cell("决定日期"),
        bases: cell("依据").into_iter().collect(),
        starts_on: cell("开始日期"),
        ends_on: cell("结束日期"),
        effective_on: cell("生效日期"),
    }
    .check(&NAMES)?;
    if step.key == key {
        Ok(step)
    } else {
        Err(Invalid::new("步骤编号", "the key in the name of the file"))
    }
}

fn only_row(text: &str) -> Result<StringRecord, Invalid> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let rows: Vec<StringRecord> = reader
        .records()
        .collect::<Result<_, _>>()
        .map_err(|_| Invalid::new("(file)", "write it as comma-separated values"))?;
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    for (at, column) in ORDER.iter().enumerate() {
        if header.get(at) != Some(column) {
            let reason = format!("column {} of the header, as agreed", at + 1);
            return Err(Invalid::new(column, reason));
        }
    }
    match (rows.next(), rows.next()) {
        (Some(row), None) if row.len() == ORDER.len() && header.len() == ORDER.len() => Ok(row),
        _ => Err(Invalid::new(
            "(file)",
            format!("a header and one row of {} cells", ORDER.len()),
        )),
    }
}

fn verb(word: &str) -> Option<Verb> {
    match word {
        "执行" => Some(Verb::Apply),
        "中止" => Some(Verb::Suspend),
        "恢复" => Some(Verb::Resume),
        "解除" => Some(Verb::Lift),
        _ => None,
    }
}

/// Bytes of an acknowledgement file.
pub(super) fn acknowledgements(rows: &[Owed]) -> Vec<u8> {
    let mut lines = vec![line(&ACKNOWLEDGEMENT)];
    for Owed { feedback, copies } in rows {
        let cells = cells(feedback);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        lines.extend(vec![line(&cells); *copies]);
    }
    let text = lines.concat();
    // GB18030 has every character, so nothing is replaced.
    let (bytes, _, _) = GB18030.encode(&text);
    bytes.into_owned()
}

fn cells(feedback: &Feedback) -> [String; 5] {
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    // `2026-02-01T10:00:00+08:00`, as a sheet shows it.
    let at = text(&feedback.at).replace('T', " ");
    [
        feedback.key.clone(),
        word(&feedback.state).to_owned(),
        text(&feedback.reason),
        text(&feedback.reference),
        at.trim_end_matches("+08:00").to_owned(),
    ]
}

fn word(state: &str) -> &str {
    match state {
        "done" => "已执行",
        "partly" => "部分执行",
        "refused" => "未能执行",
        "not-applicable" => "不适用",
        "waiting" => "办理中",
        "disputed" => "有异议",
        "outside-mandate" => "不属职责",
        RETURNED => "退回",
        // A lie is no state of this department, and no word of it either.
        _ => "已了结",
    }
}

fn line(cells: &[&str]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    quoted.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
