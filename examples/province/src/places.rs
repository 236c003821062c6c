//! The places of Fujian, and what is made and traded there.
//!
//! Comes out: cities with their counties (GB/T 2260), trades, and words for names.
//! Always: places are real and names are not: each has 虚构 (invented) in it. Absent:
//! firms; what is made of this is in [`organizations`](crate::organizations).

use crate::codes;

/// A city, and some of its counties.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    /// As document numbers abbreviate it: 榕, 厦.
    pub(crate) short: &'static str,
    /// Four digits of GB/T 2260.
    pub(crate) code: &'static str,
    /// Their last two digits, and their names.
    pub(crate) counties: &'static [(&'static str, &'static str)],
}

impl City {
    /// A code for an authority of the city, invented: 11 for a public body, and an
    /// organization code that no register gave. `kind` tells its authorities apart.
    pub(crate) fn authority(&self, kind: char) -> String {
        let city = &self.code[3..];
        codes::uscc(
            &format!("11{}00", self.code),
            &format!("009999{kind}{city}"),
        )
    }
}

/// The nine cities.
pub(crate) static CITIES: [City; 9] = [
    City {
        name: "福州",
        short: "榕",
        code: "3501",
        counties: &[
            ("02", "鼓楼"),
            ("04", "仓山"),
            ("21", "闽侯"),
            ("81", "福清"),
        ],
    },
    City {
        name: "厦门",
        short: "厦",
        code: "3502",
        counties: &[
            ("03", "思明"),
            ("05", "海沧"),
            ("11", "集美"),
            ("12", "同安"),
        ],
    },
    City {
        name: "莆田",
        short: "莆",
        code: "3503",
        counties: &[
            ("02", "城厢"),
            ("03", "涵江"),
            ("04", "荔城"),
            ("22", "仙游"),
        ],
    },
    City {
        name: "三明",
        short: "明",
        code: "3504",
        counties: &[
            ("25", "大田"),
            ("26", "尤溪"),
            ("28", "将乐"),
            ("81", "永安"),
        ],
    },
    City {
        name: "泉州",
        short: "泉",
        code: "3505",
        counties: &[
            ("03", "丰泽"),
            ("24", "安溪"),
            ("81", "石狮"),
            ("82", "晋江"),
        ],
    },
    City {
        name: "漳州",
        short: "漳",
        code: "3506",
        counties: &[
            ("02", "芗城"),
            ("22", "云霄"),
            ("26", "东山"),
            ("27", "南靖"),
        ],
    },
    City {
        name: "南平",
        short: "南",
        code: "3507",
        counties: &[
            ("02", "延平"),
            ("22", "浦城"),
            ("82", "武夷山"),
            ("83", "建瓯"),
        ],
    },
    City {
        name: "龙岩",
        short: "龙",
        code: "3508",
        counties: &[
            ("02", "新罗"),
            ("03", "永定"),
            ("23", "上杭"),
            ("81", "漳平"),
        ],
    },
    City {
        name: "宁德",
        short: "宁",
        code: "3509",
        counties: &[
            ("02", "蕉城"),
            ("21", "霞浦"),
            ("81", "福安"),
            ("82", "福鼎"),
        ],
    },
];

/// What a firm does: which department has most to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Making,
    Trading,
    Carrying,
    Building,
}

/// Trades, and their lines.
pub(crate) const TRADES: [(&str, Line); 24] = [
    ("鞋业", Line::Making),
    ("服装", Line::Making),
    ("茶业", Line::Making),
    ("石材", Line::Making),
    ("陶瓷", Line::Making),
    ("食品", Line::Making),
    ("水产", Line::Making),
    ("竹木", Line::Making),
    ("电子", Line::Making),
    ("机械", Line::Making),
    ("贸易", Line::Trading),
    ("进出口", Line::Trading),
    ("供应链", Line::Trading),
    ("商贸", Line::Trading),
    ("物流", Line::Carrying),
    ("货运", Line::Carrying),
    ("运输", Line::Carrying),
    ("渣土运输", Line::Carrying),
    ("建设工程", Line::Building),
    ("建筑", Line::Building),
    ("路桥", Line::Building),
    ("园林", Line::Building),
    ("劳务", Line::Building),
    ("装饰", Line::Building),
];

/// First and second halves of a firm's own name.
pub(crate) const FIRST: [&str; 24] = [
    "海", "闽", "鹭", "武夷", "山", "溪", "金", "宏", "瑞", "恒", "东", "南", "顺", "嘉", "百",
    "永", "盛", "信", "泰", "安", "丰", "华", "宝", "德",
];
pub(crate) const SECOND: [&str; 24] = [
    "达", "韵", "诚", "润", "辉", "隆", "兴", "源", "腾", "泽", "峰", "凯", "丽", "和", "通", "荣",
    "川", "航", "宇", "康", "益", "捷", "嵘", "旺",
];
