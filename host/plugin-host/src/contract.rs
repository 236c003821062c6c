//! Contract generation 0.1: its bindings, the rules it lays on plugins, and the
//! conversion to and from the words of the domain.
//!
//! Comes in: domain values. Goes out: domain values, or the rules broken. Always
//! holds: nothing a guest returned reaches the domain unchecked, and no type of
//! the bindings leaves this crate, so that generation 0.2 can stand beside it.

pub(crate) mod bindings;
pub(crate) mod check;
pub(crate) mod convert;

pub use check::Violation;

/// The package that a plugin of this generation imports and exports.
pub const PACKAGE: &str = "credence:department";

/// The newest version of it that this host serves.
pub const VERSION: &str = "0.1.0";

/// The generation that a version belongs to: what journals are tagged with.
pub const GENERATION: u16 = 1;

/// Whether this host serves a contract version: the same 0.x, not newer.
pub(crate) fn is_served(version: &str) -> bool {
    fn parts(text: &str) -> Option<[u32; 3]> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|p| p.parse().ok()).collect();
        numbers?.try_into().ok()
    }
    match (parts(version), parts(VERSION)) {
        (Some(asked), Some(ours)) => asked[..2] == ours[..2] && asked[2] <= ours[2],
        _ => false,
    }
}
