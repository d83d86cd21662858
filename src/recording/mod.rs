//! One process's recording: where it lies, its format, and reading it.

pub mod place;
