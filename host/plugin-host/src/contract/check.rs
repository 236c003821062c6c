//! What the contract asks of a plugin's answer, checked on every answer.
//!
//! Comes in: an answer as the guest gave it and what it was asked. Goes out: the
//! rules broken, each with its place. An answer that breaks one is a defect of
//! the plugin and never used (`types.wit`, "Traps").
//!
//! Two things are left to the caller: an impossible day makes a line a rejection
//! and no defect (`types.wit`, `date`), and what depends on the catalogue.
//!
//! Each limit names the guest behaviour that proves it: `tests/guests/rogue`.

use super::bindings::{
    credence::department::types as wit,
    exports::credence::department::{feeds, measures},
};
use crate::persons;
use std::fmt;

/// One rule of the contract that an answer broke.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// Where in the answer, such as `lines[3].recorded.source-ref`.
    pub place: String,
    /// The rule.
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// Lines in one answer of an adapter.
pub(crate) const LINES: usize = 20_000;
/// Bytes of `carry`.
pub(crate) const CARRY_BYTES: usize = 4 << 20;
/// Characters of a text value.
const TEXT_CHARS: usize = 8_192;
/// Characters of a `source-ref` and of a department's reference.
const REFERENCE_CHARS: usize = 200;
/// Facts of one record.
const FACTS: usize = 200;
/// Facts given as evidence.
const EVIDENCE: usize = 50;
/// Characters of a rejection's text.
const REJECTION_CHARS: usize = 500;
/// Seconds of `pending` and of `retry-after`.
const WAIT_SECONDS: u32 = 86_400;
/// A defect is shown to the developer; the first few places are enough.
const SHOWN: usize = 20;

/// Collects violations under a path that grows and shrinks.
pub(crate) struct Check {
    path: String,
    found: Vec<Violation>,
    of_a_feed: bool,
}

impl Check {
    /// `of_a_feed`: the texts come from cells, where U+FFFD means damage that an
    /// adapter must not pass on. A department's answer may hold it: the host
    /// itself puts it where a byte cannot be decoded.
    fn new(of_a_feed: bool) -> Self {
        Self {
            path: String::new(),
            found: Vec::new(),
            of_a_feed,
        }
    }

    fn broken(&mut self, rule: impl Into<String>) {
        if self.found.len() < SHOWN {
            self.found.push(Violation {
                place: self.path.clone(),
                rule: rule.into(),
            });
        }
    }

    fn at(&mut self, name: fmt::Arguments<'_>, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        // Writing to a String cannot fail.
        let _ = fmt::Write::write_fmt(&mut self.path, name);
        check(self);
        self.path.truncate(length);
    }

