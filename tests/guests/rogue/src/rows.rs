//! What `normalise` answers.
//!
//! In comes a chunk whose delivery names the behaviour; out goes an answer that
//! breaks the rule of that name, and no other. Always: pure, but for the
//! behaviours that try a service on purpose. Absent: a layout; a row is a line.

use crate::orders::fact;
use crate::{text_of, unknown};
use credence_sdk::contract::feeds::{Chunk, FeedError, Line, Normalised};
use credence_sdk::contract::types::{
    Acknowledgement, Authority, Basis, CreditRecord, Date, Decision, Disclosure, Ending, Exit,
    Fact, Feedback, Identifier, Listing, Moment, Outcome, Rejection, Statement, Subject, Value,
};
use credence_sdk::contract::{call, drop_folder, http, log, settings};

const MIB: usize = 1024 * 1024;
/// Goes before the unfinished row in the carry of `carry`.
const CARRY_MARK: &str = "mark \"\\ 福\u{1f600}\u{fffd}|";

pub(crate) fn behave(chunk: &Chunk) -> Result<Normalised, FeedError> {
    use_service(&chunk.delivery);
    match chunk.delivery.as_str() {
        "ok" => Ok(split(chunk, &chunk.carry, "")),
        "carry" => Ok(split(chunk, marked(chunk), CARRY_MARK)),
        "wrong-format" => Err(FeedError::WrongFormat("as asked".to_owned())),
        "newer-format" => Err(FeedError::NewerFormat("as asked".to_owned())),
        "nul-error" => Err(FeedError::WrongFormat("as\0asked".to_owned())),
        "too-many-rows" | "too-many-lines" | "row-zero" | "row-before" | "row-outside"
        | "rows-backwards" | "big-carry" | "nul-carry" | "huge-output" => Ok(miscounted(chunk)),
        name => Ok(one(chunk, statement(name))),
    }
}

/// All but `log` must trap while a feed is read.
fn use_service(name: &str) {
    match name {
        "log" => log::write(log::Level::Info, "a row was read"),
        "send" => {
            let request = http::Request {
                destination: "test-system".to_owned(),
                method: http::Method::Get,
                path: "/".to_owned(),
                headers: Vec::new(),
                body: None,
            };
            drop(http::send(&request));
        }
        "put" => drop(drop_folder::put("outbox", "x.csv", "x")),
        "setting" => drop(settings::get("authorization")),
        "now" => {
            call::now();
        }
        "id" => drop(call::id()),
        _ => {}
    }
}

/// The carry without its mark, which every chunk but the first must bring back.
fn marked(chunk: &Chunk) -> &str {
    if chunk.carry.is_empty() {
        assert_eq!(chunk.first_row, 1, "the carry was lost");
        return "";
    }
    chunk
        .carry
        .strip_prefix(CARRY_MARK)
        .expect("the carry comes back as it was")
}

/// Reads lines, as an honest adapter would.
fn split(chunk: &Chunk, carried: &str, mark: &str) -> Normalised {
    let text = format!("{carried}{}", chunk.text);
    let (finished, unfinished) = text
        .rsplit_once('\n')
        .map_or(("", text.as_str()), |(a, b)| (a, b));
    let mut lines = Vec::new();
    let mut rows = 0;
    let has_rows = text.contains('\n');
    for row in finished.split('\n').filter(|_| has_rows) {
        if !row.is_empty() {
            lines.push(Line {
                row: chunk.first_row + rows,
                statement: rejection("as-asked", "a row was read"),
            });
        }
        rows += 1;
    }
    if chunk.last && !unfinished.is_empty() {
        lines.push(Line {
            row: chunk.first_row + rows,
            statement: rejection("truncated", "the last row has no end"),
        });
        rows += 1;
    }
    Normalised {
        lines,
        rows,
        carry: format!("{mark}{unfinished}"),
    }
}

fn one(chunk: &Chunk, statement: Statement) -> Normalised {
    Normalised {
        lines: vec![Line {
            row: chunk.first_row,
            statement,
        }],
        rows: 1,
        carry: String::new(),
    }
}

/// Breaches of the counts and of the carry.
fn miscounted(chunk: &Chunk) -> Normalised {
    let mut answer = one(chunk, statement("record"));
    let handed_in = chunk.carry.chars().count() + chunk.text.chars().count();
    match chunk.delivery.as_str() {
        "too-many-rows" => answer.rows = u32::try_from(handed_in + 1).unwrap_or(u32::MAX),
        "too-many-lines" => {
            answer.lines = (0..20_001)
                .map(|_| Line {
                    row: chunk.first_row,
                    statement: rejection("missing", "as asked"),
                })
                .collect();
        }
        "row-zero" => answer.lines[0].row = 0,
        "row-before" => answer.lines[0].row = chunk.first_row - 1,
        "row-outside" => answer.lines[0].row = chunk.first_row + 1,
        "rows-backwards" => {
            answer.rows = 2;
            answer.lines.push(Line {
                row: chunk.first_row,
                statement: rejection("missing", "as asked"),
            });
            answer.lines[0].row = chunk.first_row + 1;
        }
        "big-carry" => answer.carry = text_of(4 * MIB + 1),
        "nul-carry" => answer.carry = "a\0b".to_owned(),
        "huge-output" => {
            let full = || {
                let mut record = record("full");
                record.facts = (0..200)
                    .map(|_| fact("F", Value::Text(text_of(8_192))))
                    .collect();
                record
            };
            // Twenty records of 200 texts of 8,192 characters: 31 MiB.
            answer.lines = (0..20)
                .map(|_| Line {
                    row: chunk.first_row,
                    statement: Statement::Recorded(full()),
                })
                .collect();
        }
        other => unknown(other),
    }
    answer
}

