//! Versions of a record: what a statement that arrives means for what is known
//! already, and what an ending does with the past.
//!
//! Comes in: what is known of the record, and what the statement brings: its
//! subject, the digest of its content, the day the department changed it. Goes
//! out: which of the few cases it is, with the rule and the words for the clerk.
//! Always holds: what has ended does not return by itself, and a record never
//! moves to another subject; both wait for a person. What was wrong from the
//! start counts nowhere again, however late that is found.
//!
//! Deliberately absent: the digest's making. Any value that is equal for equal
//! contents will do.

use crate::{
    ids::SubjectId,
    record::{Ending, Exit},
};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// What an ending does with the past, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Past {
    /// Expiry, fulfilment: over from a day on, and history.
    Stands,
    /// Repair: over from a day on, and no longer published, shared or used.
    Closed,
    /// Correction, revocation: as if it had never been.
    TakenBack,
}

impl Past {
    /// What this exit does with the past.
    pub fn of(exit: &Exit) -> Self {
        match exit {
            Exit::Expiry | Exit::Fulfilment => Self::Stands,
            Exit::Repair(_) => Self::Closed,
            Exit::Correction | Exit::Revocation(_) => Self::TakenBack,
        }
    }

    /// Whether the record may still be looked at when something is decided about
    /// its subject, and be shown or shared.
    pub fn counts(self) -> bool {
        match self {
            Self::Stands => true,
            Self::Closed | Self::TakenBack => false,
        }
    }
}

/// Whether a record was in force on a day, by what is known now.
pub fn is_in_force(from: Date, until: Option<Date>, ending: Option<&Ending>, on: Date) -> bool {
    let within = from <= on && until.is_none_or(|last| on <= last);
    let ended = ending.is_some_and(|ending| match Past::of(&ending.exit) {
        Past::Stands | Past::Closed => ending.effective_on <= on,
        Past::TakenBack => true,
    });
    within && !ended
}

/// What is known of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<D> {
    /// Whom it is about.
    pub subject: SubjectId,
    /// Its latest version, counted from 1.
    pub version: u32,
    /// Digest of the latest content.
    pub digest: D,
    /// When the department last changed it, where it said so.
    pub revised_at: Option<DateTime>,
    /// It has ended; what that did with the past.
    pub ended: Option<Past>,
}

/// What an arriving statement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The first that is heard of it: version 1.
    First,
    /// A newer content, or an ending: the number of the new version.
    Newer(u32),
    /// Nothing new.
    Same,
    /// Older than what is held.
    Stale,
    /// It has ended already, and this says no more than that.
    EndedAlready,
    /// Another content after it had ended by its term, by fulfilment or by repair.
    AfterEnding,
    /// Another content after it had been taken back as wrong.
    Reappearing,
    /// The key now speaks of somebody else.
    OtherSubject,
    /// An ending of a record that is not known yet.
    Unknown,
}

/// What becomes of the line of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is kept as this version.
    Kept(u32),
    /// It changes nothing.
    Duplicate(Why),
    /// It waits for a person, or for the record it speaks of.
    Quarantined(Why),
}

/// The rule by which a line is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why {
    /// Code of the rule.
    pub rule: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// What a record that arrives means for what is known under its key.
///
/// Equal content comes first: feeds that repeat all their rows in every delivery
/// repeat ended ones too, and that is not news. Where the department does not say
/// when it changed the row, the later delivery wins: `stated_before` says that this
/// one was delivered before what is held, as a line that waited may have been.
pub fn recorded<D: PartialEq>(
    known: Option<&Known<D>>,
    subject: SubjectId,
    digest: &D,
    revised_at: Option<DateTime>,
    stated_before: bool,
) -> Arrival {
    let Some(known) = known else {
        return Arrival::First;
    };
    if known.digest == *digest {
        return Arrival::Same;
    }
    match known.ended {
        Some(Past::TakenBack) => return Arrival::Reappearing,
        Some(Past::Stands | Past::Closed) => return Arrival::AfterEnding,
        None => {}
    }
    if known.subject != subject {
        return Arrival::OtherSubject;
    }
    let stale = match (revised_at, known.revised_at) {
        (Some(stated), Some(held)) => stated < held,
        (None, _) | (_, None) => stated_before,
    };
    if stale {
        return Arrival::Stale;
    }
    Arrival::Newer(known.version + 1)
}

