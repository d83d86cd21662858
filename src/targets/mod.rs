//! Which functions, and how: patterns, configuration, and the plan that the payload loads.

pub mod config;
mod options;
pub mod pattern;

pub use options::{Detail, Engine};
pub use pattern::Pattern;
