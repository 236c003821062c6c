//! The levels as the department sends them: fixtures, and what they must give. Each
//! row of `levels-hazards.xml` names its hazard in its remark.

use credence_sdk::contract::feeds::Guest as _;
use credence_sdk::contract::types::Statement;
use credence_sdk::testing::{Feed, Read, shown};

use super::*;
use crate::Customs;

fn feed() -> Feed {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Feed::new("levels", fixtures, Customs::normalise)
}

fn records(read: &Read) -> Vec<&CreditRecord> {
    read.all(|statement| match statement {
        Statement::Recorded(record) => Some(record),
        _ => None,
    })
}

fn endings(read: &Read) -> Vec<&Ending> {
    read.all(|statement| match statement {
        Statement::Ended(ending) => Some(ending),
        _ => None,
    })
}

/// A row of these columns, read.
fn row(columns: &[(&str, &str)]) -> Read {
    let common = [
        ("企业名称", "虚构公司"),
        ("统一社会信用代码", "91350100MA900010XU"),
        ("认定文书号", "例关企信〔2026〕9号"),
        ("认定海关", "虚构海关"),
        ("认定日期", "2026-05-12"),
    ];
    let overridden = |name: &str| columns.iter().any(|(other, _)| *other == name);
    let cells: String = common
        .iter()
        .filter(|(name, _)| !overridden(name))
        .chain(columns)
        .map(|(name, words)| format!("<{name}>{words}</{name}>"))
        .collect();
    let text = format!("<ExchangeMessage><Body><fields>{cells}</fields></Body></ExchangeMessage>");
    feed().read(&[&text])
}

#[test]
fn every_hazard_gives_what_was_agreed() {
    let read = feed().check("levels-hazards.xml");
    assert!(read.notes.is_empty(), "{:?}", read.notes);
}

#[test]
fn a_list_cut_off_in_a_row_keeps_the_rows_before() {
    let read = feed().check("levels-truncated.xml");
    assert_eq!((read.rows, records(&read).len()), (3, 2));
}

#[test]
fn only_the_gravest_level_is_on_a_list_that_carries_sanctions() {
    for (level, lists) in [
        ("高级认证", vec!["CUSTOMS-AEO"]),
        ("认证", vec!["CUSTOMS-AEO"]),
        ("常规", vec![]),
        ("失信", vec![]),
        ("严重失信", vec!["CUSTOMS-SERIOUS"]),
    ] {
        let read = row(&[("信用等级", level), ("认定情形", "走私")]);
        let listed: Vec<_> = records(&read)
            .iter()
            .filter_map(|record| record.listing.as_ref())
            .map(|listing| listing.list_code.as_str())
            .collect();
        assert_eq!(listed, lists, "{level}");
        let silent = lists.is_empty();
        assert_eq!(shown(&read).contains("not-collected"), silent, "{level}");
    }
}

#[test]
fn each_way_off_is_told_apart_for_each_level() {
    let way = |earlier: &str, reason: &str| {
        let read = row(&[
            ("信用等级", "常规"),
            ("原信用等级", earlier),
            ("原认定文书号", "例关企信〔2026〕1号"),
            ("调整事由", reason),
        ]);
        match endings(&read).as_slice() {
            [] => "refused",
            [ending] => match &ending.exit {
                Exit::Expiry => "expiry",
                Exit::Fulfilment => "fulfilment",
                Exit::Repair(_) => "repair",
                Exit::Correction => "correction",
                Exit::Revocation(_) => "revocation",
            },
            more => panic!("{more:?}"),
        }
    };
    for (reason, listed, certified) in [
        ("信用修复", "repair", "refused"),
        ("认定有误", "correction", "correction"),
        ("撤销", "revocation", "revocation"),
        ("企业注销", "expiry", "expiry"),
        ("等级调整", "refused", "expiry"),
        ("有效期届满", "refused", "expiry"),
        ("其他", "refused", "refused"),
    ] {
        assert_eq!(way("严重失信", reason), listed, "严重失信 {reason}");
        assert_eq!(way("认证", reason), certified, "认证 {reason}");
        assert_eq!(way("高级认证", reason), certified, "高级认证 {reason}");
    }
}

#[test]
fn what_ends_is_what_was_recorded() {
    let listed = row(&[("信用等级", "严重失信"), ("认定情形", "走私")]);
    let key = &records(&listed)[0].source_ref;
    let off = |number: &str| {
        row(&[
            ("信用等级", "失信"),
            ("认定文书号", number),
            ("原信用等级", "严重失信"),
            ("原认定文书号", "例关企信（２０２６）9号 "),
            ("调整事由", "信用修复"),
        ])
    };
    let later = off("例关企信〔2026〕10号");
    assert_eq!(endings(&later)[0].source_ref, *key);
    // No determination ends itself.
    assert!(endings(&off("例关企信〔2026〕9号")).is_empty());
}

#[test]
fn no_rejection_quotes_a_cell() {
    let read = feed().read(&[&feed().fixture("levels-hazards.xml")]);
    for line in read.lines {
        if let Statement::Rejected(rejection) = line.statement {
            for quoted in ["虚构公司", "例关", "一般认证"] {
                assert!(!rejection.text.contains(quoted), "{}", rejection.text);
            }
        }
    }
}
