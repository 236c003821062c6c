//! Pull: deliveries that the house fetches from a department's system, by the
//! clock.
//!
//! Comes in: the grants' `[intake.FEED.pull]`, the instants at which pulls are
//! due. Goes out: arrivals. Always holds: the file is whole in the spool before
//! the pull counts; its arrival and the next due instant commit together; what
//! the department gave last, by its own tag or by its bytes, is nothing new, also
//! where it was refused; a
//! failure is tried again later and later, at most as seldom as the pull itself.
//! A crash during a download leaves a partial file, which is removed, and the
//! pull due as it was.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    ingest::digest_of,
    plugins::Active,
    spool::{Spooled, Spooling},
};
use async_trait::async_trait;
use credence_domain::ids::ArrivalId;
use credence_plugin_host::{
    Download, Downloaded, Sink,
    grant::Pull,
    ports::{NoAnswer, Signing},
};
use credence_store::{ArrivalSource, FeedStateRow, NewArrival};
use jiff::SignedDuration;
use std::fs::File;

/// What one pull came to.
enum Pulled {
    Delivery(ArrivalId, Spooled, Option<String>, [u8; 32]),
    NothingNew(Option<String>),
    Fault(String),
}

impl House {
    /// Makes every pull that is due. Gives how many brought a delivery.
    pub(crate) async fn pull_due(&self) -> Result<u32, PipelineError> {
        let mut brought = 0;
        let mut failed = None;
        for active in self.plugins.all_active() {
            for (feed, intake) in &active.revision.grant().intake {
                let Some(pull) = &intake.pull else { continue };
                // One feed must not keep the others waiting.
                match self.pull_if_due(&active, feed, pull).await {
                    Ok(came) => brought += u32::from(came),
                    Err(error) => failed = Some(error),
                }
            }
        }
        failed.map_or(Ok(brought), Err)
    }

    async fn pull_if_due(
        &self,
        active: &Active,
        feed: &str,
        pull: &Pull,
    ) -> Result<bool, PipelineError> {
        let plugin = &active.row.plugin;
        let mut read = self.store.read().await?;
        let state = read.feed_state(plugin, feed).await?;
        let is_due = state.pull_due_at.is_none_or(|due| due <= self.now());
        // What came last is read first.
        if !is_due || read.waits(plugin, feed, ArrivalSource::Pull).await? {
            return Ok(false);
        }
        drop(read);
        let pulled = self.pull(active, feed, pull, state.etag.clone()).await?;
        self.keep_pull(plugin, feed, pull, pulled).await
    }

    async fn pull(
        &self,
        active: &Active,
        feed: &str,
        pull: &Pull,
        etag: Option<String>,
    ) -> Result<Pulled, PipelineError> {
        let plugin = &active.row.plugin;
        let grant = active.revision.grant();
        let Some(to) = grant.pulled_from.get(&pull.destination) else {
            return Ok(Pulled::Fault(format!(
                "no destination `{}` is granted",
                pull.destination
            )));
        };
        let authorization = match &pull.authorization {
            None => None,
            Some(name) => match self.ports.vault.secret(plugin, name).await {
                Ok(secret) => Some(secret),
                Err(error) => return Ok(Pulled::Fault(error.to_string())),
            },
        };
        let signing = match &to.signature {
            None => None,
            Some(signature) => match self.ports.vault.secret(plugin, &signature.secret).await {
                Ok(key) => Some(Signing {
                    key_id: signature.key_id.clone(),
                    key,
                }),
                Err(error) => return Ok(Pulled::Fault(error.to_string())),
            },
        };
        let id: ArrivalId = self.new_id()?;
        let mut spooling = match self.spool.begin(id, self.most_bytes) {
            Ok(spooling) => ToSpool(spooling),
            Err(error) => return Ok(Pulled::Fault(error.to_string())),
        };
        let ask = Download {
            path: pull.path.clone(),
            authorization,
            signing,
            etag,
        };
        let etag = match self.egress.download(to, ask, &mut spooling).await {
            Ok(Downloaded::Whole { etag }) => etag,
            Ok(Downloaded::NotModified) => return Ok(Pulled::NothingNew(None)),
            Ok(Downloaded::Status(status)) => {
                let text = format!("the department's system answered with status {status}");
                return Ok(Pulled::Fault(text));
            }
            Err(NoAnswer::NotGranted(why) | NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => {
                return Ok(Pulled::Fault(why));
            }
        };
        let spooled = match spooling.0.finish().await {
            Ok(spooled) => spooled,
            Err(error) => return Ok(Pulled::Fault(error.to_string())),
        };
        let file =
            File::open(&spooled.path).map_err(PipelineError::file("cannot read", &spooled.path))?;
        let (digest, _, _) = digest_of(&spooled.path, file).await?;
        let mut read = self.store.read().await?;
        let pulled = read.pulled_digest(&digest);
        if read.feed_state(plugin, feed).await?.pulled == Some(pulled) {
            // Without its row it would be swept away; sooner is better.
            let _ = self.spool.remove(id);
            return Ok(Pulled::NothingNew(etag));
        }
        Ok(Pulled::Delivery(id, spooled, etag, pulled))
    }

    async fn keep_pull(
        &self,
        plugin: &str,
        feed: &str,
        pull: &Pull,
        pulled: Pulled,
    ) -> Result<bool, PipelineError> {
        let now = self.now();
        let minutes = i64::from(pull.every_minutes);
        let mut write = self.store.begin().await?;
        let state = write.read().feed_state(plugin, feed).await?;
        let mut next = FeedStateRow {
            pulled_at: Some(now),
            pull_due_at: Some(now + SignedDuration::from_mins(minutes)),
            pull_failures: 0,
            pull_fault: None,
            ..state
        };
        let actor = Actor::intake();
        // Locked until the row is there.
        let mut spooled = None;
        let outcome = match pulled {
            Pulled::Delivery(id, file, etag, pulled) => {
                next.etag = etag;
                next.pulled = Some(pulled);
                let new = NewArrival {
                    id,
                    plugin: plugin.to_owned(),
                    feed: feed.to_owned(),
                    source: ArrivalSource::Pull,
                    name: pull.path.clone(),
                    mark: None,
                    size: file.size,
                    token: None,
                };
                let draft = event("arrival.pulled", now, &actor);
                write.insert_arrival(&new, &draft).await?;
                spooled = Some(file);
                "delivery"
            }
            Pulled::NothingNew(etag) => {
                next.etag = etag.or(next.etag);
                "nothing-new"
            }
            Pulled::Fault(why) => {
                next.pull_failures = state.pull_failures + 1;
                let back_off = minutes.min(1 << next.pull_failures.min(20));
                next.pull_due_at = Some(now + SignedDuration::from_mins(back_off));
                tracing::warn!(plugin, feed, why, "a pull failed and is tried again");
                next.pull_fault = Some(why);
                "failed"
            }
        };
        let draft = with(event("feed.pulled", now, &actor), "outcome", outcome);
        write.keep_feed_state(next, &draft).await?;
        write.commit().await?;
        Ok(spooled.is_some())
    }
}

/// The spool as the place where a download goes.
struct ToSpool(Spooling);

#[async_trait]
impl Sink for ToSpool {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.0.write(bytes).await.map_err(|error| error.to_string())
    }
}
