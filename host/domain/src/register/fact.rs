//! One row of the market regulator's register, read.
//!
//! Comes in: cells by column, as text. Goes out: a fact, or a fault that names
//! row, column and rule and says what would be right. Always holds: codes passed
//! their rules; a state that ends an organization has its day; what looks like a
//! person's number stops the row and is never quoted. Deliberately absent: CSV,
//! and what the fact means for what is known already (`learn`).

use super::{Event, State, Wrong, with_inner};
use crate::identifier::{Identifier, Scheme, resident_numbers_in};
use jiff::civil::Date;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A column of the register's extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// 名称: for people to read.
    Name,
    /// 统一社会信用代码.
    Uscc,
    /// 组织机构代码.
    OrganizationCode,
    /// 注册号.
    RegistrationNumber,
    /// 原代码: codes of any kind that were given up on the day of the next column.
    FormerCodes,
    /// 赋码日期: the day on which the unified code came into use.
    CodedOn,
    /// 行政区划: six digits (GB/T 2260).
    Region,
    /// 登记状态.
    State,
    /// 状态日期: first day of the state.
    ChangedOn,
    /// 承继主体代码: whom it was merged or divided into.
    Successors,
}

impl Column {
    /// All of them, in the order of the example.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::Uscc,
        Self::OrganizationCode,
        Self::RegistrationNumber,
        Self::FormerCodes,
        Self::CodedOn,
        Self::Region,
        Self::State,
        Self::ChangedOn,
        Self::Successors,
    ];

    /// The headers that name the column: the English one, then Chinese ones.
    pub fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["name", "名称", "企业名称", "机构名称", "主体名称"],
            Self::Uscc => &["uscc", "统一社会信用代码"],
            Self::OrganizationCode => &["organization_code", "组织机构代码"],
            Self::RegistrationNumber => &["registration_number", "注册号", "工商注册号"],
            Self::FormerCodes => &["former_codes", "原代码", "曾用代码"],
            Self::CodedOn => &["coded_on", "赋码日期", "换码日期"],
            Self::Region => &["region", "行政区划", "行政区划代码"],
            Self::State => &["state", "登记状态", "经营状态", "状态"],
            Self::ChangedOn => &["changed_on", "状态日期", "变更日期"],
            Self::Successors => &["successors", "承继主体代码"],
        }
    }

    /// The column that a header names, in any case and with spaces or hyphens for
    /// underscores.
    pub fn of_header(written: &str) -> Option<Self> {
        let written = written.trim().trim_start_matches('\u{feff}').to_lowercase();
        let written = written.replace([' ', '-'], "_");
        Self::ALL
            .into_iter()
            .find(|column| column.headers().contains(&written.as_str()))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.headers()[0])
    }
}

/// What one row says. Every code in it is one organization's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisterFact {
    /// Its name, for people to read.
    pub name: Option<String>,
    /// Code of its region.
    pub region: Option<String>,
    /// Its codes; the organization code inside a unified code among them.
    pub codes: BTreeSet<Identifier>,
    /// Codes that it gave up on `coded_on`.
    pub former: BTreeSet<Identifier>,
    /// The day on which its unified code came into use.
    pub coded_on: Option<Date>,
    /// What became of it.
    pub event: Option<Event>,
}

/// Why a row was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The row as a spreadsheet counts it: the header is row 1.
    pub row: u64,
    /// The column at fault; `None`: the row.
    pub column: Option<Column>,
    /// Code of the rule broken.
    pub rule: &'static str,
    /// What is wrong and what would be right, in Chinese.
    pub zh: String,
    /// And in English.
    pub en: String,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.zh, self.en)
    }
}

