//! The list of honours in construction: awards, and awards taken back.
//!
//! In come chance and society; out goes a delivery. Always: the exemplar's honour is in
//! force when the story begins. Absent: grades and places of anybody; the column of
//! scores that clerks keep is there to be set aside (I1).

use jiff::civil::{Date, date};

use super::place;
use crate::ProvinceError;
use crate::calendar::years_on;
use crate::cast::{EXEMPLAR, decision};
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::form;
use crate::hazard::{Change, Hazard, rejected};
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::places;
use crate::row::{Cell, Row};
use crate::write::workbook::{self, Habits};

const PATH: &str = "housing/honours.xlsx";
const FROM: Date = date(2025, 1, 2);
const UNTIL: Date = date(2026, 10, 30);
/// As the sheet calls them.
const HEADER: [&str; 19] = [
    "序号",
    "荣誉编号",
    "单位（个人）名称",
    "统一社会信用代码",
    "身份证号",
    "荣誉名称",
    "荣誉类别",
    "来源类别",
    "推荐单位",
    "工程名称",
    "授予机关",
    "授予文号",
    "授予日期",
    "有效期至",
    "撤销日期",
    "撤销原因",
    "撤销决定文号",
    "评审得分",
    "备注",
];
/// The same columns, as the plugin calls them.
const COLUMNS: [&str; 19] = {
    let mut columns = HEADER;
    columns[2] = "名称";
    columns[7] = "来源";
    columns
};

/// Rows of the feed `honours`.
pub(crate) fn honours(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let mut lines = vec![
        Line::silent(["2026年度虚构省住房和城乡建设领域守信典型和优质工程名单"]),
        Line::silent(HEADER),
    ];
    for (number, place) in (1..).zip(places(chance, rows, hazards().len(), 1)) {
        if number == rows / 2 {
            lines.push(Line::silent(HEADER));
        }
        let org = society.one_in(chance, places::Line::Building);
        lines.push(match place {
            Place::Plain => Line::plain(honour(chance, org, number), Fate::Recorded),
            Place::Hazard(at) => Line::hazardous(honour(chance, org, number), &hazards()[at]),
            Place::Cast(_) => {
                let org = &of_member(&EXEMPLAR);
                let on = date(2026, 3, 16);
                let mut row = row(org, number, decision::EXEMPLAR_HOUSING, on);
                row.set("荣誉编号", Cell::text("RY-2026-9002"));
                Line::plain(row, Fate::Recorded)
            }
        });
    }
    let total = format!("{rows} 项");
    lines.push(Line::silent(["共计", &total]));
    lines.push(Line::silent(["说明：得分仅供评审使用"]));
    let habits = Habits {
        merged: vec![(0, 0, 0, place(COLUMNS.len() - 1))],
        hidden: None,
    };
    Ok(Delivery {
        path: PATH,
        plugin: "housing",
        feed: "honours",
        bytes: workbook::write(&COLUMNS, &lines, &habits).map_err(form(PATH))?,
        lines,
    })
}

fn honour(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let on = chance.day(FROM, UNTIL);
    let cited = format!("例{}建信〔{}〕{number}号", org.city.short, on.year());
    let mut row = row(org, number, &cited, on);
    if chance.one_in(3) {
        row.set("荣誉名称", Cell::text("虚江杯优质工程"));
        row.set("荣誉类别", Cell::text("优质工程"));
        row.set(
            "工程名称",
            Cell::text(format!("虚构{}花园\n（一期）", org.city.name)),
        );
    }
    row
}

fn row(org: &Organization, number: u32, cited: &str, on: Date) -> Row {
    Row::of([
        ("序号", Cell::number(number)),
        (
            "荣誉编号",
            Cell::text(format!("RY-{}-{number:04}", on.year())),
        ),
        ("名称", Cell::text(&org.name)),
        ("统一社会信用代码", Cell::text(&org.uscc)),
        (
            "荣誉名称",
            Cell::text(format!("{}年度建筑业守信典型", on.year())),
        ),
        ("荣誉类别", Cell::text("守信典型")),
        ("来源", Cell::text("信用分类监管")),
        (
            "授予机关",
            Cell::text(format!("虚构{}住房和城乡建设局", org.city.name)),
        ),
        ("授予文号", Cell::text(cited)),
        ("授予日期", Cell::Day(on)),
        ("有效期至", Cell::Day(years_on(on, 3))),
    ])
}

fn hazards() -> Vec<Hazard> {
    let mut hazards = cells();
    hazards.extend(ends());
    hazards
}

/// How an honour was taken back or is over.
fn ends() -> Vec<Hazard> {
    let back = |why, day: &str, words: &str, fate| {
        let changes = vec![
            Change::Set("撤销日期", day.into()),
            Change::Set("撤销原因", words.into()),
        ];
        Hazard::of(why, fate, changes)
    };
    let ended = Fate::RecordedAndEnded;
    vec![
        back(
            "taken back",
            "2026-11-06",
            "发生重大质量事故，撤销称号",
            ended,
        ),
        back("over", "2026年11月7日", "有效期届满", ended),
        back("given by mistake", "2026-11-08", "公布名单有误", ended),
        back(
            "repaired, which no honour is",
            "2026-11-09",
            "信用修复",
            rejected("撤销原因", "unknown-code"),
        ),
    ]
}

fn cells() -> Vec<Hazard> {
    let one =
        |why, column, cell: Cell, rule| Hazard::set(why, column, cell, rejected(column, rule));
    let read = |why, column, cell: Cell| Hazard::set(why, column, cell, Fate::Recorded);
    let person = Person::nth(200_501);
    vec![
        read("no end", "有效期至", "2099/12/31".into()),
        read("day as a serial", "授予日期", Cell::number(46_037)),
        one("no source", "来源", "/".into(), "missing"),
        one(
            "source of another body",
            "来源",
            "行业协会商会推荐".into(),
            "unknown-code",
        ),
        one(
            "source that is none",
            "来源",
            "网络评选".into(),
            "unknown-code",
        ),
        read(
            "a score, which is nobody's",
            "评审得分",
            Cell::number("96.5"),
        ),
        one(
            "no name of the honour",
            "荣誉名称",
            "暂无".into(),
            "missing",
        ),
        one("no number", "荣誉编号", "".into(), "missing"),
        one(
            "a failed formula",
            "授予文号",
            Cell::Failed("#VALUE!"),
            "damaged-text",
        ),
        read("no number of the document", "授予文号", "".into()),
        one(
            "characters lost on the way",
            "名称",
            "虚构\u{fffd}公司".into(),
            "damaged-text",
        ),
        Hazard::of(
            "a person",
            Fate::Recorded,
            vec![
                Change::Set("名称", Cell::text(&person.name)),
                Change::Remove("统一社会信用代码"),
                Change::Set("身份证号", Cell::text(&person.number)),
            ],
        ),
    ]
}
