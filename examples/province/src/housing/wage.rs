//! The list of wage defaulters in construction: entries, and the removal of one.
//!
//! In come chance and society; out go the list and, for a later day, the row of the
//! member of the cast that repairs. Always: that row says again what the list says, and
//! that it ended. Absent: entries outside construction.

use jiff::civil::{Date, date};

use super::{merged_header, place};
use crate::ProvinceError;
use crate::cast::{ALL_FOUR, EMPLOYER, Member, REPAIRS, RESPONSIBLE, decision};
use crate::chance::Chance;
use crate::codes;
use crate::delivery::{Content, Delivery, Fate, Line, Place, places};
use crate::form;
use crate::hazard::{
    Change, CodeColumns, Hazard, codes as code_hazards, days, document_numbers, rejected,
    ten_thousands,
};
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::places;
use crate::row::{Cell, Row};
use crate::tax::years_on;
use crate::write::workbook::{self, Habits};

const LIST: &str = "housing/wage-arrears.xlsx";
const LATER: &str = "later/housing/wage-arrears.xlsx";
/// From the third year back, so that no entry is over by its term.
const FROM: Date = date(2024, 1, 2);
const UNTIL: Date = date(2026, 10, 30);
/// Group over column.
const HEADER: [(&str, &str); 25] = [
    ("序号", ""),
    ("名单编号", ""),
    ("列入对象", "名称"),
    ("列入对象", "统一社会信用代码"),
    ("列入对象", "工商注册号"),
    ("列入对象", "身份证号"),
    ("法定代表人", "姓名"),
    ("法定代表人", "身份证号"),
    ("列入", "决定机关"),
    ("列入", "决定机关代码"),
    ("列入", "决定文书号"),
    ("列入", "日期"),
    ("列入", "期限"),
    ("列入", "事由"),
    ("列入", "依据"),
    ("有效期至", ""),
    ("工程名称", ""),
    ("涉及人数", ""),
    ("拖欠工资金额\n（万元）", ""),
    ("移出", "日期"),
    ("移出", "原因"),
    ("移出", "决定文书号"),
    ("更新时间", ""),
    ("审批意见", ""),
    ("备注", ""),
];
/// The same columns, as the plugin calls them.
const COLUMNS: [&str; 25] = [
    "序号",
    "名单编号",
    "名称",
    "统一社会信用代码",
    "工商注册号",
    "身份证号",
    "法定代表人",
    "法定代表人身份证号",
    "列入决定机关",
    "列入决定机关代码",
    "列入决定文书号",
    "列入日期",
    "列入期限",
    "列入事由",
    "列入依据",
    "有效期至",
    "工程名称",
    "涉及人数",
    "拖欠金额(万元)",
    "移出日期",
    "移出原因",
    "移出决定文书号",
    "更新时间",
    "审批意见",
    "备注",
];
const HIDDEN: &str = "审批意见";
const OFFICE: &str = "列入决定机关";
const OWED: &str = "拖欠金额(万元)";

/// An entry of the cast: whose, number, decision, day, and what is owed in 万元.
type CastEntry = (
    &'static Member,
    &'static str,
    &'static str,
    Date,
    &'static str,
);
const CAST: [CastEntry; 3] = [
    (
        &ALL_FOUR,
        "GC-2026-9001",
        decision::ALL_FOUR_HOUSING,
        date(2026, 7, 8),
        "312.6",
    ),
    (
        &EMPLOYER,
        "GC-2026-9003",
        decision::EMPLOYER_HOUSING,
        date(2026, 8, 14),
        "86.35",
    ),
    REPAIRING,
];
/// The one that is taken off the list later.
const REPAIRING: CastEntry = (
    &REPAIRS,
    "GC-2026-9006",
    decision::REPAIRS_HOUSING,
    date(2026, 5, 11),
    "41.2",
);