impl RegisterFact {
    /// Reads the cells of a row. A column that is not there counts as empty.
    ///
    /// # Errors
    /// The first fault, from left to right.
    pub fn read(row: u64, cells: &BTreeMap<Column, &str>) -> Result<Self, RowFault> {
        let cells = Cells { row, cells };
        cells.no_numbers_of_persons()?;
        let mut codes = BTreeSet::new();
        for (column, scheme) in [
            (Column::Uscc, Scheme::Uscc),
            (Column::OrganizationCode, Scheme::OrganizationCode),
            (Column::RegistrationNumber, Scheme::RegistrationNumber),
        ] {
            if let Some(written) = cells.text(column) {
                let code = Identifier::parse(scheme, written).map_err(|error| {
                    let wrong = Wrong::Code(error);
                    cells.fault(column, "malformed", &wrong.zh(), &wrong.en())
                })?;
                codes.extend(with_inner(code));
            }
        }
        one_of_a_kind(&cells, &codes)?;
        let mut former: BTreeSet<Identifier> = cells
            .codes(Column::FormerCodes)?
            .into_iter()
            .flat_map(with_inner)
            .collect();
        // A new unified code may well keep the organization code inside it.
        former.retain(|code| !codes.contains(code));
        let coded_on = cells.day(Column::CodedOn)?;
        if !former.is_empty() && coded_on.is_none() {
            return Err(cells.fault(
                Column::CodedOn,
                "missing",
                "填写原代码的，须填写赋码日期",
                "former codes need the day on which they were given up",
            ));
        }
        if codes.is_empty() {
            return Err(RowFault {
                column: None,
                ..cells.fault(
                    Column::Uscc,
                    "no-code",
                    "该行没有现用代码；名称不作为归集依据",
                    "the row has no present code; names never bind: add a uscc, an \
                     organization_code or a registration_number",
                )
            });
        }
        Ok(Self {
            name: cells.text(Column::Name).map(str::to_owned),
            region: cells.region()?,
            event: cells.event(&codes)?,
            codes,
            former,
            coded_on,
        })
    }
}

/// The unified code and the organization code of a row have to fit each other.
fn one_of_a_kind(cells: &Cells<'_>, codes: &BTreeSet<Identifier>) -> Result<(), RowFault> {
    let organization_codes = codes
        .iter()
        .filter(|code| code.scheme() == Scheme::OrganizationCode);
    if organization_codes.count() > 1 {
        return Err(cells.fault(
            Column::OrganizationCode,
            "codes-disagree",
            "与统一社会信用代码第9至17位不一致",
            "differs from places 9 to 17 of the unified code; a code given up belongs into \
             former_codes",
        ));
    }
    Ok(())
}

struct Cells<'a> {
    row: u64,
    cells: &'a BTreeMap<Column, &'a str>,
}

impl<'a> Cells<'a> {
    fn fault(&self, column: Column, rule: &'static str, zh: &str, en: &str) -> RowFault {
        RowFault {
            row: self.row,
            column: Some(column),
            rule,
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }

    /// What a cell says; nothing where it is empty or says "none".
    fn text(&self, column: Column) -> Option<&'a str> {
        let text = self.cells.get(&column)?.trim();
        let none = ["", "无", "暂无", "/", "-", "—", "null", "NULL"];
        (!none.contains(&text)).then_some(text)
    }

    fn no_numbers_of_persons(&self) -> Result<(), RowFault> {
        let found = Column::ALL.into_iter().find(|column| {
            self.text(*column)
                .is_some_and(|text| !resident_numbers_in(text).is_empty())
        });
        match found {
            None => Ok(()),
            Some(column) => Err(self.fault(
                column,
                "identity-number",
                "可能是公民身份号码，不予采集；请核对",
                "this may be a person's identity number and is not taken; compare with the document",
            )),
        }
    }

    /// Codes of any kind; their lengths tell them apart.
    fn codes(&self, column: Column) -> Result<Vec<Identifier>, RowFault> {
        let Some(text) = self.text(column) else {
            return Ok(Vec::new());
        };
        let kinds = [
            Scheme::Uscc,
            Scheme::OrganizationCode,
            Scheme::RegistrationNumber,
        ];
        let separators = [';', '；', ',', '，', '、', ' ', '\u{3000}'];
        let words = text.split(separators).filter(|word| !word.is_empty());
        words
            .map(|word| {
                let mut read = kinds.iter().map(|kind| Identifier::parse(*kind, word));
                read.find_map(Result::ok).ok_or_else(|| {
                    self.fault(
                        column,
                        "malformed",
                        "含有不符合编码规则的代码；多个代码以分号分隔",
                        "holds a code that breaks the rules of every kind; separate codes by `;`",
                    )
                })
            })
            .collect()
    }

