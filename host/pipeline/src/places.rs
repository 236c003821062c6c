//! Places: the directories that grants name, each for one plugin and one purpose.
//!
//! Comes in: a grant, and those of the plugins that are active. Goes out: a refusal
//! that names both sides, where two of them mean one directory. Always holds:
//! directories are compared by where they really lie, whatever their spelling and
//! through symlinks, as they are when a plugin is installed; the disks are looked at
//! before anything is locked. Deliberately absent: directories inside others, and
//! links that are laid later.

use crate::error::PipelineError;
use credence_plugin_host::{grant::Grant, places};
use credence_store::{RevisionRow, RevisionState};
use std::collections::BTreeMap;

/// Where the directories really lie, by their paths as grants spell them.
pub(crate) type Real = BTreeMap<String, String>;

/// A directory of a grant.
struct Place<'a> {
    plugin: &'a str,
    /// Where it stands in the grant.
    table: String,
    /// As the grant spells it.
    path: &'a str,
}

fn places_of(grant: &Grant) -> impl Iterator<Item = Place<'_>> {
    let plugin = &grant.plugin;
    let out = grant.folders.iter().map(move |(name, folder)| Place {
        plugin,
        table: format!("[folders.{name}]"),
        path: &folder.path,
    });
    let watched = grant.intake.iter().filter_map(move |(feed, intake)| {
        Some(Place {
            plugin,
            table: format!("[intake.{feed}]"),
            path: intake.folder.as_deref()?,
        })
    });
    out.chain(watched)
}

/// The grants of the other plugins that are active. One that cannot be read is of a
/// plugin that is not loaded, and watches nothing.
fn others(grant: &Grant, known: &[RevisionRow]) -> Vec<Grant> {
    known
        .iter()
        .filter(|row| row.state == RevisionState::Active && row.plugin != grant.plugin)
        .filter_map(|row| serde_json::from_value(row.grant.clone()).ok())
        .collect()
}

/// Looks where the directories of these grants lie.
pub(crate) async fn look(grant: &Grant, known: &[RevisionRow]) -> Real {
    let others = others(grant, known);
    let mut real = Real::new();
    for place in others.iter().flat_map(places_of).chain(places_of(grant)) {
        let path = place.path.to_owned();
        real.insert(path.clone(), places::look(path).await);
    }
    real
}

/// Refuses a grant of a directory that it, or another active plugin's grant, names
/// already.
///
/// # Errors
/// [`PipelineError::Refused`], naming both.
pub(crate) fn each_its_own(
    grant: &Grant,
    known: &[RevisionRow],
    real: &Real,
) -> Result<(), PipelineError> {
    // A plugin that came in this very moment is compared by its spelling.
    let at = |place: &Place<'_>| real.get(place.path).cloned().unwrap_or(place.path.into());
    let others = others(grant, known);
    let mut taken: Vec<(String, Place<'_>)> = Vec::new();
    taken.extend(others.iter().flat_map(places_of).map(|p| (at(&p), p)));
    for place in places_of(grant) {
        let real = at(&place);
        if let Some((_, other)) = taken.iter().find(|(at, _)| *at == real) {
            return Err(PipelineError::Refused(format!(
                "{} of plugin `{}` ({}) is the same directory as {} of plugin `{}` ({}): give \
                 each a directory of its own",
                place.table, place.plugin, place.path, other.table, other.plugin, other.path
            )));
        }
        taken.push((real, place));
    }
    Ok(())
}