    /// A text that has to be there.
    fn present(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            self.at(format_args!("{name}"), |c| {
                c.broken("what is absent is left out or `none`, never \"\"");
            });
        }
        self.text(name, text, Some(TEXT_CHARS));
    }

    fn text(&mut self, name: &str, text: &str, most: Option<usize>) {
        let nul = text.contains('\0');
        let damaged = self.of_a_feed && text.contains('\u{FFFD}');
        // Bytes bound characters from above: most texts need no counting.
        let long = most.filter(|most| text.len() > *most && text.chars().count() > *most);
        if nul || damaged || long.is_some() {
            self.at(format_args!("{name}"), |check| {
                if nul {
                    check.broken("a string holds no U+0000");
                }
                if damaged {
                    check.broken("a cell that holds U+FFFD is a rejection, never a statement");
                }
                if let Some(most) = long {
                    check.broken(format!("at most {most} characters"));
                }
            });
        }
    }

    /// A text about a matter, for people: it must not point at a person.
    fn words(&mut self, name: &str, text: &str, most: Option<usize>) {
        if text.contains('\0') {
            self.at(format_args!("{name}"), |c| {
                c.broken("a string holds no U+0000")
            });
        }
        if most.is_some_and(|most| text.len() > most && text.chars().count() > most) {
            let rule = format!("at most {} characters", most.unwrap_or(0));
            self.at(format_args!("{name}"), |c| c.broken(rule));
        }
        if persons::tokens_in(text).next().is_some() {
            self.at(format_args!("{name}"), |c| {
                c.broken("MUST NOT name a person, not by token either")
            });
        }
    }

    fn optional(&mut self, name: &str, text: Option<&String>, most: Option<usize>) {
        let Some(text) = text else { return };
        if matches!(text.trim(), "" | "/" | "无") {
            self.at(format_args!("{name}"), |c| {
                c.broken("absent is `none`, never \"\", \"/\" or \"无\"")
            });
        }
        self.text(name, text, most);
    }

    fn decimal(&mut self, name: &str, text: &str, places: Option<usize>) {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let good = all_digits(whole)
            && fraction.is_none_or(|f| all_digits(f) && places.is_none_or(|most| f.len() <= most))
            && text.len() <= 40;
        if !good {
            let rule = match places {
                Some(_) => "yuan are `-?[0-9]+(\\.[0-9]{1,2})?`, no separators, no unit",
                None => "a number is `-?[0-9]+(\\.[0-9]+)?`, no separators, no unit, no exponent",
            };
            self.at(format_args!("{name}"), |c| c.broken(rule));
        }
    }

    fn facts(&mut self, name: &str, facts: &[wit::Fact], most: usize) {
        if facts.len() > most {
            self.at(format_args!("{name}"), |c| {
                c.broken(format!("at most {most} facts"))
            });
        }
        for (index, fact) in facts.iter().enumerate().take(most) {
            self.at(format_args!("{name}[{index}]"), |check| {
                check.code("field", &fact.field);
                match &fact.value {
                    wit::Value::Text(text) => check.present("text", text),
                    wit::Value::Number(text) => check.decimal("number", text, None),
                    wit::Value::Yuan(text) => check.decimal("yuan", text, Some(2)),
                    wit::Value::Day(_) | wit::Value::YesNo(_) => {}
                }
            });
        }
    }

    fn code(&mut self, name: &str, code: &str) {
        if code.is_empty() {
            self.at(format_args!("{name}"), |c| c.broken("a code is never \"\""));
        }
        self.text(name, code, Some(REFERENCE_CHARS));
    }

    fn subject(&mut self, name: &str, subject: &wit::Subject) {
        self.at(format_args!("{name}"), |check| {
            check.optional("name", subject.name.as_ref(), Some(TEXT_CHARS));
            for (index, identifier) in subject.identifiers.iter().enumerate() {
                check.at(format_args!("identifiers[{index}]"), |check| {
                    check.code("scheme", &identifier.scheme);
                    check.code("value", &identifier.value);
                    if identifier.value.trim() != identifier.value {
                        check.at(format_args!("value"), |c| {
                            c.broken("as found, without surrounding space");
                        });
                    }
                    if identifier.scheme == "person" && !persons::is_token(&identifier.value) {
                        check.broken(
                            "the value of scheme `person` is a person token and nothing else",
                        );
                    }
                });
            }
        });
    }

    fn decision(&mut self, name: &str, decision: &wit::Decision) {
        self.at(format_args!("{name}"), |check| {
            check.authority("authority", &decision.authority);
            check.optional("number", decision.number.as_ref(), Some(REFERENCE_CHARS));
        });
    }

    fn authority(&mut self, name: &str, authority: &wit::Authority) {
        self.at(format_args!("{name}"), |check| {
            check.present("name", &authority.name);
            check.optional("uscc", authority.uscc.as_ref(), Some(REFERENCE_CHARS));
            if authority
                .uscc
                .as_deref()
                .is_some_and(|code| code.starts_with("00000000000000000"))
            {
                check.broken("a filler such as 00000000000000000X is `none`");
            }
        });
    }

    fn sentinel(&mut self, name: &str, date: Option<&wit::Date>) {
        let never = date.is_some_and(|d| {
            matches!(
                (d.year, d.month, d.day),
                (2099 | 1899, 12, 31) | (1900, 1, 1)
            )
        });
        if never {
            self.at(format_args!("{name}"), |c| {
                c.broken("absent is `none`, never a sentinel date")
            });
        }
    }

    fn record(&mut self, record: &wit::CreditRecord) {
        if record.source_ref.is_empty() {
            self.at(format_args!("source-ref"), |c| {
                c.broken("1 to 200 characters")
            });
        }
        self.text("source-ref", &record.source_ref, Some(REFERENCE_CHARS));
        self.code("item", &record.item);
        self.subject("subject", &record.subject);
        for (index, party) in record.parties.iter().enumerate() {
            self.at(format_args!("parties[{index}]"), |check| {
                check.code("role", &party.role);
                check.subject("subject", &party.subject);
            });
        }
        if let Some(provider) = &record.provider {
            self.authority("provider", provider);
        }
        self.present("duty", &record.duty);
        self.decision("decision", &record.decision);
        for (index, basis) in record.basis.iter().enumerate() {
            self.at(format_args!("basis[{index}]"), |check| check.basis(basis));
        }
        if let Some(listing) = &record.listing {
            self.at(format_args!("listing"), |check| {
                check.code("list-code", &listing.list_code);
                check.basis(&listing.standard);
            });
        }
        self.sentinel("valid-from", record.valid_from.as_ref());
        self.sentinel("valid-until", record.valid_until.as_ref());
        self.sentinel("published-until", record.published_until.as_ref());
        self.facts("facts", &record.facts, FACTS);
    }

    fn basis(&mut self, basis: &wit::Basis) {
        self.optional("code", basis.code.as_ref(), Some(REFERENCE_CHARS));
        self.present("text", &basis.text);
    }

    fn exit(&mut self, exit: &wit::Exit) {
        match exit {
            wit::Exit::Repair(decision) | wit::Exit::Revocation(decision) => {
                self.decision("exit", decision);
            }
            wit::Exit::Expiry | wit::Exit::Fulfilment | wit::Exit::Correction => {}
        }
    }

    fn feedback(&mut self, feedback: &wit::Feedback) {
        match &feedback.outcome {
            wit::Outcome::PartlyExecuted(text)
            | wit::Outcome::CouldNot(text)
            | wit::Outcome::NotApplicable(text) => {
                self.text("outcome", text, Some(TEXT_CHARS));
            }
            wit::Outcome::Pending(Some(seconds)) if *seconds > WAIT_SECONDS => {
                self.at(format_args!("outcome.pending"), |c| {
                    c.broken("at most 86,400 seconds")
                });
            }
            wit::Outcome::Executed | wit::Outcome::Pending(_) => {}
        }
        if let Some(at) = &feedback.at
            && super::convert::moment(at).is_none()
        {
            self.at(format_args!("at"), |c| {
                c.broken("no such moment in Beijing time")
            });
        }
        self.optional(
            "reference",
            feedback.reference.as_ref(),
            Some(REFERENCE_CHARS),
        );
        self.facts("evidence", &feedback.evidence, EVIDENCE);
        for (index, fact) in feedback.evidence.iter().enumerate().take(EVIDENCE) {
            if let wit::Value::Day(day) = &fact.value
                && super::convert::date(day).is_none()
            {
                self.at(format_args!("evidence[{index}].day"), |c| {
                    c.broken("no such day")
                });
            }
        }
    }

    fn failure(&mut self, failure: &measures::Failure) {
        match failure {
            measures::Failure::Unavailable(delay) => {
                self.words("unavailable.text", &delay.text, Some(TEXT_CHARS));
                if delay
                    .retry_after
                    .is_some_and(|seconds| seconds > WAIT_SECONDS)
                {
                    self.at(format_args!("unavailable.retry-after"), |c| {
                        c.broken("at most 86,400 seconds");
                    });
                }
            }
            measures::Failure::Uncertain(text)
            | measures::Failure::Disputed(text)
            | measures::Failure::OutsideMandate(text)
            | measures::Failure::NeedsPerson(text) => {
                self.words("failure", text, Some(TEXT_CHARS));
            }
        }
    }
}

