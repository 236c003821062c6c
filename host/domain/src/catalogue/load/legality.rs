//! Whether the bases carry what stands on them (国办发〔2020〕49号).
//!
//! Comes in: entries with their rows, and the catalogue they make. Goes out:
//! faults. Always holds: an entry that is no draft rests on a basis that is in
//! force on the first day of its edition and stands high enough. A draft may
//! stand on too little: it cannot be dispatched.

use super::{
    super::{Basis, Catalogue, Colour, Kind, Level, List, Measure, Scope},
    entries::{Entries, Placed},
    place::{Faults, Row},
};
use jiff::civil::Date;

pub(super) fn check(entries: &Entries<'_>, catalogue: &Catalogue, faults: &mut Faults) {
    for Placed { row, entry } in &entries.bases {
        parent_is_a_law(row, entry, catalogue, faults);
    }
    for Placed { row, entry } in &entries.lists {
        standard_carries_the_list(row, entry, catalogue, faults);
    }
    for Placed { row, entry } in &entries.measures {
        if entry.is_draft() {
            continue;
        }
        let day = catalogue.editions[entry.edition].in_force_from;
        let cited: Vec<&Basis> = entry
            .bases
            .iter()
            .filter_map(|code| catalogue.bases.get(code))
            .collect();
        none_is_repealed(row, &cited, day, faults);
        interpretations_bring_their_law(row, entry, &cited, catalogue, faults);
        one_carries(row, entry, &cited, day, catalogue, faults);
        bidding_bonus_by_law(row, entry, &cited, day, faults);
    }
}

fn parent_is_a_law(row: &Row<'_>, basis: &Basis, catalogue: &Catalogue, faults: &mut Faults) {
    let parent = basis
        .parent
        .as_ref()
        .and_then(|code| catalogue.bases.get(code));
    if parent.is_some_and(|parent| parent.level != Level::Law) {
        let rule = "is no law: a judicial interpretation interprets a law (法律)";
        faults.add(row, "parent", rule);
    }
}

/// Requirement 9. What 49号 asks of a list it asks of those that weigh on their
/// subjects; a red list may rest on any published standard.
fn standard_carries_the_list(
    row: &Row<'_>,
    list: &List,
    catalogue: &Catalogue,
    faults: &mut Faults,
) {
    let Some(standard) = catalogue.bases.get(&list.standard) else {
        return;
    };
    let carries = match (list.colour, list.scope) {
        (Colour::Red, _) => return,
        (Colour::Black, Scope::Local) => standard.level == Level::LocalRegulation,
        // An interpretation passes with its law, which the register holds.
        (Colour::Black, Scope::National) => {
            standard.carries(Kind::List) || standard.level == Level::JudicialInterpretation
        }
    };
    if !carries {
        let needed = match list.scope {
            Scope::Local => "a local list rests on a local regulation (地方性法规)",
            Scope::National => "a list rests on a departmental rule (部门规章) or higher",
        };
        let rule = format!(
            "`{}` is of level {}: {needed} (国办发〔2020〕49号)",
            standard.code,
            standard.level.code()
        );
        faults.add(row, "standard", rule);
    }
}

/// Requirement 14: a repealed basis blocks new use.
fn none_is_repealed(row: &Row<'_>, cited: &[&Basis], day: Date, faults: &mut Faults) {
    for basis in cited {
        if let Some(end) = basis.repealed_on
            && end <= day
        {
            let rule = format!(
                "`{}` is repealed since {end}, before the edition's first day {day}: cite what \
                 took its place, or hold the entry as a draft with `held`",
                basis.code
            );
            faults.add(row, "bases", rule);
        }
    }
}

fn interpretations_bring_their_law(
    row: &Row<'_>,
    measure: &Measure,
    cited: &[&Basis],
    catalogue: &Catalogue,
    faults: &mut Faults,
) {
    for basis in cited {
        if let Some(parent) = &basis.parent
            && basis.level == Level::JudicialInterpretation
            && catalogue.bases.contains_key(parent)
            && !measure.bases.contains(parent)
        {
            let rule = format!(
                "`{}` is a judicial interpretation, which passes only together with its law: cite \
                 `{parent}` as well",
                basis.code
            );
            faults.add(row, "bases", rule);
        }
    }
}

fn one_carries(
    row: &Row<'_>,
    measure: &Measure,
    cited: &[&Basis],
    day: Date,
    catalogue: &Catalogue,
    faults: &mut Faults,
) {
    let carries = |basis: &&Basis| basis.is_in_force(day) && catalogue.can_carry(basis, measure);
    // One that does not exist is a fault already, and might have carried.
    if cited.len() < measure.bases.len() || cited.is_empty() || cited.iter().any(carries) {
        return;
    }
    let levels: Vec<String> = cited
        .iter()
        .map(|basis| {
            let since = match basis.is_in_force(day) {
                true => String::new(),
                false => format!(", not in force on {day}"),
            };
            format!("{} ({}{since})", basis.code, basis.level.code())
        })
        .collect();
    let rule = format!(
        "none of {} carries a measure of kind \"{}\" on the edition's first day {day}: {}; cite \
         what does, or hold the entry as a draft with `held` (国办发〔2020〕49号)",
        levels.join(", "),
        measure.kind.code(),
        needed(measure.kind),
    );
    faults.add(row, "bases", rule);
}

/// What a kind asks of its basis, in words.
fn needed(kind: Kind) -> &'static str {
    match kind {
        Kind::Sanction => {
            "what takes a right away rests on a law, an administrative or local regulation, or a \
             policy of the Central Committee or the State Council"
        }
        Kind::List => {
            "a list rests on a departmental rule or higher, a local list on a local regulation"
        }
        Kind::Incentive | Kind::Classification | Kind::Association => {
            "it rests on at least a normative document"
        }
    }
}

/// Requirement 19.
fn bidding_bonus_by_law(
    row: &Row<'_>,
    measure: &Measure,
    cited: &[&Basis],
    day: Date,
    faults: &mut Faults,
) {
    let by_law = |basis: &&Basis| {
        basis.is_in_force(day)
            && matches!(basis.level, Level::Law | Level::AdministrativeRegulation)
    };
    if measure.bidding_bonus && !cited.iter().any(by_law) {
        let rule = "bonus points in public bidding need a law or an administrative regulation \
                    among the bases (闽政〔2017〕3号)";
        faults.add(row, "bidding_bonus", rule);
    }
}
