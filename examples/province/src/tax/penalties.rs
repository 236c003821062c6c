//! The tax department's penalties (双公示), in the profile of 2018.
//!
//! In come chance and society; out goes a delivery. Always: the hazards of real feeds
//! that JSON can have are among the rows, and rows about organizations of which the
//! register knows more. Absent: the list of serious violations.

use jiff::civil::{Date, date};

use super::{CONDUCT, bureau};
use crate::ProvinceError;
use crate::calendar::{FROM, UNTIL, years_on};
use crate::cast::{ALL_FOUR, EXPIRES, Member, REFUSED, decision};
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::form;
use crate::hazard::{Change, Hazard, rejected};
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::profile;
use crate::row::{Cell, Row};
use crate::write::json::{self, Envelope};

const PATH: &str = "tax/penalties.json";

/// Rows of the feed `penalties`.
pub(crate) fn penalties(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let cast: [(&Member, &str, Date, &str); 3] = [
        (
            &ALL_FOUR,
            decision::ALL_FOUR_TAX,
            date(2026, 3, 10),
            "486.72",
        ),
        (&REFUSED, decision::REFUSED_TAX, date(2026, 4, 2), "3.6"),
        (&EXPIRES, decision::EXPIRES_TAX, date(2026, 2, 26), "52.4"),
    ];
    let first = society.any(chance).clone();
    let faults = hazards(society, &first).len();
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, faults, cast.len())) {
        let org = society.any(chance);
        lines.push(match place {
            Place::Plain => Line::plain(penalty(chance, org, number), Fate::Recorded),
            Place::Hazard(at) => {
                let hazard = &hazards(society, org)[at];
                Line::hazardous(penalty(chance, org, number), hazard)
            }
            Place::Cast(at) => {
                let (member, cited, on, fine) = cast[at];
                let row = row(chance, &of_member(member), CONDUCT[0], cited, on, fine);
                Line::plain(row, Fate::Recorded)
            }
        });
    }
    lines.extend(again(chance, &first, society.others(&first)));
    let envelope = Envelope {
        mark: false,
        profile: None,
    };
    Ok(Delivery {
        path: PATH,
        plugin: "tax",
        feed: "penalties",
        bytes: json::write(&envelope, &lines).map_err(form(PATH))?,
        lines,
    })
}

fn penalty(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let on = chance.day(FROM, UNTIL);
    let cited = format!("例{}税稽罚〔{}〕{number}号", org.city.short, on.year());
    let conduct = *chance.pick(&CONDUCT);
    let fine = format!("{}.{}", chance.between(0, 60), chance.between(1, 9));
    row(chance, org, conduct, &cited, on, &fine)
}

fn row(
    chance: &mut Chance,
    org: &Organization,
    (conduct, facts, basis): (&str, &str, &str),
    cited: &str,
    on: Date,
    fine: &str,
) -> Row {
    let (bureau, code) = bureau(org);
    let known = !chance.one_in(3);
    let person = &org.representative;
    Row::of([
        ("CF_XDR_MC", Cell::text(&org.name)),
        ("CF_XDR_LB", Cell::text("法人及非法人组织")),
        ("CF_XDR_SHXYM", Cell::text(&org.uscc)),
        ("CF_XDR_GSZC", when(known, Cell::number(&org.registration))),
        ("CF_XDR_ZZJG", Cell::Nothing),
        ("CF_XDR_SWDJ", Cell::Nothing),
        ("CF_XDR_SYDW", Cell::Nothing),
        ("CF_XDR_SHZZ", Cell::Nothing),
        ("CF_XDR_ZJLX", Cell::Nothing),
        ("CF_XDR_ZJHM", Cell::Nothing),
        ("CF_FRDB", Cell::text(&person.name)),
        ("CF_FR_ZJLX", when(known, Cell::text("身份证"))),
        ("CF_FR_ZJHM", when(known, Cell::text(&person.number))),
        ("CF_WSH", Cell::text(cited)),
        ("CF_WFXW", Cell::text(conduct)),
        ("CF_SY", Cell::text(facts)),
        ("CF_YJ", Cell::text(basis)),
        ("CF_CFLB", Cell::text("罚款")),
        ("CF_NR", Cell::text("处以罚款")),
        ("CF_NR_FK", Cell::number(fine)),
        ("CF_NR_WFFF", Cell::Nothing),
        ("CF_NR_ZKDX", Cell::Nothing),
        ("CF_JDRQ", Cell::Day(on)),
        ("CF_YXQ", Cell::text("2099-12-31")),
        ("CF_GSJZQ", Cell::Day(years_on(on, 3))),
        ("CF_CFJG", Cell::text(bureau)),
        ("CF_CFJGDM", Cell::text(code)),
        ("CF_SJLY", Cell::text("虚构省信用平台")),
        ("CF_SJLYDM", Cell::text("11350000009999033N")),
        ("BZ", Cell::Nothing),
        ("GXSJ", Cell::text(format!("{on} 18:00:00"))),
    ])
}

fn when(there: bool, cell: Cell) -> Cell {
    if there { cell } else { Cell::Nothing }
}

fn hazards(society: &Society, org: &Organization) -> Vec<Hazard> {
    let mut hazards = profile::hazards(org, &Person::nth(200_001), false);
    hazards.extend(changed_organizations(society));
    hazards.extend(forms());
    hazards
}

