//! The sheet of the list, as clerks keep it.
//!
//! In come lines; out goes a workbook: a title over the whole width, who reports, a
//! header of two rows that is merged and comes again, a subtotal, a column that is
//! hidden, a cell merged over two rows, a total, and who filled it in. Always: what is
//! merged stands where the lines stand. Absent: what an entry says.

use super::{OFFICE, OWED, entry};
use crate::ProvinceError;
use crate::chance::Chance;
use crate::delivery::{Content, Delivery, Fate, Line};
use crate::form;
use crate::hazard::rejected;
use crate::housing::{merged_header, place};
use crate::organizations::Organization;
use crate::row::Cell;
use crate::write::workbook::{self, Habits};

/// Group over column.
const HEADER: [(&str, &str); 25] = [
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

/// The same columns, as the plugin calls them.
const COLUMNS: [&str; 25] = [
    "序号",
    "名单编号",
    "名称",
    "统一社会信用代码",
    "工商注册号",
    "身份证号",
    "法定代表人",
    "法定代表人身份证号",
    "列入决定机关",
    "列入决定机关代码",
    "列入决定文书号",
    "列入日期",
    "列入期限",
    "列入事由",
    "列入依据",
    "有效期至",
    "工程名称",
    "涉及人数",
    "拖欠金额(万元)",
    "移出日期",
    "移出原因",
    "移出决定文书号",
    "更新时间",
    "审批意见",
    "备注",
];

pub(super) const HIDDEN: &str = "审批意见";

/// A sheet of this list in the making.
pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
    habits: Habits,
}

impl Sheet {
    pub(super) fn begin() -> Self {
        let hidden = COLUMNS.iter().position(|column| *column == HIDDEN);
        let mut sheet = Self {
            lines: Vec::new(),
            habits: Habits {
                merged: vec![(0, 0, 0, place(COLUMNS.len() - 1))],
                hidden: hidden.map(place),
            },
        };
        let title = "虚构省住房和城乡建设领域拖欠农民工工资失信联合惩戒对象名单";
        sheet.lines.push(Line::silent([title]));
        sheet
            .lines
            .push(Line::silent(["填报单位：虚构省住房和城乡建设厅"]));
        sheet.header();
        sheet
    }

    /// The row that the next line will stand in.
    fn next(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn header(&mut self) {
        let merged = merged_header(&HEADER, self.next());
        self.habits.merged.extend(merged);
        let mut above = "";
        let groups = HEADER.map(|(group, _)| {
            let shown = if group == above { "" } else { group };
            above = group;
            shown
        });
        self.lines.push(Line::silent(groups));
        self.lines
            .push(Line::silent(HEADER.map(|(_, column)| column)));
    }

    pub(super) fn subtotal(&mut self) {
        self.lines.push(Line::silent(["小计"]));
        self.lines.push(Line::silent([""]));
    }

    /// Rows that come again, one whose authority stands merged in the row above, the
    /// total, and who filled it in.
    pub(super) fn again(&mut self, chance: &mut Chance, org: &Organization) {
        let row = entry(chance, org, 20_001);
        let mut corrected = row.clone();
        corrected.set(OWED, Cell::number("7.5"));
        let mut below = entry(chance, org, 20_003);
        below.remove(OFFICE);
        let lines = [
            Line::plain(row.clone(), Fate::Recorded),
            Line::of(row, Fate::Duplicate, "the same row again"),
            Line::of(corrected, Fate::Revised, "a correction"),
            Line::plain(entry(chance, org, 20_002), Fate::Recorded),
            Line::of(
                below,
                rejected(OFFICE, "missing"),
                "authority in a cell merged with that of the row above",
            ),
        ];
        self.lines.extend(lines);
        let office = COLUMNS.iter().position(|column| *column == OFFICE);
        let (column, last) = (office.map_or(0, place), self.next() - 1);
        self.habits.merged.push((last - 1, column, last, column));
        self.lines.push(Line {
            content: Content::Places(vec![Cell::Nothing, Cell::text("合　计")]),
            fate: Fate::Silent,
            why: "",
        });
        self.lines
            .push(Line::silent(["填表人：某甲　审核人：某乙"]));
    }

    pub(super) fn delivery(self, path: &'static str) -> Result<Delivery, ProvinceError> {
        let bytes = workbook::write(&COLUMNS, &self.lines, &self.habits).map_err(form(path))?;
        Ok(Delivery {
            path,
            plugin: "housing",
            feed: "wage-arrears",
            lines: self.lines,
            bytes,
        })
    }
}
