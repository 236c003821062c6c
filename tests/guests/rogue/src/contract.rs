//! The contract as Rust types, generated from the frozen text of 0.1.0.
//!
//! In comes `wit/0.1.0`; out come its types and services, and [`crate::Rogue`]
//! is exported. Always: the whole of both exports. Absent: nothing of the contract.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    reason = "generated code, documented in the contract itself"
)]

wit_bindgen::generate!({
    inline: r#"
        package credence:rogue;

        world plugin {
            include credence:department/adapter@0.1.0;
            import credence:department/http@0.1.0;
            import credence:department/drop-folder@0.1.0;
            import credence:department/settings@0.1.0;
            import credence:department/call@0.1.0;
            import credence:department/log@0.1.0;
            export credence:department/measures@0.1.0;
        }
    "#,
    path: "../../../wit/0.1.0",
    world: "credence:rogue/plugin",
    generate_all,
});

// Only in a component: a native linker takes the `@` in the names for versions.
#[cfg(target_arch = "wasm32")]
use crate::Rogue;
#[cfg(target_arch = "wasm32")]
export!(Rogue with_types_in self);
