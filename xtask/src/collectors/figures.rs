//! What `probe report` says of a function, and how far another's percentile is from it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The bounds of the classic histograms, as docs/metrics.md has them.
const BOUNDS: [f64; 28] = [
    1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3,
    5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0,
];

/// Buckets to a power of two in the exponential ones.
const BUCKETS_AN_OCTAVE: f64 = 16.0;

/// A function's figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub(crate) struct Figure {
    pub(crate) calls: u64,
    pub(crate) errors: u64,
    pub(crate) total_ns: u64,
    #[serde(default)]
    pub(crate) p99_ns: f64,
}

/// All functions' figures, by name.
pub(crate) type Figures = BTreeMap<String, Figure>;

/// The figures in what `probe report --json` printed.
pub(crate) fn of_report(json: &[u8]) -> Result<Figures> {
    #[derive(Deserialize)]
    struct Report {
        functions: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        name: String,
        #[serde(flatten)]
        figure: Figure,
    }
    let report: Report = serde_json::from_slice(json).context("the report can't be understood")?;
    let entries = report.functions.into_iter();
    Ok(entries.map(|it| (it.name, it.figure)).collect())
}

/// The form of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buckets {
    Classic,
    Native,
}

impl Buckets {
    /// How many buckets lie between two times in seconds; 0 where they share one.
    pub(crate) fn between(self, one: f64, other: f64) -> u64 {
        let place = |seconds: f64| match self {
            Self::Classic => BOUNDS.partition_point(|bound| *bound < seconds) as i64,
            Self::Native => (seconds.log2() * BUCKETS_AN_OCTAVE).ceil() as i64,
        };
        place(one).abs_diff(place(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_counted() {
        assert_eq!(Buckets::Classic.between(0.003, 0.0045), 0);
        assert_eq!(Buckets::Classic.between(0.005, 0.0051), 1);
        assert_eq!(Buckets::Classic.between(0.2, 0.002), 6);
        assert_eq!(Buckets::Native.between(1.01, 1.04), 0);
        assert_eq!(Buckets::Native.between(1.01, 2.0), 15);
    }
}
