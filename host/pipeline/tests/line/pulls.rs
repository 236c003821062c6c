//! Deliveries that the house fetches, from a small server of a department.

use crate::house::{Line, plugin, repository};
use credence_pipeline::TakenIn;
use std::{
    fs,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What the department's system gives, and what it was asked.
#[derive(Default)]
struct Export {
    status: u16,
    etag: Option<String>,
    body: Vec<u8>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Export>>;

async fn serve(listener: TcpListener, export: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        answer(stream, &export).await;
    }
}

async fn answer(mut stream: TcpStream, export: &Shared) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let answer = {
        let mut export = export.lock().unwrap();
        let known = export
            .etag
            .as_ref()
            .is_some_and(|etag| head.contains(&format!("if-none-match: {etag}\r\n")));
        export.asked.push(head);
        let (status, body) = match known {
            true => (304, &[][..]),
            false => (export.status, &export.body[..]),
        };
        let etag = export.etag.as_ref();
        let etag = etag
            .map(|etag| format!("etag: {etag}\r\n"))
            .unwrap_or_default();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{etag}location: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    // Who hung up early has what it wanted.
    let _ = stream.write_all(&answer).await;
}

async fn pulled() -> (Line, Shared) {
    let line = Line::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/exports", listener.local_addr().unwrap());
    let export = Shared::default();
    tokio::spawn(serve(listener, export.clone()));
    let more = format!(
        "[destinations.exports]\naddress = \"{address}\"\nmethods = [\"GET\"]\nprivate_network = true\n\
         [secrets.pull-key]\nfile = \"{}\"\ndestinations = [\"exports\"]\n\
         [intake.penalties.pull]\ndestination = \"exports\"\npath = \"/penalties\"\nevery_minutes = 60\n\
         authorization = \"pull-key\"\n",
        line.dir.path().join("authorization").display()
    );
    line.install_with(plugin("tax"), &more).await;
    (line, export)
}

fn sample() -> Vec<u8> {
    fs::read(repository("examples/feeds/tax-penalties.json")).unwrap()
}

fn minutes(count: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_mins(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_pulled_by_the_clock_and_what_came_last_is_nothing_new() {
    let (line, export) = pulled().await;
    {
        let mut export = export.lock().unwrap();
        export.status = 200;
        export.body = sample();
    }
    let asked = || export.lock().unwrap().asked.len();
    let taken = line.house.take_in().await.unwrap();
    assert_eq!((taken.pulled, taken.read), (1, 1), "{taken:?}");
    assert_eq!(
        line.house.take_in().await.unwrap(),
        TakenIn::default(),
        "not due"
    );
    assert_eq!(asked(), 1);
    // The same bytes, without a tag.
    line.pass(minutes(60));
    assert_eq!(line.house.take_in().await.unwrap(), TakenIn::default());
    assert_eq!(asked(), 2);
    // A tag, and the next time it is asked with.
    export.lock().unwrap().etag = Some("\"v1\"".to_owned());
    for expected in [3, 4] {
        line.pass(minutes(60));
        assert_eq!(line.house.take_in().await.unwrap(), TakenIn::default());
        assert_eq!(asked(), expected);
    }
    {
        let export = export.lock().unwrap();
        let first = &export.asked[0];
        assert!(
            first.starts_with("get /exports/penalties http/1.1\r\n"),
            "{first}"
        );
        let secret = format!("authorization: bearer {}", crate::house::TOKEN);
        assert!(first.contains(&secret), "{first}");
        assert!(
            export.asked[3].contains("if-none-match: \"v1\""),
            "{}",
            export.asked[3]
        );
    }
    let deliveries = line
        .house
        .store()
        .read()
        .await
        .unwrap()
        .deliveries(9)
        .await
        .unwrap();
    assert_eq!(deliveries.len(), 1);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_fails_is_tried_later_and_later_and_follows_no_redirect() {
    let (line, export) = pulled().await;
    export.lock().unwrap().status = 302;
    let fault = async || {
        let feeds = line.house.feeds().await.unwrap();
        feeds[0].pull.clone().unwrap()
    };
    line.house.take_in().await.unwrap();
    let first = fault().await;
    assert_eq!(first.failures, 1);
    assert!(first.fault.unwrap().contains("status 302"));
    line.pass(minutes(2));
    line.house.take_in().await.unwrap();
    line.pass(minutes(2));
    line.house.take_in().await.unwrap();
    assert_eq!(
        export.lock().unwrap().asked.len(),
        2,
        "four minutes, the second time"
    );
    {
        let mut export = export.lock().unwrap();
        export.status = 200;
        export.body = sample();
    }
    line.pass(minutes(2));
    assert_eq!(line.house.take_in().await.unwrap().read, 1);
    let well = fault().await;
    assert_eq!((well.failures, well.fault), (0, None));
    assert_eq!(fs::read_dir(line.data().join("spool")).unwrap().count(), 1);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_is_larger_than_the_house_takes_leaves_nothing() {
    let (line, export) = pulled().await;
    {
        let mut export = export.lock().unwrap();
        export.status = 200;
        export.body = sample();
    }
    let house = crate::house::open_bare(&line.data(), &line.clock).await;
    let house = house.taking_at_most(1_000);
    house.take_in().await.unwrap();
    let feeds = house.feeds().await.unwrap();
    let pull = feeds[0].pull.clone().unwrap();
    assert!(pull.fault.unwrap().contains("more than 1000 bytes"));
    assert_eq!(fs::read_dir(line.data().join("spool")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_not_kept_again_at_every_pull() {
    let (line, export) = pulled().await;
    {
        let mut export = export.lock().unwrap();
        export.status = 200;
        export.body = b"no feed".to_vec();
    }
    let taken = line.house.take_in().await.unwrap();
    assert_eq!((taken.pulled, taken.failed), (1, 1), "{taken:?}");
    for _ in 0..3 {
        line.pass(minutes(60));
        assert_eq!(line.house.take_in().await.unwrap(), TakenIn::default());
    }
    assert_eq!(export.lock().unwrap().asked.len(), 4);
    let failed = line.data().join("spool").join("failed");
    assert_eq!(fs::read_dir(failed).unwrap().count(), 1);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_does_not_answer_keeps_no_intake_waiting() {
    let line = Line::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let more = format!(
        "[destinations.exports]\naddress = \"{address}\"\nmethods = [\"GET\"]\nprivate_network = true\n\
         [intake.penalties.pull]\ndestination = \"exports\"\npath = \"/penalties\"\nevery_minutes = 60\n"
    );
    line.install_with(plugin("tax"), &more).await;
    let house = line.house.clone();
    let pulling = tokio::spawn(async move { house.pull_in().await });
    let (mut held, _) = listener.accept().await.unwrap();
    held.read_u8().await.unwrap();
    // The pull is under way, and the rest of a round is made all the same.
    assert_eq!(line.house.take_in_here().await.unwrap(), TakenIn::default());
    assert!(!pulling.is_finished());
    drop((held, listener));
    assert_eq!(pulling.await.unwrap().unwrap().pulled, 0);
}
