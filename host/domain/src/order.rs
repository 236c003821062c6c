//! An order: one measure against, or in favour of, one subject, carried out by
//! one department, from its first step to its last.
//!
//! Comes in: what the order knows and what happened. Goes out: what it knows now,
//! and the step it wants next (`order/course.rs`). Always holds: an order is in
//! force only after the department said so; whatever is in force can be lifted
//! (I3). The steps of one order run one after another, each under its own key.
//!
//! Deliberately absent: the gates, which are asked when a step is claimed, and the
//! objection, the repair and the record, which tell the order what they came to.

use crate::{
    ids::{CaseId, OrderId},
    record::{Citation, Decision, Fact, SubjectClaim},
    step::{Step, Verb},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

mod course;
mod ends;
mod event;
#[cfg(test)]
mod model;

pub use course::{Order, Reach, UnderWay, apply};
pub use ends::{Ends, Review, ReviewError};
pub use event::{ObjectionEnd, OrderEffect, OrderEvent};

/// What the executing department is told, the same in every step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Key of the apply step.
    pub key: String,
    /// Number of the joint case, for people.
    pub case_number: String,
    /// Code of the measure in the catalogue.
    pub measure: String,
    /// Its title, for people.
    pub title: String,
    /// Whom it is about: what the grant declares and nothing more (I4).
    pub subject: SubjectClaim,
    /// The decision on which the case rests.
    pub decision: Decision,
    /// The bases in force when the order was made.
    pub basis: Vec<Citation>,
    /// First day.
    pub starts_on: Date,
    /// Last day; the host lifts on the day after.
    pub ends_on: Date,
    /// What the catalogue's entry asks for beyond this.
    pub parameters: Vec<Fact>,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// Resolved; the department has not yet been asked, or has not yet answered.
    Prepared,
    /// The measure is in force in the department's system.
    InForce,
    /// In force, its effect stopped for the time being.
    Suspended,
    /// Ended for good.
    Lifted,
    /// A gate refused it before anything was sent.
    Refused,
    /// The department could not, need not or may not.
    NotExecuted,
}

impl OrderState {
    /// The word in rows and tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::InForce => "in-force",
            Self::Suspended => "suspended",
            Self::Lifted => "lifted",
            Self::Refused => "refused",
            Self::NotExecuted => "not-executed",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Prepared,
            Self::InForce,
            Self::Suspended,
            Self::Lifted,
            Self::Refused,
            Self::NotExecuted,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }

    /// Nothing will change it any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Prepared | Self::InForce | Self::Suspended => false,
            Self::Lifted | Self::Refused | Self::NotExecuted => true,
        }
    }

    /// The state once the step of this verb stands where it does. Only a final
    /// step moves the order.
    pub fn after(self, verb: Verb, step: &Step) -> Self {
        match (verb, step) {
            (Verb::Apply, Step::Executed | Step::PartlyExecuted { .. }) => Self::InForce,
            (Verb::Apply, Step::Refused { .. }) => Self::Refused,
            (
                Verb::Apply,
                Step::CouldNot { .. }
                | Step::NotApplicable { .. }
                | Step::OutsideMandate { .. }
                | Step::Withdrawn,
            ) => Self::NotExecuted,
            (Verb::Suspend, Step::Executed) => Self::Suspended,
            (Verb::Resume, Step::Executed | Step::PartlyExecuted { .. }) => Self::InForce,
            (Verb::Lift, Step::Executed) => Self::Lifted,
            // What is suspended or lifted in part is not suspended or lifted.
            (Verb::Suspend | Verb::Lift, Step::PartlyExecuted { .. })
            | (
                Verb::Suspend | Verb::Resume | Verb::Lift,
                Step::CouldNot { .. }
                | Step::NotApplicable { .. }
                | Step::Refused { .. }
                | Step::OutsideMandate { .. }
                | Step::Withdrawn,
            )
            | (
                Verb::Apply | Verb::Suspend | Verb::Resume | Verb::Lift,
                Step::Due { .. }
                | Step::Held { .. }
                | Step::Claimed { .. }
                | Step::Pending { .. }
                | Step::Unknown { .. }
                | Step::Disputed { .. }
                | Step::Parked { .. },
            ) => self,
        }
    }
}

/// The key of a step: what the department receives and what one effect hangs on.
/// At most 64 of `0`-`9`, `a`-`z` and `-`, as the contract asks.
pub fn step_key(order: OrderId, number: u32) -> String {
    format!("{order}-{number}")
}

/// The number of a case as people write it: `闽信联2026-1a2b3c4d`. The tail comes
/// from the id, so that no counter is needed and two machines never collide.
pub fn case_number(case: CaseId, opened_on: Date) -> String {
    let id = case.to_string();
    format!("闽信联{}-{}", opened_on.year(), &id[24..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_a_final_step_moves_an_order() {
        let waiting = Step::Unknown {
            ask_at: jiff::Timestamp::UNIX_EPOCH,
        };
        assert_eq!(
            OrderState::Prepared.after(Verb::Apply, &waiting),
            OrderState::Prepared
        );
        assert_eq!(
            OrderState::Prepared.after(Verb::Apply, &Step::Executed),
            OrderState::InForce
        );
        assert_eq!(
            OrderState::InForce.after(Verb::Lift, &Step::Executed),
            OrderState::Lifted
        );
    }

    #[test]
    fn whatever_is_in_force_can_be_lifted() {
        let ends = Ends::OnDay(jiff::civil::date(2029, 11, 30));
        let ended = OrderEvent::GroundGone(crate::record::Exit::Correction);
        let in_state = |state| Order {
            state,
            steps_made: 1,
            ..Order::prepared(ends)
        };
        for state in [OrderState::InForce, OrderState::Suspended] {
            let (order, effects) = apply(&in_state(state), &ended).unwrap();
            assert_eq!(order.wants(), Some(Verb::Lift), "{state:?}");
            let lift = OrderEffect::MakeStep {
                number: 2,
                verb: Verb::Lift,
                not_before: None,
            };
            assert_eq!(effects, [lift], "{state:?}");
        }
        let (order, effects) = apply(&in_state(OrderState::Lifted), &ended).unwrap();
        assert_eq!((order.wants(), effects), (None, vec![]));
    }

    #[test]
    fn keys_fit_a_header_a_path_and_a_file_name() {
        let key = step_key(OrderId(Uuid::from_u128(7)), 12);
        assert_eq!(key, "00000000000000000000000000000007-12");
        assert!(key.len() <= 64);
        let number = case_number(
            CaseId(Uuid::from_u128(0x1a2b3c4d)),
            jiff::civil::date(2026, 11, 23),
        );
        assert_eq!(number, "闽信联2026-1a2b3c4d");
    }
}
