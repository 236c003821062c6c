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

mod service;

pub use service::{Service, Way};

use crate::{
    calendar::{Calendar, Deadline},
    case::ReceiptKind,
    gates::Receipt,
    span::Span,
    transition::TransitionError,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{failure_is_on_file, may_be_served, receipt_fits};

/// The time in which the subject may state its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// How and when the notice reached it.
    pub receipt: Receipt,
    /// The last day on which nothing may start.
    pub waits_until: Deadline,
    /// It stated its case and nobody has weighed that yet.
    pub statement_open: bool,
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
    Received(Hearing),
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
            Self::Received(_) => "received",
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
            may_be_served(service, *notice != Notice::Made)?;
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
            let hearing = Hearing {
                receipt: *receipt,
                waits_until: *waits_until,
                statement_open: false,
            };
            (Notice::Received(hearing), vec![])
        }
        (Notice::Received(hearing), NoticeEvent::Stated) => {
            let statement_open = true;
            (
                Notice::Received(Hearing {
                    statement_open,
                    ..*hearing
                }),
                vec![WeighStatement],
            )
        }
        (Notice::Received(hearing), NoticeEvent::StatementWeighed) if hearing.statement_open => {
            let statement_open = false;
            (
                Notice::Received(Hearing {
                    statement_open,
                    ..*hearing
                }),
                vec![],
            )
        }
        (Notice::Received(hearing), NoticeEvent::Recomputed(to)) => {
            let waits_until = *to;
            (
                Notice::Received(Hearing {
                    waits_until,
                    ..*hearing
                }),
                vec![],
            )
        }
        (Notice::Received(hearing), NoticeEvent::DayBegan) => heard_by(hearing, today),
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
            Notice::Served { .. } | Notice::Received(_) | Notice::Heard { .. },
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
            Notice::Received(_),
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

/// Whether the subject's days are over by this day.
fn heard_by(hearing: &Hearing, today: Date) -> (Notice, Vec<NoticeEffect>) {
    if !hearing.statement_open
        && hearing.waits_until.is_over(today)
        && let Ok(first_day) = hearing.waits_until.date.tomorrow()
    {
        let start = NoticeEffect::StartOrders {
            not_before: first_day,
        };
        return (Notice::Heard { first_day }, vec![start]);
    }
    (Notice::Received(*hearing), vec![])
}

#[cfg(test)]
mod tests;
