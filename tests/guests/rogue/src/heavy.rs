//! Behaviours that cost: they spin, recurse, grow, panic, or use memory up and down.
//!
//! In comes a name; for those of this room nothing comes out. Always: each but
//! `churn` ends only when the host ends it. Absent: everything that answers.

use core::hint::black_box;

use credence_sdk::contract::log;

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

/// Takes and frees 160 MiB, 1 MiB of it at a time, as a parser of a large batch does:
/// blocks of many sizes, which end in another order than they began, and grow.
///
/// # Panics
/// If a block does not hold what was put into it: two blocks overlap.
pub(crate) fn churn() {
    const TURNS: usize = 4_096;
    let mut held: [Vec<u8>; 32] = [const { Vec::new() }; 32];
    for turn in 0..TURNS {
        let mark = (turn % 251) as u8;
        let mut block = black_box(vec![mark; 1 + turn * 7_919 % (48 * 1024)]);
        block.resize(block.len() + 16 * 1024, mark);
        let old = std::mem::replace(&mut held[turn * 13 % 32], block);
        assert!(
            old.iter().step_by(61).all(|byte| *byte == old[0]),
            "two blocks overlap in turn {turn}"
        );
    }
}
