//! An archive in the profile of 2016, sent along when the exchange began.
//!
//! In come chance and society; out goes a short delivery that breaks off in its last
//! row. Always: what the two profiles call by two names stands under that of 2016.
//! Absent: rows of later years.

use jiff::civil::{Date, date};

use super::office;
use crate::ProvinceError;
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line};
use crate::hazard::rejected;
use crate::organizations::{Organization, Society};
use crate::people::Person;
use crate::row::{Cell, Row};
use crate::write::xml::{self, Messages};

const FROM: Date = date(2016, 3, 1);
const UNTIL: Date = date(2017, 11, 30);

/// Rows of the feed `penalties`, of old.
pub(crate) fn archive(chance: &mut Chance, society: &Society) -> Result<Delivery, ProvinceError> {
    let mut lines = Vec::new();
    for number in 1..=12 {
        let org = society.any(chance);
        lines.push(Line::plain(penalty(chance, org, number), Fate::Recorded));
    }
    let org = society.any(chance);
    lines.extend(states(chance, org));
    lines.push(Line::plain(natural(chance, org), Fate::Recorded));
    // Of the last the end is missing.
    lines.push(Line::of(
        penalty(chance, org, 99),
        Fate::Rejected(None, "truncated"),
        "cut off in the middle of a row",
    ));
    let messages = Messages {
        mark: true,
        profile: "2016",
        rows: lines.len(),
        cut_off: true,
    };
    Ok(Delivery {
        path: "customs/penalties-2016.xml",
        plugin: "customs",
        feed: "penalties",
        bytes: xml::write(&messages, &lines),
        lines,
    })
}

fn penalty(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let on = chance.day(FROM, UNTIL);
    Row::of([
        (
            "CF_WSH",
            Cell::text(format!(
                "例{}关缉违字〔{}〕{number:04}号",
                org.city.short,
                on.year()
            )),
        ),
        ("CF_AJMC", Cell::text("虚构走私案")),
        ("CF_CFMC", Cell::text("走私普通货物")),
        // As digits: 罚款; and none.
        ("CF_CFLB1", Cell::text(*chance.pick(&["1", "罚款", "２"]))),
        ("CF_CFLB2", Cell::text("/")),
        ("CF_SY", Cell::text("伪报品名")),
        ("CF_YJ", Cell::text("《中华人民共和国海关法》第八十二条")),
        ("CF_XDR_MC", Cell::text(&org.name)),
        ("CF_XDR_SHXYM", Cell::text(&org.uscc)),
        ("CF_XDR_ZDM", Cell::Nothing),
        ("CF_XDR_GSDJ", Cell::Nothing),
        ("CF_XDR_SWDJ", Cell::Nothing),
        ("CF_XDR_SFZ", Cell::Nothing),
        ("CF_FR", Cell::text(&org.representative.name)),
        ("CF_JG", Cell::text("处以罚款一万元")),
        ("CF_SXQ", Cell::Day(on)),
        ("CF_JZQ", Cell::text("2099-12-31")),
        ("CF_JDRQ", Cell::Day(on)),
        ("CF_XZJG", Cell::text(office(org).0)),
        ("CF_ZT", Cell::text("0")),
        ("DFBM", Cell::text("350000")),
        ("SJC", Cell::text("2017/12/12")),
    ])
}

fn natural(chance: &mut Chance, org: &Organization) -> Row {
    let person = Person::nth(200_201);
    let mut row = penalty(chance, org, 98);
    for (column, words) in [("CF_XDR", &person.name), ("CF_XDR_SFZ", &person.number)] {
        row.set(column, Cell::text(words));
    }
    row.remove("CF_XDR_MC");
    row.set("CF_XDR_SHXYM", Cell::Nothing);
    row.set("CF_FR", Cell::Nothing);
    row
}

/// Penalties whose state (当前状态) is not 0.
fn states(chance: &mut Chance, org: &Organization) -> Vec<Line> {
    let row = penalty(chance, org, 90);
    let in_state = |row: &Row, state: &str, stamp: &str| {
        let mut row = row.clone();
        row.set("CF_ZT", Cell::text(state));
        row.set("SJC", Cell::text(stamp));
        row
    };
    let mut unknown = row.clone();
    unknown.set("CF_WSH", Cell::text("例省关缉违字〔2016〕9000号"));
    let since = "2017/12/20";
    vec![
        Line::plain(row.clone(), Fate::Recorded),
        Line::of(in_state(&row, "1", since), Fate::Ended, "set aside"),
        Line::of(
            in_state(&unknown, "1", since),
            Fate::Quarantined("unknown-record"),
            "set aside, and never heard of",
        ),
        Line::of(
            in_state(&unknown, "撤销", "/"),
            rejected("SJC", "missing"),
            "set aside without a day",
        ),
        Line::of(
            in_state(&unknown, "2", since),
            rejected("CF_ZT", "needs-person"),
            "under objection",
        ),
        Line::of(
            in_state(&unknown, "9", since),
            rejected("CF_ZT", "unknown-code"),
            "a state that is none",
        ),
    ]
}
