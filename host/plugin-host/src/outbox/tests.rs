//! One file, never two, never half: whatever stage was the last before the house
//! died.

use super::*;
use crate::ports::Secret;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use uuid::Uuid;

const NAME: &str = "o-1.csv";

/// Names in memory. `broken`: it keeps what it is told and cannot say so, as a
/// store does whose connection breaks after the commit. `closed`: it keeps nothing,
/// as a store does for a call whose claim was taken from it.
#[derive(Default)]
struct Names {
    known: Mutex<BTreeMap<FileName, (CallId, OutgoingFile)>>,
    broken: AtomicBool,
    closed: AtomicBool,
}

#[async_trait]
impl Journal for Names {
    async fn before_effect(&self, _call: CallId, _number: u32) -> Result<(), PortError> {
        Ok(())
    }

    async fn file(&self, file: &OutgoingFile) -> Result<Option<KnownFile>, PortError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.get(&file.name).map(|(call, kept)| KnownFile {
            call: *call,
            same_text: kept.text == file.text,
            same_place: kept.place == file.place,
        }))
    }

    async fn keep_file(&self, call: CallId, file: &OutgoingFile) -> Result<KnownFile, PortError> {
        if self.closed.load(Relaxed) {
            return Err(PortError::new("the call is closed already"));
        }
        let first = || (call, file.clone());
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(file.name.clone()).or_insert_with(first);
        }
        if self.broken.load(Relaxed) {
            return Err(PortError::new("the connection broke"));
        }
        Ok(self.file(file).await?.expect("it was kept just now"))
    }
}

struct Office {
    dir: tempfile::TempDir,
    names: Arc<Names>,
    outbox: FolderOutbox,
}

impl Office {
    fn open() -> Self {
        let names = Arc::new(Names::default());
        Self {
            dir: tempfile::tempdir().expect("a directory"),
            outbox: FolderOutbox::new(names.clone()),
            names,
        }
    }

    fn file(&self, text: &str) -> OutgoingFile {
        OutgoingFile {
            name: FileName {
                plugin: "transport".into(),
                folder: "outbox".into(),
                name: NAME.into(),
            },
            place: Folder {
                path: places::real(self.dir.path().to_str().expect("UTF-8")),
                encoding: "gbk".into(),
                persons: false,
            },
            text: Secret::new(text),
        }
    }

    async fn put(&self, number: u128, text: &str) -> Result<(), NotPut> {
        self.outbox.put(call(number), self.file(text)).await
    }

    /// Every file in the folder, hidden ones too.
    fn all(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).expect("the folder is there");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// What the department can fetch: all files under their names.
    fn seen(&self) -> Vec<(String, Vec<u8>)> {
        let names = self.all().into_iter().filter(|name| !name.starts_with('.'));
        let read = |name: &String| fs::read(self.dir.path().join(name)).expect("a file");
        names.map(|name| (name.clone(), read(&name))).collect()
    }

    #[track_caller]
    fn holds(&self, text: &[u8]) {
        assert_eq!(self.seen(), [(NAME.to_owned(), text.to_vec())]);
    }

    fn fetch(&self) {
        fs::remove_file(self.dir.path().join(NAME)).expect("the department takes the file");
    }
}

fn at(file: &OutgoingFile, number: u128) -> Staged {
    staged(&file.name, &file.place, call(number))
}

fn call(number: u128) -> CallId {
    CallId(Uuid::from_u128(number))
}

#[tokio::test]
async fn the_same_put_is_one_file_even_after_it_was_fetched() {
    let office = Office::open();
    office.put(1, "福建").await.expect("put");
    office.holds(b"\xB8\xA3\xBD\xA8");
    office.put(2, "福建").await.expect("put again");
    office.holds(b"\xB8\xA3\xBD\xA8");
    let taken = office.put(3, "福州").await;
    assert!(matches!(taken, Err(NotPut::NameTaken(_))), "{taken:?}");
    office.fetch();
    office.put(4, "福建").await.expect("put once more");
    let taken = office.put(5, "福州").await;
    assert!(matches!(taken, Err(NotPut::NameTaken(_))), "{taken:?}");
    assert_eq!(
        office.all(),
        [""; 0],
        "nothing is put twice, and nothing stays"
    );
}

