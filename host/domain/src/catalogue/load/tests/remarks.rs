//! What is reported and left to a person.

use super::*;
use crate::catalogue::{Lack, Readiness};
use jiff::civil::date;

#[track_caller]
fn remarked(files: &Files, sort: RemarkSort, line: &str, words: &str) {
    let remarks = files.remarks(sort);
    assert_eq!(remarks.len(), 1, "{remarks:#?}");
    assert!(remarks[0].text.contains(words), "{remarks:#?}");
    let found = (remarks[0].file.clone(), remarks[0].line);
    assert_eq!(found, files.place(line), "{remarks:#?}");
}

#[test]
fn a_draft_is_remarked_with_its_reason() {
    let unread = good().with_in("C-TAX", "verified = \"full-text\"", "verified = \"no\"");
    remarked(
        &unread,
        RemarkSort::Draft,
        "code = \"C-TAX\"",
        "verified = \"no\"",
    );
    let held = good().with_in(
        "C-TAX",
        "human_gate",
        "held = \"备忘录不能承载\"\nhuman_gate",
    );
    remarked(
        &held,
        RemarkSort::Draft,
        "code = \"C-TAX\"",
        "备忘录不能承载",
    );
    assert_eq!(held.remarks(RemarkSort::Idle), []);
}

#[test]
fn an_entry_says_what_can_become_of_it_and_what_it_lacks() {
    let ready = |files: Files, readiness, lacks: &[Lack]| {
        let catalogue = files.sound();
        let measure = catalogue.measure("C-TAX", date(2026, 11, 23)).unwrap();
        assert_eq!(catalogue.readiness(measure), readiness);
        assert_eq!(catalogue.lacks(measure), lacks);
    };
    let swap = |words, instead| good().with_in("C-TAX", words, instead);
    ready(good(), Readiness::Dispatchable, &[]);
    let referred = swap("human_gate = \"official\"", "human_gate = \"referral\"");
    ready(referred, Readiness::Referral, &[]);
    let unread = swap("verified = \"full-text\"", "verified = \"no\"");
    ready(unread, Readiness::Draft, &[Lack::NotVerified]);
    let held = swap("human_gate", "held = \"待核\"\nhuman_gate");
    ready(held, Readiness::Draft, &[Lack::HeldBack]);
    let bare = swap("filed_on = \"2026-03-18\"\n", "")
        .with("department = \"tax\"", "department = \"customs\"");
    ready(bare, Readiness::Idle, &[Lack::NotFiled, Lack::NoMandate]);
}

/// Requirement 33.
#[test]
fn an_unfiled_entry_is_idle() {
    let files = good().with("filed_on = \"2026-03-18\"\n", "");
    remarked(&files, RemarkSort::Idle, "code = \"C-TAX\"", "not filed");
}

/// Requirement 29.
#[test]
fn an_entry_without_a_mandate_of_its_executor_is_idle() {
    let other = good().with("department = \"tax\"", "department = \"customs\"");
    remarked(
        &other,
        RemarkSort::Idle,
        "code = \"C-TAX\"",
        "`tax` has no mandate",
    );
    let over = good().with("until = \"2040-01-01\"", "until = \"2026-01-01\"");
    remarked(
        &over,
        RemarkSort::Idle,
        "code = \"C-TAX\"",
        "`tax` has no mandate",
    );
    let last = good().with("until = \"2040-01-01\"", "until = \"2026-01-02\"");
    assert_eq!(last.remarks(RemarkSort::Idle), []);
}

#[test]
fn a_way_back_before_publicity_may_end_is_a_conflict() {
    let early = good().with("not_before = { years = 1 }", "not_before = { months = 6 }");
    let line = "[measures.repair]";
    let remarks = early.remarks(RemarkSort::Conflict);
    assert_eq!(remarks.len(), 1, "{remarks:#?}");
    assert_eq!(remarks[0].code, "L-WAGES");
    assert!(
        remarks[0].text.contains("6 months after the correction"),
        "{remarks:#?}"
    );
    assert!(
        remarks[0].text.contains("at least 1 year from 2026-04-01"),
        "{remarks:#?}"
    );
    let text = &early.0[3].1;
    let expected = text[..text.find("not_before").unwrap()]
        .rfind(line)
        .unwrap();
    assert_eq!(remarks[0].line, text[..expected].lines().count() + 1);
    let at_once = good().with("not_before = { years = 1 }\n", "");
    let remarks = at_once.remarks(RemarkSort::Conflict);
    assert!(remarks[0].text.contains("open at any time"), "{remarks:#?}");
    let graceful = good().with("not_before = { years = 1 }", "not_before = { months = 12 }");
    assert_eq!(graceful.remarks(RemarkSort::Conflict), []);
}

#[test]
fn a_limit_that_ended_before_the_edition_conflicts_with_nothing() {
    let files = good().with("not_before = { years = 1 }\n", "").with(
        "from = \"2026-04-01\"",
        "from = \"2023-05-01\"\nuntil = \"2026-01-02\"",
    );
    assert_eq!(files.remarks(RemarkSort::Conflict).len(), 1);
    let ended = files
        .with("until = \"2026-01-02\"", "until = \"2026-01-01\"")
        .with("seriousness = \"serious\"\n", "");
    assert_eq!(ended.remarks(RemarkSort::Conflict), []);
}
