//! A house with the transport plugin, and the department that has no interface: three
//! folders between them. Time is set by hand, for both.

use crate::house::{actor, furnish, noticed_against, plugin, sample_grant, serve};
use credence_domain::ids::OrderId;
use credence_pipeline::{Clock as _, House, Resolved, SetClock};
use credence_store::{OrderRow, StepRow};
use department_back_ends::{
    desk::Desk,
    door::Door,
    ledger::{Effect, Ledger},
    transport::Transport,
};
use jiff::SignedDuration;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) const CARRIER: &str = "91350100MA900010XU";
/// An invented driver.
pub(crate) const DRIVER: &str = "350000190001010017";
pub(crate) const DRIVER_NAME: &str = "驾驶员戊某";
/// A name with a character that costs four bytes.
pub(crate) const CARRIER_NAME: &str = "福州虚构𠮷顺货运有限公司";
const DECISION: &str = "例交执罚〔2026〕1号";
/// Who bars whoever overloads, and by which measure.
pub(crate) const BARRED: (&str, &str) = ("transport", "S-TRN-01");
/// Where the folders of the example grant lie.
const GRANTED: &str = "/srv/credence/transport";

pub(crate) struct Yard {
    pub(crate) house: Arc<House>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) dir: tempfile::TempDir,
    department: Transport,
    ledger: Ledger,
    address: String,
}

impl Yard {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        make_folders(dir.path());
        let ledger = Ledger::open(&dir.path().join("transport.sqlite"))
            .await
            .unwrap();
        let department = Transport::open(
            Desk::new(ledger.clone(), Door::Open),
            &dir.path().join("orders-out"),
            &dir.path().join("acknowledgements-in"),
        )
        .unwrap();
        let address = serve(department.router()).await;
        let (house, clock) = furnish(dir.path()).await;
        let yard = Self {
            house,
            clock,
            dir,
            department,
            ledger,
            address,
        };
        yard.reinstall(str::to_owned).await;
        yard
    }

    /// The plugin, under the grant that we ship or what becomes of it.
    pub(crate) async fn reinstall(&self, changed: impl Fn(&str) -> String) {
        let grant = changed(&grant(self.dir.path()));
        self.house
            .install(plugin("transport"), "grant", &grant, &actor())
            .await
            .unwrap();
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A row of the overload feed about this subject, in the department's encoding.
    pub(crate) async fn ingest(&self, name: &str, code: &str, person: &str) {
        let file = self.folder("overloads-in").join("2026-11.csv");
        fs::write(file, overload(name, code, person)).unwrap();
        assert_eq!(self.take_in().await, (1, 0));
    }

    /// Two looks at the folders, since the first only sees what is there. Gives how
    /// many deliveries were read, and how many could not be.
    pub(crate) async fn take_in(&self) -> (u32, u32) {
        self.house.take_in().await.unwrap();
        let taken = self.house.take_in().await.unwrap();
        (taken.read, taken.failed)
    }

    /// A case against the carrier whose notice was received; its order may go out.
    pub(crate) async fn due(&self) -> Resolved {
        self.ingest(CARRIER_NAME, CARRIER, "").await;
        self.due_against(CARRIER).await
    }

    pub(crate) async fn due_against(&self, code: &str) -> Resolved {
        let resolved = noticed_against(&self.house, code, BARRED, Vec::new()).await;
        self.pass(SignedDuration::from_hours(24 * 8));
        resolved
    }

    /// The house makes what is due.
    pub(crate) async fn sweep(&self) {
        self.house.sweep_until_quiet().await.unwrap();
    }

    /// The department looks at its folder.
    pub(crate) async fn look(&self) {
        self.department.look(self.clock.now()).await.unwrap();
    }

    /// A round of both, and two minutes more.
    pub(crate) async fn round(&self) {
        self.sweep().await;
        self.look().await;
        self.take_in().await;
        self.sweep().await;
        self.pass(SignedDuration::from_mins(2));
    }

    pub(crate) async fn rounds(&self, count: u32) {
        for _ in 0..count {
            self.round().await;
        }
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }

    /// The order, and its newest step.
    pub(crate) async fn order(&self) -> (OrderRow, StepRow) {
        let mut read = self.house.store().read().await.unwrap();
        let order = read.orders(None, 10).await.unwrap().remove(0);
        let step = read.steps_of(order.id).await.unwrap().pop().unwrap();
        (order, step)
    }

    pub(crate) async fn steps(&self, order: OrderId) -> Vec<StepRow> {
        let mut read = self.house.store().read().await.unwrap();
        read.steps_of(order).await.unwrap()
    }

    pub(crate) async fn effects(&self) -> Vec<Effect> {
        self.ledger.effects(self.clock.now()).await.unwrap()
    }

    /// How often the department met the key of a step.
    pub(crate) async fn seen(&self, key: &str) -> i64 {
        let seen = self.ledger.requests().await.unwrap();
        let posts = seen.iter().find(|seen| seen.key == key);
        posts.map_or(0, |seen| seen.posts)
    }

    pub(crate) async fn switch(&self, setting: &str) {
        self.post("/switch", setting).await;
    }

    /// The clerk is asked for what was withheld.
    pub(crate) async fn telephone(&self) {
        self.post("/acknowledgements", "").await;
    }

    async fn post(&self, path: &str, body: &str) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sent = reqwest::Client::new()
            .post(format!("{}{path}", self.address))
            .header("content-type", "application/json")
            .body(body.to_owned());
        let status = sent.send().await.unwrap().status();
        assert!(status.is_success(), "{path}: {status}");
    }

    /// Everything sealed, and nothing wrong.
    pub(crate) async fn assert_sound(&self) {
        self.house.seal().await.unwrap();
        let report = self.house.verify().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
    }
}

/// The folders between the two, in this directory.
pub(crate) fn make_folders(dir: &Path) {
    for folder in ["orders-out", "acknowledgements-in", "overloads-in"] {
        fs::create_dir(dir.join(folder)).unwrap();
    }
}

/// The grant that we ship, with its folders in this directory.
pub(crate) fn grant(dir: &Path) -> String {
    sample_grant("transport", &[(GRANTED, dir.to_str().unwrap())])
}

/// An overload feed of one row about this subject, in the department's encoding.
pub(crate) fn overload(name: &str, code: &str, person: &str) -> Vec<u8> {
    let text = format!(
        "公路超限运输违法信息,,,,,,,,,,\r\n\
         信息类别,文书号,当事人,统一社会信用代码,身份证件号码,违法行为,依据,罚款金额（元）,\
         决定日期,决定机关,备注\r\n\
         处罚,{DECISION},{name},{code},{person},超限运输,《公路安全保护条例》第六十四条,5000,\
         2026-11-02,虚构省交通运输综合执法局,\r\n"
    );
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

/// Names in a folder, hidden ones and folders left out.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let mut names: Vec<String> = files
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}
