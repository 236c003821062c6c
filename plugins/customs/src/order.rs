//! A step of an order as the customs' system wants it: a `MeasureStep` in XML.
//!
//! In come the contract's orders, steps and inquiries; out go HTTP requests:
//! `POST /measures` for a step and `GET /measures/{key}` for a question. Always: the
//! step key goes along twice, in the document and as `idempotency-key`; the document
//! holds what the order says and nothing more, and an element that says nothing is
//! left out. Absent: credentials and signatures, which are the host's.

use std::borrow::Cow;

use credence_sdk::contract::http::Request;
use credence_sdk::contract::measures::{Failure, Order, Step, Verb};
use credence_sdk::contract::types::{Basis, Decision, Exit, Fact, Subject, Value};
use credence_sdk::days::write_day;
use credence_sdk::request;
use quick_xml::escape::escape;

#[cfg(test)]
mod tests;

/// Of what is sent, and of what is asked for.
pub(crate) const CONTENT_TYPE: &str = "application/xml";
const DESTINATION: &str = "customs-office";

/// The request that makes a step.
pub(crate) fn step(key: &str, document: String) -> Request {
    request::step(DESTINATION, "/measures", key, CONTENT_TYPE, document)
}

/// The request that asks about a step. Its key fits a path as it is.
pub(crate) fn question(key: &str) -> Request {
    request::question(DESTINATION, &format!("/measures/{key}"))
}

/// Document of the apply step, whose key is the order's.
///
/// # Errors
/// `needs-person`: the order holds what XML cannot.
pub(crate) fn apply(order: &Order) -> Result<String, Failure> {
    let mut out = Document::of(&order.key, Verb::Apply, order);
    out.element("EffectiveOn", &[], &write_day(order.starts_on));
    out.finish()
}

/// Document of a later step; `exit` with `lift`.
///
/// # Errors
/// As [`apply`].
pub(crate) fn later(verb: Verb, step: &Step, exit: Option<&Exit>) -> Result<String, Failure> {
    let mut out = Document::of(&step.key, verb, &step.order);
    out.element("EffectiveOn", &[], &write_day(step.effective_on));
    out.element("Note", &[], &step.note);
    out.optional("Reference", step.reference.as_deref());
    if let Some(exit) = exit {
        out.exit(exit);
    }
    out.finish()
}

/// A document being written.
struct Document(String);

impl Document {
    /// What every step has.
    fn of(key: &str, verb: Verb, order: &Order) -> Self {
        let mut out = Self(String::with_capacity(2048));
        out.0
            .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.open("MeasureStep", &[]);
        out.element("Key", &[], key);
        out.element("OrderKey", &[], &order.key);
        out.element("Verb", &[], request::verb(verb));
        out.element("Measure", &[], &order.measure);
        out.element("Title", &[], &order.title);
        out.element("CaseNumber", &[], &order.case_number);
        out.subject(&order.subject);
        out.decision(&order.decision);
        for basis in &order.basis {
            out.basis(basis);
        }
        out.element("StartsOn", &[], &write_day(order.starts_on));
        out.element("EndsOn", &[], &write_day(order.ends_on));
        for fact in &order.parameters {
            out.parameter(fact);
        }
        out
    }

    fn finish(mut self) -> Result<String, Failure> {
        self.close("MeasureStep");
        let allowed = |c: char| {
            !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}'
                | '\u{fffe}' | '\u{ffff}')
        };
        if !self.0.chars().all(allowed) {
            return Err(Failure::NeedsPerson(
                "the order holds a control character, which XML cannot express; \
                 enter the feedback by hand"
                    .into(),
            ));
        }
        Ok(self.0)
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            let value = escape(*value);
            self.0.push_str(&format!(" {attribute}=\"{value}\""));
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str(&format!("</{name}>\n"));
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], words: &str) {
        self.open(name, attributes);
        self.0.push_str(&escape(words));
        self.close(name);
    }

    fn optional(&mut self, name: &str, words: Option<&str>) {
        if let Some(words) = words {
            self.element(name, &[], words);
        }
    }

    fn subject(&mut self, subject: &Subject) {
        self.open("Subject", &[]);
        self.optional("Name", subject.name.as_deref());
        for id in &subject.identifiers {
            self.element("Identifier", &[("scheme", &id.scheme)], &id.value);
        }
        self.close("Subject");
    }

    fn decision(&mut self, decision: &Decision) {
        self.open("Decision", &[]);
        let authority = &decision.authority;
        let code = authority.uscc.as_deref().map(|code| ("uscc", code));
        self.element("Authority", code.as_slice(), &authority.name);
        self.optional("Number", decision.number.as_deref());
        self.element("DecidedOn", &[], &write_day(decision.decided_on));
        self.close("Decision");
    }

    fn basis(&mut self, basis: &Basis) {
        let code = basis.code.as_deref().map(|code| ("code", code));
        self.element("Basis", code.as_slice(), &basis.text);
    }

    fn parameter(&mut self, fact: &Fact) {
        let (kind, words) = match &fact.value {
            Value::Text(text) => ("text", Cow::from(text)),
            Value::Number(digits) => ("number", Cow::from(digits)),
            Value::Yuan(digits) => ("yuan", Cow::from(digits)),
            Value::Day(date) => ("day", Cow::from(write_day(*date))),
            Value::YesNo(true) => ("yes-no", Cow::from("true")),
            Value::YesNo(false) => ("yes-no", Cow::from("false")),
        };
        let attributes = [("field", fact.field.as_str()), ("kind", kind)];
        self.element("Parameter", &attributes, &words);
    }

    fn exit(&mut self, exit: &Exit) {
        let (kind, decision) = match exit {
            Exit::Expiry => ("expiry", None),
            Exit::Fulfilment => ("fulfilment", None),
            Exit::Repair(decision) => ("repair", Some(decision)),
            Exit::Correction => ("correction", None),
            Exit::Revocation(decision) => ("revocation", Some(decision)),
        };
        self.open("Exit", &[("kind", kind)]);
        if let Some(decision) = decision {
            self.decision(decision);
        }
        self.close("Exit");
    }
}
