//! What the customs deliver: penalties (双公示) in the profile of 2018, an archive in
//! that of 2016, and the levels of enterprises (海关总署令第282号).
//!
//! In come chance and society; out go deliveries in XML. Always: every hazard that the
//! plugin's fixtures know is in one of the three; the archive breaks off in its last
//! row. Absent: any other department.

use jiff::civil::{Date, date};

use crate::ProvinceError;
use crate::cast::{ALL_FOUR, Member, OBJECTS, decision};
use crate::chance::Chance;
use crate::codes;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::hazard::{
    Change, CodeColumns, Hazard, codes as code_hazards, days, document_numbers, rejected,
    ten_thousands, texts,
};
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::places;
use crate::row::{Cell, Row};
use crate::tax::years_on;
use crate::write::xml::{self, Messages};

mod levels;
mod old;

pub(crate) use levels::levels;
pub(crate) use old::archive;

const FROM: Date = date(2024, 1, 2);
const UNTIL: Date = date(2026, 10, 30);
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
    let last = &org.city.code[3..];
    let code = codes::uscc(&format!("11{}00", org.city.code), &format!("0099996{last}"));
    (format!("虚构{}海关", org.city.name), code)
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
    let hazards = hazards(&first).len();
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, hazards, cast.len())) {
        let org = society.one_in(chance, places::Line::Trading);
        lines.push(match place {
            Place::Plain => Line::plain(penalty(chance, org, number), Fate::Recorded),
            Place::Hazard(at) => {
                Line::hazardous(penalty(chance, org, number), &self::hazards(org)[at])
            }
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
    let columns = CodeColumns {
        uscc: "CF_XDR_SHXYM",
        organization: Some("CF_XDR_ZZJG"),
        registration: Some("CF_XDR_GSZC"),
        narrower_for_persons: true,
    };
    let mut hazards = code_hazards(columns, org);
    hazards.extend(days("CF_JDRQ"));
    hazards.extend(ten_thousands("CF_NR_FK"));
    hazards.extend(document_numbers("CF_WSH"));
    hazards.extend(texts("CF_SY"));
    hazards.extend(cells());
    hazards.extend(markup());
    hazards
}

/// What stands in cells of this feed alone.
fn cells() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    let person = Person::nth(5_101);
    let natural = |paper: &str| {
        vec![
            set("CF_XDR_MC", &person.name),
            set("CF_XDR_LB", "自然人"),
            Change::Set("CF_XDR_SHXYM", Cell::Nothing),
            set("CF_XDR_ZJLX", "身份证"),
            set("CF_XDR_ZJHM", paper),
        ]
    };
    vec![
        Hazard::set(
            "number without the short name of its office",
            "CF_WSH",
            "〔2025〕28号",
            rejected("CF_WSH", "ambiguous"),
        ),
        Hazard::set("no basis", "CF_YJ", "/", rejected("CF_YJ", "missing")),
        Hazard::set(
            "no authority",
            "CF_CFJG",
            "暂无",
            rejected("CF_CFJG", "missing"),
        ),
        Hazard::set(
            "code for nobody",
            "CF_CFJGDM",
            "00000000000000000X",
            Fate::Recorded,
        ),
        Hazard::of(
            "words for nothing",
            Fate::Recorded,
            vec![
                set("CF_XDR_ZZJG", "暂无"),
                set("CF_YXQ", "无处罚期限"),
                set("CF_NR_WFFF", "无"),
                set("CF_NR_ZKDX", "/"),
            ],
        ),
        Hazard::set(
            "sentinel for no day",
            "CF_GSJZQ",
            "1899-12-31",
            Fate::Recorded,
        ),
        Hazard::set(
            "four-byte characters",
            "CF_XDR_MC",
            "虚构𠮷𫖯商行",
            Fate::Recorded,
        ),
        Hazard::of("a natural person", Fate::Recorded, natural(&person.number)),
        Hazard::of(
            "a paper that is no resident number",
            rejected("CF_XDR_ZJHM", "malformed"),
            natural("E12345678"),
        ),
        Hazard::set(
            "the representative's number masked",
            "CF_FR_ZJHM",
            "3500**********0026",
            Fate::Recorded,
        ),
        Hazard::of(
            "both profiles, two authorities",
            rejected("CF_XZJG", "ambiguous"),
            vec![set("CF_XZJG", "虚构另一海关")],
        ),
        Hazard::of(
            "columns that nobody agreed on",
            Fate::Recorded,
            vec![Change::Add("CF_XZ", Cell::text("新字段"))],
        ),
    ]
}

/// What only XML has.
fn markup() -> Vec<Hazard> {
    let raw = |why, column, text: &str, fate| {
        Hazard::set(why, column, Cell::Markup(text.to_owned()), fate)
    };
    let rewrite = |why, from, to, fate| Hazard::of(why, fate, vec![Change::Rewrite(from, to)]);
    let broken = Fate::Rejected(None, "malformed");
    let read = Fate::Recorded;
    vec![
        raw(
            "entities",
            "CF_SY",
            "重量&lt;5吨&gt;&quot;&amp;&apos; &#x798F;",
            read,
        ),
        raw("CDATA", "CF_SY", "<![CDATA[报关单 <第1行> & 附件]]>", read),
        raw(
            "comments and instructions",
            "CF_SY",
            "伪报<!-- 品名 -->品名<?no?>",
            read,
        ),
        rewrite(
            "prefix of a namespace",
            "<CF_NR>科处罚款</CF_NR>",
            "<c:CF_NR xmlns:c=\"urn:c\">科处罚款</c:CF_NR>",
            read,
        ),
        rewrite(
            "an element that is nil",
            "<CF_CFLB>罚款</CF_CFLB>",
            "<CF_CFLB xsi:nil=\"true\"/>",
            read,
        ),
        rewrite(
            "nil and not empty",
            "<CF_CFLB>",
            "<CF_CFLB xsi:nil=\"true\">",
            rejected("CF_CFLB", "malformed"),
        ),
        rewrite(
            "an attribute on a field",
            "<CF_NR_FK>",
            "<CF_NR_FK unit=\"元\">",
            rejected("CF_NR_FK", "malformed"),
        ),
        rewrite(
            "an attribute on the row",
            "<fields>",
            "<fields op=\"D\">",
            broken,
        ),
        raw("a bare ampersand", "CF_SY", "甲&乙", broken),
        raw("a bare less-than", "CF_SY", "重量<5吨", broken),
        raw(
            "an entity that XML does not have",
            "CF_SY",
            "伪报&nbsp;品名",
            broken,
        ),
        raw("a field in a field", "CF_SY", "<P>伪报品名</P>", broken),
        rewrite(
            "words between the fields",
            "<CF_CFLB>",
            "字<CF_CFLB>",
            broken,
        ),
        rewrite("tags that do not match", "</CF_WFXW>", "</CF_NR>", broken),
        rewrite(
            "a name twice",
            "<CF_CFLB>",
            "<CF_NR_FK>9</CF_NR_FK><CF_CFLB>",
            rejected("CF_NR_FK", "ambiguous"),
        ),
    ]
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
