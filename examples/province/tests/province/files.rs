//! Files: which there are, and that they come again as they were.

use credence_province::cast::{CAST, Member};
use credence_province::{FEWEST_ROWS, MOST_ROWS, Province, ProvinceError};

fn make(seed: u64) -> Province {
    Province::make(seed, 240).unwrap()
}

fn file<'p>(province: &'p Province, path: &str) -> &'p [u8] {
    let found = province.files.iter().find(|file| file.path == path);
    &found.unwrap_or_else(|| panic!("no {path}")).bytes
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let (once, again) = (make(7), make(7));
    for (one, other) in once.files.iter().zip(&again.files) {
        assert_eq!(one.path, other.path);
        assert!(one.bytes == other.bytes, "{} differs", one.path);
    }
    assert_eq!(once.files.len(), again.files.len());
}

#[test]
fn another_seed_makes_other_rows_and_the_same_cast() {
    let (one, other) = (make(7), make(8));
    for file in &one.files {
        let there = other.files.iter().find(|there| there.path == file.path);
        let same = there.unwrap().bytes == file.bytes;
        // The removal and the cast are the story's.
        let fixed = ["cast.json", "later/housing/wage-arrears.xlsx"].contains(&file.path);
        assert_eq!(same, fixed, "{}", file.path);
    }
}

#[test]
fn every_file_that_was_promised_is_there_and_each_department_has_its_rows() {
    let province = make(7);
    let paths: Vec<&str> = province.files.iter().map(|file| file.path).collect();
    assert_eq!(
        paths,
        [
            "register.csv",
            "tax/penalties.json",
            "tax/violations.json",
            "customs/penalties.xml",
            "customs/penalties-2016.xml",
            "customs/levels.xml",
            "transport/overloads.csv",
            "housing/wage-arrears.xlsx",
            "housing/honours.xlsx",
            "later/housing/wage-arrears.xlsx",
            "cast.json",
            "expected.json",
        ]
    );
    for department in ["tax", "customs", "transport", "housing"] {
        let of =
            |found: &&credence_province::expected::DeliveryExpected| found.plugin == department;
        let rows: u64 = province
            .expected
            .deliveries
            .iter()
            .filter(of)
            .map(|d| d.rows)
            .sum();
        assert!(rows >= 240, "{department}: {rows}");
    }
}

#[test]
fn no_row_of_an_ordinary_feed_is_about_the_cast_but_its_own() {
    let province = make(7);
    let penalties = String::from_utf8(file(&province, "tax/penalties.json").to_vec()).unwrap();
    let rows = |member: &Member| penalties.matches(member.code).count();
    let expected = |member: &Member| {
        let asks = member.asks.iter().filter(|ask| ask.item == "TAX-PENALTY");
        usize::from(asks.count() > 0)
    };
    for member in CAST.iter().filter(|member| !member.is_person) {
        assert_eq!(rows(member), expected(member), "{}", member.part);
    }
}

#[test]
fn few_rows_and_many_hold_the_same_hazards_and_what_is_out_of_range_is_refused() {
    let few = Province::make(7, FEWEST_ROWS).unwrap().expected.deliveries;
    let many = Province::make(7, MOST_ROWS).unwrap().expected.deliveries;
    for (one, other) in few.iter().zip(&many) {
        assert_eq!(one.rules, other.rules, "{}", one.file);
    }
    for rows in [0, FEWEST_ROWS - 1, MOST_ROWS + 1] {
        let refused = Province::make(7, rows);
        assert!(matches!(refused, Err(ProvinceError::Rows(n)) if n == rows));
    }
}

/// The hazards of real feeds, each where its form can have it.
#[test]
fn the_hazards_of_real_feeds_are_among_the_rows() {
    let province = make(7);
    let text = |path: &str| String::from_utf8_lossy(file(&province, path)).into_owned();
    let held: [(&str, &[&str]); 4] = [
        (
            "tax/penalties.json",
            &[
                "9.13E+17",
                "9.13e+17",
                "2022-1-24",
                "2019-5-22 0:00:00",
                "2017年1月25日",
                "２０１７年１月２５日",
                "1642953600000",
                "44585",
                "1900-1-1",
                "1899-12-31",
                "2099-12-31",
                "暂无",
                "无处罚期限",
                "1,000(万元人民币)",
                "00000000000000000X",
                "\u{fffd}",
                "𠮷",
                "９１３５",
                "（２０",
                "合计",
                "表头",
                "第一行\\r\\n第二行",
            ],
        ),
        ("tax/violations.json", &["\u{feff}{"]),
        (
            "customs/penalties.xml",
            &[
                "<![CDATA[",
                "&nbsp;",
                "xsi:nil",
                "<fields op=",
                "第一行&#13;\n",
                "<fields/>",
                "䶮",
            ],
        ),
        (
            "customs/penalties-2016.xml",
            &["\u{feff}<?xml", "<CF_XZJG>", "<CF_ZT>1<"],
        ),
    ];
    for (path, needles) in held {
        let text = text(path);
        for needle in needles {
            assert!(text.contains(needle), "{path}: {needle}");
        }
    }
    assert!(!text("customs/penalties-2016.xml").contains("</ExchangeMessage>"));
    let overloads = file(&province, "transport/overloads.csv");
    let holds = |bytes: &[u8]| overloads.windows(bytes.len()).any(|there| there == bytes);
    let encoded = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    assert!(overloads.starts_with(&encoded("\u{feff}")));
    for words in [
        "合计",
        "𠮷",
        "\u{fffd}",
        "第一行\r\n第二行",
        "填报单位",
        "5.0E+03",
    ] {
        assert!(holds(&encoded(words)), "{words}");
    }
    // A byte that no character begins with, and the header a second time.
    assert!(holds(&[0xff]));
    let header = encoded("序号,信息类别,文书号");
    let headers = overloads
        .windows(header.len())
        .filter(|there| *there == header);
    assert_eq!(headers.count(), 2);
}
