//! Why a row is bound to nobody: in words that a clerk can act on, Chinese and
//! English.
//!
//! Always holds: no reason quotes what stood in the row. A successor's code is
//! quoted, because it comes from the register and is an organization's. Every
//! reason says what would free the row.

use crate::identifier::{Identifier, IdentifierError, Scheme};
use jiff::civil::Date;
use std::fmt;

/// What is wrong with an identifier that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// A code that breaks a rule of its scheme.
    Code(IdentifierError),
    /// A person's number that breaks a rule.
    PersonNumber,
    /// A token that was given to somebody else.
    Token,
    /// A person's number in the column of a code.
    NumberForCode,
    /// Both readings may be right, so it was masked and binds nothing.
    CodeOrNumber,
}

impl Wrong {
    /// In Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::Code(error) => halves(error).0,
            Self::PersonNumber => "公民身份号码不符合 GB 11643".to_owned(),
            Self::Token => "个人标识不属于该插件".to_owned(),
            Self::NumberForCode => "代码栏中填的是公民身份号码".to_owned(),
            Self::CodeOrNumber => "该代码既可能是统一社会信用代码，也可能是公民身份号码".to_owned(),
        }
    }

    /// In English.
    pub fn en(self) -> String {
        match self {
            Self::Code(error) => halves(error).1,
            Self::PersonNumber => "the identity number breaks a rule of GB 11643".to_owned(),
            Self::Token => "the person token is not one of this plugin's".to_owned(),
            Self::NumberForCode => "an identity number stands where a code belongs".to_owned(),
            Self::CodeOrNumber => {
                "the code is both a possible unified code and a possible identity number".to_owned()
            }
        }
    }
}

/// The two languages of an identifier's error, which it tells in one text.
fn halves(error: IdentifierError) -> (String, String) {
    let text = error.to_string();
    match text.split_once(" / ") {
        Some((zh, en)) => (zh.to_owned(), en.to_owned()),
        None => (text.clone(), text),
    }
}

/// Why a row is bound to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing that binds.
    NoIdentifier,
    /// Something, but all of it wrong.
    Unbindable(Vec<Wrong>),
    /// An organization's code and a person's number.
    OrganizationAndPerson,
    /// Numbers of several persons.
    SeveralPersons,
    /// Two codes of one kind, which the register does not know as one
    /// organization's.
    TwoOfOneKind(Scheme),
    /// A code that is new, of a kind of which the subject has another.
    AnotherOfKind(Scheme),
    /// Codes of different subjects.
    DifferentSubjects,
    /// Decided when the organization no longer existed.
    Deregistered {
        /// First day on which it did not.
        on: Date,
    },
    /// Decided when the organization had been dissolved into several.
    Divided {
        /// First day on which it was.
        on: Date,
        /// A code of each.
        successors: Vec<Identifier>,
    },
    /// It went up in another, which the register does not have yet.
    SuccessorUnknown {
        /// The code that the register names.
        successor: Identifier,
    },
    /// The register says two things of one day.
    StatesDisagree {
        /// The day.
        on: Date,
    },
    /// The register's successors lead back to where they began.
    SuccessorsInCircle,
    /// The record was bound to another subject before.
    OtherSubject,
}