/// Rows of the feed `wage-arrears`.
pub(crate) fn wage_arrears(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let first = society.one_in(chance, places::Line::Building).clone();
    let mut sheet = Sheet::begin();
    // The cast's three organizations, and the person answerable for one of them.
    let strewn = places(chance, rows, hazards(&first).len(), CAST.len() + 1);
    for (number, place) in (1..).zip(strewn) {
        if number == rows / 2 {
            sheet.subtotal();
            sheet.header();
        }
        let org = society.one_in(chance, places::Line::Building);
        sheet.lines.push(match place {
            Place::Plain => Line::plain(entry(chance, org, number), Fate::Recorded),
            Place::Hazard(at) => Line::hazardous(entry(chance, org, number), &hazards(org)[at]),
            Place::Cast(at) => {
                let row = match CAST.get(at) {
                    Some(of) => cast_entry(number, of),
                    None => responsible(number),
                };
                Line::plain(row, Fate::Recorded)
            }
        });
    }
    sheet.again(chance, &first);
    sheet.delivery(LIST)
}

/// The row of the member that repairs, once it is off the list.
pub(crate) fn removal() -> Result<Delivery, ProvinceError> {
    let mut row = cast_entry(1, &REPAIRING);
    row.set("移出日期", Cell::Day(date(2026, 12, 15)));
    row.set("移出原因", Cell::text("信用修复，提前移出"));
    row.set("移出决定文书号", Cell::text(decision::REPAIRS_REMOVAL));
    let mut sheet = Sheet::begin();
    sheet.lines.push(Line::of(
        row,
        Fate::DuplicateAndEnded,
        "off the list by repair; the entry itself says nothing new",
    ));
    sheet.delivery(LATER)
}

/// The bureau of human resources of a city, invented, with its code.
fn bureau(org: &Organization) -> (String, String) {
    let last = &org.city.code[3..];
    let code = codes::uscc(&format!("11{}00", org.city.code), &format!("0099997{last}"));
    (format!("虚构{}人力资源和社会保障局", org.city.name), code)
}

fn entry(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let on = chance.day(FROM, UNTIL);
    let cited = format!("例{}人社列〔{}〕{number}号", org.city.short, on.year());
    let owed = format!("{}.{}", chance.between(3, 400), chance.between(1, 9));
    let mut row = row(
        org,
        number,
        &format!("GC-{}-{number:04}", on.year()),
        &cited,
        on,
        &owed,
    );
    let work = ["一期", "二期", "安置房", "厂房", "道路"];
    let work = format!("虚构{}{}工程", org.city.name, chance.pick(&work));
    row.set("工程名称", Cell::text(work));
    row.set("涉及人数", Cell::number(chance.between(2, 160)));
    row
}

fn cast_entry(number: u32, (member, entry, cited, on, owed): &CastEntry) -> Row {
    row(&of_member(member), number, entry, cited, *on, owed)
}

/// The entry of the person answerable, on a decision of its own.
fn responsible(number: u32) -> Row {
    let org = &of_member(&EMPLOYER);
    let on = date(2026, 8, 21);
    let cited = decision::RESPONSIBLE_HOUSING;
    let mut row = row(org, number, "GC-2026-9003-1", cited, on, "1");
    row.set("名称", Cell::text(RESPONSIBLE.name));
    row.set("身份证号", Cell::text(RESPONSIBLE.code));
    row.set(
        "列入事由",
        Cell::text("作为法定代表人，对拖欠农民工工资负有责任"),
    );
    for column in ["统一社会信用代码", "法定代表人", "法定代表人身份证号", OWED]
    {
        row.remove(column);
    }
    row
}

fn row(org: &Organization, number: u32, entry: &str, cited: &str, on: Date, owed: &str) -> Row {
    let (office, code) = bureau(org);
    let last = years_on(on, 3).yesterday().unwrap_or(on);
    Row::of([
        ("序号", Cell::number(number)),
        ("名单编号", Cell::text(entry)),
        ("名称", Cell::text(&org.name)),
        ("统一社会信用代码", Cell::text(&org.uscc)),
        ("法定代表人", Cell::text(&org.representative.name)),
        ("法定代表人身份证号", Cell::text(&org.representative.number)),
        (OFFICE, Cell::text(office)),
        ("列入决定机关代码", Cell::text(code)),
        ("列入决定文书号", Cell::text(cited)),
        ("列入日期", Cell::Day(on)),
        ("列入期限", Cell::text("三年")),
        (
            "列入事由",
            Cell::text("拖欠农民工工资，经责令限期支付逾期未支付"),
        ),
        (
            "列入依据",
            Cell::text("《保障农民工工资支付条例》第四十八条"),
        ),
        ("有效期至", Cell::Day(last)),
        (OWED, Cell::number(owed)),
    ])
}

