//! Accepting a matter with gaps (容缺受理): papers that the law does not require may
//! follow, on a written promise with a deadline (requirement 18).
//!
//! Comes in: what is missing, the promise, the papers as they come, the day. Goes
//! out: the next state. Always holds: what law requires is never waived; a promise
//! is written and dated; a promise not kept sends the matter back to the normal
//! track and does nothing else. It makes no adverse record: a breach counts only
//! by a decision (requirement 16).
//!
//! Deliberately absent: the decision on the matter itself.

use super::Eligibility;
use crate::{gates::Refusal, transition::TransitionError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A paper that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Which.
    pub paper: String,
    /// A law or regulation requires it (法律法规要求提供).
    pub required_by_law: bool,
}

/// The written promise to bring what is missing (书面承诺).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Number or name of the promise on file.
    pub document: String,
    /// The last day for bringing it.
    pub by: Date,
}

/// Where a matter accepted with gaps stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Acceptance {
    /// Accepted and worked on; these papers are still to come.
    Accepted {
        /// Which.
        owed: BTreeSet<String>,
        /// The last day for them.
        by: Date,
    },
    /// Everything came in time.
    Complete,
    /// Something did not: the matter goes the normal way (补正 and the rest).
    NormalTrack {
        /// What is still missing.
        owed: BTreeSet<String>,
    },
}

impl Acceptance {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Complete => "complete",
            Self::NormalTrack { .. } => "normal-track",
        }
    }
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceEvent {
    /// A paper came.
    Brought(String),
    /// A new day.
    DayBegan,
}

impl AcceptanceEvent {
    /// The word in entries and errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Brought(_) => "brought",
            Self::DayBegan => "day-began",
        }
    }
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceEffect {
    /// Tell the applicant that the matter goes the normal way.
    TellApplicant,
    /// Tell the official who works on the matter.
    TellOfficial,
}

/// Accepts a matter with gaps.
///
/// # Errors
/// Everything that forbids it: not eligible, a paper that law requires, no written
/// promise, a day that lies behind, nothing missing at all.
pub fn accept(
    eligibility: &Eligibility,
    gaps: &[Gap],
    promise: Option<&Promise>,
    today: Date,
) -> Result<Acceptance, Vec<Refusal>> {
    let mut refusals = Vec::new();
    if matches!(eligibility, Eligibility::NotEligible { .. }) {
        refusals.push(refusal(
            "当事人不符合绿色通道条件",
            "the applicant is not eligible for the green channel",
        ));
    }
    if gaps.is_empty() {
        refusals.push(refusal(
            "材料齐备，按正常程序受理",
            "nothing is missing: accept it the normal way",
        ));
    }
    for gap in gaps.iter().filter(|gap| gap.required_by_law) {
        refusals.push(refusal(
            format!("{} 为法律法规要求提供的材料，不得容缺", gap.paper),
            format!("{} is required by law and cannot follow later", gap.paper),
        ));
    }
    match (promised_day(promise, today), refusals.is_empty()) {
        (Ok(by), true) => Ok(Acceptance::Accepted {
            owed: gaps.iter().map(|gap| gap.paper.clone()).collect(),
            by,
        }),
        (Ok(_), false) => Err(refusals),
        (Err(refusal), _) => {
            refusals.push(refusal);
            Err(refusals)
        }
    }
}

/// The day of a promise that is written and lies ahead.
fn promised_day(promise: Option<&Promise>, today: Date) -> Result<Date, Refusal> {
    match promise {
        None => Err(refusal(
            "须书面承诺在规定期限内补齐",
            "a written promise with a deadline is needed",
        )),
        Some(promise) if promise.document.trim().is_empty() => Err(refusal(
            "须有书面承诺",
            "the promise has to be in writing and on file",
        )),
        Some(promise) if promise.by < today => Err(refusal(
            format!("承诺期限 {} 已过", promise.by),
            format!("the promised day, {}, lies behind", promise.by),
        )),
        Some(promise) => Ok(promise.by),
    }
}

