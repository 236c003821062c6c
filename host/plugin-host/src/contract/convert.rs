//! Between the words of the contract and the words of the domain.
//!
//! Comes in: values that passed `check`. Always holds: the conversion invents
//! nothing. A day that does not exist turns its line into a rejection, as the
//! contract says (`types.wit`, `date`).

use super::bindings::{
    credence::department::types as wit,
    exports::credence::department::{feeds, measures},
};
use credence_domain::{
    order::Terms,
    record::{
        Acknowledgement, Authority, Citation, ClaimedIdentifier, CreditRecord, Decision,
        Disclosure, Ending, Exit, Fact, Feedback, Line, Listing, Outcome, Party, Rejection,
        Statement, SubjectClaim, Value,
    },
    step::Verb,
};
use jiff::civil;

/// The day, if it exists and lies within the contract's years.
pub(crate) fn date(day: &wit::Date) -> Option<civil::Date> {
    let in_range = (1900..=2199).contains(&day.year) && day.month <= 12 && day.day <= 31;
    if !in_range {
        return None;
    }
    civil::Date::new(day.year as i16, day.month as i8, day.day as i8).ok()
}

/// The moment, if it exists.
pub(crate) fn moment(at: &wit::Moment) -> Option<civil::DateTime> {
    if at.hour > 23 || at.minute > 59 || at.second > 59 {
        return None;
    }
    Some(date(&at.date)?.at(at.hour as i8, at.minute as i8, at.second as i8, 0))
}

pub(crate) fn date_out(day: civil::Date) -> wit::Date {
    wit::Date {
        year: day.year().unsigned_abs(),
        month: day.month().unsigned_abs(),
        day: day.day().unsigned_abs(),
    }
}

pub(crate) fn moment_out(at: civil::DateTime) -> wit::Moment {
    wit::Moment {
        date: date_out(at.date()),
        hour: at.hour().unsigned_abs(),
        minute: at.minute().unsigned_abs(),
        second: at.second().unsigned_abs(),
    }
}