fn hazards(org: &Organization) -> Vec<Hazard> {
    let columns = CodeColumns {
        uscc: "统一社会信用代码",
        organization: None,
        registration: Some("工商注册号"),
        narrower_for_persons: false,
    };
    let mut hazards = code_hazards(columns, org);
    hazards.extend(days("列入日期"));
    hazards.extend(ten_thousands(OWED));
    hazards.extend(document_numbers("名单编号"));
    hazards.extend(cells());
    hazards.extend(removals());
    hazards.extend(people());
    hazards
}

/// What stands in cells of this list alone.
fn cells() -> Vec<Hazard> {
    let one =
        |why, column, cell: Cell, rule| Hazard::set(why, column, cell, rejected(column, rule));
    let read = |why, column, cell: Cell| Hazard::set(why, column, cell, Fate::Recorded);
    vec![
        one(
            "code as a number: its last digits are lost",
            "统一社会信用代码",
            Cell::number("913501990000000000"),
            "damaged-text",
        ),
        one(
            "a failed formula in the code",
            "统一社会信用代码",
            Cell::Failed("#REF!"),
            "damaged-text",
        ),
        one(
            "a failed formula",
            "工程名称",
            Cell::Failed("#N/A"),
            "damaged-text",
        ),
        one(
            "characters lost on the way",
            "工程名称",
            "虚构\u{fffd}花园".into(),
            "damaged-text",
        ),
        one("no decision", "列入决定文书号", "--".into(), "missing"),
        one("no basis", "列入依据", "无".into(), "missing"),
        one("an end in words", "有效期至", "长期".into(), "malformed"),
        one("half a day", "列入日期", "2025年3月".into(), "malformed"),
        one(
            "a serial with a time, without a style",
            "列入日期",
            Cell::number("45728.5"),
            "malformed",
        ),
        read("a serial without a style", "列入日期", Cell::number(45_728)),
        read("a day as a number", "列入日期", Cell::number(20_250_312)),
        read(
            "the end a sentinel",
            "有效期至",
            Cell::Day(date(2099, 12, 31)),
        ),
        read("the end 暂无", "有效期至", "暂无".into()),
        read(
            "code of the authority is a filler",
            "列入决定机关代码",
            "00000000000000000X".into(),
        ),
        read("people in words", "涉及人数", "二十余人".into()),
        read("people in full width", "涉及人数", "２３".into()),
        read("space around a cell", "列入事由", " 拖欠工资　".into()),
        read(
            "line breaks, commas and quotes",
            "工程名称",
            "“虚构花园”一期,\"A\"标段\n（续）".into(),
        ),
        read("a hidden column says something", HIDDEN, "同意".into()),
        read(
            "when it was changed last",
            "更新时间",
            "2026-11-06 17:08:09".into(),
        ),
    ]
}

/// How an entry came off the list, well and badly said.
fn removals() -> Vec<Hazard> {
    let off = |why, day: &str, words: &str, number: &str, fate| {
        let set = |column, text: &str| Change::Set(column, text.into());
        let changes = vec![
            set("移出日期", day),
            set("移出原因", words),
            set("移出决定文书号", number),
        ];
        Hazard::of(why, fate, changes)
    };
    let (day, ended) = ("2026-11-05", Fate::RecordedAndEnded);
    let no = |column, rule| rejected(column, rule);
    vec![
        off("removed: term over", day, "期满", "", ended),
        off(
            "removed: wrong from the start",
            day,
            "列入有误，更正",
            "",
            ended,
        ),
        off(
            "removed: repaired",
            day,
            "信用修复，提前移出",
            "例人社移〔2026〕7号",
            ended,
        ),
        off(
            "removed: decision set aside",
            day,
            "列入决定被撤销",
            "例人社移〔2026〕8号",
            ended,
        ),
        off("removal of nothing", "/", "无", "", Fate::Recorded),
        off(
            "removed for two reasons",
            day,
            "修复后撤销",
            "",
            no("移出原因", "ambiguous"),
        ),
        off(
            "removed for none that is one",
            day,
            "已支付",
            "",
            no("移出原因", "unknown-code"),
        ),
        off(
            "removed without a reason",
            day,
            "",
            "",
            no("移出原因", "missing"),
        ),
        off(
            "removed without a day",
            "",
            "期满",
            "",
            no("移出日期", "missing"),
        ),
        off(
            "removed before it was entered",
            "2023-03-12",
            "期满",
            "",
            no("移出日期", "out-of-range"),
        ),
    ]
}

