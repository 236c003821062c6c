//! A manifest is read whole, or each fault names its line.

use super::*;

pub(crate) const GOOD: &str = r#"name = "tax"
version = "0.1.0"
department = "tax"
contract = "0.1.0"
summary = "Reads penalties, keeps the list."
[[feeds]]
name = "penalties"
encoding = "utf-8"
delivers = "changes"
person_patterns = []
acknowledgements = false
[[measures]]
code = "L-TAX-02"
[imports.http]
destinations = ["tax-bureau"]
[imports.log]
[limits]
memory_mib = 64
time_ms = 2000
output_kib = 8192
calls_in_flight = 8
"#;

#[track_caller]
fn check(line: &str, instead: &str, part: &str) {
    assert!(GOOD.contains(line), "no line `{line}`");
    let error = Manifest::parse(&GOOD.replacen(line, instead, 1)).unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn a_good_manifest_is_read() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!(manifest.measures, ["L-TAX-02"]);
    assert!(manifest.imports.log.is_some() && manifest.imports.call.is_none());
}

#[test]
fn a_feed_says_how_it_is_packed_written_and_promised() {
    let plain = Manifest::parse(GOOD).unwrap();
    assert_eq!(plain.feeds[0].container, Container::Text);
    assert_eq!(plain.feeds[0].framing, Framing::Text);
    assert_eq!(plain.feeds[0].interval_days, None);
    let more = "container = \"xlsx\"\ninterval_days = 31\nencoding = \"utf-8\"";
    let text = GOOD
        .replacen("encoding = \"utf-8\"", more, 1)
        .replacen("acknowledgements = false", "acknowledgements = true", 1)
        .replacen(
            "[imports.log]",
            "[imports.drop-folder]\nfolders = [\"outbox\"]",
            1,
        );
    let manifest = Manifest::parse(&text).unwrap();
    let feed = &manifest.feeds[0];
    assert_eq!(feed.container, Container::Xlsx);
    assert_eq!(feed.interval_days, Some(31));
    assert!(feed.acknowledgements);
    let asked = manifest.imports.drop_folder.unwrap();
    assert!(asked.folders.contains("outbox"));
}

#[test]
fn each_rule_names_its_line() {
    check("name = \"tax\"", "name = \"Tax!\"", "line 1: name");
    check(
        "version = \"0.1.0\"",
        "version = \"one\"",
        "line 2: version",
    );
    check(
        "contract = \"0.1.0\"",
        "contract = \"0.2.0\"",
        "line 4: contract",
    );
    check(
        "contract = \"0.1.0\"",
        "contract = \"0.1.1\"",
        "line 4: contract",
    );
    check(
        "encoding = \"utf-8\"",
        "encoding = \"utf-9\"",
        "no character encoding",
    );
    check(
        "person_patterns = []",
        "person_patterns = [\"[A-Z]9\"]",
        "leave the list empty",
    );
    check("memory_mib = 64", "memory_mib = 4096", "between 1 and 256");
    check("time_ms = 2000", "time_ms = 5", "between 10 and 60000");
    check(
        "output_kib = 8192",
        "output_kib = 1",
        "between 64 and 65536",
    );
    check(
        "calls_in_flight = 8",
        "calls_in_flight = 0",
        "between 1 and 64",
    );
    check("[imports.log]", "[imports.clock]", "unknown field `clock`");
    check(
        "[imports.log]",
        "[imports.drop-folder]\nfolders = []",
        "line 14: imports.drop-folder.folders: at least one",
    );
    check(
        "[imports.log]",
        "[imports.drop-folder]\nfolders = [\"../out\"]",
        "imports.drop-folder.folders: at least one folder, each a name",
    );
    check(
        "encoding = \"utf-8\"",
        "container = \"zip\"\nencoding = \"utf-8\"",
        "unknown variant `zip`",
    );
    check(
        "encoding = \"utf-8\"",
        "container = \"xlsx\"\nencoding = \"gb18030\"",
        "line 6: feeds.encoding: a workbook names its own",
    );
    check(
        "encoding = \"utf-8\"",
        "container = \"xlsx\"\nframing = \"json\"\nencoding = \"utf-8\"",
        "line 6: feeds.framing",
    );
    for days in ["0", "367"] {
        check(
            "encoding = \"utf-8\"",
            &format!("interval_days = {days}\nencoding = \"utf-8\""),
            "line 6: feeds.interval_days: between 1 and 366",
        );
    }
    check(
        "delivers = \"changes\"",
        "delivers = \"complete\"",
        "line 9",
    );
}
