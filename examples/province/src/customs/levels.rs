//! The levels of enterprises (海关总署令第282号).
//!
//! In come chance and society; out goes a delivery. Always: no level is older than the
//! order; of 常规 and 失信 nothing may be recorded. Absent: 严重失信 for anybody of the
//! cast, whom the story lists by an order.

use jiff::civil::{Date, date};

use super::office;
use crate::ProvinceError;
use crate::calendar::years_on;
use crate::cast::{EXEMPLAR, decision};
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::hazard::{Change, Hazard, rejected};
use crate::organizations::{Organization, Society, of_member};
use crate::row::{Cell, Row};
use crate::write::xml::{self, Messages};

/// The order's first day, and the last on which one is determined here.
const FROM: Date = date(2026, 4, 1);
const UNTIL: Date = date(2026, 10, 30);
const NOT_COLLECTED: Fate = Fate::Rejected(Some("信用等级"), "not-collected");

/// Rows of the feed `levels`.
pub(crate) fn levels(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, hazards().len(), 1)) {
        let org = society.any(chance);
        lines.push(match place {
            Place::Plain => {
                let word = *chance.pick(&["认证", "认证", "高级认证", "严重失信", "认证企业"]);
                Line::plain(level(chance, org, number, word), Fate::Recorded)
            }
            Place::Hazard(at) => {
                let row = level(chance, org, number, "严重失信");
                Line::hazardous(row, &hazards()[at])
            }
            Place::Cast(_) => {
                let org = &of_member(&EXEMPLAR);
                let on = date(2026, 4, 20);
                let row = row(org, "高级认证", decision::EXEMPLAR_CUSTOMS, on);
                Line::plain(row, Fate::Recorded)
            }
        });
    }
    let changing = society.any(chance);
    lines.extend(changes(chance, changing));
    let messages = Messages {
        mark: true,
        profile: "282",
        rows: lines.len(),
        cut_off: false,
    };
    Ok(Delivery {
        path: "customs/levels.xml",
        plugin: "customs",
        feed: "levels",
        bytes: xml::write(&messages, &lines),
        lines,
    })
}

fn level(chance: &mut Chance, org: &Organization, number: u32, word: &str) -> Row {
    let cited = format!("例{}关企信〔2026〕{number}号", org.city.short);
    row(org, word, &cited, chance.day(FROM, UNTIL))
}

fn row(org: &Organization, word: &str, cited: &str, on: Date) -> Row {
    let (office, code) = office(org);
    let mut row = Row::of([
        ("企业名称", Cell::text(&org.name)),
        ("统一社会信用代码", Cell::text(&org.uscc)),
        ("信用等级", Cell::text(word)),
        ("认定文书号", Cell::text(cited)),
        ("认定海关", Cell::text(office)),
        ("认定海关代码", Cell::text(code)),
        ("认定日期", Cell::Day(on)),
        ("认定依据", Cell::text("（条款见决定书）")),
    ]);
    match word {
        "严重失信" => row.set("认定情形", Cell::text("走私被处罚且拒不履行处罚决定")),
        _ => row.set("有效期至", Cell::Day(years_on(on, 3))),
    }
    row
}

fn hazards() -> Vec<Hazard> {
    let mut hazards = determinations();
    hazards.extend(ends());
    hazards
}

/// What is wrong with what a row says of the earlier level.
fn ends() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    let ends = |word: &str, number: &str, why: &str| {
        vec![
            set("原信用等级", word),
            set("原认定文书号", number),
            set("调整事由", why),
        ]
    };
    vec![
        Hazard::of(
            "off the list because time passed",
            rejected("调整事由", "unknown-code"),
            ends("严重失信", "例省关企信〔2026〕801号", "有效期届满"),
        ),
        Hazard::of(
            "a certificate repaired",
            rejected("调整事由", "unknown-code"),
            ends("认证", "例省关企信〔2026〕802号", "信用修复"),
        ),
        Hazard::of(
            "earlier number missing",
            rejected("原认定文书号", "missing"),
            vec![set("原信用等级", "认证"), set("调整事由", "等级调整")],
        ),
        Hazard::of(
            "reason missing",
            rejected("调整事由", "missing"),
            vec![
                set("原信用等级", "认证"),
                set("原认定文书号", "例省关企信〔2026〕803号"),
            ],
        ),
        Hazard::of(
            "earlier level missing",
            rejected("原信用等级", "missing"),
            vec![set("调整事由", "等级调整")],
        ),
    ]
}

/// And with the determination itself.
fn determinations() -> Vec<Hazard> {
    let one =
        |why, column, text: &str, rule| Hazard::set(why, column, text, rejected(column, rule));
    vec![
        Hazard::set(
            "ordinary: nothing is recorded",
            "信用等级",
            "常规",
            NOT_COLLECTED,
        ),
        Hazard::set(
            "untrustworthy: nothing is recorded",
            "信用等级",
            "失信企业",
            NOT_COLLECTED,
        ),
        one(
            "a level of an earlier order",
            "信用等级",
            "一般认证",
            "unknown-code",
        ),
        one("no level", "信用等级", "/", "missing"),
        one("before the order", "认定日期", "2026-03-31", "out-of-range"),
        Hazard::set(
            "on the order's first day",
            "认定日期",
            "2026年4月1日",
            Fate::Recorded,
        ),
        one("no circumstances", "认定情形", "无", "missing"),
        one("no number", "认定文书号", "", "missing"),
        one(
            "number without its office",
            "认定文书号",
            "〔2026〕13号",
            "ambiguous",
        ),
        one("no office", "认定海关", "暂无", "missing"),
        one("sentinel for no day", "认定日期", "1900-1-1", "missing"),
        Hazard::of(
            "a field that the catalogue does not have",
            Fate::Recorded,
            vec![Change::Add("海关注册编码", Cell::text("3501990001"))],
        ),
    ]
}

/// An enterprise on its way: certified, off the certificate and onto the list, repaired.
fn changes(chance: &mut Chance, org: &Organization) -> Vec<Line> {
    let ended = |row: Row, word: &str, number: &str, why: &str| {
        let mut row = row;
        row.set("原信用等级", Cell::text(word));
        row.set("原认定文书号", Cell::text(number));
        row.set("调整事由", Cell::text(why));
        row
    };
    let mut next = |number: u32, word| level(chance, org, 20_000 + number, word);
    let (certified, listed, repaired) = (next(1, "认证"), next(2, "严重失信"), next(3, "失信"));
    let number = |row: &Row| row.get("认定文书号").in_words();
    let (first, second) = (number(&certified), number(&listed));
    let listed = ended(listed, "认证", &first, "等级调整");
    let repaired = ended(repaired, "严重失信", &second, "信用修复");
    vec![
        Line::plain(certified, Fate::Recorded),
        Line::of(
            listed,
            Fate::RecordedAndEnded,
            "a certificate lost to the list",
        ),
        Line::of(repaired, Fate::Ended, "off the list by repair"),
    ]
}
