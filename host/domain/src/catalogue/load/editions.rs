//! The editions that files name at their tops.
//!
//! Comes in: their rows. Goes out: the editions in order, each with the day on
//! which the next takes its place. Always holds: on any day at most one edition
//! of a series is in force.

use super::{
    super::{Edition, SubjectKind},
    entries::Placed,
    place::{Faults, Row},
};
use jiff::civil::Date;
use serde::Deserialize;

/// The edition at the top of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionRow {
    pub(super) series: String,
    pub(super) name: String,
    pub(super) in_force_from: Date,
    pub(super) directory: Option<SubjectKind>,
}

fn of_the_file(row: &Row<'_>, edition: &EditionRow, faults: &mut Faults) {
    if row.sheet.rows("edition").len() > 1 {
        let rule = "a file has one `[edition]`, in single brackets, at its top";
        faults.add(row, "edition", rule);
    }
    if edition.directory.is_some() == row.sheet.rows("items").is_empty() {
        let rule = "`directory` stands in a file with [[items]], and only there: \
                    \"organization\" or \"person\" (征集指导目录, one for each)";
        faults.add(row, "directory", rule);
    }
}

/// A file has one edition, a series one edition a day, and an edition one day.
pub(super) fn check(rows: &[Placed<'_, EditionRow>], faults: &mut Faults) {
    for (index, Placed { row, entry }) in rows.iter().enumerate() {
        of_the_file(row, entry, faults);
        for earlier in rows[..index].iter().map(|placed| &placed.entry) {
            if earlier.series != entry.series {
                continue;
            }
            match (
                earlier.name == entry.name,
                earlier.in_force_from == entry.in_force_from,
            ) {
                (true, false) => {
                    let rule = format!(
                        "edition `{}` of `{}` is in force from {} by another file; one edition has \
                         one first day",
                        entry.name, entry.series, earlier.in_force_from
                    );
                    faults.add(row, "in_force_from", rule);
                }
                (false, true) => {
                    let rule = format!(
                        "edition `{}` of `{}` has the same first day; on any day one edition of a \
                         series is in force",
                        earlier.name, entry.series
                    );
                    faults.add(row, "in_force_from", rule);
                }
                (true, true) | (false, false) => {}
            }
        }
    }
}

/// The editions named by all files: one for each series and name, in order, each
/// until the next of its series.
pub(super) fn in_order(rows: &[Placed<'_, EditionRow>]) -> Vec<Edition> {
    let mut editions: Vec<Edition> = Vec::new();
    for Placed { entry, .. } in rows {
        let same = |e: &Edition| e.series == entry.series && e.name == entry.name;
        if !editions.iter().any(same) {
            editions.push(Edition {
                series: entry.series.clone(),
                name: entry.name.clone(),
                in_force_from: entry.in_force_from,
                until: None,
            });
        }
    }
    editions.sort_by(|a, b| (&a.series, a.in_force_from).cmp(&(&b.series, b.in_force_from)));
    for next in 1..editions.len() {
        if editions[next - 1].series == editions[next].series {
            editions[next - 1].until = Some(editions[next].in_force_from);
        }
    }
    editions
}
