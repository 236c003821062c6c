//! Rows against their entries, both ways.
//!
//! In: a row and the commitment that its last entry holds, or the lack of either.
//! Out: a finding, or none. Always: for each object exactly one of "fits", "row
//! without entry", "entry without row" and "row differs". Absent: finding the rows
//! and entries; the store walks both and asks here about each object once.

use crate::commitment::{Salt, commit_bytes};
use crate::event::ObjectRef;
use crate::finding::Finding;
use crate::tree::root_over;

/// Checks one object.
///
/// `expected_after` is the `after` of the newest entry that changed the object's row:
/// `None` if there is no such entry, or if that entry removed the row. `salt` is that
/// entry's salt, and not looked at without one. `row` is the row's canonical JSON
/// ([`crate::canonical`]), `None` if there is no row.
#[must_use]
pub fn check_object(
    object: &ObjectRef,
    expected_after: Option<&str>,
    salt: &Salt,
    row: Option<&[u8]>,
) -> Option<Finding> {
    let object = object.clone();
    match (expected_after, row) {
        (None, None) => None,
        (None, Some(_)) => Some(Finding::RowWithoutEntry { object }),
        (Some(_), None) => Some(Finding::EntryWithoutRow { object }),
        (Some(expected), Some(row)) => {
            (commit_bytes(salt, row) != expected).then_some(Finding::RowDiffers { object })
        }
    }
}

/// Checks the rows under one entry, such as those of an ingest chunk, against the
/// root (hex) that the entry's event holds. `leaves` are what the root was made over,
/// in the same order; see [`root_over`].
#[must_use]
pub fn check_rows<L: AsRef<[u8]>>(
    object: &ObjectRef,
    expected_root: &str,
    leaves: impl IntoIterator<Item = L>,
) -> Option<Finding> {
    let differs = hex::encode(root_over(leaves)) != expected_root;
    differs.then(|| Finding::RowsDiffer {
        object: object.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_way_in_which_row_and_entry_disagree() {
        let salt = Salt([3; 32]);
        let object = || ObjectRef::new("case", "c1");
        let after = commit_bytes(&salt, b"{\"state\":\"open\"}");
        let row = |text: &'static str| Some(text.as_bytes());
        let check = |after, row| check_object(&object(), after, &salt, row);

        assert_eq!(check(None, None), None);
        assert_eq!(check(Some(&after), row(r#"{"state":"open"}"#)), None);
        assert_eq!(
            check(Some(&after), row(r#"{"state":"shut"}"#)),
            Some(Finding::RowDiffers { object: object() })
        );
        assert_eq!(
            check(Some(&after), None),
            Some(Finding::EntryWithoutRow { object: object() })
        );
        assert_eq!(
            check(None, row("{}")),
            Some(Finding::RowWithoutEntry { object: object() })
        );
        assert_eq!(
            check_object(
                &object(),
                Some(&after),
                &Salt([4; 32]),
                row(r#"{"state":"open"}"#)
            ),
            Some(Finding::RowDiffers { object: object() })
        );
    }

    #[test]
    fn names_a_chunk_whose_rows_changed() {
        let chunk = ObjectRef::new("chunk", "f1/0");
        let rows = ["r0", "r1", "r2"];
        let root = hex::encode(root_over(rows));
        let differ = Some(Finding::RowsDiffer {
            object: chunk.clone(),
        });
        assert_eq!(check_rows(&chunk, &root, rows), None);
        assert_eq!(check_rows(&chunk, &root, ["r0", "r2"]), differ);
        assert_eq!(check_rows(&chunk, &root, ["r0", "r2", "r1"]), differ);
        assert_eq!(check_rows(&chunk, &root, ["r0", "r1", "rX"]), differ);
        assert_eq!(check_rows(&chunk, &root, [""; 0]), differ);
    }
}
