//! The command line: its words, their help and what can be checked of them
//! before anything is opened.
//!
//! Comes in: arguments and the variables `CREDENCE_DATA` and
//! `CREDENCE_DECODERS`. Goes out: a `Line`.
//! Always holds: every command has an example; a word that names no state, kind
//! or id is misuse and never reaches the house.
//!
//! Longer than other rooms, because it is one table: every word of the program stands
//! here, in the order of its help.

use crate::{demo::DemoArgs, scenario::ScenarioCommand};
use clap::{
    Args, Parser, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};
use credence_api::Loopback;
use credence_domain::{
    case::{CaseState, CitedProof, ReceiptKind},
    catalogue::Proof,
    ids::{DeliveryId, RecordId, TokenId},
    objection::{Door, Ground},
    order::OrderState,
};
use credence_pipeline::MOST_DAYS;
use jiff::civil::Date;
use std::path::PathBuf;

const CASE_STATES: [&str; 7] = [
    "opened",
    "resolved",
    "dispatched",
    "answered",
    "closed",
    "refused",
    "withdrawn",
];
const ORDER_STATES: [&str; 6] = [
    "prepared",
    "in-force",
    "suspended",
    "lifted",
    "refused",
    "not-executed",
];
const RECEIPT_KINDS: [&str; 3] = ["delivered", "left", "published"];
const OUTCOMES: [&str; 4] = ["executed", "partly-executed", "could-not", "not-applicable"];
const DOORS: [&str; 3] = ["executor", "subject", "complaint"];
const GROUNDS: [&str; 4] = ["identity", "facts", "basis", "term"];
const FINDINGS: [&str; 2] = ["wrong", "right"];

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

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Issue a token for one feed; it is shown once
    #[command(after_help = "Example:\n  credence token issue --for tax/penalties --days 90")]
    Issue {
        /// The feed that it opens
        #[arg(long = "for", value_name = "PLUGIN/FEED", value_parser = feed_name)]
        feed: FeedName,
        /// Days until it expires
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
        days: u32,
    },
    /// List all tokens, without what opens
    #[command(after_help = "Example:\n  credence token list")]
    List,
    /// End a token for good
    #[command(after_help = "Example:\n  credence token revoke 0199f3a2c4d87e11a5b6c7d8e9f00112")]
    Revoke {
        /// Its id, as `token list` shows it
        id: TokenId,
    },
}

/// A feed of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedName {
    pub(crate) plugin: String,
    pub(crate) feed: String,
}

fn feed_name(text: &str) -> Result<FeedName, String> {
    match text.split_once('/') {
        Some((plugin, feed)) if !plugin.is_empty() && !feed.is_empty() => Ok(FeedName {
            plugin: plugin.to_owned(),
            feed: feed.to_owned(),
        }),
        _ => Err("write the plugin, a slash and the feed, such as tax/penalties".to_owned()),
    }
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum RegisterCommand {
    /// Read extracts of the market regulator's register; frees lines that wait for them
    #[command(after_help = REGISTER_COLUMNS)]
    Import {
        /// CSV files in UTF-8
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// What stands in an extract, and what to do with it.
const REGISTER_COLUMNS: &str = "\
A file is CSV in UTF-8. Its first row names the columns, in any order; all may be left out but one
of codes. A row is an organization, or what became of one:

  name                 名称             for people to read; names never bind anything
  uscc                 统一社会信用代码
  organization_code    组织机构代码
  registration_number  注册号
  former_codes         原代码           codes given up on the day of coded_on, separated by `;`
  coded_on             赋码日期         day on which the unified code came into use
  region               行政区划         six digits
  state                登记状态         registered 存续, revoked 吊销, deregistered 注销,
                                        merged 合并, divided 分立
  changed_on           状态日期         first day of the state
  successors           承继主体代码     whom it was merged or divided into, separated by `;`

All codes of a row are one organization's. Good rows are kept; the same file again changes nothing.
Status 1 if a row was not taken.

Examples:
  credence subject register import examples/register/organizations.csv
  credence subject register import monday.csv tuesday.csv --json";

#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// Open a case on a decision, make its orders and its notice
    #[command(
        after_help = "`subject show CODE --purpose …` lists the records with their ids.\n\n\
                            Example:\n  credence case open --record 0199f3a2c4d87e11a5b6c7d8e9f00112 \\\n    \
                            --measure L-TAX-02 --department tax --official official-1 --decision 榕税稽罚〔2025〕1号"
    )]
    Open(OpenArgs),
    /// Make the orders of an opened case, and its notice
    #[command(
        after_help = "Needed only where `case open` could not, such as for want of a plugin.\n\n\
                            Example:\n  credence case resolve 闽信联2026-1a2b3c4d"
    )]
    Resolve {
        /// Number or id of the case
        case: String,
    },
    /// Write the notice of a case to its file, again if need be
    #[command(after_help = "Example:\n  credence case notify 闽信联2026-1a2b3c4d")]
    Notify {
        /// Number or id of the case
        case: String,
    },
    /// Enter how and when the notice reached the subject
    #[command(
        after_help = "The orders fall due when the days to state one's case are over; what is due \
                            already is carried out at once.\n\n\
                            Example:\n  credence case receipt 闽信联2026-1a2b3c4d --kind delivered --on 2026-11-23 --proof 回证-7"
    )]
    Receipt(ReceiptArgs),
    /// Take a case back for its initiating department; its orders end
    #[command(
        after_help = "What is in force is lifted in its department; what was not carried out never is.\n\n\
                            Example:\n  credence case withdraw 闽信联2026-1a2b3c4d --official official-1 \\\n    \
                            --reason 决定书有误 --as-correction"
    )]
    Withdraw(WithdrawArgs),
    /// List cases, the newest first
    #[command(after_help = "Example:\n  credence case list --state resolved")]
    List {
        /// Only those in this state
        #[arg(long, value_parser = case_state())]
        state: Option<CaseState>,
    },
    /// Show a case with its notice, orders and steps
    #[command(after_help = "Example:\n  credence case show 闽信联2026-1a2b3c4d --json")]
    Show {
        /// Number or id of the case
        case: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// The record on which the case rests
    #[arg(long, value_name = "ID")]
    pub(crate) record: RecordId,
    /// Measures proposed, by their codes in the catalogue
    #[arg(long = "measure", value_name = "CODE", required = true, num_args = 1..)]
    pub(crate) measures: Vec<String>,
    /// The department that opens the case
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) department: String,
    /// The official who signs for it
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) official: String,
    /// Number of the decision document (文号)
    #[arg(long, value_name = "NO", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) decision: String,
    /// A second official who agrees, where the measure asks for one
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) agreed_by: Option<String>,
    /// A document that the measure asks for, such as court-order=（2026）闽01执1号
    #[arg(long = "proof", value_name = "SORT=NO", value_parser = cited_proof)]
    pub(crate) proofs: Vec<CitedProof>,
}

