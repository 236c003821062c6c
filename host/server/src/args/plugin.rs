//! The words of `plugin`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Look at a component; with a grant, try whether it would be admitted
    #[command(after_help = "Needs no data directory and changes nothing.\n\n\
                            Examples:\n  credence plugin check tax.wasm\n  \
                            credence plugin check tax.wasm --grant tax.toml")]
    Check {
        /// The component
        file: PathBuf,
        /// What it would be granted
        #[arg(long, value_name = "FILE")]
        grant: Option<PathBuf>,
    },
    /// Take a component in under a grant; from then on it takes calls
    #[command(after_help = "Example:\n  credence plugin install tax.wasm --grant tax.toml")]
    Install {
        /// The component
        file: PathBuf,
        /// What it is granted
        #[arg(long, value_name = "FILE")]
        grant: PathBuf,
    },
    /// List all revisions of all plugins
    #[command(after_help = "Example:\n  credence plugin list --json")]
    List,
    /// Show what a plugin asks for and what it gets
    #[command(after_help = "Example:\n  credence plugin show tax")]
    Show {
        /// Its name
        name: String,
    },
}
