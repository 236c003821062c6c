//! Bare wasmtime: an engine tuned as the host's, instantiate and call.
//!
//! Comes in: a component. Goes out: calls of its `apply`. Always holds: a fresh
//! store and instance per call, and an epoch that ticks. Deliberately absent:
//! limits, grant, journal, and the checks of answers.

use super::order;
use credence_plugin_host::{TICK, config};
use std::thread;
use wasmtime::{
    Engine, Store,
    component::{Component, InstancePre, Linker},
};

mod bindings {
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        reason = "generated; the contract is documented in wit/0.1.0"
    )]

    wasmtime::component::bindgen!({
        path: "../wit/0.1.0",
        world: "department",
        exports: { default: async },
    });
}

use bindings::exports::credence::department::measures::{Guest, GuestIndices, Order};

/// An instance that is ready to be made, and what it is asked.
pub(crate) struct Bare {
    engine: Engine,
    ready: InstancePre<()>,
    measures: GuestIndices,
    order: Order,
}

impl Bare {
    pub(crate) fn start(component: &[u8]) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config(super::hosted::PLACES))?;
        let weak = engine.weak();
        thread::spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        });
        let component = Component::from_binary(&engine, component)?;
        let mut linker = Linker::new(&engine);
        // The behaviour that is asked for uses no service.
        linker.define_unknown_imports_as_traps(&component)?;
        let ready = linker.instantiate_pre(&component)?;
        let measures = GuestIndices::new(&ready)?;
        Ok(Self {
            engine,
            ready,
            measures,
            order: contracts(),
        })
    }

    pub(crate) async fn call(&self) {
        self.answer().await.expect("the rogue answers `executed`");
    }

    async fn answer(&self) -> wasmtime::Result<()> {
        let mut store = Store::new(&self.engine, ());
        // No limit, and yet the deadline of a new store has passed already.
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self.ready.instantiate_async(&mut store).await?;
        let guest: Guest = self.measures.load(&mut store, &instance)?;
        let answer = guest.call_apply(&mut store, &self.order).await?;
        match answer {
            Ok(_) => Ok(()),
            Err(failure) => Err(wasmtime::Error::msg(format!("{failure:?}"))),
        }
    }
}

/// The order in the words of the contract.
fn contracts() -> Order {
    use bindings::credence::department::types::{
        Authority, Basis, Date, Decision, Identifier, Subject,
    };
    let order = order::order();
    let date = |date: jiff::civil::Date| Date {
        year: date.year().unsigned_abs(),
        month: date.month().unsigned_abs(),
        day: date.day().unsigned_abs(),
    };
    Order {
        key: order.key,
        case_number: order.case_number,
        measure: order.measure,
        title: order.title,
        subject: Subject {
            name: order.subject.name,
            identifiers: order
                .subject
                .identifiers
                .into_iter()
                .map(|identifier| Identifier {
                    scheme: identifier.scheme,
                    value: identifier.value,
                })
                .collect(),
        },
        decision: Decision {
            authority: Authority {
                name: order.decision.authority.name,
                uscc: order.decision.authority.uscc,
            },
            number: order.decision.number,
            decided_on: date(order.decision.decided_on),
        },
        basis: order
            .basis
            .into_iter()
            .map(|basis| Basis {
                code: basis.code,
                text: basis.text,
            })
            .collect(),
        starts_on: date(order.starts_on),
        ends_on: date(order.ends_on),
        parameters: Vec::new(),
    }
}
