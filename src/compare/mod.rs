//! Before and after: what was recorded is kept as a `snapshot`, one file that `codec` writes and
//! reads; two of them are compared. `taking` makes a snapshot of recordings, process by process;
//! `location` says of a histogram where its calls lie and how sure that is; `drift` takes
//! away what the machine did to all functions alike; `comparing` puts it together with the pure
//! mathematics of `statistics` and says it as the values of `verdict`; `table` and `json` show it. Nothing here prints.

pub mod codec;
mod columns;
mod comparing;
mod drift;
mod error;
mod estimate;
pub mod json;
pub mod location;
pub mod side;
pub mod snapshot;
mod sparse;
pub mod statistics;
pub mod table;
pub mod taking;
pub mod verdict;

#[cfg(test)]
mod tests;

pub use comparing::compare;
pub use error::SnapshotError;
pub use snapshot::Snapshot;
pub use sparse::Sparse;
pub use verdict::{Comparison, Options};
