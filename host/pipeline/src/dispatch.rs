//! Dispatch: steps that are due are claimed, so that their departments can be
//! called.
//!
//! Comes in: keys of due steps. Goes out: claims, refusals by a gate. Always holds:
//! the order, the gates and the stops are asked again in the transaction that
//! claims (I2); the claim, the intent and the head of the call's journal are
//! durable before the plugin runs.
//!
//! A crash before the claim commits leaves a due step; after it, a claimed step
//! without an outcome, which `reclaim` turns into an unknown one: it is asked
//! about and never made again blindly. Deliberately absent: which steps to claim
//! when, and the calls themselves (`flow`).

use crate::{
    calls::opened,
    error::PipelineError,
    house::{Actor, House},
    moves::{Moves, Told},
    plugins::Active,
    resolve::standing,
};
use credence_domain::{
    gates::{self, Receipt, Refusal},
    ids::{CallId, CaseId, RecordId, SubjectId},
    record::Exit,
    step::{StepEvent, Verb},
    stop::Stop,
    time::civil_moment,
};
use credence_plugin_host::call::{Function, Inquiry, LaterStep, Prepared};
use credence_store::{CloseCall, OpenCall, OrderRow, RecordRow, StepRow, Write};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// How long a claim holds without its owner being asked: longer than a call takes
/// once it runs. One that waited longer for its place sends nothing any more, since
/// its call was closed when the claim was taken from it (`live`, `before_effect`).
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// Abandoned claims taken up in one pass.
const ABANDONED_AT_ONCE: u32 = 256;

/// A step taken, its call prepared; durable once its transaction is.
pub(crate) struct Claim {
    pub(crate) key: String,
    pub(crate) call: CallId,
    pub(crate) lease_until: Timestamp,
    pub(crate) department: String,
    /// The plugin is asked what became of the step, and not called to make it.
    pub(crate) asking: bool,
    pub(crate) active: Arc<Active>,
    pub(crate) prepared: Prepared,
}

/// What claiming steps came to.
#[derive(Default)]
pub(crate) struct Claims {
    pub(crate) ready: Vec<Claim>,
    /// Steps that a gate refused.
    pub(crate) refused: u32,
    /// Steps that stay as they are: something keeps them back, or somebody else was
    /// quicker.
    pub(crate) left: Vec<String>,
}

/// What the gates look at beside the order, for many orders at once.
struct Grounds {
    records: BTreeMap<RecordId, RecordRow>,
    receipts: BTreeMap<CaseId, Receipt>,
    kinds: HashMap<SubjectId, credence_domain::catalogue::SubjectKind>,
    /// Records against which an objection is open.
    objected: BTreeSet<RecordId>,
}

impl House {
    /// Claims those of these steps, which were taken up, that may be claimed.
    pub(crate) async fn claim(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        keys: &[String],
    ) -> Result<Claims, PipelineError> {
        let mut claims = Claims::default();
        if keys.is_empty() {
            return Ok(claims);
        }
        let stops = write.read().stops().await?;
        let stops: Vec<Stop> = stops
            .into_iter()
            .filter(|row| row.on)
            .map(|row| row.stop)
            .collect();
        let grounds = grounds(write, moves, keys).await?;
        let mut calls = Vec::with_capacity(keys.len());
        for key in keys {
            let Some((step, active)) = self.claimable(moves, key, &stops)? else {
                claims.left.push(key.clone());
                continue;
            };
            let order = moves.order_row(step.order)?.clone();
            let refusals = match step.verb.burdens() && !step.state.asks() {
                true => self.refusals(moves, &grounds, &order)?,
                false => Vec::new(),
            };
            if !refusals.is_empty() {
                match refusals.iter().all(|refusal| refusal.waits) {
                    true => claims.left.push(key.clone()),
                    false => {
                        refuse(moves, key, &refusals)?;
                        claims.refused += 1;
                    }
                }
                continue;
            }
            let (call, prepared) = self.prepare(&step, &order, &active)?;
            let told = Told {
                plugin: Some(call.digest.clone()),
                call: Some(call.id),
                facts: vec![("function", call.function.clone())],
            };
            let lease = call.started_at.saturating_add(LEASE);
            let lease_until = lease.unwrap_or(call.started_at);
            moves.claim(key, lease_until, told)?;
            claims.ready.push(Claim {
                key: key.clone(),
                call: call.id,
                lease_until,
                asking: step.state.asks(),
                department: step.department,
                active,
                prepared,
            });
            calls.push(call);
        }
        write.open_calls(&calls).await?;
        Ok(claims)
    }

