//! The contract as Rust types, generated from the frozen text of 0.1.0.
//!
//! In comes `wit/0.1.0`; out come the types of both sides and the services that
//! this plugin may call, and [`crate::Tax`] is exported. Always: the world names
//! exactly the services in use, because what the component imports is what the
//! operator is asked to grant. Absent: `drop-folder`, since the tax department
//! has an API, and everything of WASI.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    reason = "generated code, documented in the contract itself"
)]

wit_bindgen::generate!({
    inline: r#"
        package credence:tax;

        world plugin {
            include credence:department/adapter@0.1.0;
            import credence:department/http@0.1.0;
            import credence:department/settings@0.1.0;
            import credence:department/call@0.1.0;
            import credence:department/log@0.1.0;
            export credence:department/measures@0.1.0;
        }
    "#,
    path: "../../wit/0.1.0",
    world: "credence:tax/plugin",
    additional_derives: [PartialEq],
    generate_all,
});

// Only in a component: a native linker takes the `@` in the names for versions.
#[cfg(target_arch = "wasm32")]
use crate::Tax;
#[cfg(target_arch = "wasm32")]
export!(Tax with_types_in self);
