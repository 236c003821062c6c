//! Runs a call to its end.
//!
//! Comes in: the head, the arguments, the ports. Goes out: a report. Always
//! holds: the epoch's callback yields on every tick, so a spinning guest shares
//! its thread, and counts the guest's own time only.

use super::{Ended, Prepared, Report};
use crate::{
    contract::{
        Violation,
        bindings::{
            credence::department::{http, types as wit},
            exports::credence::department::{
                feeds,
                measures::{self, Failure},
            },
        },
        check,
    },
    journal::{self, Answer, Args, End, Head, HostCall},
    limits::Budget,
    persons,
    ports::Ports,
    revision::{AdmitError, Revision},
    services::{CallState, Filled, Scope, Stop},
};
use credence_domain::ids::CallId;
use jiff::civil::DateTime;
use std::{collections::BTreeSet, sync::Arc};
use wasmtime::{Store, Trap, UpdateDeadline, component::Instance};

impl Revision {
    /// What names a call of this revision.
    pub(crate) fn head(&self, call: CallId, moment: DateTime) -> Head {
        Head {
            call,
            plugin: self.manifest.name.clone(),
            digest: self.digest.clone(),
            engine: self.fingerprint.clone(),
            moment,
        }
    }

    pub(crate) async fn run(&self, ports: &Arc<Ports>, prepared: Prepared) -> Report {
        let Prepared { head, args, bytes } = prepared;
        // Neither semaphore is ever closed; a permit that is not there means
        // that the host is going down, and the call is as if never begun.
        let _places = (
            self.in_flight.acquire().await,
            self.host.slots.acquire().await,
        );
        let mut store = self.store(ports, head, scope(&args));
        let end = match self.invoke(&mut store, &args).await {
            Ok(answer) => self.checked(&args, answer, &store.data().calls),
            Err(error) => why(&error, store.data()),
        };
        let state = store.into_data();
        let dropped = state.budget.log_lines_dropped;
        let record = journal::encode_record(&state.calls, dropped, &end);
        let record = written(&state.head, record);
        Report {
            call: state.head.call,
            digest: state.head.digest,
            ended: Ended::of(end),
            left_house: state.left_house,
            head: bytes,
            record,
        }
    }

    fn store(&self, ports: &Arc<Ports>, head: Head, scope: Scope) -> Store<CallState> {
        let limits = &self.grant.limits;
        // The limit on output is on what the texts hold. An adapter's lines cost
        // memory before they hold any, and every host offers 20,000 of them.
        let shells = match scope.pure {
            true => check::LINES * size_of::<feeds::Line>(),
            false => 0,
        };
        let state = CallState {
            head,
            grant: self.grant.clone(),
            ports: ports.clone(),
            scope,
            budget: Budget::new(limits),
            calls: Vec::new(),
            left_house: false,
            filled: Filled::default(),
        };
        let mut store = Store::new(&self.host.engine, state);
        store.limiter(|state| &mut state.budget);
        store.set_hostcall_fuel(limits.output_kib as usize * 1024 + shells);
        store.epoch_deadline_callback(|mut context| {
            if context.data_mut().budget.tick() {
                Ok(UpdateDeadline::Yield(1))
            } else {
                Err(Stop::TimedOut.into())
            }
        });
        // A new store's deadline has passed already.
        store.set_epoch_deadline(1);
        store
    }