/// What an ending that arrives means. One that does more with the past than the
/// ending known is news: a record that expired and is then found wrong is taken
/// back all the same.
pub fn ended<D>(known: Option<&Known<D>>, exit: &Exit) -> Arrival {
    match known {
        None => Arrival::Unknown,
        Some(known) if known.ended.is_some_and(|past| past >= Past::of(exit)) => {
            Arrival::EndedAlready
        }
        Some(known) => Arrival::Newer(known.version + 1),
    }
}

impl Arrival {
    /// What becomes of the line.
    pub fn fate(self) -> Fate {
        match self {
            Self::First => Fate::Kept(1),
            Self::Newer(version) => Fate::Kept(version),
            Self::Same => Fate::Duplicate(Why {
                rule: "known",
                zh: "与已有记录相同，无新内容",
                en: "nothing new",
            }),
            Self::Stale => Fate::Duplicate(Why {
                rule: "older",
                zh: "早于已有版本",
                en: "an older version than the one held",
            }),
            Self::EndedAlready => Fate::Duplicate(Why {
                rule: "ended",
                zh: "该记录已经失效",
                en: "the record has ended already",
            }),
            Self::AfterEnding => Fate::Quarantined(Why {
                rule: "ended",
                zh: "该记录已经失效，不能自行恢复；请提供部门核实",
                en: "the record has ended, and what has ended does not return by itself",
            }),
            Self::Reappearing => Fate::Quarantined(Why {
                rule: "ended",
                zh: "该记录已因错误或者决定被撤销而撤回，不能自行恢复；请提供部门核实",
                en: "the record was taken back as wrong or set aside, and does not return by \
                     itself; the provider has to look",
            }),
            Self::OtherSubject => Fate::Quarantined(Why {
                rule: "other-subject",
                zh: "同一编号的记录属于另一主体，须人工核实",
                en: "the record of this key is about another subject; a person has to look",
            }),
            Self::Unknown => Fate::Quarantined(Why {
                rule: "unknown-record",
                zh: "尚未收到该编号的记录，等待其到达",
                en: "no record of this key has arrived yet; the line waits for it",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Authority, Decision};
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn decision() -> Decision {
        Decision {
            authority: Authority {
                name: "法院".to_owned(),
                uscc: None,
            },
            number: None,
            decided_on: date(2026, 11, 2),
        }
    }

    fn exits() -> [Exit; 5] {
        [
            Exit::Expiry,
            Exit::Fulfilment,
            Exit::Repair(decision()),
            Exit::Correction,
            Exit::Revocation(decision()),
        ]
    }

    fn subject(number: u128) -> SubjectId {
        SubjectId(Uuid::from_u128(number))
    }

    fn at(day: i8) -> Option<DateTime> {
        (day > 0).then(|| date(2026, 11, day).at(8, 0, 0, 0))
    }

    /// Known: subject 1, version 3, content 7, changed on the 10th.
    fn known(ended: Option<Past>) -> Known<u8> {
        Known {
            subject: subject(1),
            version: 3,
            digest: 7,
            revised_at: at(10),
            ended,
        }
    }

    #[test]
    fn what_an_arriving_record_means() {
        #[track_caller]
        fn check(ended: Option<Past>, whom: u128, digest: u8, day: i8, expected: Arrival) {
            let got = recorded(Some(&known(ended)), subject(whom), &digest, at(day), false);
            assert_eq!(got, expected);
        }
        let none: Option<&Known<u8>> = None;
        assert_eq!(recorded(none, subject(1), &7, None, false), Arrival::First);
        // Delivered before, and without the time of its change: older.
        let late = recorded(Some(&known(None)), subject(1), &8, None, true);
        assert_eq!(late, Arrival::Stale);
        check(None, 1, 7, 12, Arrival::Same);
        check(None, 1, 8, 12, Arrival::Newer(4));
        check(None, 1, 8, 10, Arrival::Newer(4));
        check(None, 1, 8, 0, Arrival::Newer(4));
        check(None, 1, 8, 9, Arrival::Stale);
        check(None, 2, 8, 12, Arrival::OtherSubject);
        check(Some(Past::Stands), 1, 7, 12, Arrival::Same);
        check(Some(Past::Stands), 1, 8, 12, Arrival::AfterEnding);
        check(Some(Past::Closed), 1, 8, 9, Arrival::AfterEnding);
        check(Some(Past::TakenBack), 1, 8, 12, Arrival::Reappearing);
        check(Some(Past::TakenBack), 2, 8, 12, Arrival::Reappearing);
    }

    /// Requirement 36: what is found wrong is taken back, even after it expired.
    #[test]
    fn an_ending_is_news_only_if_it_does_more_with_the_past() {
        #[track_caller]
        fn check(ended_by: Option<Past>, exit: Exit, expected: Arrival) {
            assert_eq!(ended(Some(&known(ended_by)), &exit), expected);
        }
        let none: Option<&Known<u8>> = None;
        assert_eq!(ended(none, &Exit::Expiry), Arrival::Unknown);
        check(None, Exit::Expiry, Arrival::Newer(4));
        check(Some(Past::Stands), Exit::Fulfilment, Arrival::EndedAlready);
        check(
            Some(Past::Stands),
            Exit::Repair(decision()),
            Arrival::Newer(4),
        );
        check(Some(Past::Stands), Exit::Correction, Arrival::Newer(4));
        check(Some(Past::Closed), Exit::Correction, Arrival::Newer(4));
        check(Some(Past::TakenBack), Exit::Expiry, Arrival::EndedAlready);
        let again = Exit::Revocation(decision());
        check(Some(Past::TakenBack), again, Arrival::EndedAlready);
    }

    #[test]
    fn what_becomes_of_a_line() {
        #[track_caller]
        fn check(arrival: Arrival, expected: &str) {
            let got = match arrival.fate() {
                Fate::Kept(version) => format!("kept {version}"),
                Fate::Duplicate(why) => format!("duplicate {}", why.rule),
                Fate::Quarantined(why) => format!("quarantined {}", why.rule),
            };
            assert_eq!(got, expected);
        }
        check(Arrival::First, "kept 1");
        check(Arrival::Newer(4), "kept 4");
        check(Arrival::Same, "duplicate known");
        check(Arrival::Stale, "duplicate older");
        check(Arrival::EndedAlready, "duplicate ended");
        check(Arrival::AfterEnding, "quarantined ended");
        check(Arrival::Reappearing, "quarantined ended");
        check(Arrival::OtherSubject, "quarantined other-subject");
        check(Arrival::Unknown, "quarantined unknown-record");
    }

    #[test]
    fn a_correction_takes_back_the_past_and_an_expiry_does_not() {
        #[track_caller]
        fn check(exit: &Exit, on: Date, expected: bool) {
            let ending = Ending {
                source_ref: "1".to_owned(),
                exit: exit.clone(),
                effective_on: date(2026, 11, 10),
                note: None,
            };
            let (from, until) = (date(2026, 1, 1), Some(date(2026, 12, 31)));
            let got = is_in_force(from, until, Some(&ending), on);
            assert_eq!(got, expected, "{exit:?} {on}");
        }
        let [expiry, fulfilment, repair, correction, revocation] = exits();
        for exit in [expiry, fulfilment, repair] {
            check(&exit, date(2025, 12, 31), false);
            check(&exit, date(2026, 11, 9), true);
            check(&exit, date(2026, 11, 10), false);
        }
        for exit in [correction, revocation] {
            check(&exit, date(2026, 11, 9), false);
            check(&exit, date(2026, 11, 10), false);
        }
        assert!(is_in_force(date(2026, 1, 1), None, None, date(2026, 1, 1)));
        let last = Some(date(2026, 1, 2));
        assert!(is_in_force(date(2026, 1, 1), last, None, date(2026, 1, 2)));
        assert!(!is_in_force(date(2026, 1, 1), last, None, date(2026, 1, 3)));
    }

    proptest! {
        /// Endings in any order and any number come to the same past: the one that
        /// does most with it.
        #[test]
        fn endings_in_any_order_come_to_the_same(picks in prop::collection::vec(0..5_usize, 1..8)) {
            let mut record = known(None);
            for pick in &picks {
                let exit = &exits()[*pick];
                if let Arrival::Newer(version) = ended(Some(&record), exit) {
                    record.version = version;
                    record.ended = Some(Past::of(exit));
                }
            }
            let most = picks.iter().map(|pick| Past::of(&exits()[*pick])).max();
            prop_assert_eq!(record.ended, most);
            prop_assert!(record.version <= 6, "at most three endings are news");
        }

        /// The same delivery a second time changes nothing.
        #[test]
        fn a_statement_taken_in_twice_is_a_duplicate(digest: u8, day in 0..28_i8, whom in 1..3_u128) {
            let mut record = known(None);
            if let Arrival::Newer(version) = recorded(Some(&record), subject(whom), &digest, at(day), false) {
                record = Known { version, digest, revised_at: at(day), ..record };
                let again = recorded(Some(&record), subject(whom), &digest, at(day), false);
                prop_assert_eq!(again, Arrival::Same);
            }
        }
    }
}
