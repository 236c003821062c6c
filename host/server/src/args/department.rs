//! The words of `department`.

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};

#[derive(Debug, Subcommand)]
pub(crate) enum DepartmentCommand {
    /// List departments, with what is due, what waits and why
    #[command(after_help = "Example:\n  credence department list")]
    List,
    /// Ask a department nothing any more until it goes on
    #[command(
        after_help = "Every process obeys at its next claim; what is due stays due.\n\n\
                            Example:\n  credence department pause tax --reason 系统维护"
    )]
    Pause(PauseArgs),
    /// Let a department go on
    #[command(after_help = "Example:\n  credence department resume tax --reason 维护结束")]
    Resume(PauseArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PauseArgs {
    /// Name of the department
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) department: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
}
