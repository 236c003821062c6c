//! What a step does to its order.
//!
//! In comes a step that stands in `steps` as waiting, with the ruling on it; out go, in the transaction
//! of the caller, the new state of its order, the effect if there is one, and the
//! feedback. Always: an effect is written only where a state really changes.
//! Absent: commits.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::{LedgerError, Ruling, Step, Tx, Verb};

/// What a verb does to an order in a state.
#[derive(Debug, PartialEq)]
enum Deed {
    /// The state changes: an effect.
    Change(&'static str),
    /// The state asked for holds already.
    Holds,
    /// There is nothing here that the step could touch.
    NotApplicable(&'static str),
    /// It may not be done.
    Refused(&'static str),
}

fn deed(verb: Verb, state: Option<&str>) -> Deed {
    match (verb, state) {
        (Verb::Apply, None) => Deed::Change("in-force"),
        (Verb::Apply, Some("lifted")) => Deed::Refused("the order was lifted before"),
        (Verb::Apply, Some(_)) => Deed::Holds,
        (Verb::Suspend, Some("in-force")) => Deed::Change("suspended"),
        (Verb::Suspend, Some("suspended")) => Deed::Holds,
        (Verb::Resume, Some("suspended")) => Deed::Change("in-force"),
        (Verb::Resume, Some("in-force")) => Deed::Holds,
        (Verb::Suspend | Verb::Resume, _) => Deed::NotApplicable("the measure is not in force"),
        (Verb::Lift, Some("in-force" | "suspended")) => Deed::Change("lifted"),
        (Verb::Lift, _) => Deed::Holds,
    }
}

/// Carries out a step that stands in `steps` as waiting.
pub(super) async fn act(
    tx: &mut Tx,
    step: &Step,
    ruling: &Ruling,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let order: Option<(String, Option<String>)> =
        sqlx::query_as("SELECT state, reference FROM orders WHERE order_key = ?")
            .bind(&step.order_key)
            .fetch_optional(&mut **tx)
            .await?;
    let (state, mut reference) = order.unzip();
    let at = beijing(now);
    let (told, reason, left) = match deed(step.verb, state.as_deref()) {
        _ if !ruling.acts() => (ruling.code(), ruling.reason(), None),
        Deed::Change(to) => {
            reference = Some(Some(record(tx, step, &at).await?));
            (ruling.state_when_done(), ruling.reason(), Some(to))
        }
        // Lifted without ever being applied: an apply that comes late must not act.
        Deed::Holds if step.verb == Verb::Lift => ("done", None, Some("lifted")),
        Deed::Holds => ("done", None, None),
        Deed::NotApplicable(why) => ("not-applicable", Some(why), None),
        Deed::Refused(why) => ("refused", Some(why), None),
    };
    let reference = reference.flatten();
    if let Some(left) = left {
        sqlx::query(
            "INSERT INTO orders (order_key, state, reference) VALUES (?1, ?2, ?3)
             ON CONFLICT (order_key) DO UPDATE SET state = ?2, reference = ?3",
        )
        .bind(&step.order_key)
        .bind(left)
        .bind(&reference)
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query(
        "UPDATE steps SET state = ?, reason = ?, reference = ?, at = ?, due_ms = NULL
         WHERE key = ?",
    )
    .bind(told)
    .bind(reason)
    .bind(reference)
    .bind(at)
    .bind(&step.key)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes an effect and gives it a reference.
async fn record(tx: &mut Tx, step: &Step, at: &str) -> Result<String, LedgerError> {
    let reference: String = sqlx::query_scalar(
        "INSERT INTO ledger (key, verb, measure, subject, at, reference)
         VALUES (?, ?, ?, ?, ?,
                 printf('R-%06d', (SELECT coalesce(max(seq), 0) + 1 FROM ledger)))
         RETURNING reference",
    )
    .bind(&step.key)
    .bind(step.verb.code())
    .bind(&step.measure)
    .bind(step.subject.to_string())
    .bind(at)
    .fetch_one(&mut **tx)
    .await?;
    Ok(reference)
}

/// A whole second of Beijing time, as `2026-01-05T10:00:00+08:00`.
fn beijing(now: Timestamp) -> String {
    let local = Offset::constant(8).to_datetime(now);
    format!("{}+08:00", local.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_and_states() {
        let states = [None, Some("in-force"), Some("suspended"), Some("lifted")];
        let table = |verb| states.map(|state| deed(verb, state));
        let not_in_force = || Deed::NotApplicable("the measure is not in force");
        assert_eq!(
            table(Verb::Apply),
            [
                Deed::Change("in-force"),
                Deed::Holds,
                Deed::Holds,
                Deed::Refused("the order was lifted before")
            ]
        );
        assert_eq!(
            table(Verb::Suspend),
            [
                not_in_force(),
                Deed::Change("suspended"),
                Deed::Holds,
                not_in_force()
            ]
        );
        assert_eq!(
            table(Verb::Resume),
            [
                not_in_force(),
                Deed::Holds,
                Deed::Change("in-force"),
                not_in_force()
            ]
        );
        assert_eq!(
            table(Verb::Lift),
            [
                Deed::Holds,
                Deed::Change("lifted"),
                Deed::Change("lifted"),
                Deed::Holds
            ]
        );
    }

    #[test]
    fn beijing_is_eight_hours_ahead() {
        let now: Timestamp = "2026-01-04T18:30:05.9Z".parse().unwrap();
        assert_eq!(beijing(now), "2026-01-05T02:30:05+08:00");
    }
}
