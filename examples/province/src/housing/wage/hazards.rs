//! What is wrong with rows of the list of wage defaulters.
//!
//! In comes an organization; out go hazards. Always: each changes one thing. Absent:
//! what is wrong with the sheet as a whole.

use jiff::civil::date;

use super::OWED;
use super::sheet::HIDDEN;
use crate::delivery::Fate;
use crate::hazard::{
    Change, CodeColumns, Hazard, codes, days, document_numbers, rejected, ten_thousands,
};
use crate::organizations::Organization;
use crate::people::Person;
use crate::row::Cell;

/// All of them.
pub(super) fn hazards(org: &Organization) -> Vec<Hazard> {
    let columns = CodeColumns {
        uscc: "统一社会信用代码",
        organization: None,
        registration: Some("工商注册号"),
        narrower_for_persons: false,
    };
    let mut hazards = codes(columns, org);
    hazards.extend(days("列入日期"));
    hazards.extend(ten_thousands(OWED));
    hazards.extend(document_numbers("名单编号"));
    hazards.extend(cells());
    hazards.extend(removals());
    hazards.extend(bad_removals());
    hazards.extend(people());
    hazards
}

/// What stands in cells of this list alone.
fn cells() -> Vec<Hazard> {
    let one =
        |why, column, cell: Cell, rule| Hazard::set(why, column, cell, rejected(column, rule));
    let read = |why, column, cell: Cell| Hazard::set(why, column, cell, Fate::Recorded);
    vec![
        one(
            "code as a number: its last digits are lost",
            "统一社会信用代码",
            Cell::number("913501990000000000"),
            "damaged-text",
        ),
        one(
            "a failed formula in the code",
            "统一社会信用代码",
            Cell::Failed("#REF!"),
            "damaged-text",
        ),
        one(
            "a failed formula",
            "工程名称",
            Cell::Failed("#N/A"),
            "damaged-text",
        ),
        one(
            "characters lost on the way",
            "工程名称",
            "虚构\u{fffd}花园".into(),
            "damaged-text",
        ),
        one("no decision", "列入决定文书号", "--".into(), "missing"),
        one("no basis", "列入依据", "无".into(), "missing"),
        one("an end in words", "有效期至", "长期".into(), "malformed"),
        one("half a day", "列入日期", "2025年3月".into(), "malformed"),
        one(
            "a serial with a time, without a style",
            "列入日期",
            Cell::number("45728.5"),
            "malformed",
        ),
        read("a serial without a style", "列入日期", Cell::number(45_728)),
        read("a day as a number", "列入日期", Cell::number(20_250_312)),
        read(
            "the end a sentinel",
            "有效期至",
            Cell::Day(date(2099, 12, 31)),
        ),
        read("the end 暂无", "有效期至", "暂无".into()),
        read(
            "code of the authority is a filler",
            "列入决定机关代码",
            "00000000000000000X".into(),
        ),
        read("people in words", "涉及人数", "二十余人".into()),
        read("people in full width", "涉及人数", "２３".into()),
        read("space around a cell", "列入事由", " 拖欠工资　".into()),
        read(
            "line breaks, commas and quotes",
            "工程名称",
            "“虚构花园”一期,\"A\"标段\n（续）".into(),
        ),
        read("a hidden column says something", HIDDEN, "同意".into()),
        read(
            "when it was changed last",
            "更新时间",
            "2026-11-06 17:08:09".into(),
        ),
    ]
}

/// A removal, in the words of its three cells.
fn off(why: &'static str, day: &str, words: &str, number: &str, fate: Fate) -> Hazard {
    let changes = vec![
        Change::Set("移出日期", day.into()),
        Change::Set("移出原因", words.into()),
        Change::Set("移出决定文书号", number.into()),
    ];
    Hazard::of(why, fate, changes)
}

/// How an entry came off the list.
fn removals() -> Vec<Hazard> {
    let ended = |why, words, number| off(why, "2026-11-05", words, number, Fate::RecordedAndEnded);
    let (repair, revocation) = ("例人社移〔2026〕7号", "例人社移〔2026〕8号");
    vec![
        ended("removed: term over", "期满", ""),
        ended("removed: wrong from the start", "列入有误，更正", ""),
        ended("removed: repaired", "信用修复，提前移出", repair),
        ended("removed: decision set aside", "列入决定被撤销", revocation),
        off("removal of nothing", "/", "无", "", Fate::Recorded),
    ]
}

/// And how it is said badly.
fn bad_removals() -> Vec<Hazard> {
    let reason = |why, words, rule| off(why, "2026-11-05", words, "", rejected("移出原因", rule));
    let day = |why, day, rule| off(why, day, "期满", "", rejected("移出日期", rule));
    vec![
        reason("removed for two reasons", "修复后撤销", "ambiguous"),
        reason("removed for none that is one", "已支付", "unknown-code"),
        reason("removed without a reason", "", "missing"),
        day("removed without a day", "", "missing"),
        day(
            "removed before it was entered",
            "2023-03-12",
            "out-of-range",
        ),
    ]
}

/// People answerable, in rows of their own and beside organizations.
fn people() -> Vec<Hazard> {
    let person = Person::nth(200_401);
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    vec![
        Hazard::of(
            "a person, in a row of its own",
            Fate::Recorded,
            vec![
                set("名称", &person.name),
                Change::Remove("统一社会信用代码"),
                set("身份证号", &person.number),
            ],
        ),
        Hazard::of(
            "a person and an organization in one row",
            rejected("身份证号", "ambiguous"),
            vec![set("身份证号", &person.number)],
        ),
        Hazard::of(
            "a person's number as a number: its last digits are lost",
            rejected("身份证号", "damaged-text"),
            vec![
                Change::Remove("统一社会信用代码"),
                Change::Set("身份证号", Cell::number("350000190000000000")),
            ],
        ),
        Hazard::of(
            "the representative's number masked",
            Fate::Recorded,
            vec![set("法定代表人身份证号", "3500**********0026")],
        ),
    ]
}
