//! What each command tells its user, and how it takes bad input.

use crate::binary::{Place, credence, plugins, repository};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

#[test]
fn a_feed_with_a_bad_row_keeps_the_good_ones_and_exits_0() {
    let place = Place::new();
    let report = place.ingest_sample();
    let text = report.to_string();
    assert!(
        text.contains("\"accepted\":5") && text.contains("\"rejected\":1"),
        "{report:#}"
    );
    assert!(
        text.contains("CF_WSH") && text.contains("\"row\":5"),
        "{report:#}"
    );
}

#[test]
fn a_feed_without_one_good_row_exits_1_and_names_the_reason() {
    let place = Place::new();
    let path = place.dir.path().join("bad.json");
    fs::write(
        &path,
        r#"{"total": 1, "rows": [{"CF_XDR_MC": "虚构公司", "CF_WSH": null}]}"#,
    )
    .unwrap();
    let told = place.fails(
        1,
        &[
            "ingest",
            "--plugin",
            "tax",
            "--feed",
            "penalties",
            &path.display().to_string(),
        ],
    );
    assert!(
        told.contains("CF_WSH") && told.contains("missing"),
        "{told}"
    );
    fs::write(&path, [0xFF, 0x00, 0xD8, b'x']).unwrap();
    place.fails(
        1,
        &[
            "ingest",
            "--plugin",
            "tax",
            "--feed",
            "penalties",
            &path.display().to_string(),
        ],
    );
    let told = place.fails(
        1,
        &[
            "ingest",
            "--plugin",
            "tax",
            "--feed",
            "penalties",
            "/nowhere/at.all",
        ],
    );
    assert!(told.contains("/nowhere/at.all"), "{told}");
    let told = place.fails(
        1,
        &["ingest", "--plugin", "customs", &path.display().to_string()],
    );
    assert!(
        told.contains("customs") && told.contains("plugin list"),
        "{told}"
    );
}

#[test]
fn files_that_are_no_plugins_are_refused_with_what_to_do() {
    let place = Place::new();
    let path = place.dir.path().join("x.wasm");
    let check = |bytes: &[u8], part: &str| {
        fs::write(&path, bytes).unwrap();
        let told = place.fails(1, &["plugin", "check", &path.display().to_string()]);
        assert!(told.contains(part), "{part} is not in: {told}");
    };
    check(b"", "no WebAssembly component");
    check(b"\0asm\x01\0\0\0", "core WebAssembly module");
    let whole = fs::read(plugins().join("tax.wasm")).unwrap();
    check(&whole[..whole.len() / 2], "damaged");
    // A grant that is too narrow: the lines that would widen it.
    fs::write(&path, &whole).unwrap();
    let grant = place.dir.path().join("narrow.toml");
    fs::write(&grant, "plugin = \"tax\"\n").unwrap();
    let told = place.fails(
        1,
        &[
            "plugin",
            "install",
            &path.display().to_string(),
            "--grant",
            &grant.display().to_string(),
        ],
    );
    assert!(
        told.contains("[destinations.tax-bureau]") && told.contains("call = true"),
        "{told}"
    );
}

#[test]
fn a_faulty_catalogue_or_configuration_names_file_and_line() {
    let place = Place::new();
    let path = place.dir.path().join("catalogue.toml");
    let text = fs::read_to_string(repository("examples/catalogue/bases.toml")).unwrap();
    fs::write(
        &path,
        text.replace("level = \"departmental-rule\"", "level = \"hearsay\""),
    )
    .unwrap();
    let told = place.fails(1, &["catalogue", "check", &path.display().to_string()]);
    let line = text
        .lines()
        .position(|l| l.contains("departmental-rule\""))
        .unwrap()
        + 1;
    assert!(told.contains(&format!("catalogue.toml:{line}")), "{told}");
    fs::write(place.data().join("credence.toml"), "regoin = \"350000\"\n").unwrap();
    let told = place.fails(1, &["plugin", "list"]);
    assert!(
        told.contains("credence.toml") && told.contains("regoin"),
        "{told}"
    );
}

#[test]
fn misuse_exits_2_and_a_person_is_not_looked_up_without_a_purpose() {
    let place = Place::new();
    place.fails(2, &["ingest"]);
    place.fails(
        2,
        &[
            "case",
            "receipt",
            "x",
            "--kind",
            "shouted",
            "--on",
            "2026-01-01",
        ],
    );
    place.ingest_sample();
    let number = "350000190001010017";
    let told = place.fails(1, &["subject", "show", number]);
    assert!(
        told.contains("--purpose") && !told.contains(number),
        "{told}"
    );
    let told = place.fails(1, &["subject", "show", "福州虚构贸易有限公司"]);
    assert!(told.contains("code"), "{told}");
}