/// What only this form, or only this feed, has.
fn forms() -> Vec<Hazard> {
    let one =
        |why, column, cell: Cell, rule| Hazard::set(why, column, cell, rejected(column, rule));
    let object = Cell::Markup("{\"文\": \"书\"}".to_owned());
    let lost = Cell::number("9.13e+17");
    let add = |column, cell| vec![Change::Add(column, cell)];
    vec![
        one(
            "code as a number without its digits",
            "CF_XDR_SHXYM",
            lost,
            "damaged-text",
        ),
        one("an object in a cell", "CF_SY", object, "malformed"),
        one("a null character", "CF_SY", "甲\0乙".into(), "malformed"),
        Hazard::of(
            "a name twice",
            rejected("CF_NR_FK", "ambiguous"),
            add("CF_NR_FK", Cell::text("2")),
        ),
        Hazard::of(
            "a column of yes and no that nobody agreed on",
            Fate::Recorded,
            add("CF_SF", Cell::Markup("true".to_owned())),
        ),
        Hazard::of(
            "columns of 2016 beside those of 2018",
            Fate::Recorded,
            add("CF_AJMC", Cell::text("虚构案件")),
        ),
        Hazard::set(
            "fifteen digits for a tax number",
            "CF_XDR_SWDJ",
            Cell::number("350199990000017"),
            Fate::Recorded,
        ),
    ]
}

/// Rows about organizations of which the register knows more.
fn changed_organizations(society: &Society) -> Vec<Hazard> {
    let changed = &society.changed;
    let about = |why, org: &Organization, code: &str, fate| {
        let changes = vec![
            Change::Set("CF_XDR_MC", Cell::text(&org.name)),
            Change::Set("CF_XDR_SHXYM", Cell::text(code)),
            Change::Set("CF_XDR_GSZC", Cell::Nothing),
            Change::Set("CF_JDRQ", Cell::text("2026-01-15")),
        ];
        Hazard::of(why, fate, changes)
    };
    let by_code = |why, org: &Organization, fate| about(why, org, &org.uscc, fate);
    let read = Fate::Recorded;
    vec![
        by_code(
            "deregistered before the decision",
            &changed.gone,
            Fate::Quarantined("deregistered"),
        ),
        by_code("merged: its successor answers", &changed.merged, read),
        by_code(
            "divided: a person says who answers",
            &changed.divided,
            Fate::Quarantined("divided"),
        ),
        about(
            "the code that it had before",
            &changed.recoded,
            &changed.former,
            read,
        ),
        by_code(
            "its licence revoked, and still there",
            &changed.revoked,
            read,
        ),
    ]
}

/// Rows that come again or go wrong as a whole, at the end of the delivery.
fn again(
    chance: &mut Chance,
    org: &Organization,
    [second, third]: [&Organization; 2],
) -> Vec<Line> {
    let row = penalty(chance, org, 20_001);
    let mut corrected = row.clone();
    corrected.set("CF_NR_FK", Cell::number("7.5"));
    corrected.set("GXSJ", Cell::text("2026-11-10 09:30:00"));
    let mut older = row.clone();
    older.set("CF_NR_FK", Cell::number("9.5"));
    older.set("GXSJ", Cell::text("2023-12-31 09:30:00"));
    let of_one = |party: u32, other: &str| {
        let mut row = row.clone();
        row.set("CF_WSH", Cell::text("例省税稽罚〔2026〕20002号"));
        row.set("CF_XDR_SHXYM", Cell::text(other));
        row.set("CF_XDR_GSZC", Cell::Nothing);
        row.add("CF_XDR_XH", Cell::number(party));
        row
    };
    let mut second_party = row.clone();
    second_party.set("CF_XDR_SHXYM", Cell::text(&second.uscc));
    second_party.set("CF_XDR_GSZC", Cell::Nothing);
    second_party.set("GXSJ", Cell::text("2026-11-11 09:30:00"));
    let header = Row::of(
        row.cells()
            .iter()
            .map(|(name, _)| (*name, Cell::text("表头"))),
    );
    let total = Row::of([
        ("CF_XDR_MC", Cell::text("合计")),
        ("CF_WSH", Cell::Nothing),
        ("CF_NR_FK", Cell::number("4321.5")),
    ]);
    let blank = Row::of(row.cells().iter().map(|(name, _)| (*name, Cell::Nothing)));
    vec![
        Line::plain(row.clone(), Fate::Recorded),
        Line::of(row.clone(), Fate::Duplicate, "the same row again"),
        Line::of(corrected, Fate::Revised, "a correction"),
        Line::of(older, Fate::Duplicate, "an older version after a newer"),
        Line::of(
            second_party,
            Fate::Quarantined("other-subject"),
            "a second party of one document, without a number",
        ),
        Line::plain(of_one(1, &second.uscc), Fate::Recorded),
        Line::of(
            of_one(2, &third.uscc),
            Fate::Recorded,
            "a second party, with its number",
        ),
        Line::of(
            header,
            rejected("CF_JDRQ", "malformed"),
            "a header among the rows",
        ),
        Line::of(total, rejected("CF_WSH", "missing"), "a subtotal"),
        Line::of(blank, Fate::Silent, "a row of nothing"),
        Line::written("null", Fate::Rejected(None, "malformed"), "no row at all"),
    ]
}
