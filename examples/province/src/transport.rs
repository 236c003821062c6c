//! What the transport department delivers: penalties for overloading and findings of
//! repeated overloading, in one table.
//!
//! In come chance and society; out goes a delivery as CSV in GB18030, with a byte order
//! mark, a title, a header that comes again, a subtotal, and who filled it in. Always:
//! the hazards of real feeds that a table can have are among the rows. Absent:
//! acknowledgements, which answer orders.

mod hazards;

use jiff::civil::{Date, date};

use crate::ProvinceError;
use crate::calendar::{FROM, UNTIL, years_on};
use crate::cast::{ALL_FOUR, decision};
use crate::chance::Chance;
use crate::delivery::{Content, Delivery, Fate, Line, Place, places};
use crate::form;
use crate::hazard::rejected;
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::places;
use crate::row::{Cell, Row};
use crate::write::table;
use hazards::hazards;

const PATH: &str = "transport/overloads.csv";

const OFFICE: &str = "虚构省交通运输综合执法局";

const OFFICE_CODE: &str = "11350000MB9900179H";

const COLUMNS: [&str; 35] = [
    "序号",
    "信息类别",
    "文书号",
    "当事人序号",
    "当事人",
    "统一社会信用代码",
    "组织机构代码",
    "注册号",
    "身份证件号码",
    "法定代表人",
    "法定代表人证件号码",
    "违法行为",
    "违法事实",
    "依据",
    "处罚种类",
    "处罚内容",
    "罚款金额（元）",
    "没收金额（万元）",
    "罚款金额（万元）",
    "暂扣或吊销证照",
    "计数期间",
    "违法超限次数",
    "涉及车辆数",
    "本单位货运车辆总数",
    "决定日期",
    "有效期至",
    "公示截止期",
    "决定机关",
    "决定机关代码",
    "状态",
    "变更机关",
    "变更文号",
    "变更日期",
    "更新时间",
    "备注",
];

const FINE: &str = "罚款金额（元）";

/// Rows of the feed `overloads`.
pub(crate) fn overloads(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let first = society.one_in(chance, places::Line::Carrying).clone();
    let mut lines = vec![
        Line::silent(["虚构省公路超限运输违法信息（2026年第10期）"]),
        Line::silent([""; COLUMNS.len()]),
        Line::silent(COLUMNS),
    ];
    for (number, place) in (1..).zip(places(chance, rows, hazards(&first).len(), 1)) {
        if number == rows / 2 {
            lines.push(Line::silent(COLUMNS));
        }
        let org = society.one_in(chance, places::Line::Carrying);
        lines.push(match place {
            Place::Plain => plain(chance, org, number),
            Place::Hazard(at) => Line::hazardous(penalty(chance, org, number), &hazards(org)[at]),
            Place::Cast(_) => {
                let org = &of_member(&ALL_FOUR);
                let on = date(2026, 6, 18);
                let row = finding(org, number, decision::ALL_FOUR_TRANSPORT, on, [14, 9, 60]);
                Line::plain(row, Fate::Recorded)
            }
        });
    }
    lines.extend(again(chance, &first));
    Ok(Delivery {
        path: PATH,
        plugin: "transport",
        feed: "overloads",
        bytes: table::write(&COLUMNS, &lines).map_err(form(PATH))?,
        lines,
    })
}

/// A finding, a driver's penalty, or a carrier's, as they come.
fn plain(chance: &mut Chance, org: &Organization, number: u32) -> Line {
    let row = match chance.between(1, 8) {
        1 => {
            let on = chance.day(FROM, UNTIL);
            let cited = format!("例{}交认〔{}〕{number}号", org.city.short, on.year());
            let trucks = chance.between(20, 90);
            let counts = [chance.between(4, 12), chance.between(3, 9), trucks];
            finding(org, number, &cited, on, counts)
        }
        2 => driver(chance, org, number),
        _ => penalty(chance, org, number),
    };
    Line::plain(row, Fate::Recorded)
}