#[test]
fn every_look_up_is_an_entry_and_a_changed_row_is_named() {
    let place = Place::new();
    place.ingest_sample();
    let before = place.ok(&["audit", "head"])["size"].as_u64().unwrap();
    place.ok(&["subject", "show", crate::binary::USCC]);
    let after = place.ok(&["audit", "head"])["size"].as_u64().unwrap();
    assert!(after > before, "{before} {after}");
    place.ok(&["audit", "verify"]);
    // Someone with the file and a tool.
    let script = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\n\
        c.execute('drop trigger record_version_kept')\n\
        c.execute(\"update record_version set item='TAX-PRAISE' where rowid in (select rowid from record_version limit 1)\")\n\
        c.commit()";
    let changed = Command::new("python3")
        .args(["-c", script])
        .arg(place.data().join("credence.sqlite"))
        .status()
        .unwrap();
    assert!(changed.success());
    let told = place.fails(1, &["audit", "verify"]);
    assert!(told.to_lowercase().contains("chunk"), "{told}");
}

/// A machine with nothing on it.
fn alone(data: &std::path::Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = std::process::Command::new(crate::binary::credence())
        .arg("--data")
        .arg(data)
        .args(args)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn working_days_are_counted_without_a_data_directory() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("none");
    let check = |args: &[&str], out: &str| {
        let (code, told, err) = alone(&data, &[&["calendar", "add"], args].concat());
        assert_eq!(
            (code, told.as_str(), err.as_str()),
            (Some(0), out, ""),
            "{args:?}"
        );
    };
    let json = "{\"date\":\"2017-02-09\",\"provisional\":false}\n";
    check(&["2017-01-25", "7", "--json"], json);
    check(&["2026-02-13", "7"], "2026-03-02 星期一\n");
    check(&["2026-10-01", "0"], "2026-10-01 星期四\n");
    let json = "{\"date\":\"2027-01-01\",\"provisional\":true}\n";
    check(&["2026-12-30", "2", "--json"], json);
    let (_, told, _) = alone(&data, &["calendar", "add", "2026-12-30", "2"]);
    assert!(
        told.contains("2027 is not known") && told.contains("calendar import"),
        "{told}"
    );
    let (code, ..) = alone(&data, &["calendar", "add", "2026-12-30", "-2"]);
    assert_eq!(code, Some(2));
    let (code, told, _) = alone(&data, &["calendar", "show", "2026"]);
    assert_eq!(code, Some(0));
    assert!(
        told.contains("国办发明电〔2025〕7号") && told.contains("14+"),
        "{told}"
    );
    assert!(!data.exists());
}

#[test]
fn an_imported_notice_counts_from_then_on_and_a_faulty_one_names_its_lines() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let path = dir.path().join("2027.toml");
    let file = path.display().to_string();
    let notice = "year = 2027\nnotice = \"国务院办公厅关于2027年部分节假日安排的通知\"\n\n\
        [[off]]\nname = \"元旦\"\nfrom = \"2027-01-01\"\nto = \"2027-01-03\"\n";
    fs::write(&path, notice.replace("01-03", "13-03")).unwrap();
    let (code, _, told) = alone(&data, &["calendar", "import", &file]);
    assert_eq!(code, Some(1));
    assert!(told.contains("2027.toml:7"), "{told}");
    assert!(!data.exists(), "nothing was made for a faulty file");
    fs::write(&path, notice).unwrap();
    let (code, told, err) = alone(&data, &["calendar", "import", &file]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(told.contains("2027 is known now"), "{told}");
    let (_, told, _) = alone(&data, &["calendar", "add", "2026-12-30", "2", "--json"]);
    assert_eq!(told, "{\"date\":\"2027-01-04\",\"provisional\":false}\n");
    let (code, told, _) = alone(&data, &["calendar", "import", &file, "--json"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("\"unchanged\":true"), "{told}");
    let (code, ..) = alone(&data, &["audit", "verify"]);
    assert_eq!(code, Some(0));
    fs::write(&path, notice.replace("01-03", "01-02")).unwrap();
    let (code, _, told) = alone(&data, &["calendar", "import", &file]);
    assert_eq!(code, Some(1));
    assert!(told.contains("amends = true"), "{told}");
}

/// What `id check` says of these arguments and this input, and its status.
fn id_check(args: &[&str], input: &[u8]) -> (String, Option<i32>) {
    let nowhere = tempfile::tempdir().unwrap();
    let mut child = Command::new(credence())
        .current_dir(&nowhere)
        .args(["id", "check"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let left: Vec<_> = fs::read_dir(&nowhere).unwrap().collect();
    assert!(left.is_empty(), "it made {left:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    (told, output.status.code())
}

/// Requirement 1.
#[test]
fn codes_are_checked_one_a_line_and_persons_are_never_shown() {
    let (told, status) = id_check(&["--json", "91350100MA900010XU", "ma2el626-6"], b"");
    assert_eq!(status, Some(0), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"code":"91350100MA900010XU","kind":"uscc","valid":true,"rule":null}"#,
            r#"{"code":"ma2el626-6","kind":"org-code","valid":true,"rule":null}"#,
        ]
    );
    let list = "11010519491231002X\r\n\n110105 19491231 0021\n35000019000101021X\n";
    let (told, status) = id_check(&["--json", "330200400070010", "-"], list.as_bytes());
    assert_eq!(status, Some(1), "{told}");
    let kinds: Vec<String> = told
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            format!("{} {}", line["kind"], line["valid"])
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "\"registration\" true",
            "\"resident-id\" true",
            "\"resident-id\" false",
            "null false"
        ]
    );
    let (table, status) = id_check(&["-"], list.as_bytes());
    assert_eq!(status, Some(1), "{table}");
    assert!(
        table.contains("校验码") && table.contains("KIND"),
        "{table}"
    );
    for number in ["1949", "1900", "002", "021"] {
        assert!(!format!("{told}{table}").contains(number), "{told}{table}");
    }
    assert_eq!(id_check(&[], b"").1, Some(2));
    assert_eq!(id_check(&["-"], b"").1, Some(0));
    // A list in another encoding.
    let (told, status) = id_check(&["--json", "-"], b"\xb8\xa3\xd6\xdd91350100\n");
    assert!(status == Some(1) && told.contains("damaged"), "{told}");
}

#[test]
fn a_list_without_an_end_is_answered_as_it_is_read() {
    let mut child = Command::new(credence())
        .args(["id", "check", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    for code in ["91350100MA900010XU", "330200400070010"] {
        writeln!(input, "{code}").unwrap();
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        assert!(line.contains(code), "{line}");
    }
    // Nobody reads on: it ends by itself, although the list goes on.
    drop(told);
    while input.write_all(b"330200400070010\n").is_ok() {}
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
