//! Each gate refuses what it is there to refuse, and only that.

use super::*;
use crate::record::Authority;
use jiff::civil::date;

const CATALOGUE: &str = include_str!("../../../../examples/catalogue/fujian.toml");

fn catalogue() -> Catalogue {
    crate::catalogue::load(&[("fujian.toml".to_owned(), CATALOGUE.to_owned())]).unwrap()
}

fn standing() -> Standing {
    Standing {
        initiation: Initiation {
            department: "tax".to_owned(),
            official: "林税务".to_owned(),
            decision_number: "闽税稽罚〔2026〕7号".to_owned(),
            measures: vec!["L-TAX-02".to_owned()],
        },
        subject: SubjectKind::Organization,
        item: "TAX-PENALTY".to_owned(),
        decision: Decision {
            authority: Authority {
                name: "福建省税务局稽查局".to_owned(),
                uscc: None,
            },
            number: Some("闽税稽罚〔2026〕7号".to_owned()),
            decided_on: date(2026, 11, 2),
        },
        valid_from: date(2026, 11, 2),
        valid_until: None,
        ended: None,
        receipt: Some(Receipt {
            kind: ReceiptKind::Delivered,
            on: date(2026, 11, 10),
        }),
        starts_on: date(2026, 11, 20),
        ends_on: date(2029, 11, 19),
    }
}

/// Changes one thing and expects exactly this gate to refuse, or none.
#[track_caller]
fn check(gate: Option<&str>, change: impl FnOnce(&mut Catalogue, &mut Measure, &mut Standing)) {
    let mut catalogue = catalogue();
    let mut measure = catalogue.measures["L-TAX-02"].clone();
    let mut standing = standing();
    change(&mut catalogue, &mut measure, &mut standing);
    let refusals = at_claim(&catalogue, &measure, &standing, date(2026, 11, 23));
    let gates: Vec<&str> = refusals.iter().map(|r| r.gate.as_str()).collect();
    assert_eq!(gates, gate.into_iter().collect::<Vec<_>>(), "{refusals:?}");
}

#[test]
fn a_lawful_claim_passes() {
    check(None, |_, _, _| {});
}

#[test]
fn each_gate_refuses_alone() {
    check(Some("entry"), |_, m, _| m.verified = Verified::No);
    check(Some("entry"), |_, m, _| m.filed_on = None);
    check(Some("entry"), |_, m, _| {
        m.filed_on = Some(date(2026, 11, 24))
    });
    check(Some("basis"), |c, m, _| {
        for code in &m.bases {
            c.bases.get_mut(code).unwrap().repealed_on = Some(date(2026, 11, 23));
        }
    });
    check(Some("mandate"), |c, _, _| c.mandates.clear());
    check(Some("mandate"), |c, _, _| {
        for mandate in &mut c.mandates {
            mandate.until = Some(date(2026, 11, 23));
        }
    });
    check(Some("subject"), |_, m, _| {
        m.subjects = vec![SubjectKind::Person]
    });
    check(Some("initiation"), |_, _, s| {
        s.initiation.official = " ".to_owned()
    });
    check(Some("initiation"), |_, _, s| {
        s.initiation.decision_number = "别的".to_owned()
    });
    check(Some("initiation"), |_, _, s| s.decision.number = None);
    check(Some("trigger"), |_, _, s| s.item = "TAX-LICENCE".to_owned());
    check(Some("record"), |_, _, s| {
        s.ended = Some("revoked".to_owned())
    });
    check(Some("record"), |_, _, s| {
        s.valid_until = Some(date(2026, 11, 22))
    });
    check(Some("record"), |_, _, s| s.valid_from = date(2026, 11, 24));
    check(Some("term"), |_, _, s| s.ends_on = date(2029, 11, 20));
    check(Some("term"), |_, _, s| s.ends_on = date(2026, 11, 22));
    check(Some("way-back"), |_, m, _| m.remedies.clear());
    check(Some("way-back"), |_, m, _| m.early_exit.clear());
    check(Some("notice"), |_, _, s| s.receipt = None);
}

#[test]
fn a_record_or_term_still_holds_on_its_last_day() {
    check(None, |_, _, s| s.valid_until = Some(date(2026, 11, 23)));
    check(None, |_, _, s| s.ends_on = date(2026, 11, 23));
}

#[test]
fn the_subject_has_its_days() {
    let on = |day| {
        Some(Receipt {
            kind: ReceiptKind::Delivered,
            on: date(2026, 11, day),
        })
    };
    // Five days to state its case: received on the 17th, free on the 23rd.
    check(None, |_, _, s| s.receipt = on(17));
    check(Some("notice"), |_, _, s| s.receipt = on(18));
    check(Some("notice"), |_, _, s| {
        s.receipt = Some(Receipt {
            kind: ReceiptKind::Published,
            on: date(2026, 11, 10),
        });
    });
}

#[test]
fn an_incentive_need_not_wait() {
    check(None, |_, m, s| {
        m.kind = crate::catalogue::Kind::Incentive;
        s.receipt = Some(Receipt {
            kind: ReceiptKind::Delivered,
            on: date(2026, 11, 23),
        });
    });
}
