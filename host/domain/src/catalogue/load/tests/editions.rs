//! Editions: of series, codes, and what is filed in each.

use super::*;
use jiff::civil::date;

/// The small catalogue with a second edition of its measures, changed.
fn next_edition(change: impl Fn(String) -> String) -> Files {
    let files = good();
    let text = files.0[3]
        .1
        .split("[[mandates]]")
        .next()
        .unwrap()
        .replace("name = \"2026\"", "name = \"2027\"")
        .replace(
            "in_force_from = \"2026-01-01\"",
            "in_force_from = \"2027-01-01\"",
        );
    files.and("next.toml", &change(text))
}

#[test]
fn each_edition_is_in_force_until_the_next_of_its_series() {
    let catalogue = next_edition(|text| text).sound();
    let days: Vec<_> = catalogue
        .editions
        .iter()
        .map(|edition| {
            (
                edition.series.as_str(),
                edition.name.as_str(),
                edition.until,
            )
        })
        .collect();
    let expected = [
        ("collection-organizations", "2026", None),
        ("collection-persons", "2026", None),
        ("measures", "2026", Some(date(2027, 1, 1))),
        ("measures", "2027", None),
    ];
    assert_eq!(days, expected);
    let edition = |on| {
        catalogue
            .measure("L-WAGES", on)
            .map(|measure| measure.edition)
    };
    assert_eq!(edition(date(2025, 12, 31)), None);
    assert_eq!(edition(date(2026, 12, 31)), Some(2));
    assert_eq!(edition(date(2027, 1, 1)), Some(3));
}

#[test]
fn one_edition_may_lie_in_several_files() {
    let files = good();
    let (head, rest) = files.0[3].1.split_once("[[measures]]").unwrap();
    let (first, others) = rest.split_once("[[measures]]").unwrap();
    let split = Files(vec![
        files.0[0].clone(),
        files.0[1].clone(),
        files.0[2].clone(),
        ("one.toml".to_owned(), format!("{head}[[measures]]{first}")),
        ("two.toml".to_owned(), format!("{head}[[measures]]{others}")),
    ]);
    assert_eq!(split.sound(), files.sound());
}

#[test]
fn an_edition_without_a_code_has_withdrawn_it() {
    let catalogue = next_edition(|text| {
        let start = text.find("[[measures]]\ncode = \"C-TAX\"").unwrap();
        text[..start].to_owned()
    })
    .sound();
    assert!(catalogue.measure("C-TAX", date(2026, 12, 31)).is_some());
    assert!(catalogue.measure("C-TAX", date(2027, 1, 1)).is_none());
}

#[test]
fn entries_say_to_which_edition_they_belong() {
    let edition =
        "[edition]\nseries = \"measures\"\nname = \"2026\"\nin_force_from = \"2026-01-01\"\n";
    let files = good().with(edition, "");
    let faults = files.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].field.as_str(), faults[0].line), ("edition", 3));
    let directory = good().with("directory = \"person\"\n", "");
    let faults = directory.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let found = (
        faults[0].file.as_str(),
        faults[0].line,
        faults[0].field.as_str(),
    );
    assert_eq!(found, ("persons.toml", 1, "directory"));
}

#[test]
fn a_file_has_one_edition() {
    let two = "[[edition]] # two\nseries = \"a\"\nname = \"1\"\nin_force_from = \"2026-01-01\"\n";
    let faults = good()
        .and(
            "two.toml",
            &format!("{two}{}", two.replace("\"a\"", "\"b\"")),
        )
        .faults();
    assert!(
        faults
            .iter()
            .any(|fault| fault.rule.contains("one `[edition]`")),
        "{faults:?}"
    );
}

#[test]
fn only_a_file_with_items_names_a_directory() {
    let files = good().with(
        "series = \"measures\"",
        "series = \"measures\"\ndirectory = \"person\" # no items",
    );
    check(
        files,
        "directory = \"person\" # no items",
        "directory",
        "only there",
    );
}

#[test]
fn on_any_day_one_edition_of_a_series_is_in_force() {
    let same_day = next_edition(|text| text.replace("2027-01-01", "2026-01-01"));
    let faults = same_day.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].rule.contains("same first day"), "{faults:?}");
    assert_eq!(
        (faults[0].file.as_str(), faults[0].field.as_str()),
        ("next.toml", "in_force_from")
    );
    let other_day = "[edition] # other day\nseries = \"measures\"\nname = \"2026\"\nin_force_from = \"2026-02-01\"\n";
    check(
        good().and("other.toml", other_day),
        "in_force_from = \"2026-02-01\"",
        "in_force_from",
        "one edition has one first day",
    );
}

#[test]
fn a_code_has_one_series() {
    let files = next_edition(|text| {
        let text = text.replace("series = \"measures\"", "series = \"others\"");
        let start = text.find("[[measures]]\ncode = \"L-WAGES\"").unwrap();
        text[..start].replace("\"S-EXIT\"", "\"S-EXIT\" # others")
    });
    check(
        files,
        "code = \"S-EXIT\" # others",
        "code",
        "in series `measures` already",
    );
    let items = good();
    let text = items.0[2]
        .1
        .replace("collection-persons", "others")
        .replace("T\"\n", "T\" # others\n");
    check(
        items.and("others.toml", &text),
        "code = \"JUDGMENT\" # others",
        "code",
        "one series",
    );
}

/// Requirement 33.
#[test]
fn a_changed_entry_is_filed_anew() {
    next_edition(|text| text).sound();
    let changed = |filed: &str| {
        next_edition(|text| {
            text.replace("condition = \"年度评价\"", "condition = \"每年评价\"")
                .replace(
                    "filed_on = \"2026-03-18\"",
                    &format!("filed_on = \"{filed}\" # next"),
                )
        })
    };
    check(
        changed("2026-03-18"),
        "filed_on = \"2026-03-18\" # next",
        "filed_on",
        "filed anew",
    );
    changed("2026-11-18").sound();
}

/// Requirement 33.
#[test]
fn an_entry_is_filed_before_its_edition_is_over() {
    let files = next_edition(|text| text);
    let late = files.0[3]
        .1
        .replace("filed_on = \"2026-03-18\"", "filed_on = \"2027-01-01\"");
    let mut late_files = files;
    late_files.0[3].1 = late;
    late_files.0[4].1 = late_files.0[4].1.replace("2026-03-18", "2027-02-01");
    check(
        late_files,
        "filed_on = \"2027-01-01\"",
        "filed_on",
        "no longer in force",
    );
}

/// Requirement 3.
#[test]
fn a_trigger_is_collected_while_the_measure_is_in_force() {
    let persons_from = |day: &str| {
        let mut files = good();
        files.0[2].1 = files.0[2].1.replace("2026-01-01", day);
        next_edition(|text| text).0[4..]
            .iter()
            .for_each(|file| files.0.push(file.clone()));
        files
    };
    persons_from("2026-12-31").sound();
    check(
        persons_from("2027-01-01"),
        "triggers = [\"JUDGMENT\"]",
        "triggers",
        "while this edition is in force",
    );
}
