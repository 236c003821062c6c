//! The command line: its words, their help and what can be checked of them
//! before anything is opened.
//!
//! Comes in: arguments and the variables `CREDENCE_DATA` and
//! `CREDENCE_DECODERS`. Goes out: a `Line`.
//! Always holds: every command has an example; a word that names no state, kind
//! or id is misuse and never reaches the house.
//!
//! The words of each noun stand in a room of their own, as its commands do.

mod audit;
mod calendar;
mod case;
mod catalogue;
mod department;
mod feed;
mod id;
mod measure;
mod objection;
mod order;
mod plugin;
mod register;
mod repair;
mod subject;
mod token;

pub(crate) use audit::AuditCommand;
pub(crate) use calendar::CalendarCommand;
pub(crate) use case::{CaseCommand, OpenArgs, ReceiptArgs};
pub(crate) use catalogue::CatalogueCommand;
pub(crate) use department::{DepartmentCommand, PauseArgs};
pub(crate) use feed::FeedCommand;
pub(crate) use id::IdCommand;
pub(crate) use measure::{MeasureCommand, StopArgs};
pub(crate) use objection::{FindingArgs, ObjectionCommand, RaiseArgs};
pub(crate) use order::{OrderCommand, SettleArgs};
pub(crate) use plugin::PluginCommand;
pub(crate) use register::RegisterCommand;
pub(crate) use repair::{RepairArgs, RepairCommand};
pub(crate) use subject::SubjectCommand;
pub(crate) use token::TokenCommand;

use crate::{demo::DemoArgs, scenario::ScenarioCommand};
use clap::{Args, Parser, Subcommand, builder::NonEmptyStringValueParser};
use credence_api::Loopback;
use std::path::PathBuf;

/// Joint credit incentives and sanctions between government departments.
#[derive(Debug, Parser)]
#[command(
    name = "credence",
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 done, 1 refused or failed, 2 misuse.\n\
                  Times are those of China (UTC+08:00).\n\n\
                  Examples:\n  credence demo\n  credence serve --data /var/lib/credence\n  \
                  credence ingest --plugin tax --feed penalties penalties.json"
)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What holds for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Global {
    /// Directory that holds everything
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        env = "CREDENCE_DATA",
        default_value = "./credence-data"
    )]
    pub(crate) data: PathBuf,
    /// Configuration [default: DIR/credence.toml, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Directory of decoders [default: `decoders` beside this program or its directory]
    #[arg(long, value_name = "DIR", global = true, env = "CREDENCE_DECODERS")]
    pub(crate) decoders: Option<PathBuf>,
    /// Print one JSON value instead of tables
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Your pseudonym in the audit log; never a personal name
    #[arg(long = "as", value_name = "NAME", global = true, default_value = "operator", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) actor: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole story on a sample province, against live department back ends
    #[command(after_help = "Examples:\n  credence demo\n  credence demo --keep kept --serve")]
    Demo(DemoArgs),
    /// Cases of law as folders: inputs, steps and what they must lead to
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Carry out what falls due, and answer reads over HTTP on this machine
    #[command(
        after_help = "Examples:\n  credence serve\n  credence serve --listen 127.0.0.1:0\n  \
                            curl http://127.0.0.1:8700/health"
    )]
    Serve(ServeArgs),
    /// Read files of a department's feed into records
    #[command(
        after_help = "Good rows of a bad feed are kept; the same file again makes only duplicates.\n\n\
                            Examples:\n  credence ingest --plugin tax --feed penalties penalties.json\n  \
                            credence ingest --plugin tax --feed penalties monday.json tuesday.json --json"
    )]
    Ingest(IngestArgs),
    /// Departments' feeds, their deliveries, and reports on them
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Tokens by which departments' systems upload
    #[command(subcommand)]
    Token(TokenCommand),
    /// Organizations and persons
    #[command(subcommand)]
    Subject(SubjectCommand),
    /// Joint cases
    #[command(subcommand)]
    Case(CaseCommand),
    /// Orders to departments
    #[command(subcommand)]
    Order(OrderCommand),
    /// Objections to records and to the orders that rest on them (异议)
    #[command(subcommand)]
    Objection(ObjectionCommand),
    /// Credit repair (信用修复): what was put right, and what ends with it
    #[command(subcommand)]
    Repair(RepairCommand),
    /// Departments: what waits for them; pause one and let it go on
    #[command(subcommand)]
    Department(DepartmentCommand),
    /// Measures: stop one everywhere or in one department, and start it again
    #[command(subcommand)]
    Measure(MeasureCommand),
    /// Departments' plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// The signed log of everything that was done
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The catalogue of bases, items, measures and mandates
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// Working days, by the State Council's notices
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Codes of organizations and persons
    #[command(subcommand)]
    Id(IdCommand),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address on this machine; port 0 takes any free one. Others are refused: there is no
    /// access control yet
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8700")]
    pub(crate) listen: Loopback,
}