    /// The step, where nothing but the gates can still keep it back.
    fn claimable(
        &self,
        moves: &Moves<'_>,
        key: &str,
        stops: &[Stop],
    ) -> Result<Option<(StepRow, Arc<Active>)>, PipelineError> {
        let Some(step) = moves.step_row(key) else {
            return Ok(None);
        };
        let order = moves.order_row(step.order)?;
        let (measure, asking) = (&order.terms.measure, step.state.asks());
        let is_due = step.state.due_at().is_some_and(|at| at <= self.now());
        let stopped = stops
            .iter()
            .any(|stop| stop.keeps_back(&step.department, measure, step.verb, asking));
        if !is_due || stopped || !asking && !order.course.may_claim(step.number, self.today()) {
            return Ok(None);
        }
        let Some(active) = self.plugins.active(&order.plugin) else {
            return Ok(None);
        };
        // A revision that no longer carries the measure out is not asked to begin.
        let carries = active.revision.manifest().measures.contains(measure);
        if !asking && step.verb == Verb::Apply && !carries {
            return Ok(None);
        }
        Ok(Some((step.clone(), active)))
    }

    /// The gates that a burden has to pass, on the rows as they are now.
    fn refusals(
        &self,
        moves: &Moves<'_>,
        grounds: &Grounds,
        order: &OrderRow,
    ) -> Result<Vec<Refusal>, PipelineError> {
        let gone = |what| PipelineError::Unknown {
            what,
            name: order.id.to_string(),
            next: "run `audit verify`: a row that an order rests on is missing",
        };
        let case = moves.case_row(order.case);
        let case = case.ok_or_else(|| gone("case of order"))?;
        let record = grounds.records.get(&case.record);
        let record = record.ok_or_else(|| gone("record of order"))?;
        let kind = grounds.kinds.get(&order.subject);
        let kind = *kind.ok_or_else(|| gone("subject of order"))?;
        let receipt = grounds.receipts.get(&case.id).copied();
        let mut standing = standing(case, record, kind, &order.terms, receipt);
        standing.objection_open = grounds.objected.contains(&record.id);
        let measure = self.measure(&order.terms.measure)?;
        Ok(gates::at_claim(&self.matter(
            &self.calendar(),
            measure,
            &standing,
        )))
    }

    fn prepare(
        &self,
        step: &StepRow,
        order: &OrderRow,
        active: &Active,
    ) -> Result<(OpenCall, Prepared), PipelineError> {
        let asking = step.state.asks();
        let function = function(step, order, asking);
        let call: CallId = self.new_id()?;
        let now = self.now();
        let prepared = active.revision.prepare(call, civil_moment(now), &function);
        let head = prepared.bytes().to_vec();
        let opened = OpenCall {
            subject: Some(step.subject),
            step_key: Some(step.key.clone()),
            asking,
            ..opened(active, call, &function, step.object(), now, head)
        };
        Ok((opened, prepared))
    }

    /// Turns claims whose worker is gone into unknown outcomes. Gives how many.
    ///
    /// # Errors
    /// The first thing that went wrong; every other claim was taken up.
    pub(crate) async fn reclaim(&self) -> Result<u32, PipelineError> {
        let gone = self.owner.gone()?;
        let mut read = self.store.read().await?;
        let found = read
            .abandoned_steps(self.now(), &gone, ABANDONED_AT_ONCE)
            .await?;
        drop(read);
        self.tell_unreadable("step", &found.unreadable);
        let all_read = found.unreadable.is_empty();
        let found = found.rows;
        let (mut taken, mut failed) = (found.len(), None);
        if !found.is_empty() && self.abandon(&found).await.is_err() {
            // One that cannot be taken up takes no other along.
            for step in &found {
                if let Err(error) = self.abandon(std::slice::from_ref(step)).await {
                    failed.get_or_insert(error);
                    taken -= 1;
                }
            }
        }
        // Where fewer came than were asked for, no claim of theirs is left; a later
        // one cannot come, since they are gone.
        if failed.is_none() && all_read && found.len() < ABANDONED_AT_ONCE as usize {
            gone.iter().for_each(|name| self.owner.forget(name));
        }
        failed.map_or(Ok(u32::try_from(taken).unwrap_or(u32::MAX)), Err)
    }

