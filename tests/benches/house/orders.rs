//! Orders a second: dispatched by the house to a department on loopback, against a
//! loop that only makes the same requests and the same grouped writes.
//!
//! Always holds: both sides speak to the same department, which answers at once and
//! keeps nothing, so that nothing hides what the house costs; as many requests are
//! under way at once; the loop writes the rows that the house wrote into a copy of the
//! same database, and as many at once: the outcomes of one group and the claims of the
//! next in one transaction (`same_writes`).

use crate::{
    place::{Place, actor},
    rows::{FEEDS, uscc},
    same_writes::{self, Plain, Written},
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
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::{sync::Semaphore, task::JoinSet};

const ORDERS: u32 = 300;
const ROUNDS: usize = 5;
/// Requests under way at once: the calls in flight that the plugin asks for.
const AT_ONCE: usize = 8;
/// Orders of one transaction: as many claims as the house has out.
const GROUP: usize = 16;

pub(crate) async fn measure(shown: &mut Shown) -> anyhow::Result<()> {
    let department = Department::start().await?;
    let mut rounds = Vec::new();
    // The first round fills caches and is not kept.
    for round in 0..=ROUNDS {
        eprintln!("orders, round {round} of {ROUNDS}");
        let place = prepared(&department).await?;
        let copied = place.dir.path().join("plain.sqlite");
        same_writes::copy(&place.database(), &copied).await?;
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
        let mut to = Plain::open(&copied).await?;
        let began = Instant::now();
        plain(&department, &written, &mut to).await?;
        let plain = f64::from(ORDERS) / began.elapsed().as_secs_f64();
        to.close().await?;
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

async fn plain(department: &Department, written: &[Written], to: &mut Plain) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut before: &[Written] = &[];
    let mut number = 0;
    for group in written.chunks(GROUP) {
        to.write(before, group).await?;
        let mut requests = JoinSet::new();
        for _ in group {
            number += 1;
            let request = client
                .post(format!("{}/measures", department.address))
                .header("authorization", "Bearer bench")
                .header("idempotency-key", format!("{number}-1"))
                .json(&body(number));
            let places = places.clone();
            requests.spawn(async move {
                let _place = places.acquire().await;
                request.send().await?.json::<Value>().await
            });
        }
        while let Some(answer) = requests.join_next().await {
            ensure!(answer??["state"] == "done", "another answer");
        }
        before = group;
    }
    to.write(before, &[]).await?;
    to.seal().await
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
