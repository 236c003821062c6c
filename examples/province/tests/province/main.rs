//! The province as files: the same from the same seed, and nobody in it who could be.
//!
//! In come provinces of several seeds; out goes whatever is not as the crate says.
//! Always: a code is looked for wherever in a file it may stand. Absent: what a house
//! makes of the files, which the pipeline's tests see with the real plugins.

mod codes;
mod files;
mod program;
