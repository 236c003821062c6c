//! The feeds of the active plugins: what came last, and the alarm where nothing
//! comes any more.
//!
//! Comes in: manifests, grants, deliveries, the clock. Goes out: where each feed
//! stands. Always holds: a feed whose last delivery is older than its department
//! promised raises the alarm once, in a row and an entry of the log; the next
//! delivery clears it, in the transaction that brings it. A feed that never
//! delivered is counted from the day on which its plugin was taken in.
//! Deliberately absent: telling anybody beyond the log, `feed list` and `health`.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    plugins::Active,
};
use credence_plugin_host::manifest::Feed;
use credence_store::{DeliveryRow, DeliveryTotals, Write};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Where a feed stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedLine {
    /// The plugin that reads it.
    pub plugin: String,
    /// Its name.
    pub feed: String,
    /// The department it comes from.
    pub department: String,
    /// Days between two deliveries, as the department promises them.
    pub interval_days: Option<u16>,
    /// The promise is broken: nothing came for longer.
    pub quiet: bool,
    /// Since when the alarm stands.
    pub quiet_at: Option<Timestamp>,
    /// The delivery that arrived last.
    pub last: Option<DeliveryRow>,
    /// What became of its rows.
    pub totals: Option<DeliveryTotals>,
    /// The folder that is watched.
    pub folder: Option<String>,
    /// Whether it may be uploaded.
    pub upload: bool,
    /// How it is pulled.
    pub pull: Option<PullLine>,
}

/// How the pulls of a feed stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PullLine {
    /// When the next is due; `None`: at once.
    pub due_at: Option<Timestamp>,
    /// When the last was made.
    pub pulled_at: Option<Timestamp>,
    /// How many failed in a row.
    pub failures: u32,
    /// Why the last one did.
    pub fault: Option<String>,
}

impl House {
    /// Every feed of every active plugin.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn feeds(&self) -> Result<Vec<FeedLine>, PipelineError> {
        let now = self.now();
        let mut read = self.store.read().await?;
        let mut lines = Vec::new();
        for active in self.plugins.all_active() {
            let manifest = active.revision.manifest();
            for feed in &manifest.feeds {
                let last = read.last_delivery(&manifest.name, &feed.name).await?;
                let totals = match &last {
                    Some(last) => Some(read.totals(last.id).await?),
                    None => None,
                };
                let state = read.feed_state(&manifest.name, &feed.name).await?;
                let intake = active.revision.grant().intake.get(&feed.name);
                let pull = intake.and_then(|intake| intake.pull.as_ref());
                lines.push(FeedLine {
                    plugin: manifest.name.clone(),
                    feed: feed.name.clone(),
                    department: manifest.department.clone(),
                    interval_days: feed.interval_days,
                    quiet: is_overdue(&active, feed, last.as_ref(), now),
                    quiet_at: state.quiet_at,
                    last,
                    totals,
                    folder: intake.and_then(|intake| intake.folder.clone()),
                    upload: intake.is_some_and(|intake| intake.upload),
                    pull: pull.map(|_| PullLine {
                        due_at: state.pull_due_at,
                        pulled_at: state.pulled_at,
                        failures: state.pull_failures,
                        fault: state.pull_fault.clone(),
                    }),
                });
            }
        }
        Ok(lines)
    }

    /// Whether the operator has opened a feed for uploads.
    pub fn takes_uploads(&self, plugin: &str, feed: &str) -> bool {
        let active = self.plugins.active(plugin);
        active.is_some_and(|active| {
            let intake = active.revision.grant().intake.get(feed);
            intake.is_some_and(|intake| intake.upload)
        })
    }

    /// Raises the alarm for every feed that has gone quiet, and ends it where the
    /// promise is kept again or was changed. Gives how many are new.
    pub(crate) async fn alarm(&self) -> Result<u32, PipelineError> {
        let mut raised = 0;
        for active in self.plugins.all_active() {
            for feed in &active.revision.manifest().feeds {
                raised += u32::from(self.alarm_for(&active, feed).await?);
            }
        }
        Ok(raised)
    }

    async fn alarm_for(&self, active: &Active, feed: &Feed) -> Result<bool, PipelineError> {
        let (plugin, name) = (&active.row.plugin, &feed.name);
        let overdue = async |mut read: credence_store::Read<'_>| -> Result<_, PipelineError> {
            let last = read.last_delivery(plugin, name).await?;
            let state = read.feed_state(plugin, name).await?;
            let quiet = is_overdue(active, feed, last.as_ref(), self.now());
            Ok((quiet != state.quiet_at.is_some()).then_some((state, quiet)))
        };
        // Most of the time nothing has changed, and a reader can tell.
        if overdue(self.store.read().await?).await?.is_none() {
            return Ok(false);
        }
        let mut write = self.store.begin().await?;
        let Some((mut state, quiet)) = overdue(write.read()).await? else {
            return Ok(false);
        };
        let kind = if quiet { "feed.quiet" } else { "feed.heard" };
        state.quiet_at = quiet.then(|| self.now());
        let days = u64::from(feed.interval_days.unwrap_or_default());
        let draft = with(
            event(kind, self.now(), &Actor::intake()),
            "interval_days",
            days,
        );
        write.keep_feed_state(state, &draft).await?;
        write.commit().await?;
        if quiet {
            tracing::warn!(
                plugin,
                feed = name,
                interval_days = days,
                "nothing came for longer than promised; ask the department"
            );
        }
        Ok(quiet)
    }
}

/// Ends the alarm of a feed that delivers, in the transaction of the delivery.
pub(crate) async fn heard(
    write: &mut Write<'_>,
    plugin: &str,
    feed: &str,
    now: Timestamp,
    actor: &Actor,
) -> Result<(), PipelineError> {
    let mut state = write.read().feed_state(plugin, feed).await?;
    if state.quiet_at.take().is_some() {
        let draft = event("feed.heard", now, actor);
        write.keep_feed_state(state, &draft).await?;
    }
    Ok(())
}

fn is_overdue(active: &Active, feed: &Feed, last: Option<&DeliveryRow>, now: Timestamp) -> bool {
    let Some(days) = feed.interval_days else {
        return false;
    };
    let since = last.map_or(active.row.installed_at, |last| last.received_at);
    now.duration_since(since) > SignedDuration::from_hours(24 * i64::from(days))
}
