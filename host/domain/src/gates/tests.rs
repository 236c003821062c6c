//! Each gate refuses what it is there to refuse, and only that.

use super::*;
use crate::{
    calendar::Day,
    case::CitedProof,
    catalogue::{HumanGate, NoticeForm, Period, Proof},
    record::Authority,
};
use jiff::civil::date;

/// The day on which everything is asked: a Monday.
const TODAY: Date = date(2026, 11, 23);

/// The sample catalogue, as it is shipped.
pub(crate) fn catalogue() -> Catalogue {
    let files = [
        (
            "bases.toml",
            include_str!("../../../../examples/catalogue/bases.toml"),
        ),
        (
            "lists.toml",
            include_str!("../../../../examples/catalogue/lists.toml"),
        ),
        (
            "measures.toml",
            include_str!("../../../../examples/catalogue/measures.toml"),
        ),
        (
            "mandates.toml",
            include_str!("../../../../examples/catalogue/mandates.toml"),
        ),
        (
            "organizations.toml",
            include_str!("../../../../examples/catalogue/collection-organizations.toml"),
        ),
        (
            "persons.toml",
            include_str!("../../../../examples/catalogue/collection-persons.toml"),
        ),
    ];
    crate::catalogue::load(&files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap()
}

fn cited(proof: Proof) -> CitedProof {
    CitedProof {
        proof,
        document: "（2026）闽01执1号".to_owned(),
    }
}

fn standing() -> Standing {
    Standing {
        initiation: Initiation {
            department: "tax".to_owned(),
            official: "林税务".to_owned(),
            decision_number: "闽税稽罚〔2026〕7号".to_owned(),
            measures: vec!["L-TAX-02".to_owned()],
            second_official: None,
            proofs: Vec::new(),
        },
        subject: SubjectKind::Organization,
        role: None,
        region: "350000".to_owned(),
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
        objection_open: false,
        starts_on: date(2026, 11, 20),
        ends_on: date(2029, 11, 19),
    }
}

/// What a test may change.
struct Changed {
    catalogue: Catalogue,
    calendar: Calendar,
    measure: Measure,
    standing: Standing,
}

impl Changed {
    fn form(&mut self) -> &mut NoticeForm {
        self.catalogue
            .notices
            .get_mut(&self.measure.notice)
            .unwrap()
    }

    fn refusals(&self) -> Vec<Refusal> {
        at_claim(&Matter {
            catalogue: &self.catalogue,
            calendar: &self.calendar,
            measure: &self.measure,
            standing: &self.standing,
            on: TODAY,
        })
    }
}

#[track_caller]
fn changed(change: impl FnOnce(&mut Changed)) -> Changed {
    let catalogue = catalogue();
    let measure = catalogue.measure("L-TAX-02", TODAY).unwrap().clone();
    let mut changed = Changed {
        catalogue,
        calendar: Calendar::published().clone(),
        measure,
        standing: standing(),
    };
    change(&mut changed);
    changed
}

/// Changes one thing and expects exactly this gate to refuse, or none.
#[track_caller]
fn check(gate: Option<&str>, change: impl FnOnce(&mut Changed)) {
    let refusals = changed(change).refusals();
    let gates: Vec<&str> = refusals.iter().map(|r| r.gate.as_str()).collect();
    assert_eq!(gates, gate.into_iter().collect::<Vec<_>>(), "{refusals:?}");
}

#[test]
fn a_lawful_claim_passes() {
    check(None, |_| {});
}

/// Requirements 14, 29, 33; invariant I2.
#[test]
fn an_entry_needs_edition_verification_filing_basis_and_mandate() {
    check(Some("entry"), |c| {
        c.catalogue.editions[c.measure.edition].until = Some(TODAY);
        // The next edition does not name the measure. The items stay.
    });
    check(Some("draft"), |c| {
        c.measure.verified = crate::catalogue::Verified::No;
    });
    check(Some("draft"), |c| {
        c.measure.held = Some("备忘录".to_owned())
    });
    check(Some("filed"), |c| c.measure.filed_on = None);
    check(Some("filed"), |c| {
        c.measure.filed_on = Some(date(2026, 11, 24))
    });
    check(None, |c| c.measure.filed_on = Some(TODAY));
    check(Some("basis"), |c| {
        for code in &c.measure.bases {
            c.catalogue.bases.get_mut(code).unwrap().repealed_on = Some(TODAY);
        }
    });
    check(Some("basis"), |c| {
        for code in &c.measure.bases {
            c.catalogue.bases.get_mut(code).unwrap().region = Some("44".to_owned());
        }
    });
    check(Some("mandate"), |c| c.catalogue.mandates.clear());
    check(Some("mandate"), |c| {
        for mandate in c.catalogue.mandates.values_mut().flatten() {
            mandate.until = Some(TODAY);
        }
    });
}

/// Requirements 25, 28; invariant I1.
#[test]
fn a_subject_is_touched_only_as_the_entry_says() {
    check(Some("subject"), |c| {
        c.measure.subjects = vec![SubjectKind::Person]
    });
    // A person in an organization's record: only in a role that the entry names,
    // and only on a decision of its own.
    let legal_representative = |c: &mut Changed| {
        c.standing.subject = SubjectKind::Person;
        c.standing.role = Some(Role::LegalRepresentative);
        c.standing.initiation.proofs = vec![cited(Proof::OwnDecision)];
    };
    check(Some("subject"), legal_representative);
    check(None, |c| {
        legal_representative(c);
        c.measure.roles = vec![Role::LegalRepresentative];
    });
    check(Some("own-decision"), |c| {
        legal_representative(c);
        c.measure.roles = vec![Role::LegalRepresentative];
        c.standing.initiation.proofs.clear();
    });
    check(Some("no-grade"), |c| {
        c.measure.kind = Kind::Classification;
        c.measure.subjects = vec![SubjectKind::Person];
        c.standing.subject = SubjectKind::Person;
    });
    check(Some("referral"), |c| {
        c.measure.human_gate = HumanGate::Referral
    });
}

/// Requirements 22, 23.
#[test]
fn officials_decide_and_cite() {
    check(Some("initiation"), |c| {
        c.standing.initiation.official = " ".to_owned()
    });
    check(Some("initiation"), |c| {
        c.standing.initiation.department = String::new()
    });
    check(Some("initiation"), |c| {
        c.standing.initiation.decision_number = "别的".to_owned();
    });
    check(Some("initiation"), |c| c.standing.decision.number = None);
    let two = |c: &mut Changed| c.measure.human_gate = HumanGate::SecondOfficial;
    check(Some("second-official"), two);
    check(Some("second-official"), |c| {
        two(c);
        c.standing.initiation.second_official = Some("林税务 ".to_owned());
    });
    check(None, |c| {
        two(c);
        c.standing.initiation.second_official = Some("陈税务".to_owned());
    });
    let exit = |c: &mut Changed| {
        c.measure.proof = vec![Proof::AbilityToPerform, Proof::Refusal];
    };
    check(Some("proof"), exit);
    check(Some("proof"), |c| {
        exit(c);
        c.standing.initiation.proofs = vec![cited(Proof::AbilityToPerform)];
    });
    check(None, |c| {
        exit(c);
        c.standing.initiation.proofs = c.measure.proof.iter().copied().map(cited).collect();
    });
    check(Some("proof"), |c| {
        exit(c);
        c.standing.initiation.proofs = c.measure.proof.iter().copied().map(cited).collect();
        c.standing.initiation.proofs[1].document = " ".to_owned();
    });
}

/// Requirement 15.
#[test]
fn a_record_triggers_only_while_in_force_and_never_as_a_report() {
    check(Some("trigger"), |c| {
        c.standing.item = "TAX-LICENCE".to_owned()
    });
    check(Some("trigger"), |c| {
        for item in c.catalogue.items.get_mut("TAX-PENALTY").unwrap() {
            item.sort = Sort::AgencyReport;
        }
    });
    check(Some("record"), |c| {
        c.standing.ended = Some("revoked".to_owned())
    });
    check(Some("record"), |c| {
        c.standing.valid_until = Some(date(2026, 11, 22))
    });
    check(None, |c| c.standing.valid_until = Some(TODAY));
    check(Some("record"), |c| {
        c.standing.valid_from = date(2026, 11, 24)
    });
}

/// Requirement 34; invariant I2.
#[test]
fn a_term_is_bounded_and_there_is_a_way_back() {
    check(Some("term"), |c| c.standing.ends_on = date(2029, 11, 20));
    check(Some("term"), |c| c.standing.ends_on = date(2026, 11, 22));
    check(None, |c| c.standing.ends_on = TODAY);
    // Ended by an event: the review is its bound.
    let paid = |c: &mut Changed| {
        c.measure.period = Period::Until {
            event: "缴清".to_owned(),
            review: Span::Months(12),
        };
    };
    check(Some("term"), paid);
    check(None, |c| {
        paid(c);
        c.standing.ends_on = date(2027, 11, 19);
    });
    check(Some("way-back"), |c| c.form().remedies.clear());
    check(Some("way-back"), |c| c.measure.repair.words.clear());
}

/// Invariant I2; requirement 35.
#[test]
fn nothing_runs_before_the_subject_was_told_and_heard() {
    check(Some("notice"), |c| c.standing.receipt = None);
    let on = |day| {
        move |c: &mut Changed| {
            c.standing.receipt = Some(Receipt {
                kind: ReceiptKind::Delivered,
                on: date(2026, 11, day),
            });
        }
    };
    // Five working days (行政处罚法 第八十五条): received on Friday the 13th, heard
    // until Friday the 20th, free on the 21st; received on the 16th, heard until the
    // 23rd, free on the 24th.
    check(None, on(13));
    check(Some("notice"), on(16));
    check(Some("objection"), |c| c.standing.objection_open = true);
}

#[test]
fn service_by_publication_takes_its_own_days() {
    let published = |month, day| {
        move |c: &mut Changed| {
            c.standing.receipt = Some(Receipt {
                kind: ReceiptKind::Published,
                on: date(2026, month, day),
            });
        }
    };
    // Published on 13 October, served on 12 November, heard until the 19th.
    check(None, published(10, 13));
    check(Some("notice"), published(10, 19));
    check(Some("notice"), |c| {
        published(9, 1)(c);
        c.catalogue.limits.clear();
    });
}

/// Nothing is done on a day that may still move.
#[test]
fn a_hearing_that_reaches_into_an_unpublished_year_waits() {
    let refusals = changed(|c| {
        c.calendar = Calendar::default();
        assert_eq!(c.calendar.day(TODAY), Day::Unknown);
    })
    .refusals();
    assert_eq!(refusals.len(), 1);
    assert!(
        refusals[0].waits && refusals[0].en.contains("calendar import"),
        "{refusals:?}"
    );
}

#[test]
fn an_incentive_waits_for_no_hearing() {
    check(None, |c| {
        c.measure.kind = Kind::Incentive;
        c.form().hearing = None;
        c.standing.receipt = Some(Receipt {
            kind: ReceiptKind::Delivered,
            on: TODAY,
        });
    });
}

/// What time or an act can open waits; what nothing can open is refused for good.
#[test]
fn only_notice_and_objection_wait() {
    let waiting = changed(|c| {
        c.standing.receipt = None;
        c.standing.objection_open = true;
    });
    assert!(waiting.refusals().iter().all(|refusal| refusal.waits));
    let refused = changed(|c| c.measure.filed_on = None);
    assert!(refused.refusals().iter().all(|refusal| !refusal.waits));
}
