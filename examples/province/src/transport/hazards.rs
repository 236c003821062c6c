//! What is wrong with rows of the overload table.
//!
//! In comes an organization; out go hazards. Always: each changes one thing. Absent:
//! rows that are broken as a whole, which stand at the end of the table.

use super::FINE;
use crate::delivery::Fate;
use crate::hazard::{Change, CodeColumns, Hazard, codes, days, document_numbers, rejected, texts};
use crate::organizations::Organization;
use crate::row::Cell;
use crate::write::table::LOST;

/// All of them.
pub(super) fn hazards(org: &Organization) -> Vec<Hazard> {
    let columns = CodeColumns {
        uscc: "统一社会信用代码",
        organization: Some("组织机构代码"),
        registration: Some("注册号"),
        narrower_for_persons: true,
    };
    let mut hazards = codes(columns, org);
    hazards.extend(days("决定日期"));
    hazards.extend(document_numbers("文书号"));
    hazards.extend(texts("违法事实"));
    hazards.extend(amounts());
    hazards.extend(states());
    hazards.extend(cells());
    hazards.extend(readable());
    hazards
}

/// Amounts in columns of 元 and of 万元.
fn amounts() -> Vec<Hazard> {
    let yuan = |why, text: &str, fate| Hazard::set(why, FINE, text, fate);
    let read = Fate::Recorded;
    let other = |text: &str| {
        vec![
            Change::Set(FINE, Cell::Nothing),
            Change::Set("罚款金额（万元）", Cell::text(text)),
        ]
    };
    vec![
        yuan("amount with comma and unit", "1,000.50元", read),
        yuan("amount in full width", "３，０００", read),
        yuan("amount in words", "罚款五千元整", read),
        yuan(
            "amount in another unit",
            "0.5万元",
            rejected(FINE, "ambiguous"),
        ),
        yuan("comma for a point", "5,00", rejected(FINE, "ambiguous")),
        yuan(
            "amount as a float",
            "5.0E+03",
            rejected(FINE, "damaged-text"),
        ),
        Hazard::of("amount in ten thousands", read, other("1,000(万元人民币)")),
        Hazard::of("amount that floats round", read, other("0.29")),
        Hazard::set(
            "amount in both units",
            "罚款金额（万元）",
            "0.5",
            rejected(FINE, "ambiguous"),
        ),
        Hazard::set(
            "yuan in a column of ten thousands",
            "没收金额（万元）",
            "5000元",
            rejected("没收金额（万元）", "ambiguous"),
        ),
    ]
}

/// How a document no longer stands.
fn states() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    let state = |why, word: &str, day: &str, fate| {
        let changes = vec![
            set("状态", word),
            set("变更文号", "例交执变〔2026〕1号"),
            Change::Set("变更日期", day.into()),
        ];
        Hazard::of(why, fate, changes)
    };
    let (day, ended) = ("2026-11-02", Fate::RecordedAndEnded);
    vec![
        state("ended: paid", "履行完毕", day, ended),
        state("ended: repaired", "信用修复", day, ended),
        state("ended: wrong from the start", "更正", day, ended),
        state("ended: set aside", "撤销", day, ended),
        state(
            "ended without a day",
            "撤销",
            "",
            rejected("变更日期", "missing"),
        ),
        state(
            "a state that is none",
            "作废",
            day,
            rejected("状态", "unknown-code"),
        ),
        state(
            "in force, and changed",
            "有效",
            day,
            rejected("状态", "ambiguous"),
        ),
    ]
}

/// What else stands in cells of this feed.
fn cells() -> Vec<Hazard> {
    let one =
        |why, column, text: &str, rule| Hazard::set(why, column, text, rejected(column, rule));
    let set = |column, text: &str| Change::Set(column, Cell::text(text));
    let lost = format!("虚构{LOST}货运公司");
    vec![
        one(
            "number as a spreadsheet's float",
            "文书号",
            "9.13E+17",
            "damaged-text",
        ),
        one("no basis", "依据", "暂无", "missing"),
        one("no authority", "决定机关", "", "missing"),
        one("no kind", "信息类别", "", "missing"),
        one("a kind that is none", "信息类别", "通报", "unknown-code"),
        one("a byte lost on the way", "当事人", &lost, "damaged-text"),
        one(
            "a character lost before",
            "当事人",
            "虚构\u{fffd}货运公司",
            "damaged-text",
        ),
        Hazard::of(
            "count in words",
            rejected("违法超限次数", "malformed"),
            vec![set("信息类别", "认定"), set("违法超限次数", "四次")],
        ),
        Hazard::of(
            "a paper that is no resident number",
            rejected("身份证件号码", "malformed"),
            vec![
                set("当事人", "某人"),
                Change::Remove("统一社会信用代码"),
                set("身份证件号码", "E12345678"),
            ],
        ),
    ]
}

/// What is read for all that.
fn readable() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, text.into());
    let read = |why, changes| Hazard::of(why, Fate::Recorded, changes);
    vec![
        read(
            "code for nobody",
            vec![set("决定机关代码", "00000000000000000X")],
        ),
        read(
            "four-byte characters",
            vec![set("当事人", "虚构𠮷㐂䶮㛃货运公司")],
        ),
        read(
            "number in square brackets",
            vec![set("文书号", " 例交执罚[2025] 20003 号")],
        ),
        read(
            "words for nothing",
            vec![
                set("组织机构代码", "暂无"),
                set("注册号", "无"),
                set("有效期至", "无处罚期限"),
                set("没收金额（万元）", "/"),
            ],
        ),
        read(
            "sentinels for no day",
            vec![
                set("有效期至", "2099-12-31"),
                set("公示截止期", "1899-12-31"),
            ],
        ),
        read(
            "count in full width",
            vec![set("信息类别", "认定"), set("违法超限次数", "４")],
        ),
    ]
}
