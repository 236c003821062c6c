//! The rule of a repair, and what stands in its way on a day.
//!
//! Comes in: the rule as data of the catalogue, and what an official found in the
//! file. Goes out: every obstacle, in Chinese and English. Always holds: the
//! answer is a list of conditions not met, never a number. Deliberately absent:
//! which of two contradicting rules prevails; the catalogue's loader reports that
//! to a person.

use crate::{
    calendar::{Calendar, Deadline},
    gates::Refusal,
    publication::Tier,
    span::Span,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The rule of a measure's repair: data of the catalogue (requirement 34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairRule {
    /// Times that must have gone by; all of them.
    pub waits: Vec<Wait>,
    /// What the subject has to bring or to have done.
    pub needs: Vec<Need>,
    /// When there is no repair.
    pub excluded_when: Vec<Exclusion>,
    /// Time for the decision, from the acceptance.
    pub decides_within: Span,
}

/// A time that must have gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// How long.
    pub span: Span,
    /// From when.
    pub since: Since,
}

impl Wait {
    /// The shortest time of publicity before a repair, where the tier has one: it
    /// counts from the decision (order 36).
    pub fn of_tier(tier: &Tier) -> Option<Self> {
        let since = Since::Decision;
        tier.at_least.map(|span| Self { span, since })
    }
}

/// From when a wait counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// The day on which the conduct was corrected.
    Correction,
    /// The day of the decision: so count the shortest times of publicity (order 36).
    Decision,
}

/// What a subject has to bring or to have done. In the catalogue a word of this
/// list, or any other words, which are shown as they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Need {
    /// `corrected`: the conduct was corrected and its obligations met.
    Corrected,
    /// `harm-undone`: bad effects were removed (消除不良影响).
    HarmUndone,
    /// `promise`: a written promise (信用承诺书).
    Promise,
    /// In the words of the basis.
    InWords(String),
}

impl From<String> for Need {
    fn from(words: String) -> Self {
        match words.as_str() {
            "corrected" => Self::Corrected,
            "harm-undone" => Self::HarmUndone,
            "promise" => Self::Promise,
            _ => Self::InWords(words),
        }
    }
}

impl From<Need> for String {
    fn from(need: Need) -> Self {
        match need {
            Need::Corrected => "corrected".to_owned(),
            Need::HarmUndone => "harm-undone".to_owned(),
            Need::Promise => "promise".to_owned(),
            Need::InWords(words) => words,
        }
    }
}

/// When there is no repair. In the catalogue a word of this list, or any other
/// words, which are shown as they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Exclusion {
    /// `repeated`: the same conduct again.
    Repeated,
    /// `criminal`: the conduct was a crime.
    Criminal,
    /// `false-papers`: an earlier application rested on false papers.
    FalsePapers,
    /// In the words of the basis.
    InWords(String),
}

impl From<String> for Exclusion {
    fn from(words: String) -> Self {
        match words.as_str() {
            "repeated" => Self::Repeated,
            "criminal" => Self::Criminal,
            "false-papers" => Self::FalsePapers,
            _ => Self::InWords(words),
        }
    }
}

impl From<Exclusion> for String {
    fn from(exclusion: Exclusion) -> Self {
        match exclusion {
            Exclusion::Repeated => "repeated".to_owned(),
            Exclusion::Criminal => "criminal".to_owned(),
            Exclusion::FalsePapers => "false-papers".to_owned(),
            Exclusion::InWords(words) => words,
        }
    }
}

/// What an official found in the file of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The day of the decision on which the record rests.
    pub decided_on: Date,
    /// The day on which the conduct was corrected, where it was.
    pub corrected_on: Option<Date>,
    /// Needs other than the correction that are met, each shown by a document.
    pub shown: Vec<Need>,
    /// Exclusions that an official found to apply.
    pub applies: Vec<Exclusion>,
}

/// What stands in the way of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// Something is missing.
    Missing(Need),
    /// A time has not gone by: the last day of waiting.
    TooEarly(Deadline),
    /// There is no repair.
    Excluded(Exclusion),
    /// The rule itself cannot be counted: the catalogue is at fault.
    RuleUnusable,
}

