//! Behaviours that use `http`.
//!
//! In come a name and the order, whose case number is the destination and whose
//! subject's name is the path; out goes what the other side answered. Always:
//! each error of `send` becomes the failure that the contract maps it to.
//! Absent: anything a department would understand.

use crate::orders::{fact, first_identifier, referenced};
use crate::{heavy, text_of, unknown};
use credence_sdk::contract::http::{Header, Method, Request, Response, SendError, send};
use credence_sdk::contract::measures::{Delay, Failure, Order};
use credence_sdk::contract::settings;
use credence_sdk::contract::types::{Feedback, Value};

/// One byte more than the contract allows.
const BODY_TOO_LONG: usize = 256 * 1024 + 1;
const EVIDENCE_CHARACTERS: usize = 8_192;

pub(crate) fn behave(name: &str, order: &Order) -> Result<Feedback, Failure> {
    let mut request = post(order);
    match name {
        "send" => {}
        "send-order" => {
            let value = settings::get("authorization").unwrap_or_default();
            request.headers.push(header("authorization", &value));
            request.body = Some(first_identifier(order));
        }
        "send-glued" => request.body = Some(format!("1{}", first_identifier(order))),
        "send-after-refused" => {
            let mut refused = post(order);
            refused.destination = "nowhere".to_owned();
            // Its refusal is what is wanted; the request after it is the one that counts.
            let _ = send(&refused);
        }
        "send-flood" => return flood_send(&request),
        "send-dots" => request.path = "/a/../b".to_owned(),
        "send-relative" => request.path = "a".to_owned(),
        "send-host-header" => request.headers.push(header("Host", "elsewhere.example")),
        "send-split-header" => request.headers.push(header("x-note", "a\r\nx-more: b")),
        "send-get" => (request.method, request.body) = (Method::Get, None),
        "send-huge" => request.body = Some(text_of(BODY_TOO_LONG)),
        "send-many" => return send_many(&request),
        "send-then-panic" | "send-then-spin" | "send-then-bad" => return send_then(name, &request),
        other => match other.strip_prefix("send-header-") {
            Some(name) => request.headers.push(header(name, "a")),
            None => unknown(other),
        },
    }
    let response = answered(send(&request))?;
    Ok(told(&response))
}

fn post(order: &Order) -> Request {
    Request {
        destination: order.case_number.clone(),
        method: Method::Post,
        path: order.subject.name.clone().unwrap_or_default(),
        headers: Vec::new(),
        body: Some("x".to_owned()),
    }
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn answered(answer: Result<Response, SendError>) -> Result<Response, Failure> {
    answer.map_err(|error| match error {
        SendError::NotGranted(text) => Failure::NeedsPerson(text),
        SendError::NotSent(text) => Failure::Unavailable(Delay {
            retry_after: None,
            text,
        }),
        SendError::NoAnswer(text) => Failure::Uncertain(text),
    })
}

fn told(response: &Response) -> Feedback {
    let mut feedback = referenced(response.status.to_string());
    if !response.body.is_empty() {
        let body = response.body.chars().take(EVIDENCE_CHARACTERS).collect();
        feedback.evidence.push(fact("BODY", Value::Text(body)));
    }
    feedback
}

/// The first refusal ends it; the evidence says which it was.
fn send_many(request: &Request) -> Result<Feedback, Failure> {
    for sent in 0..20 {
        if let Err(error) = send(request) {
            let mut feedback = referenced(sent.to_string());
            let (field, text) = match error {
                SendError::NotGranted(text) => ("NOT_GRANTED", text),
                SendError::NotSent(text) => ("NOT_SENT", text),
                SendError::NoAnswer(text) => ("NO_ANSWER", text),
            };
            feedback.evidence.push(fact(field, Value::Text(text)));
            return Ok(feedback);
        }
    }
    Ok(referenced("20".to_owned()))
}

/// Requests that are refused, each as large as one may be.
fn flood_send(request: &Request) -> Result<Feedback, Failure> {
    let mut request = request.clone();
    request.destination = "nowhere".to_owned();
    request.body = Some(text_of(BODY_TOO_LONG));
    for _ in 0..64 {
        let _ = send(&request);
    }
    Ok(referenced("64".to_owned()))
}

fn send_then(name: &str, request: &Request) -> Result<Feedback, Failure> {
    answered(send(request))?;
    match name {
        "send-then-panic" => panic!("asked to panic after sending"),
        "send-then-spin" => heavy::spin(),
        _ => Ok(referenced(text_of(201))),
    }
}
