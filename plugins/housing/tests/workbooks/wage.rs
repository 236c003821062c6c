//! The list of wage defaulters: every hazard of a sheet, a row each.
//!
//! Out come sheets. Always: the remark (备注) of a row says what is wrong with it, so
//! that the expected lines can be read without the sheet; persons and numbers are
//! invented. Absent: what a reader makes of it.

use crate::sheet::{
    Cell::{self, Blank, Day, Failed, Moment, Number, Person},
    Sheet, uscc,
};

/// Group over column, as the header of two rows has them; the same group is merged,
/// and "" stands where a group has one column alone.
const COLUMNS: [(&str, &str); 25] = [
    ("序号", ""),
    ("名单编号", ""),
    ("列入对象", "名称"),
    ("列入对象", "统一社会信用代码"),
    ("列入对象", "工商注册号"),
    ("列入对象", "身份证号"),
    ("法定代表人", "姓名"),
    ("法定代表人", "身份证号"),
    ("列入", "决定机关"),
    ("列入", "决定机关代码"),
    ("列入", "决定文书号"),
    ("列入", "日期"),
    ("列入", "期限"),
    ("列入", "事由"),
    ("列入", "依据"),
    ("有效期至", ""),
    ("工程名称", ""),
    ("涉及人数", ""),
    ("拖欠工资金额\n（万元）", ""),
    ("移出", "日期"),
    ("移出", "原因"),
    ("移出", "决定文书号"),
    ("更新时间", ""),
    ("审批意见", ""),
    ("备注", ""),
];
/// Hidden in the sheet, and in its text all the same.
const HIDDEN: &str = "审批意见";
const TOKEN: &str = "Z0000000000000001A";
const OTHER_TOKEN: &str = "Z0000000000000002B";
const NUMBER: &str = "350000190001030018";
const OTHER_NUMBER: &str = "350000190001030026";

/// Where a column stands: `列入日期`, `移出日期`.
fn place(name: &str) -> usize {
    let is = |(group, column): &(&str, &str)| {
        format!("{group}{column}") == name || (*group == name && column.is_empty())
    };
    COLUMNS
        .iter()
        .position(is)
        .unwrap_or_else(|| panic!("no column {name}"))
}

/// Rows of entries, numbered as they come.
struct Entries {
    sheet: Sheet,
    next: u32,
}

impl Entries {
    /// An entry with nothing wrong, but for these cells.
    fn entry(&mut self, remark: &str, other: &[(&str, Cell)]) {
        let n = self.next;
        self.next += 1;
        let mut cells = vec![Blank; COLUMNS.len()];
        let usual = [
            ("序号", Number(f64::from(n))),
            ("名单编号", format!("GC-2025-{n:03}").into()),
            ("列入对象名称", format!("例建设工程第{n}有限公司").into()),
            ("列入对象统一社会信用代码", uscc(n).into()),
            ("列入决定机关", "例市人力资源和社会保障局".into()),
            ("列入决定机关代码", "113501000000000004".into()),
            ("列入决定文书号", format!("例人社列〔2025〕{n}号").into()),
            ("列入日期", Day("2025-03-12")),
            ("列入期限", "三年".into()),
            ("列入事由", "拖欠工资，经责令限期支付逾期未支付".into()),
            ("列入依据", "《保障农民工工资支付条例》第四十八条".into()),
            ("有效期至", Day("2028-03-11")),
            ("备注", remark.into()),
        ];
        for (name, cell) in usual.iter().chain(other) {
            cells[place(name)] = cell.clone();
        }
        self.sheet.row(cells);
    }

    fn header(&mut self) {
        self.sheet.row(group_row());
        let mut first = 0;
        while first < COLUMNS.len() {
            let group = COLUMNS[first].0;
            let last = COLUMNS
                .iter()
                .rposition(|column| column.0 == group)
                .unwrap();
            if last > first {
                self.sheet.merge(0, first, last);
            }
            first = last + 1;
        }
        self.sheet.row(COLUMNS.map(|(_, column)| match column {
            "" => Blank,
            column => column.into(),
        }));
        for (at, (_, column)) in COLUMNS.iter().enumerate() {
            if column.is_empty() {
                self.sheet.merge(1, at, at);
            }
        }
    }
}

/// A group's words stand in the first of its cells alone: that is what merging does.
fn group_row() -> Vec<Cell> {
    (0..COLUMNS.len())
        .map(|at| match at.checked_sub(1) {
            Some(before) if COLUMNS[before].0 == COLUMNS[at].0 => Blank,
            _ => COLUMNS[at].0.into(),
        })
        .collect()
}

pub(crate) fn hazards() -> Sheet {
    let mut list = Entries {
        sheet: Sheet::new(COLUMNS.len()),
        next: 1,
    };
    list.sheet
        .title("例省住房和城乡建设领域拖欠农民工工资失信联合惩戒对象名单");
    list.sheet.title("填报单位：例省住房和城乡建设厅");
    list.header();
    identifiers(&mut list);
    days(&mut list);
    list.sheet.row([]);
    list.header();
    amounts(&mut list);
    list.sheet.row(["小计".into()]);
    removals(&mut list);
    text(&mut list);
    persons(&mut list);
    list.sheet.row([]);
    list.sheet.row([Blank, "合　计".into()]);
    list.sheet.row(["填表人：某甲　审核人：某乙".into()]);
    list.sheet.hide(place(HIDDEN));
    list.sheet
}

