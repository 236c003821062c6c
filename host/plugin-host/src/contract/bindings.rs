//! The bindings that wasmtime makes of `wit/0.1.0`.
//!
//! Every type can be encoded, because journals keep arguments and answers in
//! exactly this form: the form is frozen with the contract.

#![allow(
    missing_docs,
    reason = "generated; the contract is documented in wit/0.1.0"
)]
#![allow(unreachable_pub, clippy::all, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    world: "department",
    imports: { default: async | trappable },
    exports: { default: async },
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
});
