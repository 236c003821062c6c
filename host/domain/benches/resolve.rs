//! Filled by its room.
fn main() {}
