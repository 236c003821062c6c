//! Persons, none of whom can exist.
//!
//! In comes a number; out goes a person. Always: the resident number names the province
//! itself (350000), which registers nobody, and a birthday in 1900, which nobody alive
//! has; the name is made of the ten stems and twelve branches and 某, somebody. Absent:
//! any name or number that a person could have.

use crate::codes::resident_number;

const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
const BRANCHES: [&str; 12] = [
    "子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥",
];
/// What every number begins with: the province, and the year.
pub const IMPOSSIBLE: &str = "3500001900";

/// Somebody who cannot exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Visibly invented: 甲子某.
    pub name: String,
    /// A resident number that nobody can have.
    pub number: String,
}

impl Person {
    /// The person of this place in the row of them: below 200,000 who represents an
    /// organization, above them drivers and others. December is the cast's.
    pub(crate) fn nth(n: u32) -> Self {
        let stem = STEMS[n as usize % STEMS.len()];
        let branch = BRANCHES[n as usize / STEMS.len() % BRANCHES.len()];
        let (day, month, sequence) = (1 + n % 28, 1 + n / 28 % 11, 1 + n / 308 % 999);
        Self {
            name: format!("{stem}{branch}某"),
            number: resident_number(&format!("{IMPOSSIBLE}{month:02}{day:02}{sequence:03}")),
        }
    }
}
