//! The reads themselves: from an open house to a view.
//!
//! Comes in: a house, and what is asked for. Goes out: a view, or what the
//! pipeline says. Always holds: nothing here writes; a look at a subject goes
//! through `House::look`, which writes its entry first. Deliberately absent: a
//! state of the whole database; two rows of one view may be an instant apart.

use crate::view::{
    ArrivalFile, CaseFile, Cases, DeadLetters, Deliveries, DeliveryLine, Feeds, GrantView, Head,
    Health, ObjectionFile, Objections, OrderFile, OrderLine, OrderSteps, Orders, PluginFile,
    Plugins, RevisionLine, StepCalls, Tokens,
};
use credence_audit::{Checkpoint, NoteVerifier};
use credence_domain::{
    case::CaseState,
    ids::{ArrivalId, OrderId},
    order::OrderState,
    time::civil_date,
};
use credence_pipeline::{House, PipelineError, Told as _};
use credence_plugin_host::{grant::Grant, manifest::Manifest};
use credence_store::{
    CaseFilter, OrderRow, Queue, RevisionRow, RevisionState, StepRow, StopRow, StoreError,
};
use jiff::ToSpan as _;
use std::collections::BTreeMap;

/// Cases and orders shown at once.
pub const SHOWN: u32 = 200;

/// Days after its first day from which a step that is open in the department still
/// is shown to persons.
pub const OVERDUE_DAYS: i64 = 30;

/// Whether the house is well.
///
/// # Errors
/// When the rows cannot be read.
pub async fn health(house: &House) -> Result<Health, PipelineError> {
    let head = house.log_head().await?;
    let broken: BTreeMap<_, _> = house.plugins_not_loaded().into_iter().collect();
    let revisions = house.store().read().await?.revisions().await?;
    let plugins = revisions
        .into_iter()
        .filter(|row| row.state == RevisionState::Active && !broken.contains_key(&row.plugin))
        .map(|row| row.plugin)
        .collect();
    Ok(Health {
        ok: broken.is_empty(),
        log_size: head.size,
        log_pending: head.pending,
        plugins,
        plugins_not_loaded: broken.into_keys().collect(),
        feeds_quiet: quiet(house).await?,
    })
}

async fn quiet(house: &House) -> Result<Vec<String>, PipelineError> {
    let quiet = house.feeds().await?.into_iter().filter(|feed| feed.quiet);
    Ok(quiet
        .map(|feed| format!("{}/{}", feed.plugin, feed.feed))
        .collect())
}

/// The feeds of the active plugins.
///
/// # Errors
/// When the rows cannot be read.
pub async fn feeds(house: &House) -> Result<Feeds, PipelineError> {
    let feeds = house.feeds().await?;
    Ok(Feeds { feeds })
}

/// Deliveries of all feeds.
///
/// # Errors
/// When the rows cannot be read.
pub async fn deliveries(house: &House) -> Result<Deliveries, PipelineError> {
    let mut read = house.store().read().await?;
    let mut rows = read.deliveries(SHOWN + 1).await?;
    let more = rows.len() > SHOWN as usize;
    rows.truncate(SHOWN as usize);
    let mut deliveries = Vec::with_capacity(rows.len());
    for delivery in rows {
        let totals = read.totals(delivery.id).await?;
        deliveries.push(DeliveryLine { delivery, totals });
    }
    Ok(Deliveries { deliveries, more })
}

/// What became of an upload, in words for its sender.
///
/// # Errors
/// When there is none, or the rows cannot be read.
pub async fn arrival(house: &House, id: ArrivalId) -> Result<ArrivalFile, PipelineError> {
    let mut arrival = house.arrival(id).await?;
    arrival.fault = arrival.told();
    let report = match arrival.delivery {
        Some(delivery) => Some(house.delivery_report(delivery).await?),
        None => None,
    };
    let rows = arrival
        .delivery
        .map(|id| format!("/feeds/deliveries/{id}/report"));
    Ok(ArrivalFile {
        arrival,
        report,
        rows,
    })
}

/// All tokens.
///
/// # Errors
/// When the rows cannot be read.
pub async fn tokens(house: &House) -> Result<Tokens, PipelineError> {
    let tokens = house.store().read().await?.tokens().await?;
    let at = house.now();
    Ok(Tokens { tokens, at })
}

