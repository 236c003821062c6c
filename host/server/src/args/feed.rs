//! The words of `feed`.

use clap::Subcommand;
use credence_domain::ids::DeliveryId;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum FeedCommand {
    /// List the feeds: what came last, what was promised, which have gone quiet
    #[command(after_help = "Example:\n  credence feed list")]
    List,
    /// List deliveries, the newest first
    #[command(after_help = "Example:\n  credence feed deliveries --json")]
    Deliveries,
    /// Show which rows of a delivery made no record, and why
    #[command(
        after_help = "The file opens in a spreadsheet and can go back to the department: it names no \
                            person.\n\n\
                            Examples:\n  credence feed report 0199f3a2c4d87e11a5b6c7d8e9f00112\n  \
                            credence feed report 0199f3a2c4d87e11a5b6c7d8e9f00112 --csv report.csv"
    )]
    Report {
        /// Id of the delivery, as `feed deliveries` shows it
        delivery: DeliveryId,
        /// Write all rows into this file
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Take in what waits in folders, uploads and pulls; `serve` does so all the time
    #[command(after_help = "Example:\n  credence feed run")]
    Run,
}
