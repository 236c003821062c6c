//! The same call through the host, as the house makes it.
//!
//! Comes in: a component. Goes out: calls, each prepared, limited, checked, and
//! its journal encoded and queued. Always holds: the queue is bounded; who
//! drains it comes by every millisecond and takes what is there, as a group
//! commit does, so that no call wakes a thread.

use crate::{order, unused::Unused};
use credence_domain::ids::CallId;
use credence_plugin_host::{
    FolderOutbox, Host, HttpEgress, Revision,
    call::{Ended, Function},
    grant::Grant,
    ports::Ports,
};
use jiff::civil::{DateTime, date};
use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::Duration,
};
use uuid::Uuid;

/// Calls that may run at once.
pub(crate) const PLACES: u32 = 16;
/// Journals that may wait.
const QUEUE: usize = 8_192;
const MOMENT: DateTime = date(2026, 11, 23).at(9, 30, 0, 0);

const GRANT: &str = r#"plugin = "rogue"
feeds = ["rows"]
measures = ["R-TEST-01"]
call = true
log = true
[destinations.test-system]
address = "https://test.example"
methods = ["POST"]
[folders.outbox]
path = "/nowhere"
[settings]
authorization = "none"
"#;

/// Head and record of one journal.
type Written = (Vec<u8>, Vec<u8>);

/// A revision that was admitted, and where its journals go.
pub(crate) struct Hosted {
    revision: Revision,
    ports: Arc<Ports>,
    function: Function,
    journals: SyncSender<Written>,
    calls: AtomicU64,
}

impl Hosted {
    pub(crate) async fn start(component: Vec<u8>) -> anyhow::Result<Self> {
        let grant = Grant::parse("the benchmark's grant", GRANT)?;
        let revision = Host::start(PLACES)?.admit(component, &grant).await?;
        let (journals, waiting) = sync_channel(QUEUE);
        thread::spawn(move || drain(&waiting));
        Ok(Self {
            revision,
            ports: Arc::new(Ports {
                journal: Arc::new(Unused),
                vault: Arc::new(Unused),
                egress: Arc::new(HttpEgress::new()?),
                outbox: Arc::new(FolderOutbox::new(Arc::new(Unused))),
            }),
            function: Function::Apply(order::order()),
            journals,
            calls: AtomicU64::new(1),
        })
    }

    pub(crate) async fn call(&self) {
        let number = self.calls.fetch_add(1, Relaxed);
        let call = CallId(Uuid::from_u64_pair(0, number));
        let prepared = self.revision.prepare(call, MOMENT, &self.function);
        let report = self.revision.call(&self.ports, prepared).await;
        assert!(
            matches!(report.ended, Ended::Answered(_)),
            "{}",
            report.ended
        );
        let queued = self.journals.send((report.head, report.record));
        queued.expect("someone drains the queue");
    }
}

fn drain(waiting: &Receiver<Written>) {
    loop {
        match waiting.try_recv() {
            Ok(written) => drop(black_box(written)),
            Err(TryRecvError::Empty) => thread::sleep(Duration::from_millis(1)),
            Err(TryRecvError::Disconnected) => return,
        }
    }
}
