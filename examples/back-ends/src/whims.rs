//! What a department says when it misbehaves, in every medium alike.
//!
//! In comes a mode of the switch; out go the ruling it leads to, and words.
//! Always: a word that a plugin may believe is one of the department's own
//! vocabulary, and a lie is not. Absent: how it is sent.

use crate::ledger::{Feedback, Ruling};
use crate::switch::Mode;

/// The key for which an answer comes that nobody asked for.
pub const ANOTHER_STEP: &str = "another-step";
/// A state outside every department's vocabulary.
pub const NO_STATE: &str = "finished";
/// A second that no calendar has.
pub const NO_TIME: &str = "2026-02-31T10:00:00+08:00";
/// Why an order is disputed.
pub const DISPUTED: &str = "登记信息与所列主体不一致，请核实";
/// Why a measure is not carried out here.
pub const OUTSIDE_MANDATE: &str = "该措施不属于本部门职责";
const REFUSED: &str = "所涉登记已注销，无法办理";
const PARTLY: &str = "两处登记只办理了一处，另一处已移送外地";

/// What an official rules under this mode.
pub(crate) fn ruling(mode: Mode) -> Ruling {
    match mode {
        Mode::Refuse => Ruling::Refused(REFUSED.to_owned()),
        Mode::Partly => Ruling::Partly(PARTLY.to_owned()),
        Mode::Dispute => Ruling::Disputed(DISPUTED.to_owned()),
        Mode::OutsideMandate => Ruling::OutsideMandate(OUTSIDE_MANDATE.to_owned()),
        Mode::Normal
        | Mode::Slow
        | Mode::Fail
        | Mode::Down
        | Mode::DropAfter
        | Mode::HangAfter
        | Mode::Twice
        | Mode::Late
        | Mode::OtherKey
        | Mode::Lie
        | Mode::Person => Ruling::Whole,
    }
}

/// Feedback that cannot be believed.
pub(crate) fn lie(key: &str) -> Feedback {
    Feedback {
        seq: 0,
        key: key.to_owned(),
        state: NO_STATE.to_owned(),
        reason: None,
        reference: None,
        at: Some(NO_TIME.to_owned()),
    }
}
