//! What the program says: tables and JSON on standard output, errors and
//! warnings on standard error.
//!
//! Comes in: views and errors. Goes out: text. Always holds: with `--json`
//! standard output has one JSON value and nothing else, whatever happens (a command
//! that answers for each of a list has one a line); a pipe that was closed is no
//! error; colour only on a terminal that wants it; what is kept for a scenario is
//! what a terminal would show.

use anyhow::Context as _;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;
use std::{
    io::{self, ErrorKind, IsTerminal as _, Write},
    panic::Location,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

/// Status of a command line that cannot be understood.
pub(crate) const MISUSE: u8 = 2;

/// An error for a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) causes: Vec<String>,
}

impl From<&anyhow::Error> for Failure {
    fn from(error: &anyhow::Error) -> Self {
        let mut texts: Vec<String> = error.chain().map(ToString::to_string).collect();
        // Some errors repeat the words of what lies behind them.
        texts.dedup();
        let causes = texts.split_off(1);
        Self {
            error: texts.concat(),
            causes,
        }
    }
}

/// Whether this stream gets colour.
pub(crate) fn wants_colour(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How the program speaks.
#[derive(Debug, Clone)]
pub(crate) struct Tell {
    json: bool,
    colour: bool,
    /// Where everything goes instead of to the two streams.
    kept: Option<Kept>,
}

/// What was said, kept for whoever ran the command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// What was said since the last time.
    pub(crate) fn take(&self) -> String {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&std::mem::take(&mut *said)).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tell {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            colour: wants_colour(io::stderr().is_terminal()),
            kept: None,
        }
    }

    /// Speaks into `kept`, answers and errors in the order in which they come.
    pub(crate) fn into(json: bool, kept: &Kept) -> Self {
        Self {
            json,
            colour: false,
            kept: Some(kept.clone()),
        }
    }

    fn out(&self, text: &str) -> io::Result<()> {
        match self.kept.clone() {
            Some(mut kept) => line_to(&mut kept, text),
            None => line_to(&mut io::stdout().lock(), text),
        }
    }

    /// Whether a program reads what is said.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.json
    }

    /// Prints the answer of a command: the value for programs, the words for people.
    pub(crate) fn show<T: Serialize>(
        &self,
        value: &T,
        words: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let text = match self.json {
            true => serde_json::to_string(value).context("the answer cannot be written as JSON")?,
            false => words(value),
        };
        self.out(&text).context("cannot write to standard output")
    }

    /// Prints some of the answers of a command that gives one for each of a list.
    /// `false`: nobody reads them any more, so that the rest is not worth finding.
    pub(crate) fn lines(&self, text: &str) -> anyhow::Result<bool> {
        let written = match self.kept.clone() {
            Some(mut kept) => writeln!(kept, "{text}"),
            None => {
                let mut out = io::stdout().lock();
                writeln!(out, "{text}").and_then(|()| out.flush())
            }
        };
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            other => other
                .map(|()| true)
                .context("cannot write to standard output"),
        }
    }

    /// Prints an answer that people were told in another way.
    pub(crate) fn show_to_programs<T: Serialize>(&self, value: &T) -> anyhow::Result<()> {
        if self.json {
            self.show(value, |_| String::new())
        } else {
            Ok(())
        }
    }

    /// Something to know although the command did its work.
    pub(crate) fn warn(&self, error: &anyhow::Error) {
        self.error_text("warning", "33", &Failure::from(error));
    }

    /// Why the command did not do its work.
    pub(crate) fn failure(&self, error: &anyhow::Error) {
        let failure = Failure::from(error);
        self.error_text("error", "31", &failure);
        self.error_json(&failure);
    }

    /// The same, where the answer on standard output holds the failure already.
    pub(crate) fn failure_beside_answer(&self, failure: &Failure) {
        self.error_text("error", "31", failure);
    }

    /// A command line that cannot be understood, or that asks for help.
    pub(crate) fn misuse(&self, error: &clap::Error) -> ExitCode {
        // A closed pipe is no error.
        let _ = error.print();
        if !error.use_stderr() {
            return ExitCode::SUCCESS;
        }
        let text = error.to_string();
        let text = text
            .strip_prefix("error: ")
            .unwrap_or(&text)
            .trim_end()
            .to_owned();
        self.error_json(&Failure {
            error: text,
            causes: Vec::new(),
        });
        ExitCode::from(MISUSE)
    }

    /// A panic, as it happens: a fault of this program. Its message is not shown,
    /// since it may quote what a row holds.
    pub(crate) fn defect(&self, place: Option<&Location<'_>>) {
        let place = place.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        self.error_text("error", "31", &defect(&place));
    }

    /// The same for programs, once it has ended the command.
    pub(crate) fn stopped_by_defect(&self) {
        self.error_json(&defect("the place named on standard error"));
    }

    fn error_text(&self, word: &str, colour: &str, failure: &Failure) {
        let text = error_text(word, self.colour.then_some(colour), failure);
        // Nobody is left to tell if standard error is closed.
        let _ = match self.kept.clone() {
            Some(mut kept) => line_to(&mut kept, &text),
            None => line_to(&mut io::stderr().lock(), &text),
        };
    }

    fn error_json(&self, failure: &Failure) {
        if self.json
            && let Ok(text) = serde_json::to_string(failure)
        {
            let _ = self.out(&text);
        }
    }
}

