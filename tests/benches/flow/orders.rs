//! Orders a second: dispatched by the house to a department on loopback, against a
//! loop that only makes the same requests and the same grouped writes.
//!
//! Always holds: both sides speak to the same department, which answers at once and
//! keeps nothing, so that nothing hides what the house costs; as many requests are
//! under way at once; the loop writes, before each group of requests and behind it,
//! as many bytes in as many rows as the house wrote for it, in two transactions with
//! the house's durability.

use crate::{
    place::{Place, actor},
    rows::{FEEDS, uscc},
    shown::{Comparison, Shown},
    target::Target,
};
use anyhow::{Context as _, ensure};
use axum::{Json, Router, extract::State, routing::post};
use credence_domain::{
    case::{Initiation, ReceiptKind},
    gates::Receipt,
    time::civil_date,
};
use credence_pipeline::{Clock as _, OpenCase};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::task::JoinSet;

const ORDERS: u32 = 300;
const ROUNDS: usize = 5;
/// Requests under way at once: the calls in flight that the plugin asks for.
const AT_ONCE: usize = 8;

pub(crate) async fn measure(shown: &mut Shown) -> anyhow::Result<()> {
    let department = Department::start().await?;
    let mut rounds = Vec::new();
    // The first round fills caches and is not kept.
    for round in 0..=ROUNDS {
        eprintln!("orders, round {round} of {ROUNDS}");
        let place = prepared(&department).await?;
        let began = Instant::now();
        place.house.sweep_until_quiet().await?;
        let house = f64::from(ORDERS) / began.elapsed().as_secs_f64();
        ensure!(
            department.taken() == ORDERS,
            "the department got {} orders",
            department.taken()
        );
        place.house.store().close().await;
        let written = Written::read(&place.database()).await?;
        let began = Instant::now();
        plain(&department, &written, place.dir.path()).await?;
        let plain = f64::from(ORDERS) / began.elapsed().as_secs_f64();
        department.taken();
        if round > 0 {
            rounds.push((house, plain));
        }
    }
    shown.add(Comparison {
        what: format!("{ORDERS} orders to a department on loopback, orders"),
        house: "the house, from due to sealed",
        plain: "the same requests and grouped writes",
        target: Some(Target::AtLeast(0.5)),
        rounds,
    });
    Ok(())
}

/// A department that says `done` to everything.
struct Department {
    address: String,
    taken: Arc<AtomicU32>,
}

impl Department {
    async fn start() -> anyhow::Result<Self> {
        let taken = Arc::new(AtomicU32::new(0));
        let router = Router::new()
            .route("/measures", post(done))
            .with_state(taken.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async { axum::serve(listener, router).await });
        Ok(Self { address, taken })
    }

    /// Steps taken since this was asked last.
    fn taken(&self) -> u32 {
        self.taken.swap(0, Relaxed)
    }
}

async fn done(State(taken): State<Arc<AtomicU32>>, Json(step): Json<Value>) -> Json<Value> {
    taken.fetch_add(1, Relaxed);
    Json(json!({
        "key": step["key"], "state": "done", "reference": "R-000001",
        "at": "2026-11-30T10:00:00+08:00",
    }))
}

/// A house with so many orders that fall due today.
async fn prepared(department: &Department) -> anyhow::Result<Place> {
    let place = Place::new().await?;
    let secret = place.dir.path().join("authorization");
    std::fs::write(&secret, "Bearer bench\n")?;
    let grant = crate::place::grant("tax")?
        .replace("http://127.0.0.1:8801", &department.address)
        .replace(
            "env = \"CREDENCE_TAX_AUTHORIZATION\"",
            &format!("file = \"{}\"", secret.display()),
        );
    place.install("tax", &grant).await?;
    let file = place.dir.path().join("penalties.json");
    std::fs::write(&file, FEEDS[0].text(ORDERS))?;
    let house = &place.house;
    house
        .ingest("tax", Some("penalties"), &file, &actor(), &|_| ())
        .await?;
    let on = civil_date(place.clock.now());
    for number in 1..=ORDERS {
        let subject = house.look(&uscc(number), Some("bench"), &actor()).await?;
        let record = subject
            .records
            .first()
            .context("a subject without record")?;
        let ask = OpenCase {
            record: record.id,
            initiation: Initiation {
                department: "tax".to_owned(),
                official: "official-1".to_owned(),
                decision_number: format!("例税罚〔2025〕{number}号"),
                measures: vec!["L-TAX-02".to_owned()],
                second_official: None,
                proofs: Vec::new(),
            },
        };
        let case = house.open_case(ask, &actor()).await?;
        house.resolve(case.id, &actor()).await?;
        house.notify(case.id, &actor()).await?;
        let kind = ReceiptKind::Delivered;
        house
            .receive(case.id, Receipt { kind, on }, None, &actor())
            .await?;
    }
    house.seal().await?;
    place
        .clock
        .set(place.clock.now() + SignedDuration::from_hours(24 * 20));
    Ok(place)
}