#[tokio::test]
async fn a_crash_behind_any_stage_leaves_nothing_half_and_nothing_twice() {
    // Behind the first stage: the hidden file is there, and nobody knows of it.
    let office = Office::open();
    let file = office.file("text");
    stage(&at(&file, 1), b"text").expect("staged");
    assert_eq!(office.seen(), []);
    office.put(2, "text").await.expect("put again");
    office.holds(b"text");

    // In the middle of it: the text is cut off.
    let office = Office::open();
    let half = at(&office.file("text"), 1);
    fs::write(half.hidden, b"te").expect("half");
    assert_eq!(office.seen(), []);
    office.put(2, "text").await.expect("put again");
    office.holds(b"text");

    // Behind the second: the name is kept. Another text is refused and spoils
    // nothing; the same one is published.
    let office = Office::open();
    let file = office.file("text");
    stage(&at(&file, 1), b"text").expect("staged");
    let kept = office.names.keep_file(call(1), &file).await;
    kept.expect("kept");
    assert_eq!(office.seen(), []);
    let taken = office.put(2, "another").await;
    assert!(matches!(taken, Err(NotPut::NameTaken(_))), "{taken:?}");
    assert_eq!(office.seen(), []);
    office.put(3, "text").await.expect("put again");
    office.holds(b"text");
    assert_eq!(office.all(), [NAME], "nothing hidden stays");

    // Behind the third: it is there, or was fetched already.
    publish(&at(&file, 1), true).expect("published twice");
    office.put(4, "text").await.expect("put again");
    office.holds(b"text");
    office.fetch();
    office.put(5, "text").await.expect("put again");
    assert_eq!(office.seen(), []);
}

#[tokio::test]
async fn a_memory_that_cannot_say_what_it_keeps_loses_nothing() {
    let office = Office::open();
    office.names.broken.store(true, Relaxed);
    let lost = office.put(1, "text").await;
    assert!(matches!(lost, Err(NotPut::NotWritten(_))), "{lost:?}");
    assert_eq!(office.seen(), []);
    office.names.broken.store(false, Relaxed);
    office.put(2, "text").await.expect("put again");
    office.holds(b"text");
}

