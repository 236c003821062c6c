//! Misbehaviour on demand.
//!
//! In comes an order to misbehave, for so many requests or for all; out goes, for
//! each request, what to do wrong. Always: a limited order is used up by exactly
//! so many requests, in the order of their arrival, and none of them makes one
//! key act twice. Absent: durability; a department that is started anew behaves.
//!
//! `POST /switch` with `{"mode": "drop-after", "ms": 0, "times": 1}`; `ms` and
//! `times` may be left out. "Both": used up by steps and by questions.
//!
//! | mode | over HTTP | through folders (transport) | used up by |
//! |---|---|---|---|
//! | `normal` | behaves | behaves | |
//! | `slow` | acts, answers `ms` later | acts, acknowledges `ms` later | both |
//! | `fail` | 500 `failed`, not acted | leaves the file, looks again | both |
//! | `down` | 503 `not-started`, not acted | leaves every file; one look at a filled inbox is one time | both |
//! | `drop-after` | acts, closes without an answer | acts; its acknowledgement is lost until the switch is at rest again | both |
//! | `hang-after` | acts, never answers | acts; acknowledges when asked by `POST /acknowledgements`, or when the file comes again | both |
//! | `twice` | acts once, sends the answer twice over | acts once, acknowledges in two rows | both |
//! | `late` | 202 `waiting`, acts `ms` later | acts `ms` later, silent until then | steps |
//! | `other-key` | acts, answers for the key `another-step` | the same; its own acknowledgement is lost as with `drop-after` | both |
//! | `lie` | not acted, no trace: a state that does not exist, on 2026-02-31 | the same, as a row; the file stays, and is done when the switch is at rest again | steps |
//! | `dispute` | 409 `disputed`, not acted, no trace | `有异议`, not acted, for good | steps |
//! | `outside-mandate` | 422 `outside-mandate`, not acted, no trace | `不属职责`, not acted, for good | steps |
//! | `person` | 403 `locked`, not acted | `办理中` at once; an official has it acted upon `ms` later | both |
//! | `refuse` | `refused` with a reason, not acted, for good | `未能执行`, the same | steps |
//! | `partly` | acts, `partly` with a reason | acts, `部分执行` with a reason | steps |
//!
//! Else, through folders, one file is one request. An order without `times` is in force
//! until the next; the switch is at rest when none is in force or all times are
//! used up.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// How to behave; the table above says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// As it should be.
    #[default]
    Normal,
    /// Acts, and answers later.
    Slow,
    /// Fails before acting.
    Fail,
    /// Is closed, and says so.
    Down,
    /// Acts, and its answer is lost.
    DropAfter,
    /// Acts, and never answers by itself.
    HangAfter,
    /// Acts once and answers twice over.
    Twice,
    /// Accepts a step and acts later.
    Late,
    /// Acts, and answers for another step.
    OtherKey,
    /// Does not act, and answers what cannot be.
    Lie,
    /// Does not act: thinks the order wrong.
    Dispute,
    /// Does not act: says that it is not its task.
    OutsideMandate,
    /// Does not act until a person has.
    Person,
    /// Does not act, and will not.
    Refuse,
    /// Acts in part.
    Partly,
}

impl Mode {
    /// Whether only steps, and no questions, meet it.
    fn concerns_steps_alone(self) -> bool {
        match self {
            Self::Late
            | Self::Lie
            | Self::Dispute
            | Self::OutsideMandate
            | Self::Refuse
            | Self::Partly => true,
            Self::Normal
            | Self::Slow
            | Self::Fail
            | Self::Down
            | Self::DropAfter
            | Self::HangAfter
            | Self::Twice
            | Self::OtherKey
            | Self::Person => false,
        }
    }
}

/// An order to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// How.
    pub mode: Mode,
    /// Milliseconds, where the mode waits.
    #[serde(default)]
    pub ms: u32,
    /// For how many requests; absent: for all until the next order.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What kind of request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// One that acts.
    Step,
    /// One that only asks.
    Question,
}

/// Holds the latest order.
#[derive(Debug, Default)]
pub struct Switch(Mutex<Setting>);

impl Switch {
    /// Replaces the order.
    pub fn set(&self, setting: Setting) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = setting;
    }

    /// How to behave towards this request; uses up one of its times.
    pub fn take(&self, request: Request) -> Setting {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let applies = request == Request::Step || !held.mode.concerns_steps_alone();
        if !applies || held.times == Some(0) {
            return Setting::default();
        }
        let now = *held;
        held.times = held.times.map(|times| times - 1);
        now
    }

    /// How it would behave towards a step; uses nothing up.
    pub fn mode(&self) -> Mode {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.times == Some(0) {
            Mode::Normal
        } else {
            held.mode
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_used_up() {
        let switch = Switch::default();
        let setting = |times| Setting {
            mode: Mode::Late,
            ms: 5,
            times,
        };
        switch.set(setting(Some(2)));
        assert_eq!(switch.take(Request::Question).mode, Mode::Normal);
        assert_eq!(switch.take(Request::Step).mode, Mode::Late);
        assert_eq!(switch.take(Request::Step).mode, Mode::Late);
        assert_eq!(switch.take(Request::Step).mode, Mode::Normal);
        switch.set(setting(None));
        for _ in 0..5 {
            assert_eq!(switch.take(Request::Step).ms, 5);
        }
    }
}
