//! A step of an order as the tax department's system wants it.
//!
//! In come the contract's orders, steps and inquiries; out go HTTP requests:
//! `POST /measures` for a step and `GET /measures/{key}` for a question. Always:
//! the step key goes along twice, in the body and as `idempotency-key`, and the
//! body holds what the order says and nothing more. Absent: credentials, which are
//! put in when the request is sent.

use credence_sdk::contract::http::Request;
use credence_sdk::contract::measures::{Order, Step, Verb};
use credence_sdk::contract::types::{Authority, Basis, Decision, Exit, Fact, Subject, Value};
use credence_sdk::days::write_day;
use credence_sdk::request;
use serde_json::{Value as Json, json};

/// Name of the setting, and of the header it fills.
pub(crate) const AUTHORIZATION: &str = "authorization";
const DESTINATION: &str = "tax-bureau";

/// The request that makes a step.
pub(crate) fn step(key: &str, body: String) -> Request {
    request::step(DESTINATION, "/measures", key, "application/json", body)
}

/// The request that asks about a step. Its key fits a path as it is.
pub(crate) fn question(key: &str) -> Request {
    request::question(DESTINATION, &format!("/measures/{key}"))
}

/// Body of the apply step, whose key is the order's.
pub(crate) fn apply(order: &Order) -> String {
    let mut body = common(order);
    body["key"] = json!(order.key);
    body["verb"] = json!(request::verb(Verb::Apply));
    body["effective_on"] = json!(write_day(order.starts_on));
    body.to_string()
}

/// Body of a later step; `exit` with `lift`.
pub(crate) fn later(verb: Verb, step: &Step, exit: Option<&Exit>) -> String {
    let mut body = common(&step.order);
    body["key"] = json!(step.key);
    body["verb"] = json!(request::verb(verb));
    body["effective_on"] = json!(write_day(step.effective_on));
    body["reason"] = json!(step.note);
    body["reference"] = json!(step.reference);
    body["exit"] = exit.map_or(Json::Null, exit_json);
    body.to_string()
}

/// The same in every step.
fn common(order: &Order) -> Json {
    json!({
        "order_key": order.key,
        "case_number": order.case_number,
        "measure": order.measure,
        "title": order.title,
        "subject": subject_json(&order.subject),
        "decision": decision_json(&order.decision),
        "basis": order.basis.iter().map(basis_json).collect::<Vec<_>>(),
        "starts_on": write_day(order.starts_on),
        "ends_on": write_day(order.ends_on),
        "parameters": order.parameters.iter().map(fact_json).collect::<Vec<_>>(),
        "reason": null,
        "reference": null,
    })
}

fn subject_json(subject: &Subject) -> Json {
    let identifiers: Vec<Json> = subject
        .identifiers
        .iter()
        .map(|id| json!({ "scheme": id.scheme, "value": id.value }))
        .collect();
    json!({ "name": subject.name, "identifiers": identifiers })
}

fn authority_json(authority: &Authority) -> Json {
    json!({ "name": authority.name, "uscc": authority.uscc })
}

fn decision_json(decision: &Decision) -> Json {
    json!({
        "authority": authority_json(&decision.authority),
        "number": decision.number,
        "decided_on": write_day(decision.decided_on),
    })
}

fn basis_json(basis: &Basis) -> Json {
    json!({ "code": basis.code, "text": basis.text })
}

/// Amounts and numbers stay strings: a reader in binary floating point would
/// round them.
fn fact_json(fact: &Fact) -> Json {
    let (kind, value) = match &fact.value {
        Value::Text(text) => ("text", json!(text)),
        Value::Number(digits) => ("number", json!(digits)),
        Value::Yuan(digits) => ("yuan", json!(digits)),
        Value::Day(date) => ("day", json!(write_day(*date))),
        Value::YesNo(yes) => ("yes-no", json!(yes)),
    };
    json!({ "field": fact.field, "kind": kind, "value": value })
}

