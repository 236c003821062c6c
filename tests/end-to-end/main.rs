//! The binary as its users run it: every command, and what a kill leaves.

mod binary;
mod commands;
mod demo;
mod first_plugin;
mod intake;
mod kill;
mod many;
mod register;
mod scenarios;
