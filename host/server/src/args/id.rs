//! The words of `id`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum IdCommand {
    /// Say what kind each code is, whether it is valid, and the rule that failed
    #[command(
        after_help = "Needs no data directory and changes nothing. Status 1 if any code is not valid. \
                            With --json one line of JSON for each code.\n\n\
                            Other users of this machine can see the arguments of a command: give \
                            numbers of persons on standard input. They are never shown.\n\n\
                            Examples:\n  credence id check 91350100MA900010XU MA2EL626-6\n  \
                            credence id check --json - < codes.txt"
    )]
    Check {
        /// Codes as documents and feeds bear them; `-` reads more, one a line, from standard input
        #[arg(required = true, value_name = "CODE")]
        codes: Vec<String>,
    },
}
