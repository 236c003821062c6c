//! A kill in the middle of a thousand orders: started again, every one of them is in
//! force, none was made twice, and the log is whole.

use crate::binary::{Place, Running, repository};
use credence_domain::{
    case::{Initiation, ReceiptKind},
    gates::Receipt,
    ids::CaseId,
    order::OrderState,
    time::civil_date,
};
use credence_pipeline::{Actor, Clock as _, House, HouseOptions, OpenCase, SystemClock};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

const ORDERS: u32 = 1_000;

/// The unified code of an invented organization, by its number (GB 32100, GB 11714).
fn code(number: u32) -> String {
    const WORDS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("MA9{:05}", 20_000 + number);
    let value = |letter: char| letter.to_digit(36).unwrap();
    let sum: u32 = body
        .chars()
        .map(value)
        .zip([3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(v, w)| v * w)
        .sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap(),
    };
    let code = format!("91350100{body}{check}");
    let place = |letter| WORDS.find(letter).unwrap();
    let (sum, _) = code
        .chars()
        .map(place)
        .fold((0, 1), |(sum, weight), value| {
            (sum + value * weight, weight * 3 % 31)
        });
    let check = WORDS.as_bytes()[(31 - sum % 31) % 31] as char;
    format!("{code}{check}")
}

fn decision(number: u32) -> String {
    format!("榕税稽罚〔2025〕{}号", 1_000 + number)
}

/// The sample's first row, for every one of these organizations.
fn feed() -> Value {
    let sample = fs::read_to_string(repository("examples/feeds/tax-penalties.json")).unwrap();
    let sample: Value = serde_json::from_str(&sample).unwrap();
    let row = |number| {
        let mut row = sample["rows"][0].clone();
        row["CF_XDR_MC"] = json!(format!("福州虚构第{number}有限公司"));
        row["CF_XDR_SHXYM"] = json!(code(number));
        row["CF_WSH"] = json!(decision(number));
        for field in ["CF_XDR_GSZC", "CF_FRDB", "CF_FR_ZJLX", "CF_FR_ZJHM"] {
            row[field] = Value::Null;
        }
        row
    };
    let rows: Vec<Value> = (0..ORDERS).map(row).collect();
    json!({ "total": rows.len(), "rows": rows })
}

/// Every case up to its receipt, so that its order is due.
async fn prepare(place: &Place) -> (Arc<House>, Vec<CaseId>) {
    let house = House::open(HouseOptions {
        data: place.data(),
        clock: Arc::new(SystemClock),
        region: "350000".to_owned(),
        origin: "credence/log".to_owned(),
    });
    let house = Arc::new(house.await.unwrap());
    let actor = Actor::operator("tester");
    let path = place.dir.path().join("many.json");
    fs::write(&path, feed().to_string()).unwrap();
    let report = house
        .ingest("tax", Some("penalties"), &path, &actor, &|_| ())
        .await
        .unwrap();
    assert_eq!(report.recorded, u64::from(ORDERS), "{report:#?}");
    let receipt = Receipt {
        kind: ReceiptKind::Delivered,
        on: civil_date(SystemClock.now()),
    };
    let mut cases = Vec::new();
    for number in 0..ORDERS {
        let file = house
            .look(&code(number), Some("test"), &actor)
            .await
            .unwrap();
        let ask = OpenCase {
            record: file.records[0].id,
            initiation: Initiation {
                department: "tax".to_owned(),
                official: "official-1".to_owned(),
                decision_number: decision(number),
                measures: vec!["L-TAX-02".to_owned()],
                second_official: None,
                proofs: Vec::new(),
            },
        };
        let case = house.open_case(ask, &actor).await.unwrap().id;
        let resolved = house.resolve(case, &actor).await.unwrap();
        assert_eq!(resolved.refusals, []);
        house.notify(case, &actor).await.unwrap();
        house.receive(case, receipt, None, &actor).await.unwrap();
        cases.push(case);
    }
    (house, cases)
}

async fn in_force(house: &House, cases: &[CaseId]) -> usize {
    let mut read = house.store().read().await.unwrap();
    let states = read.order_states(cases.iter().copied()).await.unwrap();
    let all = states.values().flatten();
    all.filter(|state| **state == OrderState::InForce).count()
}

#[test]
fn a_thousand_orders_outlive_a_kill_in_their_midst() {
    let runtime = Runtime::new().unwrap();
    let place = Place::new();
    place.switch(r#"{"mode":"slow","ms":3}"#);
    let (house, cases) = runtime.block_on(prepare(&place));
    let serve = || Running::start(place.command(&["serve", "--listen", "127.0.0.1:0"]));
    let began = Instant::now();
    let wait = |what: &str, reached: &dyn Fn() -> bool| {
        while !reached() {
            assert!(began.elapsed() < Duration::from_secs(120), "{what}");
            std::thread::yield_now();
        }
    };
    let server = serve();
    let some = ORDERS as usize / 3;
    let done = || runtime.block_on(in_force(&house, &cases));
    wait("a third of them", &|| done() >= some);
    // Dropping it is a kill: nothing is written any more, and calls are out.
    drop(server);
    let at_the_kill = done();
    assert!(
        at_the_kill < ORDERS as usize,
        "it was to be killed in their midst"
    );
    let server = serve();
    wait("all of them", &|| done() == ORDERS as usize);
    drop(server);
    let effects = place.effects();
    let keys: BTreeSet<&str> = effects
        .iter()
        .map(|effect| effect["key"].as_str().unwrap())
        .collect();
    assert_eq!(effects.len(), ORDERS as usize);
    assert_eq!(keys.len(), ORDERS as usize, "one effect for each key");
    assert!(effects.iter().all(|effect| effect["verb"] == "apply"));
    drop(house);
    place.ok(&["audit", "verify"]);
}