#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    /// The plugin that reads the feed
    #[arg(long, value_name = "NAME")]
    pub(crate) plugin: String,
    /// The feed [default: the plugin's only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) feed: Option<String>,
    /// Files, as the department delivered them
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::{
        case::{CASE_STATES, RECEIPT_KINDS},
        objection::{DOORS, GROUNDS},
        order::ORDER_STATES,
        *,
    };
    use clap::{CommandFactory as _, error::ErrorKind};
    use credence_domain::{
        case::{CaseState, ReceiptKind},
        objection::{Door, Ground},
        order::OrderState,
    };

    #[test]
    fn the_definition_holds_and_every_command_has_an_example() {
        fn check(command: &clap::Command) {
            let leaf = command.get_subcommands().next().is_none();
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let name = command.get_name();
            assert!(!leaf || help.contains("credence "), "{name} has no example");
            command.get_subcommands().for_each(check);
        }
        Line::command().debug_assert();
        check(&Line::command());
    }

    #[test]
    fn no_variable_but_two_is_read_and_none_sets_a_clock() {
        fn variables(command: &clap::Command, found: &mut std::collections::BTreeSet<String>) {
            let read = command.get_arguments().filter_map(clap::Arg::get_env);
            found.extend(read.map(|name| name.to_string_lossy().into_owned()));
            for command in command.get_subcommands() {
                variables(command, found);
            }
        }
        let mut found = std::collections::BTreeSet::new();
        variables(&Line::command(), &mut found);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["CREDENCE_DATA", "CREDENCE_DECODERS"]);
    }

    #[test]
    fn every_word_offered_is_one_of_the_domain() {
        let codes = |words: &[&str], known: fn(&str) -> bool| {
            words.iter().for_each(|word| assert!(known(word), "{word}"));
        };
        codes(&CASE_STATES, |word| CaseState::from_code(word).is_some());
        codes(&ORDER_STATES, |word| OrderState::from_code(word).is_some());
        codes(&DOORS, |word| Door::from_code(word).is_some());
        codes(&GROUNDS, |word| Ground::from_code(word).is_some());
        codes(&RECEIPT_KINDS, |word| {
            ReceiptKind::from_code(word).is_some()
        });
    }

    #[track_caller]
    fn misuse(line: &str, kind: ErrorKind, part: &str) {
        let error = Line::try_parse_from(line.split(' ')).unwrap_err();
        assert_eq!(
            (error.kind(), error.exit_code()),
            (kind, 2),
            "{line}: {error}"
        );
        assert!(error.to_string().contains(part), "{line}: {error}");
    }

    #[test]
    fn misuse_is_told_before_anything_is_opened() {
        let wrong = ErrorKind::ValueValidation;
        misuse(
            "credence serve --listen 0.0.0.0:8700",
            wrong,
            "no access control",
        );
        misuse(
            "credence serve --listen 8700",
            wrong,
            "no address with a port",
        );
        misuse(
            "credence case receipt X --kind delivered --on yesterday",
            wrong,
            "--on",
        );
        misuse(
            "credence case list --state shut",
            ErrorKind::InvalidValue,
            "resolved",
        );
        misuse(
            "credence ingest --plugin tax",
            ErrorKind::MissingRequiredArgument,
            "FILE",
        );
        misuse("credence token issue --for tax --days 9", wrong, "a slash");
        misuse(
            "credence token issue --for tax/penalties --days 0",
            wrong,
            "--days",
        );
        misuse("credence feed report 7", wrong, "not a delivery id");
        misuse("credence calendar add 2026-02-30 7", wrong, "DATE");
        misuse("credence calendar add 2026-02-13 x", wrong, "<N>");
        misuse("credence calendar add 2026-02-13 -1", wrong, "-1");
        misuse("credence calendar show 0", wrong, "YEAR");
        let open = "--measure L-TAX-02 --department tax --official o --decision 1号";
        misuse(
            &format!("credence case open --record 7 {open}"),
            wrong,
            "not a record id",
        );
    }

    #[test]
    fn codes_are_asked_for_and_persons_numbers_are_sent_another_way() {
        misuse(
            "credence id check",
            ErrorKind::MissingRequiredArgument,
            "CODE",
        );
        let help = Line::try_parse_from(["credence", "id", "check", "--help"]).unwrap_err();
        let help = help.to_string();
        assert!(
            help.contains("numbers of persons on standard input"),
            "{help}"
        );
    }

    #[test]
    fn global_options_stand_anywhere() {
        let line = "credence order list --json --data elsewhere --as clerk-7";
        let line = Line::try_parse_from(line.split(' ')).unwrap();
        assert!(line.global.json);
        assert_eq!(line.global.data, PathBuf::from("elsewhere"));
        assert_eq!(line.global.actor, "clerk-7");
    }
}
