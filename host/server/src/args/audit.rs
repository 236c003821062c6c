//! The words of `audit`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Show the newest signed head and the key to check it with
    #[command(after_help = "Example:\n  credence audit head --json")]
    Head,
    /// Recompute the whole log, and hold every row against it
    #[command(
        after_help = "Only reads; status 1 if anything is wrong.\n\nExample:\n  credence audit verify"
    )]
    Verify,
}