/// People answerable, in rows of their own and beside organizations.
fn people() -> Vec<Hazard> {
    let person = Person::nth(5_401);
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    vec![
        Hazard::of(
            "a person, in a row of its own",
            Fate::Recorded,
            vec![
                set("名称", &person.name),
                Change::Remove("统一社会信用代码"),
                set("身份证号", &person.number),
            ],
        ),
        Hazard::of(
            "a person and an organization in one row",
            rejected("身份证号", "ambiguous"),
            vec![set("身份证号", &person.number)],
        ),
        Hazard::of(
            "a person's number as a number: its last digits are lost",
            rejected("身份证号", "damaged-text"),
            vec![
                Change::Remove("统一社会信用代码"),
                Change::Set("身份证号", Cell::number("350000190000000000")),
            ],
        ),
        Hazard::of(
            "the representative's number masked",
            Fate::Recorded,
            vec![set("法定代表人身份证号", "3500**********0026")],
        ),
    ]
}

/// A sheet of this list in the making.
struct Sheet {
    lines: Vec<Line>,
    habits: Habits,
}

impl Sheet {
    fn begin() -> Self {
        let hidden = COLUMNS.iter().position(|column| *column == HIDDEN);
        let mut sheet = Self {
            lines: Vec::new(),
            habits: Habits {
                merged: vec![(0, 0, 0, place(COLUMNS.len() - 1))],
                hidden: hidden.map(place),
            },
        };
        let title = "虚构省住房和城乡建设领域拖欠农民工工资失信联合惩戒对象名单";
        sheet.lines.push(Line::silent([title]));
        sheet
            .lines
            .push(Line::silent(["填报单位：虚构省住房和城乡建设厅"]));
        sheet.header();
        sheet
    }

    /// The row that the next line will stand in.
    fn next(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    fn header(&mut self) {
        let merged = merged_header(&HEADER, self.next());
        self.habits.merged.extend(merged);
        let mut above = "";
        let groups = HEADER.map(|(group, _)| {
            let shown = if group == above { "" } else { group };
            above = group;
            shown
        });
        self.lines.push(Line::silent(groups));
        self.lines
            .push(Line::silent(HEADER.map(|(_, column)| column)));
    }

    fn subtotal(&mut self) {
        self.lines.push(Line::silent(["小计"]));
        self.lines.push(Line::silent([""]));
    }

    /// Rows that come again, one whose authority stands merged in the row above, the
    /// total, and who filled it in.
    fn again(&mut self, chance: &mut Chance, org: &Organization) {
        let row = entry(chance, org, 20_001);
        let mut corrected = row.clone();
        corrected.set(OWED, Cell::number("7.5"));
        let mut below = entry(chance, org, 20_003);
        below.remove(OFFICE);
        let lines = [
            Line::plain(row.clone(), Fate::Recorded),
            Line::of(row, Fate::Duplicate, "the same row again"),
            Line::of(corrected, Fate::Revised, "a correction"),
            Line::plain(entry(chance, org, 20_002), Fate::Recorded),
            Line::of(
                below,
                rejected(OFFICE, "missing"),
                "authority in a cell merged with that of the row above",
            ),
        ];
        self.lines.extend(lines);
        let office = COLUMNS.iter().position(|column| *column == OFFICE);
        let (column, last) = (office.map_or(0, place), self.next() - 1);
        self.habits.merged.push((last - 1, column, last, column));
        self.lines.push(Line {
            content: Content::Places(vec![Cell::Nothing, Cell::text("合　计")]),
            fate: Fate::Silent,
            why: "",
        });
        self.lines
            .push(Line::silent(["填表人：某甲　审核人：某乙"]));
    }

    fn delivery(self, path: &'static str) -> Result<Delivery, ProvinceError> {
        let bytes = workbook::write(&COLUMNS, &self.lines, &self.habits).map_err(form(path))?;
        Ok(Delivery {
            path,
            plugin: "housing",
            feed: "wage-arrears",
            lines: self.lines,
            bytes,
        })
    }
}
