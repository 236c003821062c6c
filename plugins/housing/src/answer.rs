//! What the forms that housing's system answers with mean.
//!
//! In come HTTP answers; out goes what the SDK makes feedback or failure of.
//! Always: an answer counts only if its form names the step; what one of these
//! statuses means without the department's own code, this module does not say.
//! Absent: retries; the host decides on them.
//!
//! A step is accepted first (202) and carried out later, so the way of every step
//! is `pending`, then `query`.

use credence_sdk::answer::{self, Format, Refusal, State, Told};
use credence_sdk::contract::http::{Response, SendError};
use credence_sdk::contract::measures::Failure;
use credence_sdk::contract::types::Feedback;

use crate::form::Form;

/// How housing's system answers.
struct Counter;

impl Format for Counter {
    const WHO: &'static str = "the housing department";

    fn told(response: &Response) -> Option<Told> {
        let form = Form::read(&response.body)?;
        let receipt = form.owned("receipt")?;
        let reason = form.owned("reason");
        let state = match form.get("state")? {
            "waiting" => State::Waiting,
            "done" => State::Done,
            "partly" => State::Partly(reason),
            "refused" => State::Refused(reason),
            "not-applicable" => State::NotApplicable(reason),
            _ => return None,
        };
        Some(Told {
            key: Some(form.owned("key")?),
            state,
            at: form.owned("at"),
            // Until the register has an entry, the receipt is what the
            // department finds the matter by.
            reference: form.owned("reference").or_else(|| Some(receipt.clone())),
            evidence: vec![("受理编号".to_owned(), receipt)],
        })
    }

    fn refusal(response: &Response) -> Option<Refusal> {
        let form = Form::read(&response.body)?;
        match (response.status, form.get("error")?) {
            (409, "disputed") => Some(Refusal::Disputed(form.owned("reason"))),
            (422, "outside-mandate") => Some(Refusal::OutsideMandate(form.owned("reason"))),
            (503, "not-started") => Some(Refusal::NotStarted),
            _ => None,
        }
    }
}

/// What became of apply, suspend, resume or lift.
///
/// # Errors
/// As [`answer::to_step`].
pub(crate) fn to_step(sent: Result<Response, SendError>, key: &str) -> Result<Feedback, Failure> {
    answer::to_step::<Counter>(sent, key)
}

/// What the system knows of a step. It files a step before it answers, so its own
/// word that no such step came is proof; a 404 of anybody else is none.
///
/// # Errors
/// As [`answer::to_question`].
pub(crate) fn to_question(
    sent: Result<Response, SendError>,
    key: &str,
) -> Result<Option<Feedback>, Failure> {
    if let Ok(response) = &sent
        && response.status == 404
        && !is_own_404(response)
    {
        return Err(Failure::Uncertain(
            "whether the housing department's system has acted is not known: something in its \
             place answered that there is no such page (HTTP 404); look at the address in the \
             grant"
                .to_owned(),
        ));
    }
    answer::to_question::<Counter>(sent, key)
}

