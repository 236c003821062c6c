//! What a house is expected to make of a province.
//!
//! Comes out, as `expected.json`: for the register and for each delivery the counts that
//! the house's own reports have, and each row that makes no record, with its rule. The
//! register goes first, then the deliveries in their order; another order may find an
//! end before its record. Always: it is written by who made the rows and not by a
//! reader of them. Absent: what becomes of a second reading of the same file, which says
//! nothing new.

use std::collections::BTreeMap;

use serde::Serialize;

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Seed of the province.
    pub seed: u64,
    /// Rows of each main feed that were asked for.
    pub rows: u32,
    /// The extract of the register.
    pub register: RegisterExpected,
    /// The deliveries, in the order in which to read them. Those under `later/` belong
    /// to a later day of the story.
    pub deliveries: Vec<DeliveryExpected>,
}

/// What an import of the register says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RegisterExpected {
    /// Rows, the header not counted.
    pub rows: u64,
    /// Organizations that were not known.
    pub new: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows that are not taken.
    pub refused: u64,
}

/// What the reading of a delivery says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryExpected {
    /// The file, in the directory of the province.
    pub file: &'static str,
    /// The plugin that reads it.
    pub plugin: &'static str,
    /// Its feed.
    pub feed: &'static str,
    /// Rows, with titles, headers and blank ones where the form counts them.
    pub rows: u64,
    /// New records, new versions of known ones, and endings.
    pub accepted: u64,
    /// Of those, new records.
    pub recorded: u64,
    /// Of those, new versions.
    pub revised: u64,
    /// Of those, endings.
    pub ended: u64,
    /// Statements that say nothing new.
    pub duplicates: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Rows kept for a person to look at.
    pub quarantined: u64,
    /// How many rows by each rule, refused or kept.
    pub rules: BTreeMap<&'static str, u64>,
    /// Each of those rows.
    pub lines: Vec<LineExpected>,
}

/// A row that makes no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineExpected {
    /// Its number, from 1.
    pub row: u64,
    /// `rejected` or `quarantined`.
    pub kind: &'static str,
    /// The column at fault, where it is one.
    pub field: Option<&'static str>,
    /// Code of the rule.
    pub rule: &'static str,
    /// What was done to the row.
    pub why: &'static str,
}
