//! A step of an order as the form that housing's counter (窗口) takes.
//!
//! In come the contract's orders and steps; out goes the body of `POST /measures`,
//! or why this order has no form. Always: the form says what the order says, and
//! nothing that is absent stands in it; a person token passes unaltered, since its
//! letters and digits need no escape. Absent: sending, secrets, and numbers of
//! subjects that the form has no field for.

use credence_sdk::contract::measures::{Failure, Order, Step, Verb};
use credence_sdk::contract::types::{Date, Exit, Fact, Subject, Value};
use credence_sdk::days::write_day;
use credence_sdk::request;

/// Schemes of numbers, and the field of each.
const NUMBERS: [(&str, &str); 3] = [
    ("uscc", "uscc"),
    ("registration-number", "registration_number"),
    ("person", "person"),
];

/// Body of the apply step, whose key is the order's.
///
/// # Errors
/// `needs-person`: the form cannot express this order.
pub(crate) fn apply(order: &Order) -> Result<String, Failure> {
    Ok(Fields::of(&order.key, Verb::Apply, order, order.starts_on)?.body())
}

/// Body of a later step; `exit` with `lift`.
///
/// # Errors
/// As [`apply`].
pub(crate) fn later(verb: Verb, step: &Step, exit: Option<&Exit>) -> Result<String, Failure> {
    let mut fields = Fields::of(&step.key, verb, &step.order, step.effective_on)?;
    fields.push("note", &step.note);
    fields.push_some("reference", step.reference.as_deref());
    if let Some(exit) = exit {
        let (kind, decision) = match exit {
            Exit::Expiry => ("expiry", None),
            Exit::Fulfilment => ("fulfilment", None),
            Exit::Repair(decision) => ("repair", Some(decision)),
            Exit::Correction => ("correction", None),
            Exit::Revocation(decision) => ("revocation", Some(decision)),
        };
        fields.push("exit", kind);
        let number = decision.and_then(|decision| decision.number.as_deref());
        fields.push_some("exit_decision", number);
    }
    Ok(fields.body())
}

/// The pairs of a form, in their order.
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// The same in every step.
    fn of(key: &str, verb: Verb, order: &Order, effective_on: Date) -> Result<Self, Failure> {
        let mut fields = Self(Vec::with_capacity(24));
        fields.push("key", key);
        fields.push("order_key", &order.key);
        fields.push("verb", request::verb(verb));
        fields.push("measure", &order.measure);
        fields.push("title", &order.title);
        fields.push("case_number", &order.case_number);
        fields.subject(&order.subject)?;
        fields.push("authority", &order.decision.authority.name);
        fields.push_some("decision_number", order.decision.number.as_deref());
        fields.push("decided_on", &write_day(order.decision.decided_on));
        for basis in &order.basis {
            fields.push("basis", &basis.text);
        }
        fields.push("starts_on", &write_day(order.starts_on));
        fields.push("ends_on", &write_day(order.ends_on));
        fields.push("effective_on", &write_day(effective_on));
        for parameter in &order.parameters {
            fields.push("parameter", &parameter_text(parameter));
        }
        Ok(fields)
    }

    /// Every number that the form has a field for. One of another scheme stays
    /// behind: whom the order names, the others say.
    fn subject(&mut self, subject: &Subject) -> Result<(), Failure> {
        self.push_some("name", subject.name.as_deref());
        let mut given = 0;
        for (scheme, field) in NUMBERS {
            let mut values = subject.identifiers.iter().filter(|id| id.scheme == scheme);
            let Some(identifier) = values.next() else {
                continue;
            };
            if values.next().is_some() {
                return Err(no_form(
                    "the order gives its subject two numbers of one kind",
                ));
            }
            self.push(field, &identifier.value);
            given += 1;
        }
        if given == 0 {
            return Err(no_form(
                "the order gives no number of its subject that the form has a field for",
            ));
        }
        Ok(())
    }

    fn push(&mut self, name: &'static str, value: &str) {
        self.0.push((name, value.to_owned()));
    }

    fn push_some(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    fn body(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| (*name, value.as_str()));
        request::form(&pairs.collect::<Vec<_>>())
    }
}

/// Amounts and numbers stay the digits that they are.
fn parameter_text(fact: &Fact) -> String {
    let value = match &fact.value {
        Value::Text(text) | Value::Number(text) | Value::Yuan(text) => text.clone(),
        Value::Day(date) => write_day(*date),
        Value::YesNo(true) => "yes".to_owned(),
        Value::YesNo(false) => "no".to_owned(),
    };
    format!("{}={value}", fact.field)
}

fn no_form(what: &str) -> Failure {
    Failure::NeedsPerson(format!(
        "{what}; housing's form takes `uscc`, `registration-number` or `person`, one of each: \
         grant these schemes and have the step made again, or enter the feedback by hand"
    ))
}

#[cfg(test)]
mod tests;
