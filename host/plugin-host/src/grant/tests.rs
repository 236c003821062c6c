//! A grant gives what it names and nothing else, and says what is missing.

use super::*;

const MANIFEST: &str = r#"name = "tax"
version = "0.1.0"
department = "tax"
contract = "0.1.0"
summary = "x"
[[measures]]
code = "L-TAX-02"
[[feeds]]
name = "penalties"
encoding = "utf-8"
delivers = "changes"
person_patterns = []
acknowledgements = false
[imports.http]
destinations = ["tax-bureau"]
[imports.drop-folder]
folders = ["outbox"]
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
feeds = ["penalties"]
measures = ["L-TAX-02"]
call = true
log = true
[destinations.tax-bureau]
address = "http://127.0.0.1:9/api/"
methods = ["GET", "POST"]
private_network = true
[destinations.tax-bureau.signature]
scheme = "rfc9421-hmac-sha256"
secret = "signing"
key_id = "house-1"
[folders.outbox]
path = "/srv/outbox"
encoding = "gb18030"
[folders.unasked]
path = "/srv/unasked"
[destinations.elsewhere]
address = "https://example.gov.cn"
methods = ["GET"]
[settings]
region = "350000"
unasked = "x"
[secrets.authorization]
env = "TAX_TOKEN"
destinations = ["tax-bureau", "outbox"]
[secrets.signing]
file = "/etc/credence/signing"
destinations = ["tax-bureau"]
[secrets.fetching]
file = "/etc/credence/fetching"
destinations = ["elsewhere"]
[intake.penalties]
folder = "/srv/inbox"
upload = true
[intake.penalties.pull]
destination = "elsewhere"
path = "/exports/penalties?all=1"
every_minutes = 60
authorization = "fetching"
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
    assert_eq!(effective.folders.keys().collect::<Vec<_>>(), ["outbox"]);
    assert_eq!(effective.settings.keys().collect::<Vec<_>>(), ["region"]);
    assert_eq!(
        effective.secrets.keys().collect::<Vec<_>>(),
        ["authorization"]
    );
    assert_eq!(
        effective.host_secrets.keys().collect::<Vec<_>>(),
        ["fetching", "signing"]
    );
    assert_eq!(
        effective.pulled_from.keys().collect::<Vec<_>>(),
        ["elsewhere"]
    );
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
        "folder `outbox`",
        "[folders.outbox]\npath = \"/…\"",
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
        "line 6: destinations.tax-bureau.address",
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
        "env = \"TAX_TOKEN\"\ndestinations = [\"tax-bureau\", \"outbox\"]",
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

#[test]
fn each_rule_of_a_signature() {
    let table = "line 10: destinations.tax-bureau.signature.";
    for (line, instead, part) in [
        ("rfc9421-hmac-sha256", "hmac", "unknown variant `hmac`"),
        (
            "secret = \"signing\"",
            "secret = \"x\"",
            "secret: there is no [secrets.x]",
        ),
        (
            "secret = \"signing\"",
            "secret = \"fetching\"",
            "secret: add \"tax-bureau\" to `destinations` under [secrets.fetching]",
        ),
        ("\"house-1\"", "\"\"", "key_id: 1 to 100 visible"),
        ("\"house-1\"", "\"a b\"", "key_id: 1 to 100 visible"),
        ("\"house-1\"", "'a\"b'", "key_id: 1 to 100 visible"),
    ] {
        check(line, instead, part);
        if !part.starts_with("unknown") {
            check(line, instead, table);
        }
    }
}

#[test]
fn a_plugin_is_never_given_the_key_that_the_host_signs_with() {
    let text = GRANT.replacen("secret = \"signing\"", "secret = \"authorization\"", 1);
    let grant = Grant::parse("grant", &text).unwrap();
    let error = grant.effective(&manifest()).unwrap_err().to_string();
    let part = "setting `authorization` (the host signs with it for `tax-bureau`";
    assert!(error.contains(part), "{error}");
}

#[test]
fn each_rule_of_a_folder() {
    let table = "folders.outbox.";
    for (line, instead, part) in [
        (
            "/srv/outbox",
            "srv/outbox",
            "path: the directory from the root",
        ),
        ("gb18030", "gbk-9", "encoding: is no character encoding"),
        (
            "gb18030",
            "utf-16le",
            "encoding: is no character encoding to write in",
        ),
    ] {
        check(line, instead, &format!("line 14: {table}{part}"));
    }
    check(
        "/srv/unasked",
        "/srv/outbox/",
        "folders.unasked.path: another folder",
    );
    check(
        "folders.unasked",
        "folders.tax-bureau",
        "a destination has this name",
    );
}

#[test]
fn each_rule_of_an_intake() {
    for (line, instead, part) in [
        (
            "/srv/inbox",
            "inbox",
            ".folder: the directory from the root",
        ),
        ("/srv/inbox", "/srv/outbox", ".folder: files are put there"),
        (
            "folder = \"/srv/inbox\"",
            "speed = 1",
            "unknown field `speed`",
        ),
        ("\"/exports/", "\"exports/", ".pull.path: begins with `/`"),
        (
            "every_minutes = 60",
            "every_minutes = 0",
            ".pull.every_minutes: between 1",
        ),
        (
            "every_minutes = 60",
            "every_minutes = 10081",
            "between 1 and 10080",
        ),
        (
            "destination = \"elsewhere\"",
            "destination = \"nowhere\"",
            ".pull.destination: there is no [destinations.nowhere]",
        ),
        (
            "authorization = \"fetching\"",
            "authorization = \"signing\"",
            ".pull.authorization: add \"elsewhere\" to `destinations`",
        ),
        (
            "https://example.gov.cn\"\nmethods = [\"GET\"]",
            "https://example.gov.cn\"\nmethods = [\"POST\"]",
            ".pull.destination: add \"GET\" to `methods`",
        ),
        (
            "feeds = [\"penalties\"]",
            "feeds = []",
            "intake.penalties: add \"penalties\"",
        ),
    ] {
        check(line, instead, part);
    }
    let two = "[intake.penalties]\nupload = true\n[intake.zeta]\nfolder = \"/srv/inbox\"\n[intake.alpha]\n";
    let text = GRANT.replacen("[intake.penalties]\n", two, 1);
    let text = text.replacen(
        "upload = true\n[intake.penalties.pull]",
        "[intake.penalties.pull]",
        1,
    );
    let error = Grant::parse("grant", &text).unwrap_err().to_string();
    assert!(
        error.contains("intake.zeta.folder: another feed comes in there"),
        "{error}"
    );
    let text = GRANT.replacen("folder = \"/srv/inbox\"\nupload = true\n", "", 1);
    let (before, after) = text.split_once("[intake.penalties.pull]").unwrap();
    let (_, after) = after.split_once("[subject]").unwrap();
    let error = Grant::parse("grant", &format!("{before}[subject]{after}")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("intake.penalties: name a way in"),
        "{error}"
    );
}

#[test]
fn a_grant_takes_in_only_what_the_plugin_reads() {
    let text = GRANT
        .replacen(
            "feeds = [\"penalties\"]",
            "feeds = [\"penalties\", \"more\"]",
            1,
        )
        .replacen(
            "[intake.penalties]\n",
            "[intake.more]\nupload = true\n[intake.penalties]\n",
            1,
        );
    let grant = Grant::parse("grant", &text).unwrap();
    let error = grant.effective(&manifest()).unwrap_err().to_string();
    assert!(error.contains("takes in the feed `more`"), "{error}");
    assert!(error.contains("take [intake.more] out"), "{error}");
}
