//! Which functions, and how: patterns, configuration, and the plan that the payload loads.

mod options;

pub use options::{Detail, Engine};
