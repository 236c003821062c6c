//! What was measured, as medians and ratios, for people and for programs.
//!
//! Comes in: one time per case and round. Goes out: a table or JSON, with the
//! targets and whether they are met.

use crate::target::{Target, middle};
use serde_json::{Value, json};
use std::{fmt::Write as _, time::Duration};

/// A way of making the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// Bare wasmtime, one thread.
    Bare,
    /// Through the host, one thread.
    Hosted,
    /// The service on loopback.
    Loopback,
    /// Bare wasmtime, two threads.
    BareTwice,
    /// Through the host, two threads.
    HostedTwice,
}

impl Case {
    /// In the order of the table.
    pub(crate) const ALL: [Self; 5] = [
        Self::Bare,
        Self::Hosted,
        Self::Loopback,
        Self::BareTwice,
        Self::HostedTwice,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare wasmtime, 1 thread",
            Self::Hosted => "through the host, 1 thread",
            Self::Loopback => "service on loopback, 1 thread",
            Self::BareTwice => "bare wasmtime, 2 threads",
            Self::HostedTwice => "through the host, 2 threads",
        }
    }
}

/// A ratio that has to stay within its bound.
struct Ratio {
    name: &'static str,
    value: f64,
    target: Option<Target>,
}

fn micros(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The rounds of one run.
#[derive(Default)]
pub(crate) struct Run {
    /// Microseconds of one call, by case, for each round.
    rounds: Vec<[f64; Case::ALL.len()]>,
    /// What it takes to make one call durable, apart from the call.
    pub(crate) durable: Vec<Duration>,
}

impl Run {
    /// Keeps one round, in which every case had one turn.
    pub(crate) fn keep(&mut self, measured: Vec<(Case, Duration)>) {
        let mut round = [0.0; Case::ALL.len()];
        for (case, per_call) in measured {
            round[case as usize] = micros(&per_call);
        }
        self.rounds.push(round);
    }

    /// The median over all rounds of what `of` makes of one round.
    fn median(&self, of: impl Fn(&dyn Fn(Case) -> f64) -> f64) -> f64 {
        let each = self.rounds.iter();
        middle(each.map(|round| of(&|case| round[case as usize])))
    }

    fn durable_us(&self) -> f64 {
        middle(self.durable.iter().map(micros))
    }

    fn ratios(&self) -> [Ratio; 5] {
        use Case::{Bare, BareTwice, Hosted, HostedTwice, Loopback};
        let scaling_of_bare = |us: &dyn Fn(Case) -> f64| us(Bare) / us(BareTwice);
        let scaling_of_host = |us: &dyn Fn(Case) -> f64| us(Hosted) / us(HostedTwice);
        [
            Ratio {
                name: "host / bare, 1 thread",
                value: self.median(|us| us(Hosted) / us(Bare)),
                target: Some(Target::AtMost(1.5)),
            },
            Ratio {
                name: "calls by 2 threads / by 1, bare",
                value: self.median(scaling_of_bare),
                target: None,
            },
            Ratio {
                name: "calls by 2 threads / by 1, host",
                value: self.median(scaling_of_host),
                target: None,
            },
            Ratio {
                name: "scaling of host / of bare",
                value: self.median(|us| scaling_of_host(us) / scaling_of_bare(us)),
                target: Some(Target::AtLeast(0.85)),
            },
            Ratio {
                name: "loopback / host, 1 thread",
                value: self.median(|us| us(Loopback) / us(Hosted)),
                target: None,
            },
        ]
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{:<34}{:>10}\n", "one call", "µs, median");
        // Writing to a String cannot fail.
        for case in Case::ALL {
            let _ = writeln!(
                table,
                "{:<34}{:>10.2}",
                case.name(),
                self.median(|us| us(case))
            );
        }
        let durable = "made durable apart, 2 commits";
        let _ = writeln!(table, "{durable:<34}{:>10.2}", self.durable_us());
        let _ = writeln!(table, "\n{:<34}{:>10}  target", "ratio", "median");
        for ratio in self.ratios() {
            let _ = write!(table, "{:<34}{:>10.2}", ratio.name, ratio.value);
            if let Some(target) = ratio.target {
                let _ = write!(table, "  {}", target.judged(ratio.value));
            }
            table.push('\n');
        }
        table
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let medians: serde_json::Map<String, Value> = Case::ALL
            .iter()
            .map(|case| (case.name().to_owned(), json!(self.median(|us| us(*case)))))
            .collect();
        let ratios: Vec<Value> = self
            .ratios()
            .iter()
            .map(|ratio| {
                json!({
                    "name": ratio.name,
                    "value": ratio.value,
                    "target": ratio.target.map(Target::shown),
                    "met": ratio.target.map(|target| target.is_met(ratio.value)),
                })
            })
            .collect();
        json!({
            "rounds": self.rounds.len(),
            "microseconds": medians,
            "durable_microseconds": self.durable_us(),
            "ratios": ratios,
        })
    }
}
