//! The words of `calendar`.

use clap::Subcommand;
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CalendarCommand {
    /// The last of a number of working days; the start does not count
    #[command(
        after_help = "Needs no data directory; notices imported into one count.\n\n\
                            Examples:\n  credence calendar add 2026-09-21 20\n  \
                            credence calendar add 2017-01-25 7 --json"
    )]
    Add {
        /// The day of the event, such as 2026-09-21
        #[arg(value_name = "DATE")]
        start: Date,
        /// How many working days; 0 is the day itself
        #[arg(value_name = "N", allow_negative_numbers = true)]
        days: u32,
    },
    /// Import the State Council's notice of a new year, or one that amends a year
    #[command(after_help = NOTICE_FORMAT)]
    Import {
        /// The notices, each in a file of its own
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Show a year with its days off and make-up workdays
    #[command(after_help = "Example:\n  credence calendar show 2026")]
    Show {
        /// The year
        #[arg(value_parser = clap::value_parser!(i16).range(1..=9999))]
        year: i16,
    },
}

const NOTICE_FORMAT: &str = r#"A file says what the notice says:

  year = 2026
  notice = "国务院办公厅关于2026年部分节假日安排的通知"
  number = "国办发明电〔2025〕7号"
  issued_on = "2025-11-04"

  [[off]]                               # one for each holiday
  name = "春节"
  from = "2026-02-15"                   # first day off
  to = "2026-02-23"                     # last day off; leave it out for a single day
  worked = ["2026-02-14", "2026-02-28"] # weekend days worked instead

A notice that changes an earlier one of its year has `amends = true` above [[off]].
Importing a notice again changes nothing.

Example:
  credence calendar import 2027.toml"#;
