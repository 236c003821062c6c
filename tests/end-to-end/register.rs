//! `subject register import`: the command, its tables and its statuses.

use crate::binary::{Place, repository};
use std::fs;

const UNIFIED: &str = "91350100MA9000142C";
const NUMBER: &str = "350100400099147";

/// A feed of one row with these codes.
fn feed(place: &Place, document: &str, codes: &[(&str, &str)]) -> serde_json::Value {
    let mut row = serde_json::json!({
        "CF_XDR_MC": "宁德虚构茶叶厂", "CF_WSH": document, "CF_WFXW": "偷税",
        "CF_YJ": "《中华人民共和国税收征收管理法》第六十三条", "CF_JDRQ": "2026-03-12",
        "CF_CFJG": "虚构省税务局稽查局", "CF_CFJGDM": "113500000099990171",
    });
    for (field, code) in codes {
        row[*field] = (*code).into();
    }
    let path = place.dir.path().join("row.json");
    let feed = serde_json::json!({ "total": 1, "rows": [row] });
    fs::write(&path, feed.to_string()).unwrap();
    let file = path.display().to_string();
    // Status 1 where nothing but a waiting line came of it.
    let told = place.run(&[
        "--json",
        "ingest",
        "--plugin",
        "tax",
        "--feed",
        "penalties",
        &file,
    ]);
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    told["files"][0]["report"].clone()
}

/// Requirement 1: by each of its codes one subject, and what waited is freed.
#[test]
fn the_register_makes_two_subjects_one_and_frees_the_line_that_waited() {
    let place = Place::new();
    let (number, code) = (("CF_XDR_GSZC", NUMBER), ("CF_XDR_ZZJG", "MA9000142"));
    assert_eq!(feed(&place, "宁税罚〔2026〕1号", &[number])["recorded"], 1);
    assert_eq!(feed(&place, "宁税罚〔2026〕2号", &[code])["recorded"], 1);
    let waits = feed(&place, "宁税罚〔2026〕3号", &[number, code]);
    assert_eq!(waits["lines"][0]["rule"], "codes-disagree", "{waits:#}");

    let example = repository("examples/register/organizations.csv");
    let import = [
        "subject",
        "register",
        "import",
        &example.display().to_string(),
    ];
    let told = place.ok(&import);
    let report = &told["files"][0]["report"];
    assert_eq!(
        (&report["freed"], &report["refused"]),
        (&1.into(), &0.into()),
        "{told:#}"
    );
    for code in [UNIFIED, NUMBER, "MA9000142"] {
        let file = place.ok(&["subject", "show", code, "--purpose", "test"]);
        let records = file["records"].as_array().unwrap();
        assert_eq!(records.len(), 3, "{file:#}");
        assert_eq!(file["subject"]["aliases"].as_array().unwrap().len(), 1);
    }
    let again = place.ok(&import);
    let report = &again["files"][0]["report"];
    assert_eq!(report["unchanged"], report["rows"], "{again:#}");
    place.ok(&["audit", "verify"]);
}

#[test]
fn what_became_of_an_organization_is_shown() {
    let place = Place::new();
    let example = repository("examples/register/organizations.csv");
    place.ok(&[
        "subject",
        "register",
        "import",
        &example.display().to_string(),
    ]);
    let shown = |code: &str| {
        let output = place.run(&["subject", "show", code]);
        String::from_utf8(output.stdout).unwrap()
    };
    let text = shown("91350100MA9000177Y");
    assert!(
        text.contains("2025-10-15 merged into 91350100MA900010XU"),
        "{text}"
    );
    let text = shown("12350000420000015K");
    assert!(
        text.contains("12350000420000015K, given up on 2024-01-08"),
        "{text}"
    );
    assert!(
        text.contains("91350000420000015E, from 2024-01-08"),
        "{text}"
    );
}

#[test]
fn a_bad_row_exits_1_with_its_place_and_the_good_one_is_kept() {
    let place = Place::new();
    let path = place.dir.path().join("register.csv");
    let rows = format!(
        "名称,统一社会信用代码,登记状态,状态日期\n甲,{UNIFIED},存续,\n乙,{UNIFIED},注销,\n"
    );
    fs::write(&path, format!("\u{feff}{rows}")).unwrap();
    let file = path.display().to_string();
    let told = place.fails(1, &["subject", "register", "import", &file]);
    for part in [
        "changed_on",
        "missing",
        "须填写状态日期",
        "1 row(s) were not taken",
    ] {
        assert!(told.contains(part), "{part} is not in: {told}");
    }
    place.ok(&["subject", "show", UNIFIED]);
    fs::write(&path, "name\n").unwrap();
    let told = place.fails(1, &["subject", "register", "import", &file]);
    assert!(told.contains("统一社会信用代码"), "{told}");
    place.fails(2, &["subject", "register", "import"]);
}