/// Cases in one state, or all.
///
/// # Errors
/// When the rows cannot be read.
pub async fn cases(house: &House, state: Option<CaseState>) -> Result<Cases, PipelineError> {
    let filter = CaseFilter {
        state,
        ..CaseFilter::default()
    };
    let mut cases = house.store().read().await?.cases(filter, SHOWN + 1).await?;
    let more = cases.len() > SHOWN as usize;
    cases.truncate(SHOWN as usize);
    Ok(Cases { cases, more })
}

/// A case by id or number.
///
/// # Errors
/// When there is none, or the rows cannot be read.
pub async fn case(house: &House, name: &str) -> Result<CaseFile, PipelineError> {
    let case = house.find_case(name).await?;
    let mut read = house.store().read().await?;
    let notice = read.notices_of(case.id).await?.into_iter().next();
    let mut orders = Vec::new();
    for order in read.orders_of(case.id).await? {
        let steps = read.steps_of(order.id).await?;
        orders.push(OrderSteps { order, steps });
    }
    Ok(CaseFile {
        case,
        notice,
        orders,
    })
}

/// Orders in one state, or all; beside each, what keeps back a step of it that is due.
///
/// # Errors
/// When the rows cannot be read.
pub async fn orders(house: &House, state: Option<OrderState>) -> Result<Orders, PipelineError> {
    let mut read = house.store().read().await?;
    let mut rows = read.orders(state, SHOWN + 1).await?;
    let more = rows.len() > SHOWN as usize;
    rows.truncate(SHOWN as usize);
    let stops = read.stops().await?;
    let now = house.now();
    let mut kept_back = read.queues(now).await?;
    kept_back.retain(|queue| house.kept_back(queue, &stops).is_some());
    let mut orders = Vec::with_capacity(rows.len());
    for order in rows {
        let mut waits = Vec::new();
        // Steps are read where some of this department's and measure's wait at all.
        let may_wait = kept_back.iter().any(|queue| {
            queue.department == order.department && queue.measure == order.terms.measure
        });
        if may_wait {
            for step in read.steps_of(order.id).await? {
                if step.state.due_at().is_some_and(|due| due <= now) {
                    waits.extend(keeps_back(house, &order, &step, &stops));
                }
            }
        }
        orders.push(OrderLine { order, waits });
    }
    Ok(Orders { orders, more })
}

/// What keeps a step that is due from being made, if something does.
fn keeps_back(
    house: &House,
    order: &OrderRow,
    step: &StepRow,
    stops: &[StopRow],
) -> Option<String> {
    let queue = Queue {
        department: step.department.clone(),
        plugin: order.plugin.clone(),
        measure: order.terms.measure.clone(),
        verb: step.verb,
        asking: step.state.asks(),
        steps: 1,
    };
    let why = house.kept_back(&queue, stops)?;
    Some(format!("{}: {why}", step.verb.code()))
}

/// An order by id, with its calls.
///
/// # Errors
/// When there is none, or the rows cannot be read.
pub async fn order(house: &House, name: &str) -> Result<OrderFile, PipelineError> {
    let mut read = house.store().read().await?;
    let found = match name.parse::<OrderId>() {
        Ok(id) => read.order(id).await?,
        Err(_) => None,
    };
    let order = found.ok_or_else(|| PipelineError::Unknown {
        what: "order",
        name: name.to_owned(),
        next: "`order list` shows which there are, with their ids",
    })?;
    let stops = read.stops().await?;
    let (mut steps, mut waits) = (Vec::new(), Vec::new());
    for step in read.steps_of(order.id).await? {
        let calls = read.calls_of_step(&step.key).await?;
        if step.state.due_at().is_some() {
            waits.extend(keeps_back(house, &order, &step, &stops));
        }
        steps.push(StepCalls { step, calls });
    }
    Ok(OrderFile {
        order,
        steps,
        waits,
    })
}

/// The steps that wait for a person, the longest waiting first, and those whose
/// feedback is overdue.
///
/// # Errors
/// When the rows cannot be read.
pub async fn dead_letters(house: &House) -> Result<DeadLetters, PipelineError> {
    let mut steps = house
        .store()
        .read()
        .await?
        .steps_for_persons(SHOWN + 1)
        .await?;
    let more = steps.len() > SHOWN as usize;
    steps.truncate(SHOWN as usize);
    let long_ago = civil_date(house.now()).saturating_sub(OVERDUE_DAYS.days());
    let mut read = house.store().read().await?;
    let overdue = read.overdue_steps(long_ago, SHOWN).await?;
    Ok(DeadLetters {
        steps,
        more,
        overdue,
    })
}