fn exit_json(exit: &Exit) -> Json {
    let (kind, decision) = match exit {
        Exit::Expiry => ("expiry", None),
        Exit::Fulfilment => ("fulfilment", None),
        Exit::Repair(decision) => ("repair", Some(decision)),
        Exit::Correction => ("correction", None),
        Exit::Revocation(decision) => ("revocation", Some(decision)),
    };
    json!({ "kind": kind, "decision": decision.map(decision_json) })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use credence_sdk::contract::http::Method;
    use credence_sdk::contract::types::{Date, Identifier};

    fn day(year: u16, month: u8, day: u8) -> Date {
        Date { year, month, day }
    }

    fn sample() -> Order {
        Order {
            key: "o-1".into(),
            case_number: "闽信联〔2026〕1号".into(),
            measure: "L-TAX-02".into(),
            title: "重大税收违法失信主体".into(),
            subject: Subject {
                name: Some("虚构贸易有限公司".into()),
                identifiers: vec![Identifier {
                    scheme: "uscc".into(),
                    value: "91350100MA00000000".into(),
                }],
            },
            decision: Decision {
                authority: Authority {
                    name: "某税务局".into(),
                    uscc: None,
                },
                number: Some("榕税罚〔2026〕3号".into()),
                decided_on: day(2026, 1, 5),
            },
            basis: vec![Basis {
                code: Some("SAT-54".into()),
                text: "税务总局令第54号第六条".into(),
            }],
            starts_on: day(2026, 2, 1),
            ends_on: day(2029, 1, 31),
            parameters: vec![Fact {
                field: "AMOUNT".into(),
                value: Value::Yuan("12300.50".into()),
            }],
        }
    }

    fn named<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        let mut fields = request.headers.iter().filter(|h| h.name == name);
        let value = fields.next().map(|h| h.value.as_str());
        assert!(fields.next().is_none(), "{name} twice");
        value
    }

    #[test]
    fn a_step_carries_its_key_in_body_and_header() {
        let request = step("o-1", apply(&sample()));
        assert_eq!(request.path, "/measures");
        assert_eq!(request.destination, "tax-bureau");
        assert_eq!(named(&request, "idempotency-key"), Some("o-1"));
        assert_eq!(named(&request, "content-type"), Some("application/json"));
        let body: Json = serde_json::from_str(&request.body.unwrap()).unwrap();
        assert_eq!(
            body,
            json!({
                "key": "o-1",
                "verb": "apply",
                "order_key": "o-1",
                "case_number": "闽信联〔2026〕1号",
                "measure": "L-TAX-02",
                "title": "重大税收违法失信主体",
                "subject": {
                    "name": "虚构贸易有限公司",
                    "identifiers": [{ "scheme": "uscc", "value": "91350100MA00000000" }],
                },
                "decision": {
                    "authority": { "name": "某税务局", "uscc": null },
                    "number": "榕税罚〔2026〕3号",
                    "decided_on": "2026-01-05",
                },
                "basis": [{ "code": "SAT-54", "text": "税务总局令第54号第六条" }],
                "starts_on": "2026-02-01",
                "ends_on": "2029-01-31",
                "effective_on": "2026-02-01",
                "reason": null,
                "reference": null,
                "parameters": [{ "field": "AMOUNT", "kind": "yuan", "value": "12300.50" }],
            })
        );
    }

    #[test]
    fn a_later_step_says_why_and_from_when() {
        let later_step = Step {
            key: "o-1.lift".into(),
            order: sample(),
            reference: Some("T-7".into()),
            effective_on: day(2026, 9, 1),
            note: "信用修复决定〔2026〕9号".into(),
        };
        let exit = Exit::Repair(sample().decision);
        let body: Json =
            serde_json::from_str(&later(Verb::Lift, &later_step, Some(&exit))).unwrap();
        assert_eq!(body["key"], "o-1.lift");
        assert_eq!(body["order_key"], "o-1");
        assert_eq!(body["verb"], "lift");
        assert_eq!(body["effective_on"], "2026-09-01");
        assert_eq!(body["reference"], "T-7");
        assert_eq!(body["reason"], "信用修复决定〔2026〕9号");
        assert_eq!(body["exit"]["kind"], "repair");
        assert_eq!(body["exit"]["decision"]["decided_on"], "2026-01-05");

        let body: Json = serde_json::from_str(&later(Verb::Suspend, &later_step, None)).unwrap();
        assert_eq!(
            (&body["verb"], &body["exit"]),
            (&json!("suspend"), &Json::Null)
        );
    }

    #[test]
    fn a_question_changes_nothing() {
        let request = question("o-1");
        assert!(matches!(request.method, Method::Get));
        assert_eq!(request.path, "/measures/o-1");
        assert_eq!(request.body, None);
        assert_eq!(named(&request, "idempotency-key"), None);
    }
}
