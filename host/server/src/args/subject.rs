//! The words of `subject`.

use super::RegisterCommand;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SubjectCommand {
    /// Show what is held about a subject; every look-up enters the log
    #[command(
        after_help = "Without a purpose only what is public is shown, and nothing about a person.\n\n\
                            Examples:\n  credence subject show 91350100MA900010XU\n  \
                            credence subject show 91350100MA900010XU --purpose \"bid 2026-114\""
    )]
    Show {
        /// A code as the subject's document bears it; names never find a subject
        code: String,
        /// Why you ask
        #[arg(long, value_name = "TEXT")]
        purpose: Option<String>,
    },
    /// The register of organizations
    #[command(subcommand)]
    Register(RegisterCommand),
}
