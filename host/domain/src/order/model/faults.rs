//! What the search finds: nothing in the machines as they are, and each of the bugs
//! planted in them.

#![expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows the counts and the traces"
)]

use super::{Fault, House, search::search};

/// Invariants I2 and I3, requirements 10, 30, 34, 35, 36: in every state that can be
/// reached the laws hold, and from every one of them the order can come to its end
/// with nothing left in the department's ledger.
#[test]
fn every_reachable_state_is_lawful_and_has_a_way_out() {
    let found = search(&House { fault: None }).unwrap_or_else(|trace| panic!("{trace}"));
    println!("{} states, {} ways", found.states, found.ways);
    // A model that came to explore less proves less.
    assert!(found.states > 20_000, "{} states", found.states);
}

/// The search finds this bug by this law, and its trace shows the way there.
fn check(fault: Fault, law: &str) {
    let trace = match search(&House { fault: Some(fault) }) {
        Err(trace) => trace,
        Ok(_) => panic!("{fault:?} goes unseen"),
    };
    println!("{fault:?}: {trace}");
    assert!(trace.contains(law), "{fault:?}: {trace}");
}

#[test]
fn a_blind_retry_is_found() {
    check(Fault::RetryBlindly, "made again without proof");
}

#[test]
fn resuming_while_an_objection_is_open_is_found() {
    check(Fault::OverlookObjection, "while an objection is open");
}

#[test]
fn an_end_overtaken_by_a_late_apply_is_found() {
    check(
        Fault::QueryLags,
        "an effect of an order that was lifted or never executed",
    );
}

#[test]
fn an_end_that_does_not_wait_for_its_step_is_found() {
    check(
        Fault::TakeBackWhatIsOut,
        "an effect of an order that was lifted or never executed",
    );
}

#[test]
fn a_suspension_declined_and_forgotten_is_found() {
    check(
        Fault::TakeDeclinedForDone,
        "suspended and the ledger is not",
    );
    check(Fault::ForgetUndone, "the ledger");
}

#[test]
fn a_claim_that_asks_for_no_day_is_found() {
    check(
        Fault::ClaimUnasked,
        "before the notice and its waiting time",
    );
}

#[test]
fn believing_a_query_that_failed_is_found() {
    check(Fault::BelieveFailedQuery, "lifted or never executed");
}

#[test]
fn a_dead_end_is_found() {
    check(Fault::NobodySettles, "no way leads from here to the goal");
}
