//! Behaviours that never answer: they spin, recurse, grow or panic.
//!
//! In comes a name; for those of this room nothing comes out. Always: each ends
//! only when the host ends it. Absent: everything that answers.

use core::hint::black_box;

use crate::contract::credence::department::log;

const MIB: usize = 1024 * 1024;

/// Does not return for a behaviour of this room.
pub(crate) fn behave(name: &str) {
    match name {
        "spin" => spin(),
        "spin-in-log" => loop {
            log::write(log::Level::Debug, "still here");
        },
        "recurse" => {
            black_box(recurse(1));
        }
        "grow" => grow(),
        "panic" => panic!("asked to panic"),
        _ => {}
    }
}

/// Loops for ever; `black_box` keeps the loop from being taken out.
pub(crate) fn spin() -> ! {
    let mut turns: u64 = 0;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

#[allow(unconditional_recursion, reason = "the stack is to end")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    // Used after the call, so that the frame has to stay.
    recurse(depth + 1).wrapping_add(black_box(frame)[0])
}

fn grow() -> ! {
    loop {
        let block = black_box(vec![1_u8; MIB]);
        core::mem::forget(block);
    }
}
