//! The file, cell by cell, as a reader that is not ours takes it apart.

use super::*;
use credence_sdk::contract::types::{Authority, Basis, Decision, Identifier};

fn day(year: u16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

fn subject(identifiers: &[(&str, &str)]) -> Subject {
    Subject {
        name: Some("虚构货运有限公司".into()),
        identifiers: identifiers
            .iter()
            .map(|(scheme, value)| Identifier {
                scheme: (*scheme).into(),
                value: (*value).into(),
            })
            .collect(),
    }
}

fn order() -> Order {
    Order {
        key: "o-1".into(),
        case_number: "闽信联〔2026〕1号".into(),
        measure: "S-TRN-01".into(),
        title: "道路运输从业和经营限制".into(),
        subject: subject(&[("uscc", "91350100MA900010XU")]),
        decision: Decision {
            authority: Authority {
                name: "虚构省交通运输综合执法局".into(),
                uscc: None,
            },
            number: Some("例交执罚〔2025〕1号".into()),
            decided_on: day(2025, 3, 12),
        },
        basis: ["《公路安全保护条例》第六十六条", "国务院令第593号"]
            .map(|text| Basis {
                code: None,
                text: text.into(),
            })
            .to_vec(),
        starts_on: day(2026, 2, 1),
        ends_on: day(2027, 1, 31),
        parameters: vec![
            Fact {
                field: "违法超限次数".into(),
                value: Value::Number("4".into()),
            },
            Fact {
                field: "CF_NR_FK".into(),
                value: Value::Yuan("5000.50".into()),
            },
        ],
    }
}

fn step() -> Step {
    Step {
        key: "o-1.2".into(),
        order: order(),
        reference: Some("R-000001".into()),
        effective_on: day(2026, 9, 1),
        note: "申请人称\"另一主体\"，\n核实期间暂不执行".into(),
    }
}

/// The columns of the file, each with its cell, empty ones left out.
fn cells(file: &File) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_reader(file.text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((header.len(), rows.len()), (22, 1));
    let told = header.iter().zip(rows[0].iter());
    told.filter(|(_, cell)| !cell.is_empty())
        .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
        .collect()
}

fn cell(file: &File, column: &str) -> Option<String> {
    let mut cells = cells(file).into_iter();
    cells.find(|(name, _)| name == column).map(|(_, cell)| cell)
}

#[test]
fn an_order_is_told_whole_in_the_agreed_columns() {
    let file = apply(&order()).unwrap();
    assert_eq!(file.name, "order-o-1.csv");
    assert!(file.text.ends_with("\r\n") && !file.text.starts_with('\u{feff}'));
    let told = cells(&file);
    let told: Vec<_> = told
        .iter()
        .map(|(column, cell)| (column.as_str(), cell.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("步骤编号", "o-1"),
            ("命令编号", "o-1"),
            ("办理事项", "执行"),
            ("措施编码", "S-TRN-01"),
            ("措施名称", "道路运输从业和经营限制"),
            ("对象名称", "虚构货运有限公司"),
            ("统一社会信用代码", "91350100MA900010XU"),
            ("案号", "闽信联〔2026〕1号"),
            ("决定机关", "虚构省交通运输综合执法局"),
            ("决定文号", "例交执罚〔2025〕1号"),
            ("决定日期", "2025-03-12"),
            ("依据", "《公路安全保护条例》第六十六条；国务院令第593号"),
            ("开始日期", "2026-02-01"),
            ("结束日期", "2027-01-31"),
            ("生效日期", "2026-02-01"),
            ("参数", "违法超限次数=4；CF_NR_FK=5000.50元"),
        ]
    );
}

#[test]
fn a_later_step_says_why_from_when_and_after_what() {
    let file = later(Verb::Suspend, &step(), None).unwrap();
    assert_eq!(file.name, "order-o-1.2.csv");
    assert_eq!(cell(&file, "步骤编号").as_deref(), Some("o-1.2"));
    assert_eq!(cell(&file, "命令编号").as_deref(), Some("o-1"));
    assert_eq!(cell(&file, "办理事项").as_deref(), Some("中止"));
    assert_eq!(cell(&file, "生效日期").as_deref(), Some("2026-09-01"));
    assert_eq!(cell(&file, "开始日期").as_deref(), Some("2026-02-01"));
    assert_eq!(cell(&file, "前次文号").as_deref(), Some("R-000001"));
    assert_eq!(cell(&file, "说明").as_deref(), Some(step().note.as_str()));
    assert_eq!(cell(&file, "退出方式"), None);
    let file = later(Verb::Resume, &step(), None).unwrap();
    assert_eq!(cell(&file, "办理事项").as_deref(), Some("恢复"));
}

#[test]
fn a_lift_says_which_way_out() {
    let by = order().decision;
    for (exit, word, number) in [
        (Exit::Expiry, "到期", None),
        (Exit::Fulfilment, "履行完毕", None),
        (Exit::Correction, "更正", None),
        (
            Exit::Repair(by.clone()),
            "信用修复",
            Some("例交执罚〔2025〕1号"),
        ),
        (Exit::Revocation(by), "撤销", Some("例交执罚〔2025〕1号")),
    ] {
        let file = later(Verb::Lift, &step(), Some(&exit)).unwrap();
        assert_eq!(cell(&file, "办理事项").as_deref(), Some("解除"));
        assert_eq!(cell(&file, "退出方式").as_deref(), Some(word));
        assert_eq!(cell(&file, "退出决定文号").as_deref(), number);
    }
}

#[test]
fn the_same_step_is_the_same_file() {
    assert_eq!(apply(&order()), apply(&order()));
    let again = later(Verb::Suspend, &step(), None);
    assert_eq!(later(Verb::Suspend, &step(), None), again);
}

#[test]
fn a_driver_is_named_by_token_in_the_column_for_persons() {
    let token = "Z9J8K7L6M5N4P3Q2R1";
    let mut order = order();
    order.subject = subject(&[("person", token)]);
    let file = apply(&order).unwrap();
    assert_eq!(cell(&file, "身份证件号码").as_deref(), Some(token));
    assert_eq!(cell(&file, "统一社会信用代码"), None);
    assert_eq!(file.text.matches(token).count(), 1);
}

#[test]
fn what_the_file_cannot_say_goes_to_a_person_and_is_not_put() {
    for identifiers in [
        &[][..],
        &[("organization-code", "MA2EL626-6")],
        &[
            ("registration-number", "350100400012345"),
            ("registration-number", "35010040009902"),
        ],
    ] {
        let mut order = order();
        order.subject = subject(identifiers);
        let Err(Failure::NeedsPerson(text)) = apply(&order) else {
            panic!("{identifiers:?}");
        };
        assert!(!text.contains("3501") && !text.contains("MA2EL"), "{text}");
    }
    let mut both = order();
    both.subject = subject(&[
        ("organization-code", "MA900010X"),
        ("uscc", "91350100MA900010XU"),
    ]);
    let file = apply(&both).unwrap();
    assert!(!file.text.contains("MA900010X,"));
}
