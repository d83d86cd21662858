//! Which functions, and how: patterns, configuration, and the plan that the payload loads.

mod options;
pub mod pattern;

pub use options::{Detail, Engine};
pub use pattern::Pattern;
