//! Reads catalogue files and checks every rule of law that can be checked
//! without a case, naming file, line, field and rule.
//!
//! Comes in: names and texts of files. Goes out: one catalogue with the remarks
//! that only a person can settle, or all faults of all files together, so that a
//! clerk mends them in one go. Always holds: nothing of a faulty set is used;
//! rules that compare entries are asked once every entry could be read, so that
//! one slip does not show as twenty faults.

mod across;
mod editions;
mod entries;
mod entry;
mod legality;
mod place;
mod remarks;

use super::{Catalogue, Fault};
use entries::Entries;
use place::{Faults, Sheet};
use std::collections::BTreeMap;

/// The faults of a set of files; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue breaks {} rule(s):{}", .0.len(), .0.iter().map(|f| format!("\n  {f}")).collect::<String>())]
pub struct CatalogueError(pub Vec<Fault>);

/// Loads a set of files, given as name and text, into one catalogue.
///
/// # Errors
/// Every rule broken, each with its file and line, in the order of the files. A
/// file that is not TOML is one fault, and so is an entry with an unknown,
/// missing or ill-typed field.
pub fn load(files: &[(String, String)]) -> Result<Catalogue, CatalogueError> {
    let mut faults = Faults::default();
    let sheets: Vec<Sheet> = files
        .iter()
        .enumerate()
        .filter_map(|(number, (name, text))| Sheet::read(number, name, text, &mut faults))
        .collect();
    let entries = Entries::read(&sheets, &mut faults);
    let all_read = faults.is_empty();
    entry::check(&entries, &mut faults);
    let mut catalogue = entries.catalogue(&mut faults);
    if all_read {
        across::check(&entries, &catalogue, &mut faults);
        legality::check(&entries, &catalogue, &mut faults);
    }
    if !faults.is_empty() {
        return Err(CatalogueError(faults.in_order()));
    }
    catalogue.triggers = triggers(&catalogue);
    catalogue.remarks = remarks::all(&entries, &catalogue);
    Ok(catalogue)
}

/// Codes of the measures that each item can trigger, in any edition.
fn triggers(catalogue: &Catalogue) -> BTreeMap<String, Vec<String>> {
    let mut triggers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for measure in catalogue.measures.values().flatten() {
        for item in &measure.triggers {
            let codes = triggers.entry(item.clone()).or_default();
            // Editions of one measure follow each other.
            if codes.last() != Some(&measure.code) {
                codes.push(measure.code.clone());
            }
        }
    }
    triggers
}

#[cfg(test)]
mod tests;
