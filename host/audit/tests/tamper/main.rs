//! Every way of tampering with a stored log, each done to a real one, and the name
//! under which the verifier reports it.
//!
//! In: the log of [`log`], changed. Out: the exact findings, with the stored hashes
//! read and without them. Always: a changed entry or checkpoint is found either way;
//! the stored hashes only make its name more exact. Absent: rows of the store, which
//! are checked where `check_object` is defined.

mod entries;
mod heads;
mod log;
mod reading;
