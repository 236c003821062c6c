//! A host with one plugin admitted, its live ports and its department.
//!
//! Comes in: a change to the grant, then calls. Goes out: reports. Always holds:
//! the grant gives the plugin all that its manifest asks for unless a test takes
//! something away.

use crate::{
    department::Department,
    guest::{self, MOMENT},
    live::{Intents, Register},
};
use credence_domain::{ids::CallId, order::Terms};
use credence_plugin_host::{
    FolderOutbox, Host, HttpEgress, Revision,
    call::{Function, Report, Retry},
    grant::{Destination, Folder, Grant, SecretGrant},
    manifest::Limits,
    ports::Ports,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tempfile::TempDir;
use uuid::Uuid;

/// The value of the secret setting `authorization`: no guest and no journal may
/// ever hold it.
pub(crate) const SECRET: &str = "Bearer canary-7f3a";

/// The value of the secret `signing`.
pub(crate) const SIGNING: &str = "canary-key-91c2";

/// One engine for all tests of this process, as in a real one.
static HOST: LazyLock<Host> = LazyLock::new(|| Host::start(16).expect("the engine starts"));

/// A plugin, admitted, in its surroundings.
pub(crate) struct House {
    pub(crate) revision: Revision,
    pub(crate) department: Department,
    pub(crate) register: Arc<Register>,
    pub(crate) intents: Arc<Intents>,
    pub(crate) outbox: TempDir,
    ports: Arc<Ports>,
}

impl House {
    /// The rogue, under a grant that gives it everything.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// The rogue, under a grant changed by the test.
    pub(crate) async fn with(change: impl FnOnce(&mut Grant)) -> Self {
        Self::admit(&HOST, guest::rogue(), rogue_grant, change).await
    }

    /// The tax plugin.
    pub(crate) async fn tax() -> Self {
        Self::admit(&HOST, guest::tax(), tax_grant, |_| {}).await
    }

    /// The tax plugin, under a grant changed by the test.
    pub(crate) async fn tax_with(change: impl FnOnce(&mut Grant)) -> Self {
        Self::admit(&HOST, guest::tax(), tax_grant, change).await
    }

    /// The rogue on an engine of its own, for so many calls at once.
    pub(crate) async fn on(host: &Host) -> Self {
        Self::admit(host, guest::rogue(), rogue_grant, |_| {}).await
    }

    async fn admit(
        host: &Host,
        component: Vec<u8>,
        grant: fn(SocketAddr) -> Grant,
        change: impl FnOnce(&mut Grant),
    ) -> Self {
        let department = Department::open().await;
        let outbox = tempfile::tempdir().expect("a directory");
        let mut grant = grant(department.address);
        for folder in grant.folders.values_mut() {
            folder.path = outbox.path().display().to_string();
        }
        change(&mut grant);
        let revision = host.admit(component, &grant).await;
        let intents = Arc::new(Intents::new(department.counter()));
        let register = Arc::new(Register::with([
            ("authorization", SECRET),
            ("signing", SIGNING),
        ]));
        let ports = Arc::new(Ports {
            journal: intents.clone(),
            vault: register.clone(),
            egress: Arc::new(HttpEgress::new().expect("the HTTP client starts")),
            outbox: Arc::new(FolderOutbox::new(intents.clone())),
        });
        Self {
            revision: revision.expect("the guest is admitted under its grant"),
            department,
            register,
            intents,
            outbox,
            ports,
        }
    }

    pub(crate) async fn ask(&self, function: &Function) -> Report {
        static CALLS: AtomicU64 = AtomicU64::new(1);
        let call = CallId(Uuid::from_u128(CALLS.fetch_add(1, Relaxed).into()));
        let prepared = self.revision.prepare(call, MOMENT, function);
        self.revision.call(&self.ports, prepared).await
    }

    /// The rogue's `apply`, with its usual path.
    pub(crate) async fn apply(&self, behaviour: &str) -> Report {
        self.order(guest::order(behaviour, "/echo/x")).await
    }

    /// The rogue's `apply`, sending to this path.
    pub(crate) async fn send(&self, behaviour: &str, path: &str) -> Report {
        self.order(guest::order(behaviour, path)).await
    }

    pub(crate) async fn order(&self, order: Terms) -> Report {
        self.ask(&Function::Apply(order)).await
    }

    /// What the department can fetch from the folder: every file, hidden ones too.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.outbox.path()).expect("the folder is there");
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.expect("an entry");
            let bytes = std::fs::read(entry.path()).expect("a file");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        };
        entries.map(read).collect()
    }

    /// The rogue's `normalise`.
    pub(crate) async fn read(&self, behaviour: &str) -> Report {
        self.ask(&Function::Normalise(guest::chunk(behaviour)))
            .await
    }
}

/// Everything that the rogue asks for, towards this address.
pub(crate) fn rogue_grant(address: SocketAddr) -> Grant {
    grant(["rogue", "rows", "R-TEST-01", "test-system"], address)
}

fn tax_grant(address: SocketAddr) -> Grant {
    let mut grant = grant(["tax", "penalties", "L-TAX-02", "tax-bureau"], address);
    grant.feeds.insert("violations".into());
    grant
}

fn grant([plugin, feed, measure, destination]: [&str; 4], address: SocketAddr) -> Grant {
    let place = Destination {
        address: format!("http://{address}"),
        methods: ["GET", "POST"].map(str::to_owned).into(),
        encoding: "utf-8".into(),
        persons: false,
        private_network: true,
        signature: None,
    };
    let folder = Folder {
        path: "/nowhere".into(),
        encoding: "gbk".into(),
        persons: false,
    };
    let secret = SecretGrant {
        env: Some("UNUSED".into()),
        file: None,
        destinations: BTreeSet::from([destination.to_owned()]),
    };
    Grant {
        plugin: plugin.into(),
        feeds: BTreeSet::from([feed.to_owned()]),
        measures: BTreeSet::from([measure.to_owned()]),
        call: true,
        log: true,
        destinations: BTreeMap::from([(destination.to_owned(), place)]),
        folders: BTreeMap::from([("outbox".to_owned(), folder)]),
        settings: BTreeMap::new(),
        secrets: BTreeMap::from([("authorization".to_owned(), secret)]),
        subject: Default::default(),
        intake: BTreeMap::new(),
        limits: None,
    }
}

/// Limits like the rogue's own, with other guest time.
pub(crate) fn time_limit(time_ms: u32) -> Option<Limits> {
    Some(Limits {
        memory_mib: 64,
        time_ms,
        output_kib: 8_192,
        calls_in_flight: 8,
    })
}

/// How a call has to have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The case, as in rows and tables.
    pub(crate) code: &'a str,
    /// Part of what the operator reads.
    pub(crate) says: &'a str,
    pub(crate) retry: Retry,
    pub(crate) left_house: bool,
}

/// Holds a report against what was wanted.
#[track_caller]
pub(crate) fn check(behaviour: &str, report: &Report, wanted: Wanted<'_>) {
    let text = report.ended.to_string();
    let short: String = text.chars().take(400).collect();
    assert_eq!(report.ended.code(), wanted.code, "{behaviour}: {short}");
    assert!(
        text.contains(wanted.says),
        "{behaviour}: `{}` is not in: {short}",
        wanted.says
    );
    assert_eq!(
        report.left_house, wanted.left_house,
        "{behaviour}: left the house"
    );
    assert_eq!(report.retry(), wanted.retry, "{behaviour}: retry");
}
