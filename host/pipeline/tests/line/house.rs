//! A house in a directory of its own, beside a department's system on loopback.

use crate::desk::Desk;
use credence_domain::{
    case::{CitedProof, Initiation, ReceiptKind},
    gates::Receipt,
    ids::{CallId, RecordId},
    record::Acknowledgement,
    step::Step,
    time::civil_date,
};
use credence_pipeline::{
    Acknowledged, Actor, Clock as _, House, HouseOptions, IngestReport, Installed, OpenCase,
    PipelineError, Resolved, SetClock,
};
use credence_store::{EventDraft, ObjectionRow, OpenCall, OrderRow, StepRow};
use department_back_ends::{
    ledger::{Effect, Ledger, Seen},
    line::{self, Router},
    tax,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) const TOKEN: &str = "canary-bearer-7731";
pub(crate) const USCC: &str = "91350100MA900010XU";
pub(crate) const DECISION: &str = "榕税稽罚〔2025〕1号";

/// A house, and the system that its plugin speaks to.
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
    fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo xtask plugins` first",
            path.display()
        )
    })
}

/// The grant that the examples give, with these changes, each of which has to find its
/// place.
pub(crate) fn sample_grant(name: &str, changes: &[(&str, &str)]) -> String {
    let path = repository("examples/grants")
        .join(name)
        .with_extension("toml");
    let sample = fs::read_to_string(path).unwrap();
    changes.iter().fold(sample, |grant, (from, to)| {
        assert!(grant.contains(from), "{from}");
        grant.replace(from, to)
    })
}

/// A house in this directory, with the sample catalogue and without a plugin.
pub(crate) async fn furnish(dir: &Path) -> (Arc<House>, Arc<SetClock>) {
    let data = dir.join("data");
    fs::create_dir_all(data.join("catalogue")).unwrap();
    for file in fs::read_dir(repository("examples/catalogue")).unwrap() {
        let file = file.unwrap();
        let copy = data.join("catalogue").join(file.file_name());
        fs::copy(file.path(), copy).unwrap();
    }
    let clock = Arc::new(SetClock::at("2026-11-23T02:00:00Z".parse().unwrap()));
    (open(&data, &clock).await, clock)
}

/// A department's system on loopback. Gives its address.
pub(crate) async fn serve(system: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(line::serve(listener, system));
    address
}

impl Line {
    /// A house without a plugin, beside the system of a department.
    pub(crate) async fn beside(name: &str, system: impl FnOnce(Ledger) -> Router) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join(name).with_extension("sqlite");
        let ledger = Ledger::open(&ledger).await.unwrap();
        let address = serve(system(ledger.clone())).await;
        let (house, clock) = furnish(dir.path()).await;
        Self {
            house,
            clock,
            dir,
            ledger,
            address,
        }
    }

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
        let system = |ledger| tax::router(ledger, Some(TOKEN.to_owned()));
        let line = Self::beside("tax", system).await;
        let desk = match desk {
            false => None,
            true => Some(Desk::open(&line.address).await),
        };
        let reached = desk.as_ref().map_or(&line.address, |desk| &desk.address);
        line.install_at(reached, plugin("tax"), "").await;
        (line, desk)
    }

    /// The file with the token that the plugin sends.
    pub(crate) fn secret(&self) -> PathBuf {
        self.dir.path().join("authorization")
    }

    /// Another component, under a grant with more lines; at its end, so that tables
    /// can follow.
    pub(crate) async fn install_with(&self, component: Vec<u8>, more: &str) {
        self.install_at(&self.address, component, more).await;
    }

    /// The same, reaching the system at this address.
    pub(crate) async fn install_at(&self, address: &str, component: Vec<u8>, more: &str) {
        let installed = self.try_install_at(address, component, more).await;
        installed.unwrap();
    }

    /// The same, or why it was refused.
    pub(crate) async fn try_install_at(
        &self,
        address: &str,
        component: Vec<u8>,
        more: &str,
    ) -> Result<Installed, PipelineError> {
        let secret = self.secret();
        fs::write(&secret, format!("Bearer {TOKEN}\n")).unwrap();
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
        receive(&self.house, resolved).await;
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

/// A case of this department on the newest record of whoever has this code and on the
/// record's own decision, resolved without a refusal, and its notice received today.
pub(crate) async fn noticed_against(
    house: &House,
    code: &str,
    (department, measure): (&str, &str),
    proofs: Vec<CitedProof>,
) -> Resolved {
    let file = house.look(code, Some("test"), &actor()).await.unwrap();
    let newest = &file.records[0];
    let ask = OpenCase {
        record: newest.id,
        initiation: Initiation {
            department: department.to_owned(),
            official: "official-1".to_owned(),
            decision_number: newest.record.decision.number.clone().unwrap(),
            measures: vec![measure.to_owned()],
            second_official: Some("official-2".to_owned()),
            proofs,
        },
    };
    let case = house.open_case(ask, &actor()).await.unwrap();
    let resolved = house.resolve(case.id, &actor()).await.unwrap();
    assert_eq!(resolved.refusals, []);
    receive(house, &resolved).await;
    resolved
}

/// The notice of a case is made, and received today.
pub(crate) async fn receive(house: &House, resolved: &Resolved) {
    house.notify(resolved.case.id, &actor()).await.unwrap();
    let receipt = Receipt {
        kind: ReceiptKind::Delivered,
        on: civil_date(house.now()),
    };
    house
        .receive(resolved.case.id, receipt, None, &actor())
        .await
        .unwrap();
}

/// The steps of a department, the newest order first.
pub(crate) async fn steps_of(house: &House, department: &str) -> Vec<StepRow> {
    let mut read = house.store().read().await.unwrap();
    let mut steps = Vec::new();
    for order in read.orders(None, 99).await.unwrap() {
        let of_order = read.steps_of(order.id).await.unwrap();
        steps.extend(of_order.into_iter().filter(|s| s.department == department));
    }
    steps
}

/// A step, and the plugin and component of the call that is made for it.
pub(crate) struct InHand<'a> {
    pub(crate) step: StepRow,
    pub(crate) call: Option<(&'a str, &'a str)>,
}

/// What a process leaves that dies with a step in its hands: the claim, and its call
/// where one was begun.
pub(crate) async fn abandon(house: &House, in_hand: InHand<'_>) -> StepRow {
    let (now, step) = (house.now(), in_hand.step);
    let mut write = house.store().begin().await.unwrap();
    let call = in_hand.call.map(|_| CallId(uuid::Uuid::from_u128(7)));
    if let (Some(id), Some((plugin, digest))) = (call, in_hand.call) {
        let call = OpenCall {
            id,
            plugin: plugin.to_owned(),
            digest: digest.to_owned(),
            contract: "0.1".to_owned(),
            function: "measures.apply".to_owned(),
            object: step.object(),
            subject: Some(step.subject),
            started_at: now,
            head: Vec::new(),
            step_key: Some(step.key.clone()),
            asking: false,
        };
        write.open_call(&call).await.unwrap();
    }
    let draft = EventDraft {
        call,
        ..draft("step.claimed", now)
    };
    let claimed = StepRow {
        state: Step::Claimed { asking: false },
        claimed_by: Some("gone".to_owned()),
        lease_until: Some(now),
        call: call.or(step.call),
        attempt: 1,
        ..step
    };
    let claimed = write.update_step(claimed, &draft).await.unwrap();
    write.commit().await.unwrap();
    claimed
}

/// An entry of somebody who is gone.
pub(crate) fn draft(kind: &str, at: Timestamp) -> EventDraft {
    EventDraft {
        kind: kind.to_owned(),
        at,
        actor: "gone".to_owned(),
        role: "sweep".to_owned(),
        purpose: None,
        plugin: None,
        call: None,
        detail: Default::default(),
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
