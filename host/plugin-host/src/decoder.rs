//! Decoders: components without imports that make text of a binary container.
//!
//! Comes in: a decoder's bytes, then containers from anyone. Goes out: text, or why
//! there is none. Always holds: a decoder imports nothing at all, so that it can do
//! nothing but answer; each container meets a fresh instance; packed bytes, memory,
//! guest time and text have limits that the decoder cannot move; it shares its
//! thread on every tick, as a plugin does. Deliberately absent: files, and what
//! the text means.

use crate::{component, engine::Host, limits::Budget, manifest::Limits};
use wasmtime::{
    Store, Trap, UpdateDeadline,
    component::{Component, InstancePre, Linker},
};

mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]

    wasmtime::component::bindgen!({
        path: "wit-decoder",
        world: "decoder",
        exports: { default: async },
    });
}

use bindings::exports::credence::decoder::containers::{GuestIndices, Reason, Refusal};

/// Bytes of a container as it is delivered.
pub const PACKED: usize = 16 << 20;
/// Bytes of the text that is made of it.
pub const TEXT: usize = 32 << 20;
/// What one container may consume, besides.
const LIMITS: Limits = Limits {
    memory_mib: Limits::MOST.memory_mib,
    time_ms: 30_000,
    output_kib: (TEXT >> 10) as u32,
    calls_in_flight: 1,
};
/// Bytes of a refusal's words.
const WORDS: usize = 4_096;

/// A decoder, compiled and ready.
pub struct Decoder {
    host: Host,
    pre: InstancePre<Budget>,
    containers: GuestIndices,
}

/// Why a component is no decoder.
#[derive(Debug, thiserror::Error)]
pub enum NoDecoder {
    /// Not a component.
    #[error(
        "this is no WebAssembly component, or it is damaged; build it with `cargo xtask plugins`"
    )]
    Component(#[source] Option<wasmtime::Error>),
    /// It imports something.
    #[error("the decoder imports `{0}`; a decoder imports nothing")]
    Imports(String),
    /// It exports something else.
    #[error(
        "the component does not export the decoder's interface of this version; build it again with `cargo xtask plugins`"
    )]
    Exports(#[source] wasmtime::Error),
    /// The compiling thread was lost.
    #[error("compiling was interrupted; try again")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Why there is no text of a container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It has more than [`PACKED`] bytes.
    #[error("the container has {size} bytes; at most {PACKED} are taken: send it in parts")]
    TooLarge {
        /// Its bytes.
        size: usize,
    },
    /// The decoder says so. The words are for the clerk who sent it.
    #[error("{text}")]
    Refused {
        /// `damaged`, `encrypted`, `too-large` or `unclear`.
        code: &'static str,
        /// What is wrong and what would be right.
        text: String,
    },
    /// It takes too long.
    #[error("reading the container takes too long; send it in parts, or as CSV")]
    TimedOut,
    /// It takes too much memory.
    #[error("reading the container takes too much memory; send it in parts, or as CSV")]
    OutOfMemory,
    /// The decoder itself broke down on it.
    #[error("the decoder broke down on this container ({0}); send it as CSV")]
    Broke(String),
}

impl Host {
    /// Checks, compiles and links a decoder. Blocking work runs off the async
    /// threads.
    ///
    /// # Errors
    /// [`NoDecoder`]: nothing of the component stays then.
    pub async fn decoder(&self, bytes: Vec<u8>) -> Result<Decoder, NoDecoder> {
        let host = self.clone();
        let compiling = tokio::task::spawn_blocking(move || host.link_decoder(&bytes));
        compiling.await.map_err(NoDecoder::Interrupted)?
    }

    fn link_decoder(&self, bytes: &[u8]) -> Result<Decoder, NoDecoder> {
        if wasmtime::Engine::detect_precompiled(bytes).is_some() {
            return Err(NoDecoder::Component(None));
        }
        let imports = component::imports(bytes).ok_or(NoDecoder::Component(None))?;
        if let Some(import) = imports.into_iter().next() {
            return Err(NoDecoder::Imports(import));
        }
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| NoDecoder::Component(Some(error)))?;
        let pre = Linker::new(&self.engine)
            .instantiate_pre(&component)
            .map_err(NoDecoder::Exports)?;
        let containers = GuestIndices::new(&pre).map_err(NoDecoder::Exports)?;
        Ok(Decoder {
            host: self.clone(),
            pre,
            containers,
        })
    }
}

impl Decoder {
    /// Makes text of a container. Waits for a free place first, as a call does.
    ///
    /// # Errors
    /// [`DecodeError`]; the same container gives the same one again, but for time.
    pub async fn decode(&self, packed: &[u8]) -> Result<String, DecodeError> {
        self.within(packed, &LIMITS).await
    }

    async fn within(&self, packed: &[u8], limits: &Limits) -> Result<String, DecodeError> {
        if packed.len() > PACKED {
            let size = packed.len();
            return Err(DecodeError::TooLarge { size });
        }
        // Never closed; without a permit the host is going down.
        let _place = self.host.slots.acquire().await;
        let mut store = Store::new(&self.host.engine, Budget::new(limits));
        store.limiter(|budget| budget);
        store.set_hostcall_fuel(TEXT + WORDS);
        store.epoch_deadline_callback(|mut context| match context.data_mut().tick() {
            true => Ok(UpdateDeadline::Yield(1)),
            false => Err(TimeIsOver.into()),
        });
        store.set_epoch_deadline(1);
        let answer = self.call(&mut store, packed).await;
        match answer {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(refusal)) => Err(refused(refusal)),
            Err(error) => Err(why(&error, store.data())),
        }
    }

    async fn call(
        &self,
        store: &mut Store<Budget>,
        packed: &[u8],
    ) -> wasmtime::Result<Result<String, Refusal>> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        let containers = self.containers.load(&mut *store, &instance)?;
        containers.call_decode(store, packed).await
    }
}

/// The decoder used its time up.
#[derive(Debug, thiserror::Error)]
#[error("the decoder's time is over")]
struct TimeIsOver;

fn refused(refusal: Refusal) -> DecodeError {
    let code = match refusal.reason {
        Reason::Damaged => "damaged",
        Reason::Encrypted => "encrypted",
        Reason::TooLarge => "too-large",
        Reason::Unclear => "unclear",
    };
    DecodeError::Refused {
        code,
        text: refusal.text,
    }
}

fn why(error: &wasmtime::Error, budget: &Budget) -> DecodeError {
    if error.downcast_ref::<TimeIsOver>().is_some() {
        return DecodeError::TimedOut;
    }
    // A refused allocation surfaces in the guest as an abort.
    if budget.memory_refused {
        return DecodeError::OutOfMemory;
    }
    DecodeError::Broke(match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => "its answer cannot be read".to_owned(),
    })
}

#[cfg(test)]
mod tests;
