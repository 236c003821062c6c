//! The words of `measure`.

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};

#[derive(Debug, Subcommand)]
pub(crate) enum MeasureCommand {
    /// List the measures of the catalogue, and which of them are stopped
    #[command(after_help = "Example:\n  credence measure list")]
    List,
    /// Put a measure on nobody any more until it is started again
    #[command(
        after_help = "Suspending and lifting still go out, since they give something back.\n\n\
                            Examples:\n  credence measure stop L-TAX-02 --reason 依据正在复核\n  \
                            credence measure stop L-TAX-02 --department tax --reason 部门无权执行"
    )]
    Stop(StopArgs),
    /// Start a measure again
    #[command(after_help = "Example:\n  credence measure start L-TAX-02 --reason 复核完毕")]
    Start(StopArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StopArgs {
    /// Its code in the catalogue
    #[arg(value_name = "CODE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) measure: String,
    /// Only in this department
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) department: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
}