fn identifiers(list: &mut Entries) {
    list.entry("nothing wrong", &[]);
    let lower = uscc(list.next).to_lowercase();
    list.entry(
        "lower-case USCC",
        &[("列入对象统一社会信用代码", lower.into())],
    );
    let wide: String = uscc(list.next)
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
        .collect();
    list.entry(
        "full-width USCC",
        &[("列入对象统一社会信用代码", wide.into())],
    );
    list.entry(
        "registration number as a number",
        &[
            ("列入对象统一社会信用代码", "/".into()),
            ("列入对象工商注册号", Number(330_200_400_070_010.0)),
        ],
    );
    list.entry(
        "14-digit registration number as text",
        &[
            ("列入对象统一社会信用代码", "无".into()),
            ("列入对象工商注册号", "35010040009902".into()),
        ],
    );
    list.entry(
        "USCC as a number: its last digits are lost",
        &[("列入对象统一社会信用代码", Number(9.135_010_075_739_12e17))],
    );
    list.entry(
        "USCC as the sheet showed it",
        &[("列入对象统一社会信用代码", "9.13E+17".into())],
    );
    list.entry(
        "registration number as the sheet showed it",
        &[
            ("列入对象统一社会信用代码", Blank),
            ("列入对象工商注册号", "3.3E+14".into()),
        ],
    );
    list.entry(
        "no number at all",
        &[("列入对象统一社会信用代码", "暂无".into())],
    );
    list.entry(
        "code of the authority is a filler",
        &[("列入决定机关代码", "00000000000000000X".into())],
    );
    list.entry("authority in a cell merged with the next row's", &[]);
    list.entry(
        "authority in a cell merged with that of the row before",
        &[("列入决定机关", Blank), ("列入决定机关代码", Blank)],
    );
    let authority = place("列入决定机关");
    list.sheet.merge(1, authority, authority);
    list.entry("no number of the entry", &[("名单编号", Blank)]);
    list.entry(
        "number of the entry typed in another way",
        &[("名单编号", "ＧＣ-2025-　０１４".into())],
    );
    list.entry("no decision", &[("列入决定文书号", "--".into())]);
}

fn days(list: &mut Entries) {
    let mut day = |remark: &str, cell: Cell| list.entry(remark, &[("列入日期", cell)]);
    day("serial without a style", Number(45_728.0));
    day("serial with a time, without a style", Number(45_728.5));
    day("moment by its style", Moment("2025-03-12 08:30:00"));
    day("serial stored as text", "45728".into());
    day("text 2025-3-12", "2025-3-12".into());
    day("text 2025/3/12", "2025/3/12".into());
    day("text 2025.3.12", "2025.3.12".into());
    day("text 2025年3月12日", "2025年3月12日".into());
    day("text ２０２５年３月１２日", "２０２５年３月１２日".into());
    day("text 20250312", "20250312".into());
    day("number 20250312", Number(20_250_312.0));
    day("text 2025-3-12 0:00:00", "2025-3-12 0:00:00".into());
    day("text 12/03/2025", "12/03/2025".into());
    day("text 2025-02-30", "2025-02-30".into());
    day("text 2025年3月", "2025年3月".into());
    day("sentinel where a day must be", Day("1900-01-01"));
    let mut until = |remark: &str, cell: Cell| list.entry(remark, &[("有效期至", cell)]);
    until("end 2099-12-31 by its style", Day("2099-12-31"));
    until("end 1899-12-31 as text", "1899-12-31".into());
    until("end in words", "长期".into());
    until("end 暂无", "暂无".into());
}

fn amounts(list: &mut Entries) {
    let mut amount =
        |remark: &str, cell: Cell| list.entry(remark, &[("拖欠工资金额\n（万元）", cell)]);
    amount("amount as a number", Number(12.5));
    amount("amount 0.29", Number(0.29));
    amount("amount as text", "1,234.56".into());
    amount("amount with its unit", "１，０００（万元人民币）".into());
    amount("amount in another unit", "50000元".into());
    amount("amount with a comma for a point", "12,5".into());
    amount("amount as a float", "1.2E+3".into());
    amount("amount in words", "约十二万元".into());
    list.entry("a number of people", &[("涉及人数", Number(23.0))]);
    list.entry("people in words", &[("涉及人数", "二十余人".into())]);
    list.entry("people in full width", &[("涉及人数", "２３".into())]);
}

