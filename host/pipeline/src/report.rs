//! The report on a delivery, for the department that sent it: which rows made no
//! record, and why.
//!
//! Comes in: a delivery. Goes out: its totals and its lines, or the lines as a CSV
//! file, page by page. Always holds: a line is told as it stands now, after every
//! later try; no person's number, token or name stands in it; no cell of the CSV
//! is a formula to a spreadsheet, and it begins with a byte order mark, so that a
//! spreadsheet opens it in Chinese. Deliberately absent: lines that made records,
//! and those that said nothing new.

use crate::{error::PipelineError, house::House};
use credence_domain::{
    identifier::resident_numbers_in,
    ids::DeliveryId,
    record::{CreditRecord, Statement},
};
use credence_plugin_host::persons;
use credence_store::{DeliveryRow, DeliveryTotals, LineKind, LinePlace, LineRow};
use serde::Serialize;

/// Lines read at once.
const PAGE: u32 = 1_000;
/// What stands where a person was named.
const SOMEBODY: &str = "〔个人信息〕";

/// What became of a delivery, all its chunks together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// The delivery.
    pub delivery: DeliveryRow,
    /// What became of its rows.
    pub totals: DeliveryTotals,
    /// The first lines refused or kept for a person.
    pub lines: Vec<ReportLine>,
    /// There are more.
    pub more: bool,
}

/// A line that made no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportLine {
    /// Row of the delivery, from 1.
    pub row: u32,
    /// `rejected` or `quarantined`.
    pub kind: &'static str,
    /// The column at fault.
    pub field: Option<String>,
    /// Code of the rule.
    pub rule: String,
    /// What is wrong, in Chinese where there are such words.
    pub zh: String,
    /// And in English.
    pub en: String,
}

impl House {
    /// What became of a delivery, with its first lines.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn delivery_report(&self, id: DeliveryId) -> Result<DeliveryReport, PipelineError> {
        let mut read = self.store.read().await?;
        let delivery = read.delivery(id).await?.ok_or_else(|| unknown(id))?;
        let totals = read.totals(id).await?;
        drop(read);
        let mut pages = self.report_pages(id);
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await? {
            lines.extend(page);
            if lines.len() > 100 {
                break;
            }
        }
        let more = lines.len() > 100;
        lines.truncate(100);
        Ok(DeliveryReport {
            delivery,
            totals,
            lines,
            more,
        })
    }

    /// All lines of a delivery that made no record.
    pub fn report_pages(&self, id: DeliveryId) -> ReportPages<'_> {
        ReportPages {
            house: self,
            delivery: id,
            behind: Some(LinePlace::default()),
        }
    }
}

pub(crate) fn unknown(id: DeliveryId) -> PipelineError {
    PipelineError::Unknown {
        what: "delivery",
        name: id.to_string(),
        next: "`feed deliveries` shows which there are, with their ids",
    }
}

/// Lines on their way out of the store.
pub struct ReportPages<'h> {
    house: &'h House,
    delivery: DeliveryId,
    /// `None` once all were read.
    behind: Option<LinePlace>,
}

impl ReportPages<'_> {
    /// The next lines, perhaps none of this page; `None` after the last.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<ReportLine>>, PipelineError> {
        let Some(behind) = self.behind else {
            return Ok(None);
        };
        let mut read = self.house.store.read().await?;
        let lines = read.lines(self.delivery, behind, PAGE).await?;
        let last = lines.last().map(|line| LinePlace {
            chunk: line.chunk,
            place: line.place,
        });
        self.behind = last.filter(|_| lines.len() == PAGE as usize);
        let told = |line: &LineRow| matches!(line.kind, LineKind::Rejected | LineKind::Quarantined);
        Ok(Some(lines.into_iter().filter(told).map(line).collect()))
    }
}

fn line(row: LineRow) -> ReportLine {
    let text = without_persons(&row.text, row.statement.as_ref());
    let (zh, en) = in_both(&text);
    let zh = match zh.is_empty() {
        true => rule_in_chinese(&row.rule).to_owned(),
        false => zh.to_owned(),
    };
    ReportLine {
        row: row.row,
        kind: row.kind.code(),
        field: row.field.map(|field| without_persons(&field, None)),
        rule: row.rule,
        zh,
        en: en.to_owned(),
    }
}

/// The words of a line without persons: their tokens, numbers, and the names that
/// the statement itself gives. A plugin must not name them; here it cannot.
fn without_persons(text: &str, statement: Option<&Statement>) -> String {
    let mut clean = text.to_owned();
    if let Some(Statement::Recorded(record)) = statement {
        for name in names_of_persons(record) {
            clean = clean.replace(name, SOMEBODY);
        }
    }
    let mut cuts: Vec<_> = resident_numbers_in(&clean)
        .into_iter()
        .map(|found| found.at)
        .collect();
    cuts.extend(persons::tokens_in(&clean).map(|(at, token)| at..at + token.len()));
    cuts.sort_by_key(|at| at.start);
    for at in cuts.into_iter().rev() {
        clean.replace_range(at, SOMEBODY);
    }
    clean
}