impl Reason {
    /// The code of the rule, as lines and reports bear it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NoIdentifier => "no-identifier",
            Self::Unbindable(_) => "unbindable",
            Self::OrganizationAndPerson | Self::SeveralPersons => "ambiguous",
            Self::TwoOfOneKind(_) | Self::AnotherOfKind(_) | Self::DifferentSubjects => {
                "codes-disagree"
            }
            Self::Deregistered { .. } => "deregistered",
            Self::Divided { .. } => "divided",
            Self::SuccessorUnknown { .. } => "successor-unknown",
            Self::StatesDisagree { .. } | Self::SuccessorsInCircle => "register-disagrees",
            Self::OtherSubject => "other-subject",
        }
    }

    /// In Chinese: what is the matter, and what to do.
    pub fn zh(&self) -> String {
        match self {
            Self::NoIdentifier => "该行没有可据以归集的代码；名称不作为归集依据，请补充代码".into(),
            Self::Unbindable(wrong) => {
                let wrong: Vec<String> = wrong.iter().map(|wrong| wrong.zh()).collect();
                format!("{}；更正后请重报", wrong.join("；"))
            }
            Self::OrganizationAndPerson => "该行同时写明单位和个人，请明确主体后分行报送".into(),
            Self::SeveralPersons => "该行写明不止一人，请分行报送".into(),
            Self::TwoOfOneKind(scheme) => format!(
                "该行有两个{}，登记簿未载明属于同一主体；请核对原件，或导入登记数据",
                scheme.zh()
            ),
            Self::AnotherOfKind(scheme) => format!(
                "代码所指主体已有另一个{}；请核对原件，或导入载明换码的登记数据",
                scheme.zh()
            ),
            Self::DifferentSubjects => {
                "各代码指向不同主体；请核对原件，或导入载明其为同一主体的登记数据".into()
            }
            Self::Deregistered { on } => {
                format!("主体已于{on}注销，决定作出时已不存在；请核对当事人")
            }
            Self::Divided { on, successors } => format!(
                "主体已于{on}分立为 {}；请写明由哪一主体承担后重报",
                listed(successors)
            ),
            Self::SuccessorUnknown { successor } => {
                format!("主体已并入 {successor:?}，登记簿尚无该主体；导入其登记数据后自动重试")
            }
            Self::StatesDisagree { on } => {
                format!("登记簿对{on}载有相互矛盾的登记状态；请向登记机关核实")
            }
            Self::SuccessorsInCircle => "登记簿所载承继关系循环；请向登记机关核实".into(),
            Self::OtherSubject => "同一编号的记录此前归于另一主体；请人工核查".into(),
        }
    }

    /// In English: the same.
    pub fn en(&self) -> String {
        match self {
            Self::NoIdentifier => {
                "the row has no identifier that a subject can be bound by; names never bind: add a code".into()
            }
            Self::Unbindable(wrong) => {
                let wrong: Vec<String> = wrong.iter().map(|wrong| wrong.en()).collect();
                format!("{}; mend it and deliver the row again", wrong.join("; "))
            }
            Self::OrganizationAndPerson => {
                "the row names both an organization and a person; say which of them it is about".into()
            }
            Self::SeveralPersons => {
                "the row names more than one person; give each a row of its own".into()
            }
            Self::TwoOfOneKind(scheme) => format!(
                "the row has two codes of one kind ({}), which the register does not know as one \
                 organization's; compare with the documents, or import the register",
                scheme.en()
            ),
            Self::AnotherOfKind(scheme) => format!(
                "the codes lead to a subject that has another code of that kind ({}); compare with \
                 the documents, or import the register's row that names the former code",
                scheme.en()
            ),
            Self::DifferentSubjects => {
                "the codes lead to different subjects; compare with the documents, or import the \
                 register's row that links them"
                    .into()
            }
            Self::Deregistered { on } => format!(
                "the organization was deregistered on {on} and did not exist when this was decided; \
                 compare with the document"
            ),
            Self::Divided { on, successors } => format!(
                "the organization was divided on {on} into {}; deliver the row again with the code of \
                 the one that answers",
                listed(successors)
            ),
            Self::SuccessorUnknown { successor } => format!(
                "the organization was merged into {successor:?}, which the register does not have yet; \
                 import its row, and this line is tried again by itself"
            ),
            Self::StatesDisagree { on } => format!(
                "the register has states of {on} that contradict each other; ask the registrar"
            ),
            Self::SuccessorsInCircle => {
                "the register's successors lead in a circle; ask the registrar".into()
            }
            Self::OtherSubject => {
                "the record of this key is about another subject; a person has to look".into()
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.zh(), self.en())
    }
}

fn listed(codes: &[Identifier]) -> String {
    let codes: Vec<String> = codes.iter().map(|code| format!("{code:?}")).collect();
    codes.join(", ")
}