/// The next state of a matter accepted with gaps, and what it asks for. In time on
/// the promised day, back on the normal track on the next.
///
/// # Errors
/// When the paper is not owed; nothing has changed then.
pub fn apply(
    acceptance: &Acceptance,
    event: &AcceptanceEvent,
    today: Date,
) -> Result<(Acceptance, Vec<AcceptanceEffect>), TransitionError> {
    use AcceptanceEffect::{TellApplicant, TellOfficial};
    Ok(match (acceptance, event) {
        // What comes a day late finds the matter on the normal track already, even
        // where the sweep has not been by yet.
        (
            Acceptance::Accepted { owed, by },
            AcceptanceEvent::DayBegan | AcceptanceEvent::Brought(_),
        ) if today > *by => {
            let mut owed = owed.clone();
            if let AcceptanceEvent::Brought(paper) = event {
                owed.remove(paper);
            }
            let back = Acceptance::NormalTrack { owed };
            (back, vec![TellApplicant, TellOfficial])
        }
        (Acceptance::Accepted { owed, by }, AcceptanceEvent::Brought(paper)) => {
            let mut owed = owed.clone();
            if !owed.remove(paper) {
                let zh = format!("{paper} 不在所欠材料之列");
                let en = format!("{paper} is not among the papers owed");
                return Err(refusal(zh, en).into());
            }
            if owed.is_empty() {
                (Acceptance::Complete, vec![TellOfficial])
            } else {
                (Acceptance::Accepted { owed, by: *by }, vec![])
            }
        }
        (
            Acceptance::Accepted { .. } | Acceptance::Complete | Acceptance::NormalTrack { .. },
            AcceptanceEvent::DayBegan,
        ) => (acceptance.clone(), vec![]),
        (Acceptance::Complete | Acceptance::NormalTrack { .. }, AcceptanceEvent::Brought(_)) => {
            return Err(TransitionError::NotAdmitted {
                what: "matter accepted with gaps",
                state: acceptance.code(),
                event: event.code(),
            });
        }
    })
}

fn refusal(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::new("gaps", zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{green_channel::Why, span::Span, transition::table};
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 23);

    fn gap(paper: &str, required_by_law: bool) -> Gap {
        Gap {
            paper: paper.to_owned(),
            required_by_law,
        }
    }

    fn promise(by: Date) -> Promise {
        Promise {
            document: "承诺书1号".to_owned(),
            by,
        }
    }

    fn eligible() -> Eligibility {
        Eligibility::Eligible(Why::CleanFor(Span::Years(3)))
    }

    /// Requirement 18.
    #[test]
    fn a_gap_is_accepted_only_on_a_written_dated_promise_and_never_against_law() {
        #[track_caller]
        fn check(
            eligibility: &Eligibility,
            gaps: &[Gap],
            promise: Option<&Promise>,
            expected: &[&str],
        ) {
            let refusals = accept(eligibility, gaps, promise, TODAY)
                .err()
                .unwrap_or_default();
            let got: Vec<&str> = refusals.iter().map(|refusal| refusal.en.as_str()).collect();
            assert_eq!(got, expected);
        }
        let (ok, gaps) = (eligible(), [gap("平面图", false)]);
        let due = promise(TODAY);
        check(&ok, &gaps, Some(&due), &[]);
        let lawful = [gap("平面图", false), gap("营业执照", true)];
        let required = "营业执照 is required by law and cannot follow later";
        check(&ok, &lawful, Some(&due), &[required]);
        let none = "a written promise with a deadline is needed";
        check(&ok, &gaps, None, &[none]);
        check(&ok, &lawful, None, &[required, none]);
        let behind = "the promised day, 2026-11-22, lies behind";
        check(&ok, &gaps, Some(&promise(date(2026, 11, 22))), &[behind]);
        let unwritten = Promise {
            document: " ".to_owned(),
            ..due.clone()
        };
        let written = "the promise has to be in writing and on file";
        check(&ok, &gaps, Some(&unwritten), &[written]);
        let not = Eligibility::NotEligible { because: vec![] };
        let who = "the applicant is not eligible for the green channel";
        check(&not, &gaps, Some(&due), &[who]);
        let nothing = "nothing is missing: accept it the normal way";
        check(&ok, &[], Some(&due), &[nothing]);
    }

    /// Requirement 18.
    #[test]
    fn every_state_and_event() {
        let owed: BTreeSet<String> = ["平面图".to_owned(), "说明".to_owned()].into();
        let one: BTreeSet<String> = ["平面图".to_owned()].into();
        let accepted = |owed: &BTreeSet<String>, by| Acceptance::Accepted {
            owed: owed.clone(),
            by,
        };
        let states = [
            accepted(&owed, TODAY),
            accepted(&one, TODAY),
            accepted(&one, date(2026, 11, 22)),
            Acceptance::Complete,
            Acceptance::NormalTrack { owed },
        ];
        let events = [
            AcceptanceEvent::Brought("平面图".to_owned()),
            AcceptanceEvent::Brought("别的".to_owned()),
            AcceptanceEvent::DayBegan,
        ];
        insta::assert_snapshot!(table(&states, &events, |state, event| apply(
            state, event, TODAY
        )));
    }
}
