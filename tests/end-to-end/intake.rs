//! Deliveries as departments send them to the binary: cut off by a kill, put into
//! a folder, uploaded with tokens of every kind.

use crate::binary::{Place, Running, USCC, repository};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

/// Asks until the answer is there. Bounded, and no promise about speed.
#[track_caller]
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::yield_now();
    }
    panic!("{what} did not come about within two minutes");
}

/// A feed of so many rows, each a decision of its own about one organization.
fn feed_of(rows: u32, path: &Path) {
    let row = |n: u32| {
        format!(
            "{{\"CF_XDR_MC\":\"福州虚构贸易有限公司\",\"CF_XDR_SHXYM\":\"{USCC}\",\"CF_WSH\":\"榕税罚〔2026〕{n}号\",\
             \"CF_WFXW\":\"偷税\",\"CF_YJ\":\"《中华人民共和国税收征收管理法》第六十三条\",\
             \"CF_CFLB\":\"罚款\",\"CF_NR\":\"处以罚款\",\"CF_JDRQ\":\"2026-03-12\",\
             \"CF_CFJG\":\"虚构省税务局稽查局\",\"CF_CFJGDM\":\"113500000099990171\"}}"
        )
    };
    let all: Vec<String> = (1..=rows).map(row).collect();
    let feed = format!("{{\"total\":{rows},\"rows\":[{}]}}", all.join(",\n"));
    fs::write(path, feed).unwrap();
}

fn deliveries(place: &Place) -> Vec<Value> {
    let shown = place.ok(&["feed", "deliveries"]);
    shown["deliveries"].as_array().unwrap().clone()
}

#[test]
fn a_kill_in_the_middle_of_a_hundred_thousand_rows_loses_and_doubles_none() {
    const ROWS: u64 = 100_000;
    let place = Place::new();
    let feed = place.dir.path().join("long.json");
    feed_of(ROWS as u32, &feed);
    let feed = feed.display().to_string();
    let ingest = [
        "ingest",
        "--plugin",
        "tax",
        "--feed",
        "penalties",
        feed.as_str(),
    ];
    let mut command = place.command(&ingest);
    let mut ingesting = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("progress", || {
        let rows = deliveries(&place).first()?["totals"]["rows"].as_u64()?;
        (rows > ROWS / 10).then_some(())
    });
    ingesting.kill().unwrap();
    ingesting.wait().unwrap();
    let before = deliveries(&place)[0]["totals"].clone();
    let rows = before["rows"].as_u64().unwrap();
    assert!(rows < ROWS, "killed too late: {before}");
    assert_eq!(before["recorded"], rows);
    let report = place.ok(&ingest)["files"][0]["report"].clone();
    assert_eq!(
        report["rows"],
        ROWS - rows,
        "it went on at the very row: {report}"
    );
    assert_eq!(
        (&report["duplicates"], &report["rejected"]),
        (&0.into(), &0.into())
    );
    let after = deliveries(&place);
    assert_eq!(after.len(), 1, "one delivery: {after:?}");
    let totals = &after[0]["totals"];
    assert_eq!(
        (&totals["rows"], &totals["recorded"]),
        (&ROWS.into(), &ROWS.into())
    );
    assert_eq!(totals["finished"], true);
    place.ok(&["audit", "verify"]);
}

/// A place whose feed is watched and open for uploads.
fn open_place() -> (Place, PathBuf) {
    let place = Place::new();
    let inbox = place.dir.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    let grant = fs::read_to_string(place.grant()).unwrap();
    let more = format!(
        "{grant}\n[intake.penalties]\nfolder = \"{}\"\nupload = true\n",
        inbox.display()
    );
    fs::write(place.grant(), more).unwrap();
    let tax = crate::binary::plugins()
        .join("tax.wasm")
        .display()
        .to_string();
    let grant = place.grant().display().to_string();
    place.ok(&["plugin", "install", &tax, "--grant", &grant]);
    (place, inbox)
}

fn serve(place: &Place) -> Running {
    Running::start(place.command(&["serve", "--listen", "127.0.0.1:0"]))
}

