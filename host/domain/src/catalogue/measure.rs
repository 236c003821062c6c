//! Measures: what a department can be asked to do, and everything that the law
//! wants named before it may.

use super::{SubjectKind, Verified};
use crate::{record::Disclosure, span::Span};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a measure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 惩戒: takes something away.
    Sanction,
    /// 激励: gives something.
    Incentive,
    /// 分类管理: organizations only (I1).
    Classification,
    /// 名单: entry on a list.
    List,
    /// 行业协会商会措施: a warning, circular, public censure, refusal or dissuasion
    /// of an association. Not an act of state (requirement 26).
    Association,
}

impl Kind {
    /// The word in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sanction => "sanction",
            Self::Incentive => "incentive",
            Self::Classification => "classification",
            Self::List => "list",
            Self::Association => "association",
        }
    }

    /// As a clerk reads it.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Sanction => "惩戒",
            Self::Incentive => "激励",
            Self::Classification => "分类管理",
            Self::List => "名单",
            Self::Association => "行业协会商会措施",
        }
    }

    /// Whether it weighs on the subject, so that notice, hearing and remedies are
    /// due. Of a list only its colour can tell: ask `Catalogue::is_adverse`.
    pub fn is_adverse(self) -> bool {
        match self {
            Self::Sanction | Self::Classification | Self::List | Self::Association => true,
            Self::Incentive => false,
        }
    }
}

/// How long a measure lasts (I2: an expiry date, or a named ending event with a
/// review).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// At most so long.
    Lasts(Span),
    /// Until something happens, reviewed within the span; unreviewed it lapses.
    Until {
        /// What ends it, in the words of the basis.
        event: String,
        /// The longest between two reviews.
        review: Span,
    },
}

impl Period {
    /// The last day of a measure that starts on this day: its end, or the day
    /// of its review, whichever the period knows.
    pub fn last_day(&self, starts_on: Date) -> Option<Date> {
        match self {
            Self::Lasts(longest) => longest.last_day(starts_on),
            Self::Until { review, .. } => review.last_day(starts_on),
        }
    }
}

/// What a person does before anything runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HumanGate {
    /// The official who opens the case decides.
    Official,
    /// A second official agrees.
    SecondOfficial,
    /// Nothing runs: the matter is referred to people (requirement 25).
    Referral,
}

/// A document that the case has to cite beside its decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// 有履行能力.
    AbilityToPerform,
    /// 拒不履行.
    Refusal,
    /// 法院决定或者协助执行通知书.
    CourtOrder,
    /// 已满十八周岁.
    OfAge,
    /// A decision of its own that names this person (requirement 28).
    OwnDecision,
    /// 未缴清税款且未提供担保.
    TaxUnsecured,
    /// 主体书面授权 (requirement 20).
    Authorisation,
}

impl Proof {
    /// Every one, for menus and messages.
    pub const ALL: [Self; 7] = [
        Self::AbilityToPerform,
        Self::Refusal,
        Self::CourtOrder,
        Self::OfAge,
        Self::OwnDecision,
        Self::TaxUnsecured,
        Self::Authorisation,
    ];

    /// The word in the catalogue and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::AbilityToPerform => "ability-to-perform",
            Self::Refusal => "refusal",
            Self::CourtOrder => "court-order",
            Self::OfAge => "of-age",
            Self::OwnDecision => "own-decision",
            Self::TaxUnsecured => "tax-unsecured",
            Self::Authorisation => "authorisation",
        }
    }

    /// Whether only a person has to have it; an organization is not asked.
    pub fn concerns_persons_only(self) -> bool {
        match self {
            Self::OfAge | Self::OwnDecision => true,
            Self::AbilityToPerform
            | Self::Refusal
            | Self::CourtOrder
            | Self::TaxUnsecured
            | Self::Authorisation => false,
        }
    }

    /// As a clerk reads it.
    pub fn zh(self) -> &'static str {
        match self {
            Self::AbilityToPerform => "有履行能力的证明",
            Self::Refusal => "拒不履行的证明",
            Self::CourtOrder => "法院决定书或协助执行通知书",
            Self::OfAge => "已满十八周岁的证明",
            Self::OwnDecision => "针对该自然人本人的决定书",
            Self::TaxUnsecured => "未结清税款且未提供担保的证明",
            Self::Authorisation => "主体书面授权",
        }
    }
}

