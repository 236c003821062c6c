//! Feedback that is owed, and what an order came to (及时反馈, requirement 30).
//!
//! Comes in: where a step stands, by when its department has to answer, the day.
//! Goes out: whether the answer is there, awaited or overdue, and the account of how
//! it ended.
//!
//! Always holds: every step that ends has an account, in one of the four words of
//! the law and with the time; what no department was asked is told apart by its
//! reason. Deliberately absent: the deadline itself, which the catalogue and the
//! calendar give.

use crate::{calendar::Deadline, record::Outcome, step::Step};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Whether feedback on a step is there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timeliness {
    /// Nothing is owed: the department has answered, or was never asked.
    Settled,
    /// Owed, and there is time.
    Awaited,
    /// Owed, and the last day is over.
    Overdue,
    /// The last day is over as far as can be told, but reaches into a year without
    /// published working days.
    OverduePerhaps,
}

/// Whether the department's feedback on this step is overdue on `today`. A step that
/// an objection keeps waiting, or that is the department's own objection, owes
/// nothing until the provider has answered; accepted (已受理) is no feedback yet.
pub fn timeliness(step: &Step, by: Deadline, today: Date) -> Timeliness {
    match step {
        Step::Due { .. }
        | Step::Claimed { .. }
        | Step::Pending { .. }
        | Step::Unknown { .. }
        | Step::Parked { .. } => match (today > by.date, by.provisional) {
            (false, _) => Timeliness::Awaited,
            (true, false) => Timeliness::Overdue,
            (true, true) => Timeliness::OverduePerhaps,
        },
        Step::Held { .. }
        | Step::Disputed { .. }
        | Step::Executed
        | Step::PartlyExecuted { .. }
        | Step::CouldNot { .. }
        | Step::NotApplicable { .. }
        | Step::Refused { .. }
        | Step::Withdrawn
        | Step::OutsideMandate { .. } => Timeliness::Settled,
    }
}

/// How a step ended, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Executed, partly executed, could not or not applicable; never `pending`.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// The account of a step that ended at `at`; `None` while it has not ended. Of an
/// order, that of its first step says what came of it.
pub fn account(step: &Step, at: Timestamp) -> Option<Account> {
    let outcome = match step {
        Step::Executed => Outcome::Executed,
        Step::PartlyExecuted { reason } => Outcome::PartlyExecuted(reason.clone()),
        Step::CouldNot { reason } => Outcome::CouldNot(reason.clone()),
        Step::Refused { reason } | Step::OutsideMandate { reason } => {
            Outcome::CouldNot(reason.clone())
        }
        Step::NotApplicable { reason } => Outcome::NotApplicable(reason.clone()),
        Step::Withdrawn => Outcome::NotApplicable(
            "执行前已撤回，未通知执行部门 / taken back before it was carried out".to_owned(),
        ),
        Step::Due { .. }
        | Step::Held { .. }
        | Step::Claimed { .. }
        | Step::Pending { .. }
        | Step::Unknown { .. }
        | Step::Disputed { .. }
        | Step::Parked { .. } => return None,
    };
    Some(Account { outcome, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const LAST: Date = date(2026, 12, 4);

    fn states() -> Vec<Step> {
        let reason = || "r".to_owned();
        vec![
            Step::Due { at: NOW },
            Step::Held { at: NOW },
            Step::Claimed { asking: true },
            Step::Pending { ask_at: NOW },
            Step::Unknown { ask_at: NOW },
            Step::Executed,
            Step::PartlyExecuted { reason: reason() },
            Step::CouldNot { reason: reason() },
            Step::NotApplicable { reason: reason() },
            Step::Refused { reason: reason() },
            Step::Withdrawn,
            Step::Disputed { reason: reason() },
            Step::OutsideMandate { reason: reason() },
            Step::Parked { reason: reason() },
        ]
    }

    /// Requirement 30: in time on the last day, overdue on the day after.
    #[test]
    fn overdue_feedback_is_flagged_on_the_day_after() {
        let check = |step: &Step, provisional, on: Date, expected| {
            let by = Deadline {
                date: LAST,
                provisional,
            };
            assert_eq!(timeliness(step, by, on), expected, "{step:?} {on}");
        };
        let after = LAST.tomorrow().unwrap();
        let pending = Step::Pending { ask_at: NOW };
        check(&pending, false, LAST, Timeliness::Awaited);
        check(&pending, false, after, Timeliness::Overdue);
        check(&pending, true, after, Timeliness::OverduePerhaps);
        let parked = Step::Parked {
            reason: String::new(),
        };
        check(&parked, false, after, Timeliness::Overdue);
        check(&Step::Executed, false, after, Timeliness::Settled);
        check(&Step::Held { at: NOW }, false, after, Timeliness::Settled);
    }

    /// Requirement 30: every end has an account, in one of the four words, with the
    /// time; and with a reason unless it was executed.
    #[test]
    fn every_end_has_an_account() {
        for step in states() {
            let account = account(&step, NOW);
            assert_eq!(account.is_some(), step.is_final(), "{step:?}");
            let Some(account) = account else { continue };
            assert_eq!(account.at, NOW);
            match account.outcome {
                Outcome::Executed => assert_eq!(step, Step::Executed),
                Outcome::PartlyExecuted(reason)
                | Outcome::CouldNot(reason)
                | Outcome::NotApplicable(reason) => assert!(!reason.is_empty(), "{step:?}"),
                Outcome::Pending(_) => panic!("{step:?}"),
            }
        }
    }
}
