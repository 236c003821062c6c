//! The workbooks of the fixtures, and where they come from.
//!
//! A workbook cannot be read in a diff, so its source stands here: cell by cell, as
//! a clerk's program would have written it. Out come `fixtures/NAME.xlsx` as a
//! department sends it, and `fixtures/NAME.csv`, the text that the host's decoder
//! hands on, persons masked. Always: the files committed are those that this source
//! makes; `CREDENCE_BLESS=1 cargo test` writes them. The host's tests hold the
//! decoder to the texts; this crate's tests read them.

mod honours;
mod sheet;
mod wage;

use sheet::Sheet;
use std::path::{Path, PathBuf};

fn fixture(name: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
        .with_extension(ending)
}

/// # Panics
/// If the committed file is another one.
fn check(name: &str, ending: &str, made: &[u8]) {
    let path = fixture(name, ending);
    if std::env::var_os("CREDENCE_BLESS").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let committed = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; write it by CREDENCE_BLESS=1", path.display())
    });
    assert!(
        committed == made,
        "{} is not what its source makes; write it by CREDENCE_BLESS=1",
        path.display()
    );
}

fn check_sheet(name: &str, sheet: &Sheet) {
    check(name, "csv", sheet.csv().as_bytes());
    check(name, "xlsx", &sheet.xlsx());
}

#[test]
fn workbooks_are_what_their_sources_make() {
    check_sheet("wage-arrears-hazards", &wage::hazards());
    check_sheet("wage-arrears-removal", &wage::removal());
    check_sheet("wage-arrears-yuan", &wage::in_yuan());
    check_sheet("honours-hazards", &honours::hazards());
}
