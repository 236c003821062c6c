//! A notice (告知书): the subject is told what is held against it, on what basis,
//! and how to answer, before anything happens to it.
//!
//! Comes in: how the notice was served, the receipt, the days, what the subject
//! stated. Goes out: the next state, and the day from which the orders of the
//! case may start. Always holds: nothing starts before a receipt, nor while the
//! last day of waiting is provisional, nor while a statement of the subject waits
//! to be weighed (行政处罚法 第四十五条). Publication (公告送达) is the last way: only
//! after the subject could not be found or reached otherwise (民事诉讼法 第九十五条).
//!
//! Deliberately absent: the text of the notice, and every number of days, which
//! the catalogue holds.

use crate::{
    calendar::{Calendar, Deadline},
    case::ReceiptKind,
    gates::{Receipt, Refusal},
    span::Span,
    transition::TransitionError,
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

/// Where a notice stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Notice {
    /// Written, not yet sent.
    Made,
    /// On its way; no receipt yet.
    Served {
        /// How, by whom and when.
        service: Service,
    },
    /// It came back, or the subject cannot be found: to be served again.
    Undelivered {
        /// What the file says of it.
        why: String,
    },
    /// It reached the subject, which may now state its case (陈述、申辩).
    Received {
        /// How and when.
        receipt: Receipt,
        /// The last day on which nothing may start.
        waits_until: Deadline,
        /// The subject stated its case and nobody has weighed it yet.
        statement_open: bool,
    },
    /// The subject was heard, or let its days go by: the orders may start.
    Heard {
        /// The first day on which they may.
        first_day: Date,
    },
    /// Its case was withdrawn.
    Void,
}

impl Notice {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Served { .. } => "served",
            Self::Undelivered { .. } => "undelivered",
            Self::Received { .. } => "received",
            Self::Heard { .. } => "heard",
            Self::Void => "void",
        }
    }
}

/// What happened to a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeEvent {
    /// It was sent, brought or published.
    Served(Service),
    /// It came back, or the subject cannot be found (下落不明), with what the file
    /// says of it.
    Undelivered(String),
    /// It reached the subject.
    Received {
        /// How and when.
        receipt: Receipt,
        /// From [`waits_until`].
        waits_until: Deadline,
    },
    /// The subject stated its case.
    Stated,
    /// An official weighed the statement and the case goes on. Where the statement
    /// was right the initiator withdraws the case, and the notice is voided.
    StatementWeighed,
    /// A calendar was imported and the last day of waiting moved.
    Recomputed(Deadline),
    /// A new day.
    DayBegan,
    /// The case was withdrawn.
    Voided,
}

impl NoticeEvent {
    /// The word in entries and errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Served(_) => "served",
            Self::Undelivered(_) => "undelivered",
            Self::Received { .. } => "received",
            Self::Stated => "stated",
            Self::StatementWeighed => "statement-weighed",
            Self::Recomputed(_) => "recomputed",
            Self::DayBegan => "day-began",
            Self::Voided => "voided",
        }
    }
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeEffect {
    /// Put it into the work list: serve it again, another way.
    ServeAgain,
    /// Put the statement before the official who opened the case.
    WeighStatement,
    /// Make the first step of every order of the case.
    StartOrders {
        /// Not before this day.
        not_before: Date,
    },
    /// Tell the subject that the notice no longer holds.
    TellSubjectVoid,
}

/// The last day on which nothing may start: after the receipt, where the notice
/// was published after the days until publication counts as service, and then
/// after the days to state one's case. The day of the receipt does not count
/// (民法典 第二百零一条). Where nothing is to be heard (an incentive) that is the day
/// before the notice counts as served. `None`: out of range.
pub fn waits_until(
    receipt: Receipt,
    until_published_counts: Span,
    hearing: Option<Span>,
    calendar: &Calendar,
) -> Option<Deadline> {
    let served = match receipt.kind {
        ReceiptKind::Delivered | ReceiptKind::Left => Deadline {
            date: receipt.on,
            provisional: false,
        },
        ReceiptKind::Published => calendar.after(receipt.on, until_published_counts)?,
    };
    let end = match hearing {
        Some(span) => calendar.after(served.date, span)?,
        None => Deadline {
            date: served.date.yesterday().ok()?,
            provisional: false,
        },
    };
    Some(Deadline {
        provisional: end.provisional || served.provisional,
        ..end
    })
}