fn removals(list: &mut Entries) {
    let mut removal = |remark: &str, on: Cell, why: Cell| {
        list.entry(remark, &[("移出日期", on), ("移出原因", why)]);
    };
    removal("removed: term over", Day("2026-03-12"), "期满".into());
    removal(
        "removed: wrong from the start",
        "2025年4月1日".into(),
        "列入有误，更正".into(),
    );
    removal("removal of nothing", "/".into(), "无".into());
    removal(
        "removed for two reasons",
        Day("2026-03-12"),
        "修复后撤销".into(),
    );
    removal(
        "removed for a reason that is none",
        Day("2026-03-12"),
        "已支付".into(),
    );
    removal("removed without a reason", Day("2026-03-12"), Blank);
    removal("removed without a day", Blank, "期满".into());
    removal(
        "removed before it was entered",
        Day("2024-03-12"),
        "期满".into(),
    );
    let number = ("移出决定文书号", Cell::from("例人社移（2025）7号"));
    for (remark, why) in [
        ("removed: repaired", "信用修复，提前移出"),
        ("removed: decision set aside", "列入决定被撤销"),
    ] {
        let on = ("移出日期", Day("2025-12-01"));
        list.entry(remark, &[on, ("移出原因", why.into()), number.clone()]);
    }
}

fn text(list: &mut Entries) {
    list.entry(
        "line breaks, commas and quotes in cells",
        &[
            ("列入对象名称", "例建设\n工程有限公司".into()),
            ("工程名称", "“例花园”一期,\"A\"标段\r\n（续）".into()),
        ],
    );
    list.entry(
        "full-width digits and brackets",
        &[("列入决定文书号", "例人社列（２０２５）５８号".into())],
    );
    list.entry("lost characters", &[("工程名称", "例\u{fffd}花园".into())]);
    list.entry("a failed formula", &[("工程名称", Failed("#N/A"))]);
    list.entry(
        "a failed formula in the code",
        &[("列入对象统一社会信用代码", Failed("#REF!"))],
    );
    list.entry("no basis", &[("列入依据", "无".into())]);
    list.entry("space around cells", &[("列入事由", " 拖欠工资　".into())]);
    list.entry("a hidden column says something", &[(HIDDEN, "同意".into())]);
    list.entry(
        "when it was changed last",
        &[("更新时间", Moment("2026-05-06 17:08:09"))],
    );
}

fn persons(list: &mut Entries) {
    list.entry(
        "a legal representative beside the organization",
        &[
            ("法定代表人姓名", "某甲".into()),
            ("法定代表人身份证号", Person(NUMBER, TOKEN)),
        ],
    );
    list.entry(
        "a legal representative whose number is masked",
        &[
            ("法定代表人姓名", "某乙".into()),
            ("法定代表人身份证号", "3500**********0026".into()),
        ],
    );
    list.entry(
        "a person answerable",
        &[
            ("列入对象名称", "某丙".into()),
            ("列入对象统一社会信用代码", Blank),
            ("列入对象身份证号", Person(OTHER_NUMBER, OTHER_TOKEN)),
        ],
    );
    list.entry(
        "a person and an organization in one row",
        &[("列入对象身份证号", Person(OTHER_NUMBER, OTHER_TOKEN))],
    );
    list.entry(
        "a person's number as a number: its last digits are lost",
        &[
            ("列入对象统一社会信用代码", Blank),
            ("列入对象身份证号", Number(3.500_001_900_010_3e17)),
        ],
    );
}

/// A later delivery: the first entry of [`hazards`], which has been repaired since.
pub(crate) fn removal() -> Sheet {
    let mut list = Entries {
        sheet: Sheet::new(COLUMNS.len()),
        next: 1,
    };
    list.header();
    list.entry(
        "nothing wrong",
        &[
            ("移出日期", Day("2026-11-30")),
            ("移出原因", "信用修复，提前移出".into()),
            ("移出决定文书号", "例人社移〔2026〕1号".into()),
        ],
    );
    list.sheet
}

/// Another clerk's sheet of the same list: one row of header, at the top, with other
/// names; amounts in yuan; as few columns as the list can have.
pub(crate) fn in_yuan() -> Sheet {
    let names = [
        "编号",
        "单位名称",
        "统一社会信用代码*",
        "列入决定机关",
        "列入决定文号",
        "列入日期",
        "列入依据",
        "拖欠金额（元）",
        "拖欠金额",
        "备　注",
    ];
    let mut sheet = Sheet::new(names.len());
    sheet.row(names.map(Cell::from));
    let mut row = |n: u32, remark: &str, yuan: Cell, bare: Cell| {
        sheet.row([
            Number(f64::from(n)),
            format!("例建筑第{n}有限公司").into(),
            uscc(n).into(),
            "例市人力资源和社会保障局".into(),
            format!("例人社列[2025]{n}号").into(),
            Day("2025-06-03"),
            "人社部令第45号第五条".into(),
            yuan,
            bare,
            remark.into(),
        ]);
    };
    row(101, "amount in yuan", Number(125_000.0), Blank);
    row(
        102,
        "amount in yuan and fen",
        "￥１，２３４．５０".into(),
        Blank,
    );
    row(103, "amount in another unit", "12.5万元".into(), Blank);
    row(104, "amount without any unit", Blank, Number(12.5));
    row(105, "two amounts", Number(1.0), Number(1.0));
    row(106, "no amount", Blank, Blank);
    sheet
}
