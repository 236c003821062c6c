//! The engine: one for the process, tuned for a fresh instance per call.
//!
//! Comes in: how many calls may run at once. Goes out: an engine whose epoch an
//! operating-system thread advances, so that a guest which spins on every
//! runtime thread cannot stop the clock that stops it.
//!
//! Always holds: no WASI, no threads, no shared memory, no 64-bit memory, no
//! component-model async; NaNs are canonical and relaxed SIMD deterministic, so
//! that a journal replays to the same bytes.

use crate::{limits::TICK, manifest::Limits};
use std::{sync::Arc, thread};
use tokio::sync::Semaphore;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Core instances of one component; guests of interpreted languages hold several.
pub(crate) const CORE_INSTANCES: u32 = 16;
/// Memories of one component.
pub(crate) const MEMORIES: u32 = 4;
/// Tables of one component.
pub(crate) const TABLES: u32 = 32;
/// Bytes of one memory: the most that a manifest may ask for.
const MEMORY_BYTES: usize = (Limits::MOST.memory_mib as usize) << 20;
/// Bytes of a memory that stay mapped between calls; see `ARCHITECTURE.md`,
/// "What makes a fresh call cheap".
const KEEP_RESIDENT: usize = 2 << 20;

/// The plugin host: compiles components and runs calls.
#[derive(Clone)]
pub struct Host {
    pub(crate) engine: Engine,
    /// The pool answers exhaustion with an error; this makes it a queue.
    pub(crate) slots: Arc<Semaphore>,
}

/// The machine cannot run plugins.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// wasmtime refused the configuration, such as for want of address space.
    #[error("the WebAssembly engine cannot start here; is the address space limited (ulimit -v)?")]
    Engine(#[source] wasmtime::Error),
    /// The clock thread could not be started.
    #[error("the engine's clock thread cannot start")]
    Clock(#[source] std::io::Error),
}

impl Host {
    /// Starts an engine on which at most `calls` calls run at once; further ones
    /// wait for their turn.
    ///
    /// # Errors
    /// When the machine cannot reserve the address space or start a thread.
    pub fn start(calls: u32) -> Result<Self, EngineError> {
        let calls = calls.max(1);
        let engine = Engine::new(&config(calls)).map_err(EngineError::Engine)?;
        let weak = engine.weak();
        thread::Builder::new()
            .name("epoch".into())
            .spawn(move || {
                while let Some(engine) = weak.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    thread::sleep(TICK);
                }
            })
            .map_err(EngineError::Clock)?;
        Ok(Self {
            engine,
            slots: Arc::new(Semaphore::new(calls as usize)),
        })
    }

    /// The engine's fingerprint: journals of two engines with the same one were
    /// made by the same code.
    pub fn fingerprint(&self) -> String {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.engine
            .precompile_compatibility_hash()
            .hash(&mut hasher);
        format!("wasmtime-48-{:016x}", hasher.finish())
    }
}

/// The configuration of the engine. Public so that a benchmark can tune a bare
/// engine alike.
pub fn config(calls: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls * CORE_INSTANCES)
        .total_memories(calls * MEMORIES)
        .total_tables(calls * TABLES)
        .total_stacks(calls)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memory_size(MEMORY_BYTES)
        .max_unused_warm_slots(calls)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(64 * 1024)
        .async_stack_keep_resident(64 * 1024)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        .epoch_interruption(true)
        .concurrency_support(false)
        .async_stack_zeroing(true)
        .async_stack_size(1 << 20)
        .max_wasm_stack(512 * 1024)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_component_model(true)
        .wasm_memory64(false)
        .gc_support(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_stack_switching(false);
    config
}
