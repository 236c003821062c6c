//! Notices of the State Council, imported: the year is known afterwards, here, in
//! other processes and after a restart; whatever goes wrong, importing again
//! mends it.

use crate::house::{actor, open};
use credence_domain::{calendar::Day, span::Span};
use credence_pipeline::{ChangedDay, House, Imported, PipelineError, SetClock, calendar_of};
use jiff::civil::{Date, date};
use std::{fs, path::PathBuf, sync::Arc};

const NOTICE: &str = r#"year = 2027
notice = "国务院办公厅关于2027年部分节假日安排的通知"
issued_on = "2026-11-20"

[[off]]
name = "元旦"
from = "2026-12-31"
to = "2027-01-02"
worked = ["2026-12-27"]
"#;

struct Place {
    _dir: tempfile::TempDir,
    data: PathBuf,
    clock: Arc<SetClock>,
    house: Arc<House>,
}

impl Place {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let clock = Arc::new(SetClock::at("2026-11-23T02:00:00Z".parse().unwrap()));
        let house = open(&data, &clock).await;
        Self {
            _dir: dir,
            data,
            clock,
            house,
        }
    }

    async fn import(&self, text: &str) -> Result<Imported, PipelineError> {
        self.house
            .import_notice("notice.toml", text, &actor())
            .await
    }

    /// Entries of the log, none of them wrong.
    async fn entries(&self) -> u64 {
        self.house.seal().await.unwrap();
        let report = self.house.verify().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        report.log.entries
    }

    /// Notices kept in the data directory.
    fn kept(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.data.join("calendar")) else {
            return Vec::new();
        };
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .collect()
    }
}

fn seven_days_after(house: &House, start: Date) -> (Date, bool) {
    let due = house.calendar().after(start, Span::WorkingDays(7)).unwrap();
    (due.date, due.provisional)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_notice_makes_its_year_known_here_elsewhere_and_after_a_restart() {
    let place = Place::new().await;
    let start = date(2026, 12, 29);
    assert_eq!(
        seven_days_after(&place.house, start),
        (date(2027, 1, 7), true)
    );
    let other = open(&place.data, &place.clock).await;
    let before = place.entries().await;
    let imported = place.import(NOTICE).await.unwrap();
    let known = Imported {
        year: 2027,
        notice: "国务院办公厅关于2027年部分节假日安排的通知".to_owned(),
        number: None,
        unchanged: false,
        newly_known: true,
        changed: vec![
            ChangedDay {
                date: date(2026, 12, 27),
                day: Day::Working,
            },
            ChangedDay {
                date: date(2026, 12, 31),
                day: Day::Rest,
            },
        ],
    };
    assert_eq!(imported, known);
    assert_eq!(place.entries().await, before + 1);
    let due = (date(2027, 1, 11), false);
    assert_eq!(seven_days_after(&place.house, start), due);
    assert_eq!(seven_days_after(&other, start), (date(2027, 1, 7), true));
    other.sweep().await.unwrap();
    assert_eq!(
        seven_days_after(&other, start),
        due,
        "taken up by its sweep"
    );
    let again = open(&place.data, &place.clock).await;
    assert_eq!(
        seven_days_after(&again, start),
        due,
        "there after a restart"
    );
    assert_eq!(calendar_of(&place.data).unwrap(), *again.calendar());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_notice_again_changes_nothing_and_is_no_entry() {
    let place = Place::new().await;
    place.import(NOTICE).await.unwrap();
    let entries = place.entries().await;
    let again = place.import(NOTICE).await.unwrap();
    assert!(again.unchanged && !again.newly_known && again.changed.is_empty());
    // Other words, the same days.
    let again = place.import(&format!("# again\n{NOTICE}")).await.unwrap();
    assert!(again.unchanged);
    assert_eq!((place.entries().await, place.kept().len()), (entries, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_breaks_rules_or_contradicts_leaves_nothing() {
    let place = Place::new().await;
    place.import(NOTICE).await.unwrap();
    let entries = place.entries().await;
    let faulty = place
        .import(&NOTICE.replace("2026-12-27", "2026-12-28"))
        .await;
    let told = faulty.unwrap_err().to_string();
    assert!(told.contains("notice.toml:9: worked:"), "{told}");
    let contradicts = place
        .import(&NOTICE.replace("2027-01-02", "2027-01-03"))
        .await;
    let told = contradicts.unwrap_err().to_string();
    assert!(told.contains("amends = true"), "{told}");
    let too_early = NOTICE.replace("2027", "2028").replace("2026", "2027");
    let too_early = place
        .import(&too_early.replace("[[off]]", "amends = true\n[[off]]"))
        .await;
    let told = too_early.unwrap_err().to_string();
    assert!(told.contains("the year's own notice first"), "{told}");
    assert_eq!((place.entries().await, place.kept().len()), (entries, 1));
}

/// The entry is committed before the file gets its name: a crash between both.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_file_has_its_name_is_mended_by_importing_again() {
    let place = Place::new().await;
    place.import(NOTICE).await.unwrap();
    let kept = place.kept().remove(0);
    fs::rename(&kept, place.data.join("calendar/draft")).unwrap();
    let reopened = open(&place.data, &place.clock).await;
    assert!(!reopened.calendar().is_known(2027), "a draft is not read");
    let entries = place.entries().await;
    let imported = reopened.import_notice("x", NOTICE, &actor()).await.unwrap();
    assert!(imported.newly_known);
    assert_eq!(place.kept(), [kept]);
    assert_eq!(place.entries().await, entries + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_imports_at_once_one_is_refused() {
    let place = Place::new().await;
    let dir = place.data.join("calendar");
    fs::create_dir_all(&dir).unwrap();
    let lock = fs::File::create(dir.join("lock")).unwrap();
    lock.lock().unwrap();
    let told = place.import(NOTICE).await.unwrap_err().to_string();
    assert!(told.contains("try again"), "{told}");
    assert!(place.kept().is_empty());
    drop(lock);
    place.import(NOTICE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_stops_no_sweep_and_is_named_at_the_next_start() {
    let place = Place::new().await;
    place.import(NOTICE).await.unwrap();
    fs::write(place.data.join("calendar/2028.toml"), "year = ").unwrap();
    place.house.sweep().await.unwrap();
    assert!(place.house.calendar().is_known(2027), "as it was");
    let told = calendar_of(&place.data).unwrap_err().to_string();
    assert!(told.contains("2028.toml:1"), "{told}");
    let refused = place.import(&NOTICE.replace("元旦", "新年")).await;
    assert!(
        refused.is_err(),
        "nothing is imported beside what cannot be read"
    );
}
