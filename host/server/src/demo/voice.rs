//! How the story is told: lines for people, nothing for programs.

use serde_json::Value;
use std::io::Write as _;

/// Tells the story, or keeps silent for programs.
pub(super) struct Voice {
    pub(super) silent: bool,
    pub(super) colour: bool,
}

impl Voice {
    fn say(&self, text: &str) {
        if !self.silent {
            // A reader who closes the pipe has heard enough.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn title(&self, text: &str) {
        self.say(&self.paint("1", text));
    }

    pub(super) fn step(&self, text: &str) {
        self.say(&format!("\n{}", self.paint("1;36", &format!("▸ {text}"))));
    }

    pub(super) fn fact(&self, name: &str, text: &str) {
        self.say(&format!(
            "  {} {text}",
            self.paint("2", &format!("{name:>10}"))
        ));
    }

    pub(super) fn table(&self, summary: &Value) {
        if self.silent {
            return;
        }
        self.step("In numbers");
        let number = |value: &Value| value.to_string();
        self.fact(
            "records",
            &format!(
                "{} accepted, {} rejected",
                summary["records"]["accepted"], summary["records"]["rejected"]
            ),
        );
        self.fact("cases", &number(&summary["cases"]));
        if let Some(orders) = summary["orders"].as_object() {
            let words: Vec<String> = orders
                .iter()
                .map(|(name, n)| format!("{n} {name}"))
                .collect();
            self.fact("orders", &words.join(", "));
        }
        self.fact(
            "tax",
            &format!(
                "{} effects in its own ledger",
                summary["departments"]["tax"]["effects"]
            ),
        );
        self.fact(
            "log",
            &format!(
                "{} entries, verified {}",
                summary["audit"]["entries"], summary["audit"]["verified"]
            ),
        );
        self.fact("root", summary["audit"]["root"].as_str().unwrap_or("—"));
    }
}
