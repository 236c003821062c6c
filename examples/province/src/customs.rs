//! What the customs deliver: penalties (双公示) in the profile of 2018, an archive in
//! that of 2016, and the levels of enterprises (海关总署令第282号).
//!
//! In come chance and society; out go deliveries in XML. Always: the hazards of real
//! feeds that XML can have are among the rows; the archive breaks off in its last row.
//! Absent: any other department.

use jiff::civil::{Date, date};

use crate::ProvinceError;
use crate::calendar::{FROM, UNTIL, years_on};
use crate::cast::{ALL_FOUR, Member, OBJECTS, decision};
use crate::chance::Chance;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::hazard::{Hazard, rejected};
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::places;
use crate::profile;
use crate::row::{Cell, Row};
use crate::write::xml::{self, Messages};

mod levels;
mod markup;
mod old;

pub(crate) use levels::levels;
pub(crate) use old::archive;

/// Conduct and facts; the basis is one for all.
const CONDUCT: [(&str, &str); 4] = [
    ("走私", "伪报品名，偷逃应纳税款"),
    ("申报不实", "数量申报不实，影响国家税款征收"),
    ("违反海关监管规定", "未经许可擅自处置保税货物"),
    ("违反海关监管规定", "未按规定办理核销手续"),
];
const BASIS: &str = "《中华人民共和国海关法》第八十六条";
const SMUGGLING: &str = "《中华人民共和国海关法》第八十二条";

/// The customs of a city, invented, with its code.
fn office(org: &Organization) -> (String, String) {
    (
        format!("虚构{}海关", org.city.name),
        org.city.authority('6'),
    )
}

/// Rows of the feed `penalties`.
pub(crate) fn penalties(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let cast: [(&Member, &str, Date, &str); 2] = [
        (
            &ALL_FOUR,
            decision::ALL_FOUR_CUSTOMS,
            date(2026, 5, 12),
            "135.2",
        ),
        (
            &OBJECTS,
            decision::OBJECTS_CUSTOMS,
            date(2026, 4, 21),
            "28.4",
        ),
    ];
    let first = society.any(chance).clone();
    let faults = hazards(&first).len();
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, faults, cast.len())) {
        let org = society.one_in(chance, places::Line::Trading);
        lines.push(match place {
            Place::Plain => Line::plain(penalty(chance, org, number), Fate::Recorded),
            Place::Hazard(at) => Line::hazardous(penalty(chance, org, number), &hazards(org)[at]),
            Place::Cast(at) => {
                let (member, cited, on, fine) = cast[at];
                let org = &of_member(member);
                Line::plain(
                    row(org, CONDUCT[0], SMUGGLING, cited, on, fine),
                    Fate::Recorded,
                )
            }
        });
    }
    lines.extend(again(chance, &first, society.others(&first)));
    let messages = Messages {
        mark: false,
        profile: "2018",
        rows: 100,
        cut_off: false,
    };
    Ok(Delivery {
        path: "customs/penalties.xml",
        plugin: "customs",
        feed: "penalties",
        bytes: xml::write(&messages, &lines),
        lines,
    })
}

fn penalty(chance: &mut Chance, org: &Organization, number: u32) -> Row {
    let on = chance.day(FROM, UNTIL);
    let cited = format!("例{}关缉违字〔{}〕{number:04}号", org.city.short, on.year());
    let conduct = *chance.pick(&CONDUCT);
    let fine = format!("{}.{}", chance.between(0, 90), chance.between(1, 9));
    row(org, conduct, BASIS, &cited, on, &fine)
}

