//! The contract as Rust types, generated from the frozen text of 0.1.0.
//!
//! In comes `wit/0.1.0`; out come the words of both sides ([`types`]), the two
//! interfaces that a plugin may export ([`feeds`], [`measures`]) and the services
//! that it may call. Always: a component imports the services that its plugin
//! really calls and no others, because the encoder drops what the module does not
//! use; and it exports what [`crate::export!`] was asked for. So an adapter stays
//! without imports although every service stands here. Absent: everything of WASI.

pub use self::adapter::exports::credence::department::feeds;
pub use self::executor::credence::department::{call, drop_folder, http, log, settings, types};
pub use self::executor::exports::credence::department::measures;

/// `measures`, the services, and the words of both sides.
#[doc(hidden)]
#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    reason = "generated code, documented in the contract itself"
)]
pub mod executor {
    wit_bindgen::generate!({
        inline: r#"
            package credence:sdk;

            world executor {
                import credence:department/http@0.1.0;
                import credence:department/drop-folder@0.1.0;
                import credence:department/settings@0.1.0;
                import credence:department/call@0.1.0;
                import credence:department/log@0.1.0;
                export credence:department/measures@0.1.0;
            }
        "#,
        path: "../../wit/0.1.0",
        world: "credence:sdk/executor",
        additional_derives: [PartialEq],
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_measures",
        default_bindings_module: "credence_sdk::contract::executor",
    });
}

/// `feeds`. A world of its own, so that a plugin may export it alone.
#[doc(hidden)]
#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    reason = "generated code, documented in the contract itself"
)]
pub mod adapter {
    wit_bindgen::generate!({
        inline: r#"
            package credence:sdk;

            world adapter {
                export credence:department/feeds@0.1.0;
            }
        "#,
        path: "../../wit/0.1.0",
        world: "credence:sdk/adapter",
        additional_derives: [PartialEq],
        with: {
            "credence:department/types@0.1.0": crate::contract::executor::credence::department::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_feeds",
        default_bindings_module: "credence_sdk::contract::adapter",
    });
}

/// Exports a type as the plugin: `export!(Tax)` for both interfaces,
/// `export!(Tax as adapter)` for `feeds` alone, `export!(Tax as executor)` for
/// `measures` alone.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        $crate::export!($plugin as adapter);
        $crate::export!($plugin as executor);
    };
    ($plugin:ident as adapter) => {
        // Only in a component: a native linker takes the `@` in the names for
        // versions.
        #[cfg(target_arch = "wasm32")]
        $crate::contract::adapter::export_feeds!($plugin with_types_in $crate::contract::adapter);
        const _: () = {
            const fn is_adapter<T: $crate::contract::feeds::Guest>() {}
            is_adapter::<$plugin>()
        };
    };
    ($plugin:ident as executor) => {
        #[cfg(target_arch = "wasm32")]
        $crate::contract::executor::export_measures!($plugin with_types_in $crate::contract::executor);
        const _: () = {
            const fn is_executor<T: $crate::contract::measures::Guest>() {}
            is_executor::<$plugin>()
        };
    };
}