/// What the house wrote for one order, on an average: rows and their bytes, before
/// the request and behind it.
struct Written {
    before: Vec<usize>,
    behind: Vec<usize>,
}

impl Written {
    async fn read(database: &Path) -> anyhow::Result<Self> {
        let mut from = SqliteConnection::connect_with(&options(database)).await?;
        let mut average = async |sql: &'static str| -> anyhow::Result<usize> {
            let bytes: f64 = sqlx::query_scalar(sql).fetch_one(&mut from).await?;
            Ok(bytes.round() as usize)
        };
        let head =
            average("SELECT coalesce(avg(length(head)), 0.0) FROM call WHERE function = 'apply'")
                .await?;
        let record =
            average("SELECT coalesce(avg(length(record)), 0.0) FROM call WHERE function = 'apply'")
                .await?;
        let step = average("SELECT coalesce(avg(length(content) + 200), 0.0) FROM step").await?;
        let order = average("SELECT coalesce(avg(length(content) + 200), 0.0) FROM order_").await?;
        let entry = average(
            "SELECT coalesce(avg(length(published) + length(sealed)), 0.0) FROM audit_entry",
        )
        .await?;
        Ok(Self {
            // Call, intent, step, and the entry that the step was claimed.
            before: vec![head, 100, step, entry],
            // Call, step, order, and their entries.
            behind: vec![record, step, order, entry, entry],
        })
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-65536")
}

async fn plain(department: &Department, written: &Written, dir: &Path) -> anyhow::Result<()> {
    let mut to = SqliteConnection::connect_with(&options(&dir.join("plain.sqlite"))).await?;
    sqlx::query(
        "CREATE TABLE w (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, data BLOB NOT NULL)",
    )
    .execute(&mut to)
    .await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let numbers: Vec<u32> = (1..=ORDERS).collect();
    for group in numbers.chunks(AT_ONCE) {
        write(&mut to, group, &written.before).await?;
        let mut requests = JoinSet::new();
        for number in group {
            let request = client
                .post(format!("{}/measures", department.address))
                .header("authorization", "Bearer bench")
                .header("idempotency-key", format!("{number}-1"))
                .json(&body(*number));
            requests.spawn(async { request.send().await?.json::<Value>().await });
        }
        while let Some(answer) = requests.join_next().await {
            ensure!(answer??["state"] == "done", "another answer");
        }
        write(&mut to, group, &written.behind).await?;
    }
    Ok(())
}

/// Of the size of what the plugin sends.
fn body(number: u32) -> Value {
    json!({
        "key": format!("{number:032}-1"), "verb": "apply", "order_key": format!("{number:032}-1"),
        "case_number": "闽信联2026-1a2b3c4d", "measure": "L-TAX-02",
        "title": "列入重大税收违法失信主体名单",
        "subject": { "name": "虚构贸易公司", "identifiers": [{ "scheme": "uscc", "value": uscc(number) }] },
        "decision": { "authority": { "name": "虚构省税务局稽查局", "uscc": null },
            "number": format!("例税罚〔2025〕{number}号"), "decided_on": "2025-03-12" },
        "basis": [{ "code": "SAT-54", "text": "《重大税收违法失信主体信息公布管理办法》第六条" }],
        "starts_on": "2026-12-01", "ends_on": "2029-11-30", "effective_on": "2026-12-01",
        "reason": null, "reference": null, "parameters": [],
    })
}

/// One durable transaction: these rows for each of the group.
async fn write(to: &mut SqliteConnection, group: &[u32], sizes: &[usize]) -> anyhow::Result<()> {
    let mut transaction = to.begin().await?;
    let rows = group.len() * sizes.len();
    let values = vec!["(?, ?)"; rows].join(", ");
    let sql = format!("INSERT INTO w (number, data) VALUES {values}");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for number in group {
        for size in sizes {
            query = query.bind(*number).bind(vec![7_u8; *size]);
        }
    }
    query.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
