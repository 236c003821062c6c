//! The list of honours: every hazard of a sheet, a row each.
//!
//! Out comes a sheet. Always: the remark (备注) of a row says what is wrong with it;
//! persons and numbers are invented. Absent: what a reader makes of it.

use crate::sheet::{
    Cell::{self, Blank, Day, Failed, Number, Person},
    Sheet, uscc,
};

const COLUMNS: [&str; 19] = [
    "序号",
    "荣誉编号",
    "单位（个人）名称",
    "统一社会信用代码",
    "身份证号",
    "荣誉名称",
    "荣誉类别",
    "来源类别",
    "推荐单位",
    "工程名称",
    "授予机关",
    "授予文号",
    "授予日期",
    "有效期至",
    "撤销日期",
    "撤销原因",
    "撤销决定文号",
    "评审得分",
    "备注",
];
const TOKEN: &str = "Z0000000000000003C";
const NUMBER: &str = "350000190001030034";

fn place(name: &str) -> usize {
    COLUMNS.iter().position(|column| *column == name).unwrap()
}

struct Honours {
    sheet: Sheet,
    next: u32,
}

impl Honours {
    /// An honour with nothing wrong, but for these cells.
    fn honour(&mut self, remark: &str, other: &[(&str, Cell)]) {
        let n = self.next;
        self.next += 1;
        let mut cells = vec![Blank; COLUMNS.len()];
        let usual = [
            ("序号", Number(f64::from(n))),
            ("荣誉编号", format!("RY-{n:03}").into()),
            ("单位（个人）名称", format!("例优建第{n}有限公司").into()),
            ("统一社会信用代码", uscc(500 + n).into()),
            ("荣誉名称", "2025年度建筑业守信典型".into()),
            ("荣誉类别", "守信典型".into()),
            ("来源类别", "信用分类监管".into()),
            ("授予机关", "例省住房和城乡建设厅".into()),
            ("授予文号", format!("例建信〔2026〕{n}号").into()),
            ("授予日期", Day("2026-01-15")),
            ("有效期至", Day("2027-01-14")),
            ("备注", remark.into()),
        ];
        for (name, cell) in usual.iter().chain(other) {
            cells[place(name)] = cell.clone();
        }
        self.sheet.row(cells);
    }
}

pub(crate) fn hazards() -> Sheet {
    let mut list = Honours {
        sheet: Sheet::new(COLUMNS.len()),
        next: 1,
    };
    list.sheet
        .title("2025年度例省住房和城乡建设领域守信典型和优质工程名单");
    list.sheet.row(COLUMNS.map(Cell::from));
    list.honour("nothing wrong", &[]);
    list.honour(
        "an award to a work",
        &[
            ("荣誉名称", "例江杯优质工程".into()),
            ("荣誉类别", "优质工程".into()),
            ("工程名称", "例花园\n（一期）".into()),
            ("推荐单位", "例省建筑业协会".into()),
        ],
    );
    list.honour("no end", &[("有效期至", "2099/12/31".into())]);
    list.honour("day as a serial", &[("授予日期", Number(46_037.0))]);
    list.honour("no source", &[("来源类别", "/".into())]);
    list.honour(
        "source of another body",
        &[("来源类别", "行业协会商会推荐".into())],
    );
    list.honour("source that is none", &[("来源类别", "网络评选".into())]);
    list.honour("a score, which is nobody's", &[("评审得分", Number(96.5))]);
    list.honour("no name of the honour", &[("荣誉名称", "暂无".into())]);
    list.honour("a failed formula", &[("授予文号", Failed("#VALUE!"))]);
    list.honour("no number of the document", &[("授予文号", Blank)]);
    list.honour(
        "lost characters",
        &[("单位（个人）名称", "例\u{fffd}公司".into())],
    );
    list.honour(
        "a person",
        &[
            ("单位（个人）名称", "某丁".into()),
            ("统一社会信用代码", Blank),
            ("身份证号", Person(NUMBER, TOKEN)),
        ],
    );
    // The header printed again at the top of a page.
    list.sheet.row(COLUMNS.map(Cell::from));
    let taken_back = |on: Cell, why: &str| [("撤销日期", on), ("撤销原因", why.into())];
    list.honour(
        "taken back",
        &taken_back(Day("2026-04-20"), "发生重大质量事故，撤销称号"),
    );
    list.honour("over", &taken_back("2027年1月15日".into(), "有效期届满"));
    list.honour(
        "given by mistake",
        &taken_back(Day("2026-02-01"), "公布名单有误"),
    );
    list.honour(
        "repaired, which no honour is",
        &taken_back(Day("2026-02-01"), "信用修复"),
    );
    list.sheet.row(["共计".into(), "17 项".into()]);
    list.sheet.row(["说明：得分仅供评审使用".into()]);
    list.sheet.hide(place("评审得分"));
    list.sheet
}