fn is_own_404(response: &Response) -> bool {
    Form::read(&response.body).is_some_and(|form| form.get("error") == Some("unknown-key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_sdk::contract::http::Header;
    use credence_sdk::contract::types::Outcome;

    fn response(status: u16, body: &str) -> Result<Response, SendError> {
        Ok(Response {
            status,
            headers: vec![Header {
                name: "retry-after".into(),
                value: "1".into(),
            }],
            body: body.to_owned(),
        })
    }

    fn step(status: u16, body: &str) -> Result<Feedback, Failure> {
        to_step(response(status, body), "o-1")
    }

    fn question(status: u16, body: &str) -> Result<Option<Feedback>, Failure> {
        to_question(response(status, body), "o-1")
    }

    #[test]
    fn a_step_is_accepted_and_asked_about() {
        let told = step(202, "receipt=HC-000001&key=o-1&state=waiting").unwrap();
        assert_eq!(told.outcome, Outcome::Pending(Some(1)));
        assert_eq!(told.reference.as_deref(), Some("HC-000001"));
        // The same key again, long done: what was done is asked, not assumed.
        let body = "receipt=HC-000001&key=o-1&state=done&reference=R-000001";
        assert_eq!(step(202, body).unwrap().outcome, Outcome::Pending(Some(1)));
        let told = question(200, "receipt=HC-000001&key=o-1&state=waiting").unwrap();
        assert_eq!(told.unwrap().outcome, Outcome::Pending(Some(1)));
    }

    #[test]
    fn a_receipt_tells_what_was_done() {
        let body = "receipt=HC-000001&key=o-1&state=done&reference=R-000001\
                    &at=2026-02-01T10%3A00%3A00%2B08%3A00";
        let told = question(200, body).unwrap().unwrap();
        assert_eq!(told.outcome, Outcome::Executed);
        assert_eq!(told.reference.as_deref(), Some("R-000001"));
        assert_eq!(told.at.map(|at| (at.date.day, at.hour)), Some((1, 10)));
        assert_eq!(told.evidence[0].field, "受理编号");
    }

    #[test]
    fn every_state_has_its_outcome() {
        let outcome = |state: &str| {
            let body = format!("receipt=HC-1&key=o-1&state={state}&reason=%E7%90%86%E7%94%B1");
            question(200, &body).unwrap().unwrap().outcome
        };
        assert_eq!(outcome("partly"), Outcome::PartlyExecuted("理由".into()));
        assert_eq!(outcome("refused"), Outcome::CouldNot("理由".into()));
        assert_eq!(
            outcome("not-applicable"),
            Outcome::NotApplicable("理由".into())
        );
    }

    #[test]
    fn what_is_not_in_the_agreed_form_is_unknown() {
        for body in [
            "receipt=HC-1&key=another-step&state=waiting",
            "receipt=HC-1&state=waiting",
            "key=o-1&state=waiting",
            "receipt=HC-1&key=o-1&state=finished&at=2026-02-31T10%3A00%3A00%2B08%3A00",
            "receipt=HC-1&key=o-1&state=waitingreceipt=HC-1&key=o-1&state=waiting",
            "<html>",
        ] {
            assert!(
                matches!(step(202, body), Err(Failure::Uncertain(_))),
                "{body}"
            );
            assert!(
                matches!(question(200, body), Err(Failure::Uncertain(_))),
                "{body}"
            );
        }
    }

    #[test]
    fn a_refusal_counts_with_status_and_code() {
        let failure = |status, body: &str| step(status, body).unwrap_err();
        let disputed = failure(409, "error=disputed&reason=%E4%BA%BA");
        assert_eq!(disputed, Failure::Disputed("人".into()));
        let outside = failure(422, "error=outside-mandate&reason=%E4%BA%BA");
        assert_eq!(outside, Failure::OutsideMandate("人".into()));
        let closed = failure(503, "error=not-started&reason=x");
        assert!(matches!(closed, Failure::Unavailable(delay) if delay.retry_after == Some(1)));
        for (status, body) in [
            (409, "error=key-reused&reason=x"),
            (400, "error=invalid&field=verb&reason=x"),
            (401, "error=not-let-in&reason=x"),
            (403, "error=locked&reason=x"),
            (409, "error=outside-mandate&reason=x"),
        ] {
            let found = failure(status, body);
            assert!(
                matches!(found, Failure::NeedsPerson(_)),
                "{body}: {found:?}"
            );
        }
        for (status, body) in [
            (500, "error=failed&reason=x"),
            (503, "busy"),
            (500, "error=disputed"),
        ] {
            let found = failure(status, body);
            assert!(matches!(found, Failure::Uncertain(_)), "{body}: {found:?}");
        }
    }

    #[test]
    fn no_trace_is_the_departments_own_word() {
        let body = "error=unknown-key&reason=no+step+with+this+key+ever+came";
        assert_eq!(question(404, body), Ok(None));
        assert!(matches!(
            question(404, "not found"),
            Err(Failure::Uncertain(_))
        ));
        assert!(matches!(step(404, body), Err(Failure::NeedsPerson(_))));
    }
}
