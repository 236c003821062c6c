//! What was measured, for people and for programs.
//!
//! Comes in: rates of the two sides of a comparison, round by round. Goes out: a
//! table or JSON.

use crate::target::{Target, middle};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Two ways of doing the same work.
pub(crate) struct Comparison {
    /// What is done, and the unit of the rates: `penalties of tax, rows`.
    pub(crate) what: String,
    /// The house's way, in the table.
    pub(crate) house: &'static str,
    /// The way it is held against.
    pub(crate) plain: &'static str,
    /// What `house / plain` has to keep.
    pub(crate) target: Option<Target>,
    /// Rates a second, of the house and of the plain way, for each round.
    pub(crate) rounds: Vec<(f64, f64)>,
}

impl Comparison {
    fn house_rate(&self) -> f64 {
        middle(self.rounds.iter().map(|(house, _)| *house))
    }

    fn plain_rate(&self) -> f64 {
        middle(self.rounds.iter().map(|(_, plain)| *plain))
    }

    fn ratio(&self) -> f64 {
        middle(self.rounds.iter().map(|(house, plain)| house / plain))
    }
}

/// All comparisons of a run.
#[derive(Default)]
pub(crate) struct Shown(Vec<Comparison>);

impl Shown {
    pub(crate) fn add(&mut self, comparison: Comparison) {
        self.0.push(comparison);
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        // Writing to a String cannot fail.
        for one in &self.0 {
            let _ = writeln!(table, "{}, median of {} rounds", one.what, one.rounds.len());
            let _ = writeln!(table, "  {:<44}{:>12.0} /s", one.house, one.house_rate());
            let _ = writeln!(table, "  {:<44}{:>12.0} /s", one.plain, one.plain_rate());
            let _ = write!(table, "  {:<44}{:>12.2}", "ratio", one.ratio());
            if let Some(target) = one.target {
                let _ = write!(table, "     {}", target.judged(one.ratio()));
            }
            table.push_str("\n\n");
        }
        table
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let each = self.0.iter().map(|one| {
            json!({
                "what": one.what,
                "rounds": one.rounds.len(),
                "house": { "way": one.house, "per_second": one.house_rate() },
                "plain": { "way": one.plain, "per_second": one.plain_rate() },
                "ratio": one.ratio(),
                "target": one.target.map(Target::shown),
                "met": one.target.map(|target| target.is_met(one.ratio())),
            })
        });
        Value::Array(each.collect())
    }
}
