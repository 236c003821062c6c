//! What makes a call durable, apart from the call itself: two commits, one
//! before it and one after, each with its entry in the audit log.
//!
//! Comes in: nothing. Goes out: the time that each pair of commits takes, one
//! after another. Always holds: a store as the house opens it, with fsync, in a
//! directory for temporary files. Deliberately absent: group commit, which
//! shares one commit among many.

use credence_audit::ObjectRef;
use credence_domain::ids::CallId;
use credence_store::{CloseCall, EventDraft, KeyRing, OpenCall, Store};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use uuid::Uuid;

/// Bytes of the head and of the record of the small order of this benchmark.
const PART: usize = 512;

/// A store that is thrown away at the end.
pub(crate) struct Durable {
    store: Store,
    _dir: TempDir,
}

impl Durable {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let dir = TempDir::new()?;
        let keys = KeyRing::from_bytes(&[7; 32], &[8; 32]);
        let store = Store::open(&dir.path().join("bench.sqlite"), keys).await?;
        Ok(Self { store, _dir: dir })
    }

    /// The time of each of so many calls' two commits.
    pub(crate) async fn commits(&self, calls: u32) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        for number in 0..calls {
            let call = CallId(Uuid::from_u128(u128::from(number) + 1));
            let began = Instant::now();
            self.open(call).await?;
            self.close(call).await?;
            times.push(began.elapsed());
        }
        Ok(times)
    }

    async fn open(&self, call: CallId) -> anyhow::Result<()> {
        let mut write = self.store.begin().await?;
        let opened = OpenCall {
            id: call,
            plugin: "rogue".into(),
            digest: "0".repeat(64),
            contract: "1".into(),
            function: "apply".into(),
            object: ObjectRef::new("step", call.to_string()),
            subject: None,
            started_at: Timestamp::UNIX_EPOCH,
            head: vec![1; PART],
            step_key: Some(call.to_string()),
            asking: false,
        };
        write.open_call(&opened).await?;
        write.note(opened.object, &draft("step.claimed", call))?;
        Ok(write.commit().await?)
    }

    async fn close(&self, call: CallId) -> anyhow::Result<()> {
        let mut write = self.store.begin().await?;
        let closed = CloseCall {
            id: call,
            outcome: "answered".into(),
            left_house: false,
            closed_at: Timestamp::UNIX_EPOCH,
            record: vec![2; PART],
        };
        write.close_call(&closed).await?;
        let object = ObjectRef::new("step", call.to_string());
        write.note(object, &draft("step.executed", call))?;
        Ok(write.commit().await?)
    }
}

fn draft(kind: &str, call: CallId) -> EventDraft {
    EventDraft {
        kind: kind.into(),
        at: Timestamp::UNIX_EPOCH,
        actor: "bench".into(),
        role: "system".into(),
        purpose: None,
        plugin: None,
        call: Some(call),
        detail: BTreeMap::new(),
    }
}