#[tokio::test]
async fn a_character_that_the_encoding_lacks_is_refused_and_keeps_no_name() {
    let office = Office::open();
    let refused = office.put(1, "\u{1F600}").await;
    let Err(NotPut::NotGranted(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        text.contains("a character that GBK does not have"),
        "{text}"
    );
    assert_eq!(office.all(), [""; 0]);
    office.put(2, "text").await.expect("the name is free");
}

#[tokio::test]
async fn a_file_that_the_house_did_not_put_is_left_alone() {
    let office = Office::open();
    fs::write(office.dir.path().join(NAME), b"theirs").expect("written");
    let taken = office.put(1, "text").await;
    assert!(matches!(taken, Err(NotPut::NameTaken(_))), "{taken:?}");
    office.holds(b"theirs");
    office.fetch();
    office.put(2, "text").await.expect("the name is free");
    office.holds(b"text");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_keeps_no_name() {
    let office = Office::open();
    let place = |path: String| {
        let mut file = office.file("text");
        file.place.path = path;
        file
    };
    let dir = office.dir.path().to_str().expect("UTF-8");
    fs::write(office.dir.path().join("plain"), b"").expect("written");
    for (path, why) in [
        (format!("{dir}/gone"), "the folder is not there"),
        (format!("{dir}/plain"), "its place is no directory"),
        // Nothing can be made there, not by root either.
        ("/proc".to_owned(), "the folder cannot be written now"),
    ] {
        let refused = office.outbox.put(call(1), place(path.clone())).await;
        let Err(NotPut::NotWritten(text)) = refused else {
            panic!("{path}: {refused:?}");
        };
        assert!(text.contains(why), "{path}: {text}");
        assert!(!text.contains(&path), "a path of this machine: {text}");
    }
    office.put(2, "text").await.expect("the name is free");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_leaves_nothing() {
    let office = Office::open();
    let file = at(&office.file("text"), 1);
    // Whatever is written to this device finds it full.
    std::os::unix::fs::symlink("/dev/full", &file.hidden).expect("a link");
    let refused = office.put(1, "text").await;
    let Err(NotPut::NotWritten(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("its disk is full"), "{text}");
    assert_eq!(office.all(), [""; 0]);
    office.put(2, "text").await.expect("the name is free");
    office.holds(b"text");
}

#[tokio::test]
async fn a_published_name_whose_folder_is_gone_is_not_taken_for_done() {
    let office = Office::open();
    let file = office.file("text");
    let kept = office.names.keep_file(call(1), &file).await;
    kept.expect("kept");
    fs::remove_dir_all(office.dir.path()).expect("removed");
    let refused = office.put(2, "text").await;
    assert!(matches!(refused, Err(NotPut::NotWritten(_))), "{refused:?}");
}

#[tokio::test]
async fn a_put_that_was_cut_off_stays_hidden_until_it_is_put_again() {
    let office = Office::open();
    let file = office.file("text");
    let ask = || office.outbox.is_hidden(call(1), &file.name, &file.place);
    assert!(!ask().await.expect("nothing is there"));
    stage(&at(&file, 1), b"text").expect("staged");
    assert!(ask().await.expect("it is hidden"));
    assert!(ask().await.expect("asking changes nothing"));
    publish(&at(&file, 1), true).expect("published");
    assert!(!ask().await.expect("everybody sees it"));
    office.holds(b"text");
    fs::remove_dir_all(office.dir.path()).expect("removed");
    let refused = ask().await;
    assert!(matches!(refused, Err(NotPut::NotWritten(_))), "{refused:?}");
}

#[tokio::test]
async fn a_put_that_is_refused_leaves_nothing_hidden() {
    let office = Office::open();
    office.names.closed.store(true, Relaxed);
    let refused = office.put(1, "text").await;
    assert!(matches!(refused, Err(NotPut::NotWritten(_))), "{refused:?}");
    assert_eq!(office.all(), [""; 0]);
    // What is kept has its file, though nobody could say so.
    office.names.closed.store(false, Relaxed);
    office.names.broken.store(true, Relaxed);
    let unsure = office.put(2, "text").await;
    assert!(matches!(unsure, Err(NotPut::NotWritten(_))), "{unsure:?}");
    assert_eq!(office.all().len(), 1);
    office.put(3, "text").await.expect("it is finished");
    office.holds(b"text");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_does_not_answer_is_not_waited_for() {
    let mut office = Office::open();
    office.outbox.writing = Duration::from_millis(50);
    let hidden = at(&office.file("text"), 1).hidden;
    // Opening it to write waits until somebody reads.
    let made = std::process::Command::new("mkfifo").arg(&hidden).status();
    assert!(made.expect("mkfifo runs").success());
    for why in ["writing takes too long", "an earlier try is not over yet"] {
        let refused = office.put(1, "text").await;
        let Err(NotPut::NotWritten(text)) = refused else {
            panic!("{refused:?}");
        };
        assert!(text.contains(why), "{text}");
    }
    drop(File::open(&hidden).expect("a reader"));
    office.put(2, "text").await.expect("another call puts it");
    office.holds(b"text");
}

#[test]
fn what_is_written_after_its_time_does_not_stay() {
    // One thread for everything that blocks, so that the disk can be kept busy.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().max_blocking_threads(1).build();
    runtime.expect("a runtime").block_on(async {
        let mut office = Office::open();
        office.outbox.writing = Duration::ZERO;
        let (free, busy) = std::sync::mpsc::channel::<()>();
        let keeping = tokio::task::spawn_blocking(move || busy.recv());
        let late = at(&office.file("text"), 1);
        let refused = office.outbox.write(late.clone(), b"text".to_vec()).await;
        assert!(matches!(refused, Err(NotPut::NotWritten(_))), "{refused:?}");
        free.send(()).expect("it is waited for");
        let kept = keeping.await.expect("it ends");
        kept.expect("it was freed");
        // What stands in line behind the writing comes when that is over.
        let behind = tokio::task::spawn_blocking(|| ()).await;
        behind.expect("it ends");
        assert!(!late.hidden.exists());
    });
}

#[tokio::test]
async fn a_put_that_was_cut_off_is_not_done_where_the_folder_was_moved_to() {
    let office = Office::open();
    let file = office.file("text");
    stage(&at(&file, 1), b"text").expect("staged");
    let kept = office.names.keep_file(call(1), &file).await;
    kept.expect("kept");
    let elsewhere = tempfile::tempdir().expect("a directory");
    let there = || {
        let mut there = office.file("text");
        there.place.path = elsewhere.path().to_str().expect("UTF-8").into();
        there
    };
    let refused = office.outbox.put(call(2), there()).await;
    let Err(NotPut::NotGranted(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("the folder has been moved"), "{text}");
    assert_eq!(fs::read_dir(elsewhere.path()).expect("there").count(), 0);
    // The operator has moved what lies in it as well.
    let hidden = at(&file, 1).hidden;
    let moved = elsewhere.path().join(hidden.file_name().expect("a name"));
    fs::rename(hidden, moved).expect("moved");
    office.outbox.put(call(3), there()).await.expect("finished");
    assert!(elsewhere.path().join(NAME).exists());
    // Another spelling of the same place is no other place.
    let spelled = Office::open();
    spelled.put(1, "text").await.expect("put");
    spelled.fetch();
    let mut file = spelled.file("text");
    file.place.path += "/./";
    spelled
        .outbox
        .put(call(2), file)
        .await
        .expect("done before");
}
