//! The list of serious tax violations: entries come, end, and come again.

use crate::house::{Line, actor, repository};

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_came_off_the_list_are_recorded_and_ended_once() {
    let line = Line::start().await;
    let path = repository("plugins/tax/fixtures/violations-ended.json");
    let read = async || {
        line.house
            .ingest("tax", Some("violations"), &path, &actor(), &|_| ())
            .await
            .unwrap()
    };
    let first = read().await;
    assert_eq!(
        (first.rows, first.recorded, first.ended),
        (5, 5, 5),
        "{first:#?}"
    );
    assert!(first.fields_set_aside.is_empty(), "{first:#?}");
    let again = read().await;
    assert_eq!(
        (again.accepted, again.duplicates, again.quarantined),
        (0, 10, 0),
        "{again:#?}"
    );
    line.assert_sound().await;
}
