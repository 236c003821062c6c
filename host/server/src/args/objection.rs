//! The words of `objection`.

use clap::{
    Args, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};
use credence_domain::objection::{Door, Ground};

pub(super) const DOORS: [&str; 3] = ["executor", "subject", "complaint"];
pub(super) const GROUNDS: [&str; 4] = ["identity", "facts", "basis", "term"];
const FINDINGS: [&str; 2] = ["wrong", "right"];

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectionCommand {
    /// Raise an objection; every order that rests on the record is held
    #[command(
        after_help = "While it is verified nothing is carried out, and what is in force is suspended (核实期间暂不执行).\n\n\
                            Example:\n  credence objection raise 闽信联2026-1a2b3c4d --door subject --ground facts \\\n    \
                            --reason 处罚决定已被撤销"
    )]
    Raise(RaiseArgs),
    /// List objections, the newest first
    #[command(after_help = "Example:\n  credence objection list --open")]
    List {
        /// Only those that still hold orders
        #[arg(long)]
        open: bool,
    },
    /// Show an objection
    #[command(after_help = "Example:\n  credence objection show 0199f3a2c4d87e11a5b6c7d8e9f00114")]
    Show {
        /// Its id, as `objection list` shows it
        objection: String,
    },
    /// Enter the provider's answer
    #[command(
        after_help = "An answer after the last day that defends the record goes to the supervisor.\n\n\
                            Example:\n  credence objection answer 0199f3a2c4d87e11a5b6c7d8e9f00114 --finding wrong --reason 已更正"
    )]
    Answer(FindingArgs),
    /// Enter the supervisor's decision on an objection that was not answered in time
    #[command(
        after_help = "Example:\n  credence objection decide 0199f3a2c4d87e11a5b6c7d8e9f00114 --finding right --reason 记录无误"
    )]
    Decide(FindingArgs),
    /// Take an objection back for whoever raised it
    #[command(
        after_help = "Example:\n  credence objection withdraw 0199f3a2c4d87e11a5b6c7d8e9f00114"
    )]
    Withdraw {
        /// Its id
        objection: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RaiseArgs {
    /// Number or id of the case, or id of the order
    #[arg(value_name = "CASE|ORDER")]
    pub(crate) about: String,
    /// Who objects: executor (执行部门), subject (主体), complaint (投诉举报)
    #[arg(long, value_parser = door())]
    pub(crate) door: Door,
    /// What is wrong: identity (主体), facts (事实), basis (依据或措施), term (期限)
    #[arg(long, value_parser = ground())]
    pub(crate) ground: Ground,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct FindingArgs {
    /// Id of the objection
    pub(crate) objection: String,
    /// wrong: the record is wrong and the orders end; right: they go on
    #[arg(long, value_parser = PossibleValuesParser::new(FINDINGS))]
    pub(crate) finding: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
}

fn door() -> impl TypedValueParser<Value = Door> {
    PossibleValuesParser::new(DOORS).try_map(|word| Door::from_code(&word).ok_or("no such door"))
}

fn ground() -> impl TypedValueParser<Value = Ground> {
    PossibleValuesParser::new(GROUNDS)
        .try_map(|word| Ground::from_code(&word).ok_or("no such ground"))
}
