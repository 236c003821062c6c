//! Deliveries that come by themselves: folders, uploads, and feeds that fall
//! silent.

use crate::{
    house::{Line, actor, open, plugin, repository},
    intake::long_feed,
    manifest::rewritten,
};
use credence_pipeline::{Clock as _, Denied, TakenIn, Told as _};
use credence_store::{ArrivalRow, ArrivalState, EventDraft};
use std::{fs, path::Path};

/// A line whose feed is watched in `inbox` and open for uploads.
async fn watched() -> (Line, std::path::PathBuf) {
    let line = Line::start().await;
    let inbox = line.dir.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    let more = format!(
        "[intake.penalties]\nfolder = \"{}\"\nupload = true\n",
        inbox.display()
    );
    line.install_with(plugin("tax"), &more).await;
    (line, inbox)
}

fn sample() -> Vec<u8> {
    fs::read(repository("examples/feeds/tax-penalties.json")).unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Two looks: the first only sees what is there.
async fn twice(line: &Line) -> TakenIn {
    line.house.take_in().await.unwrap();
    line.house.take_in().await.unwrap()
}

async fn upload(line: &Line, bytes: &[u8]) -> ArrivalRow {
    let issued = line
        .house
        .issue_token("tax", "penalties", 9, &actor())
        .await
        .unwrap();
    let mut upload = line.house.begin_upload().unwrap();
    upload.write(bytes).await.unwrap();
    line.house
        .uploaded(upload, "a.json".into(), &issued.row)
        .await
        .unwrap()
}

async fn deliveries(line: &Line) -> usize {
    let mut read = line.house.store().read().await.unwrap();
    read.deliveries(99).await.unwrap().len()
}

async fn records(line: &Line) -> u64 {
    let mut read = line.house.store().read().await.unwrap();
    read.record_count().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_folder_are_read_and_moved_with_their_reports() {
    let (line, inbox) = watched().await;
    fs::write(inbox.join("b.json"), sample()).unwrap();
    fs::write(inbox.join("a.json"), "no feed").unwrap();
    fs::write(inbox.join("c.json.part"), sample()).unwrap();
    let first = line.house.take_in().await.unwrap();
    assert_eq!(first, TakenIn::default(), "it was looked at once");
    let second = line.house.take_in().await.unwrap();
    assert_eq!((second.read, second.failed), (1, 1), "{second:?}");
    assert_eq!(names(&inbox), ["c.json.part", "done", "failed"]);
    assert_eq!(names(&inbox.join("done")), ["b.json", "b.json.report.csv"]);
    let why = fs::read_to_string(inbox.join("failed/a.json.why.txt")).unwrap();
    assert!(why.contains("wrong-format"), "{why}");
    let report = fs::read_to_string(inbox.join("done/b.json.report.csv")).unwrap();
    let rows: Vec<&str> = report.lines().collect();
    assert_eq!(rows.len(), 2, "{report}");
    assert!(rows[0].starts_with('\u{FEFF}'), "{report}");
    assert!(
        rows[1].starts_with("\"5\",\"拒收 rejected\",\"CF_WSH\",\"missing\""),
        "{report}"
    );
    assert_eq!(records(&line).await, 5);
    assert_eq!(
        twice(&line).await,
        TakenIn::default(),
        "nothing is read twice"
    );
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_read_before_a_crash_is_only_moved() {
    let (line, inbox) = watched().await;
    fs::write(inbox.join("a.json"), sample()).unwrap();
    // It cannot be moved: where it would go, a link leads nowhere.
    std::os::unix::fs::symlink("/nowhere/at/all", inbox.join("done")).unwrap();
    line.house.take_in().await.unwrap();
    let error = line.house.take_in().await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("cannot move away arrival"), "{error}");
    assert!(
        !error.contains("a.json"),
        "a name may name a person: {error}"
    );
    let before = records(&line).await;
    assert!(before > 0);
    fs::remove_file(inbox.join("done")).unwrap();
    // Another process, which knows nothing of the looks of the first.
    let (data, clock) = (line.data(), line.clock.clone());
    assert!(line.house.take_in().await.is_ok());
    let deliveries = line
        .house
        .store()
        .read()
        .await
        .unwrap()
        .deliveries(9)
        .await
        .unwrap();
    assert_eq!(deliveries.len(), 1, "one file, one delivery");
    assert_eq!(names(&inbox.join("done")), ["a.json", "a.json.report.csv"]);
    let other = open(&data, &clock).await;
    assert!(
        other.take_in().await.unwrap().elsewhere,
        "one process takes in"
    );
    // The same bytes in a new file are a delivery of their own.
    fs::write(inbox.join("a.json"), sample()).unwrap();
    assert_eq!(twice(&line).await.read, 1);
    assert_eq!(names(&inbox.join("done")).len(), 4);
    assert_eq!(records(&line).await, before);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_waits_for_its_plugin_and_not_in_a_hot_loop() {
    let (line, _) = watched().await;
    let arrival = upload(&line, &sample()).await;
    // The component is gone, as on a machine that was restored in part.
    let plugins = line.data().join("plugins");
    let away = line.dir.path().join("away");
    fs::rename(&plugins, &away).unwrap();
    fs::create_dir(&plugins).unwrap();
    let data = line.data();
    let clock = line.clock.clone();
    drop(line.house);
    let house = open(&data, &clock).await;
    assert_eq!(house.take_in().await.unwrap().put_off, 1);
    assert_eq!(
        house.take_in().await.unwrap(),
        TakenIn::default(),
        "not at once"
    );
    let row = house.arrival(arrival.id).await.unwrap();
    assert_eq!((row.state, row.tries), (ArrivalState::Waiting, 1));
    let told = row.told().unwrap();
    assert!(
        told.starts_with("put-off: ") && !told.contains("plugin"),
        "{told}"
    );
    assert!(row.fault.unwrap().contains("no active plugin"));
    drop(house);
    fs::remove_dir(&plugins).unwrap();
    fs::rename(&away, &plugins).unwrap();
    clock.set(clock.now() + jiff::SignedDuration::from_secs(10));
    let house = open(&data, &clock).await;
    assert_eq!(house.take_in().await.unwrap().read, 1);
    let row = house.arrival(arrival.id).await.unwrap();
    assert_eq!(row.state, ArrivalState::Read);
    assert_eq!(names(&data.join("spool")), ["failed"]);
    house.seal().await.unwrap();
    assert!(house.verify().await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_reads_what_waits_and_looks_into_no_folder() {
    let (line, inbox) = watched().await;
    fs::write(inbox.join("a.json"), sample()).unwrap();
    let arrival = upload(&line, &sample()).await;
    for expected in [1, 0] {
        let taken = line.house.read_uploads().await.unwrap();
        assert_eq!(taken.read, expected, "{taken:?}");
    }
    let row = line.house.arrival(arrival.id).await.unwrap();
    assert_eq!(row.state, ArrivalState::Read);
    assert_eq!(names(&inbox), ["a.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_left_alone_until_it_was_quiet() {
    let (line, inbox) = watched().await;
    fs::write(inbox.join("a.json"), sample()).unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let house = crate::house::open_bare(&line.data(), &line.clock).await;
    let house = house.quiet_for(hour);
    for _ in 0..3 {
        assert_eq!(house.take_in().await.unwrap(), TakenIn::default());
    }
    drop(house);
    assert_eq!(twice(&line).await.read, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_read_before_a_crash_is_settled_and_not_read_again() {
    let (line, _) = watched().await;
    let first = upload(&line, &sample()).await;
    line.house.take_in().await.unwrap();
    let first = line.house.arrival(first.id).await.unwrap();
    let delivery = first.delivery.unwrap();
    // What a kill between the last chunk and the word on it leaves: an arrival that
    // waits and names its delivery.
    let second = upload(&line, &sample()).await;
    let draft = EventDraft {
        kind: "arrival.opened".to_owned(),
        at: line.clock.now(),
        actor: "credence".to_owned(),
        role: "intake".to_owned(),
        purpose: None,
        plugin: None,
        call: None,
        detail: Default::default(),
    };
    let id = second.id;
    let row = ArrivalRow {
        delivery: Some(delivery),
        ..second
    };
    let mut write = line.house.store().begin().await.unwrap();
    write.update_arrival(row, &draft).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(line.house.take_in().await.unwrap().read, 1);
    let row = line.house.arrival(id).await.unwrap();
    assert_eq!(
        (row.state, row.delivery),
        (ArrivalState::Read, Some(delivery))
    );
    assert_eq!(deliveries(&line).await, 1);
    // It is named when the delivery is opened, and settled once more at its end.
    assert_eq!(first.changes, 2);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_is_asked_for_again() {
    let (line, _) = watched().await;
    let arrival = upload(&line, &sample()).await;
    let spool = line.data().join("spool");
    fs::remove_file(spool.join(arrival.id.to_string())).unwrap();
    assert_eq!(line.house.take_in().await.unwrap().failed, 1);
    let row = line.house.arrival(arrival.id).await.unwrap();
    assert_eq!(row.state, ArrivalState::Failed);
    assert_eq!(row.told().unwrap(), "gone: the file is gone; send it again");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_cannot_be_read_only_the_newest_are_kept() {
    let (line, _) = watched().await;
    let failed = line.data().join("spool").join("failed");
    let mut last = None;
    for n in 0..22 {
        line.pass(jiff::SignedDuration::from_secs(1));
        last = Some(upload(&line, format!("no feed {n}").as_bytes()).await.id);
        assert_eq!(line.house.take_in().await.unwrap().failed, 1);
    }
    let kept = names(&failed);
    assert_eq!(kept.len(), 20);
    assert_eq!(kept.last(), last.map(|id| id.to_string()).as_ref());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_upload_leaves_is_swept_away() {
    let (line, _) = watched().await;
    let spool = line.data().join("spool");
    let mut upload = line.house.begin_upload().unwrap();
    upload.write(b"half").await.unwrap();
    fs::write(spool.join(".dead.partial"), "half").unwrap();
    let dead = "0199f3a2c4d87e11a5b6c7d8e9f00112";
    fs::write(spool.join(dead), "whole, and no row").unwrap();
    line.house.take_in().await.unwrap();
    let left = names(&spool);
    assert_eq!(
        left.len(),
        2,
        "the one that still comes, and `failed`: {left:?}"
    );
    drop(upload);
    assert_eq!(names(&spool), ["failed"]);
    let house = crate::house::open_bare(&line.data(), &line.clock).await;
    let mut upload = house.taking_at_most(3).begin_upload().unwrap();
    let error = upload.write(b"four").await.unwrap_err();
    assert!(error.to_string().contains("more than 3 bytes"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_one_feed_until_it_ends() {
    let (line, _) = watched().await;
    let house = &line.house;
    let issued = house
        .issue_token("tax", "penalties", 2, &actor())
        .await
        .unwrap();
    let shown = async |token: &str, plugin: &str, feed: &str| {
        let opened = house.token_for(token, (plugin, feed)).await.unwrap();
        opened.map(|row| row.id)
    };
    let token = issued.token.clone();
    assert_eq!(shown(&token, "tax", "penalties").await, Ok(issued.row.id));
    assert_eq!(shown(&token, "tax", "others").await, Err(Denied::OtherFeed));
    assert_eq!(
        shown(&token, "customs", "penalties").await,
        Err(Denied::OtherFeed)
    );
    assert_eq!(
        shown(&token[1..], "tax", "penalties").await,
        Err(Denied::Mistyped)
    );
    line.pass_days(2);
    assert_eq!(
        shown(&token, "tax", "penalties").await,
        Err(Denied::Expired)
    );
    let second = house
        .issue_token("tax", "penalties", 2, &actor())
        .await
        .unwrap();
    house.revoke_token(second.row.id, &actor()).await.unwrap();
    assert_eq!(
        shown(&second.token, "tax", "penalties").await,
        Err(Denied::Revoked)
    );
    assert!(house.revoke_token(second.row.id, &actor()).await.is_err());
    for days in [0, 367] {
        assert!(
            house
                .issue_token("tax", "penalties", days, &actor())
                .await
                .is_err()
        );
    }
    assert!(
        house
            .issue_token("tax", "others", 2, &actor())
            .await
            .is_err()
    );
    line.assert_sound().await;
    // It is kept nowhere.
    line.house.store().close().await;
    for entry in fs::read_dir(line.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let found = bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_falls_silent_raises_one_alarm_until_it_is_heard() {
    let line = Line::start().await;
    let promise = "delivers = \"changes\"\ninterval_days = 7";
    let component = rewritten(&plugin("tax"), "delivers = \"changes\"", promise);
    line.install_with(component, "").await;
    let quiet = async || {
        let feeds = line.house.feeds().await.unwrap();
        (feeds[0].quiet, feeds[0].quiet_at.is_some())
    };
    line.ingest().await;
    line.pass_days(7);
    assert_eq!(
        line.house.take_in().await.unwrap().quiet,
        0,
        "on the last day"
    );
    line.pass(jiff::SignedDuration::from_secs(1));
    assert_eq!(quiet().await, (true, false));
    assert_eq!(line.house.take_in().await.unwrap().quiet, 1);
    assert_eq!(line.house.take_in().await.unwrap().quiet, 0, "once");
    assert_eq!(quiet().await, (true, true));
    line.ingest().await;
    assert_eq!(quiet().await, (false, false), "cleared with the delivery");
    line.pass_days(8);
    assert_eq!(
        line.house.take_in().await.unwrap().quiet,
        1,
        "the next silence"
    );
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_a_long_delivery_has_every_row() {
    let line = Line::start().await;
    let path = line.dir.path().join("long.json");
    // Of every second row the decision's number is taken out.
    let mut feed = long_feed(3_000);
    for n in (2..=3_000).step_by(2) {
        feed = feed.replacen(
            &format!("\"CF_WSH\":\"榕税罚〔2026〕{n}号\""),
            "\"CF_WSH\":\"\"",
            1,
        );
    }
    fs::write(&path, feed).unwrap();
    let read = line
        .house
        .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
        .await
        .unwrap();
    assert_eq!((read.rows, read.rejected), (3_000, 1_500), "{read:#?}");
    let id = read.delivery.parse().unwrap();
    let mut pages = line.house.report_pages(id);
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        rows.extend(page.into_iter().map(|line| line.row));
    }
    assert_eq!(rows, (2..=3_000).step_by(2).collect::<Vec<u32>>());
    let report = line.house.delivery_report(id).await.unwrap();
    assert_eq!((report.lines.len(), report.more), (100, true));
    assert_eq!(report.totals.rejected, 1_500);
}