fn penalty(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let on = chance.day(FROM, UNTIL);
    let cited = format!("例{}交执罚〔{}〕{number}号", org.city.short, on.year());
    let over = format!(
        "车货总质量{}.{}吨，超过公路限定标准",
        chance.between(51, 88),
        chance.between(1, 9)
    );
    Row::of([
        ("序号", Cell::number(number)),
        ("信息类别", Cell::text("处罚")),
        ("文书号", Cell::text(cited)),
        ("当事人", Cell::text(&org.name)),
        ("统一社会信用代码", Cell::text(&org.uscc)),
        ("法定代表人", Cell::text(&org.representative.name)),
        ("法定代表人证件号码", Cell::text(&org.representative.number)),
        ("违法行为", Cell::text("超限运输")),
        ("违法事实", Cell::text(over)),
        ("依据", Cell::text("《公路安全保护条例》第六十四条")),
        ("处罚种类", Cell::text("罚款")),
        ("处罚内容", Cell::text("处以罚款")),
        (FINE, Cell::number(500 * chance.between(1, 60))),
        ("决定日期", Cell::Day(on)),
        ("公示截止期", Cell::Day(years_on(on, 3))),
        ("决定机关", Cell::text(OFFICE)),
        ("决定机关代码", Cell::text(OFFICE_CODE)),
        ("更新时间", Cell::text(format!("{on} 18:00:00"))),
    ])
}

fn driver(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let person = Person::nth(210_000 + number);
    let mut row = penalty(chance, org, number);
    row.set("当事人", Cell::text(person.name));
    row.set("身份证件号码", Cell::text(person.number));
    for column in ["统一社会信用代码", "法定代表人", "法定代表人证件号码"] {
        row.remove(column);
    }
    row
}

/// `counts`: violations, lorries in them, lorries of the carrier.
fn finding(org: &Organization, number: u32, cited: &str, on: Date, counts: [u32; 3]) -> Row {
    let [violations, lorries, all] = counts;
    let from = on.checked_sub(jiff::Span::new().years(1)).unwrap_or(on);
    Row::of([
        ("序号", Cell::number(number)),
        ("信息类别", Cell::text("认定")),
        ("文书号", Cell::text(cited)),
        ("当事人", Cell::text(&org.name)),
        ("统一社会信用代码", Cell::text(&org.uscc)),
        ("依据", Cell::text("《公路安全保护条例》第六十六条")),
        ("计数期间", Cell::text(format!("{from}至{on}"))),
        ("违法超限次数", Cell::number(violations)),
        ("涉及车辆数", Cell::number(lorries)),
        ("本单位货运车辆总数", Cell::number(all)),
        ("决定日期", Cell::Day(on)),
        ("决定机关", Cell::text(OFFICE)),
        ("决定机关代码", Cell::text(OFFICE_CODE)),
        ("更新时间", Cell::text(format!("{on} 18:00:00"))),
    ])
}

/// Rows that come again or go wrong as a whole, subtotals, and who filled it in.
fn again(chance: &mut Chance, org: &Organization) -> Vec<Line> {
    let row = penalty(chance, org, 20_001);
    let mut corrected = row.clone();
    corrected.set(FINE, Cell::number(7_500));
    corrected.set("更新时间", Cell::text("2026-11-10 09:30:00"));
    let of_one = |party: &str, person: Option<Person>| {
        let mut row = row.clone();
        row.set("文书号", Cell::text("例省交执罚〔2026〕20002号"));
        row.set("当事人序号", Cell::text(party));
        if let Some(person) = person {
            row.set("当事人", Cell::text(person.name));
            row.set("身份证件号码", Cell::text(person.number));
            row.remove("统一社会信用代码");
        }
        row
    };
    let cells = |row: &Row| -> Vec<Cell> {
        let places = table::in_places(&COLUMNS, row).into_iter();
        places.map(|cell| Cell::from(cell.as_str())).collect()
    };
    let mut long = cells(&penalty(chance, org, 20_004));
    long.push(Cell::text("多"));
    let mut short = cells(&penalty(chance, org, 20_005));
    short.truncate(30);
    let broken = |cells, why| Line {
        content: Content::Places(cells),
        fate: Fate::Rejected(None, "malformed"),
        why,
    };
    let mut subtotal = vec![Cell::Nothing; COLUMNS.len()];
    subtotal[0] = Cell::text("合计");
    subtotal[16] = Cell::text("1,235,000.50");
    let mut office = vec![Cell::Nothing; COLUMNS.len()];
    office[0] = Cell::text(format!("填报单位：{OFFICE}"));
    vec![
        Line::plain(row.clone(), Fate::Recorded),
        Line::of(row.clone(), Fate::Duplicate, "the same row again"),
        Line::of(corrected, Fate::Revised, "a correction"),
        Line::plain(of_one("1", None), Fate::Recorded),
        Line::of(
            of_one("２", Some(Person::nth(200_301))),
            Fate::Recorded,
            "a carrier and its driver in one document",
        ),
        broken(long, "a cell too many"),
        broken(short, "cells missing"),
        Line::silent([""; COLUMNS.len()]),
        Line::silent(subtotal),
        Line {
            content: Content::Places(office),
            fate: rejected("信息类别", "missing"),
            why: "who filled it in, below the table",
        },
    ]
}
