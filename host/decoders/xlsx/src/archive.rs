//! The archive that a workbook is, looked through before anyone reads in it.
//!
//! Always holds: what counts is what really comes out of each part, never what its
//! header says.

use crate::{PACKED, PARTS, Reason, Refusal, UNPACKED};
use std::io::{Cursor, Read};
use zip::{ZipArchive, result::ZipError};

/// How the files of Office before 2007 begin, and encrypted ones of today.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// Where macros lie.
const MACROS: &str = "vbaproject.bin";
/// Bytes inflated at once.
const STEP: usize = 64 * 1024;

/// Inflates every part once and counts.
pub(crate) fn look_through(packed: &[u8]) -> Result<(), Refusal> {
    if packed.len() > PACKED {
        let text = format!("the workbook has more than {} MiB", PACKED >> 20);
        return Err(Refusal::new(Reason::TooLarge, text));
    }
    if packed.starts_with(&COMPOUND) {
        let text = "the workbook is encrypted, or in the format before 2007 (.xls); save it \
                    without a password as .xlsx";
        return Err(Refusal::new(Reason::Encrypted, text));
    }
    let mut archive = ZipArchive::new(Cursor::new(packed)).map_err(|_| Refusal::damaged())?;
    if archive.len() > PARTS {
        let text = format!("the workbook has more than {PARTS} parts");
        return Err(Refusal::new(Reason::TooLarge, text));
    }
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        left -= inflate(&mut archive, index, left)?;
    }
    Ok(())
}

/// Inflates one part of at most `most` bytes; gives what really came.
fn inflate(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    most: u64,
) -> Result<u64, Refusal> {
    let part = match archive.by_index(index) {
        Ok(part) => part,
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
            let text = "the workbook is encrypted; save it without a password";
            return Err(Refusal::new(Reason::Encrypted, text));
        }
        Err(_) => return Err(Refusal::damaged()),
    };
    let name = part.name();
    if name.to_ascii_lowercase().ends_with(MACROS) {
        let text = "the workbook holds macros; save it without them as .xlsx";
        return Err(Refusal::new(Reason::Unclear, text));
    }
    let declared = part.size();
    let mut part = part.take(most + 1);
    let mut some = [0; STEP];
    let mut came = 0;
    loop {
        // The check sum is compared at the end.
        match part.read(&mut some).map_err(|_| Refusal::damaged())? {
            0 => break,
            read => came += read as u64,
        }
    }
    if came > most {
        let text = format!("the workbook unpacks to more than {} MiB", UNPACKED >> 20);
        return Err(Refusal::new(Reason::TooLarge, text));
    }
    match came == declared {
        true => Ok(came),
        false => Err(Refusal::damaged()),
    }
}