/// Objections, the newest first; those that hold orders, or all.
///
/// # Errors
/// When the rows cannot be read.
pub async fn objections(house: &House, open: bool) -> Result<Objections, PipelineError> {
    let mut objections = house
        .store()
        .read()
        .await?
        .objections(open, SHOWN + 1)
        .await?;
    let more = objections.len() > SHOWN as usize;
    objections.truncate(SHOWN as usize);
    Ok(Objections { objections, more })
}

/// An objection by id, with the orders that rest on its record.
///
/// # Errors
/// When there is none, or the rows cannot be read.
pub async fn objection(house: &House, name: &str) -> Result<ObjectionFile, PipelineError> {
    let objection = house.find_objection(name).await?;
    let mut read = house.store().read().await?;
    let orders = read.orders_on([objection.record]).await?;
    Ok(ObjectionFile { objection, orders })
}

/// All revisions of all plugins.
///
/// # Errors
/// When the rows cannot be read.
pub async fn plugins(house: &House) -> Result<Plugins, PipelineError> {
    let rows = house.store().read().await?.revisions().await?;
    let plugins = rows.iter().map(|row| line(house, row)).collect();
    Ok(Plugins { plugins })
}

/// A plugin by name: its active revision, or its newest.
///
/// # Errors
/// When there is none, or its row cannot be read back.
pub async fn plugin(house: &House, name: &str) -> Result<PluginFile, PipelineError> {
    let mut rows = house.store().read().await?.revisions().await?;
    rows.retain(|row| row.plugin == name);
    if rows.is_empty() {
        return Err(PipelineError::Unknown {
            what: "plugin",
            name: name.to_owned(),
            next: "`plugin list` shows which there are; `plugin install` takes one in",
        });
    }
    let place = rows
        .iter()
        .position(|row| row.state == RevisionState::Active)
        .unwrap_or(0);
    let row = rows.remove(place);
    let grant: Grant = serde_json::from_value(row.grant.clone()).map_err(unreadable("grant"))?;
    let manifest: Manifest = serde_json::from_str(&row.manifest).map_err(unreadable("manifest"))?;
    let effective = grant
        .effective(&manifest)
        .map_err(|error| PipelineError::Refused(error.to_string()))?;
    Ok(PluginFile {
        revision: line(house, &row),
        contract: row.contract,
        summary: manifest.summary,
        feeds: manifest.feeds,
        measures: manifest.measures,
        grant: GrantView::from(effective),
        earlier: rows.iter().map(|row| line(house, row)).collect(),
    })
}

/// The head of the log, as it was signed last.
///
/// # Errors
/// When the rows cannot be read, or the newest checkpoint is not the log's:
/// `audit verify` names what is wrong then.
pub async fn head(house: &House) -> Result<Head, PipelineError> {
    let head = house.log_head().await?;
    let key = house.log_key().to_owned();
    let verifier = NoteVerifier::new(&key)?;
    let checkpoint = match &head.note {
        Some(note) => Some(Checkpoint::open(note, &verifier).map_err(StoreError::from)?),
        None => None,
    };
    Ok(Head {
        origin: verifier.origin().to_owned(),
        size: head.size,
        root: checkpoint.map(|checkpoint| hex::encode(checkpoint.root())),
        note: head.note,
        key,
        pending: head.pending,
    })
}

fn line(house: &House, row: &RevisionRow) -> RevisionLine {
    let not_loaded = house
        .plugins_not_loaded()
        .into_iter()
        .find(|(name, _)| row.state == RevisionState::Active && *name == row.plugin)
        .map(|(_, why)| why);
    RevisionLine {
        name: row.plugin.clone(),
        version: row.version.clone(),
        department: row.department.clone(),
        digest: row.digest.clone(),
        state: row.state.code().to_owned(),
        installed_at: row.installed_at,
        installed_by: row.installed_by.clone(),
        not_loaded,
    }
}

fn unreadable(what: &'static str) -> impl FnOnce(serde_json::Error) -> PipelineError {
    move |error| {
        StoreError::Unreadable {
            what,
            source: Some(Box::new(error)),
        }
        .into()
    }
}