    /// Gives up the claims on these steps, in one transaction, as far as they are
    /// still as they were found: another process may have been quicker.
    async fn abandon(&self, found: &[StepRow]) -> Result<(), PipelineError> {
        let now = self.now();
        let mut write = self.store.begin().await?;
        let keys: Vec<String> = found.iter().map(|step| step.key.clone()).collect();
        let mut moves = Moves::new(self, &Actor::sweep());
        moves.take_steps(&mut write, &keys).await?;
        let same = |step: &&StepRow| {
            let there = moves.step_row(&step.key);
            there.is_some_and(|there| there.changes == step.changes)
        };
        let steps: Vec<&StepRow> = found.iter().filter(same).collect();
        let close = |call| CloseCall {
            id: call,
            outcome: "abandoned".to_owned(),
            // Nobody can tell; in doubt it did.
            left_house: true,
            closed_at: now,
            record: Vec::new(),
        };
        let calls: Vec<CloseCall> = steps
            .iter()
            .filter_map(|step| step.call)
            .map(close)
            .collect();
        let open = write.close_calls(&calls).await?;
        for step in steps {
            let told = Told {
                call: step.call.filter(|call| open.contains(call)),
                ..Told::default()
            };
            moves.step(&step.key, &StepEvent::Abandoned, told)?;
        }
        moves.write(&mut write).await?;
        Ok(write.commit().await?)
    }
}

/// Reads what the gates need for every one of these steps that burdens.
async fn grounds(
    write: &mut Write<'_>,
    moves: &Moves<'_>,
    keys: &[String],
) -> Result<Grounds, PipelineError> {
    let (mut cases, mut subjects) = (BTreeSet::new(), BTreeSet::new());
    for step in keys.iter().filter_map(|key| moves.step_row(key)) {
        if step.verb.burdens() && !step.state.asks() {
            cases.insert(moves.order_row(step.order)?.case);
            subjects.insert(step.subject);
        }
    }
    let mut read = write.read();
    let rows = cases.iter().filter_map(|case| moves.case_row(*case));
    let records: BTreeSet<RecordId> = rows.map(|case| case.record).collect();
    let receipts = read.receipts(cases).await?;
    let objections = read.objections_on(records.iter().copied()).await?;
    let open = objections.iter().filter(|row| row.objection.holds());
    Ok(Grounds {
        objected: open.map(|row| row.record).collect(),
        records: read
            .records(records)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect(),
        kinds: read.subject_kinds(subjects).await?,
        receipts,
    })
}

fn refuse(moves: &mut Moves<'_>, key: &str, refusals: &[Refusal]) -> Result<(), PipelineError> {
    let words: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let gates: Vec<&str> = refusals.iter().map(|r| r.gate.as_str()).collect();
    let told = Told::fact("gates", gates.join(", "));
    moves.step(key, &StepEvent::GateRefused(words.join("\n")), told)
}

/// What the plugin is asked.
fn function(step: &StepRow, order: &OrderRow, asking: bool) -> Function {
    let terms = order.terms.clone();
    if asking {
        return Function::Query(Inquiry {
            verb: step.verb,
            key: step.key.clone(),
            order: terms,
            reference: order.reference.clone(),
        });
    }
    let later = || LaterStep {
        key: step.key.clone(),
        order: order.terms.clone(),
        reference: order.reference.clone(),
        effective_on: step.effective_on,
        note: step.note.clone().unwrap_or_default(),
    };
    match step.verb {
        Verb::Apply => Function::Apply(terms),
        Verb::Suspend => Function::Suspend(later()),
        Verb::Resume => Function::Resume(later()),
        Verb::Lift => Function::Lift(later(), step.exit.clone().unwrap_or(Exit::Expiry)),
    }
}