/// Rules on what an adapter returned for a chunk. `acknowledges` says whether
/// the manifest lets this feed carry acknowledgements.
pub(crate) fn normalised(
    answer: &Result<feeds::Normalised, feeds::FeedError>,
    asked: &feeds::Chunk,
    acknowledges: bool,
) -> Vec<Violation> {
    let mut check = Check::new(true);
    match answer {
        Ok(answer) => lines(&mut check, answer, asked, acknowledges),
        Err(feeds::FeedError::WrongFormat(text) | feeds::FeedError::NewerFormat(text)) => {
            check.words("feed-error", text, Some(TEXT_CHARS));
        }
    }
    check.found
}

fn lines(check: &mut Check, answer: &feeds::Normalised, asked: &feeds::Chunk, acknowledges: bool) {
    if answer.lines.len() > LINES {
        check.at(format_args!("lines"), |c| c.broken("at most 20,000 lines"));
    }
    if answer.carry.len() > CARRY_BYTES {
        check.at(format_args!("carry"), |c| c.broken("at most 4 MiB"));
    }
    if answer.carry.contains('\0') {
        check.at(format_args!("carry"), |c| {
            c.broken("a string holds no U+0000")
        });
    }
    let given = asked.carry.chars().count() + asked.text.chars().count();
    if answer.rows as usize > given {
        check.at(format_args!("rows"), |c| {
            c.broken("never more than the characters of `carry` and `text` handed in");
        });
    }
    let end = asked.first_row.saturating_add(answer.rows);
    let mut last = asked.first_row;
    for (index, line) in answer.lines.iter().enumerate().take(LINES) {
        check.at(format_args!("lines[{index}]"), |check| {
            if line.row < asked.first_row || line.row >= end {
                check.broken("`row` is one of the rows finished in this chunk");
            } else if line.row < last {
                check.broken("lines stand in the order of the feed");
            }
            last = last.max(line.row);
            statement(check, &line.statement, acknowledges);
        });
    }
}