/// What a measure keeps the subject from, where the law asks for more (requirement 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restricts {
    /// 出境.
    Exit,
    /// 乘坐飞机.
    Flights,
    /// 乘坐列车软卧、高铁.
    PremiumRail,
    /// 购买不动产.
    RealEstate,
    /// 高消费.
    HighSpending,
}

/// How grave the conduct is, which sets how long it may be shown (order 36).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seriousness {
    /// 轻微.
    Minor,
    /// 一般.
    General,
    /// 严重.
    Serious,
}

/// A person answerable beside an organization (requirement 28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 法定代表人.
    LegalRepresentative,
    /// 主要负责人.
    Principal,
    /// 直接责任人员.
    DirectlyResponsible,
    /// 实际控制人.
    ActualController,
}

/// One measure that a department can be asked to carry out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// Code, such as `L-TAX-02`.
    pub code: String,
    /// Its title, for people.
    pub title: String,
    /// Its title in English.
    pub title_en: String,
    /// What it is.
    pub kind: Kind,
    /// What it does, in the words of its basis.
    pub effect: String,
    /// Whom it may touch.
    pub subjects: Vec<SubjectKind>,
    /// Persons answerable for an organization whom it may touch as well.
    pub roles: Vec<Role>,
    /// The department that carries it out.
    pub executor: String,
    /// Code of the trigger domain (requirement 21); every sanction has one.
    pub domain: Option<String>,
    /// Codes of its bases.
    pub bases: Vec<String>,
    /// Codes of the items of which a record can trigger it.
    pub triggers: Vec<String>,
    /// When it applies, in the words of its basis; an official finds that it does.
    pub condition: String,
    /// How long it lasts.
    pub period: Period,
    /// How grave the conduct is, where that sets a time of publication.
    pub seriousness: Option<Seriousness>,
    /// How it can be ended early.
    pub repair: Repair,
    /// Code of the form by which the subject is told.
    pub notice: String,
    /// Documents that the case has to cite.
    pub proof: Vec<Proof>,
    /// Whether each person touched needs a decision of its own (requirement 28).
    pub individual_decision: bool,
    /// What a person does before anything runs.
    pub human_gate: HumanGate,
    /// What it keeps the subject from, where the law asks for more.
    pub restricts: Option<Restricts>,
    /// Whether it gives bonus points in public bidding, which only a law can, and
    /// only to market entities (requirement 19).
    pub bidding_bonus: bool,
    /// Code of the list on which it enters the subject; every `list` has one.
    pub list: Option<String>,
    /// Who may see that it is in force.
    pub disclosure: Disclosure,
    /// Time for the executor to say what became of it (requirement 30).
    pub feedback_within: Span,
    /// The day on which the entry was filed with the provincial office
    /// (requirement 33).
    pub filed_on: Option<Date>,
    /// How far the entry has been checked.
    pub verified: Verified,
    /// Why it is held back as a draft although it was checked.
    pub held: Option<String>,
    /// Index of its edition in the catalogue.
    pub edition: usize,
}

impl Measure {
    /// Whether it is a draft, which cannot be dispatched.
    pub fn is_draft(&self) -> bool {
        self.verified == Verified::No || self.held.is_some()
    }

    /// Whether it may touch a subject of this kind, either itself or as a person
    /// answerable for an organization.
    pub fn touches(&self, subject: SubjectKind) -> bool {
        self.subjects.contains(&subject)
            || (subject == SubjectKind::Person && !self.roles.is_empty())
    }
}

/// The way back before the period is over (requirement 34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// What the notice says of it.
    pub words: String,
    /// Not before so long after the correction.
    pub not_before: Option<Span>,
    /// What the subject has to bring, in words: `书面信用承诺`.
    #[serde(default)]
    pub needs: Vec<String>,
    /// When there is none, in words: `因犯罪被列入`.
    #[serde(default)]
    pub excluded_when: Vec<String>,
    /// Time for the decision.
    pub decides_within: Span,
}