#[test]
fn a_served_folder_is_emptied_and_the_report_lies_beside() {
    let (place, inbox) = open_place();
    let server = serve(&place);
    let sample = repository("examples/feeds/tax-penalties.json");
    fs::copy(&sample, inbox.join("monday.json.part")).unwrap();
    fs::rename(inbox.join("monday.json.part"), inbox.join("monday.json")).unwrap();
    let done = inbox.join("done");
    until("the move", || {
        done.join("monday.json").exists().then_some(())
    });
    let report = fs::read_to_string(done.join("monday.json.report.csv")).unwrap();
    assert!(report.contains("CF_WSH"), "{report}");
    let feeds = place.ok(&["feed", "list"]);
    assert_eq!(feeds["feeds"][0]["totals"]["rejected"], 1, "{feeds:#}");
    let csv = place.dir.path().join("report.csv");
    let id = deliveries(&place)[0]["id"].as_str().unwrap().to_owned();
    place.ok(&["feed", "report", &id, "--csv", &csv.display().to_string()]);
    assert_eq!(fs::read_to_string(&csv).unwrap(), report);
    drop(server);
    place.ok(&["audit", "verify"]);
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

fn send(request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder) -> Answer {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = request(&reqwest::Client::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let answer = request.send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    })
}

#[test]
fn an_upload_needs_a_good_token_and_gets_its_report() {
    let (place, _inbox) = open_place();
    let issue = || place.ok(&["token", "issue", "--for", "tax/penalties", "--days", "9"]);
    let (issued, revoked) = (issue(), issue());
    let token = issued["token"].as_str().unwrap().to_owned();
    place.ok(&["token", "revoke", revoked["id"].as_str().unwrap()]);
    let server = serve(&place);
    let url = format!("{}/feeds/tax/penalties?name=monday.json", server.address);
    let sample = fs::read(repository("examples/feeds/tax-penalties.json")).unwrap();
    let upload = |url: &str, token: Option<&str>| {
        let (url, sample) = (url.to_owned(), sample.clone());
        let token = token.map(str::to_owned);
        send(move |client| {
            let request = client.post(url).body(sample);
            match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            }
        })
    };
    let foreign = url.replace("/tax/", "/customs/");
    let cut = &token[..token.len() - 1];
    let revoked = revoked["token"].as_str().unwrap();
    let cases = [
        (&url, None, 401, "unauthorised"),
        (&url, Some(cut), 401, "unauthorised"),
        (&url, Some(revoked), 401, "unauthorised"),
        (&foreign, Some(token.as_str()), 403, "forbidden"),
    ];
    for (url, token, status, code) in cases {
        let answer = upload(url, token);
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (status, &code.into())
        );
        let asked = answer.headers.contains_key("www-authenticate");
        assert_eq!(asked, status == 401);
    }
    assert_eq!(deliveries(&place).len(), 0, "nothing was taken");
    let answer = upload(&url, Some(&token));
    let file = answer.json();
    assert_eq!(
        (answer.status, &file["state"]),
        (200, &"read".into()),
        "{file:#}"
    );
    assert_eq!(file["report"]["totals"]["rejected"], 1, "{file:#}");
    let rows = format!("{}{}", server.address, file["rows"].as_str().unwrap());
    let csv = send(|client| client.get(&rows).bearer_auth(&token));
    assert_eq!(
        (csv.status, &csv.headers["content-type"]),
        (200, &"text/csv; charset=utf-8".parse().unwrap())
    );
    assert!(
        csv.body.starts_with('\u{FEFF}') && csv.body.contains("CF_WSH"),
        "{}",
        csv.body
    );
    assert_eq!(send(|client| client.get(&rows)).status, 401);
    let place_of = answer.headers["location"].to_str().unwrap();
    let again = send(|client| {
        client
            .get(format!("{}{place_of}", server.address))
            .bearer_auth(&token)
    });
    assert_eq!(again.json()["id"], file["id"]);
    drop(server);
    // Tokens are nowhere in what the house keeps, and the spool is empty.
    let spool: Vec<_> = fs::read_dir(place.data().join("spool")).unwrap().collect();
    assert_eq!(spool.len(), 1, "only the place of those that failed");
    place.ok(&["audit", "verify"]);
}

#[test]
fn an_upload_larger_than_the_house_takes_is_refused_and_leaves_nothing() {
    let (place, _inbox) = open_place();
    fs::write(
        place.data().join("credence.toml"),
        "largest_delivery_mib = 1\n",
    )
    .unwrap();
    let issued = place.ok(&["token", "issue", "--for", "tax/penalties", "--days", "9"]);
    let token = issued["token"].as_str().unwrap();
    let server = serve(&place);
    let url = format!("{}/feeds/tax/penalties", server.address);
    let answer = send(|client| {
        client
            .post(url)
            .bearer_auth(token)
            .body(vec![b' '; (1 << 20) + 1])
    });
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (413, &"too-large".into())
    );
    assert_eq!(fs::read_dir(place.data().join("spool")).unwrap().count(), 1);
}
