//! How a scenario is told while it is played: lines for people, nothing for programs.

use credence_domain::time::BEIJING;
use jiff::Timestamp;
use std::io::Write as _;

/// Lines of a command's answer that a story shows.
const SHOWN: usize = 20;

/// Tells the story, or keeps silent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    pub(crate) silent: bool,
    pub(crate) colour: bool,
}

impl Voice {
    /// One that says nothing.
    pub(crate) const SILENT: Self = Self {
        silent: true,
        colour: false,
    };

    fn line(&self, text: &str) {
        if !self.silent {
            // A reader who closes the pipe has heard enough.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.colour {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    pub(crate) fn title(&self, text: &str) {
        self.line(&self.paint("1", text));
    }

    /// A heading.
    pub(crate) fn step(&self, text: &str) {
        self.line(&format!("\n{}", self.paint("1;36", &format!("▸ {text}"))));
    }

    /// A sentence.
    pub(crate) fn say(&self, text: &str) {
        self.line(&format!("  {text}"));
    }

    /// Something on the way.
    pub(crate) fn note(&self, text: &str) {
        self.line(&format!("  {}", self.paint("2", text)));
    }

    pub(super) fn passed(&self, text: &str, now: Timestamp) {
        let now = BEIJING
            .to_datetime(now)
            .strftime("%Y-%m-%d %H:%M")
            .to_string();
        self.note(&format!("⏱ {text}: it is {now}"));
    }

    pub(super) fn switched(&self, department: &str, mode: &str) {
        self.note(&format!(
            "⚠ from now on the system of {department} is made to behave: {mode}"
        ));
    }

    /// A command, as it would be typed, and what it answered.
    pub(super) fn command(&self, text: &str, said: &str) {
        let text = text.trim_start_matches("! ");
        self.line(&format!("  {}", self.paint("33", &format!("$ {text}"))));
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        for line in lines.iter().take(SHOWN) {
            self.line(&format!("    {line}"));
        }
        if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            self.note(&format!("  … {more} more line(s)"));
        }
    }

    /// A name and what it is.
    pub(crate) fn fact(&self, name: &str, text: &str) {
        self.line(&format!(
            "  {} {text}",
            self.paint("2", &format!("{name:>10}"))
        ));
    }
}
