//! Makes CSV text of a workbook (Office Open XML), inside a sandbox.
//!
//! Comes in: the bytes of a workbook, from anyone. Goes out: CSV by RFC 4180 with
//! line feeds, one record a row of the only visible sheet that holds data, so that
//! the number of a record is the number of the row; or the reason why not, in words
//! for the clerk who sent it. Always holds: every entry of the archive was inflated
//! and counted before anything interprets it; nothing of the content stands in a
//! refusal. Deliberately absent: imports of any kind, and guessing: two sheets with
//! data are refused, and a cell is written as the spreadsheet shows it.
//!
//! A limit that this code misses is held by the instance's memory and time.

mod archive;

mod cell;

mod table;

mod workbook;

#[cfg(target_arch = "wasm32")]
mod exported;

pub use workbook::decode;

/// Bytes of a workbook as it is sent.
pub const PACKED: usize = 16 << 20;
/// Bytes of all its parts, as they are really inflated.
pub const UNPACKED: u64 = 128 << 20;
/// Bytes of the text.
pub const TEXT: usize = 32 << 20;
/// Cells that hold something.
pub const CELLS: usize = 4_000_000;
/// Columns of a row.
pub const COLUMNS: u32 = 1_024;
/// Parts of the archive.
pub const PARTS: usize = 4_096;

/// Why there is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No workbook, or a damaged one.
    Damaged,
    /// Encrypted, or of the format before 2007.
    Encrypted,
    /// Beyond a limit.
    TooLarge,
    /// Readable in two ways, or more than data.
    Unclear,
}

/// The refusal of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The case.
    pub reason: Reason,
    /// For the clerk.
    pub text: String,
}

impl Refusal {
    fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self {
            reason,
            text: text.into(),
        }
    }

    fn damaged() -> Self {
        let text = "this is no workbook, or it is damaged or cut off; save it again as .xlsx";
        Self::new(Reason::Damaged, text)
    }
}