/// The next state of a notice, and what it asks for. A new day and a recomputed
/// deadline change nothing in a state that waits for no day.
///
/// # Errors
/// When the state does not admit the event, or a rule of service forbids it;
/// nothing has changed then.
pub fn apply(
    notice: &Notice,
    event: &NoticeEvent,
    today: Date,
) -> Result<(Notice, Vec<NoticeEffect>), TransitionError> {
    use NoticeEffect::{ServeAgain, TellSubjectVoid, WeighStatement};
    Ok(match (notice, event) {
        (Notice::Made | Notice::Undelivered { .. }, NoticeEvent::Served(service)) => {
            may_be_served(notice, service)?;
            let service = service.clone();
            (Notice::Served { service }, vec![])
        }
        (Notice::Made | Notice::Served { .. }, NoticeEvent::Undelivered(why)) => {
            failure_is_on_file(why)?;
            (Notice::Undelivered { why: why.clone() }, vec![ServeAgain])
        }
        (
            Notice::Served { service },
            NoticeEvent::Received {
                receipt,
                waits_until,
            },
        ) => {
            receipt_fits(service, *receipt, today)?;
            let received = Notice::Received {
                receipt: *receipt,
                waits_until: *waits_until,
                statement_open: false,
            };
            (received, vec![])
        }
        (
            Notice::Received {
                receipt,
                waits_until,
                ..
            },
            NoticeEvent::Stated,
        ) => (received(*receipt, *waits_until, true), vec![WeighStatement]),
        (
            Notice::Received {
                receipt,
                waits_until,
                statement_open: true,
            },
            NoticeEvent::StatementWeighed,
        ) => (received(*receipt, *waits_until, false), vec![]),
        (
            Notice::Received {
                receipt,
                statement_open,
                ..
            },
            NoticeEvent::Recomputed(to),
        ) => (received(*receipt, *to, *statement_open), vec![]),
        (Notice::Received { .. }, NoticeEvent::DayBegan) => heard_by(notice, today),
        (
            Notice::Made
            | Notice::Served { .. }
            | Notice::Undelivered { .. }
            | Notice::Heard { .. }
            | Notice::Void,
            NoticeEvent::DayBegan | NoticeEvent::Recomputed(_),
        ) => (notice.clone(), vec![]),
        // It never reached the subject: there is nothing to take back.
        (Notice::Made | Notice::Undelivered { .. }, NoticeEvent::Voided) => (Notice::Void, vec![]),
        (
            Notice::Served { .. } | Notice::Received { .. } | Notice::Heard { .. },
            NoticeEvent::Voided,
        ) => (Notice::Void, vec![TellSubjectVoid]),
        (
            Notice::Made | Notice::Undelivered { .. },
            NoticeEvent::Received { .. } | NoticeEvent::Stated | NoticeEvent::StatementWeighed,
        )
        | (Notice::Undelivered { .. }, NoticeEvent::Undelivered(_))
        | (
            Notice::Served { .. },
            NoticeEvent::Served(_) | NoticeEvent::Stated | NoticeEvent::StatementWeighed,
        )
        | (
            Notice::Received { .. },
            NoticeEvent::Served(_)
            | NoticeEvent::Undelivered(_)
            | NoticeEvent::Received { .. }
            | NoticeEvent::StatementWeighed,
        )
        | (
            Notice::Heard { .. } | Notice::Void,
            NoticeEvent::Served(_)
            | NoticeEvent::Undelivered(_)
            | NoticeEvent::Received { .. }
            | NoticeEvent::Stated
            | NoticeEvent::StatementWeighed,
        )
        | (Notice::Void, NoticeEvent::Voided) => {
            return Err(TransitionError::NotAdmitted {
                what: "notice",
                state: notice.code(),
                event: event.code(),
            });
        }
    })
}

fn received(receipt: Receipt, waits_until: Deadline, statement_open: bool) -> Notice {
    Notice::Received {
        receipt,
        waits_until,
        statement_open,
    }
}

/// Whether the subject's days are over by this day.
fn heard_by(notice: &Notice, today: Date) -> (Notice, Vec<NoticeEffect>) {
    if let Notice::Received {
        waits_until,
        statement_open: false,
        ..
    } = notice
        && waits_until.is_over(today)
        && let Ok(first_day) = waits_until.date.tomorrow()
    {
        let start = NoticeEffect::StartOrders {
            not_before: first_day,
        };
        return (Notice::Heard { first_day }, vec![start]);
    }
    (notice.clone(), vec![])
}

/// By somebody, electronically only where the subject agreed, by publication only
/// when another way has failed.
fn may_be_served(notice: &Notice, service: &Service) -> Result<(), Refusal> {
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
    if service.way == Way::Publication && *notice == Notice::Made {
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
fn failure_is_on_file(why: &str) -> Result<(), Refusal> {
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
fn receipt_fits(service: &Service, receipt: Receipt, today: Date) -> Result<(), Refusal> {
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

#[cfg(test)]
mod tests;
