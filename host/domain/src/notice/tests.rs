//! The table of a notice's states and events, and the days that a receipt sets.

use super::*;
use crate::transition::table;
use jiff::{ToSpan, civil::date};
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 23);

fn deadline(date: Date, provisional: bool) -> Deadline {
    Deadline { date, provisional }
}

fn service(way: Way) -> Service {
    Service {
        way,
        by: "送达组".to_owned(),
        on: date(2026, 11, 10),
        consent: None,
    }
}

fn receipt(kind: ReceiptKind) -> Receipt {
    Receipt {
        kind,
        on: date(2026, 11, 12),
    }
}

fn received(receipt: Receipt, waits_until: Deadline, statement_open: bool) -> Notice {
    Notice::Received(Hearing {
        receipt,
        waits_until,
        statement_open,
    })
}

fn states() -> Vec<Notice> {
    let over = deadline(date(2026, 11, 19), false);
    let ends_today = deadline(TODAY, false);
    let provisional = deadline(date(2026, 11, 19), true);
    let in_person = receipt(ReceiptKind::Delivered);
    vec![
        Notice::Made,
        Notice::Served {
            service: service(Way::InPerson),
        },
        Notice::Served {
            service: service(Way::Publication),
        },
        Notice::Undelivered {
            why: "r".to_owned(),
        },
        received(in_person, ends_today, false),
        received(in_person, provisional, false),
        received(in_person, over, true),
        received(in_person, over, false),
        Notice::Heard { first_day: TODAY },
        Notice::Void,
    ]
}

fn events() -> Vec<NoticeEvent> {
    let got = |kind| NoticeEvent::Received {
        receipt: receipt(kind),
        waits_until: deadline(date(2026, 11, 19), false),
    };
    vec![
        NoticeEvent::Served(service(Way::Post)),
        NoticeEvent::Served(service(Way::Publication)),
        NoticeEvent::Undelivered("moved".to_owned()),
        NoticeEvent::Undelivered(" ".to_owned()),
        got(ReceiptKind::Delivered),
        got(ReceiptKind::Left),
        got(ReceiptKind::Published),
        NoticeEvent::Stated,
        NoticeEvent::StatementWeighed,
        NoticeEvent::Recomputed(deadline(date(2026, 11, 25), false)),
        NoticeEvent::DayBegan,
        NoticeEvent::Voided,
    ]
}

#[test]
fn every_state_and_event() {
    insta::assert_snapshot!(table(&states(), &events(), |state, event| apply(
        state, event, TODAY
    )));
}

/// Invariant I2: a measure starts only after its notice was received.
#[test]
fn only_a_received_notice_whose_days_are_surely_over_starts_anything() {
    for state in states() {
        for event in events() {
            let Ok((_, effects)) = apply(&state, &event, TODAY) else {
                continue;
            };
            let starts = effects
                .iter()
                .any(|effect| matches!(effect, NoticeEffect::StartOrders { .. }));
            let over =
                |hearing: &Hearing| !hearing.statement_open && hearing.waits_until.is_over(TODAY);
            let may = matches!(&state, Notice::Received(hearing) if over(hearing))
                && event == NoticeEvent::DayBegan;
            assert_eq!(starts, may, "{state:?} {event:?}");
        }
    }
}

#[test]
fn the_days_of_waiting_follow_the_receipt_and_the_catalogue() {
    #[track_caller]
    fn check(kind: ReceiptKind, hearing: Option<Span>, last: Date, provisional: bool) {
        let until = waits_until(receipt(kind), Span::Days(30), hearing, &Calendar::default());
        assert_eq!(until, Some(deadline(last, provisional)));
    }
    use ReceiptKind::{Delivered, Left, Published};
    // Received on Thursday 2026-11-12.
    check(Delivered, Some(Span::Days(5)), date(2026, 11, 17), false);
    check(Left, Some(Span::Days(5)), date(2026, 11, 17), false);
    check(
        Delivered,
        Some(Span::WorkingDays(5)),
        date(2026, 11, 19),
        true,
    );
    // Published: served on 12-12, then five days.
    check(Published, Some(Span::Days(5)), date(2026, 12, 17), false);
    // Nothing to be heard: it may start on the day of service.
    check(Delivered, None, date(2026, 11, 11), false);
    check(Published, None, date(2026, 12, 11), false);
}

