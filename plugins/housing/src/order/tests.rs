//! Forms, pair by pair, of orders that have everything and of such that have
//! little. Absent: the department's system, which the host's tests have.

use super::*;
use crate::form::Form;
use credence_sdk::contract::types::{Authority, Basis, Decision, Identifier};

const TOKEN: &str = "Z0123456789ABCDEFG";

fn day(year: u16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

fn identifier(scheme: &str, value: &str) -> Identifier {
    Identifier {
        scheme: scheme.into(),
        value: value.into(),
    }
}

fn sample() -> Order {
    Order {
        key: "o-1".into(),
        case_number: "闽信联〔2026〕1号".into(),
        measure: "S-HOU-03".into(),
        title: "对欠薪失信联合惩戒对象的限制（工程建设领域）".into(),
        subject: Subject {
            name: Some("虚构 & 建设有限公司".into()),
            identifiers: vec![identifier("uscc", "91350100MA00000000")],
        },
        decision: Decision {
            authority: Authority {
                name: "某市人力资源和社会保障局".into(),
                uscc: None,
            },
            number: Some("例人社列〔2026〕3号".into()),
            decided_on: day(2026, 1, 5),
        },
        basis: vec![
            Basis {
                code: Some("MWWR-48".into()),
                text: "《保障农民工工资支付条例》第四十八条".into(),
            },
            Basis {
                code: None,
                text: "人社部令第45号".into(),
            },
        ],
        starts_on: day(2026, 2, 1),
        ends_on: day(2029, 1, 31),
        parameters: vec![
            Fact {
                field: "AMOUNT".into(),
                value: Value::Yuan("12300.50".into()),
            },
            Fact {
                field: "PUBLIC".into(),
                value: Value::YesNo(false),
            },
        ],
    }
}

fn later_step(reference: Option<&str>) -> Step {
    Step {
        key: "o-1.lift".into(),
        order: sample(),
        reference: reference.map(str::to_owned),
        effective_on: day(2026, 9, 1),
        note: "信用修复决定〔2026〕9号".into(),
    }
}

/// Decoded, since Chinese escapes cannot be read through. No value of the sample
/// holds what its escape was for, an ampersand in one name apart.
fn shown(body: &str) -> Vec<String> {
    body.split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            let form = Form::read(&format!("v={value}")).unwrap();
            format!("{name}={}", form.get("v").unwrap())
        })
        .collect()
}

#[test]
fn an_order_is_a_form() {
    let body = apply(&sample()).unwrap();
    assert_eq!(
        shown(&body),
        [
            "key=o-1",
            "order_key=o-1",
            "verb=apply",
            "measure=S-HOU-03",
            "title=对欠薪失信联合惩戒对象的限制（工程建设领域）",
            "case_number=闽信联〔2026〕1号",
            "name=虚构 & 建设有限公司",
            "uscc=91350100MA00000000",
            "authority=某市人力资源和社会保障局",
            "decision_number=例人社列〔2026〕3号",
            "decided_on=2026-01-05",
            "basis=《保障农民工工资支付条例》第四十八条",
            "basis=人社部令第45号",
            "starts_on=2026-02-01",
            "ends_on=2029-01-31",
            "effective_on=2026-02-01",
            "parameter=AMOUNT=12300.50",
            "parameter=PUBLIC=no",
        ]
    );
}

#[test]
fn a_later_step_says_why_and_from_when() {
    let exit = Exit::Repair(sample().decision);
    let body = later(Verb::Lift, &later_step(Some("R-000001")), Some(&exit)).unwrap();
    let pairs = shown(&body);
    for expected in [
        "key=o-1.lift",
        "order_key=o-1",
        "verb=lift",
        "effective_on=2026-09-01",
        "note=信用修复决定〔2026〕9号",
        "reference=R-000001",
        "exit=repair",
        "exit_decision=例人社列〔2026〕3号",
    ] {
        assert!(pairs.iter().any(|pair| pair == expected), "{expected}");
    }
}

#[test]
fn what_is_absent_has_no_field() {
    let mut step = later_step(None);
    step.order.subject.name = None;
    step.order.decision.number = None;
    step.order.parameters.clear();
    let pairs = shown(&later(Verb::Suspend, &step, None).unwrap());
    for name in ["reference", "name", "decision_number", "exit", "parameter"] {
        let absent = !pairs
            .iter()
            .any(|pair| pair.starts_with(&format!("{name}=")));
        assert!(absent, "{name}");
    }
    let pairs = shown(&later(Verb::Lift, &step, Some(&Exit::Expiry)).unwrap());
    assert!(pairs.contains(&"exit=expiry".to_owned()));
    assert!(!pairs.iter().any(|pair| pair.starts_with("exit_decision=")));
}

/// The host fills the number in by the token as it stands.
#[test]
fn a_person_token_passes_unaltered() {
    let mut order = sample();
    order.subject.identifiers = vec![identifier("person", TOKEN)];
    let body = apply(&order).unwrap();
    assert!(body.contains(&format!("&person={TOKEN}&")), "{body}");
}

#[test]
fn an_order_that_the_form_cannot_express_needs_a_person() {
    for identifiers in [
        vec![],
        vec![identifier("organization-code", "MA0000000")],
        vec![identifier("uscc", "A"), identifier("uscc", "B")],
    ] {
        let mut order = sample();
        order.subject.identifiers = identifiers;
        assert!(matches!(apply(&order), Err(Failure::NeedsPerson(_))));
    }
    // What the form has no field for does not stop what it has one for.
    let mut order = sample();
    let more = identifier("organization-code", "MA0000000");
    order.subject.identifiers.push(more);
    assert!(!apply(&order).unwrap().contains("MA0000000&"));
}
