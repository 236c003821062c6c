//! What `apply`, `suspend`, `resume`, `lift` and `query` answer.
//!
//! In come a name and the order; out goes the feedback or failure of that name.
//! Always: exactly one rule is broken at a time, so that a test knows which one
//! the host saw. Absent: requests, which are in [`crate::requests`].

use crate::{files, heavy, requests, text_of, unknown};
use credence_sdk::contract::measures::{Delay, Failure, Order};
use credence_sdk::contract::types::{Date, Fact, Feedback, Moment, Outcome, Value};
use credence_sdk::contract::{call, log, settings};

const MIB: usize = 1024 * 1024;
/// More than a day.
const TOO_LONG_SECONDS: u32 = 90_000;

pub(crate) fn behave(name: &str, order: &Order) -> Result<Feedback, Failure> {
    if name.starts_with("send") {
        return requests::behave(name, order);
    }
    if name.starts_with("put") {
        return files::behave(name, order);
    }
    if let Some(failure) = failure(name) {
        return Err(failure);
    }
    if let Some(outcome) = outcome(name) {
        return Ok(feedback(outcome));
    }
    if let Some(evidence) = evidence(name) {
        return Ok(Feedback {
            evidence,
            ..executed()
        });
    }
    if let Some(at) = moment(name) {
        return Ok(Feedback {
            at: Some(at),
            ..executed()
        });
    }
    Ok(referenced(reference(name, order)))
}

fn failure(name: &str) -> Option<Failure> {
    let text = || "as asked".to_owned();
    let delay = |retry_after| {
        Failure::Unavailable(Delay {
            retry_after,
            text: text(),
        })
    };
    Some(match name.strip_prefix("failure-").unwrap_or(name) {
        "unavailable" => delay(Some(1)),
        "unavailable-long" => delay(Some(TOO_LONG_SECONDS)),
        "uncertain" => Failure::Uncertain(text()),
        "disputed" => Failure::Disputed(text()),
        "outside-mandate" => Failure::OutsideMandate(text()),
        "needs-person" => Failure::NeedsPerson(text()),
        "nul-failure" => Failure::NeedsPerson("as\0asked".to_owned()),
        _ => return None,
    })
}

fn outcome(name: &str) -> Option<Outcome> {
    let reason = || "as asked".to_owned();
    Some(match name {
        "executed" => Outcome::Executed,
        "churn" => {
            heavy::churn();
            Outcome::Executed
        }
        "partly" => Outcome::PartlyExecuted(reason()),
        "could-not" => Outcome::CouldNot(reason()),
        "not-applicable" => Outcome::NotApplicable(reason()),
        "pending" => Outcome::Pending(Some(1)),
        "pending-long" => Outcome::Pending(Some(TOO_LONG_SECONDS)),
        _ => return None,
    })
}

fn evidence(name: &str) -> Option<Vec<Fact>> {
    let text = |characters| Value::Text(text_of(characters));
    let impossible = Date {
        year: 2026,
        month: 2,
        day: 31,
    };
    Some(match name {
        "huge-answer" => (0..50).map(|_| fact("F", text(MIB))).collect(),
        "long-text" => vec![fact("F", text(8_193))],
        "many-facts" => (0..60).map(|_| fact("F", text(1))).collect(),
        "empty-field" => vec![fact("", text(1))],
        "bad-number" => vec![fact("F", Value::Number("1e3".to_owned()))],
        "bad-yuan" => vec![fact("F", Value::Yuan("1.005".to_owned()))],
        "impossible-evidence" => vec![fact("F", Value::Day(impossible))],
        _ => return None,
    })
}

fn moment(name: &str) -> Option<Moment> {
    let good = Moment {
        date: Date {
            year: 2026,
            month: 2,
            day: 28,
        },
        hour: 12,
        minute: 0,
        second: 0,
    };
    let date = |year, day| Date {
        year,
        day,
        ..good.date
    };
    Some(match name {
        "bad-moment" => Moment {
            date: date(2026, 31),
            ..good
        },
        "bad-year" => Moment {
            date: date(1899, 1),
            ..good
        },
        "late-year" => Moment {
            date: date(2200, 1),
            ..good
        },
        "bad-hour" => Moment { hour: 24, ..good },
        "bad-minute" => Moment { minute: 60, ..good },
        "bad-second" => Moment { second: 60, ..good },
        _ => return None,
    })
}

fn reference(name: &str, order: &Order) -> String {
    match name {
        "huge-reference" => text_of(201),
        "empty-reference" => String::new(),
        "nul-text" => "a\0b".to_owned(),
        "flood-log" => {
            for _ in 0..300 {
                log::write(log::Level::Info, &text_of(2_000));
            }
            "flooded".to_owned()
        }
        "log-subject" => {
            let text = format!("about {}", first_identifier(order));
            log::write(log::Level::Warning, &text);
            "logged".to_owned()
        }
        "nul-log" => {
            log::write(log::Level::Info, "a\0b");
            "logged".to_owned()
        }
        "echo-setting" => settings::get("authorization").unwrap_or_else(|| "not set".to_owned()),
        "other-setting" => match settings::get("another") {
            None => "none".to_owned(),
            Some(_) => "some".to_owned(),
        },
        "many-settings" => {
            for _ in 0..5_000 {
                drop(settings::get("authorization"));
            }
            "asked".to_owned()
        }
        "echo-subject" => first_identifier(order),
        "clock" => {
            let now = call::now();
            let day = now.date;
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02} {}",
                day.year,
                day.month,
                day.day,
                now.hour,
                now.minute,
                now.second,
                call::id()
            )
        }
        other => unknown(other),
    }
}

/// As the guest sees it: a token, for a person.
pub(crate) fn first_identifier(order: &Order) -> String {
    let first = order.subject.identifiers.first();
    first.map(|id| id.value.clone()).unwrap_or_default()
}

pub(crate) fn executed() -> Feedback {
    feedback(Outcome::Executed)
}

/// Executed, with a reference.
pub(crate) fn referenced(reference: String) -> Feedback {
    Feedback {
        reference: Some(reference),
        ..executed()
    }
}

pub(crate) fn fact(field: &str, value: Value) -> Fact {
    Fact {
        field: field.to_owned(),
        value,
    }
}

fn feedback(outcome: Outcome) -> Feedback {
    Feedback {
        outcome,
        at: None,
        reference: None,
        evidence: Vec::new(),
    }
}
