//! Files that the house fetches. Absent: what stands in them.

use std::fs;

use department_back_ends::counter;
use department_back_ends::desk::Desk;
use department_back_ends::door::Door;
use department_back_ends::ledger::Ledger;
use department_back_ends::line;
use department_back_ends::tax::Tax;
use reqwest::Response;
use tempfile::TempDir;
use tokio::net::TcpListener;

struct Exporting {
    url: String,
    place: TempDir,
}

async fn start() -> Exporting {
    let place = TempDir::new().expect("a directory");
    let files = place.path().join("files");
    fs::create_dir_all(files.join("below")).expect("a directory");
    fs::write(files.join("penalties.json"), "one").expect("a file");
    fs::write(files.join(".hidden"), "x").expect("a file");
    fs::write(files.join("below/x"), "x").expect("a file");
    fs::write(place.path().join("secret"), "x").expect("a file");
    let ledger = Ledger::open(&place.path().join("tax.sqlite"))
        .await
        .expect("a ledger");
    let desk = Desk::new(ledger, Door::Open).exporting(files, Some("t0ken".into()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(line::serve(listener, counter::router::<Tax>(desk)));
    Exporting { url, place }
}

impl Exporting {
    async fn get(&self, name: &str, known: Option<&str>) -> Response {
        let url = format!("{}/exports/{name}", self.url);
        let mut request = crate::client().get(url).bearer_auth("t0ken");
        if let Some(tag) = known {
            request = request.header("if-none-match", tag);
        }
        request.send().await.expect("an answer")
    }
}

#[tokio::test]
async fn an_unchanged_file_costs_nothing() {
    let exporting = start().await;
    let first = exporting.get("penalties.json", None).await;
    assert_eq!(first.status(), 200);
    let tag = first.headers()["etag"].to_str().expect("text").to_owned();
    assert_eq!(first.text().await.expect("text"), "one");

    let same = exporting.get("penalties.json", Some(&tag)).await;
    assert_eq!(same.status(), 304);
    assert_eq!(same.headers()["etag"], tag.as_str());
    assert_eq!(same.text().await.expect("text"), "");

    // As long as before, and put in place by renaming.
    let files = exporting.place.path().join("files");
    fs::write(files.join("new"), "two").expect("a file");
    fs::rename(files.join("new"), files.join("penalties.json")).expect("a rename");
    let other = exporting.get("penalties.json", Some(&tag)).await;
    assert_eq!(other.status(), 200);
    assert_ne!(other.headers()["etag"], tag.as_str());
    assert_eq!(other.text().await.expect("text"), "two");
}

#[tokio::test]
async fn a_file_longer_than_a_piece_comes_whole() {
    let exporting = start().await;
    let long = "0123456789".repeat(50_000);
    let file = exporting.place.path().join("files/long.csv");
    fs::write(file, &long).expect("a file");
    let answer = exporting.get("long.csv", None).await;
    assert_eq!(answer.text().await.expect("text"), long);
}

#[tokio::test]
async fn nothing_else_is_to_be_had() {
    let exporting = start().await;
    for name in [
        "absent.json",
        "..%2Fsecret",
        "%2e%2e%2fsecret",
        "below",
        "below%2Fx",
        ".hidden",
        "..",
        "%00",
        "penalties.json%00",
    ] {
        let answer = exporting.get(name, None).await;
        assert_eq!(answer.status(), 404, "{name}");
    }
    let url = format!("{}/exports/penalties.json", exporting.url);
    let answer = crate::client().get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 401);
}
