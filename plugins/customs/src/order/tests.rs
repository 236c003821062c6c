//! Steps as documents: what stands in them, letter by letter.

use super::*;
use credence_sdk::contract::http::Method;
use credence_sdk::contract::types::{Authority, Date, Identifier};

use crate::xml;

fn day(year: u16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

fn sample() -> Order {
    Order {
        key: "o-1".into(),
        case_number: "闽信联〔2026〕1号".into(),
        measure: "L-CUS-02".into(),
        title: "列入海关严重失信主体名单".into(),
        subject: Subject {
            name: Some("虚构贸易<福建>有限公司".into()),
            identifiers: vec![Identifier {
                scheme: "uscc".into(),
                value: "91350100MA900010XU".into(),
            }],
        },
        decision: Decision {
            authority: Authority {
                name: "虚构海关".into(),
                uscc: Some("11350000009999033N".into()),
            },
            number: Some("榕关缉违字〔2026〕3号".into()),
            decided_on: day(2026, 4, 5),
        },
        basis: vec![Basis {
            code: Some("GACC-282".into()),
            text: "海关总署令第282号".into(),
        }],
        starts_on: day(2026, 5, 1),
        ends_on: day(2027, 4, 30),
        parameters: vec![
            Fact {
                field: "AMOUNT".into(),
                value: Value::Yuan("12300.50".into()),
            },
            Fact {
                field: "SEEN".into(),
                value: Value::YesNo(true),
            },
        ],
    }
}

fn later_step() -> Step {
    Step {
        key: "o-1.lift".into(),
        order: sample(),
        reference: Some("R-000001".into()),
        effective_on: day(2026, 9, 1),
        note: "信用修复决定〔2026〕9号 & 附件".into(),
    }
}

fn named<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut fields = request.headers.iter().filter(|h| h.name == name);
    let value = fields.next().map(|h| h.value.as_str());
    assert!(fields.next().is_none(), "{name} twice");
    value
}

#[test]
fn a_step_carries_its_key_in_document_and_header() {
    let request = step("o-1", apply(&sample()).unwrap());
    assert_eq!(request.path, "/measures");
    assert_eq!(request.destination, "customs-office");
    assert_eq!(named(&request, "idempotency-key"), Some("o-1"));
    assert_eq!(named(&request, "content-type"), Some("application/xml"));
    assert_eq!(
        request.body.unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <MeasureStep><Key>o-1</Key>\n\
         <OrderKey>o-1</OrderKey>\n\
         <Verb>apply</Verb>\n\
         <Measure>L-CUS-02</Measure>\n\
         <Title>列入海关严重失信主体名单</Title>\n\
         <CaseNumber>闽信联〔2026〕1号</CaseNumber>\n\
         <Subject><Name>虚构贸易&lt;福建&gt;有限公司</Name>\n\
         <Identifier scheme=\"uscc\">91350100MA900010XU</Identifier>\n\
         </Subject>\n\
         <Decision><Authority uscc=\"11350000009999033N\">虚构海关</Authority>\n\
         <Number>榕关缉违字〔2026〕3号</Number>\n\
         <DecidedOn>2026-04-05</DecidedOn>\n\
         </Decision>\n\
         <Basis code=\"GACC-282\">海关总署令第282号</Basis>\n\
         <StartsOn>2026-05-01</StartsOn>\n\
         <EndsOn>2027-04-30</EndsOn>\n\
         <Parameter field=\"AMOUNT\" kind=\"yuan\">12300.50</Parameter>\n\
         <Parameter field=\"SEEN\" kind=\"yes-no\">true</Parameter>\n\
         <EffectiveOn>2026-05-01</EffectiveOn>\n\
         </MeasureStep>\n"
    );
}

#[test]
fn a_later_step_says_why_and_from_when() {
    let exit = Exit::Repair(sample().decision);
    let lift = later(Verb::Lift, &later_step(), Some(&exit)).unwrap();
    for part in [
        "<Key>o-1.lift</Key>",
        "<OrderKey>o-1</OrderKey>",
        "<Verb>lift</Verb>",
        "<EffectiveOn>2026-09-01</EffectiveOn>",
        "<Note>信用修复决定〔2026〕9号 &amp; 附件</Note>",
        "<Reference>R-000001</Reference>",
        "<Exit kind=\"repair\"><Decision><Authority",
    ] {
        assert!(lift.contains(part), "{part}\n{lift}");
    }
    let suspend = later(Verb::Suspend, &later_step(), None).unwrap();
    assert!(suspend.contains("<Verb>suspend</Verb>") && !suspend.contains("<Exit"));
    let expiry = later(Verb::Lift, &later_step(), Some(&Exit::Expiry)).unwrap();
    assert!(expiry.contains("<Exit kind=\"expiry\"></Exit>"));
}

#[test]
fn what_says_nothing_is_left_out() {
    let mut order = sample();
    order.subject.name = None;
    order.decision.number = None;
    order.decision.authority.uscc = None;
    let document = apply(&order).unwrap();
    for absent in [
        "<Name",
        "<Number",
        "<Authority uscc",
        "<Note",
        "<Reference",
        "<Exit",
    ] {
        assert!(!document.contains(absent), "{absent}\n{document}");
    }
}

#[test]
fn words_cannot_leave_their_element() {
    let mut order = sample();
    order.title = "]]></Title><Verb>lift</Verb><!-- \" ' & \r\n".into();
    order.subject.identifiers[0].scheme = "a\" b='<".into();
    let document = apply(&order).unwrap();
    assert_eq!(document.matches("<Verb>").count(), 1);
    // A title by itself comes back as it was.
    let at = document.find("<Title>").unwrap();
    let end = document.find("</Title>").unwrap() + "</Title>".len();
    let alone = format!("<T>{}</T>", &document[at..end]);
    let flat = xml::read(&alone, "T").unwrap();
    assert_eq!(flat.children[0].words.text(), order.title);
}

#[test]
fn what_xml_cannot_hold_goes_to_a_person() {
    for c in ['\u{1}', '\u{b}', '\u{1f}', '\u{fffe}'] {
        let mut step = later_step();
        step.note.push(c);
        let refused = later(Verb::Suspend, &step, None);
        assert!(matches!(refused, Err(Failure::NeedsPerson(_))), "{c:?}");
    }
}

#[test]
fn a_question_changes_nothing() {
    let request = question("o-1");
    assert!(matches!(request.method, Method::Get));
    assert_eq!(request.path, "/measures/o-1");
    assert_eq!(request.body, None);
    assert_eq!(named(&request, "idempotency-key"), None);
}