fn row(
    org: &Organization,
    (conduct, facts): (&str, &str),
    basis: &str,
    cited: &str,
    on: Date,
    fine: &str,
) -> Row {
    let (office, code) = office(org);
    Row::of([
        ("CF_XDR_MC", Cell::text(&org.name)),
        ("CF_XDR_LB", Cell::text("法人及非法人组织")),
        ("CF_XDR_SHXYM", Cell::text(&org.uscc)),
        ("CF_FRDB", Cell::text(&org.representative.name)),
        ("CF_FR_ZJLX", Cell::text("身份证")),
        ("CF_FR_ZJHM", Cell::text(&org.representative.number)),
        ("CF_WSH", Cell::text(cited)),
        ("CF_WFXW", Cell::text(conduct)),
        ("CF_SY", Cell::text(facts)),
        ("CF_YJ", Cell::text(basis)),
        ("CF_CFLB", Cell::text("罚款")),
        ("CF_NR", Cell::text("科处罚款")),
        ("CF_NR_FK", Cell::text(fine)),
        ("CF_JDRQ", Cell::Day(on)),
        ("CF_YXQ", Cell::text("2099-12-31")),
        ("CF_GSJZQ", Cell::Day(years_on(on, 3))),
        ("CF_CFJG", Cell::text(office)),
        ("CF_CFJGDM", Cell::text(code)),
        ("CF_SJLY", Cell::text("虚构省信用平台")),
        ("CF_SJLYDM", Cell::text("113500000099990171")),
        ("GXSJ", Cell::text(format!("{on} 18:00:00"))),
    ])
}

fn hazards(org: &Organization) -> Vec<Hazard> {
    let mut hazards = profile::hazards(org, &Person::nth(200_101), true);
    hazards.push(Hazard::set(
        "number without the short name of its office",
        "CF_WSH",
        "〔2025〕28号",
        rejected("CF_WSH", "ambiguous"),
    ));
    hazards.push(Hazard::set(
        "both profiles, two authorities",
        "CF_XZJG",
        "虚构另一海关",
        rejected("CF_XZJG", "ambiguous"),
    ));
    hazards.extend(markup::hazards());
    hazards
}

/// Rows that come again, at the end of the delivery.
fn again(
    chance: &mut Chance,
    org: &Organization,
    [second, third]: [&Organization; 2],
) -> Vec<Line> {
    let row = penalty(chance, org, 20_001);
    let mut corrected = row.clone();
    corrected.set("CF_NR_FK", Cell::text("7.5"));
    corrected.set("GXSJ", Cell::text("2026-11-10 09:30:00"));
    let mut second_party = row.clone();
    second_party.set("CF_XDR_SHXYM", Cell::text(&second.uscc));
    second_party.set("GXSJ", Cell::text("2026-11-11 09:30:00"));
    let of_one = |party: &str, code: &str| {
        let mut row = row.clone();
        row.set("CF_WSH", Cell::text("例省关缉违字〔2026〕20002号"));
        row.set("CF_XDR_SHXYM", Cell::text(code));
        row.add("CF_XDR_XH", Cell::text(party));
        row
    };
    let header = Row::of(
        row.cells()
            .iter()
            .map(|(name, _)| (*name, Cell::text("表头"))),
    );
    let total = Row::of([
        ("CF_XDR_MC", Cell::text("合计")),
        ("CF_NR_FK", Cell::text("4321")),
    ]);
    vec![
        Line::plain(row.clone(), Fate::Recorded),
        Line::of(row.clone(), Fate::Duplicate, "the same row again"),
        Line::of(corrected, Fate::Revised, "a correction"),
        Line::of(
            second_party,
            Fate::Quarantined("other-subject"),
            "a second party of one document, without a number",
        ),
        Line::plain(of_one("1", &second.uscc), Fate::Recorded),
        Line::of(
            of_one("２", &third.uscc),
            Fate::Recorded,
            "a second party, with its number",
        ),
        Line::of(
            header,
            rejected("CF_JDRQ", "malformed"),
            "a header among the rows",
        ),
        Line::of(total, rejected("CF_WSH", "missing"), "a subtotal"),
        Line::written("<fields/>", Fate::Silent, "a row of nothing"),
    ]
}
