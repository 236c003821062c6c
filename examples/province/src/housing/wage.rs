//! The list of wage defaulters in construction: entries, and the removal of one.
//!
//! In come chance and society; out go the list and, for a later day, the row of the
//! member of the cast that repairs. Always: that row says again what the list says, and
//! that it ended. Absent: entries outside construction.

mod hazards;
mod sheet;

use jiff::civil::{Date, date};

use crate::ProvinceError;
use crate::calendar::{FROM, UNTIL, years_on};
use crate::cast::{ALL_FOUR, EMPLOYER, Member, REPAIRS, RESPONSIBLE, decision};
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::organizations::{Organization, Society, of_member};
use crate::places;
use crate::row::{Cell, Row};
use hazards::hazards;
use sheet::Sheet;

const LIST: &str = "housing/wage-arrears.xlsx";

const LATER: &str = "later/housing/wage-arrears.xlsx";

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

/// The bureau of human resources of a city, invented, with its code.
fn bureau(org: &Organization) -> (String, String) {
    let name = format!("虚构{}人力资源和社会保障局", org.city.name);
    (name, org.city.authority('7'))
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