fn statement(check: &mut Check, statement: &wit::Statement, acknowledges: bool) {
    match statement {
        wit::Statement::Recorded(record) => {
            check.at(format_args!("recorded"), |check| check.record(record));
        }
        wit::Statement::Ended(ending) => check.at(format_args!("ended"), |check| {
            check.code("source-ref", &ending.source_ref);
            check.exit(&ending.exit);
            check.optional("note", ending.note.as_ref(), Some(TEXT_CHARS));
        }),
        wit::Statement::Acknowledged(answer) => check.at(format_args!("acknowledged"), |check| {
            if !acknowledges {
                check.broken("the manifest does not say that this feed carries acknowledgements");
            }
            check.feedback(&answer.feedback);
        }),
        wit::Statement::Rejected(rejection) => check.at(format_args!("rejected"), |check| {
            check.optional("field", rejection.field.as_ref(), Some(REFERENCE_CHARS));
            check.code("rule", &rejection.rule);
            check.words("text", &rejection.text, Some(REJECTION_CHARS));
        }),
    }
}

/// Rules on what an executor returned for a step.
pub(crate) fn answered(answer: &Result<wit::Feedback, measures::Failure>) -> Vec<Violation> {
    let mut check = Check::new(false);
    match answer {
        Ok(feedback) => check.feedback(feedback),
        Err(failure) => check.failure(failure),
    }
    check.found
}

/// Rules on what an executor returned for an inquiry.
pub(crate) fn traced(answer: &Result<Option<wit::Feedback>, measures::Failure>) -> Vec<Violation> {
    let mut check = Check::new(false);
    match answer {
        Ok(Some(feedback)) => check.feedback(feedback),
        Ok(None) => {}
        Err(failure) => check.failure(failure),
    }
    check.found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_refused_from_a_feed_and_passed_from_a_department() {
        let damaged = "外\u{FFFD}贸".to_owned();
        let chunk = feeds::Chunk {
            feed: "f".into(),
            delivery: "d".into(),
            received_at: wit::Moment {
                date: wit::Date {
                    year: 2026,
                    month: 11,
                    day: 23,
                },
                hour: 0,
                minute: 0,
                second: 0,
            },
            text: "x".into(),
            first_row: 1,
            carry: String::new(),
            last: true,
        };
        let ending = wit::Ending {
            source_ref: "r".into(),
            exit: wit::Exit::Expiry,
            effective_on: wit::Date {
                year: 2026,
                month: 11,
                day: 23,
            },
            note: Some(damaged.clone()),
        };
        let line = feeds::Line {
            row: 1,
            statement: wit::Statement::Ended(ending),
        };
        let read = feeds::Normalised {
            lines: vec![line],
            rows: 1,
            carry: String::new(),
        };
        let found = normalised(&Ok(read), &chunk, false);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].rule.contains("U+FFFD"), "{found:?}");
        let feedback = wit::Feedback {
            outcome: wit::Outcome::CouldNot(damaged),
            at: None,
            reference: None,
            evidence: Vec::new(),
        };
        assert_eq!(answered(&Ok(feedback)), []);
    }
}
