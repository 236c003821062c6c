//! A grant gives what it names and nothing else, and says what is missing.

use super::*;

const MANIFEST: &str = r#"name = "tax"
version = "0.1.0"
department = "tax"
contract = "0.1.0"
summary = "x"
[[measures]]
code = "L-TAX-02"
[imports.http]
destinations = ["tax-bureau"]
[imports.settings]
names = ["authorization", "region"]
[imports.call]
[imports.log]
[limits]
memory_mib = 64
time_ms = 2000
output_kib = 8192
calls_in_flight = 8
"#;

const GRANT: &str = r#"plugin = "tax"
measures = ["L-TAX-02"]
call = true
log = true
[destinations.tax-bureau]
address = "http://127.0.0.1:9/api/"
methods = ["GET", "POST"]
private_network = true
[destinations.elsewhere]
address = "https://example.gov.cn"
methods = ["GET"]
[settings]
region = "350000"
unasked = "x"
[secrets.authorization]
env = "TAX_TOKEN"
destinations = ["tax-bureau"]
[subject]
name = true
schemes = ["uscc"]
[limits]
memory_mib = 32
time_ms = 5000
output_kib = 8192
calls_in_flight = 4
"#;

fn manifest() -> Manifest {
    Manifest::parse(MANIFEST).unwrap()
}

#[test]
fn the_effective_grant_is_the_intersection() {
    let effective = Grant::parse("grant", GRANT)
        .unwrap()
        .effective(&manifest())
        .unwrap();
    assert_eq!(
        effective.destinations.keys().collect::<Vec<_>>(),
        ["tax-bureau"]
    );
    assert_eq!(effective.settings.keys().collect::<Vec<_>>(), ["region"]);
    assert_eq!(
        (effective.limits.memory_mib, effective.limits.time_ms),
        (32, 2000)
    );
    assert_eq!(effective.limits.calls_in_flight, 4);
    let base = effective.destinations["tax-bureau"].base().unwrap();
    assert_eq!(base, ("http://127.0.0.1:9".to_owned(), "/api".to_owned()));
}

#[test]
fn what_is_missing_is_named_with_the_lines_that_grant_it() {
    let grant = Grant::parse("grant", "plugin = \"tax\"\n").unwrap();
    let error = grant.effective(&manifest()).unwrap_err();
    let text = error.to_string();
    for part in [
        "measure `L-TAX-02`",
        "measures = [\"L-TAX-02\"]",
        "destination `tax-bureau`",
        "[destinations.tax-bureau]",
        "setting `authorization`",
        "call = true",
        "log = true",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[track_caller]
fn check(line: &str, instead: &str, part: &str) {
    assert!(GRANT.contains(line), "no line `{line}`");
    let error = Grant::parse("grant", &GRANT.replacen(line, instead, 1)).unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn each_rule_of_a_grant() {
    check(
        "http://127.0.0.1:9/api/",
        "ftp://127.0.0.1/",
        "line 5: destinations.tax-bureau.address",
    );
    check(
        "http://127.0.0.1:9/api/",
        "http://me:pw@127.0.0.1/",
        "no user",
    );
    check("\"GET\", \"POST\"", "\"get\"", "in capitals");
    check(
        "env = \"TAX_TOKEN\"",
        "env = \"A\"\nfile = \"b\"",
        "not both",
    );
    check(
        "env = \"TAX_TOKEN\"\ndestinations = [\"tax-bureau\"]",
        "env = \"A\"\ndestinations = [\"x\"]",
        "not granted",
    );
    check(
        "log = true",
        "log = true\ncall_home = true",
        "unknown field",
    );
    check(
        "calls_in_flight = 4",
        "calls_in_flight = 0",
        "limits.calls_in_flight: between 1",
    );
    check("memory_mib = 32", "memory_mib = 0", "limits.memory_mib");
}