    async fn invoke(&self, store: &mut Store<CallState>, args: &Args) -> wasmtime::Result<Answer> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        Ok(match args {
            Args::Normalise(chunk) => {
                let guest = self.feeds(store, &instance)?;
                Answer::Normalised(guest.call_normalise(store, chunk).await?)
            }
            Args::Apply(order) => {
                let guest = self.measures(store, &instance)?;
                Answer::Step(guest.call_apply(store, order).await?)
            }
            Args::Suspend(step) => {
                let guest = self.measures(store, &instance)?;
                Answer::Step(guest.call_suspend(store, step).await?)
            }
            Args::Resume(step) => {
                let guest = self.measures(store, &instance)?;
                Answer::Step(guest.call_resume(store, step).await?)
            }
            Args::Lift(step, exit) => {
                let guest = self.measures(store, &instance)?;
                Answer::Step(guest.call_lift(store, step, exit).await?)
            }
            Args::Query(inquiry) => {
                let guest = self.measures(store, &instance)?;
                Answer::Trace(guest.call_query(store, inquiry).await?)
            }
        })
    }

    fn feeds(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<feeds::Guest> {
        let indices = self.feeds.as_ref().ok_or(NotExported("feeds"))?;
        indices
            .load(store, instance)
            .map_err(|error| Mismatch(format!("{error:#}")).into())
    }

    fn measures(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<measures::Guest> {
        let indices = self.measures.as_ref().ok_or(NotExported("measures"))?;
        indices
            .load(store, instance)
            .map_err(|error| Mismatch(format!("{error:#}")).into())
    }

    /// The answer, held against the contract.
    fn checked(&self, args: &Args, answer: Answer, calls: &[HostCall]) -> End {
        let mut violations = match (&answer, args) {
            (Answer::Normalised(answer), Args::Normalise(chunk)) => {
                let acknowledges = self
                    .manifest
                    .feed(&chunk.feed)
                    .is_some_and(|feed| feed.acknowledgements);
                check::normalised(answer, chunk, acknowledges)
            }
            (Answer::Trace(answer), _) => check::traced(answer),
            (Answer::Step(answer), _) => check::answered(answer),
            (Answer::Normalised(_), _) => Vec::new(),
        };
        violations.extend(contradiction(&answer, calls));
        if violations.is_empty() {
            End::Returned(answer)
        } else {
            End::Broke(Some(answer), violations)
        }
    }

    /// Instantiates once, within the limits, to check the types of the exports.
    /// Waits for a place, as a call does.
    pub(crate) async fn rehearse_start(&self) -> Result<(), AdmitError> {
        let _place = self.host.slots.acquire().await;
        let ports = Arc::new(crate::replay::nothing());
        let head = self.head(CallId(uuid::Uuid::nil()), DateTime::default());
        let scope = Scope {
            pure: true,
            step_key: None,
            asking: false,
            persons: BTreeSet::new(),
        };
        let mut store = self.store(&ports, head, scope);
        let started = self.pre.instantiate_async(&mut store).await;
        let instance = started
            .map_err(|error| AdmitError::Start(Ended::of(why(&error, store.data())).to_string()))?;
        if let Some(feeds) = &self.feeds {
            feeds
                .load(&mut store, &instance)
                .map_err(AdmitError::Types)?;
        }
        if let Some(measures) = &self.measures {
            measures
                .load(&mut store, &instance)
                .map_err(AdmitError::Types)?;
        }
        Ok(())
    }
}

/// A part of a journal. The encoder cannot fail on the contract's own types; if
/// it ever did, the call would stand with an empty part and replay would say so.
pub(super) fn written(head: &Head, part: Result<Vec<u8>, postcard::Error>) -> Vec<u8> {
    part.unwrap_or_else(|error| {
        tracing::error!(call = %head.call, %error, "a journal could not be encoded");
        Vec::new()
    })
}

/// An answer that the call's own journal contradicts (`http.wit`, `send-error`;
/// `measures.wit`, `query`): a request that changes something got no answer, and
/// the guest says that nothing was done.
fn contradiction(answer: &Answer, calls: &[HostCall]) -> Option<Violation> {
    let sends = || {
        calls.iter().filter_map(|call| match call {
            HostCall::Send { request, answer } => Some((request, answer)),
            HostCall::Put { .. }
            | HostCall::Setting { .. }
            | HostCall::Now
            | HostCall::Id
            | HostCall::Log { .. } => None,
        })
    };
    let rule = match answer {
        Answer::Step(Err(
            Failure::Unavailable(_)
            | Failure::Disputed(_)
            | Failure::OutsideMandate(_)
            | Failure::NeedsPerson(_),
        )) => sends()
            .any(|(request, answer)| {
                !matches!(request.method, http::Method::Get)
                    && matches!(answer, Err(http::SendError::NoAnswer(_)))
            })
            .then_some("a request that changes something got no answer: that is `uncertain`"),
        Answer::Trace(Ok(None)) => (sends().next().is_some()
            && !sends().any(|(_, answer)| answer.is_ok()))
        .then_some("no request was answered, so no trace is no proof: that is `uncertain`"),
        Answer::Step(_) | Answer::Trace(_) | Answer::Normalised(_) => None,
    };
    rule.map(|rule| Violation {
        place: "answer".to_owned(),
        rule: rule.to_owned(),
    })
}

/// The manifest names no such work for this plugin.
#[derive(Debug, thiserror::Error)]
#[error("the plugin does not export `{0}`")]
struct NotExported(&'static str);

/// The exports' types are not the contract's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mismatch(String);

/// What the arguments let a call do.
fn scope(args: &Args) -> Scope {
    let (order, step_key) = match args {
        Args::Normalise(_) => {
            return Scope {
                pure: true,
                step_key: None,
                asking: false,
                persons: BTreeSet::new(),
            };
        }
        Args::Apply(order) => (order, order.key.clone()),
        Args::Suspend(step) | Args::Resume(step) | Args::Lift(step, _) => {
            (&step.order, step.key.clone())
        }
        Args::Query(inquiry) => (&inquiry.order, inquiry.key.clone()),
    };
    let identifiers = order.subject.identifiers.iter().map(|i| i.value.as_str());
    let parameters = order
        .parameters
        .iter()
        .filter_map(|fact| match &fact.value {
            wit::Value::Text(text) => Some(text.as_str()),
            wit::Value::Number(_)
            | wit::Value::Yuan(_)
            | wit::Value::Day(_)
            | wit::Value::YesNo(_) => None,
        });
    let persons = identifiers
        .chain(parameters)
        .flat_map(persons::tokens_in)
        .map(|(_, token)| token.to_owned())
        .collect();
    Scope {
        pure: false,
        step_key: Some(step_key),
        asking: matches!(args, Args::Query(_)),
        persons,
    }
}

/// Tells the ways of ending without an answer apart.
fn why(error: &wasmtime::Error, state: &CallState) -> End {
    match error.downcast_ref::<Stop>() {
        Some(Stop::TimedOut) => return End::TimedOut,
        Some(Stop::Denied(text)) => return End::Denied(text.clone()),
        Some(Stop::Broke(violation)) => return End::Broke(None, vec![violation.clone()]),
        None => {}
    }
    if let Some(NotExported(interface)) = error.downcast_ref() {
        return End::Incompatible(NotExported(interface).to_string());
    }
    if let Some(Mismatch(text)) = error.downcast_ref() {
        return End::Incompatible(text.clone());
    }
    // A refused allocation surfaces in the guest as an abort.
    if state.budget.memory_refused {
        return End::OutOfMemory;
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => End::Trapped(trap.to_string()),
        None => {
            // What is left is a value that cannot be read: bad UTF-8, a pointer
            // out of bounds, more bytes than the limit on output allows.
            let place = "the guest's value".to_owned();
            End::Broke(
                None,
                vec![Violation {
                    place,
                    rule: error.root_cause().to_string(),
                }],
            )
        }
    }
}
