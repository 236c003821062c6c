//! Every rule of the loader, with the line it names.

use super::*;

const GOOD: &str = r#"edition = "test"
[[bases]]
code = "B-1"
citation = "《重大税收违法失信主体信息公布管理办法》"
issuer = "国家税务总局"
level = "departmental-rule"
in_force_from = "2022-02-01"
[[items]]
code = "TAX-PENALTY"
title = "税务行政处罚"
provider = "tax"
subjects = ["organization", "person"]
disclosure = "public"
adverse = true
fields = ["CF_WFXW"]
[[measures]]
code = "L-TAX-02"
title = "重大税收违法失信主体"
kind = "list"
verified = "excerpt"
subjects = ["organization"]
executor = "tax"
bases = ["B-1"]
triggers = ["TAX-PENALTY"]
term_years = 3
hearing_days = 5
remedies = ["行政复议"]
early_exit = "缴清税款后申请提前停止公布"
filed_on = "2026-01-01"
[[mandates]]
department = "tax"
measure = "L-TAX-02"
source = "税收征收管理法"
from = "2015-01-01"
"#;

fn load_text(text: &str) -> Result<Catalogue, CatalogueError> {
    load(&[("test.toml".to_owned(), text.to_owned())])
}

/// Replaces a line of the good catalogue and expects one fault, at that line.
#[track_caller]
fn check(line: &str, instead: &str, part: &str) {
    assert!(GOOD.contains(line), "no line `{line}`");
    let expected = GOOD[..GOOD.find(line).unwrap()].lines().count() + 1;
    let error = load_text(&GOOD.replacen(line, instead, 1)).unwrap_err();
    assert_eq!(error.0.len(), 1, "{error}");
    assert!(error.0[0].to_string().contains(part), "{error}");
    assert_eq!(error.0[0].line, expected, "{error}");
}

#[test]
fn a_good_catalogue_loads() {
    let catalogue = load_text(GOOD).unwrap();
    let measure = &catalogue.measures["L-TAX-02"];
    assert!(catalogue.is_carried(measure, jiff::civil::date(2026, 1, 1)));
    assert!(!catalogue.is_carried(measure, jiff::civil::date(2022, 1, 31)));
    let last = measure.term.last_day(jiff::civil::date(2026, 11, 23));
    assert_eq!(last, Some(jiff::civil::date(2029, 11, 22)));
}

#[test]
fn each_rule_names_its_line() {
    check("kind = \"list\"", "kind = \"penance\"", "unknown variant");
    check("bases = [\"B-1\"]", "bases = []", "at least one");
    check(
        "bases = [\"B-1\"]",
        "bases = [\"B-2\"]",
        "`B-2` is not in [[bases]]",
    );
    check(
        "triggers = [\"TAX-PENALTY\"]",
        "triggers = [\"X\"]",
        "`X` is not in [[items]]",
    );
    check("hearing_days = 5", "hearing_days = 0", "state its case");
    check("remedies = [\"行政复议\"]", "remedies = []", "at least one");
    check(
        "early_exit = \"缴清税款后申请提前停止公布\"",
        "early_exit = \" \"",
        "way back",
    );
    check(
        "measure = \"L-TAX-02\"",
        "measure = \"L-9\"",
        "`L-9` is not in [[measures]]",
    );
    check(
        "fields = [\"CF_WFXW\"]",
        "fields = [\"宗教信仰\"]",
        "第十四条",
    );
    check(
        "fields = [\"CF_WFXW\"]",
        "fields = [\"GPS_TRACK\"]",
        "location",
    );
    check(
        "in_force_from = \"2022-02-01\"",
        "in_force_from = \"2022-02-30\"",
        "not valid",
    );
}

#[test]
fn a_rule_cannot_take_a_right_away() {
    let error = load_text(&GOOD.replace("kind = \"list\"", "kind = \"sanction\"")).unwrap_err();
    assert!(error.to_string().contains("high enough"), "{error}");
    let draft = GOOD
        .replace("kind = \"list\"", "kind = \"sanction\"")
        .replace("verified = \"excerpt\"", "verified = \"no\"");
    assert!(
        load_text(&draft).is_ok(),
        "a draft may stand on too little; it cannot be dispatched"
    );
}

#[test]
fn no_person_is_classified_and_no_measure_is_endless() {
    let text = GOOD
        .replace("kind = \"list\"", "kind = \"classification\"")
        .replace("subjects = [\"organization\"]", "subjects = [\"person\"]")
        .replace("term_years = 3\n", "");
    let error = load_text(&text).unwrap_err();
    assert_eq!(error.0.len(), 2, "{error}");
    assert!(
        error.to_string().contains("no grade of a person"),
        "{error}"
    );
    assert!(error.to_string().contains("longest"), "{error}");
}

#[test]
fn a_code_stands_once() {
    let twice = format!(
        "{GOOD}[[bases]]{}",
        GOOD.split("[[bases]]")
            .nth(1)
            .unwrap()
            .split("[[items]]")
            .next()
            .unwrap()
    );
    let error = load_text(&twice).unwrap_err();
    assert!(error.to_string().contains("twice"), "{error}");
}
