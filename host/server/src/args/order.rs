//! The words of `order`.

use clap::{
    Args, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};
use credence_domain::order::OrderState;

pub(super) const ORDER_STATES: [&str; 6] = [
    "prepared",
    "in-force",
    "suspended",
    "lifted",
    "refused",
    "not-executed",
];
const OUTCOMES: [&str; 4] = ["executed", "partly-executed", "could-not", "not-applicable"];

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// List orders, the newest first
    #[command(
        after_help = "Where a step is due and something keeps it back, WAITS says what: an order whose \
                            term is over stays in force while its department is paused.\n\n\
                            Examples:\n  credence order list --state in-force\n  credence order list --dead"
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

fn order_state() -> impl TypedValueParser<Value = OrderState> {
    PossibleValuesParser::new(ORDER_STATES)
        .try_map(|word| OrderState::from_code(&word).ok_or("no such state"))
}