/// The field whose day does not exist.
struct NoSuchDay(&'static str);

fn day(name: &'static str, day: &wit::Date) -> Result<civil::Date, NoSuchDay> {
    date(day).ok_or(NoSuchDay(name))
}

fn day_if(name: &'static str, given: Option<&wit::Date>) -> Result<Option<civil::Date>, NoSuchDay> {
    given.map(|given| day(name, given)).transpose()
}

fn fact(fact: wit::Fact) -> Result<Fact, NoSuchDay> {
    let value = match fact.value {
        wit::Value::Text(text) => Value::Text(text),
        wit::Value::Number(text) => Value::Number(text),
        wit::Value::Yuan(text) => Value::Yuan(text),
        wit::Value::Day(given) => Value::Day(day("facts", &given)?),
        wit::Value::YesNo(answer) => Value::YesNo(answer),
    };
    Ok(Fact {
        field: fact.field,
        value,
    })
}

fn subject(subject: wit::Subject) -> SubjectClaim {
    SubjectClaim {
        name: subject.name,
        identifiers: subject
            .identifiers
            .into_iter()
            .map(|i| ClaimedIdentifier {
                scheme: i.scheme,
                value: i.value,
            })
            .collect(),
    }
}

fn authority(authority: wit::Authority) -> Authority {
    Authority {
        name: authority.name,
        uscc: authority.uscc,
    }
}

fn citation(basis: wit::Basis) -> Citation {
    Citation {
        code: basis.code,
        text: basis.text,
    }
}

fn decision(name: &'static str, decision: wit::Decision) -> Result<Decision, NoSuchDay> {
    Ok(Decision {
        authority: authority(decision.authority),
        number: decision.number,
        decided_on: day(name, &decision.decided_on)?,
    })
}

fn record(record: wit::CreditRecord) -> Result<CreditRecord, NoSuchDay> {
    let revised_at = match &record.revised_at {
        None => None,
        Some(at) => Some(moment(at).ok_or(NoSuchDay("revised-at"))?),
    };
    Ok(CreditRecord {
        source_ref: record.source_ref,
        revised_at,
        item: record.item,
        subject: subject(record.subject),
        parties: record
            .parties
            .into_iter()
            .map(|p| Party {
                role: p.role,
                subject: subject(p.subject),
            })
            .collect(),
        disclosure: match record.disclosure {
            wit::Disclosure::Public => Disclosure::Public,
            wit::Disclosure::Authorised => Disclosure::Authorised,
            wit::Disclosure::Government => Disclosure::Government,
        },
        provider: record.provider.map(authority),
        duty: record.duty,
        decision: decision("decision.decided-on", record.decision)?,
        basis: record.basis.into_iter().map(citation).collect(),
        listing: record.listing.map(|l| Listing {
            list_code: l.list_code,
            standard: citation(l.standard),
        }),
        valid_from: day_if("valid-from", record.valid_from.as_ref())?,
        valid_until: day_if("valid-until", record.valid_until.as_ref())?,
        published_until: day_if("published-until", record.published_until.as_ref())?,
        facts: record
            .facts
            .into_iter()
            .map(fact)
            .collect::<Result<_, _>>()?,
    })
}

fn exit(exit: wit::Exit) -> Result<Exit, NoSuchDay> {
    Ok(match exit {
        wit::Exit::Expiry => Exit::Expiry,
        wit::Exit::Fulfilment => Exit::Fulfilment,
        wit::Exit::Repair(given) => Exit::Repair(decision("exit.decided-on", given)?),
        wit::Exit::Correction => Exit::Correction,
        wit::Exit::Revocation(given) => Exit::Revocation(decision("exit.decided-on", given)?),
    })
}

/// Feedback that passed the checks: its moment and days exist.
pub(crate) fn feedback(given: wit::Feedback) -> Feedback {
    Feedback {
        outcome: match given.outcome {
            wit::Outcome::Executed => Outcome::Executed,
            wit::Outcome::PartlyExecuted(text) => Outcome::PartlyExecuted(text),
            wit::Outcome::CouldNot(text) => Outcome::CouldNot(text),
            wit::Outcome::NotApplicable(text) => Outcome::NotApplicable(text),
            wit::Outcome::Pending(seconds) => Outcome::Pending(seconds),
        },
        at: given.at.as_ref().and_then(moment),
        reference: given.reference,
        evidence: given
            .evidence
            .into_iter()
            .filter_map(|f| fact(f).ok())
            .collect(),
    }
}

fn statement(given: wit::Statement) -> Result<Statement, NoSuchDay> {
    Ok(match given {
        wit::Statement::Recorded(given) => Statement::Recorded(Box::new(record(given)?)),
        wit::Statement::Ended(ending) => Statement::Ended(Ending {
            source_ref: ending.source_ref,
            exit: exit(ending.exit)?,
            effective_on: day("effective-on", &ending.effective_on)?,
            note: ending.note,
        }),
        wit::Statement::Acknowledged(given) => Statement::Acknowledged(Acknowledgement {
            key: given.key,
            feedback: feedback(given.feedback),
        }),
        wit::Statement::Rejected(given) => Statement::Rejected(Rejection {
            field: given.field,
            rule: given.rule,
            text: given.text,
        }),
    })
}

/// One line; a rejection in its place if it holds a day that does not exist.
pub(crate) fn line(given: feeds::Line) -> Line {
    let statement = statement(given.statement).unwrap_or_else(|NoSuchDay(field)| {
        Statement::Rejected(Rejection {
            field: Some(field.to_owned()),
            rule: "malformed".to_owned(),
            text: "there is no such day or moment between 1900 and 2199; write the day that the \
                   document bears"
                .to_owned(),
        })
    });
    Line {
        row: given.row,
        statement,
    }
}

fn identifiers_out(claim: &SubjectClaim) -> wit::Subject {
    wit::Subject {
        name: claim.name.clone(),
        identifiers: claim
            .identifiers
            .iter()
            .map(|i| wit::Identifier {
                scheme: i.scheme.clone(),
                value: i.value.clone(),
            })
            .collect(),
    }
}

fn decision_out(decision: &Decision) -> wit::Decision {
    wit::Decision {
        authority: wit::Authority {
            name: decision.authority.name.clone(),
            uscc: decision.authority.uscc.clone(),
        },
        number: decision.number.clone(),
        decided_on: date_out(decision.decided_on),
    }
}

fn fact_out(fact: &Fact) -> wit::Fact {
    wit::Fact {
        field: fact.field.clone(),
        value: match &fact.value {
            Value::Text(text) => wit::Value::Text(text.clone()),
            Value::Number(text) => wit::Value::Number(text.clone()),
            Value::Yuan(text) => wit::Value::Yuan(text.clone()),
            Value::Day(day) => wit::Value::Day(date_out(*day)),
            Value::YesNo(answer) => wit::Value::YesNo(*answer),
        },
    }
}

/// An order as the executor gets it.
pub(crate) fn order_out(terms: &Terms) -> measures::Order {
    measures::Order {
        key: terms.key.clone(),
        case_number: terms.case_number.clone(),
        measure: terms.measure.clone(),
        title: terms.title.clone(),
        subject: identifiers_out(&terms.subject),
        decision: decision_out(&terms.decision),
        basis: terms
            .basis
            .iter()
            .map(|c| wit::Basis {
                code: c.code.clone(),
                text: c.text.clone(),
            })
            .collect(),
        starts_on: date_out(terms.starts_on),
        ends_on: date_out(terms.ends_on),
        parameters: terms.parameters.iter().map(fact_out).collect(),
    }
}

pub(crate) fn exit_out(exit: &Exit) -> wit::Exit {
    match exit {
        Exit::Expiry => wit::Exit::Expiry,
        Exit::Fulfilment => wit::Exit::Fulfilment,
        Exit::Repair(decision) => wit::Exit::Repair(decision_out(decision)),
        Exit::Correction => wit::Exit::Correction,
        Exit::Revocation(decision) => wit::Exit::Revocation(decision_out(decision)),
    }
}

pub(crate) fn verb_out(verb: Verb) -> measures::Verb {
    match verb {
        Verb::Apply => measures::Verb::Apply,
        Verb::Suspend => measures::Verb::Suspend,
        Verb::Resume => measures::Verb::Resume,
        Verb::Lift => measures::Verb::Lift,
    }
}
