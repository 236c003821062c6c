//! The rules of service (送达): by which ways a notice may be sent, and which
//! receipts each can bring.
//!
//! Comes in: one attempt, its receipt, its failure. Goes out: nothing, or the
//! refusal. Always holds: a failure that opens the way to publication is on file
//! in words. Deliberately absent: the counting of days (see [`super::waits_until`]).

use crate::{
    case::ReceiptKind,
    gates::{Receipt, Refusal},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// By which way a notice is sent (送达方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// 直接送达: an official brings it.
    InPerson,
    /// 邮寄送达.
    Post,
    /// 电子送达: only where the subject agreed in writing (行政处罚法 第六十一条).
    Electronic,
    /// 公告送达: when no other way is left.
    Publication,
}

impl Way {
    /// The word in rows and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::InPerson => "in-person",
            Self::Post => "post",
            Self::Electronic => "electronic",
            Self::Publication => "publication",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::InPerson,
            Self::Post,
            Self::Electronic,
            Self::Publication,
        ]
        .into_iter()
        .find(|way| way.code() == code)
    }
}

/// One attempt to serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// By which way.
    pub way: Way,
    /// The official or office that serves it.
    pub by: String,
    /// The day it was sent, brought or published.
    pub on: Date,
    /// The document by which the subject agreed to electronic service.
    pub consent: Option<String>,
}

/// By somebody, electronically only where the subject agreed, by publication only
/// when another way has failed.
pub(super) fn may_be_served(service: &Service, tried_before: bool) -> Result<(), Refusal> {
    if service.by.trim().is_empty() {
        return Err(Refusal::new(
            "service",
            "须载明送达人",
            "name the official or office that serves the notice",
        ));
    }
    let consent = service.consent.as_deref().unwrap_or_default();
    if service.way == Way::Electronic && consent.trim().is_empty() {
        return Err(Refusal::new(
            "service",
            "电子送达须经当事人书面同意",
            "electronic service needs the subject's written consent: name the document",
        ));
    }
    if service.way == Way::Publication && !tried_before {
        return Err(Refusal::new(
            "service",
            "受送达人下落不明或者用其他方式无法送达的，方可公告送达；请先登记无法送达的情况",
            "publication is the last way: first enter that the subject cannot be found or reached \
             otherwise",
        ));
    }
    Ok(())
}

/// That a notice cannot be delivered opens the way to publication, so the file says
/// why.
pub(super) fn failure_is_on_file(why: &str) -> Result<(), Refusal> {
    if why.trim().is_empty() {
        return Err(Refusal::new(
            "service",
            "须载明无法送达的情况",
            "say why the notice could not be delivered, or how the subject was looked for",
        ));
    }
    Ok(())
}

/// The receipt is one that this way of service can bring, on a day that can be.
pub(super) fn receipt_fits(
    service: &Service,
    receipt: Receipt,
    today: Date,
) -> Result<(), Refusal> {
    let can_bring = match (service.way, receipt.kind) {
        // Whoever comes and signs while the publication runs has been served.
        (_, ReceiptKind::Delivered)
        | (Way::InPerson, ReceiptKind::Left)
        | (Way::Publication, ReceiptKind::Published) => true,
        (Way::Post | Way::Electronic | Way::Publication, ReceiptKind::Left)
        | (Way::InPerson | Way::Post | Way::Electronic, ReceiptKind::Published) => false,
    };
    if !can_bring {
        return Err(Refusal::new(
            "receipt",
            "送达回证与送达方式不符",
            format!(
                "a notice served {} brings no receipt of the kind {}",
                service.way.code(),
                receipt.kind.code()
            ),
        ));
    }
    if receipt.on < service.on || receipt.on > today {
        return Err(Refusal::new(
            "receipt",
            format!(
                "送达日期 {} 早于送出日期 {} 或者尚未到来",
                receipt.on, service.on
            ),
            format!(
                "the day of the receipt, {}, lies before the service on {} or in the future",
                receipt.on, service.on
            ),
        ));
    }
    Ok(())
}
