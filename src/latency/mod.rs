//! Latencies: the histogram of ticks that recordings hold, merging it over processes whose
//! clocks differ, and percentiles in nanoseconds. Reads no file.

mod histogram;
mod merge;
mod percentiles;

pub use histogram::{Histogram, bounds, midpoint, slot_of};
pub use merge::{Latencies, Scale};
pub use percentiles::Percentiles;