#[test]
fn a_provisional_hearing_opens_once_the_calendar_is_known() {
    let waiting = received(
        receipt(ReceiptKind::Delivered),
        deadline(date(2026, 11, 19), true),
        false,
    );
    let (still, effects) = apply(&waiting, &NoticeEvent::DayBegan, TODAY).unwrap();
    assert_eq!((&still, effects.len()), (&waiting, 0));
    let known = NoticeEvent::Recomputed(deadline(date(2026, 11, 20), false));
    let (known, _) = apply(&still, &known, TODAY).unwrap();
    let (heard, _) = apply(&known, &NoticeEvent::DayBegan, TODAY).unwrap();
    assert_eq!(
        heard,
        Notice::Heard {
            first_day: date(2026, 11, 21)
        }
    );
}

#[test]
fn nothing_starts_on_the_last_day_of_the_hearing() {
    let waiting = received(
        receipt(ReceiptKind::Delivered),
        deadline(TODAY, false),
        false,
    );
    let (on_the_day, _) = apply(&waiting, &NoticeEvent::DayBegan, TODAY).unwrap();
    assert_eq!(on_the_day, waiting);
    let next = TODAY.tomorrow().unwrap();
    let (after, _) = apply(&waiting, &NoticeEvent::DayBegan, next).unwrap();
    assert_eq!(after, Notice::Heard { first_day: next });
}

#[test]
fn a_receipt_from_before_the_service_or_from_the_future_is_refused() {
    let served = Notice::Served {
        service: service(Way::InPerson),
    };
    for on in [date(2026, 11, 9), date(2026, 11, 24)] {
        let event = NoticeEvent::Received {
            receipt: Receipt {
                kind: ReceiptKind::Delivered,
                on,
            },
            waits_until: deadline(TODAY, false),
        };
        let error = apply(&served, &event, TODAY).unwrap_err();
        assert!(error.to_string().contains("the day of the receipt"), "{on}");
    }
}

#[test]
fn electronic_service_needs_the_subjects_consent() {
    let mut electronic = service(Way::Electronic);
    let serve = |service: &Service| {
        let event = NoticeEvent::Served(service.clone());
        apply(&Notice::Made, &event, TODAY)
    };
    assert!(
        serve(&electronic)
            .unwrap_err()
            .to_string()
            .contains("consent")
    );
    electronic.consent = Some("送达地址确认书".to_owned());
    assert!(serve(&electronic).is_ok());
}

proptest! {
    /// Invariant I2, over random histories: orders start at most once, after a
    /// receipt, and never before the day that follows the waiting.
    #[test]
    fn orders_start_once_and_only_after_a_receipt(picks in prop::collection::vec((0..12_usize, 0..4_i64), 0..40)) {
        let mut notice = Notice::Made;
        let mut today = date(2026, 11, 12);
        let mut received = false;
        let mut starts = 0;
        for (pick, days) in picks {
            today = today.checked_add(days.days()).unwrap();
            let event = &events()[pick];
            let Ok((next, effects)) = apply(&notice, event, today) else {
                continue;
            };
            received |= matches!(event, NoticeEvent::Received { .. });
            for effect in effects {
                if let NoticeEffect::StartOrders { not_before } = effect {
                    starts += 1;
                    prop_assert!(received && not_before <= today);
                }
            }
            notice = next;
        }
        prop_assert!(starts <= 1);
    }
}

#[test]
fn words_in_rows_read_back() {
    for code in ["in-person", "post", "electronic", "publication"] {
        assert_eq!(Way::from_code(code).unwrap().code(), code);
    }
    assert_eq!(Way::from_code("pigeon"), None);
}