fn defect(place: &str) -> Failure {
    Failure {
        error: format!("credence has a defect at {place}; what was committed before stands"),
        causes: vec!["please report this line and the command; then try again".to_owned()],
    }
}

/// `error: …`, then each cause on its line.
fn error_text(word: &str, colour: Option<&str>, failure: &Failure) -> String {
    let mut text = match colour {
        Some(colour) => format!("\x1b[1;{colour}m{word}:\x1b[0m {}", failure.error),
        None => format!("{word}: {}", failure.error),
    };
    for cause in &failure.causes {
        text += "\n  because ";
        text += &cause.replace('\n', "\n    ");
    }
    text
}

fn line_to(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// How far a file has been read: a bar on standard error, and nothing where that
/// is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Steps of the bar.
    const STEPS: u64 = 1000;

    /// The bar of one file.
    pub(crate) fn of(file: &str) -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} %")?;
        let bar = ProgressBar::new(Self::STEPS).with_style(style);
        Ok(Self(bar.with_message(file.to_owned())))
    }

    /// The share of the file that is done, 0 to 1.
    pub(crate) fn reached(&self, share: f64) {
        self.0.set_position((share * Self::STEPS as f64) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Rows under a header, in columns.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    columns(Some(header.map(str::to_uppercase)), rows)
}

/// Names with their values, one a line. An empty value is left out.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    columns(
        None,
        filled.map(|(name, value)| [format!("{name}:"), value.clone()]),
    )
}

fn columns<const N: usize>(
    header: Option<[String; N]>,
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(header) = header {
        table.set_header(header);
    }
    table.add_rows(rows);
    let count = table.column_count();
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if place + 1 == count { 0 } else { 2 }));
    }
    table.trim_fmt()
}

/// An instant as people in China read it.
pub(crate) fn moment(at: Timestamp) -> String {
    format!("{}+08:00", credence_domain::time::civil_moment(at))
}

/// Words where there is a value, nothing where there is none.
pub(crate) fn or_blank(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing() -> anyhow::Error {
        anyhow::anyhow!("disk full\nat once")
            .context("cannot write x")
            .context("nothing was done")
    }

    #[test]
    fn an_error_is_told_with_its_causes_indented() {
        let failure = Failure::from(&failing());
        let text =
            "error: nothing was done\n  because cannot write x\n  because disk full\n    at once";
        assert_eq!(error_text("error", None, &failure), text);
        let coloured = error_text("warning", Some("33"), &failure);
        assert!(
            coloured.starts_with("\x1b[1;33mwarning:\x1b[0m nothing was done\n"),
            "{coloured:?}"
        );
    }

    #[test]
    fn an_error_for_programs_has_its_causes_apart() {
        let json = serde_json::to_string(&Failure::from(&failing())).unwrap();
        let text =
            r#"{"error":"nothing was done","causes":["cannot write x","disk full\nat once"]}"#;
        assert_eq!(json, text);
    }

    #[test]
    fn chinese_counts_two_columns() {
        let rows = [["列入名单", "x"], ["ab", "y"]].map(|row| row.map(str::to_owned));
        assert_eq!(
            table(["title", "n"], rows),
            "TITLE     N\n列入名单  x\nab        y"
        );
        let pairs = [
            ("case", "闽信联".to_owned()),
            ("empty", String::new()),
            ("n", "1".to_owned()),
        ];
        assert_eq!(fields(&pairs), "case:  闽信联\nn:     1");
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        struct Gives(ErrorKind);
        impl Write for Gives {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(line_to(&mut Gives(ErrorKind::BrokenPipe), "x").is_ok());
        assert!(line_to(&mut Gives(ErrorKind::StorageFull), "x").is_err());
    }
}
