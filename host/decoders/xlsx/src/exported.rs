//! The component's one export.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    reason = "generated code, documented in the interface itself"
)]

use crate::{Reason, decode};

wit_bindgen::generate!({
    path: "../../plugin-host/wit-decoder",
    world: "decoder",
});

use exports::credence::decoder::containers;

struct Workbooks;

impl containers::Guest for Workbooks {
    fn decode(packed: Vec<u8>) -> Result<String, containers::Refusal> {
        decode(&packed).map_err(|refusal| containers::Refusal {
            reason: match refusal.reason {
                Reason::Damaged => containers::Reason::Damaged,
                Reason::Encrypted => containers::Reason::Encrypted,
                Reason::TooLarge => containers::Reason::TooLarge,
                Reason::Unclear => containers::Reason::Unclear,
            },
            text: refusal.text,
        })
    }
}

export!(Workbooks);
