//! A house with the four plugins under the grants that we ship, the four departments'
//! own systems, and the files of a province. Time is set by hand, for all of them.

use crate::house::{TOKEN, actor, open, plugin, repository};
use credence_domain::{
    case::{CitedProof, Initiation, ReceiptKind},
    catalogue::Proof,
    gates::Receipt,
    ids::OrderId,
    order::OrderState,
    step::Verb,
    time::{civil_date, start_of_day},
};
use credence_pipeline::{
    Clock as _, House, ImportReport, IngestReport, OpenCase, Resolved, SetClock,
};
use credence_province::{
    Province,
    cast::{Ask, Member},
    expected::DeliveryExpected,
};
use credence_store::RecordRow;
use department_back_ends::{
    customs, desk::Desk, door::Door, housing, ledger::Ledger, line, signature::Key, tax,
    transport::Transport,
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, path::Path, sync::Arc};

const KEY: &str = "canary-customs-key-4402";

pub(super) struct Town {
    pub(super) province: Province,
    house: Arc<House>,
    clock: Arc<SetClock>,
    dir: tempfile::TempDir,
    ledgers: BTreeMap<&'static str, Ledger>,
    transport: Transport,
}

impl Town {
    pub(super) async fn start(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let province = Province::make(seed, 240).unwrap();
        province.write(&dir.path().join("province")).unwrap();
        let mut ledgers = BTreeMap::new();
        for department in ["tax", "customs", "transport", "housing"] {
            let path = dir.path().join(format!("{department}.sqlite"));
            ledgers.insert(department, Ledger::open(&path).await.unwrap());
        }
        let folder = |name: &str| dir.path().join("transport").join(name);
        for name in ["orders-out", "acknowledgements-in", "overloads-in"] {
            std::fs::create_dir_all(folder(name)).unwrap();
        }
        let desk = Desk::new(ledgers["transport"].clone(), Door::Open);
        let (out, back) = (folder("orders-out"), folder("acknowledgements-in"));
        let transport = Transport::open(desk, &out, &back).unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir_all(data.join("catalogue")).unwrap();
        for file in std::fs::read_dir(repository("examples/catalogue")).unwrap() {
            let file = file.unwrap();
            let copy = data.join("catalogue").join(file.file_name());
            std::fs::copy(file.path(), copy).unwrap();
        }
        let clock = Arc::new(SetClock::at("2026-11-23T02:00:00Z".parse().unwrap()));
        let town = Self {
            province,
            house: open(&data, &clock).await,
            clock,
            dir,
            ledgers,
            transport,
        };
        town.install_all().await;
        town
    }

    /// With everything read that is there when the story begins.
    pub(super) async fn peopled(seed: u64) -> Self {
        let town = Self::start(seed).await;
        town.import_register().await;
        for delivery in town.province.expected.deliveries.clone() {
            if !delivery.file.starts_with("later/") {
                town.ingest(&delivery).await;
            }
        }
        town
    }

    async fn install_all(&self) {
        let bearer = self.secret("bearer", &format!("Bearer {TOKEN}"));
        let key = self.secret("key", KEY);
        let token = || Some(TOKEN.to_owned());
        let tax = tax::router(self.ledgers["tax"].clone(), token());
        let theirs = Key::new("credence", KEY.as_bytes());
        let customs = customs::router(self.ledgers["customs"].clone(), Some(theirs));
        let housing = housing::router(self.ledgers["housing"].clone(), token(), 0);
        let listening = async |router| {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(line::serve(listener, router));
            address
        };
        let (tax, customs) = (listening(tax).await, listening(customs).await);
        let housing = listening(housing).await;
        let folders = self.dir.path().join("transport").display().to_string();
        let env = |name: &str| format!("env = \"CREDENCE_{name}\"");
        self.install(
            "tax",
            &[
                ("http://127.0.0.1:8801", &tax),
                (&env("TAX_AUTHORIZATION"), &bearer),
            ],
        )
        .await;
        self.install(
            "customs",
            &[
                ("http://127.0.0.1:8802", &customs),
                (&env("CUSTOMS_KEY"), &key),
            ],
        )
        .await;
        self.install(
            "housing",
            &[
                ("http://127.0.0.1:8804", &housing),
                (&env("HOUSING_AUTHORIZATION"), &bearer),
            ],
        )
        .await;
        self.install("transport", &[("/srv/credence/transport", &folders)])
            .await;
    }

