//! What the tax department delivers: penalties (双公示, the profile of 2018) and the
//! list of serious violations (重大税收违法失信主体).
//!
//! In come chance and society; out go deliveries in JSON. Always: every hazard that the
//! plugin's fixtures know is in one of the two. Absent: any other department.

use jiff::civil::{Date, date};

use crate::ProvinceError;
use crate::cast::{ALL_FOUR, EXPIRES, Member, REFUSED, decision};
use crate::chance::Chance;
use crate::codes;
use crate::delivery::{Delivery, Fate, Line, Place, places};
use crate::form;
use crate::hazard::{
    Change, CodeColumns, Hazard, codes as code_hazards, days, document_numbers, rejected,
    ten_thousands, texts,
};
use crate::organizations::{Organization, Society, of_member};
use crate::people::Person;
use crate::row::{Cell, Row};
use crate::write::json::{self, Envelope};

const PENALTIES: &str = "tax/penalties.json";
const VIOLATIONS: &str = "tax/violations.json";
/// Within which ordinary penalties were decided.
const FROM: Date = date(2024, 1, 2);
const UNTIL: Date = date(2026, 10, 30);
/// Conduct, facts and basis.
const CONDUCT: [(&str, &str, &str); 5] = [
    (
        "偷税",
        "在账簿上少列收入",
        "《中华人民共和国税收征收管理法》第六十三条第一款",
    ),
    (
        "未按规定期限办理纳税申报",
        "逾期未申报增值税",
        "《中华人民共和国税收征收管理法》第六十二条",
    ),
    (
        "编造虚假计税依据",
        "虚列成本费用",
        "《中华人民共和国税收征收管理法》第六十四条第一款",
    ),
    (
        "骗取出口退税",
        "以假报出口骗取退税款",
        "《中华人民共和国税收征收管理法》第六十六条第一款",
    ),
    (
        "虚开发票",
        "为他人开具与实际经营业务情况不符的发票",
        "《中华人民共和国发票管理办法》第三十五条",
    ),
];