#[derive(Debug, Args)]
pub(crate) struct ReceiptArgs {
    /// Number or id of the case
    pub(crate) case: String,
    /// delivered (直接送达), left with a witness (留置送达), published (公告送达)
    #[arg(long, value_parser = receipt_kind())]
    pub(crate) kind: ReceiptKind,
    /// The day, such as 2026-11-23
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Date,
    /// What proves it: number of the return slip, page, witness
    #[arg(long, value_name = "TEXT")]
    pub(crate) proof: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WithdrawArgs {
    /// Number or id of the case
    pub(crate) case: String,
    /// The official who takes it back
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) official: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// It was wrong from the start; otherwise what it asked for has been met
    #[arg(long)]
    pub(crate) as_correction: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// List orders, the newest first
    #[command(
        after_help = "Examples:\n  credence order list --state in-force\n  credence order list --dead"
    )]
    List {
        /// Only those in this state
        #[arg(long, value_parser = order_state())]
        state: Option<OrderState>,
        /// The steps that wait for a person instead (dead letters), the longest waiting first
        #[arg(long, conflicts_with = "state")]
        dead: bool,
    },
    /// Have a step that waits for a person made again, under the same key
    #[command(
        after_help = "Where its outcome may be unknown, the department is asked first.\n\n\
                            Example:\n  credence order retry 0199f3a2c4d87e11a5b6c7d8e9f00113-1"
    )]
    Retry {
        /// Key of the step, or id of its order
        #[arg(value_name = "KEY|ORDER")]
        step: String,
    },
    /// Enter by hand how a step ended that waits for a person
    #[command(
        after_help = "Of a step that had ended and was contradicted, its own outcome says that it stands.\n\n\
                            Example:\n  credence order settle 0199f3a2c4d87e11a5b6c7d8e9f00113-1 --outcome executed \\\n    \
                            --reason \"entry 7 in the department's register\" --official official-1"
    )]
    Settle(SettleArgs),
    /// Show an order with its terms, steps and calls
    #[command(after_help = "Example:\n  credence order show 0199f3a2c4d87e11a5b6c7d8e9f00113")]
    Show {
        /// Its id, as `order list` shows it
        order: String,
    },
    /// Carry out everything that is due now; `serve` does so all the time
    #[command(after_help = "Example:\n  credence order run")]
    Run,
}

