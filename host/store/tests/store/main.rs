//! The store as its callers meet it: real SQLite files, real keys, a real log.
//!
//! One program, so that it links once. Always holds: no clock is read; every
//! instant is written here.

mod house;

mod ingest;
mod journal;
mod orders;
mod persons;
mod put_files;
mod register;
mod sequence;
mod tamper;
