//! The tax department's list of serious violations (重大税收违法失信主体).
//!
//! In come chance and society; out goes a delivery. Always: each way off the list is
//! among the rows, well and badly said. Absent: the cast, whom the story lists by an
//! order.

use super::{CONDUCT, bureau};
use crate::ProvinceError;
use crate::calendar::{FROM, UNTIL, years_on};
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::form;
use crate::hazard::{Change, Hazard, rejected};
use crate::organizations::{Organization, Society};
use crate::people::Person;
use crate::row::{Cell, Row};
use crate::write::json::{self, Envelope};

const PATH: &str = "tax/violations.json";

/// Rows of the feed `violations`.
pub(crate) fn violations(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, hazards().len(), 0)) {
        let org = society.any(chance);
        lines.push(match place {
            Place::Hazard(at) => Line::hazardous(violation(chance, org, number), &hazards()[at]),
            Place::Plain | Place::Cast(_) => {
                Line::plain(violation(chance, org, number), Fate::Recorded)
            }
        });
    }
    let total = Row::of([
        ("条目编号", Cell::text("合计")),
        ("主体名称", Cell::number(rows)),
    ]);
    lines.push(Line::of(
        total,
        rejected("决定机关", "missing"),
        "a subtotal",
    ));
    let envelope = Envelope {
        mark: true,
        profile: Some("1"),
    };
    Ok(Delivery {
        path: PATH,
        plugin: "tax",
        feed: "violations",
        bytes: json::write(&envelope, &lines).map_err(form(PATH))?,
        lines,
    })
}

fn violation(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let (conduct, _, basis) = *chance.pick(&CONDUCT);
    let on = chance.day(FROM, UNTIL);
    let (short, year) = (org.city.short, on.year());
    let (bureau, code) = bureau(org);
    Row::of([
        (
            "条目编号",
            Cell::text(format!("例{short}税失〔{year}〕{number}-1")),
        ),
        ("主体名称", Cell::text(&org.name)),
        ("统一社会信用代码", Cell::text(&org.uscc)),
        ("法定代表人", Cell::text(&org.representative.name)),
        ("法定代表人证件号码", Cell::text(&org.representative.number)),
        ("决定机关", Cell::text(bureau)),
        ("决定机关代码", Cell::text(code)),
        (
            "决定文号",
            Cell::text(format!("例{short}税失〔{year}〕{number}号")),
        ),
        ("决定日期", Cell::Day(on)),
        ("列入依据", Cell::text(basis)),
        ("公布日期", Cell::Day(on)),
        ("届满日期", Cell::Day(years_on(on, 3))),
        ("状态", Cell::text("列入")),
        ("违法情形", Cell::text(conduct)),
        ("处理处罚情况", Cell::text("已作出税务处理、处罚决定")),
        ("列入期限", Cell::text("3年")),
        ("更新时间", Cell::text(format!("{on} 18:00:00"))),
    ])
}

fn set(column: &'static str, text: &str) -> Change {
    Change::Set(column, Cell::text(text))
}

/// Off the list in this way.
fn off(way: &str) -> Vec<Change> {
    vec![
        set("状态", "移出"),
        set("移出方式", way),
        set("移出日期", "2026-11-02"),
    ]
}

fn hazards() -> Vec<Hazard> {
    let mut hazards = badly_said();
    hazards.extend(ends());
    let person = Person::nth(200_002);
    hazards.push(Hazard::of(
        "a person, of whom this is not collected",
        Fate::Rejected(Some("item"), "subject-kind"),
        vec![
            set("主体名称", &person.name),
            Change::Set("统一社会信用代码", Cell::Nothing),
            set("身份证件号码", &person.number),
        ],
    ));
    hazards
}

/// The ways off the list.
fn ends() -> Vec<Hazard> {
    let by = |way: &str| {
        let mut changes = off(way);
        changes.push(set("移出决定机关", "虚构省税务局"));
        changes.push(set("移出决定文号", "例省税移〔2026〕1号"));
        changes.push(set("移出决定日期", "2026-11-01"));
        changes
    };
    let ended = Fate::RecordedAndEnded;
    vec![
        Hazard::of("removed: term over", ended, off("公布期满")),
        Hazard::of("removed: paid", ended, off("缴清")),
        Hazard::of("removed: wrong from the start", ended, off("列入有误")),
        Hazard::of("removed: repaired", ended, by("信用修复")),
        Hazard::of("removed: decision set aside", ended, by("撤销")),
    ]
}

fn badly_said() -> Vec<Hazard> {
    vec![
        Hazard::set(
            "no number",
            "条目编号",
            "暂无",
            rejected("条目编号", "missing"),
        ),
        Hazard::of(
            "number in full width",
            Fate::Recorded,
            vec![Change::Wide("条目编号")],
        ),
        Hazard::set(
            "a state that is none",
            "状态",
            "待定",
            rejected("状态", "unknown-code"),
        ),
        Hazard::of(
            "listed and removed at once",
            rejected("状态", "ambiguous"),
            vec![set("移出方式", "期满"), set("移出日期", "2026-11-02")],
        ),
        Hazard::of(
            "removed without a day",
            rejected("移出日期", "missing"),
            vec![set("状态", "移出"), set("移出方式", "期满")],
        ),
        Hazard::of(
            "removed without a way",
            rejected("移出方式", "missing"),
            vec![set("状态", "移出"), set("移出日期", "2026-11-02")],
        ),
        Hazard::of(
            "a way that is none",
            rejected("移出方式", "unknown-code"),
            off("其他"),
        ),
        Hazard::of(
            "a repair without its decision",
            rejected("移出决定机关", "missing"),
            off("信用修复"),
        ),
    ]
}
