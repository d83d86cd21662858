//! What was recorded as metrics: `families` makes plain values of a [`Model`](crate::report::Model),
//! `distribution` turns a histogram of slots into the buckets that others have, `ledger` and
//! `steady` keep counters from falling, and a file for each form encodes. Nothing here reads, sends
//! or prints. Names, units and errors are in docs/metrics.md.

pub mod distribution;
pub mod families;
pub mod family;
pub mod format;
pub mod ledger;
pub mod protobuf;
pub mod steady;
pub mod text;

pub use families::families;
pub use family::{Family, Kind, Sample, Value};
pub use format::Format;

#[cfg(test)]
mod tests;
