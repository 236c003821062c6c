//! The forms in which departments deliver.
//!
//! In come lines; out go bytes. Always: each writer writes what it is given, well formed
//! or not, since what is not well formed is part of what a reader meets. Absent: what a
//! line comes to.

pub(crate) mod json;
pub(crate) mod table;
pub(crate) mod workbook;
pub(crate) mod xml;

/// What a hazard does to a row that has been written.
fn rewritten(written: String, change: Option<(&str, &str)>) -> String {
    match change {
        None => written,
        Some((from, to)) => written.replacen(from, to, 1),
    }
}
