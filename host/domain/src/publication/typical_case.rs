//! A typical case (典型案例): told to the public as an example, and published only
//! after a redaction review (requirement 13).
//!
//! Comes in: who drafted, reviewed or changed the text, and the digest of the text.
//! Goes out: the next state. Always holds: what is published is the very text that
//! somebody other than its drafter reviewed; a change sends it back. Deliberately
//! absent: the text itself.

use crate::{gates::Refusal, transition::TransitionError};
use serde::{Deserialize, Serialize};

/// Where a typical case stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum TypicalCase {
    /// Written; not reviewed as it stands now.
    Drafted {
        /// Who wrote it.
        by: String,
        /// Digest of the text.
        text: String,
    },
    /// Reviewed: nothing in it names or points at a person, an informant or a
    /// secret.
    Reviewed {
        /// Who wrote it.
        by: String,
        /// Digest of the text reviewed.
        text: String,
    },
    /// Public.
    Published {
        /// Who wrote it.
        by: String,
        /// Digest of the text published.
        text: String,
    },
    /// Taken down, or given up.
    Withdrawn,
}

impl TypicalCase {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "drafted",
            Self::Reviewed { .. } => "reviewed",
            Self::Published { .. } => "published",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What happened to a typical case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypicalCaseEvent {
    /// The text was changed.
    Changed {
        /// By whom.
        by: String,
        /// Digest of the new text.
        text: String,
    },
    /// The redaction review passed.
    Reviewed {
        /// By whom.
        by: String,
        /// Digest of the text that was reviewed.
        text: String,
    },
    /// It was published.
    Published,
    /// It was taken down or given up.
    Withdrawn,
}

impl TypicalCaseEvent {
    /// The word in entries and errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Reviewed { .. } => "reviewed",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypicalCaseEffect {
    /// Show it on the public site.
    Show,
    /// Take it down.
    TakeDown,
}

/// The next state of a typical case, and what it asks for.
///
/// # Errors
/// When the state does not admit the event, or the review is not one; nothing has
/// changed then.
pub fn apply(
    case: &TypicalCase,
    event: &TypicalCaseEvent,
) -> Result<(TypicalCase, Vec<TypicalCaseEffect>), TransitionError> {
    use TypicalCaseEffect::{Show, TakeDown};
    Ok(match (case, event) {
        (
            TypicalCase::Drafted { .. } | TypicalCase::Reviewed { .. },
            TypicalCaseEvent::Changed { by, text },
        ) => (drafted(by, text), vec![]),
        // A changed text is not the one that was reviewed: down with it.
        (TypicalCase::Published { .. }, TypicalCaseEvent::Changed { by, text }) => {
            (drafted(by, text), vec![TakeDown])
        }
        (
            TypicalCase::Drafted { by, text },
            TypicalCaseEvent::Reviewed {
                by: reviewer,
                text: reviewed,
            },
        ) => {
            review_counts(by, text, reviewer, reviewed)?;
            let (by, text) = (by.clone(), text.clone());
            (TypicalCase::Reviewed { by, text }, vec![])
        }
        (TypicalCase::Reviewed { by, text }, TypicalCaseEvent::Published) => {
            let (by, text) = (by.clone(), text.clone());
            (TypicalCase::Published { by, text }, vec![Show])
        }
        (TypicalCase::Drafted { .. }, TypicalCaseEvent::Published) => {
            return Err(Refusal::new(
                "typical-case",
                "典型案例须经脱敏审核后方可公开",
                "a typical case is published only after its redaction review",
            )
            .into());
        }
        (
            TypicalCase::Drafted { .. } | TypicalCase::Reviewed { .. },
            TypicalCaseEvent::Withdrawn,
        ) => (TypicalCase::Withdrawn, vec![]),
        (TypicalCase::Published { .. }, TypicalCaseEvent::Withdrawn) => {
            (TypicalCase::Withdrawn, vec![TakeDown])
        }
        (
            TypicalCase::Reviewed { .. } | TypicalCase::Published { .. },
            TypicalCaseEvent::Reviewed { .. },
        )
        | (TypicalCase::Published { .. }, TypicalCaseEvent::Published)
        | (
            TypicalCase::Withdrawn,
            TypicalCaseEvent::Changed { .. }
            | TypicalCaseEvent::Reviewed { .. }
            | TypicalCaseEvent::Published
            | TypicalCaseEvent::Withdrawn,
        ) => {
            return Err(TransitionError::NotAdmitted {
                what: "typical case",
                state: case.code(),
                event: event.code(),
            });
        }
    })
}

fn drafted(by: &str, text: &str) -> TypicalCase {
    TypicalCase::Drafted {
        by: by.to_owned(),
        text: text.to_owned(),
    }
}

/// Somebody other than the drafter reviewed the text as it stands.
fn review_counts(by: &str, text: &str, reviewer: &str, reviewed: &str) -> Result<(), Refusal> {
    if reviewer.trim().is_empty() || reviewer == by {
        return Err(Refusal::new(
            "typical-case",
            "脱敏审核须由起草人以外的人员进行",
            "somebody other than the drafter has to review it",
        ));
    }
    if text != reviewed {
        return Err(Refusal::new(
            "typical-case",
            "审核的文本与现文本不一致，请重新审核",
            "the text reviewed is not the text as it stands: review it again",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::table;

    fn text(of: &str) -> String {
        of.to_owned()
    }

    /// Requirement 13.
    #[test]
    fn every_state_and_event() {
        let by = || text("甲");
        let states = [
            drafted("甲", "t1"),
            TypicalCase::Reviewed {
                by: by(),
                text: text("t1"),
            },
            TypicalCase::Published {
                by: by(),
                text: text("t1"),
            },
            TypicalCase::Withdrawn,
        ];
        let review = |by, of| TypicalCaseEvent::Reviewed {
            by: text(by),
            text: text(of),
        };
        let events = [
            TypicalCaseEvent::Changed {
                by: by(),
                text: text("t2"),
            },
            review("乙", "t1"),
            review("甲", "t1"),
            review("乙", "t2"),
            TypicalCaseEvent::Published,
            TypicalCaseEvent::Withdrawn,
        ];
        insta::assert_snapshot!(table(&states, &events, apply));
    }

    /// Requirement 13.
    #[test]
    fn a_changed_text_is_reviewed_again() {
        let reviewed = TypicalCase::Reviewed {
            by: text("甲"),
            text: text("t1"),
        };
        let change = TypicalCaseEvent::Changed {
            by: text("丙"),
            text: text("t2"),
        };
        let (changed, _) = apply(&reviewed, &change).unwrap();
        let error = apply(&changed, &TypicalCaseEvent::Published).unwrap_err();
        assert!(error.to_string().contains("redaction review"));
    }
}