/// The inspection bureau of a city, invented, with its code.
fn bureau(org: &Organization) -> (String, String) {
    let name = format!("虚构{}税务局稽查局", org.city.name);
    let last = &org.city.code[3..];
    let code = codes::uscc(&format!("11{}00", org.city.code), &format!("0099994{last}"));
    (name, code)
}

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
    let hazards = penalty_hazards(society, &first).len();
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, hazards, cast.len())) {
        let org = society.any(chance);
        lines.push(match place {
            Place::Plain => Line::plain(penalty(chance, org, number), Fate::Recorded),
            Place::Hazard(at) => {
                let hazard = &penalty_hazards(society, org)[at];
                Line::hazardous(penalty(chance, org, number), hazard)
            }
            Place::Cast(at) => {
                let (member, cited, on, fine) = cast[at];
                let row = cast_penalty(chance, &of_member(member), cited, on, fine);
                Line::plain(row, Fate::Recorded)
            }
        });
    }
    lines.extend(penalties_again(chance, &first, society.others(&first)));
    let envelope = Envelope {
        mark: false,
        profile: None,
    };
    Ok(Delivery {
        path: PENALTIES,
        plugin: "tax",
        feed: "penalties",
        bytes: json::write(&envelope, &lines).map_err(form(PENALTIES))?,
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

fn cast_penalty(chance: &mut Chance, org: &Organization, cited: &str, on: Date, fine: &str) -> Row {
    row(chance, org, CONDUCT[0], cited, on, fine)
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

/// The same day so many years later.
pub(crate) fn years_on(day: Date, years: i64) -> Date {
    day.checked_add(jiff::Span::new().years(years))
        .unwrap_or(day)
}

fn penalty_hazards(society: &Society, org: &Organization) -> Vec<Hazard> {
    let columns = CodeColumns {
        uscc: "CF_XDR_SHXYM",
        organization: Some("CF_XDR_ZZJG"),
        registration: Some("CF_XDR_GSZC"),
        narrower_for_persons: false,
    };
    let mut hazards = code_hazards(columns, org);
    // Else the register's number would still bind a row whose code says nothing.
    for hazard in &mut hazards {
        hazard
            .changes
            .insert(0, Change::Set("CF_XDR_GSZC", Cell::Nothing));
    }
    hazards.extend(days("CF_JDRQ"));
    hazards.extend(ten_thousands("CF_NR_FK"));
    hazards.extend(document_numbers("CF_WSH"));
    hazards.extend(texts("CF_SY"));
    hazards.extend(changed_organizations(society));
    hazards.extend(forms());
    hazards.extend(people());
    hazards
}

/// What only this form, or only this feed, has.
fn forms() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    vec![
        Hazard::set(
            "code as a number that has lost its digits",
            "CF_XDR_SHXYM",
            Cell::number("9.13e+17"),
            rejected("CF_XDR_SHXYM", "damaged-text"),
        ),
        Hazard::set("no basis", "CF_YJ", "无", rejected("CF_YJ", "missing")),
        Hazard::set(
            "no authority",
            "CF_CFJG",
            "",
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
                set("CF_FRDB", "空"),
                set("CF_NR_WFFF", "/"),
                set("CF_YXQ", "无处罚期限"),
                set("CF_GSJZQ", ""),
            ],
        ),
        Hazard::of(
            "sentinels for no day",
            Fate::Recorded,
            vec![set("CF_YXQ", "2099-12-31"), set("CF_GSJZQ", "1899-12-31")],
        ),
        Hazard::set(
            "four-byte characters",
            "CF_XDR_MC",
            "虚构𠮷㐂䶮㛃商行",
            Fate::Recorded,
        ),
        Hazard::set(
            "an object in a cell",
            "CF_SY",
            Cell::Markup("{\"文\": \"书\"}".to_owned()),
            rejected("CF_SY", "malformed"),
        ),
        Hazard::set(
            "a null character",
            "CF_SY",
            "甲\0乙",
            rejected("CF_SY", "malformed"),
        ),
        Hazard::of(
            "a name twice",
            rejected("CF_NR_FK", "ambiguous"),
            vec![Change::Add("CF_NR_FK", Cell::text("2"))],
        ),
        Hazard::of(
            "columns that nobody agreed on",
            Fate::Recorded,
            vec![
                Change::Add("CF_XZ", Cell::text("新字段")),
                Change::Add("CF_SF", Cell::Markup("true".to_owned())),
            ],
        ),
        Hazard::of(
            "columns of 2016 beside those of 2018",
            Fate::Recorded,
            vec![Change::Add("CF_AJMC", Cell::text("虚构案件"))],
        ),
        Hazard::of(
            "fifteen digits for a tax number",
            Fate::Recorded,
            vec![Change::Set("CF_XDR_SWDJ", Cell::number("350199990000017"))],
        ),
    ]
}

/// Rows about natural persons, and about people answerable.
fn people() -> Vec<Hazard> {
    let person = Person::nth(5_001);
    let natural = |paper: &str| {
        vec![
            Change::Set("CF_XDR_MC", Cell::text(&person.name)),
            Change::Set("CF_XDR_LB", Cell::text("自然人")),
            Change::Set("CF_XDR_SHXYM", Cell::Nothing),
            Change::Set("CF_XDR_GSZC", Cell::Nothing),
            Change::Set("CF_XDR_ZJLX", Cell::text("身份证")),
            Change::Set("CF_XDR_ZJHM", Cell::text(paper)),
            Change::Set("CF_FRDB", Cell::Nothing),
            Change::Set("CF_FR_ZJHM", Cell::Nothing),
        ]
    };
    vec![
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
fn penalties_again(
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

/// Rows of the feed `violations`.
pub(crate) fn violations(
    chance: &mut Chance,
    society: &Society,
    rows: u32,
) -> Result<Delivery, ProvinceError> {
    let hazards = violation_hazards().len();
    let mut lines = Vec::new();
    for (number, place) in (1..).zip(places(chance, rows, hazards, 0)) {
        let org = society.any(chance);
        lines.push(match place {
            Place::Hazard(at) => {
                Line::hazardous(violation(chance, org, number), &violation_hazards()[at])
            }
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
        path: VIOLATIONS,
        plugin: "tax",
        feed: "violations",
        bytes: json::write(&envelope, &lines).map_err(form(VIOLATIONS))?,
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

fn violation_hazards() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    let off = |way: &str| {
        vec![
            set("状态", "移出"),
            set("移出方式", way),
            set("移出日期", "2026-11-02"),
        ]
    };
    let by = |way: &str| {
        let mut changes = off(way);
        changes.push(set("移出决定机关", "虚构省税务局"));
        changes.push(set("移出决定文号", "例省税移〔2026〕1号"));
        changes.push(set("移出决定日期", "2026-11-01"));
        changes
    };
    let ended = Fate::RecordedAndEnded;
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
        Hazard::of("removed: term over", ended, off("公布期满")),
        Hazard::of("removed: paid", ended, off("缴清")),
        Hazard::of("removed: wrong from the start", ended, off("列入有误")),
        Hazard::of("removed: repaired", ended, by("信用修复")),
        Hazard::of("removed: decision set aside", ended, by("撤销")),
        Hazard::of(
            "a person, of whom this is not collected",
            Fate::Rejected(Some("item"), "subject-kind"),
            vec![
                set("主体名称", &Person::nth(5_002).name),
                Change::Set("统一社会信用代码", Cell::Nothing),
                set("身份证件号码", &Person::nth(5_002).number),
            ],
        ),
    ]
}
