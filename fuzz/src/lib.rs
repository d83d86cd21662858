//! Hostile input for everything that `probe` reads and didn't write a moment ago.
//!
//! A target, in `targets`, takes any bytes as one input: it reads them with the program's own
//! functions and asserts what must hold whatever they are. It panics where something doesn't.
//! `mutation` changes inputs by what they are made of (words and blocks, or text). Two programs
//! drive the same targets: `fuzz-guided` with libFuzzer, which looks at the coverage, and
//! `fuzz-blind` with a fixed sequence of changes, which needs nothing but Rust. Both are started
//! by `cargo xtask fuzz`.

mod files;
mod memory;
pub mod mutation;
mod python;
mod random;
mod target;
mod targets;

pub use random::Random;
pub use target::{Target, check};
pub use targets::{ALL, named};
