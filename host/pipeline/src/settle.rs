//! Settle: what became of an arrival is judged and written.
//!
//! Comes in: a delivery that was read, or why it was not. Goes out: the row of the
//! arrival, and words for its sender. Always holds: what is wrong with a delivery
//! ends it (`failed`); what is wrong with the house, such as a plugin that is not
//! loaded or a busy store, puts it off; of a fault the sender gets a code and words
//! made for it, while what the house says among its own stays in the row, for the
//! operator. A crash before leaves the arrival waiting; a delivery that was read to
//! its end by then is judged, and not read again.

use crate::{
    arrive::TakenIn,
    error::PipelineError,
    house::{Actor, House, event},
};
use credence_domain::ids::{ArrivalId, DeliveryId};
use credence_store::{ArrivalRow, ArrivalState};
use jiff::SignedDuration;

/// How often a delivery is tried at which a plugin used its time up.
const SLOW_TRIES: u32 = 5;

/// What became of an arrival.
pub(crate) enum Came {
    Read(DeliveryId),
    Failed(Option<DeliveryId>, Fault),
    PutOff(Fault),
}

/// What was wrong: a code for the sender, words for the operator.
pub(crate) struct Fault {
    code: &'static str,
    text: String,
}

impl Fault {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    pub(crate) fn put_off(text: impl Into<String>) -> Self {
        Self::new("put-off", text)
    }

    pub(crate) fn gone() -> Self {
        Self::new("gone", "the file is gone; have it sent again")
    }

    pub(crate) fn changed() -> Self {
        Self::new("changed", "the file was changed while it was read")
    }
}

/// The words of a code, for the sender. Codes of the contract have their own.
fn words(code: &str) -> &'static str {
    match code {
        "put-off" => "the house cannot read it now and tries again by itself",
        "gone" => "the file is gone; send it again",
        "changed" => {
            "the file was changed while it was read; it is read again as it is now. Write it \
             under a name that ends in `.part` and rename it once it is whole"
        }
        "nothing-accepted" => {
            "no row was accepted; mend the rows named in the report and send it again"
        }
        "wrong-format" | "newer-format" => {
            "the delivery was set aside: it has another form than the one agreed. Mend it, or ask \
             the operator for an update of the plugin, and send it again"
        }
        "plugin-failed" => {
            "the plugin of this feed failed at the delivery; what it had read before is kept. Ask \
             the operator before you send it again"
        }
        _ => "the house could not take the delivery; ask the operator",
    }
}

/// What the sender of an arrival is told.
pub trait Told {
    /// The code of its fault and words, if it has one.
    fn told(&self) -> Option<String>;
}

impl Told for ArrivalRow {
    fn told(&self) -> Option<String> {
        let code = self.fault_code.as_deref()?;
        let words = match code {
            // Those were made for the sender.
            "unreadable" => self.fault.as_deref()?,
            code => words(code),
        };
        Some(format!("{code}: {words}"))
    }
}

impl Came {
    /// Whether an error lies in the delivery or in the house.
    pub(crate) fn of(error: &PipelineError, tries: u32) -> Self {
        let why = error.to_string();
        match error {
            // A machine that is busy makes plugins slow.
            PipelineError::Plugin {
                timed_out: true, ..
            } if tries < SLOW_TRIES => Self::PutOff(Fault::put_off(why)),
            PipelineError::Plugin { .. } => Self::Failed(None, Fault::new("plugin-failed", why)),
            PipelineError::Unreadable(_) => Self::Failed(None, Fault::new("unreadable", why)),
            PipelineError::Refused(_) => Self::Failed(None, Fault::new("refused", why)),
            _ => Self::PutOff(Fault::put_off(why)),
        }
    }

    pub(crate) fn delivery(&self) -> Option<DeliveryId> {
        match self {
            Self::Read(delivery) => Some(*delivery),
            Self::Failed(delivery, _) => *delivery,
            Self::PutOff(_) => None,
        }
    }
}

impl House {
    /// What came of an arrival already, where its delivery was read to its end
    /// before that could be written.
    pub(crate) async fn came_before(
        &self,
        row: &ArrivalRow,
    ) -> Result<Option<Came>, PipelineError> {
        let Some(delivery) = row.delivery else {
            return Ok(None);
        };
        let progress = self.store.read().await?.progress(delivery).await?;
        match progress.finished || progress.stopped.is_some() {
            true => Ok(Some(self.judged(delivery).await)),
            false => Ok(None),
        }
    }

