//! Workbooks of the departments, held against the texts that their plugins are
//! tried on.
//!
//! In come `plugins/*/fixtures/NAME.xlsx` and `NAME.csv`. Always: the text is what
//! this decoder makes, cell by cell, so that a plugin that reads its fixtures reads
//! its deliveries. A person's number stands in the workbook; in the text stands the
//! token that the host puts in its place later.

use credence_decoder_xlsx::decode;
use std::path::{Path, PathBuf};

fn workbooks() -> Vec<PathBuf> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../plugins");
    let folders = std::fs::read_dir(plugins).unwrap();
    let mut found = Vec::new();
    for folder in folders {
        let Ok(files) = std::fs::read_dir(folder.unwrap().path().join("fixtures")) else {
            continue;
        };
        let files = files.map(|file| file.unwrap().path());
        found.extend(files.filter(|path| path.extension().is_some_and(|end| end == "xlsx")));
    }
    found
}

/// Tokens, and the numbers of invented persons: nobody was born in 1900 in a
/// province as such.
fn masked(line: &str) -> String {
    let cells = line.split(',').map(|cell| {
        let starts = ["350000190001", "Z00000000000"].map(|start| cell.starts_with(start));
        match cell.len() == 18 && starts.contains(&true) {
            true => "PERSON",
            false => cell,
        }
    });
    cells.collect::<Vec<_>>().join(",")
}

#[test]
fn the_workbooks_of_the_departments_are_their_texts() {
    let workbooks = workbooks();
    assert!(!workbooks.is_empty());
    for path in workbooks {
        let expected = std::fs::read_to_string(path.with_extension("csv")).unwrap();
        let text = decode(&std::fs::read(&path).unwrap())
            .unwrap_or_else(|refusal| panic!("{}: {refusal:?}", path.display()));
        for (at, (found, expected)) in text.lines().zip(expected.lines()).enumerate() {
            assert_eq!(
                masked(found),
                masked(expected),
                "{}: line {}",
                path.display(),
                at + 1
            );
        }
        assert_eq!(
            text.lines().count(),
            expected.lines().count(),
            "{}",
            path.display()
        );
    }
}