impl Obstacle {
    /// In words that the subject can act on.
    pub fn refusal(&self) -> Refusal {
        let (zh, en) = match self {
            Self::Missing(need) => need_words(need),
            Self::TooEarly(last) => {
                let (zh, en) = if last.provisional {
                    (
                        "（暂定：该年度节假日安排尚未公布）",
                        " (provisional: that year's working days are not published)",
                    )
                } else {
                    ("", "")
                };
                (
                    format!("尚未满规定期限，{} 之后方可申请{zh}", last.date),
                    format!("too early: it may be asked for after {}{en}", last.date),
                )
            }
            Self::Excluded(exclusion) => exclusion_words(exclusion),
            Self::RuleUnusable => (
                "目录所载修复期限无法计算，请主管部门更正目录".to_owned(),
                "the catalogue's repair rule cannot be counted: its keeper has to mend it"
                    .to_owned(),
            ),
        };
        Refusal::new("repair", zh, en)
    }
}

fn need_words(need: &Need) -> (String, String) {
    let (zh, en) = match need {
        Need::Corrected => (
            "尚未纠正失信行为、履行相关义务",
            "the conduct has not been corrected, or its obligations not met",
        ),
        Need::HarmUndone => (
            "尚未提交消除不良影响的证明",
            "nothing shows that the bad effects were removed",
        ),
        Need::Promise => ("缺少书面信用承诺", "the written promise is missing"),
        Need::InWords(words) => {
            return (format!("缺少：{words}"), format!("missing: {words}"));
        }
    };
    (zh.to_owned(), en.to_owned())
}

fn exclusion_words(exclusion: &Exclusion) -> (String, String) {
    let (zh, en) = match exclusion {
        Exclusion::Repeated => (
            "再次发生同类失信行为，依规定不予修复",
            "the same conduct was repeated: the rule grants no repair",
        ),
        Exclusion::Criminal => (
            "行为构成犯罪，依规定不予修复",
            "the conduct was a crime: the rule grants no repair",
        ),
        Exclusion::FalsePapers => (
            "曾以虚假材料申请，依规定不予修复",
            "an earlier application rested on false papers: the rule grants no repair",
        ),
        Exclusion::InWords(words) => {
            return (
                format!("依规定不予修复：{words}"),
                format!("the rule grants no repair: {words}"),
            );
        }
    };
    (zh.to_owned(), en.to_owned())
}

/// Everything that stands in the way of a repair on a day; nothing: it may be
/// accepted and granted.
pub fn obstacles(
    rule: &RepairRule,
    application: &Application,
    calendar: &Calendar,
    today: Date,
) -> Vec<Obstacle> {
    let mut found: Vec<Obstacle> = rule
        .excluded_when
        .iter()
        .filter(|exclusion| application.applies.contains(exclusion))
        .cloned()
        .map(Obstacle::Excluded)
        .collect();
    let waits_for_correction = rule.waits.iter().any(|w| w.since == Since::Correction);
    let needs_correction = waits_for_correction || rule.needs.contains(&Need::Corrected);
    let corrected = application.corrected_on.is_some_and(|day| day <= today);
    if needs_correction && !corrected {
        found.push(Obstacle::Missing(Need::Corrected));
    }
    found.extend(
        rule.needs
            .iter()
            .filter(|need| **need != Need::Corrected && !application.shown.contains(need))
            .cloned()
            .map(Obstacle::Missing),
    );
    for wait in &rule.waits {
        let start = match wait.since {
            Since::Decision => Some(application.decided_on),
            // Missing already: nothing to count from.
            Since::Correction => application.corrected_on,
        };
        match start.map(|start| calendar.after(start, wait.span)) {
            Some(None) => found.push(Obstacle::RuleUnusable),
            Some(Some(last)) if today <= last.date => found.push(Obstacle::TooEarly(last)),
            Some(Some(_)) | None => {}
        }
    }
    found
}

/// Whether conduct was corrected within the time given when the record was made:
/// then its subject is no longer a target (requirement 34). While the last day is
/// provisional it is taken as it stands: whoever missed it may still ask for
/// repair.
pub fn corrected_in_time(correct_by: Deadline, corrected_on: Option<Date>) -> bool {
    corrected_on.is_some_and(|day| day <= correct_by.date)
}
