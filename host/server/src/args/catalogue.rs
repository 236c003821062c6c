//! The words of `catalogue`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Check catalogue files together, as they would be loaded
    #[command(
        after_help = "Needs no data directory and changes nothing. Status 1 if a rule is broken; what \
                            only a person can settle is remarked with status 0.\n\n\
                            Examples:\n  credence catalogue check credence-data/catalogue\n  \
                            credence catalogue check examples/catalogue draft.toml --json"
    )]
    Check {
        /// Files, or directories with .toml files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}
