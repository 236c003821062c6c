//! The words of `case`.

use clap::{
    Args, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};
use credence_domain::{
    case::{CaseState, CitedProof, ReceiptKind},
    catalogue::Proof,
    ids::RecordId,
};
use jiff::civil::Date;

pub(super) const CASE_STATES: [&str; 7] = [
    "opened",
    "resolved",
    "dispatched",
    "answered",
    "closed",
    "refused",
    "withdrawn",
];
pub(super) const RECEIPT_KINDS: [&str; 3] = ["delivered", "left", "published"];

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

fn case_state() -> impl TypedValueParser<Value = CaseState> {
    PossibleValuesParser::new(CASE_STATES)
        .try_map(|word| CaseState::from_code(&word).ok_or("no such state"))
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