    /// The grant's line that names a file with this in it.
    fn secret(&self, name: &str, holds: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, format!("{holds}\n")).unwrap();
        format!("file = \"{}\"", path.display())
    }

    /// Under the grant that the examples give, at the places of this test.
    async fn install(&self, name: &str, places: &[(&str, &str)]) {
        let sample = repository(&format!("examples/grants/{name}.toml"));
        let mut grant = std::fs::read_to_string(sample).unwrap();
        for (there, here) in places {
            assert!(grant.contains(there), "{there}");
            grant = grant.replace(there, here);
        }
        self.house
            .install(plugin(name), "grant", &grant, &actor())
            .await
            .unwrap();
    }

    pub(super) async fn import_register(&self) -> ImportReport {
        let path = self.dir.path().join("province/register.csv");
        self.house
            .import_register(&path, &actor(), &|_| ())
            .await
            .unwrap()
    }

    pub(super) async fn ingest(&self, delivery: &DeliveryExpected) -> IngestReport {
        self.read(delivery.plugin, delivery.feed, delivery.file)
            .await
    }

    /// The delivery of a later day.
    pub(super) async fn later(&self, plugin: &str, file: &str) {
        self.clock.set("2026-12-15T02:00:00Z".parse().unwrap());
        self.read(plugin, "wage-arrears", file).await;
    }

    async fn read(&self, plugin: &str, feed: &str, file: &str) -> IngestReport {
        let path = self.dir.path().join("province").join(Path::new(file));
        self.house
            .ingest(plugin, Some(feed), &path, &actor(), &|_| ())
            .await
            .unwrap()
    }

    /// The record of a member that rests on this decision.
    pub(super) async fn record(&self, member: &Member, decision: &str) -> RecordRow {
        let file = self
            .house
            .look(member.code, Some("test"), &actor())
            .await
            .unwrap();
        let rests = |row: &RecordRow| row.record.decision.number.as_deref() == Some(decision);
        let found = file.records.into_iter().find(rests);
        found.unwrap_or_else(|| panic!("{}: no record on {decision}", member.part))
    }

    /// A case in which this is asked, and what the gates say.
    pub(super) async fn resolve(&self, member: &Member, ask: &Ask) -> Resolved {
        let record = self.record(member, ask.decision).await;
        assert_eq!(record.record.item, ask.item, "{}", member.part);
        let proofs = ask.proofs.iter().map(|(code, number)| CitedProof {
            proof: *Proof::ALL
                .iter()
                .find(|proof| proof.code() == *code)
                .unwrap(),
            document: (*number).to_owned(),
        });
        let ask = OpenCase {
            record: record.id,
            initiation: Initiation {
                department: ask.department.to_owned(),
                official: "official-1".to_owned(),
                decision_number: ask.cites.to_owned(),
                measures: vec![ask.measure.to_owned()],
                second_official: ask.second_official.then(|| "official-2".to_owned()),
                proofs: proofs.collect(),
            },
        };
        let case = self.house.open_case(ask, &actor()).await.unwrap();
        self.house.resolve(case.id, &actor()).await.unwrap()
    }

    /// The notice of a case is made, and received today.
    pub(super) async fn receive(&self, resolved: &Resolved) {
        assert_eq!(resolved.refusals, []);
        self.house.notify(resolved.case.id, &actor()).await.unwrap();
        let receipt = Receipt {
            kind: ReceiptKind::Delivered,
            on: civil_date(self.clock.now()),
        };
        self.house
            .receive(resolved.case.id, receipt, None, &actor())
            .await
            .unwrap();
    }

    pub(super) fn pass_days(&self, days: i64) {
        let time = SignedDuration::from_hours(24 * days);
        self.clock.set(self.clock.now() + time);
    }

    /// To the day after the last of an order.
    pub(super) async fn pass_to_end_of(&self, id: OrderId) {
        let mut read = self.house.store().read().await.unwrap();
        let order = read.order(id).await.unwrap().unwrap();
        let after = order.terms.ends_on.tomorrow().unwrap();
        self.clock.set(start_of_day(after).unwrap());
    }

    /// Sweeps, lets transport read and answer its folders, and lets time pass until
    /// nothing is due within the next day.
    pub(super) async fn settle(&self) {
        for _ in 0..60 {
            self.house.sweep_until_quiet().await.unwrap();
            self.transport.look(self.clock.now()).await.unwrap();
            // The first look only sees what is there.
            self.house.take_in().await.unwrap();
            self.house.take_in().await.unwrap();
            let mut read = self.house.store().read().await.unwrap();
            let due = read.next_due().await.unwrap();
            drop(read);
            let now = self.clock.now();
            match due {
                Some(due) if due <= now + SignedDuration::from_hours(24) => {
                    self.clock.set(due.max(now));
                }
                _ => return,
            }
        }
        panic!("the line does not settle");
    }

    pub(super) async fn state(&self, id: OrderId) -> OrderState {
        let mut read = self.house.store().read().await.unwrap();
        let order = read.order(id).await.unwrap().unwrap();
        order.course.state
    }

    /// Subjects, as a department's own ledger has them, of what it did under a verb.
    pub(super) async fn effects(&self, department: &str, verb: Verb) -> Vec<String> {
        let effects = self.ledgers[department].effects(Timestamp::now()).await;
        let effects = effects.unwrap().into_iter();
        effects
            .filter(|effect| effect.verb == verb.code())
            .map(|effect| effect.subject.to_string())
            .collect()
    }

    /// Everything sealed, and nothing wrong.
    pub(super) async fn assert_sound(&self) {
        self.house.seal().await.unwrap();
        let report = self.house.verify().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        assert_eq!(report.pending, 0);
    }
}