fn names_of_persons(record: &CreditRecord) -> impl Iterator<Item = &str> {
    let subject = Some(&record.subject).filter(|subject| subject.is_person());
    let parties = record.parties.iter().map(|party| &party.subject);
    let named = subject.into_iter().chain(parties);
    // A single letter or character would take the text apart.
    named
        .filter_map(|subject| subject.name.as_deref())
        .filter(|name| name.chars().count() > 1)
}

/// Words of the house stand in both languages as `中文 / English`; a plugin's in
/// whichever it chose.
fn in_both(text: &str) -> (&str, &str) {
    let chinese = |text: &str| text.chars().any(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    match text.split_once(" / ") {
        Some((zh, en)) if chinese(zh) && !chinese(en) => (zh, en),
        _ if chinese(text) => (text, ""),
        _ => ("", text),
    }
}

/// A rule in Chinese, where its words are in English only.
fn rule_in_chinese(rule: &str) -> &'static str {
    match rule {
        "missing" => "缺少必填内容",
        "malformed" => "格式不符",
        "out-of-range" => "超出允许范围",
        "ambiguous" => "含义不明确",
        "damaged-text" => "文字损坏，请核对编码后重报",
        "truncated" => "文件不完整，请重新报送",
        "unknown-code" => "代码未知",
        "not-in-catalogue" => "不在公共信用信息目录内",
        "subject-kind" => "该事项不适用于此类主体",
        "not-provider" => "该事项不由本部门提供",
        "too-wide" => "公开范围超出目录规定",
        "forbidden" => "依法不得征集",
        "unknown-record" => "尚未收到该编号的记录，收到后自动处理",
        "unknown-key" => "编号与下达本部门的任何措施均不相符",
        _ => "",
    }
}

/// The byte order mark and the header of the CSV.
pub fn report_header() -> Vec<u8> {
    let mut text = Vec::from("\u{FEFF}".as_bytes());
    text.extend(csv_row([
        "行号 row",
        "处理 kind",
        "字段 field",
        "规则 rule",
        "说明 zh",
        "words en",
    ]));
    text
}

/// Lines as rows of the CSV.
pub fn report_rows(lines: &[ReportLine]) -> Vec<u8> {
    let rows = lines.iter().map(|line| {
        let kind = match line.kind {
            "rejected" => "拒收 rejected",
            _ => "待核 quarantined",
        };
        let field = line.field.as_deref().unwrap_or("");
        csv_row([
            &line.row.to_string(),
            kind,
            field,
            &line.rule,
            &line.zh,
            &line.en,
        ])
    });
    rows.flatten().collect()
}

/// One row. Quoted throughout, since a cell may hold anything.
fn csv_row(cells: [&str; 6]) -> Vec<u8> {
    let cells = cells.map(|cell| format!("\"{}\"", harmless(cell).replace('"', "\"\"")));
    format!("{}\r\n", cells.join(",")).into_bytes()
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    let cell = cell.replace(['\r', '\n', '\t'], " ");
    let starts_formula = cell
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    match starts_formula {
        true => format!("'{cell}"),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_domain::ids::EventId;
    use uuid::Uuid;

    fn row(text: &str) -> LineRow {
        LineRow {
            chunk: 1,
            place: 0,
            row: 7,
            kind: LineKind::Rejected,
            field: Some("=CF_WSH".to_owned()),
            rule: "missing".to_owned(),
            text: text.to_owned(),
            statement: None,
            entry: EventId(Uuid::nil()),
        }
    }

    #[test]
    fn the_report_opens_in_a_spreadsheet_and_holds_no_formula() {
        let lines = [
            line(row("the number is missing")),
            line(row("编号为空 / the \"number\" is empty")),
            line(row("=HYPERLINK(\"http://x\")\nsecond")),
        ];
        let csv = [report_header(), report_rows(&lines)].concat();
        let csv = String::from_utf8(csv).unwrap();
        let expected = "\u{FEFF}\"行号 row\",\"处理 kind\",\"字段 field\",\"规则 rule\",\"说明 zh\",\"words en\"\r\n\
            \"7\",\"拒收 rejected\",\"'=CF_WSH\",\"missing\",\"缺少必填内容\",\"the number is missing\"\r\n\
            \"7\",\"拒收 rejected\",\"'=CF_WSH\",\"missing\",\"编号为空\",\"the \"\"number\"\" is empty\"\r\n\
            \"7\",\"拒收 rejected\",\"'=CF_WSH\",\"missing\",\"缺少必填内容\",\"'=HYPERLINK(\"\"http://x\"\") second\"\r\n";
        assert_eq!(csv, expected);
    }

    #[test]
    fn no_person_is_named_in_a_report() {
        let told = line(row("法人 350000190001010017 与 Z0123456789ABCDEFG 不符"));
        assert_eq!(told.zh, format!("法人 {SOMEBODY} 与 {SOMEBODY} 不符"));
    }
}