#[derive(Debug, Args)]
pub(crate) struct SettleArgs {
    /// Key of the step, or id of its order
    #[arg(value_name = "KEY|ORDER")]
    pub(crate) step: String,
    /// executed (已执行), partly-executed (部分执行), could-not (未能执行), not-applicable (不适用)
    #[arg(long, value_parser = PossibleValuesParser::new(OUTCOMES))]
    pub(crate) outcome: String,
    /// What was found, and where
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// The official who looked into it
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) official: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectionCommand {
    /// Raise an objection; every order that rests on the record is held
    #[command(
        after_help = "While it is verified nothing is carried out, and what is in force is suspended (核实期间暂不执行).\n\n\
                            Example:\n  credence objection raise 闽信联2026-1a2b3c4d --door subject --ground facts \\\n    \
                            --reason 处罚决定已被撤销"
    )]
    Raise(RaiseArgs),
    /// List objections, the newest first
    #[command(after_help = "Example:\n  credence objection list --open")]
    List {
        /// Only those that still hold orders
        #[arg(long)]
        open: bool,
    },
    /// Show an objection
    #[command(after_help = "Example:\n  credence objection show 0199f3a2c4d87e11a5b6c7d8e9f00114")]
    Show {
        /// Its id, as `objection list` shows it
        objection: String,
    },
    /// Enter the provider's answer
    #[command(
        after_help = "An answer after the last day that defends the record goes to the supervisor.\n\n\
                            Example:\n  credence objection answer 0199f3a2c4d87e11a5b6c7d8e9f00114 --finding wrong --reason 已更正"
    )]
    Answer(FindingArgs),
    /// Enter the supervisor's decision on an objection that was not answered in time
    #[command(
        after_help = "Example:\n  credence objection decide 0199f3a2c4d87e11a5b6c7d8e9f00114 --finding right --reason 记录无误"
    )]
    Decide(FindingArgs),
    /// Take an objection back for whoever raised it
    #[command(
        after_help = "Example:\n  credence objection withdraw 0199f3a2c4d87e11a5b6c7d8e9f00114"
    )]
    Withdraw {
        /// Its id
        objection: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RaiseArgs {
    /// Number or id of the case, or id of the order
    #[arg(value_name = "CASE|ORDER")]
    pub(crate) about: String,
    /// Who objects: executor (执行部门), subject (主体), complaint (投诉举报)
    #[arg(long, value_parser = door())]
    pub(crate) door: Door,
    /// What is wrong: identity (主体), facts (事实), basis (依据或措施), term (期限)
    #[arg(long, value_parser = ground())]
    pub(crate) ground: Ground,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct FindingArgs {
    /// Id of the objection
    pub(crate) objection: String,
    /// wrong: the record is wrong and the orders end; right: they go on
    #[arg(long, value_parser = PossibleValuesParser::new(FINDINGS))]
    pub(crate) finding: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RepairCommand {
    /// Enter that whoever determined the conduct granted a repair; what rests on the record ends
    #[command(
        after_help = "Granted only when nothing stands in the way under the rule of every measure that rests \
                            on the record; what is in force is lifted at once where it can be.\n\n\
                            Example:\n  credence repair grant 闽信联2026-1a2b3c4d --corrected-on 2026-12-10 \\\n    \
                            --shown 书面信用承诺 --decision 榕税信修〔2026〕1号 --decided-on 2026-12-20 --official official-1"
    )]
    Grant(RepairArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// Number or id of a case on the record
    pub(crate) case: String,
    /// The day on which the conduct was corrected
    #[arg(long, value_name = "DATE")]
    pub(crate) corrected_on: Option<Date>,
    /// A need of the measure's rule that a document shows to be met, in the rule's own words
    #[arg(long = "shown", value_name = "NEED", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) shown: Vec<String>,
    /// A case in which the rule grants no repair, found to apply, in the rule's own words
    #[arg(long = "applies", value_name = "EXCLUSION", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) applies: Vec<String>,
    /// Number of the decision that grants it (文号)
    #[arg(long, value_name = "NO", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) decision: String,
    /// The day of that decision [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) decided_on: Option<Date>,
    /// The official who signs for it
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) official: String,
}

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

fn case_state() -> impl TypedValueParser<Value = CaseState> {
    PossibleValuesParser::new(CASE_STATES)
        .try_map(|word| CaseState::from_code(&word).ok_or("no such state"))
}

fn order_state() -> impl TypedValueParser<Value = OrderState> {
    PossibleValuesParser::new(ORDER_STATES)
        .try_map(|word| OrderState::from_code(&word).ok_or("no such state"))
}

fn door() -> impl TypedValueParser<Value = Door> {
    PossibleValuesParser::new(DOORS).try_map(|word| Door::from_code(&word).ok_or("no such door"))
}

fn ground() -> impl TypedValueParser<Value = Ground> {
    PossibleValuesParser::new(GROUNDS)
        .try_map(|word| Ground::from_code(&word).ok_or("no such ground"))
}

/// `SORT=NO`: what a document proves, and its number.
fn cited_proof(text: &str) -> Result<CitedProof, String> {
    let sorts = || Proof::ALL.map(Proof::code).join(", ");
    let (sort, document) = text
        .split_once('=')
        .ok_or_else(|| format!("write SORT=NUMBER; sorts are {}", sorts()))?;
    let proof = Proof::ALL.into_iter().find(|proof| proof.code() == sort);
    let proof = proof.ok_or_else(|| format!("`{sort}` is no sort of proof: {}", sorts()))?;
    match document.trim() {
        "" => Err("the number of the document is missing behind `=`".to_owned()),
        number => Ok(CitedProof {
            proof,
            document: number.to_owned(),
        }),
    }
}

fn receipt_kind() -> impl TypedValueParser<Value = ReceiptKind> {
    PossibleValuesParser::new(RECEIPT_KINDS)
        .try_map(|word| ReceiptKind::from_code(&word).ok_or("no such kind"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, error::ErrorKind};

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
