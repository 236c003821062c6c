//! What the documents of the customs' system mean.
//!
//! In comes an HTTP answer; out goes what it tells of a step, or why nothing was
//! done. What follows from that is [`credence_sdk::answer`]'s to say. Always: a
//! document that breaks the agreed form, or says a thing twice, tells nothing;
//! elements that were not agreed are passed over. Absent: limits, retries.
//!
//! | answer | document |
//! |---|---|
//! | 200, 202 | `Feedback`: `Key`, `State` (`done`, `partly`, `refused`, `not-applicable`, `waiting`), `Reason`, `Reference`, `At`, `Evidence field="…"` |
//! | 409, 422, 503 | `Fault`: `Code` (`disputed`, `outside-mandate`, `not-started`), `Reason` |

use credence_sdk::answer::{Format, Refusal, State, Told};
use credence_sdk::contract::http::Response;

use crate::xml::{self, Child, Flat};

#[cfg(test)]
mod tests;

/// The customs' documents.
pub(crate) struct Documents;

impl Format for Documents {
    const WHO: &'static str = "the customs";

    fn told(response: &Response) -> Option<Told> {
        let feedback = xml::read(&response.body, "Feedback").ok()?;
        let reason = words(&feedback, "Reason")?;
        Some(Told {
            key: Some(words(&feedback, "Key")??),
            state: match words(&feedback, "State")??.as_str() {
                "done" => State::Done,
                "partly" => State::Partly(reason),
                "refused" => State::Refused(reason),
                "not-applicable" => State::NotApplicable(reason),
                "waiting" => State::Waiting,
                _ => return None,
            },
            at: words(&feedback, "At")?,
            reference: words(&feedback, "Reference")?,
            evidence: evidence(&feedback)?,
        })
    }

    fn refusal(response: &Response) -> Option<Refusal> {
        let fault = xml::read(&response.body, "Fault").ok()?;
        let code = words(&fault, "Code")??;
        let reason = words(&fault, "Reason")?;
        match (response.status, code.as_str()) {
            (409, "disputed") => Some(Refusal::Disputed(reason)),
            (422, "outside-mandate") => Some(Refusal::OutsideMandate(reason)),
            (503, "not-started") => Some(Refusal::NotStarted),
            _ => None,
        }
    }
}

/// What the child of this name says; `Some(None)`: nothing. `None`: it stands there
/// twice.
fn words(flat: &Flat<'_>, name: &str) -> Option<Option<String>> {
    let mut named = flat.children.iter().filter(|child| child.name == name);
    let words = named.next().map(said);
    match named.next() {
        None => Some(words.filter(|words| !words.is_empty())),
        Some(_) => None,
    }
}

/// `None`: a piece of evidence does not say what it is.
fn evidence(feedback: &Flat<'_>) -> Option<Vec<(String, String)>> {
    let children = feedback.children.iter();
    children
        .filter(|child| child.name == "Evidence")
        .map(|child| {
            let field = child.attributes.iter().find(|a| a.name == "field")?;
            Some((field.value.clone(), said(child)))
        })
        .collect()
}

fn said(child: &Child<'_>) -> String {
    child.words.text().trim().to_owned()
}
