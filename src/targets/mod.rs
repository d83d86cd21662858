//! Which functions, and how: patterns, configuration, and the plan that the payload loads.

pub mod config;
mod installed;
pub mod known;
pub mod listing;
mod options;
pub mod pattern;
pub mod plan;
mod python;
pub mod reach;
pub(crate) mod similar;

pub use options::{Detail, Engine};
pub use pattern::Pattern;
pub use plan::{Error, Plan, PlanRequest, Resolved, resolve};