fn statement(name: &str) -> Statement {
    match name {
        "long-rejection" => rejection("missing", &text_of(501)),
        "empty-rule" => rejection("", "as asked"),
        "ended" => ending("record"),
        "ended-unknown" => ending("nobody knows this"),
        "acknowledged" => Statement::Acknowledged(Acknowledgement {
            key: "o-1".to_owned(),
            feedback: Feedback {
                outcome: Outcome::Executed,
                at: None,
                reference: None,
                evidence: Vec::new(),
            },
        }),
        name => Statement::Recorded(broken_record(name)),
    }
}

fn broken_record(name: &str) -> CreditRecord {
    let mut record = record("record");
    let date = |year, month, day| Date { year, month, day };
    match name {
        "record" | "log" => {}
        "empty-ref" => record.source_ref = String::new(),
        "long-ref" => record.source_ref = text_of(201),
        "nul-ref" => record.source_ref = "a\0b".to_owned(),
        "bad-yuan" => record
            .facts
            .push(fact("F", Value::Yuan("1.005".to_owned()))),
        "bad-number" => record
            .facts
            .push(fact("F", Value::Number("1e3".to_owned()))),
        "long-text" => record.facts.push(text_fact("F", &text_of(8_193))),
        "empty-text" => record.facts.push(text_fact("F", "")),
        "empty-field" => record.facts.push(text_fact("", "x")),
        "many-facts" => record.facts = (0..201).map(|_| text_fact("F", "x")).collect(),
        "bad-token" => record.subject.identifiers = vec![identifier("person", "E12345678")],
        "foreign-token" => {
            record.subject.identifiers = vec![identifier("person", "Z00000000000000000")];
        }
        "spaced-identifier" => record.subject.identifiers[0].value.push(' '),
        "empty-identifier" => record.subject.identifiers[0].value.clear(),
        "empty-name" => record.subject.name = Some(String::new()),
        "no-basis" => record.basis.clear(),
        "listing" => {
            record.listing = Some(Listing {
                list_code: "R-LIST".to_owned(),
                standard: basis(),
            });
        }
        "wide-disclosure" => record.item = "TEST-LIMITED".to_owned(),
        "unlisted-item" => record.item = "NO-SUCH-ITEM".to_owned(),
        "impossible-date" => record.decision.decided_on = date(2026, 2, 31),
        "early-date" => record.decision.decided_on = date(1899, 12, 31),
        "late-date" => record.decision.decided_on = date(2200, 1, 1),
        "sentinel-date" => record.valid_until = Some(date(2099, 12, 31)),
        "bad-moment" => {
            record.revised_at = Some(Moment {
                date: date(2026, 1, 5),
                hour: 24,
                minute: 0,
                second: 0,
            });
        }
        // The service did not trap, and the host has failed the test.
        "send" | "put" | "setting" | "now" | "id" => {}
        other => unknown(other),
    }
    record
}

/// A record without fault, about an invented company.
fn record(source_ref: &str) -> CreditRecord {
    CreditRecord {
        source_ref: source_ref.to_owned(),
        revised_at: None,
        item: "TEST-ITEM".to_owned(),
        subject: Subject {
            name: Some("虚构贸易有限公司".to_owned()),
            identifiers: vec![identifier("uscc", "91350100MA900010XU")],
        },
        parties: Vec::new(),
        disclosure: Disclosure::Public,
        provider: None,
        duty: "test".to_owned(),
        decision: Decision {
            authority: Authority {
                name: "虚构局".to_owned(),
                uscc: None,
            },
            number: Some("例〔2026〕1号".to_owned()),
            decided_on: Date {
                year: 2026,
                month: 1,
                day: 5,
            },
        },
        basis: vec![basis()],
        listing: None,
        valid_from: None,
        valid_until: None,
        published_until: None,
        facts: Vec::new(),
    }
}

fn basis() -> Basis {
    Basis {
        code: None,
        text: "《中华人民共和国行政处罚法》第九条".to_owned(),
    }
}

fn identifier(scheme: &str, value: &str) -> Identifier {
    Identifier {
        scheme: scheme.to_owned(),
        value: value.to_owned(),
    }
}

fn text_fact(field: &str, text: &str) -> Fact {
    fact(field, Value::Text(text.to_owned()))
}

fn rejection(rule: &str, text: &str) -> Statement {
    Statement::Rejected(Rejection {
        field: None,
        rule: rule.to_owned(),
        text: text.to_owned(),
    })
}

fn ending(source_ref: &str) -> Statement {
    Statement::Ended(Ending {
        source_ref: source_ref.to_owned(),
        exit: Exit::Fulfilment,
        effective_on: Date {
            year: 2026,
            month: 3,
            day: 1,
        },
        note: None,
    })
}
