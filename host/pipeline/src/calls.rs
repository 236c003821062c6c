//! The rows of a call: what is written before it and after it.

use crate::plugins::Active;
use credence_audit::ObjectRef;
use credence_domain::ids::CallId;
use credence_plugin_host::call::{Function, Report};
use credence_store::{CloseCall, OpenCall};
use jiff::Timestamp;

/// A call about `object`. Whoever calls for a step adds the step's key and its
/// subject.
pub(crate) fn opened(
    active: &Active,
    call: CallId,
    function: &Function,
    object: ObjectRef,
    started_at: Timestamp,
    head: Vec<u8>,
) -> OpenCall {
    OpenCall {
        id: call,
        plugin: active.row.plugin.clone(),
        digest: active.revision.digest().to_owned(),
        contract: active.revision.manifest().contract.clone(),
        function: function.name().to_owned(),
        object,
        subject: None,
        started_at,
        head,
        step_key: None,
        asking: false,
    }
}

/// What became of it.
pub(crate) fn closed(report: &Report, at: Timestamp) -> CloseCall {
    CloseCall {
        id: report.call,
        outcome: report.ended.code().to_owned(),
        left_house: report.left_house,
        closed_at: at,
        record: report.record.clone(),
    }
}