    /// What came of a delivery that was read to its end.
    pub(crate) async fn judged(&self, delivery: DeliveryId) -> Came {
        match self.nothing_good(delivery).await {
            Ok(None) => Came::Read(delivery),
            Ok(Some(fault)) => Came::Failed(Some(delivery), fault),
            Err(error) => Came::PutOff(Fault::put_off(error.to_string())),
        }
    }

    /// Why a delivery that was read counts as failed, if it does.
    async fn nothing_good(&self, delivery: DeliveryId) -> Result<Option<Fault>, PipelineError> {
        let totals = self.store.read().await?.totals(delivery).await?;
        if let Some(stopped) = totals.stopped {
            let code = match stopped.as_str() {
                "newer-format" => "newer-format",
                _ => "wrong-format",
            };
            let text = format!(
                "the delivery was set aside: {stopped}. Mend it, or have the plugin updated, and send it again"
            );
            return Ok(Some(Fault::new(code, text)));
        }
        let lost = totals.rejected > 0
            && totals.recorded + totals.revised + totals.ended == 0
            && totals.acknowledged + totals.duplicates + totals.quarantined == 0;
        let code = "nothing-accepted";
        Ok(lost.then(|| Fault::new(code, words(code))))
    }

    /// Writes what became of an arrival.
    pub(crate) async fn settle(
        &self,
        id: ArrivalId,
        came: Came,
        taken: &mut TakenIn,
    ) -> Result<ArrivalRow, PipelineError> {
        let now = self.now();
        // As it is now: it may have been told its delivery while it was read.
        let row = self.arrival(id).await?;
        let (plugin, feed) = (&row.plugin, &row.feed);
        let (kind, state, delivery, fault) = match came {
            Came::Read(delivery) => {
                taken.read += 1;
                ("arrival.read", ArrivalState::Read, Some(delivery), None)
            }
            Came::Failed(delivery, why) => {
                taken.failed += 1;
                tracing::warn!(arrival = %id, plugin, feed, code = why.code, "a delivery failed");
                let state = ArrivalState::Failed;
                ("arrival.failed", state, delivery, Some(why))
            }
            Came::PutOff(why) => {
                taken.put_off += 1;
                tracing::warn!(arrival = %id, plugin, feed, "a delivery is put off");
                let state = ArrivalState::Waiting;
                ("arrival.put-off", state, None, Some(why))
            }
        };
        let waits = state == ArrivalState::Waiting;
        let tries = row.tries + u32::from(waits);
        let row = ArrivalRow {
            state,
            due_at: waits.then(|| now + back_off(tries)),
            tries,
            delivery: delivery.or(row.delivery),
            fault_code: fault.as_ref().map(|fault| fault.code.to_owned()),
            fault: fault.map(|fault| fault.text),
            ..row
        };
        let mut write = self.store.begin().await?;
        let row = write
            .update_arrival(row, &event(kind, now, &Actor::intake()))
            .await?;
        write.commit().await?;
        Ok(row)
    }
}

/// Ten seconds, twenty, forty, … at most an hour.
fn back_off(tries: u32) -> SignedDuration {
    let seconds = 10_i64 << tries.saturating_sub(1).min(9);
    SignedDuration::from_secs(seconds.min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_plugin_host::ports::PortError;

    #[test]
    fn a_delivery_put_off_is_tried_later_and_later() {
        let seconds = [1, 2, 3, 9, 10, 1000].map(|tries| back_off(tries).as_secs());
        assert_eq!(seconds, [10, 20, 40, 2560, 3600, 3600]);
    }

    #[test]
    fn a_busy_house_condemns_no_delivery() {
        let vault = PipelineError::Vault(PortError::new("the store is busy"));
        assert!(matches!(Came::of(&vault, 1000), Came::PutOff(_)));
        let plugin = |timed_out| PipelineError::Plugin {
            plugin: "tax".to_owned(),
            chunk: 1,
            why: "timed-out".to_owned(),
            timed_out,
        };
        assert!(matches!(Came::of(&plugin(true), 4), Came::PutOff(_)));
        assert!(matches!(Came::of(&plugin(true), 5), Came::Failed(..)));
        assert!(matches!(Came::of(&plugin(false), 0), Came::Failed(..)));
        let unreadable = PipelineError::Unreadable("no workbook".to_owned());
        assert!(matches!(Came::of(&unreadable, 0), Came::Failed(..)));
    }
}