    fn day(&self, column: Column) -> Result<Option<Date>, RowFault> {
        let Some(text) = self.text(column) else {
            return Ok(None);
        };
        match day(text) {
            // What old systems write for "no day".
            Some(day) if day.year() <= 1900 || day.year() >= 2099 => Ok(None),
            Some(day) => Ok(Some(day)),
            None => Err(self.fault(
                column,
                "malformed",
                "不是日期，应如 2017-01-25",
                "is no day; write it as 2017-01-25",
            )),
        }
    }

    fn region(&self) -> Result<Option<String>, RowFault> {
        match self.text(Column::Region) {
            None => Ok(None),
            Some(text) if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(text.to_owned()))
            }
            Some(_) => Err(self.fault(
                Column::Region,
                "malformed",
                "应为六位行政区划代码（GB/T 2260）",
                "is no code of six digits (GB/T 2260)",
            )),
        }
    }

    /// What became of the organization with these codes. A registered one without
    /// a day is nothing that became of it.
    fn event(&self, codes: &BTreeSet<Identifier>) -> Result<Option<Event>, RowFault> {
        let successors = self.codes(Column::Successors)?;
        let Some(word) = self.text(Column::State) else {
            self.successors_fit(successors.is_empty())?;
            return match self.text(Column::ChangedOn) {
                None => Ok(None),
                Some(_) => Err(self.fault(
                    Column::State,
                    "missing",
                    "填写状态日期的，须填写登记状态",
                    "a day without a state: say what changed on it",
                )),
            };
        };
        let code = state_code(word).ok_or_else(|| {
            self.fault(
                Column::State,
                "unknown-state",
                "不是已知的登记状态：存续（在业、开业、迁出）、吊销、注销、合并、分立",
                "is no state that is known: registered, revoked, deregistered, merged, divided",
            )
        })?;
        let own = successors.iter().any(|successor| codes.contains(successor));
        let count = successors.len();
        self.successors_fit(match code {
            "merged" => count == 1 && !own,
            "divided" => count > 1 && !own,
            _ => count == 0,
        })?;
        let Some(on) = self.day(Column::ChangedOn)? else {
            return match code {
                "registered" => Ok(None),
                _ => Err(self.fault(
                    Column::ChangedOn,
                    "missing",
                    "须填写状态日期：自该日起主体处于此状态",
                    "a state needs its first day, since decisions before it are judged otherwise",
                )),
            };
        };
        let state = State::from_parts(code, successors);
        Ok(state.map(|state| Event { on, state }))
    }

    fn successors_fit(&self, fit: bool) -> Result<(), RowFault> {
        match fit {
            true => Ok(()),
            false => Err(self.fault(
                Column::Successors,
                "successors",
                "合并须填写一个承继主体代码，分立须填写两个以上，其他状态不填；不得为本主体代码",
                "a merger names one successor, a division two or more, any other state none; and \
                 never the organization itself",
            )),
        }
    }
}

/// The state that a register's word stands for.
fn state_code(word: &str) -> Option<&'static str> {
    let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    Some(match word.to_lowercase().as_str() {
        "registered"
        | "存续"
        | "在业"
        | "开业"
        | "在营"
        | "在册"
        | "正常"
        | "存续在营开业在册"
        | "迁出"
        | "迁入"
        | "歇业"
        | "停业" => "registered",
        "revoked" | "吊销" | "吊销未注销" => "revoked",
        "deregistered" | "注销" | "已注销" | "吊销已注销" => "deregistered",
        "merged" | "合并" | "吸收合并" | "新设合并" => "merged",
        "divided" | "分立" | "解散分立" => "divided",
        _ => return None,
    })
}

/// A day as registers write it: 2017-1-25, 2017/1/25, 2017.1.25, 20170125,
/// 2017年1月25日, and any of them with a time behind it.
fn day(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next()?;
    let parts: Vec<&str> = match text.len() {
        8 if text.bytes().all(|b| b.is_ascii_digit()) => {
            vec![&text[..4], &text[4..6], &text[6..]]
        }
        _ => text
            .trim_end_matches('日')
            .split(['-', '/', '.', '年', '月'])
            .collect(),
    };
    let [year, month, day] = parts[..] else {
        return None;
    };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}
