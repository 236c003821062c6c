//! The words of `repair`.

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use jiff::civil::Date;

#[derive(Debug, Subcommand)]
pub(crate) enum RepairCommand {
    /// Enter that whoever determined the conduct granted a repair; what rests on the record ends
    #[command(
        after_help = "Granted only when nothing stands in the way under the rule of every measure that rests \
                            on the record; what is in force is lifted at once where it can be.\n\n\
                            Example:\n  credence repair grant 闽信联2026-1a2b3c4d --corrected-on 2026-12-10 \\\n    \
                            --shown 书面信用承诺 --decision 榕税信修〔2026〕1号 --decided-on 2026-12-20 --official official-1"
    )]
    Grant(RepairArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// Number or id of a case on the record
    pub(crate) case: String,
    /// The day on which the conduct was corrected
    #[arg(long, value_name = "DATE")]
    pub(crate) corrected_on: Option<Date>,
    /// A need of the measure's rule that a document shows to be met, in the rule's own words
    #[arg(long = "shown", value_name = "NEED", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) shown: Vec<String>,
    /// A case in which the rule grants no repair, found to apply, in the rule's own words
    #[arg(long = "applies", value_name = "EXCLUSION", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) applies: Vec<String>,
    /// Number of the decision that grants it (文号)
    #[arg(long, value_name = "NO", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) decision: String,
    /// The day of that decision [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) decided_on: Option<Date>,
    /// The official who signs for it
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) official: String,
}
