//! A house in a directory of its own, beside a department's system on loopback.

use crate::desk::Desk;
use credence_domain::{
    case::{Initiation, ReceiptKind},
    gates::Receipt,
    ids::RecordId,
    record::Acknowledgement,
    time::civil_date,
};
use credence_pipeline::{
    Acknowledged, Actor, Clock as _, House, HouseOptions, IngestReport, OpenCase, Resolved,
    SetClock,
};
use credence_store::{ObjectionRow, OrderRow, StepRow};
use department_back_ends::{
    ledger::{Effect, Ledger, Seen},
    line, tax,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) const TOKEN: &str = "canary-bearer-7731";
pub(crate) const USCC: &str = "91350100MA900010XU";
pub(crate) const DECISION: &str = "榕税稽罚〔2025〕1号";

/// A house with the tax plugin, and the system that the plugin speaks to.
pub(crate) struct Line {
    pub(crate) house: Arc<House>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) ledger: Ledger,
    pub(crate) address: String,
}

pub(crate) fn actor() -> Actor {
    Actor::operator("tester")
}

/// A file of the repository, from its root.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The component of this plugin, as `cargo xtask plugins` builds it.
pub(crate) fn plugin(name: &str) -> Vec<u8> {
    let dir = std::env::var_os("CREDENCE_PLUGINS").map(PathBuf::from);
    let path = dir
        .unwrap_or_else(|| repository("target/plugins"))
        .join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo xtask plugins` first",
            path.display()
        )
    })
}

pub(crate) fn tax_component() -> Vec<u8> {
    plugin("tax")
}

impl Line {
    pub(crate) async fn start() -> Self {
        let (line, _) = Self::with_desk(false).await;
        line
    }

    /// The same, with a desk between the plugin and the system.
    pub(crate) async fn behind_desk() -> (Self, Desk) {
        let (line, desk) = Self::with_desk(true).await;
        (line, desk.unwrap())
    }

    async fn with_desk(desk: bool) -> (Self, Option<Desk>) {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("tax.sqlite")).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = tax::router(ledger.clone(), Some(TOKEN.to_owned()));
        tokio::spawn(line::serve(listener, router));
        let data = dir.path().join("data");
        std::fs::create_dir_all(data.join("catalogue")).unwrap();
        for file in std::fs::read_dir(repository("examples/catalogue")).unwrap() {
            let file = file.unwrap();
            let copy = data.join("catalogue").join(file.file_name());
            std::fs::copy(file.path(), copy).unwrap();
        }
        let clock = Arc::new(SetClock::at("2026-11-23T02:00:00Z".parse().unwrap()));
        let house = open(&data, &clock).await;
        let line = Self {
            house,
            clock,
            dir,
            ledger,
            address,
        };
        let (desk, reached) = match desk {
            false => (None, line.address.clone()),
            true => {
                let (desk, address) = Desk::open(&line.address).await;
                (Some(desk), address)
            }
        };
        line.install(&reached).await;
        (line, desk)
    }

    /// The file with the token that the plugin sends.
    pub(crate) fn secret(&self) -> PathBuf {
        self.dir.path().join("authorization")
    }

    async fn install(&self, address: &str) {
        self.install_at(address, tax_component(), "").await;
    }

    /// Another component, under a grant with more lines; at its end, so that tables
    /// can follow.
    pub(crate) async fn install_with(&self, component: Vec<u8>, more: &str) {
        self.install_at(&self.address, component, more).await;
    }

    async fn install_at(&self, address: &str, component: Vec<u8>, more: &str) {
        let secret = self.secret();
        std::fs::write(&secret, format!("Bearer {TOKEN}\n")).unwrap();
        let grant = format!(
            "plugin = \"tax\"\nfeeds = [\"penalties\", \"violations\"]\nmeasures = [\"L-TAX-02\"]\ncall = true\nlog = true\n\
             [destinations.tax-bureau]\naddress = \"{}\"\nmethods = [\"GET\", \"POST\"]\nprivate_network = true\n\
             [secrets.authorization]\nfile = \"{}\"\ndestinations = [\"tax-bureau\"]\n\
             [subject]\nname = true\nschemes = [\"uscc\"]\n{more}",
            address,
            secret.display()
        );
        self.house
            .install(component, "grant", &grant, &actor())
            .await
            .unwrap();
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Ingests the sample feed.
    pub(crate) async fn ingest(&self) -> IngestReport {
        let path = repository("examples/feeds/tax-penalties.json");
        self.house
            .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
            .await
            .unwrap()
    }

    /// The record of the first row of the sample feed.
    pub(crate) async fn record(&self) -> RecordId {
        let file = self.house.look(USCC, Some("test"), &actor()).await.unwrap();
        file.records[0].id
    }

    pub(crate) async fn open(&self, official: &str, decision: &str) -> Resolved {
        let ask = self.ask(official, decision).await;
        let case = self.house.open_case(ask, &actor()).await.unwrap();
        self.house.resolve(case.id, &actor()).await.unwrap()
    }

    pub(crate) async fn ask(&self, official: &str, decision: &str) -> OpenCase {
        OpenCase {
            record: self.record().await,
            initiation: Initiation {
                department: "tax".to_owned(),
                official: official.to_owned(),
                decision_number: decision.to_owned(),
                measures: vec!["L-TAX-02".to_owned()],
                second_official: None,
                proofs: Vec::new(),
            },
        }
    }

    /// A case whose notice was received today; its order is due in six days.
    pub(crate) async fn noticed(&self) -> Resolved {
        self.ingest().await;
        self.noticed_again().await
    }

    /// The same, of records that are there.
    pub(crate) async fn noticed_again(&self) -> Resolved {
        let resolved = self.open("official-1", DECISION).await;
        assert_eq!(resolved.refusals, []);
        self.receive(&resolved).await;
        resolved
    }

    /// The notice of a case is made, and received today.
    pub(crate) async fn receive(&self, resolved: &Resolved) {
        self.house.notify(resolved.case.id, &actor()).await.unwrap();
        let on = civil_date(self.clock.now());
        let receipt = Receipt {
            kind: ReceiptKind::Delivered,
            on,
        };
        self.house
            .receive(resolved.case.id, receipt, None, &actor())
            .await
            .unwrap();
    }

    /// The newest order and its newest step.
    pub(crate) async fn order(&self) -> (OrderRow, StepRow) {
        let mut read = self.house.store().read().await.unwrap();
        let order = read.orders(None, 10).await.unwrap().remove(0);
        let step = read.steps_of(order.id).await.unwrap().pop().unwrap();
        (order, step)
    }

    pub(crate) async fn objections(&self) -> Vec<ObjectionRow> {
        let mut read = self.house.store().read().await.unwrap();
        read.objections(false, 10).await.unwrap()
    }

    /// A department's feed brings answers, in a transaction of its own.
    pub(crate) async fn acknowledge(
        &self,
        department: &str,
        answers: &[Acknowledgement],
    ) -> Vec<Acknowledged> {
        let mut write = self.house.store().begin().await.unwrap();
        let taken = self
            .house
            .acknowledge(&mut write, department, answers, &actor())
            .await
            .unwrap();
        write.commit().await.unwrap();
        taken
    }

    /// Sweeps and lets time pass until nothing is due within the next day.
    pub(crate) async fn settle(&self) {
        for _ in 0..40 {
            self.house.sweep_until_quiet().await.unwrap();
            let mut read = self.house.store().read().await.unwrap();
            let due = read.next_due().await.unwrap();
            drop(read);
            let now = self.clock.now();
            match due {
                // What is due and stays has something that keeps it back.
                Some(due) if now < due && due <= now + SignedDuration::from_hours(24) => {
                    self.clock.set(due);
                }
                _ => return,
            }
        }
        panic!("the line does not settle");
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.pass(SignedDuration::from_hours(24 * days));
    }

    pub(crate) async fn switch(&self, setting: &str) {
        let client = reqwest_client();
        let url = format!("{}/switch", self.address);
        let sent = client.post(url).header("content-type", "application/json");
        let answer = sent.body(setting.to_owned()).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{setting}: {}",
            answer.status()
        );
    }

    pub(crate) async fn effects(&self) -> Vec<Effect> {
        self.ledger.effects(Timestamp::now()).await.unwrap()
    }

    pub(crate) async fn requests(&self) -> Vec<Seen> {
        self.ledger.requests().await.unwrap()
    }

    /// Everything sealed, and nothing wrong.
    pub(crate) async fn assert_sound(&self) {
        self.house.seal().await.unwrap();
        let report = self.house.verify().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        assert_eq!(report.pending, 0);
        assert!(report.log.entries > 0);
    }
}

fn reqwest_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub(crate) async fn open(data: &Path, clock: &Arc<SetClock>) -> Arc<House> {
    Arc::new(open_bare(data, clock).await)
}

pub(crate) async fn open_bare(data: &Path, clock: &Arc<SetClock>) -> House {
    let house = House::open(HouseOptions {
        data: data.to_owned(),
        clock: clock.clone(),
        region: "350000".to_owned(),
        origin: "test/log".to_owned(),
    });
    let decoders = std::env::var_os("CREDENCE_DECODERS").map(PathBuf::from);
    let decoders = decoders.unwrap_or_else(|| repository("target/decoders"));
    let house = house.await.unwrap().decoding_with(decoders);
    // Two looks are enough, however soon one follows the other.
    house.quiet_for(std::time::Duration::ZERO)
}
